//! The names of a service's repositories.

use longshore_names::{NameError, RepositoryName};

use super::file::{MappingKey, MappingText};
use crate::names::Service;

/// How a service's repository is named in a stage, and which service a repository belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mapping {
    /// The service's own name.
    Same,
    /// The service's name with another beginning.
    Prefix {
        /// What the service's name begins with.
        from: String,
        /// What the repository's name begins with.
        to: String,
    },
    /// Text before and after the service's name.
    Around {
        /// Before it.
        before: String,
        /// After it.
        after: String,
    },
}

/// Why a service has no repository in a stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The service's name does not begin as the mapping says.
    #[error("`{service}` does not begin with `{from}`, so it has no repository in this stage")]
    OtherBeginning {
        /// The service.
        service: Service,
        /// The beginning.
        from: String,
    },
    /// The registry could not have a repository of that name.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl MappingError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        "promotion-mapping"
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

impl Mapping {
    /// Reads a mapping; `stage` and `environment` fill the placeholders of their names.
    ///
    /// # Errors
    /// With what is wrong, as a sentence without a full stop.
    pub fn parse(text: &MappingText, stage: &str, environment: Option<&str>) -> Result<Self, String> {
        let template = match text {
            MappingText::Keyed(MappingKey::Prefix(prefix)) if prefix.from == prefix.to => {
                return Err("`from` and `to` are the same, so nothing is renamed".into());
            }
            MappingText::Keyed(MappingKey::Prefix(prefix)) => {
                return Ok(Self::Prefix { from: prefix.from.clone(), to: prefix.to.clone() });
            }
            MappingText::Template(same) if same == "same" => return Ok(Self::Same),
            MappingText::Template(template) => template,
        };
        let filled = fill(template, &|name| match name {
            "service" => Ok("{service}".to_owned()),
            "stage" => Ok(stage.to_owned()),
            "environment" => {
                environment.map(str::to_owned).ok_or("the stage has no `environment` to put in".to_owned())
            }
            other => Err(format!(
                "`{{{}}}` is not a placeholder; known are `{{service}}`, `{{stage}}` and `{{environment}}`",
                longshore_names::shown(other, 40)
            )),
        })?;
        let Some((before, after)) = filled.split_once("{service}") else {
            return Err(format!("`{}` needs `{{service}}`", longshore_names::shown(template, 100)));
        };
        if after.contains("{service}") {
            return Err("`{service}` can occur only once".into());
        }
        if before.is_empty() && after.is_empty() {
            return Ok(Self::Same);
        }
        let mapping = Self::Around { before: before.to_owned(), after: after.to_owned() };
        match RepositoryName::for_input(&format!("{before}service{after}")) {
            Ok(_) => Ok(mapping),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The repository of a service.
    ///
    /// # Errors
    /// When it has none.
    pub fn repository(&self, service: &Service) -> Result<RepositoryName, MappingError> {
        let name = service.as_str();
        let text = match self {
            Self::Same => name.to_owned(),
            Self::Prefix { from, to } => match name.strip_prefix(from.as_str()) {
                Some(rest) => format!("{to}{rest}"),
                None => {
                    return Err(MappingError::OtherBeginning {
                        service: service.clone(),
                        from: from.clone(),
                    });
                }
            },
            Self::Around { before, after } => format!("{before}{name}{after}"),
        };
        Ok(RepositoryName::for_input(&text)?)
    }

    /// The service whose repository this is; `None` if it is the one of no service.
    pub fn service(&self, repository: &RepositoryName) -> Option<Service> {
        let name = repository.as_str();
        let text = match self {
            Self::Same => name.to_owned(),
            Self::Prefix { from, to } => format!("{from}{}", name.strip_prefix(to.as_str())?),
            Self::Around { before, after } => {
                name.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?.to_owned()
            }
        };
        text.parse().ok()
    }

    /// Whether some service has the same repository under both mappings.
    pub fn meets(&self, other: &Self) -> bool {
        match (self.around(), other.around()) {
            (Some(one), Some(two)) => one == two,
            // A replaced beginning: for services that begin with `from`.
            _ => match (self, other) {
                (Self::Prefix { from: f1, to: t1 }, Self::Prefix { from: f2, to: t2 }) => {
                    let (long, short) = if f1.len() >= f2.len() { (f1, f2) } else { (f2, f1) };
                    let (to_long, to_short) = if f1.len() >= f2.len() { (t1, t2) } else { (t2, t1) };
                    long.strip_prefix(short.as_str())
                        .is_some_and(|rest| *to_long == format!("{to_short}{rest}"))
                }
                (Self::Prefix { from, to }, other) | (other, Self::Prefix { from, to }) => other
                    .around()
                    .is_some_and(|(before, after)| after.is_empty() && *to == format!("{before}{from}")),
                _ => false,
            },
        }
    }

    /// How many characters of every repository's name it says.
    pub(super) fn fixed(&self) -> usize {
        match self {
            Self::Same => 0,
            Self::Prefix { to, .. } => to.len(),
            Self::Around { before, after } => before.len() + after.len(),
        }
    }

    fn around(&self) -> Option<(&str, &str)> {
        match self {
            Self::Same => Some(("", "")),
            Self::Around { before, after } => Some((before, after)),
            Self::Prefix { .. } => None,
        }
    }
}

/// A template with every `{name}` replaced.
///
/// # Errors
/// When a brace has no partner, or as `value`.
pub(crate) fn fill(template: &str, value: &dyn Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let shown = || longshore_names::shown(template, 100);
    let (mut out, mut rest) = (String::new(), template);
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else {
            return Err(format!("`{}` has a `{{` that is not closed", shown()));
        };
        if rest[..open].contains('}') {
            return Err(format!("`{}` has a `}}` that was not opened", shown()));
        }
        out.push_str(&rest[..open]);
        out.push_str(&value(&rest[open + 1..open + close])?);
        rest = &rest[open + close + 1..];
    }
    if rest.contains('}') {
        return Err(format!("`{}` has a `}}` that was not opened", shown()));
    }
    out.push_str(rest);
    Ok(out)
}

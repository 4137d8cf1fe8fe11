//! The names of repositories and tags at a destination.

use std::collections::BTreeMap;

use longshore_names::{NameError, RepositoryName, Tag};

use crate::rule::Rename;

/// A template: literal text and placeholders in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rule) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(String),
}

impl Template {
    /// Reads `text`, whose placeholders must be among `known`.
    pub(in crate::rule) fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}').map(|at| open + at) else {
                return Err(format!("`{text}` has a `{{` that is not closed"));
            };
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            let name = &rest[open + 1..close];
            if !known.contains(&name) {
                let known: Vec<String> = known.iter().map(|k| format!("`{{{k}}}`")).collect();
                return Err(format!(
                    "`{{{name}}}` is not a placeholder; known are {}",
                    crate::sentence::list(&known, "and")
                ));
            }
            parts.push(Part::Placeholder(name.to_owned()));
            rest = &rest[close + 1..];
        }
        if rest.contains('}') {
            return Err(format!("`{text}` has a `}}` that was not opened"));
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    pub(in crate::rule) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Placeholder(p) if p == name))
    }

    pub(in crate::rule) fn has_placeholders(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Placeholder(_)))
    }

    fn fill(&self, value: &dyn Fn(&str) -> String) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Placeholder(name) => value(name),
            })
            .collect()
    }
}

/// The placeholders for a repository's name.
pub(in crate::rule) const REPOSITORY_PLACEHOLDERS: [&str; 3] = ["repository", "basename", "namespace"];
/// The placeholder for a tag's name.
pub(in crate::rule) const TAG_PLACEHOLDERS: [&str; 1] = ["tag"];

/// Names repositories and tags of one destination.
#[derive(Debug, Clone, Default)]
pub(in crate::rule) struct Naming {
    pub(in crate::rule) repository: RepositoryNaming,
    pub(in crate::rule) map: BTreeMap<String, Tag>,
    pub(in crate::rule) template: Option<Template>,
    /// Whether the names must be valid in ECR.
    pub(in crate::rule) strict: bool,
}

#[derive(Debug, Clone, Default)]
pub(in crate::rule) enum RepositoryNaming {
    #[default]
    Same,
    Prefix {
        from: String,
        to: String,
    },
    Template(Template),
}

impl RepositoryNaming {
    pub(in crate::rule) fn parse(rename: &Rename) -> Result<Self, String> {
        match rename {
            Rename::Prefix(change) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
                if let Some(other) = change.to.chars().find(|c| !plain(*c)) {
                    return Err(format!("`{other}` cannot be in the name of a repository"));
                }
                if change.from == change.to {
                    return Err("`from` and `to` are the same, so nothing is renamed".into());
                }
                Ok(Self::Prefix { from: change.from.clone(), to: change.to.clone() })
            }
            Rename::Template(text) => Template::parse(text, &REPOSITORY_PLACEHOLDERS).map(Self::Template),
        }
    }

    /// The name as text, valid or not.
    pub(in crate::rule) fn text(&self, name: &str) -> String {
        match self {
            Self::Same => name.to_owned(),
            Self::Prefix { from, to } => match name.strip_prefix(from.as_str()) {
                Some(rest) => format!("{to}{rest}"),
                None => name.to_owned(),
            },
            Self::Template(template) => {
                let (namespace, basename) = name.rsplit_once('/').unwrap_or(("", name));
                let filled = template.fill(&|placeholder| {
                    match placeholder {
                        "basename" => basename,
                        "namespace" => namespace,
                        _ => name,
                    }
                    .to_owned()
                });
                if namespace.is_empty() && template.has("namespace") {
                    filled.replace("//", "/").trim_matches('/').to_owned()
                } else {
                    filled
                }
            }
        }
    }
}

impl Naming {
    /// The repository's name at the destination.
    ///
    /// # Errors
    /// When no repository can have that name there.
    pub(in crate::rule) fn repository(&self, name: &RepositoryName) -> Result<RepositoryName, NameError> {
        if matches!(self.repository, RepositoryNaming::Same) && !self.strict {
            return Ok(name.clone());
        }
        let text = self.repository.text(name.as_str());
        if self.strict { RepositoryName::for_input(&text) } else { text.parse() }
    }

    /// The tag's name at the destination.
    ///
    /// # Errors
    /// When no tag can have that name.
    pub(in crate::rule) fn tag(&self, tag: &Tag) -> Result<Tag, NameError> {
        if let Some(mapped) = self.map.get(tag.as_str()) {
            return Ok(mapped.clone());
        }
        match &self.template {
            None => Ok(tag.clone()),
            Some(template) => Tag::for_input(&template.fill(&|_| tag.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::PrefixChange;

    fn template(text: &str) -> RepositoryNaming {
        RepositoryNaming::parse(&Rename::Template(text.into())).unwrap()
    }

    #[test]
    fn repositories_are_renamed() {
        let prefix = |from: &str, to: &str| {
            RepositoryNaming::parse(&Rename::Prefix(PrefixChange { from: from.into(), to: to.into() }))
                .unwrap()
        };
        for (naming, name, expected) in [
            (prefix("prod/", "mirror/"), "prod/api", "mirror/api"),
            (prefix("prod/", "mirror/"), "dev/api", "dev/api"),
            (prefix("", "mirror/"), "api", "mirror/api"),
            (prefix("prod/", ""), "prod/api", "api"),
            (template("mirror/{repository}"), "team/app/api", "mirror/team/app/api"),
            (template("{basename}"), "team/app/api", "api"),
            (template("{namespace}/x-{basename}"), "team/app/api", "team/app/x-api"),
            (template("{namespace}/x-{basename}"), "api", "x-api"),
            (template("m/{namespace}/{basename}"), "api", "m/api"),
        ] {
            assert_eq!(naming.text(name), expected);
        }
    }

    #[test]
    fn a_template_says_what_it_does_not_know() {
        for (text, expected) in [
            (
                "{repo}",
                "`{repo}` is not a placeholder; known are `{repository}`, `{basename}` and `{namespace}`",
            ),
            ("{repository", "not closed"),
            ("repository}", "not opened"),
            ("{}", "`{}` is not a placeholder"),
        ] {
            let problem = RepositoryNaming::parse(&Rename::Template(text.into())).unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }
}

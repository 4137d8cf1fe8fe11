//! What is asked: an action on a resource.

use longshore_names::AccountId;

use super::caller::MAX_ARN;
use crate::iam::actions;

/// A part of a question that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct QuestionError {
    /// The part: `principal`, `action`, `resource` or `context`.
    pub part: &'static str,
    /// The problem, a sentence.
    pub problem: String,
    /// What to do about it, a sentence.
    pub hint: String,
}

impl QuestionError {
    pub(super) fn new(part: &'static str, problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { part, problem: problem.into(), hint: hint.into() }
    }
}

/// One action, such as `ecr:BatchGetImage`. Case does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    text: String,
    /// In lower case, for comparisons.
    pub(super) lower: String,
}

impl Action {
    /// Reads the name of one action.
    ///
    /// # Errors
    /// When it has no service prefix, or is a pattern.
    pub fn parse(text: &str) -> Result<Self, QuestionError> {
        let text = text.trim();
        let plain = |part: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !part.is_empty() && part.len() <= 128 && part.chars().all(fits)
        };
        match text.split_once(':') {
            Some((service, name)) if plain(service) && plain(name) => {
                Ok(Self { text: text.to_owned(), lower: text.to_ascii_lowercase() })
            }
            _ => Err(QuestionError::new(
                "action",
                format!("`{}` is no action.", longshore_names::shown(text, 100)),
                "Give one action with its service, such as ecr:BatchGetImage.",
            )),
        }
    }

    /// The action, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The prefix of its service, in lower case.
    pub(super) fn service(&self) -> &str {
        self.lower.split(':').next().unwrap_or_default()
    }

    /// Whether requests for it always have the resource `*`.
    pub(super) fn has_no_resource(&self) -> bool {
        self.service() == "ecr" && actions::is_on_registry(&self.lower)
    }
}

/// The resource of a request: an ARN, or `*` for actions on none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    text: String,
    pub(super) partition: Option<String>,
    pub(super) region: Option<String>,
    pub(super) account: Option<AccountId>,
    /// The last part of the ARN.
    pub(super) name: String,
}

impl Resource {
    /// Reads the ARN of one resource, or `*`.
    ///
    /// # Errors
    /// When it is no ARN, or one with wildcards or variables.
    pub fn parse(text: &str) -> Result<Self, QuestionError> {
        let text = text.trim();
        let shown = longshore_names::shown(text, 100);
        let hint = "Give one resource, such as arn:aws:ecr:us-west-2:111122223333:repository/app, or * for an \
                    action on none.";
        if text == "*" {
            let (text, name) = (text.to_owned(), String::new());
            return Ok(Self { text, partition: None, region: None, account: None, name });
        }
        if text.len() > MAX_ARN {
            let problem = format!("A resource has at most {MAX_ARN} characters.");
            return Err(QuestionError::new("resource", problem, hint));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, name] = parts.as_slice() else {
            return Err(QuestionError::new("resource", format!("`{shown}` is no ARN."), hint));
        };
        if partition.is_empty() || service.is_empty() || name.is_empty() {
            return Err(QuestionError::new("resource", format!("`{shown}` is no ARN."), hint));
        }
        if text.contains(['*', '?']) || text.contains("${") {
            let problem = format!("`{shown}` is a pattern of resources.");
            return Err(QuestionError::new("resource", problem, hint));
        }
        let some = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        Ok(Self {
            text: text.to_owned(),
            partition: some(partition),
            region: some(region),
            account: account.parse().ok(),
            name: (*name).to_owned(),
        })
    }

    /// The resource, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its account, if the ARN names it.
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// Its Region, if the ARN names it.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

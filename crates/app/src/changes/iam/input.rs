//! What is typed for IAM: names, paths and documents.

use longshore_ecr::IamKind;
use longshore_policy::{
    Severity as Found,
    iam::lint::{LintOptions, LintReport, PolicyKind, lint},
};
use serde_json::Value;

use crate::{
    api::{self, ApiError, Finding, IamName, Side},
    plans::{finding, finding_error},
};

/// Characters of a managed policy, without white space (IAM quotas).
const MOST_MANAGED: usize = 6_144;

impl From<api::IamKind> for IamKind {
    fn from(kind: api::IamKind) -> Self {
        match kind {
            api::IamKind::User => Self::User,
            api::IamKind::Group => Self::Group,
            api::IamKind::Role => Self::Role,
        }
    }
}

impl From<IamKind> for api::IamKind {
    fn from(kind: IamKind) -> Self {
        match kind {
            IamKind::User => Self::User,
            IamKind::Group => Self::Group,
            IamKind::Role => Self::Role,
        }
    }
}

/// A name of IAM: letters, digits and `+=,.@_-` (IAM user guide, "Name requirements").
pub(super) fn name(text: &str, most: usize, field: &str) -> Result<String, ApiError> {
    let text = text.trim();
    let right = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if (1..=most).contains(&text.len()) && text.chars().all(right) {
        return Ok(text.to_owned());
    }
    let problem = format!("A name of IAM has 1 to {most} letters, digits and `+=,.@_-`.");
    Err(ApiError::input("iam-name-invalid", field, problem))
}

/// The name of a user, a group or a role.
pub(super) fn entity(of: &IamName, field: &str) -> Result<(IamKind, String), ApiError> {
    let kind = IamKind::from(of.kind);
    let most = if kind == IamKind::Group { 128 } else { 64 };
    Ok((kind, name(&of.name, most, field)?))
}

/// A path such as `/team/`; `/` if it is empty.
pub(super) fn path(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    let inner = text.trim_matches('/');
    let whole = if inner.is_empty() { "/".to_owned() } else { format!("/{inner}/") };
    let right = whole.len() <= 512 && whole.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if right && !whole.contains("//") {
        return Ok(whole);
    }
    let problem = "A path has words between slashes, such as `/team/`, and at most 512 characters.";
    Err(ApiError::input("iam-path-invalid", "path", problem))
}

/// A document that was typed or pasted, and what is worth knowing about it.
pub(super) struct Typed {
    pub(super) value: Value,
    pub(super) findings: Vec<Finding>,
}

impl Typed {
    /// As it is written.
    pub(super) fn text(&self) -> String {
        self.value.to_string()
    }

    /// Characters, as quotas count them.
    pub(super) fn size(&self) -> usize {
        size(&self.text())
    }

    /// Refuses what a managed policy may not be as long as.
    ///
    /// # Errors
    /// `iam-policy-too-long` at `text`.
    pub(super) fn fits_managed(self) -> Result<Self, ApiError> {
        self.fits(MOST_MANAGED, "A managed policy")
    }

    pub(super) fn fits(self, most: usize, what: &str) -> Result<Self, ApiError> {
        if self.size() <= most {
            return Ok(self);
        }
        let size = self.size();
        let problem = format!("{what} may have {most} characters without white space; this has {size}.");
        Err(ApiError::input("iam-policy-too-long", "text", problem))
    }
}

/// Characters of a policy, as quotas count them: without white space.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// The policy in a text: JSON, or anything that it can be taken from.
///
/// # Errors
/// At `field`: what IAM would not accept; `iam-policy-count` if the text has none or several.
pub(super) fn document(text: &str, kind: PolicyKind, field: &str) -> Result<Typed, ApiError> {
    let LintReport { documents, findings, .. } =
        lint(text, &LintOptions { kind: Some(kind), ..LintOptions::default() });
    // Each quota is looked at where it is known which one applies.
    let of_size = |code: &str| code == "policy-too-long" || code == "policy-size";
    let found = findings.iter().map(|one| &one.finding).filter(|one| !of_size(one.code));
    if let Some(wrong) = found.clone().find(|one| one.severity == Found::Error) {
        let mut error = finding_error(&finding(wrong));
        if let Some(at) = wrong.position {
            error.message = format!("Line {}: {}", at.line, error.message);
        }
        return Err(ApiError { field: Some(field.into()), ..error });
    }
    let [one] = documents.as_slice() else {
        let text = format!("The text has {} policies.", documents.len());
        return Err(ApiError::new("iam-policy-count", Side::Input, text).at(field));
    };
    Ok(Typed { value: one.value.clone(), findings: found.map(finding).collect() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const READ: &str = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}]}"#;

    #[test]
    fn names_and_paths_are_those_that_iam_accepts() {
        assert_eq!(name(" john+doe@example.com ", 64, "name").unwrap(), "john+doe@example.com");
        for wrong in ["", "john doe", "a/b", "jürgen", &"x".repeat(65), "a\u{202e}b", "*"] {
            assert_eq!(name(wrong, 64, "name").unwrap_err().code, "iam-name-invalid", "{wrong}");
        }
        for (typed, whole) in [("", "/"), ("/", "/"), ("team", "/team/"), ("/a/b/", "/a/b/")] {
            assert_eq!(path(typed).unwrap(), whole);
        }
        for wrong in ["a//b", "a b", &"x".repeat(600)] {
            assert_eq!(path(wrong).unwrap_err().code, "iam-path-invalid", "{wrong}");
        }
    }

    #[test]
    fn a_document_is_refused_at_its_field_with_the_line() {
        assert!(document(READ, PolicyKind::Identity, "text").is_ok());
        for wrong in ["", "{}", "[1]", "no policy", r#"{"Version": "2012-10-17", "Statement": []"#] {
            let error = document(wrong, PolicyKind::Identity, "text").err().unwrap();
            assert_eq!(error.field.as_deref(), Some("text"), "{wrong}: {error:?}");
        }
        let two = format!("{READ}\n{READ}");
        assert_eq!(
            document(&two, PolicyKind::Identity, "text").err().unwrap().field.as_deref(),
            Some("text")
        );
        let principal = READ.replace("\"Action\"", "\"Principal\": \"*\", \"Action\"");
        assert!(document(&principal, PolicyKind::Identity, "text").is_err());
    }

    #[test]
    fn a_managed_policy_has_6144_characters_and_white_space_does_not_count() {
        let long = |letters: usize| {
            let sid = "x".repeat(letters);
            READ.replace("\"Effect\"", &format!("\"Sid\": \"{sid}\", \"Effect\""))
        };
        let typed = |letters| document(&long(letters), PolicyKind::Identity, "text").unwrap();
        let rest = typed(1).size() - 1;
        assert!(typed(6_144 - rest).fits_managed().is_ok());
        let error = typed(6_145 - rest).fits_managed().err().unwrap();
        assert_eq!(error.code, "iam-policy-too-long");
    }
}

//! Prefixes of replication filters.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{NameError, NameKind, RepositoryName, text::text_type};

/// The value of a `PREFIX_MATCH` filter: the beginning of repository names, 2 to 256 characters.
///
/// Pattern of the ECR API model:
/// `^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(String);

text_type!(Prefix);

impl Prefix {
    /// Takes what a person typed.
    ///
    /// # Errors
    /// When ECR would refuse it. For a `*`, the error explains that a filter is not a glob.
    pub fn for_input(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let error = |problem: String| Err(NameError::new(NameKind::Prefix, text, problem));
        if let Some(glob) = text.chars().find(|c| "*?".contains(*c)) {
            return error(format!("a filter is a prefix, not a pattern; leave the `{glob}` out"));
        }
        if let Some(upper) = text.chars().find(char::is_ascii_uppercase) {
            return error(format!("`{upper}` is upper case; repository names are lower case"));
        }
        let length = text.chars().count();
        if !(2..=256).contains(&length) {
            return error(format!("a filter has 2 to 256 characters, this has {length}"));
        }
        if !matches_model(text) {
            return error(
                "use lower-case letters, digits, `.`, `_`, `-` and single slashes, not at the beginning"
                    .into(),
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether `name` begins with this prefix.
    pub fn matches(&self, name: &RepositoryName) -> bool {
        name.as_str().starts_with(&self.0)
    }
}

/// ECR's pattern: every segment before a slash begins with a letter or digit.
fn matches_model(text: &str) -> bool {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    let mut segments: Vec<&str> = text.split('/').collect();
    let last = segments.pop().unwrap_or_default();
    last.bytes().all(known)
        && segments
            .iter()
            .all(|s| s.bytes().all(known) && s.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()))
}

impl FromStr for Prefix {
    type Err = NameError;

    /// Lenient: any text of at most 512 characters, since a service may allow more one day.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() || text.len() > 512 {
            return Err(NameError::new(NameKind::Prefix, text, "a filter has 1 to 512 characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

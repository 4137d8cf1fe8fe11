//! Repository names.

use std::{str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{AccountId, NameError, NameKind, Region, text::text_type};

/// A repository name such as `team/prod-microservice`, 2 to 256 characters.
///
/// Pattern of the ECR API model (2026):
/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepositoryName(Arc<str>);

text_type!(RepositoryName);

impl RepositoryName {
    /// Takes what a person typed: surrounding blanks are dropped, ECR's pattern must hold.
    ///
    /// # Errors
    /// When ECR would refuse to create a repository of that name.
    pub fn for_input(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let error = |problem: String| {
            Err(NameError::proposing(NameKind::RepositoryName, text, problem, Self::nearest(text)))
        };
        let length = text.chars().count();
        if !(2..=256).contains(&length) {
            let problem = format!("a name has 2 to 256 characters, this has {length}");
            return Err(NameError::new(NameKind::RepositoryName, text, problem));
        }
        if let Some(upper) = text.chars().find(char::is_ascii_uppercase) {
            return error(format!("`{upper}` is upper case; names are lower case"));
        }
        let known = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(*c);
        if let Some(other) = text.chars().find(|c| !known(c)) {
            return error(format!(
                "`{other}` cannot be in a name; use letters, digits, `.`, `_`, `-` and `/`"
            ));
        }
        for segment in text.split('/') {
            if segment.is_empty() {
                return error(
                    "there is nothing between two slashes, or before the first or after the last".into(),
                );
            }
            if !is_segment(segment) {
                return error(format!(
                    "`{segment}` must begin and end with a letter or digit, with a single `.`, `_`, `__` or dashes between"
                ));
            }
        }
        Ok(Self(text.into()))
    }

    /// A name close to `text` that ECR accepts.
    fn nearest(text: &str) -> Option<Self> {
        let lower = text.chars().take(256).collect::<String>().to_lowercase();
        let segments: Vec<String> = lower.split('/').map(segment_of).filter(|one| !one.is_empty()).collect();
        let name = segments.join("/");
        let fits = (2..=256).contains(&name.len()) && name.split('/').all(is_segment);
        fits.then(|| Self(name.into()))
    }

    /// The repository's ARN in `account` and `region`.
    pub fn arn(&self, account: &AccountId, region: &Region) -> String {
        format!("arn:{}:ecr:{region}:{account}:repository/{}", region.partition().id(), self.0)
    }
}

/// One path segment: runs of letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_segment(segment: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = |b: Option<&u8>| b.is_some_and(|b| alphanumeric(*b));
    let bytes = segment.as_bytes();
    ends(bytes.first())
        && ends(bytes.last())
        && segment
            .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            .all(|joint| matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|b| b == b'-'))
}

/// The letters and digits of a text. Its own separators stay where they are allowed; others become
/// dashes.
fn segment_of(text: &str) -> String {
    let (mut segment, mut joint) = (String::new(), String::new());
    for character in text.chars() {
        if !character.is_ascii_alphanumeric() {
            joint.push(character);
            continue;
        }
        if !segment.is_empty() && !joint.is_empty() {
            let fits = matches!(joint.as_str(), "." | "_" | "__") || joint.bytes().all(|b| b == b'-');
            segment.push_str(if fits { &joint } else { "-" });
        }
        joint.clear();
        segment.push(character);
    }
    segment
}

impl FromStr for RepositoryName {
    type Err = NameError;

    /// Lenient: other registries allow more than ECR does. Only text that would change the meaning
    /// of a URL or a path is refused.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let error = |problem: &str| Err(NameError::new(NameKind::RepositoryName, text, problem));
        if text.is_empty() || text.len() > 512 {
            return error("a name has 1 to 512 characters");
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b)) {
            return error("a name has letters, digits, `.`, `_`, `-` and `/` only");
        }
        if text.split('/').any(|s| s.is_empty() || s == "." || s == "..") {
            return error("a part between slashes is empty or only dots");
        }
        Ok(Self(text.into()))
    }
}

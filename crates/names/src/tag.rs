//! Image tags.

use std::{str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Digest, NameError, NameKind, text::text_type};

/// An image tag. OCI distribution grammar: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(Arc<str>);

text_type!(Tag);

impl Tag {
    /// The endings of tags that cosign makes from a digest.
    pub const COSIGN: [&str; 3] = ["sig", "att", "sbom"];

    /// The digest that a tag is made from: `sha256-<hex>.sig` and others of cosign's scheme, and the
    /// referrers tag `sha256-<hex>` of the OCI distribution specification.
    pub fn subject(&self) -> Option<Digest> {
        let (algorithm, rest) = self.0.split_once('-')?;
        let hex = match rest.split_once('.') {
            Some((hex, kind)) if Self::COSIGN.contains(&kind) => hex,
            Some(_) => return None,
            None => rest,
        };
        format!("{algorithm}:{hex}").parse().ok()
    }

    /// Takes what a person typed; the OCI grammar must hold, or no client could pull the tag.
    ///
    /// # Errors
    /// When it is empty, longer than 128 characters or has a character no tag can have.
    pub fn for_input(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let error =
            |problem: String| Err(NameError::proposing(NameKind::Tag, text, problem, Self::nearest(text)));
        if text.is_empty() {
            return error("a tag has at least one character".into());
        }
        if text.chars().count() > 128 {
            let problem = format!("a tag has at most 128 characters, this has {}", text.chars().count());
            return Err(NameError::new(NameKind::Tag, text, problem));
        }
        if text.starts_with(['.', '-']) {
            let first = &text[..1];
            return error(format!("a tag begins with a letter, a digit or `_`, not with `{first}`"));
        }
        if let Some(other) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-".contains(*c)) {
            return error(format!("`{other}` cannot be in a tag; use letters, digits, `.`, `_` and `-`"));
        }
        Ok(Self(text.into()))
    }

    /// A valid tag close to `text`.
    fn nearest(text: &str) -> Option<Self> {
        let known = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let near: String = text.chars().map(known).skip_while(|c| ".-".contains(*c)).take(128).collect();
        (!near.is_empty()).then(|| Self(near.into()))
    }
}

impl FromStr for Tag {
    type Err = NameError;

    /// Lenient: ECR's API allows 300 characters.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let right = !text.is_empty()
            && text.len() <= 300
            && !text.starts_with(['.', '-'])
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if right {
            return Ok(Self(text.into()));
        }
        Err(NameError::new(NameKind::Tag, text, "a tag has 1 to 300 letters, digits, `.`, `_` and `-`"))
    }
}

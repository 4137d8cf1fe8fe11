//! Whether the tags of a repository can be moved.

use longshore_policy::lifecycle::tag_matches;
use serde::{Deserialize, Serialize};

/// The tag mutability of an ECR repository (`imageTagMutability` with its exclusion filters, ECR API).
/// Filters have `*` for any text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "mode", content = "exclusions")]
pub enum TagMutability {
    /// Every tag can be moved.
    Mutable,
    /// No tag can be moved.
    Immutable,
    /// Every tag can be moved except those that match a filter.
    MutableExcept(Vec<String>),
    /// Only tags that match a filter can be moved.
    ImmutableExcept(Vec<String>),
}

impl TagMutability {
    /// Reads what ECR says; `None` for a mode that this version does not know.
    pub fn from_ecr(mode: &str, exclusions: &[String]) -> Option<Self> {
        Some(match mode {
            "MUTABLE" => Self::Mutable,
            "IMMUTABLE" => Self::Immutable,
            "MUTABLE_WITH_EXCLUSION" => Self::MutableExcept(exclusions.to_vec()),
            "IMMUTABLE_WITH_EXCLUSION" => Self::ImmutableExcept(exclusions.to_vec()),
            _ => return None,
        })
    }

    /// Whether a tag that exists can be moved to another digest.
    pub fn can_move(&self, tag: &str) -> bool {
        match self {
            Self::Mutable => true,
            Self::Immutable => false,
            Self::MutableExcept(filters) => !filters.iter().any(|filter| tag_matches(filter, tag)),
            Self::ImmutableExcept(filters) => filters.iter().any(|filter| tag_matches(filter, tag)),
        }
    }
}

//! Whether the tags of one rule include those of another.

use crate::lifecycle::{TagSelection, tag_pattern::TagPattern};

impl TagSelection {
    /// The conditions of a selection by tags: for each of them the image has a tag.
    fn conditions(&self) -> Option<Vec<TagPattern<'_>>> {
        match self {
            Self::Prefixes { prefixes } => {
                Some(prefixes.iter().map(|text| TagPattern::prefix(text)).collect())
            }
            Self::Patterns { patterns } => Some(patterns.iter().map(|text| TagPattern::new(text)).collect()),
            Self::Untagged | Self::Any => None,
        }
    }

    /// Whether every image that `other` selects is selected here too.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (Self::Untagged, Self::Untagged) => true,
            (Self::Untagged, _) | (_, Self::Untagged | Self::Any) => false,
            _ => match (self.conditions(), other.conditions()) {
                // An image may have one tag for each condition of `other`, and no further tag.
                (Some(own), Some(theirs)) => {
                    own.iter().all(|own| theirs.iter().any(|theirs| own.covers(theirs)))
                }
                _ => false,
            },
        }
    }

    /// Whether every image with a tag is selected.
    pub(super) fn covers_tagged(&self) -> bool {
        let any_tag = TagPattern::new("*");
        match self.conditions() {
            Some(own) => own.iter().all(|own| own.covers(&any_tag)),
            None => *self == Self::Any,
        }
    }

    /// Whether both are written alike, apart from the order of the entries.
    pub(super) fn same(&self, other: &Self) -> bool {
        let same_set = |a: &[String], b: &[String]| {
            a.iter().all(|text| b.contains(text)) && b.iter().all(|text| a.contains(text))
        };
        match (self, other) {
            (Self::Prefixes { prefixes: a }, Self::Prefixes { prefixes: b })
            | (Self::Patterns { patterns: a }, Self::Patterns { patterns: b }) => same_set(a, b),
            (Self::Untagged, Self::Untagged) | (Self::Any, Self::Any) => true,
            _ => false,
        }
    }
}

//! Which images each rule selects, by their tags and their storage.
//!
//! The tags of all images are sorted once. A prefix, or the fixed beginning of a pattern, is then a
//! range of that list, so that a rule looks only at tags that can match.

use super::{candidate::Candidate, set::Set};
use crate::lifecycle::{LifecycleRule, StorageClass, TagSelection, tag_pattern::TagPattern};

/// The images, prepared for rules.
pub(super) struct Selector<'a> {
    images: usize,
    /// Every tag with the position of its image, by tag.
    tags: Vec<(&'a str, usize)>,
    /// Images that rules can select, by storage class.
    standard: Set,
    archived: Set,
    untagged: Set,
}

impl<'a> Selector<'a> {
    pub(super) fn new(images: &[Candidate<'a>]) -> Self {
        let mut tags: Vec<(&str, usize)> = Vec::with_capacity(images.len());
        for (at, image) in images.iter().enumerate() {
            tags.extend(image.tags.iter().map(|tag| (*tag, at)));
        }
        tags.sort_unstable();
        let of_class = |class| {
            // Referrers are not selected themselves; they follow their subject.
            Set::of(images.len(), |at| images[at].subject.is_none() && images[at].storage_class == class)
        };
        Self {
            images: images.len(),
            tags,
            standard: of_class(StorageClass::Standard),
            archived: of_class(StorageClass::Archive),
            untagged: Set::of(images.len(), |at| images[at].tags.is_empty()),
        }
    }

    /// The images that a rule selects.
    pub(super) fn selected(&self, rule: &LifecycleRule) -> Set {
        let mut selected = match rule.storage_class {
            StorageClass::Standard => self.standard.clone(),
            StorageClass::Archive => self.archived.clone(),
        };
        match &rule.tags {
            TagSelection::Any => {}
            TagSelection::Untagged => selected.intersect(&self.untagged),
            TagSelection::Prefixes { prefixes } => {
                for prefix in prefixes {
                    self.narrow(&mut selected, &TagPattern::prefix(prefix));
                }
            }
            TagSelection::Patterns { patterns } => {
                for pattern in patterns {
                    self.narrow(&mut selected, &TagPattern::new(pattern));
                }
            }
        }
        selected
    }

    /// Keeps the images with a tag that matches.
    fn narrow(&self, selected: &mut Set, pattern: &TagPattern<'_>) {
        if selected.is_empty() {
            return;
        }
        let begins = pattern.beginning();
        let start = self.tags.partition_point(|(tag, _)| *tag < begins);
        let mut matching = Set::none(self.images);
        for (tag, at) in self.tags[start..].iter().take_while(|(tag, _)| tag.starts_with(begins)) {
            if selected.has(*at) && !matching.has(*at) && pattern.matches(tag) {
                matching.add(*at);
            }
        }
        selected.intersect(&matching);
    }
}

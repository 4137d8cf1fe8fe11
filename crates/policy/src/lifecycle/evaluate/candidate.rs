//! An image as the evaluator sees it, wherever it comes from.

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};

use crate::lifecycle::{LifecycleImage, StorageClass};

/// An image by everything that policies look at. Digests and tags are as ECR gives them.
#[derive(Debug, Clone)]
pub(in crate::lifecycle) struct Candidate<'a> {
    pub(in crate::lifecycle) digest: &'a str,
    pub(in crate::lifecycle) tags: Vec<&'a str>,
    /// The start of its age: the push, or the restore if there was one.
    pub(in crate::lifecycle) born: DateTime<Utc>,
    /// Whether the age starts with a restore.
    pub(in crate::lifecycle) restored: bool,
    pub(in crate::lifecycle) pulled: Option<DateTime<Utc>>,
    pub(in crate::lifecycle) archived: Option<DateTime<Utc>>,
    pub(in crate::lifecycle) storage_class: StorageClass,
    /// For an index: the manifests that it lists, as far as they are known.
    pub(in crate::lifecycle) members: &'a [Digest],
    pub(in crate::lifecycle) subject: Option<&'a str>,
}

/// The start of an image's age, and whether that is a restore from the archive.
pub(in crate::lifecycle) fn born(
    pushed: DateTime<Utc>,
    activated: Option<DateTime<Utc>>,
) -> (DateTime<Utc>, bool) {
    match activated {
        Some(activated) if activated > pushed => (activated, true),
        _ => (pushed, false),
    }
}

impl<'a> From<&'a LifecycleImage> for Candidate<'a> {
    fn from(image: &'a LifecycleImage) -> Self {
        let (born, restored) = born(image.pushed, image.activated);
        Self {
            digest: image.digest.as_str(),
            tags: image.tags.iter().map(Tag::as_str).collect(),
            born,
            restored,
            pulled: image.pulled,
            archived: image.archived,
            storage_class: image.storage_class,
            members: &image.members,
            subject: image.subject.as_ref().map(Digest::as_str),
        }
    }
}

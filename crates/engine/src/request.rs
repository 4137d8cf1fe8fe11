//! What is to be copied.

use longshore_names::{RepositoryName, Tag};
use longshore_registry::TagOrDigest;
use serde::{Deserialize, Serialize};

/// One image to copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyItem {
    /// Where it is read.
    pub repository: RepositoryName,
    /// Which one.
    pub reference: TagOrDigest,
    /// Where it is written.
    pub destination: RepositoryName,
    /// The tag that it gets; `None` writes it by digest only.
    pub tag: Option<Tag>,
}

/// What to do when the destination's tag has another digest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Leave the tag where it is; the image is a conflict.
    #[default]
    Fail,
    /// Move the tag. An immutable tag is never moved.
    Overwrite,
}

/// Images to copy from one registry to one registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyRequest {
    /// The images, in the order in which they are begun.
    pub items: Vec<CopyItem>,
    /// What to do with tags that are taken.
    pub on_conflict: OnConflict,
    /// Whether the destination is expected to mount blobs between its repositories. `false` plans
    /// and does uploads instead.
    pub mounting: bool,
}

impl CopyRequest {
    /// Copies these items, moves no tag, mounts where it can.
    pub fn new(items: Vec<CopyItem>) -> Self {
        Self { items, on_conflict: OnConflict::default(), mounting: true }
    }
}

//! An image as its registry's own removal rules see it.

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};

/// An image of a repository, with everything that the registry's own rules count by. The content of
/// an index is not included: reading it would count as a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImage {
    /// The manifest's digest.
    pub digest: Digest,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was pushed to this repository.
    pub pushed: Option<DateTime<Utc>>,
    /// The last pull that was recorded.
    pub pulled: Option<DateTime<Utc>>,
    /// Whether it is in the archive now.
    pub is_archived: bool,
    /// When it was last put into the archive.
    pub archived: Option<DateTime<Utc>>,
    /// When it was last taken out of the archive.
    pub restored: Option<DateTime<Utc>>,
    /// Whether it is an index of other manifests.
    pub is_index: bool,
    /// The manifest that it refers to.
    pub subject: Option<Digest>,
}

impl StoredImage {
    /// An untagged image of which nothing more is known.
    pub fn new(digest: Digest) -> Self {
        Self {
            digest,
            tags: Vec::new(),
            pushed: None,
            pulled: None,
            is_archived: false,
            archived: None,
            restored: None,
            is_index: false,
            subject: None,
        }
    }
}

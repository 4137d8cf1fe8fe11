//! Images as `DescribeImages` describes them.

use chrono::{DateTime, Utc};

use super::listed;
use crate::{
    Finding,
    lifecycle::{
        StorageClass,
        evaluate::{Candidate, born},
    },
};

/// An image with everything that policies and their previews use. Digests and tags are as ECR gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedImage {
    /// `imageDigest`.
    pub digest: String,
    /// `imageTags`.
    pub tags: Vec<String>,
    /// `imageSizeInBytes`: compressed layers; of an index those of its largest image.
    pub bytes: Option<u64>,
    /// `imagePushedAt`.
    pub pushed: Option<DateTime<Utc>>,
    /// `lastRecordedPullTime`.
    pub pulled: Option<DateTime<Utc>>,
    /// `lastArchivedAt`.
    pub archived: Option<DateTime<Utc>>,
    /// `lastActivatedAt`: when it was restored from the archive.
    pub activated: Option<DateTime<Utc>>,
    /// `imageStatus`: `ARCHIVED` is the archive.
    pub storage_class: StorageClass,
    /// Whether it is on its way out of the archive.
    pub is_activating: bool,
    /// Whether `imageManifestMediaType` is that of an index.
    pub is_index: bool,
    /// `subjectManifestDigest`: what a signature or another referrer is about.
    pub subject: Option<String>,
    /// `artifactMediaType`.
    pub artifact_type: Option<String>,
}

impl DescribedImage {
    /// An untagged image of which nothing more is known.
    pub fn new(digest: impl Into<String>) -> Self {
        Self {
            digest: digest.into(),
            tags: Vec::new(),
            bytes: None,
            pushed: None,
            pulled: None,
            archived: None,
            activated: None,
            storage_class: StorageClass::Standard,
            is_activating: false,
            is_index: false,
            subject: None,
            artifact_type: None,
        }
    }

    /// As the evaluator sees it. Without a time of the push it counts as pushed at `now`.
    pub(super) fn candidate(&self, now: DateTime<Utc>) -> Candidate<'_> {
        let (born, restored) = born(self.pushed.unwrap_or(now), self.activated);
        Candidate {
            digest: &self.digest,
            tags: self.tags.iter().map(String::as_str).collect(),
            born,
            restored,
            pulled: self.pulled,
            archived: self.archived,
            storage_class: self.storage_class,
            // DescribeImages does not say which images an index lists.
            members: &[],
            subject: self.subject.as_deref(),
        }
    }
}

/// The images of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DescribedImages {
    /// `registryId`, if it is given.
    pub account: Option<String>,
    /// `repositoryName`, if it is given.
    pub repository: Option<String>,
    /// The images, each digest once.
    pub images: Vec<DescribedImage>,
}

/// Reads the output of `aws ecr describe-images`: `{"imageDetails": […]}`, several pages one after the
/// other, or the list alone. Times are ISO 8601 or seconds since 1970.
///
/// # Errors
/// When it is something else, or has images of several repositories; with the position, if there is one.
pub fn describe(text: &str) -> Result<DescribedImages, Finding> {
    listed::read(text)
}

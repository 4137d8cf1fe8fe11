//! Images that are deleted by rule, and who uses images.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, RepositoryKey};

/// Which images of repositories are deleted, what protects them, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanImages {
    /// The repositories.
    pub repositories: Vec<RepositoryKey>,
    /// Rules; an image that one of them selects is deleted.
    pub rules: Vec<CleanRule>,
    /// Whether the members of a deleted index and the referrers of a deleted image are deleted with it.
    /// Otherwise they protect it.
    pub take_along: bool,
    /// Where to look for what is in use.
    pub usage: UsageSearch,
    /// What becomes of the images.
    pub way: CleanWay,
}

/// Conditions that an image must meet together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct CleanRule {
    /// Pushed longer ago than so many seconds.
    #[ts(type = "number | null")]
    pub older_than: Option<u64>,
    /// Has no tag.
    pub untagged: bool,
    /// Not pulled for so many seconds; without a recorded pull since its push.
    #[ts(type = "number | null")]
    pub not_pulled: Option<u64>,
    /// Each of its tags matches one of these patterns (`*` is any text); empty for no condition.
    pub tags: Vec<String>,
    /// A later tag of the same scheme exists; without a tag, no index lists it.
    pub superseded: bool,
    /// Never the newest of this number, for each pattern.
    pub keep: Option<u32>,
}

/// What becomes of the images that rules select.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum CleanWay {
    /// They are deleted.
    #[default]
    Delete,
    /// They are moved to the archive, from which ECR restores them.
    Archive,
    /// They are copied to another repository of the registry, and then deleted.
    Quarantine {
        /// The repository.
        repository: String,
    },
}

/// Where to look for what is in use. The list of protected images is always read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct UsageSearch {
    /// Directories and files on this computer with references: Kubernetes, Helm, compose, ECS, Dockerfiles.
    pub references: Vec<String>,
    /// Lists of references, tags and digests.
    pub lists: Vec<UsageList>,
    /// Sources that are left out on purpose.
    pub leave_out: Vec<UsageKind>,
}

/// A text that says what is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UsageList {
    /// Its name in sentences.
    pub name: String,
    /// A reference, a tag or a digest on each line; or a file with references.
    pub text: String,
}

/// Something that knows who uses images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum UsageKind {
    /// The images that a person protected.
    Protected,
    /// Directories and files with references.
    References,
    /// Lists.
    Lists,
    /// Findings of scans, which count the containers in which an image runs.
    Findings,
    /// The destinations to which a rule replicates the deletion.
    Destinations,
    /// Runs of Longshore that are in progress.
    Runs,
    /// Stages of paths, and what a rollback would take.
    Stages,
}

/// What a source knows about the images of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UsageSource {
    /// The source.
    pub kind: UsageKind,
    /// The digests and tags that it says are in use.
    pub found: u32,
    /// What it could not see, in sentences.
    pub unseen: Vec<String>,
    /// Why it could not be asked; then nothing is deleted until it is left out.
    pub problem: Option<ApiError>,
}

/// What a deletion by rule would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanPreview {
    /// For each repository.
    pub repositories: Vec<CleanedRepository>,
}

/// What a deletion by rule would do in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanedRepository {
    /// The repository.
    pub repository: RepositoryKey,
    /// The images that a rule selects, the deleted ones first, each group by push: the first 1,000.
    pub images: Vec<CleanedImage>,
    /// All images of the repository.
    pub total: u32,
    /// Those that would be deleted.
    pub deleted: u32,
    /// Those that a rule selects and something protects.
    pub kept: u32,
    /// The bytes that are freed.
    #[ts(type = "number")]
    pub bytes_freed: u64,
    /// Whether every layer is known; otherwise fewer bytes may be freed.
    pub exact: bool,
    /// What was asked about use.
    pub sources: Vec<UsageSource>,
    /// What to know about the result.
    pub notes: Vec<String>,
}

/// An image that a rule selects, or that is taken along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanedImage {
    /// Its digest.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its size in bytes.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    /// When it was pushed.
    pub pushed: Option<DateTime<Utc>>,
    /// When it was last pulled.
    pub pulled: Option<DateTime<Utc>>,
    /// Whether it is deleted.
    pub deleted: bool,
    /// The place of the rule, counted from 0; absent if it is taken along.
    pub rule: Option<u32>,
    /// Why the rule selects it, in one sentence.
    pub reason: String,
    /// What protects it, in one sentence.
    pub protected: Option<String>,
    /// The kind of the protection.
    pub protection: Option<ProtectionKind>,
}

/// The kind of a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ProtectionKind {
    /// It is in use.
    InUse,
    /// It is among the newest that a rule keeps.
    Newest,
    /// It has a tag that the rule does not select.
    OtherTag,
    /// An index that stays lists it, or may list it.
    Index,
    /// It refers to an image that stays.
    Subject,
    /// It lists images, or is referred to by images, that would stay.
    Dependants,
    /// It is an index that could not be read.
    Unread,
    /// It is being restored from the archive.
    Activating,
}

/// The protected images of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProtectedImages {
    /// The images.
    pub images: Vec<ProtectedImage>,
}

/// An image that a person protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProtectedImage {
    /// A tag, or a digest.
    pub image: String,
    /// Why.
    pub note: Option<String>,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// Protects an image, or ends its protection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProtectImage {
    /// The repository.
    pub repository: RepositoryKey,
    /// A tag, or a digest.
    pub image: String,
    /// Why.
    pub note: Option<String>,
    /// Whether it is protected from now on.
    pub protect: bool,
}

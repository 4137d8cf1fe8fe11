//! Lifecycle policies of repositories: as they are, checked, and what they would do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{PlacedFinding, RepositoryKey, UsageSearch};

/// The lifecycle policy of a repository, read now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleView {
    /// The document, indented JSON; absent if there is none.
    pub document: Option<String>,
    /// Names what was read, for a plan that replaces it.
    pub base: String,
}

/// A text with a lifecycle policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckLifecycle {
    /// JSON, YAML, Terraform, CloudFormation, a command of the AWS CLI or what it prints.
    pub text: String,
}

/// What a lifecycle policy means, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckedLifecycle {
    /// Its rules by priority; empty if they cannot be read.
    pub rules: Vec<LifecycleSentence>,
    /// The findings in the order of the text.
    pub findings: Vec<PlacedFinding>,
    /// The policy alone, indented JSON, if the text has exactly one that ECR would accept.
    pub document: Option<String>,
}

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleSentence {
    /// The rule's priority.
    pub priority: u32,
    /// What it does, in one sentence.
    pub text: String,
}

/// A lifecycle policy that should be tried on the images of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PreviewLifecycle {
    /// The repository.
    pub repository: RepositoryKey,
    /// The policy.
    pub text: String,
    /// When it acts: so many days from now, if nothing is pushed or pulled until then.
    pub days: u32,
    /// Where to look for what is in use, besides what is known on this computer.
    #[serde(default)]
    #[ts(as = "Option<UsageSearch>", optional)]
    pub usage: UsageSearch,
}

/// What a lifecycle policy would do. Computed here; ECR is only asked for the list of images, which is not
/// a pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LifecyclePreview {
    /// When it would act.
    pub at: DateTime<Utc>,
    /// When the images were listed.
    pub as_of: DateTime<Utc>,
    /// The images on which a rule acts, by the time of their push: the first 1,000.
    pub images: Vec<LifecycleImage>,
    /// The images on which a rule would act and that are in use: the first 1,000.
    pub in_use: Vec<LifecycleInUse>,
    /// All of these.
    pub spared: u32,
    /// What each rule does, by priority.
    pub rules: Vec<LifecycleEffect>,
    /// All images of the repository.
    pub total: u32,
    /// Those that expire.
    pub expired: u32,
    /// Those that are archived.
    pub archived: u32,
    /// The sizes of the images that expire; layers that others share are counted too.
    #[ts(type = "number")]
    pub bytes_freed: u64,
    /// What to know about the result.
    pub notes: Vec<String>,
}

/// An image on which a rule acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleImage {
    /// Its digest.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its size in bytes.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    /// When it was pushed.
    pub pushed: Option<DateTime<Utc>>,
    /// Whether it is archived and not deleted.
    pub archived: bool,
    /// The priority of the rule.
    pub rule: u32,
    /// Why, in one sentence.
    pub reason: String,
}

/// An image that is in use, and on which a rule would act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleInUse {
    /// The image, and what would happen.
    pub image: LifecycleImage,
    /// Who or what uses it, as the end of a sentence.
    pub used_by: String,
}

/// What a rule does with all images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleEffect {
    /// The rule's priority.
    pub priority: u32,
    /// The rule in one sentence.
    pub text: String,
    /// The images that it deletes.
    pub expired: u32,
    /// The images that it archives.
    pub archived: u32,
    /// The bytes of the images that it deletes.
    #[ts(type = "number")]
    pub bytes_freed: u64,
}

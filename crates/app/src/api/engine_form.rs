//! An engine rule as a form has it. Every field has the name that it has in a rule file, so that a
//! finding's path names the field of the form too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An engine rule, field by field. Texts have the grammar of the rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineRule {
    /// What it is called; each name once in a space.
    pub name: String,
    /// What is copied.
    pub source: EngineSource,
    /// Where to, at least one.
    pub destinations: Vec<EngineDestination>,
    /// Removal of what is no longer selected; none without it.
    pub prune: Option<EnginePrune>,
    /// When it runs by itself; on demand without it.
    pub schedule: Option<EngineSchedule>,
    /// How much a run may take.
    pub limits: Option<EngineLimits>,
}

/// What an engine rule copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineSource {
    /// `111122223333/us-west-2`, a host with or without a port, or `oci:DIR`.
    pub registry: String,
    /// Repositories; all when empty.
    #[serde(default)]
    pub repositories: Vec<EngineRepositoryPattern>,
    /// Repositories that are left out.
    #[serde(default)]
    pub exclude: Vec<EngineRepositoryPattern>,
    /// Tags; all without it.
    pub tags: Option<EngineTagFilter>,
    /// Platforms such as `linux/arm64`; all when empty.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// Signatures, SBOMs and attestations; `where-possible` without it.
    pub referrers: Option<EngineReferrers>,
    /// Labels that must be there with this value.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations that must be there with this value.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// How repositories are chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineRepositoryPattern {
    /// Names that begin so.
    Prefix(String),
    /// One name.
    Exact(String),
    /// A pattern with `*`, `**`, `?`, `[ab]` and `{x,y}`.
    Glob(String),
    /// A regular expression over the whole name.
    Regex(String),
}

/// How tags are chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineTagPattern {
    /// One tag.
    Exact(String),
    /// A pattern with `*`, `?`, `[ab]` and `{x,y}`.
    Glob(String),
    /// A regular expression over the whole tag.
    Regex(String),
    /// A range of versions such as `>=1.4, <2`.
    Semver(String),
}

/// Which tags are copied; everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineTagFilter {
    /// Tags; all when empty.
    #[serde(default)]
    pub include: Vec<EngineTagPattern>,
    /// Tags that are left out.
    #[serde(default)]
    pub exclude: Vec<EngineTagPattern>,
    /// Only so many of each repository.
    pub newest: Option<u32>,
    /// What is newest.
    pub newest_by: Option<EngineNewestBy>,
    /// A date or a time.
    pub pushed_after: Option<String>,
    /// A date or a time.
    pub pushed_before: Option<String>,
    /// Quarantine, such as `7d`.
    pub minimum_age: Option<String>,
}

/// What makes one tag newer than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EngineNewestBy {
    /// When it was pushed.
    Pushed,
    /// The version that it says.
    Version,
}

/// What happens to what refers to an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EngineReferrers {
    /// It stays behind.
    Without,
    /// It is copied, or the image has failed.
    With,
    /// It is copied where the destination takes it.
    WherePossible,
}

/// Where an engine rule copies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineDestination {
    /// As the source's.
    pub registry: String,
    /// What repositories are called there; the same without it.
    pub rename: Option<EngineRename>,
    /// What tags are called there; the same without it.
    pub tags: Option<EngineTagNames>,
    /// What is done about repositories that are not there; created without it.
    pub create: Option<EngineCreate>,
    /// What is done when the tag has another digest there; `fail` without it.
    pub on_conflict: Option<EngineOnConflict>,
    /// What is done when life-cycle policies there expire images afterwards; `fail` without it.
    #[serde(default)]
    pub on_expiry: Option<EngineOnExpiry>,
}

/// How repositories are renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineRename {
    /// Another beginning.
    Prefix(EnginePrefixChange),
    /// A name out of `{repository}`, `{basename}` and `{namespace}`.
    Template(String),
}

/// Another beginning of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EnginePrefixChange {
    /// At the source; empty to put `to` in front.
    pub from: String,
    /// At the destination; empty to leave `from` out.
    pub to: String,
}

/// How tags are renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineTagNames {
    /// Single tags.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// All others; `{tag}` stands for the tag.
    pub template: Option<String>,
}

/// What is done about repositories that are not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineCreate {
    /// Their images are failures.
    Never,
    /// As ECR's creation template says.
    Template,
    /// With these settings.
    Settings(EngineRepositorySettings),
}

/// What a new repository gets; only ECR has such settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineRepositorySettings {
    /// Whether tags can be moved.
    pub immutability: Option<EngineImmutability>,
    /// Tags for which the opposite holds.
    #[serde(default)]
    pub immutability_exceptions: Vec<String>,
    /// Whether pushes are scanned.
    pub scan_on_push: Option<bool>,
    /// Encryption at rest.
    pub encryption: Option<EngineEncryption>,
    /// Resource tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Whether tags can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineImmutability {
    /// They can.
    Mutable,
    /// They cannot.
    Immutable,
}

/// Encryption at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EngineEncryption {
    /// With keys of S3.
    Aes256,
    /// With a key of KMS.
    Kms(String),
    /// Twice, with a key of KMS.
    KmsDsse(String),
}

/// What is done when the tag has another digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineOnConflict {
    /// The tag stays and the run has not done everything.
    Fail,
    /// The tag stays.
    Skip,
    /// The tag moves, unless it is immutable.
    Overwrite,
}

/// What is done when life-cycle policies expire images after the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineOnExpiry {
    /// Nothing is copied unless somebody agrees to the plan.
    Fail,
    /// It is copied all the same.
    Accept,
}

/// Removal of what is no longer selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EnginePrune {
    /// Whether anything is removed.
    pub enabled: bool,
    /// A run that would remove more tags than this removes none.
    #[serde(default = "most_removed")]
    pub max: u32,
}

fn most_removed() -> u32 {
    longshore_policy::rule::Prune::DEFAULT_MAX
}

/// When a rule runs by itself: by `cron` or by `watch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineSchedule {
    /// Five fields.
    pub cron: Option<String>,
    /// Of `cron`, such as `Europe/Berlin`; UTC without it.
    pub time_zone: Option<String>,
    /// How often the source is looked at, such as `5m`.
    pub watch: Option<String>,
}

/// How much a run may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineLimits {
    /// Such as `20MiB/s`.
    pub bandwidth: Option<String>,
    /// Requests to one registry at the same time.
    pub concurrency: Option<u32>,
    /// Times in which bytes move; always when empty.
    #[serde(default)]
    pub windows: Vec<EngineWindow>,
}

/// A time of the day in which bytes move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineWindow {
    /// Every day when empty.
    #[serde(default)]
    pub days: Vec<EngineDay>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`; not after `from` means the next day.
    pub to: String,
    /// UTC without it.
    pub time_zone: Option<String>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "days need no explanation")]
pub enum EngineDay {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

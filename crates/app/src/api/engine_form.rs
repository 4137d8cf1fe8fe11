//! An engine rule as the fields of a form. Every field has the same name as in a rule file, so that
//! a finding's path also names the form's field.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An engine rule, field by field. Texts follow the grammar of the rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineRule {
    /// Its name; unique in a space.
    pub name: String,
    /// What is copied.
    pub source: EngineSource,
    /// Where it copies to, at least one.
    pub destinations: Vec<EngineDestination>,
    /// Removal of what is no longer selected; none if absent.
    pub prune: Option<EnginePrune>,
    /// When it runs automatically; on demand if absent.
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
    /// Repositories that are excluded.
    #[serde(default)]
    pub exclude: Vec<EngineRepositoryPattern>,
    /// Tags; all if absent.
    pub tags: Option<EngineTagFilter>,
    /// Platforms such as `linux/arm64`; all when empty.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// Signatures, SBOMs and attestations; `where-possible` if absent.
    pub referrers: Option<EngineReferrers>,
    /// Labels that must exist with this value.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations that must exist with this value.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// How repositories are chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineRepositoryPattern {
    /// Names with this prefix.
    Prefix(String),
    /// This exact name.
    Exact(String),
    /// A pattern with `*`, `**`, `?`, `[ab]` and `{x,y}`.
    Glob(String),
    /// A regular expression that matches the whole name.
    Regex(String),
}

/// How tags are chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineTagPattern {
    /// This exact tag.
    Exact(String),
    /// A pattern with `*`, `?`, `[ab]` and `{x,y}`.
    Glob(String),
    /// A regular expression that matches the whole tag.
    Regex(String),
    /// A range of versions such as `>=1.4, <2`.
    Semver(String),
}

/// Which tags are copied; all given conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineTagFilter {
    /// Tags; all when empty.
    #[serde(default)]
    pub include: Vec<EngineTagPattern>,
    /// Tags that are excluded.
    #[serde(default)]
    pub exclude: Vec<EngineTagPattern>,
    /// Only this many of each repository.
    pub newest: Option<u32>,
    /// What *newest* means.
    pub newest_by: Option<EngineNewestBy>,
    /// A date or a time.
    pub pushed_after: Option<String>,
    /// A date or a time.
    pub pushed_before: Option<String>,
    /// Minimum age (quarantine), such as `7d`.
    pub minimum_age: Option<String>,
}

/// What makes one tag newer than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EngineNewestBy {
    /// The time of its push.
    Pushed,
    /// The version in its name.
    Version,
}

/// What happens to the referrers of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EngineReferrers {
    /// They are not copied.
    Without,
    /// They are copied, or the image fails.
    With,
    /// They are copied where the destination accepts them.
    WherePossible,
}

/// Where an engine rule copies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineDestination {
    /// Written like the source's.
    pub registry: String,
    /// Names of repositories at the destination; unchanged if absent.
    pub rename: Option<EngineRename>,
    /// Names of tags at the destination; unchanged if absent.
    pub tags: Option<EngineTagNames>,
    /// What is done about missing repositories; created if absent.
    pub create: Option<EngineCreate>,
    /// What is done when the destination's tag has another digest; `fail` if absent.
    pub on_conflict: Option<EngineOnConflict>,
    /// What is done when the destination's life-cycle policies would expire images afterwards;
    /// `fail` if absent.
    #[serde(default)]
    pub on_expiry: Option<EngineOnExpiry>,
}

/// How repositories are renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineRename {
    /// Replaces the prefix.
    Prefix(EnginePrefixChange),
    /// A name made from `{repository}`, `{basename}` and `{namespace}`.
    Template(String),
}

/// A change of a name's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EnginePrefixChange {
    /// At the source; empty to add `to` in front.
    pub from: String,
    /// At the destination; empty to drop `from`.
    pub to: String,
}

/// How tags are renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineTagNames {
    /// Individual tags.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// All others; `{tag}` stands for the tag.
    pub template: Option<String>,
}

/// What is done about missing repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineCreate {
    /// They are not created; their images fail.
    Never,
    /// As ECR's creation template says.
    Template,
    /// They are created with these settings.
    Settings(EngineRepositorySettings),
}

/// Settings of a new repository; only ECR has them.
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
    /// With a KMS key.
    Kms(String),
    /// Twice, with a KMS key.
    KmsDsse(String),
}

/// What is done when the tag has another digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineOnConflict {
    /// The tag stays, and the run is incomplete.
    Fail,
    /// The tag stays.
    Skip,
    /// The tag moves, unless it is immutable.
    Overwrite,
}

/// What is done when life-cycle policies would expire images after the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EngineOnExpiry {
    /// Nothing is copied unless a person agrees to the plan.
    Fail,
    /// Images are copied anyway.
    Accept,
}

/// Removal of what is no longer selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EnginePrune {
    /// Whether anything is removed.
    pub enabled: bool,
    /// The limit: a run that would remove more tags removes none.
    #[serde(default = "most_removed")]
    pub max: u32,
}

fn most_removed() -> u32 {
    longshore_policy::rule::Prune::DEFAULT_MAX
}

/// When a rule runs automatically: by `cron` or by `watch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineSchedule {
    /// A cron expression of five fields.
    pub cron: Option<String>,
    /// The time zone of `cron`, such as `Europe/Berlin`; UTC if absent.
    pub time_zone: Option<String>,
    /// How often the source is checked, such as `5m`.
    pub watch: Option<String>,
}

/// Limits of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineLimits {
    /// Bytes a second, such as `20MiB/s`.
    pub bandwidth: Option<String>,
    /// Concurrent requests to one registry.
    pub concurrency: Option<u32>,
    /// Times in which bytes are transferred; always when empty.
    #[serde(default)]
    pub windows: Vec<EngineWindow>,
}

/// A time of the day in which bytes are transferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EngineWindow {
    /// Days; every day when empty.
    #[serde(default)]
    pub days: Vec<EngineDay>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`; a time not after `from` is on the next day.
    pub to: String,
    /// UTC if absent.
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

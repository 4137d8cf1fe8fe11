//! Engine rules: replication that ECR's own rules cannot express, carried out by Longshore's
//! engine.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, EngineRule, RegistryKey, RunState, Severity, Space};

/// A saved engine rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRuleView {
    /// Its id.
    pub id: String,
    /// Its space.
    pub space: Space,
    /// Its name.
    pub name: String,
    /// As a rule file in canonical form.
    pub yaml: String,
    /// SHA-256 of that, hexadecimal; a permit names it.
    pub hash: String,
    /// As a form.
    pub rule: EngineRule,
    /// What it does, in sentences; the first one is a complete short summary.
    pub sentences: Vec<String>,
    /// Whether ECR or the engine can carry it out, and why.
    pub driver: EngineRuleDriver,
    /// Where it copies from.
    pub source: EnginePlace,
    /// Where it copies to, in order.
    pub destinations: Vec<EnginePlace>,
    /// When it runs automatically, in words; absent when on demand.
    pub schedule: Option<String>,
    /// Whether its schedule is switched off.
    pub paused: bool,
    /// When it is due; absent when on demand or switched off.
    pub next: Option<DateTime<Utc>>,
    /// A due time that passed while the app was closed; the rule runs once for it.
    pub missed: Option<DateTime<Utc>>,
    /// The run that is in progress.
    pub running: Option<String>,
    /// The result of its last run.
    pub last: Option<EngineRuleLast>,
    /// Findings worth knowing.
    pub findings: Vec<EngineFinding>,
    /// When it was first saved.
    pub created: DateTime<Utc>,
    /// When it was last changed.
    pub changed: DateTime<Utc>,
}

/// The result of an engine rule's last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRuleLast {
    /// The run; absent when there was nothing to do or it could not start.
    pub run: Option<String>,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub state: RunState,
    /// In words: *2 copied, 40 already there*.
    pub text: String,
    /// Why it failed.
    pub error: Option<ApiError>,
}

/// Whether ECR or the engine carries a rule out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRuleDriver {
    /// Whether ECR itself could do it.
    pub native: bool,
    /// Why ECR can do it; absent when it cannot.
    pub reason: Option<String>,
    /// Everything in it that ECR cannot do.
    pub reasons: Vec<EngineRuleReason>,
}

/// Something that ECR cannot do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRuleReason {
    /// Stable code.
    pub code: String,
    /// The reason.
    pub text: String,
    /// The small change that would make the rule native.
    pub to_native: Option<String>,
}

/// A registry of a rule, or one that can be chosen for a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnginePlace {
    /// As a rule writes it.
    pub text: String,
    /// As it is displayed.
    pub label: String,
    /// The registry of the known account, if it is one.
    pub registry: Option<RegistryKey>,
}

/// A rule as written by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "as")]
#[expect(clippy::large_enum_variant, reason = "one value at a time, as it comes over the border")]
pub enum EngineRuleInput {
    /// The text of a rule file with one rule.
    Yaml {
        /// The text.
        text: String,
    },
    /// The fields of a form.
    Form {
        /// The rule.
        rule: EngineRule,
    },
}

/// Asks for a check of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckEngineRule {
    /// Its space.
    pub space: Space,
    /// The rule.
    pub rule: EngineRuleInput,
}

/// The meaning of a rule, and its findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckedEngineRule {
    /// Everything that is wrong or worth knowing.
    pub findings: Vec<EngineFinding>,
    /// Whether it can be saved.
    pub good: bool,
    /// In canonical form; absent when it could not be understood.
    pub yaml: Option<String>,
    /// As a form; absent when it could not be understood.
    pub rule: Option<EngineRule>,
    /// What it does; empty while something is wrong.
    pub sentences: Vec<String>,
    /// Whether ECR or the engine can carry it out; absent while something is wrong.
    pub driver: Option<EngineRuleDriver>,
    /// The next automatic runs, at most 3.
    pub next: Vec<DateTime<Utc>>,
}

/// A finding about a rule, with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineFinding {
    /// Stable code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The path in the rule, such as `source.tags.include[0].semver`; it is the form's path too.
    pub field: Option<String>,
    /// Line, from 1; only for a text.
    pub line: Option<u32>,
    /// Column in characters, from 1; only for a text.
    pub column: Option<u32>,
    /// The finding, one sentence.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Asks what a rule would select, from what has been read so far; no network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRulePreviewRequest {
    /// Its space.
    pub space: Space,
    /// The rule.
    pub rule: EngineRuleInput,
    /// First row.
    pub offset: u32,
    /// The maximum number of rows, 1 to 500.
    pub limit: u32,
    /// The rows to show.
    pub show: EnginePreviewShow,
    /// Only rows whose `repository:tag` contains this.
    pub search: String,
}

/// Which rows of a preview are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum EnginePreviewShow {
    /// All.
    All,
    /// Tags that are copied.
    Selected,
    /// Tags that are not copied.
    NotSelected,
    /// Tags for which this is unknown before a run.
    Undecided,
}

/// What a rule would select.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRulePreview {
    /// Whether the source is an account that is shown here, so that its content is known.
    pub known: bool,
    /// Tags that are copied.
    pub selected: u32,
    /// Tags that are not copied.
    pub not_selected: u32,
    /// Tags for which this is unknown before a run.
    pub undecided: u32,
    /// Repositories from which something is copied.
    pub repositories: u32,
    /// Bytes of the selected images, each digest once; content that the destination already has is
    /// not subtracted.
    pub bytes: u64,
    /// Rows that match `show` and `search`.
    pub total: u32,
    /// The rows.
    pub rows: Vec<EngineRulePreviewRow>,
    /// What cannot be known without asking registries, in sentences.
    pub unknown: Vec<String>,
    /// The time of the oldest list that was used; absent when nothing has been read yet.
    pub read: Option<DateTime<Utc>>,
    /// What is wrong with the rule; if there is an error, nothing is counted.
    pub findings: Vec<EngineFinding>,
}

/// A tag in a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRulePreviewRow {
    /// Repository.
    pub repository: String,
    /// Tag.
    pub tag: String,
    /// Digest.
    pub digest: Option<String>,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was pushed.
    pub pushed: Option<DateTime<Utc>>,
    /// Whether it is copied.
    pub verdict: EngineVerdict,
    /// Why not, or what is not known yet: *not copied: 2 days old, rule wants 7*.
    pub reason: Option<String>,
    /// The reason's stable code.
    pub code: Option<String>,
    /// Its names at the destinations.
    pub destinations: Vec<String>,
}

/// Whether a tag is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum EngineVerdict {
    /// It is copied.
    Selected,
    /// It is not copied.
    NotSelected,
    /// Unknown before a run.
    Undecided,
}

/// Names an engine rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRuleKey {
    /// Its id.
    pub rule: String,
}

/// Switches a rule's schedule off or on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PauseEngineRule {
    /// The rule's id.
    pub rule: String,
    /// Whether it is switched off.
    pub paused: bool,
}

/// Asks for rules as one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExportEngineRules {
    /// The space.
    pub space: Space,
    /// Ids; all of the space when empty.
    pub rules: Vec<String>,
}

/// Rules as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineRuleFile {
    /// A name for the file.
    pub name: String,
    /// YAML.
    pub text: String,
}

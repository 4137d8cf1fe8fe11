//! Replication rules and what they need on the other side.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, Finding, RegistryKey, ReplicationStatus, Space};

/// A registry's replication configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplicationView {
    /// Which registry.
    pub registry: RegistryKey,
    /// The whole document, indented JSON.
    pub document: String,
    /// Its rules.
    pub rules: Vec<RuleView>,
    /// Unique destinations over all rules, of 25.
    pub destinations_used: u32,
    /// Findings about the whole document.
    pub findings: Vec<Finding>,
    /// When it was read.
    pub as_of: DateTime<Utc>,
}

/// A rule of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Hash of the rule's canonical content: rules have no id in ECR.
    pub id: String,
    /// The rule in one sentence.
    pub sentence: String,
    /// Where it replicates to.
    pub destinations: Vec<DestinationView>,
    /// Prefixes; empty for the whole registry.
    pub filters: Vec<String>,
    /// Whether deletes are replicated too.
    pub delete_replication: bool,
    /// Whether this app made it.
    pub ours: bool,
    /// Repositories that it matches now, among those seen.
    pub repositories: u32,
    /// Findings about this rule.
    pub findings: Vec<Finding>,
    /// The rule as indented JSON.
    pub json: String,
}

/// A destination of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DestinationView {
    /// Which registry.
    pub registry: RegistryKey,
    /// The account's name, if the app knows it.
    pub account_name: Option<String>,
}

/// A destination as it was typed or chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DestinationInput {
    /// As typed.
    pub account: String,
    /// As typed.
    pub region: String,
}

/// A rule as it was typed or chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuleInput {
    /// The registry that the rule belongs to.
    pub registry: RegistryKey,
    /// Destinations, as typed.
    pub destinations: Vec<DestinationInput>,
    /// Prefixes, as typed; empty for the whole registry.
    pub filters: Vec<String>,
    /// Whether deletes are replicated too.
    pub delete_replication: bool,
    /// When an existing rule is edited: its id.
    pub replaces: Option<String>,
}

/// What a rule would do, asked for while typing. No network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RulePreview {
    /// The rule in one sentence; absent while it is not valid.
    pub sentence: Option<String>,
    /// What is wrong or worth knowing.
    pub findings: Vec<Finding>,
    /// Unique destinations over all rules with this one, of 25.
    pub destinations_used: u32,
    /// Which driver it needs, and why.
    pub driver: DriverView,
    /// Repositories that it matches, at most 200.
    pub matches: Vec<RuleMatch>,
    /// Repositories that it matches, all.
    pub repositories: u32,
    /// Images in them, among those seen.
    pub images: u32,
    /// Bytes in them, among those seen.
    pub bytes: u64,
}

/// A repository that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuleMatch {
    /// Name.
    pub repository: String,
    /// The filter that matches; absent when the rule has none.
    pub filter: Option<String>,
    /// Number of images, if known.
    pub images: Option<u32>,
    /// Bytes, if known.
    pub bytes: Option<u64>,
    /// Caught by the prefix but probably not meant: `prod-microservice-old`.
    pub accidental: bool,
}

/// Who does the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "driver")]
pub enum DriverView {
    /// ECR itself, with this window closed.
    Native {
        /// Why.
        reason: String,
    },
    /// Longshore's own engine, because ECR cannot.
    Engine {
        /// What ECR cannot express.
        reasons: Vec<String>,
    },
}

/// Asks what the other sides of a rule need.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckOtherSide {
    /// The rule.
    pub rule: RuleInput,
    /// `Resource` for all repositories rather than the rule's prefixes.
    pub all_repositories: bool,
    /// Whether the statement lets ECR create repositories.
    pub create_repository: bool,
}

/// Whether a destination accepts what a rule sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum OtherSideState {
    /// Same account: no statement is needed.
    NotNeeded,
    /// A statement allows all of it.
    Present,
    /// There is a statement, but something is missing.
    Insufficient,
    /// Nothing allows it.
    Missing,
    /// The app has no account for the destination, or may not read its policy.
    CannotBeSeen,
}

/// One destination's readiness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OtherSide {
    /// Which registry.
    pub registry: RegistryKey,
    /// The account's name, if the app knows it.
    pub account_name: Option<String>,
    /// How it stands.
    pub state: OtherSideState,
    /// Why, one sentence: *already allowed by `ReplicationAccessCrossAccount`*.
    pub explanation: String,
    /// Sid of the statement that allows it.
    pub allowed_by: Option<String>,
    /// The statement that it needs, indented JSON; absent when none is.
    pub statement: Option<String>,
    /// The statement as a command for the destination's administrator.
    pub cli: Option<String>,
    /// Whether the app can add it with one click.
    pub can_add: bool,
}

/// A form in which a configuration can be taken along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ExportFormat {
    /// A shell script with the AWS CLI.
    Cli,
    /// The document.
    Json,
    /// Terraform.
    Terraform,
    /// CloudFormation.
    CloudFormation,
}

/// Asks for a configuration in another form.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// What.
    pub what: ExportSubject,
    /// In which form.
    pub format: ExportFormat,
}

/// What is taken along.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "subject")]
pub enum ExportSubject {
    /// What a plan would write.
    Plan {
        /// The plan's id.
        plan: String,
    },
    /// The replication configuration as it is.
    Replication {
        /// Which registry.
        registry: RegistryKey,
    },
    /// The registry policy as it is.
    Policy {
        /// Which registry.
        registry: RegistryKey,
    },
}

/// A configuration in another form, safe to paste.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The text; absent when refused.
    pub text: Option<String>,
    /// Why the form cannot express it.
    pub refusal: Option<String>,
    /// A good file name.
    pub file_name: String,
}

/// Asks for the newest replicated images.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentReplications {
    /// Only this registry; all of the space when absent.
    pub registry: Option<RegistryKey>,
    /// The space.
    pub space: Space,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

/// An image that a rule replicated, or should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentReplication {
    /// From where.
    pub registry: RegistryKey,
    /// Repository.
    pub repository: String,
    /// Digest.
    pub digest: String,
    /// Tags.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed: DateTime<Utc>,
    /// How far it is.
    pub status: ReplicationStatus,
}

/// Asks whether referrers arrive with the images that a rule takes.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookForReferrers {
    /// The rule's registry.
    pub registry: RegistryKey,
    /// The rule's id.
    pub rule: String,
}

/// What a destination has of the signatures, SBOMs and attestations of images that came there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferrersSeen {
    /// The destination.
    pub registry: RegistryKey,
    /// Referrers that were looked for: the newest at the source whose image is at the destination.
    pub asked: u32,
    /// How many of them are there.
    pub there: u32,
    /// Why the destination cannot be looked at.
    pub problem: Option<ApiError>,
}

//! Replication rules and what they need at the destinations.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    ApiError, Finding, IamName, Mutability, RegistryKey, ReplicationStatus, Space, StatedPermission,
};

/// A registry's replication configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplicationView {
    /// The registry.
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
    /// Hash of the rule's canonical content, since rules have no id in ECR.
    pub id: String,
    /// The rule in one sentence.
    pub sentence: String,
    /// Where it replicates to.
    pub destinations: Vec<DestinationView>,
    /// Prefixes; empty for the whole registry.
    pub filters: Vec<String>,
    /// Whether deletes are replicated too.
    pub delete_replication: bool,
    /// Whether this app created it.
    pub ours: bool,
    /// The name that a person gave it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// What a person noted about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub note: Option<String>,
    /// Known repositories that it matches now.
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
    /// The registry.
    pub registry: RegistryKey,
    /// The account's name, if the app knows it.
    pub account_name: Option<String>,
    /// What is known by a request for the rule, if one was written here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub stated: Option<StatedPermission>,
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
    /// Further registries that get the same rule. A rule that is edited has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<RegistryKey>>", optional)]
    pub also: Vec<RegistryKey>,
    /// Destinations, as typed.
    pub destinations: Vec<DestinationInput>,
    /// Prefixes, as typed; empty for the whole registry.
    pub filters: Vec<String>,
    /// Whether deletes are replicated too.
    pub delete_replication: bool,
    /// The id of the rule that it replaces, if one is edited.
    pub replaces: Option<String>,
    /// A name for the rule, as typed; empty for none. When absent, the name of the rule that it replaces
    /// stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// A note beside the name, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub note: Option<String>,
}

/// Names a rule.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NameRule {
    /// The registry.
    pub registry: RegistryKey,
    /// The rule's id.
    pub rule: String,
    /// As typed; empty to take the name away.
    pub name: String,
    /// As typed.
    #[serde(default)]
    #[ts(optional)]
    pub note: Option<String>,
}

/// Makes a rule that was created elsewhere one of this app's.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AdoptRule {
    /// The registry.
    pub registry: RegistryKey,
    /// The rule's id.
    pub rule: String,
    /// As typed.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
    /// As typed.
    #[serde(default)]
    #[ts(optional)]
    pub note: Option<String>,
}

/// The effect of a rule, requested while typing. No network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RulePreview {
    /// The rule in one sentence; absent while it is not valid.
    pub sentence: Option<String>,
    /// What is wrong or worth knowing.
    pub findings: Vec<Finding>,
    /// Unique destinations over all rules including this one, of 25; of the source that has most.
    pub destinations_used: u32,
    /// Which driver it needs, and why.
    pub driver: DriverView,
    /// Repositories that it matches in all sources, at most 200.
    pub matches: Vec<RuleMatch>,
    /// The number of all repositories that it matches.
    pub repositories: u32,
    /// Known images in them.
    pub images: u32,
    /// Their bytes, as far as known.
    pub bytes: u64,
}

/// A repository that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuleMatch {
    /// The source that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub registry: Option<RegistryKey>,
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

/// Who carries a rule out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "driver")]
pub enum DriverView {
    /// ECR itself; Longshore need not be open.
    Native {
        /// The reason.
        reason: String,
    },
    /// Longshore's own engine, because ECR cannot.
    Engine {
        /// What ECR cannot express.
        reasons: Vec<String>,
    },
}

/// Asks what the destinations of a rule need.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckOtherSide {
    /// The rule.
    pub rule: RuleInput,
    /// `Resource` for all repositories instead of the rule's prefixes.
    pub all_repositories: bool,
    /// Whether the statement allows ECR to create repositories.
    pub create_repository: bool,
}

/// Whether a destination allows what a rule replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum OtherSideState {
    /// Same account: no statement is needed.
    NotNeeded,
    /// A statement allows all of it.
    Present,
    /// There is a statement, but something is missing.
    Insufficient,
    /// No statement allows it.
    Missing,
    /// The app has no account for the destination, or is not allowed to read its policy.
    CannotBeSeen,
}

/// One destination's readiness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OtherSide {
    /// The registry.
    pub registry: RegistryKey,
    /// The account's name, if the app knows it.
    pub account_name: Option<String>,
    /// Whether it is ready.
    pub state: OtherSideState,
    /// Why, one sentence: *already allowed by `ReplicationAccessCrossAccount`*.
    pub explanation: String,
    /// Sid of the statement that allows it.
    pub allowed_by: Option<String>,
    /// The statement that it needs, indented JSON; absent when it needs none.
    pub statement: Option<String>,
    /// The statement as a command for the destination's administrator.
    pub cli: Option<String>,
    /// Whether the app can add it with one click.
    pub can_add: bool,
}

/// A format in which a configuration can be exported.
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

/// Asks for a configuration in an export format.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// The configuration to export.
    pub what: ExportSubject,
    /// In which form.
    pub format: ExportFormat,
}

/// What is exported.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "subject")]
pub enum ExportSubject {
    /// The changes of a plan.
    Plan {
        /// The plan's id.
        plan: String,
    },
    /// The current replication configuration.
    Replication {
        /// The registry.
        registry: RegistryKey,
    },
    /// The current registry policy.
    Policy {
        /// The registry.
        registry: RegistryKey,
    },
    /// Any other document or setting.
    Document {
        /// The registry, or one of the account that it belongs to.
        registry: RegistryKey,
        /// Which.
        document: ExportDocument,
        /// Its content as JSON, if it is not to be read: something that does not exist yet.
        #[serde(default)]
        #[ts(optional)]
        text: Option<String>,
    },
}

/// A document or setting besides those of a registry as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum ExportDocument {
    /// A repository with its settings and policies.
    Repository {
        /// Its name.
        name: String,
    },
    /// The lifecycle policy of a repository.
    LifecyclePolicy {
        /// The repository's name.
        name: String,
    },
    /// The policy of a repository.
    RepositoryPolicy {
        /// The repository's name.
        name: String,
    },
    /// A repository creation template.
    Template {
        /// Its prefix.
        prefix: String,
    },
    /// A pull-through cache rule.
    PullThroughCacheRule {
        /// The prefix of its repositories.
        prefix: String,
    },
    /// How the images of the registry are scanned.
    RegistryScanning,
    /// How the images of the registry are signed.
    Signing,
    /// A principal whose pulls are not recorded.
    PullTimeExclusion {
        /// Its ARN.
        principal: String,
    },
    /// A setting of the account in this Region.
    AccountSetting {
        /// Its name, such as `BLOB_MOUNTING`.
        name: String,
    },
    /// A user, a group or a role.
    Entity {
        /// Which.
        of: IamName,
    },
    /// The trust policy of a role.
    Trust {
        /// The role.
        role: String,
    },
    /// A managed policy.
    ManagedPolicy {
        /// Its ARN, or the name of one of this account without a path.
        policy: String,
    },
    /// An inline policy.
    InlinePolicy {
        /// The user, group or role that has it.
        of: IamName,
        /// Its name.
        policy: String,
    },
}

/// A configuration in an export format, safe to paste.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The text; absent when refused.
    pub text: Option<String>,
    /// Why the format cannot express it.
    pub refusal: Option<String>,
    /// A suitable file name.
    pub file_name: String,
}

/// Saves a text as a file.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SaveText {
    /// A file name, without a folder.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A file that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SavedText {
    /// Where it is.
    pub path: String,
}

/// Asks for the newest replicated images.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentReplications {
    /// Only this registry; all of the space when absent.
    pub registry: Option<RegistryKey>,
    /// The space.
    pub space: Space,
    /// The maximum number of rows, 1 to 200.
    pub limit: u32,
}

/// An image that a rule replicated, or should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentReplication {
    /// The registry.
    pub registry: RegistryKey,
    /// Repository.
    pub repository: String,
    /// Digest.
    pub digest: String,
    /// Tags.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed: DateTime<Utc>,
    /// Its status.
    pub status: ReplicationStatus,
}

/// Asks whether the referrers of replicated images arrive too.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookForReferrers {
    /// The rule's registry.
    pub registry: RegistryKey,
    /// The rule's id.
    pub rule: String,
}

/// How many referrers (signatures, SBOMs, attestations) of replicated images a destination has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferrersSeen {
    /// The destination.
    pub registry: RegistryKey,
    /// Referrers that were checked: the newest at the source whose image is at the destination.
    pub asked: u32,
    /// How many of them the destination has.
    pub there: u32,
    /// Why the destination cannot be read.
    pub problem: Option<ApiError>,
}

/// The state of a backfill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum BackfillStatus {
    /// ECR finds out what to replicate.
    Preparing,
    /// It replicates.
    InProgress,
    /// Ended; single replications may have failed.
    Complete,
    /// Ended, because too many replications failed.
    Failed,
    /// It is being stopped.
    Stopping,
    /// Stopped.
    Stopped,
}

/// Asks how images that were there before a rule are best brought over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetBringOver {
    /// The registry that replicates.
    pub registry: RegistryKey,
    /// The destinations, which its rules have.
    pub destinations: Vec<RegistryKey>,
    /// Prefixes of the repositories; empty for every repository.
    pub prefixes: Vec<String>,
}

/// A way of bringing over images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum BringOverWay {
    /// By ECR, as a backfill.
    Backfill,
    /// By Longshore's engine.
    Engine,
}

/// How images are best brought over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BringOver {
    /// The proposed way.
    pub way: BringOverWay,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

/// A backfill: ECR replicates images that were there before a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BackfillView {
    /// Its id.
    pub id: String,
    /// Where it replicates to.
    pub destination: RegistryKey,
    /// Its state.
    pub status: BackfillStatus,
    /// Why it failed.
    pub failure_code: Option<String>,
    /// Replications in all; each tag of an image counts. 0 while it is prepared.
    pub total: u32,
    /// Those that are complete.
    pub completed: u32,
    /// Those that failed.
    pub failed: u32,
    /// Why, each reason once.
    pub failure_codes: Vec<String>,
    /// When it was started.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
}

/// A repository creation template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TemplateView {
    /// The beginning of names, before a `/`; or `ROOT`.
    pub prefix: String,
    /// A text for people.
    pub description: Option<String>,
    /// When it applies: `REPLICATION`, `PULL_THROUGH_CACHE`, `CREATE_ON_PUSH`.
    pub applied_for: Vec<String>,
    /// Tag mutability.
    pub mutability: Mutability,
    /// `AES256`, `KMS` or `KMS_DSSE`.
    pub encryption: String,
    /// The role that ECR assumes to use a KMS key and to set tags.
    pub custom_role_arn: Option<String>,
    /// The whole template: the input of `CreateRepositoryCreationTemplate`, JSON.
    pub text: String,
}

/// Names a backfill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BackfillKey {
    /// The registry that replicates.
    pub registry: RegistryKey,
    /// Its id.
    pub id: String,
}

/// An image that a backfill could not replicate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BackfillFailure {
    /// The repository.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<String>,
    /// ECR's codes.
    pub codes: Vec<String>,
}

//! Plans: every change is one before it happens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    ApiError, Encryption, EnginePlan, EngineRuleInput, Finding, ImageKey, Mutability, PlanExpiry,
    RegistryKey, RepositoryKey, RuleInput, Space, StatementInput,
};

/// A change that is to be planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "change")]
#[expect(clippy::large_enum_variant, reason = "one value at a time, as it comes over the border")]
pub enum PlanRequest {
    /// Create a repository.
    CreateRepository {
        /// Where.
        registry: RegistryKey,
        /// As typed.
        name: String,
        /// Tag mutability.
        mutability: Mutability,
        /// Whether images are scanned when pushed.
        scan_on_push: bool,
        /// Encryption; cannot be changed later.
        encryption: Encryption,
    },
    /// Delete a repository.
    DeleteRepository {
        /// Which.
        repository: RepositoryKey,
        /// With the images in it; without, a repository that has images is refused.
        with_images: bool,
    },
    /// Delete images or only tags of them.
    DeleteImages {
        /// Where.
        repository: RepositoryKey,
        /// What.
        images: Vec<ImageSelection>,
    },
    /// Change a repository's tag mutability.
    SetMutability {
        /// Which.
        repository: RepositoryKey,
        /// New.
        mutability: Mutability,
    },
    /// Turn blob mounting of a registry on or off.
    SetBlobMounting {
        /// Which.
        registry: RegistryKey,
        /// On or off.
        enabled: bool,
    },
    /// Add or edit a replication rule, with the statements that it needs.
    PutRule {
        /// The rule.
        rule: RuleInput,
        /// Destinations whose statement is written first.
        add_statements: Vec<RegistryKey>,
        /// `Resource` for all repositories rather than the rule's prefixes.
        all_repositories: bool,
        /// Whether the statements let ECR create repositories.
        create_repository: bool,
    },
    /// Remove a replication rule.
    RemoveRule {
        /// Which registry.
        registry: RegistryKey,
        /// The rule's id.
        rule: String,
    },
    /// Add a generated statement to a registry policy.
    AddStatement {
        /// The statement.
        statement: StatementInput,
    },
    /// Remove a statement from a registry policy.
    RemoveStatement {
        /// Which registry.
        registry: RegistryKey,
        /// The statement's id.
        statement: String,
    },
    /// Replace a registry policy by a text.
    PutPolicy {
        /// Which registry.
        registry: RegistryKey,
        /// As typed.
        text: String,
        /// [`PolicyView::base`](super::PolicyView::base) of the document that was opened. What was
        /// changed elsewhere since then stays, or refuses the plan.
        #[serde(default)]
        #[ts(optional)]
        base: Option<String>,
    },
    /// Promote an image: put it under another name.
    Promote {
        /// The image.
        source: ImageKey,
        /// Where to.
        destination: RegistryKey,
        /// Repository, as typed.
        repository: String,
        /// Tag, as typed.
        tag: String,
        /// Turn blob mounting on in the destination first.
        enable_blob_mounting: bool,
        /// Create the destination repository when it does not exist.
        create_repository: bool,
    },
    /// Send an image whose native replication failed, by the engine.
    ReplicateAgain {
        /// The image.
        image: ImageKey,
        /// Where to.
        destination: RegistryKey,
    },
    /// Push a small image that the app makes.
    PushSample {
        /// Where.
        repository: RepositoryKey,
        /// As typed.
        tag: String,
    },
    /// Remove what a replication set-up made, in the order that loses nothing.
    CleanUp {
        /// Registry whose rule goes.
        source: RegistryKey,
        /// The rule's id; absent to clean up without a rule.
        rule: Option<String>,
        /// Repositories of the source that go, with their images.
        source_repositories: Vec<String>,
        /// Repositories of the destinations that go, with the images that came by this rule.
        destination_repositories: Vec<RepositoryKey>,
        /// Statements that go.
        statements: Vec<StatementKey>,
    },
    /// Write a document again that a run replaced.
    Restore {
        /// The version's id.
        version: String,
    },
    /// Keep an engine rule, new or in place of one.
    SaveEngineRule {
        /// The space.
        space: Space,
        /// The id of the rule that it replaces; absent for a new one.
        id: Option<String>,
        /// The rule.
        rule: EngineRuleInput,
    },
    /// Forget an engine rule; what it copied stays.
    RemoveEngineRule {
        /// The rule's id.
        rule: String,
    },
    /// Run an engine rule now. Registries are asked.
    RunEngineRule {
        /// The rule's id.
        rule: String,
    },
    /// Keep the rules of a file; a rule of the same name is replaced.
    ImportEngineRules {
        /// The space.
        space: Space,
        /// The file's text.
        text: String,
    },
}

/// Names a statement of a registry policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatementKey {
    /// Which registry.
    pub registry: RegistryKey,
    /// The statement's id.
    pub statement: String,
}

/// An image or one tag of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImageSelection {
    /// Digest.
    pub digest: String,
    /// Only this tag; the image stays as long as another tag is on it.
    pub tag: Option<String>,
}

/// A plan as it is shown. It runs by its id, nowhere else than it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Id.
    pub id: String,
    /// Hash of its content.
    pub hash: String,
    /// The space, said in every confirmation.
    pub space: Space,
    /// What it does, in a few words: *Add replication rule*.
    pub title: String,
    /// Steps in the order in which they run.
    pub steps: Vec<StepView>,
    /// What stays although one might think it goes.
    pub stays: Vec<String>,
    /// What is wrong or worth knowing. With an error the plan does not run.
    pub findings: Vec<Finding>,
    /// A text that must be typed to confirm; for production.
    pub confirm: Option<String>,
    /// Bytes to move over the wire.
    pub bytes_to_move: u64,
    /// Bytes that need not move.
    pub bytes_saved: u64,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// What the run of an engine rule comes to; its images come with `plan_images`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub engine: Option<EnginePlan>,
    /// What life-cycle policies of the destination would do afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub expiry: Option<PlanExpiry>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// What it does, one sentence.
    pub text: String,
    /// Why.
    pub reason: Option<String>,
    /// Where.
    pub registry: Option<RegistryKey>,
    /// The document before, indented JSON.
    pub before: Option<String>,
    /// The document after, indented JSON.
    pub after: Option<String>,
    /// The difference, line by line.
    pub diff: Vec<DiffLine>,
    /// IAM actions that it needs.
    pub permissions: Vec<String>,
    /// Whether it deletes something.
    pub destructive: bool,
}

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DiffLine {
    /// What happens to it.
    pub kind: DiffKind,
    /// The line without its end.
    pub text: String,
}

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DiffKind {
    /// Stays.
    Same,
    /// Comes.
    Added,
    /// Goes.
    Removed,
}

/// Runs a plan.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunPlan {
    /// The plan's id.
    pub plan: String,
    /// The hash that was shown.
    pub hash: String,
    /// What was typed to confirm.
    pub confirm: Option<String>,
    /// Agreed to everything in [`EnginePlan::acknowledge`] and [`PlanExpiry::acknowledge`].
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub acknowledge: bool,
}

/// A run has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunStarted {
    /// The run's id.
    pub run: String,
}

/// What can be cleaned up for a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanUpCandidates {
    /// The rule's registry.
    pub source: RegistryKey,
    /// The rule in one sentence.
    pub rule: Option<String>,
    /// Repositories of the source, with why; those that are chosen first.
    pub source_repositories: Vec<CleanUpRepository>,
    /// How many more repositories of the source there are.
    pub more_source_repositories: u32,
    /// Repositories of the destinations, with what came by this rule.
    pub destination_repositories: Vec<CleanUpRepository>,
    /// How many more repositories of the destinations the rule takes.
    pub more_destination_repositories: u32,
    /// Statements that allowed this rule.
    pub statements: Vec<CleanUpStatement>,
    /// Destinations that cannot be looked at.
    pub problems: Vec<CleanUpProblem>,
}

/// A destination that clean-up cannot look at, and so leaves alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanUpProblem {
    /// Which registry.
    pub registry: RegistryKey,
    /// Why.
    pub error: ApiError,
}

/// A repository that could go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanUpRepository {
    /// Which.
    pub repository: RepositoryKey,
    /// Images that would go; images that are there when nobody looked into it yet.
    pub images: u32,
    /// Images that stay, because their digest did not come by this rule.
    pub staying: u32,
    /// Whether this app made it.
    pub ours: bool,
    /// Whether it is chosen at first.
    pub chosen: bool,
    /// Why it is chosen at first, or is not.
    pub why: CleanUpReason,
}

/// Why something is chosen for clean-up at first, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CleanUpReason {
    /// Chosen: all that is in it came by this rule.
    Came,
    /// Chosen: this app made it, and it is for this rule and no other.
    Made,
    /// Chosen: this app made it, and images were promoted from it into what this rule takes.
    PromotedFrom,
    /// Not chosen: something else is in it too.
    HoldsOthers,
    /// Not chosen: nothing in it came by this rule.
    NothingCame,
    /// Not chosen: it is too big to be looked into unasked.
    NotLookedInto,
    /// Not chosen: somebody else made it.
    MadeByOthers,
    /// Not chosen: another rule needs it too.
    OtherRule,
    /// Not chosen: this app made it, but it has nothing to do with this rule.
    Unrelated,
}

impl CleanUpReason {
    /// Whether it says why something is chosen.
    pub fn is_chosen(self) -> bool {
        matches!(self, Self::Came | Self::Made | Self::PromotedFrom)
    }
}

/// A statement that could go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanUpStatement {
    /// Which.
    pub key: StatementKey,
    /// Its Sid.
    pub sid: Option<String>,
    /// The statement in one sentence.
    pub sentence: String,
    /// Other accounts that it names and that stay.
    pub other_accounts: Vec<String>,
    /// Whether this app made it.
    pub ours: bool,
    /// Whether it is chosen at first.
    pub chosen: bool,
    /// Why it is chosen at first, or is not.
    pub why: CleanUpReason,
}

/// Asks which images of a destination's repository came by the rules of a source.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookIntoCleanUp {
    /// Registry whose rule goes.
    pub source: RegistryKey,
    /// The repository at the destination.
    pub repository: RepositoryKey,
}

/// Asks what can be cleaned up.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetCleanUp {
    /// The rule's registry.
    pub registry: RegistryKey,
    /// The rule's id.
    pub rule: Option<String>,
}

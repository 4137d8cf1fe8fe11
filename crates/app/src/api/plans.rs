//! Plans: every change is planned before it happens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    ApiError, CleanImages, DestinationInput, Encryption, EnginePlan, EngineRuleInput, Finding, IamChange,
    ImageKey, ManagedDocument, Mutability, NameValue, NeededImages, PlanExpiry, PromotionView, RegistryKey,
    RepositoryKey, RepositorySetting, RuleInput, Space, StatementInput, Unhealed,
};

/// A change to plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "change")]
#[expect(clippy::large_enum_variant, reason = "one value at a time, as it crosses the boundary")]
pub enum PlanRequest {
    /// Create a repository.
    CreateRepository {
        /// The registry.
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
        /// The repository.
        repository: RepositoryKey,
        /// Also delete its images; otherwise a repository that has images is refused.
        with_images: bool,
    },
    /// Delete images, or only tags of them.
    DeleteImages {
        /// The repository.
        repository: RepositoryKey,
        /// The images or tags to delete.
        images: Vec<ImageSelection>,
    },
    /// Delete the images that rules select, or move them to the archive.
    CleanImages {
        /// Which images, and what becomes of them.
        clean: CleanImages,
    },
    /// Change a repository's tag mutability.
    SetMutability {
        /// The repository.
        repository: RepositoryKey,
        /// The new setting.
        mutability: Mutability,
    },
    /// Turn blob mounting of a registry on or off.
    SetBlobMounting {
        /// The registry.
        registry: RegistryKey,
        /// Whether it is turned on.
        enabled: bool,
    },
    /// Add or edit a replication rule, with the statements that it needs.
    PutRule {
        /// The rule.
        rule: RuleInput,
        /// Destinations whose statement is written first.
        add_statements: Vec<RegistryKey>,
        /// `Resource` for all repositories instead of the rule's prefixes.
        all_repositories: bool,
        /// Whether the statements allow ECR to create repositories.
        create_repository: bool,
    },
    /// Remove a replication rule.
    RemoveRule {
        /// The registry.
        registry: RegistryKey,
        /// The rule's id.
        rule: String,
    },
    /// Start to replicate images that were there before a rule.
    StartBackfill {
        /// The registry that has them.
        registry: RegistryKey,
        /// Destinations of its rules, as typed.
        destinations: Vec<DestinationInput>,
    },
    /// Test a rule with a tiny image in a repository of its own, and remove it again.
    TestRule {
        /// The registry that replicates.
        registry: RegistryKey,
        /// The rule's id.
        rule: String,
    },
    /// Give the namesakes of a repository in other registries its settings.
    MakeEqual {
        /// The repository whose settings count.
        repository: RepositoryKey,
        /// The other registries.
        with: Vec<RegistryKey>,
        /// Which settings.
        settings: Vec<RepositorySetting>,
    },
    /// Create repositories with all their settings, in one registry or several.
    CreateRepositories {
        /// The registries.
        registries: Vec<RegistryKey>,
        /// As typed.
        names: Vec<String>,
        /// What all of them get.
        settings: NewRepository,
    },
    /// Give the namesakes of many repositories in other registries the settings that they have in one. A
    /// failure does not prevent the others.
    MakeAllEqual {
        /// The registry whose settings count.
        reference: RegistryKey,
        /// The repositories; empty for all of the reference.
        repositories: Vec<String>,
        /// The other registries.
        with: Vec<RegistryKey>,
        /// Which settings.
        settings: Vec<RepositorySetting>,
        /// Create the repositories that another registry lacks.
        create: bool,
    },
    /// Copy needed images that the second of two registries lacks. A failure does not prevent the others.
    CopyMissing {
        /// The registry from which they are copied.
        here: RegistryKey,
        /// The registry that lacks them.
        there: RegistryKey,
        /// Which images count.
        needed: NeededImages,
        /// Also move tags that point at another digest there.
        different: bool,
    },
    /// Write a lifecycle policy to repositories, or delete it.
    PutLifecycle {
        /// The repositories.
        repositories: Vec<RepositoryKey>,
        /// The policy; absent to delete it.
        text: Option<String>,
        /// What an editor of one repository opened, from [`LifecycleView::base`](super::LifecycleView::base).
        #[serde(default)]
        base: Option<String>,
    },
    /// Stop a backfill.
    StopBackfill {
        /// The registry.
        registry: RegistryKey,
        /// The backfill's id.
        id: String,
    },
    /// Create a repository creation template.
    PutTemplate {
        /// The registry.
        registry: RegistryKey,
        /// The input of `CreateRepositoryCreationTemplate`, JSON.
        text: String,
        /// The template that it changes, as it was opened; without it, the prefix must be free.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        base: Option<String>,
    },
    /// Delete a repository creation template.
    DeleteTemplate {
        /// The registry.
        registry: RegistryKey,
        /// The template's prefix.
        prefix: String,
    },
    /// Add a generated statement to a registry policy.
    AddStatement {
        /// The statement.
        statement: StatementInput,
    },
    /// Remove a statement from a registry policy.
    RemoveStatement {
        /// The registry.
        registry: RegistryKey,
        /// The statement's id.
        statement: String,
    },
    /// Replace a registry policy with a text.
    PutPolicy {
        /// The registry.
        registry: RegistryKey,
        /// As typed.
        text: String,
        /// [`PolicyView::base`](super::PolicyView::base) of the document that was opened. Changes
        /// that another client has made since are preserved, or the plan is refused.
        #[serde(default)]
        #[ts(optional)]
        base: Option<String>,
    },
    /// Replace the policy of a repository with a text, or delete it.
    PutRepositoryPolicy {
        /// The repository.
        repository: RepositoryKey,
        /// JSON; absent to delete the policy.
        #[serde(default)]
        #[ts(optional)]
        text: Option<String>,
        /// The name of the document that was read; as in `putPolicy`.
        #[serde(default)]
        #[ts(optional)]
        base: Option<String>,
    },
    /// Upgrade the scope of a registry's policy from V1 to V2.
    UpgradePolicyScope {
        /// The registry.
        registry: RegistryKey,
    },
    /// Change something of IAM.
    Iam {
        /// The account, by one of its Regions.
        registry: RegistryKey,
        /// The change.
        iam: IamChange,
    },
    /// Promote an image: push it under another name.
    Promote {
        /// The image.
        source: ImageKey,
        /// The destination.
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
    /// Copy an image whose native replication failed, using the engine.
    ReplicateAgain {
        /// The image.
        image: ImageKey,
        /// The destination.
        destination: RegistryKey,
    },
    /// Push a small image that the app generates.
    PushSample {
        /// The repository.
        repository: RepositoryKey,
        /// As typed.
        tag: String,
    },
    /// Promote a build into a stage of a path.
    PromoteBuild {
        /// The space.
        space: Space,
        /// The path.
        path: String,
        /// The stage to enter.
        stage: String,
        /// The service.
        service: String,
        /// A tag or a digest; absent for the build that is in the stage before.
        build: Option<String>,
        /// The tag that it gets, in place of the stage's policy.
        tag: Option<String>,
        /// Why gates that stop it are overridden.
        override_reason: Option<String>,
        /// The files of approvals.
        approvals: Vec<String>,
    },
    /// Promote every service as it is in one stage into another.
    PromoteSet {
        /// The space.
        space: Space,
        /// The path.
        path: String,
        /// The stage that the builds are in.
        from: String,
        /// The stage to enter.
        stage: String,
        /// Why gates that stop it are overridden.
        override_reason: Option<String>,
        /// The files of approvals.
        approvals: Vec<String>,
    },
    /// Take a stage back to an earlier build, and hold it.
    RollBack {
        /// The space.
        space: Space,
        /// The path.
        path: String,
        /// The stage.
        stage: String,
        /// The service.
        service: String,
        /// The digest to go back to; absent for the build before the current one.
        build: Option<String>,
        /// Why, which the hold says too.
        reason: Option<String>,
        /// Why gates that stop it are overridden.
        override_reason: Option<String>,
    },
    /// Remove what a replication set-up created, in an order that loses nothing.
    CleanUp {
        /// Registry whose rule is removed.
        source: RegistryKey,
        /// The rule's id; absent to clean up without a rule.
        rule: Option<String>,
        /// Repositories of the source to delete, with their images.
        source_repositories: Vec<String>,
        /// Repositories of the destinations to clean, with the images that this rule replicated.
        destination_repositories: Vec<RepositoryKey>,
        /// Statements to remove.
        statements: Vec<StatementKey>,
    },
    /// Restore a document that a run replaced.
    Restore {
        /// The version's id.
        version: String,
    },
    /// Restore every document that a run replaced and that is still as the run left it.
    Undo {
        /// The run's id.
        run: String,
    },
    /// Save an engine rule, as a new one or in place of another.
    SaveEngineRule {
        /// The space.
        space: Space,
        /// The id of the rule that it replaces; absent for a new one.
        id: Option<String>,
        /// The rule.
        rule: EngineRuleInput,
    },
    /// Forget an engine rule; copied images stay.
    RemoveEngineRule {
        /// The rule's id.
        rule: String,
    },
    /// Run an engine rule now. Planning asks the registries.
    RunEngineRule {
        /// The rule's id.
        rule: String,
    },
    /// Save the rules of a file; a rule of the same name is replaced.
    ImportEngineRules {
        /// The space.
        space: Space,
        /// The file's text.
        text: String,
    },
}

/// The settings of a new repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NewRepository {
    /// Tag mutability.
    pub mutability: Mutability,
    /// Whether images are scanned when pushed.
    pub scan_on_push: bool,
    /// Encryption; cannot be changed later.
    pub encryption: Encryption,
    /// Resource tags, at most 50.
    pub tags: Vec<NameValue>,
    /// The lifecycle policy.
    pub lifecycle: Option<String>,
    /// The repository's own policy.
    pub policy: Option<String>,
}

/// Names a statement of a registry policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatementKey {
    /// The registry.
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
    /// Only this tag; the image stays as long as it has another tag.
    pub tag: Option<String>,
}

/// A plan as it is shown. It runs by its id, and only against what it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Id.
    pub id: String,
    /// Hash of its content.
    pub hash: String,
    /// The space, which every confirmation names.
    pub space: Space,
    /// What it does, in a few words: *Add replication rule*.
    pub title: String,
    /// Steps in the order in which they run.
    pub steps: Vec<StepView>,
    /// What stays although it might seem to be deleted.
    pub stays: Vec<String>,
    /// What is wrong or worth knowing. A plan with an error does not run.
    pub findings: Vec<Finding>,
    /// A text that must be typed to confirm; for production. The names of all accounts in
    /// [`production`](Self::production), with commas between them, do as well.
    pub confirm: Option<String>,
    /// The names of the production accounts that it changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub production: Vec<String>,
    /// What must be agreed to before it runs, such as that images in use are deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub agree: Vec<String>,
    /// Bytes to transfer.
    pub bytes_to_move: u64,
    /// Bytes that need not be transferred.
    pub bytes_saved: u64,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// A summary of the run of an engine rule; its images come from `plan_images`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub engine: Option<EnginePlan>,
    /// The effect of the destination's life-cycle policies afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub expiry: Option<PlanExpiry>,
    /// Documents that it would write and that something else manages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<ManagedDocument>>", optional)]
    pub managed: Vec<ManagedDocument>,
    /// Failed replications that its policies allow from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub unhealed: Option<Unhealed>,
    /// The promotion that it does, with its gates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub promotion: Option<PromotionView>,
    /// Whether some of its steps do not need each other, so that a run may go on after a failure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub rows: bool,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// What it does, one sentence.
    pub text: String,
    /// The reason.
    pub reason: Option<String>,
    /// The registry.
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
    /// What a new policy or a new scope allows that the one before does not, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub newly_allowed: Vec<String>,
    /// What statements newly deny when the policy scope is upgraded, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub newly_denied: Vec<String>,
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
    /// Unchanged.
    Same,
    /// Added.
    Added,
    /// Removed.
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
    /// The text that was typed to confirm.
    pub confirm: Option<String>,
    /// Whether everything in [`EnginePlan::acknowledge`] and [`PlanExpiry::acknowledge`] was agreed
    /// to.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub acknowledge: bool,
    /// Documents that are marked as managed elsewhere and are changed all the same, as typed
    /// ([`ManagedDocument::label`]).
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub managed: Vec<String>,
    /// Whether steps that do not need a failed one are still carried out ([`PlanView::rows`]).
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub keep_going: bool,
}

/// A run that has started.
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
    /// Repositories of the source, with the reason; chosen ones first.
    pub source_repositories: Vec<CleanUpRepository>,
    /// How many more repositories of the source there are.
    pub more_source_repositories: u32,
    /// Repositories of the destinations, with the images that this rule replicated.
    pub destination_repositories: Vec<CleanUpRepository>,
    /// How many more repositories of the destinations match the rule.
    pub more_destination_repositories: u32,
    /// Statements that allowed this rule.
    pub statements: Vec<CleanUpStatement>,
    /// Destinations that cannot be read.
    pub problems: Vec<CleanUpProblem>,
}

/// A destination that clean-up cannot read and therefore leaves alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanUpProblem {
    /// The registry.
    pub registry: RegistryKey,
    /// The error.
    pub error: ApiError,
}

/// A repository that could be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanUpRepository {
    /// The repository.
    pub repository: RepositoryKey,
    /// Images that would be deleted; all of its images as long as it has not been checked.
    pub images: u32,
    /// Images that stay, because this rule did not replicate their digest.
    pub staying: u32,
    /// Whether this app created it.
    pub ours: bool,
    /// Whether it is initially chosen.
    pub chosen: bool,
    /// Why it is initially chosen, or not.
    pub why: CleanUpReason,
}

/// Why something is initially chosen for clean-up, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CleanUpReason {
    /// Chosen: this rule replicated everything in it.
    Came,
    /// Chosen: this app created it, and it serves only this rule.
    Made,
    /// Chosen: this app created it, and its images were promoted into a repository that this rule
    /// replicates.
    PromotedFrom,
    /// Not chosen: it has other content too.
    HoldsOthers,
    /// Not chosen: this rule replicated nothing into it.
    NothingCame,
    /// Not chosen: it is too large to be checked without being asked.
    NotLookedInto,
    /// Not chosen: it was created outside this app.
    MadeByOthers,
    /// Not chosen: another rule needs it too.
    OtherRule,
    /// Not chosen: this app created it, but it is unrelated to this rule.
    Unrelated,
}

impl CleanUpReason {
    /// Whether it is a reason for choosing.
    pub fn is_chosen(self) -> bool {
        matches!(self, Self::Came | Self::Made | Self::PromotedFrom)
    }
}

/// A statement that could be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CleanUpStatement {
    /// The statement.
    pub key: StatementKey,
    /// Its Sid.
    pub sid: Option<String>,
    /// The statement in one sentence.
    pub sentence: String,
    /// Other accounts that it names and that remain in it.
    pub other_accounts: Vec<String>,
    /// Whether this app created it.
    pub ours: bool,
    /// Whether it is initially chosen.
    pub chosen: bool,
    /// Why it is initially chosen, or not.
    pub why: CleanUpReason,
}

/// Asks which images of a destination's repository were replicated by the rules of a source.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookIntoCleanUp {
    /// Registry whose rule is removed.
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

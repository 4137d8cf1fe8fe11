//! Runs: plans that are being carried out, and the history of past ones.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    ApiError, PlanRequest, RegistryKey, ReplicationStatus, RepositoryKey, RunRule, RunTransfer, Scope, Space,
    Unhealed,
};

/// The state of a run, a step or an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// Not yet started.
    Waiting,
    /// In progress.
    Running,
    /// Done.
    Done,
    /// There was nothing to do.
    Skipped,
    /// Ended with an error.
    Failed,
    /// Stopped by a person.
    Cancelled,
    /// The app ended before the run did.
    Interrupted,
}

/// A run as a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// Id.
    pub id: String,
    /// The space.
    pub space: Space,
    /// What it does, in a few words.
    pub title: String,
    /// Its state.
    pub state: RunState,
    /// When it started.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// Steps in order.
    pub steps: Vec<RunStep>,
    /// Registries that it reads from or writes to, each once; absent in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<RegistryKey>>", optional)]
    pub registries: Vec<RegistryKey>,
    /// Images that it copies, one for each step that copies one.
    pub images: Vec<RunImage>,
    /// Bytes uploaded so far.
    pub bytes_moved: u64,
    /// Bytes to upload.
    pub bytes_total: u64,
    /// Bytes that need not be uploaded (mounted or already there).
    pub bytes_saved: u64,
    /// Why it failed.
    pub error: Option<ApiError>,
    /// What it waits for a person to do, such as to sign in again; it then goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub waiting: Option<ApiError>,
    /// Whether *Cancel* works.
    pub can_cancel: bool,
    /// Whether *Retry failed* or *Resume* works.
    pub can_retry: bool,
    /// Documents that it replaced, which can be restored.
    pub versions: Vec<VersionView>,
    /// Failed replications that its policies allow from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub unhealed: Option<Unhealed>,
    /// The progress of a run that copies images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub transfer: Option<RunTransfer>,
    /// The engine rule that it runs. Its images are read with `run_images`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rule: Option<RunRule>,
    /// The change that was planned, so that it can be planned again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub request: Option<Box<PlanRequest>>,
    /// How many of its steps came to which end; absent while it runs, and in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub counts: Option<StepCounts>,
}

/// How many steps of a run came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepCounts {
    /// Done, or there was nothing to do.
    pub done: u32,
    /// Failed.
    pub failed: u32,
    /// Stopped while they were carried out.
    pub stopped: u32,
    /// Not started.
    pub not_started: u32,
}

impl StepCounts {
    /// Of steps that nothing carries out any more.
    pub fn of(steps: &[RunStep]) -> Self {
        let mut counts = Self::default();
        for step in steps {
            match step.state {
                RunState::Done | RunState::Skipped => counts.done += 1,
                RunState::Failed => counts.failed += 1,
                RunState::Waiting => counts.not_started += 1,
                RunState::Running | RunState::Cancelled | RunState::Interrupted => counts.stopped += 1,
            }
        }
        counts
    }
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunStep {
    /// What it does, one sentence.
    pub text: String,
    /// Its state.
    pub state: RunState,
    /// Its result.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<ApiError>,
    /// Where it happens; absent for this computer and for registries that belong to no account.
    #[serde(default)]
    #[ts(optional)]
    pub registry: Option<RegistryKey>,
}

/// An image of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunImage {
    /// The source.
    pub source: String,
    /// The destination.
    pub destination: String,
    /// Digest.
    pub digest: String,
    /// Its state.
    pub state: RunState,
    /// Its layers and configs.
    pub layers: Vec<RunLayer>,
    /// Why it failed.
    pub error: Option<ApiError>,
}

/// A blob of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunLayer {
    /// Digest.
    pub digest: String,
    /// Bytes uploaded so far.
    pub moved: u64,
    /// Its size in bytes.
    pub total: u64,
    /// What was done with it.
    pub action: LayerAction,
}

/// What was done with a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum LayerAction {
    /// Not yet decided.
    Waiting,
    /// Its bytes are being uploaded.
    Uploading,
    /// Its bytes were uploaded.
    Uploaded,
    /// Made available without an upload.
    Mounted,
    /// The destination already had it.
    Present,
}

/// A document that a run replaced, stored verbatim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    /// Id.
    pub id: String,
    /// What the document is: *replication configuration*, *registry policy*, *lifecycle policy* and so on.
    pub kind: String,
    /// Its registry.
    pub registry: RegistryKey,
    /// The repository, or the prefix of the creation template; absent for a document of the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// When it was replaced.
    pub at: DateTime<Utc>,
}

/// A document that is replaced as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DocumentType {
    /// The replication configuration.
    Replication,
    /// The registry policy.
    Policy,
    /// The lifecycle policy of a repository.
    LifecyclePolicy,
    /// The policy of a repository.
    RepositoryPolicy,
    /// A repository creation template.
    Template,
    /// The tag mutability of a repository.
    TagMutability,
    /// Whether images of a repository are scanned when pushed.
    ScanOnPush,
    /// Whether blobs are mounted in a registry.
    BlobMounting,
}

/// Asks for the versions of a document before they were replaced, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListVersions {
    /// The registry.
    pub registry: RegistryKey,
    /// The document.
    pub document: DocumentType,
    /// The repository, or the prefix of the template; absent for all of the registry.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
}

/// A document as it was before a run replaced it. It is stored for at least a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeptVersion {
    /// The version.
    pub version: VersionView,
    /// The title of the run that replaced it.
    pub replaced_by: String,
    /// Number of rules or statements in it; 1 for what has no parts.
    pub parts: u32,
    /// Whether there was no document.
    pub none: bool,
}

/// Asks for runs, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListRuns {
    /// First row.
    pub offset: u32,
    /// The maximum number of rows, 1 to 200.
    pub limit: u32,
    /// Only runs in progress.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub active: bool,
    /// Only runs of this space that read from or write to a registry of this account and Region.
    #[serde(default)]
    #[ts(as = "Option<Scope>", optional)]
    pub scope: Scope,
    /// Only runs in this state, as last stored.
    #[serde(default)]
    #[ts(optional)]
    pub state: Option<RunState>,
    /// Only runs with this text in their title, in any case of its ASCII letters; at most 200 characters are used.
    #[serde(default)]
    #[ts(optional)]
    pub text: Option<String>,
}

/// A window of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunWindow {
    /// Rows in the whole list.
    pub total: u32,
    /// The rows.
    pub rows: Vec<RunView>,
}

/// Names a run.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunKey {
    /// Its id.
    pub run: String,
}

/// Events that the window receives without asking. The first one after subscribing is `Snapshot`;
/// at most ten a second follow. A later event replaces an earlier one about the same subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "event")]
pub enum AppEvent {
    /// Runs in progress.
    Snapshot {
        /// The runs.
        runs: Vec<RunView>,
    },
    /// A run has changed.
    Run {
        /// The run.
        run: Box<RunView>,
    },
    /// Accounts, Regions, the sandbox or settings have changed.
    Accounts,
    /// The list of repositories of a registry, or a registry's readability, has changed.
    Registry {
        /// The registry.
        registry: RegistryKey,
    },
    /// The images of a repository have changed.
    Repository {
        /// The repository.
        repository: RepositoryKey,
    },
    /// Engine rules, or their due times, have changed.
    EngineRules,
    /// Paths, or the record of promotions, have changed.
    Promotions,
    /// The replication configuration of a registry has changed.
    Replication {
        /// The registry.
        registry: RegistryKey,
    },
    /// The policy of a registry has changed.
    Policy {
        /// The registry.
        registry: RegistryKey,
    },
    /// Something of an account's IAM has changed.
    Iam {
        /// The account, by one of its Regions.
        registry: RegistryKey,
    },
    /// An image's replication has changed.
    ReplicationStatus {
        /// The source.
        repository: RepositoryKey,
        /// Digest.
        digest: String,
        /// Tags.
        tags: Vec<String>,
        /// Its status.
        status: Box<ReplicationStatus>,
    },
    /// Something to show to the person as a desktop notification.
    Notice {
        /// Heading.
        title: String,
        /// Text.
        text: String,
    },
    /// The window was asked to close while something runs; the person decides.
    CloseRequested {
        /// The number of runs in progress.
        runs: u32,
    },
}

//! Runs: plans being carried out, and the history of those that were.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    ApiError, PlanRequest, RegistryKey, ReplicationStatus, RepositoryKey, RunRule, RunTransfer, Space,
};

/// How a run, a step or an image stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// Not yet begun.
    Waiting,
    /// Under way.
    Running,
    /// Done.
    Done,
    /// Nothing was to do.
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
    /// How it stands.
    pub state: RunState,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// Steps in order.
    pub steps: Vec<RunStep>,
    /// Images that it copies, one for each step that copies one.
    pub images: Vec<RunImage>,
    /// Bytes moved over the wire so far.
    pub bytes_moved: u64,
    /// Bytes to move.
    pub bytes_total: u64,
    /// Bytes that need not move (mounted or there already).
    pub bytes_saved: u64,
    /// Why it failed.
    pub error: Option<ApiError>,
    /// Whether *Cancel* works.
    pub can_cancel: bool,
    /// Whether *Retry failed* or *Go on* works.
    pub can_retry: bool,
    /// Documents that it replaced, which can be restored.
    pub versions: Vec<VersionView>,
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
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunStep {
    /// What it does, one sentence.
    pub text: String,
    /// How it stands.
    pub state: RunState,
    /// What came of it.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<ApiError>,
    /// Where it happens; absent on this computer and at registries that belong to no account.
    #[serde(default)]
    #[ts(optional)]
    pub registry: Option<RegistryKey>,
}

/// An image of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunImage {
    /// From.
    pub source: String,
    /// To.
    pub destination: String,
    /// Digest.
    pub digest: String,
    /// How it stands.
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
    /// Bytes moved so far.
    pub moved: u64,
    /// Its size in bytes.
    pub total: u64,
    /// What happened to it.
    pub action: LayerAction,
}

/// What happened to a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum LayerAction {
    /// Not yet decided.
    Waiting,
    /// Its bytes move.
    Uploading,
    /// Its bytes moved.
    Uploaded,
    /// Made available without moving bytes.
    Mounted,
    /// It was there already.
    Present,
}

/// A document that a run replaced, kept verbatim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    /// Id.
    pub id: String,
    /// What the document is: *replication configuration* or *registry policy*.
    pub kind: String,
    /// Whose.
    pub registry: RegistryKey,
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
}

/// Asks for the versions of a document before they were replaced, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListVersions {
    /// Whose.
    pub registry: RegistryKey,
    /// Which document.
    pub document: DocumentType,
}

/// A document as it was before a run replaced it. It is kept for at least a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeptVersion {
    /// The version.
    pub version: VersionView,
    /// The title of the run that replaced it.
    pub replaced_by: String,
    /// Rules or statements in it.
    pub parts: u32,
    /// There was no document.
    pub none: bool,
}

/// Asks for runs, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListRuns {
    /// First row.
    pub offset: u32,
    /// At most so many, 1 to 200.
    pub limit: u32,
    /// Only those that are under way.
    pub active: bool,
    /// Only those of this space; absent means both.
    #[serde(default)]
    #[ts(optional)]
    pub space: Option<Space>,
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

/// What the window is told without asking. The first one after subscribing is `Snapshot`; at most
/// ten a second follow, later ones replacing earlier ones about the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "event")]
pub enum AppEvent {
    /// Runs that are under way.
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
        /// Which.
        registry: RegistryKey,
    },
    /// The images of a repository have changed.
    Repository {
        /// Which.
        repository: RepositoryKey,
    },
    /// Engine rules have changed, or when they are due.
    EngineRules,
    /// The replication configuration of a registry has changed.
    Replication {
        /// Which.
        registry: RegistryKey,
    },
    /// The policy of a registry has changed.
    Policy {
        /// Which.
        registry: RegistryKey,
    },
    /// An image's replication has changed.
    ReplicationStatus {
        /// From where.
        repository: RepositoryKey,
        /// Digest.
        digest: String,
        /// Tags.
        tags: Vec<String>,
        /// How it stands.
        status: Box<ReplicationStatus>,
    },
    /// Something that the person should see as a desktop notification.
    Notice {
        /// Heading.
        title: String,
        /// Text.
        text: String,
    },
    /// The window was asked to close while something runs; the person decides.
    CloseRequested {
        /// Runs that are under way.
        runs: u32,
    },
}

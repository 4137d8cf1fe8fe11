//! Runs of engine rules: plans with many images, progress as totals, images as windows of rows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::RunImage;

/// A summary of the plan of an engine rule's run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnginePlan {
    /// The rule's id.
    pub rule: String,
    /// Tags that the rule selects at the source.
    pub selected: u32,
    /// Tags that it does not select.
    pub not_selected: u32,
    /// The sum over all destinations.
    pub totals: EnginePlanTotals,
    /// In the order of the rule.
    pub destinations: Vec<EnginePlanDestination>,
    /// What must be agreed to, in sentences, such as the removal of tags; the plan then runs only
    /// with [`RunPlan::acknowledge`](super::RunPlan::acknowledge).
    pub acknowledge: Vec<String>,
    /// Requests that planning made.
    pub requests: u64,
}

/// One destination of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnginePlanDestination {
    /// As it is displayed.
    pub label: String,
    /// What is done there, in numbers.
    pub totals: EnginePlanTotals,
    /// Repositories that are created, at most 100.
    pub creates: Vec<String>,
    /// The removal limit: a run that would remove more tags removes none.
    pub cap: Option<u32>,
}

/// What is done, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnginePlanTotals {
    /// Images whose bytes are uploaded, at least in part.
    pub copy: u32,
    /// Images that only get another tag.
    pub retag: u32,
    /// Images that are mounted.
    pub mount: u32,
    /// Images that the destination has and that only get their referrers.
    pub attach: u32,
    /// Images that the destination already has.
    pub skip: u32,
    /// Tags that stay on another digest, as the rule says.
    pub keep: u32,
    /// Tags that are on another digest and must not be moved.
    pub conflict: u32,
    /// Images that are unavailable or must not be pushed.
    pub unavailable: u32,
    /// Signatures, SBOMs and attestations.
    pub referrers: u32,
    /// Repositories that are created.
    pub create: u32,
    /// Tags that are removed afterwards.
    pub remove: u32,
    /// Bytes to upload.
    pub bytes_to_move: u64,
    /// Bytes to mount; they are uploaded only where the mount is declined.
    pub bytes_to_mount: u64,
    /// Bytes that the destination already has.
    pub bytes_saved: u64,
}

/// Asks for rows of an engine plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListPlanImages {
    /// The plan's id.
    pub plan: String,
    /// First row.
    pub offset: u32,
    /// The maximum number of rows, 1 to 500.
    pub limit: u32,
    /// The rows to show.
    pub show: PlanImageShow,
    /// Only rows whose source or destination contains this.
    pub search: String,
}

/// Which rows of an engine plan are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PlanImageShow {
    /// Everything.
    All,
    /// Images that are copied, retagged, mounted or attached.
    Work,
    /// Images that the destination already has.
    Skipped,
    /// Conflicts and unavailable images.
    Problems,
    /// Tags that are removed.
    Removed,
    /// Tags that the rule does not select.
    NotSelected,
}

/// Rows of an engine plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanImageWindow {
    /// Rows that match `show` and `search`.
    pub total: u32,
    /// The rows.
    pub rows: Vec<PlanImage>,
}

/// One row of an engine plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanImage {
    /// `repository:tag` at the source; empty for a tag that exists only at the destination.
    pub source: String,
    /// `repository:tag` at the destination.
    pub destination: String,
    /// The destination's index in the rule; absent for all.
    pub place: Option<u32>,
    /// Digest.
    pub digest: Option<String>,
    /// What is done.
    pub action: PlanImageAction,
    /// Why, one sentence.
    pub text: String,
    /// Bytes to upload.
    pub bytes_to_move: u64,
    /// Bytes to mount.
    pub bytes_to_mount: u64,
}

/// What is done with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PlanImageAction {
    /// Its bytes are uploaded.
    Copy,
    /// It gets another tag.
    Retag,
    /// It is mounted.
    Mount,
    /// Only its referrers are copied.
    Attach,
    /// The destination already has it.
    Skip,
    /// The tag stays on another digest.
    Keep,
    /// The tag is on another digest and must not be moved.
    Conflict,
    /// It is unavailable or must not be pushed.
    Unavailable,
    /// The tag is removed.
    Remove,
    /// The rule does not select it.
    NotSelected,
}

/// The engine rule of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunRule {
    /// The rule's id.
    pub id: String,
    /// The rule's name.
    pub name: String,
    /// Whether the app began the run on a schedule.
    pub scheduled: bool,
}

/// The progress of a run that copies images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunTransfer {
    /// Images by state.
    pub counts: RunCounts,
    /// Bytes that were mounted instead of uploaded.
    pub bytes_mounted: u64,
    /// Bytes a second, over the last few seconds; absent while unknown.
    pub rate: Option<u64>,
    /// How long it will take; absent while it is not known.
    pub left: Option<TimeLeft>,
    /// Why it is paused.
    pub paused: Option<RunPause>,
    /// When the next window opens, while it is paused for a window.
    pub opens: Option<DateTime<Utc>>,
    /// Its own limit in bytes a second.
    pub bandwidth: Option<u64>,
    /// Its own limit of concurrent blobs for each destination.
    pub concurrency: Option<u32>,
    /// Tags that were removed.
    pub removed: u32,
    /// Increases whenever an image changes; windows of images are then read again.
    pub version: u64,
}

/// Images by state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunCounts {
    /// All.
    pub images: u32,
    /// Not yet started.
    pub waiting: u32,
    /// In progress.
    pub running: u32,
    /// Done.
    pub done: u32,
    /// Already at the destination.
    pub skipped: u32,
    /// Failed, in conflict or unavailable.
    pub failed: u32,
}

/// How long something will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TimeLeft {
    /// At least this many seconds, at the best recent rate.
    pub least: u64,
    /// At most this many seconds, at the worst recent rate.
    pub most: u64,
}

/// Why a run is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RunPause {
    /// A person paused it.
    Person,
    /// No window is open.
    Window,
}

/// Asks for images of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListRunImages {
    /// The run's id.
    pub run: String,
    /// First row.
    pub offset: u32,
    /// The maximum number of rows, 1 to 500.
    pub limit: u32,
    /// Only images that failed.
    pub only_failed: bool,
    /// Only rows whose source or destination contains this.
    pub search: String,
    /// The images (by [`RunImageRow::index`]) whose layers are requested, at most 50.
    pub layers_of: Vec<u32>,
}

/// A window of a run's images: those in progress first, then those that failed, then the others in
/// the order of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunImageWindow {
    /// Rows that match the filters.
    pub total: u32,
    /// The rows.
    pub rows: Vec<RunImageRow>,
    /// The run's version when they were read.
    pub version: u64,
}

/// An image of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunImageRow {
    /// Its index in the run, which does not change.
    pub index: u32,
    /// The image; its layers only if they were requested.
    pub image: RunImage,
    /// Bytes uploaded so far.
    pub bytes_moved: u64,
    /// Bytes to upload; absent when the run is known only from the history.
    pub bytes_to_move: Option<u64>,
}

/// Limits of a run in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunLimits {
    /// The run's id.
    pub run: String,
    /// Bytes a second; absent for no limit.
    pub bandwidth: Option<u64>,
    /// Concurrent blobs for each destination; absent for automatic.
    pub concurrency: Option<u32>,
}

/// Settings of the engine for all runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineSettings {
    /// Bytes a second of all runs together; absent for no limit.
    pub bandwidth: Option<u64>,
    /// Times in which bytes are transferred; always when empty.
    pub windows: Vec<super::EngineWindow>,
    /// Whether interrupted runs of rules with a schedule resume automatically at the next start.
    pub go_on: bool,
}

/// A registry outside ECR, as the app knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OtherRegistry {
    /// `host` or `host:port`.
    pub host: String,
    /// The user name; absent when Docker's stored credentials are used, or none.
    pub user: Option<String>,
    /// Plain HTTP.
    pub insecure: bool,
}

/// Adds a registry, or changes its settings.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PutRegistry {
    /// `host` or `host:port`.
    pub host: String,
    /// User name; absent to use Docker's stored credentials.
    pub user: Option<String>,
    /// Password or token; goes into the keychain and is never shown again. Absent to keep the
    /// stored one.
    pub password: Option<String>,
    /// Plain HTTP; loopback hosts do not need this.
    pub insecure: bool,
}

/// Names a registry outside ECR.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistryHost {
    /// `host` or `host:port`.
    pub host: String,
}

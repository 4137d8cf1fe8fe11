//! Runs of engine rules: plans with many images, progress in totals, images in windows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::RunImage;

/// What the plan of an engine rule's run comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnginePlan {
    /// The rule's id.
    pub rule: String,
    /// Tags that the rule selects at the source.
    pub selected: u32,
    /// Tags that it does not.
    pub not_selected: u32,
    /// All destinations together.
    pub totals: EnginePlanTotals,
    /// In the order of the rule.
    pub destinations: Vec<EnginePlanDestination>,
    /// What must be agreed to, in sentences, such as that tags are removed; the plan then runs only
    /// with [`RunPlan::acknowledge`](super::RunPlan::acknowledge).
    pub acknowledge: Vec<String>,
    /// Requests that planning took.
    pub requests: u64,
}

/// One destination of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnginePlanDestination {
    /// As it is shown.
    pub label: String,
    /// What is done there.
    pub totals: EnginePlanTotals,
    /// Repositories that are created there, at most 100.
    pub creates: Vec<String>,
    /// At most so many tags are removed; a run that would remove more removes none.
    pub cap: Option<u32>,
}

/// What is done, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnginePlanTotals {
    /// Images whose bytes move, at least in part.
    pub copy: u32,
    /// Images that only get another tag.
    pub retag: u32,
    /// Images that are mounted.
    pub mount: u32,
    /// Images that are there and only get their referrers.
    pub attach: u32,
    /// Images that are there already.
    pub skip: u32,
    /// Tags that stay at another digest, as the rule wants it.
    pub keep: u32,
    /// Tags that are at another digest and may not move.
    pub conflict: u32,
    /// Images that cannot be had or must not be put.
    pub unavailable: u32,
    /// Signatures, SBOMs and attestations.
    pub referrers: u32,
    /// Repositories that are created.
    pub create: u32,
    /// Tags that are removed afterwards.
    pub remove: u32,
    /// Bytes to move.
    pub bytes_to_move: u64,
    /// Bytes to mount, which move only where that is declined.
    pub bytes_to_mount: u64,
    /// Bytes that are there already.
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
    /// At most so many, 1 to 500.
    pub limit: u32,
    /// Which rows.
    pub show: PlanImageShow,
    /// Only rows whose source or destination has this in it.
    pub search: String,
}

/// Which rows of an engine plan are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PlanImageShow {
    /// Everything.
    All,
    /// What is copied, retagged, mounted or attached.
    Work,
    /// What is there already.
    Skipped,
    /// Conflicts, and what cannot be had.
    Problems,
    /// What is removed.
    Removed,
    /// What the rule does not select.
    NotSelected,
}

/// Rows of an engine plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanImageWindow {
    /// Rows that `show` and `search` leave.
    pub total: u32,
    /// The rows.
    pub rows: Vec<PlanImage>,
}

/// One row of an engine plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanImage {
    /// `repository:tag` at the source; empty for what is only at the destination.
    pub source: String,
    /// `repository:tag` at the destination.
    pub destination: String,
    /// The destination's place in the rule; absent for all.
    pub place: Option<u32>,
    /// Digest.
    pub digest: Option<String>,
    /// What is done.
    pub action: PlanImageAction,
    /// Why, one sentence.
    pub text: String,
    /// Bytes to move.
    pub bytes_to_move: u64,
    /// Bytes to mount.
    pub bytes_to_mount: u64,
}

/// What is done with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PlanImageAction {
    /// Bytes move.
    Copy,
    /// Another tag.
    Retag,
    /// Mounted.
    Mount,
    /// Only its referrers.
    Attach,
    /// There already.
    Skip,
    /// The tag stays at another digest.
    Keep,
    /// The tag is at another digest and may not move.
    Conflict,
    /// It cannot be had or must not be put.
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
    /// Bytes that were mounted instead of moved.
    pub bytes_mounted: u64,
    /// Bytes a second, over the last seconds; absent while it is not known.
    pub rate: Option<u64>,
    /// How long it will take; absent while it is not known.
    pub left: Option<TimeLeft>,
    /// Why it is paused.
    pub paused: Option<RunPause>,
    /// When the next window opens, while it is paused for a window.
    pub opens: Option<DateTime<Utc>>,
    /// Its own limit in bytes a second.
    pub bandwidth: Option<u64>,
    /// Its own limit of blobs under way for each destination.
    pub concurrency: Option<u32>,
    /// Tags that were removed.
    pub removed: u32,
    /// Grows whenever an image changes; windows of images are read again then.
    pub version: u64,
}

/// Images by state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunCounts {
    /// All.
    pub images: u32,
    /// Not yet begun.
    pub waiting: u32,
    /// Under way.
    pub running: u32,
    /// Done.
    pub done: u32,
    /// There already.
    pub skipped: u32,
    /// Failed, in conflict or not to be had.
    pub failed: u32,
}

/// How long something goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TimeLeft {
    /// At least so many seconds, if it goes on as in its best stretch of late.
    pub least: u64,
    /// At most so many seconds, if it goes on as in its worst stretch of late.
    pub most: u64,
}

/// Why a run stands still.
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
    /// At most so many, 1 to 500.
    pub limit: u32,
    /// Only those that failed.
    pub only_failed: bool,
    /// Only rows whose source or destination has this in it.
    pub search: String,
    /// The images (by [`RunImageRow::index`]) whose layers are wanted, at most 50.
    pub layers_of: Vec<u32>,
}

/// A window of a run's images: those under way first, then those that failed, then the others in
/// the order of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunImageWindow {
    /// Rows that the filters leave.
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
    /// Its place in the run, which stays the same.
    pub index: u32,
    /// The image; its layers only where they were asked for.
    pub image: RunImage,
    /// Bytes moved so far.
    pub bytes_moved: u64,
    /// Bytes to move; absent when the run is only known from the history.
    pub bytes_to_move: Option<u64>,
}

/// Limits of a run that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunLimits {
    /// The run's id.
    pub run: String,
    /// Bytes a second; absent for none.
    pub bandwidth: Option<u64>,
    /// Blobs under way for each destination; absent to leave it to the engine.
    pub concurrency: Option<u32>,
}

/// Settings of the engine for all runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineSettings {
    /// Bytes a second of all runs together; absent for none.
    pub bandwidth: Option<u64>,
    /// Times in which bytes move; always when empty.
    pub windows: Vec<super::EngineWindow>,
    /// Whether interrupted runs of rules with a schedule go on by themselves at the next start.
    pub go_on: bool,
}

/// A registry that is not ECR's, as the app knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OtherRegistry {
    /// `host` or `host:port`.
    pub host: String,
    /// The user name; absent when docker's stored credentials are used, or none.
    pub user: Option<String>,
    /// Plain HTTP.
    pub insecure: bool,
}

/// Adds a registry, or changes what is known of it.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PutRegistry {
    /// `host` or `host:port`.
    pub host: String,
    /// User name; absent to use docker's stored credentials.
    pub user: Option<String>,
    /// Password or token; goes into the keychain and is never shown again. Absent to keep the one
    /// that is there.
    pub password: Option<String>,
    /// Plain HTTP; loopback hosts need no mark.
    pub insecure: bool,
}

/// Names a registry that is not ECR's.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistryHost {
    /// `host` or `host:port`.
    pub host: String,
}

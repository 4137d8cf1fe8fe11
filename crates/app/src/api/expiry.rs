//! The effect of a destination's life-cycle policies after a plan has run.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Images that life-cycle policies of the destination would expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanExpiry {
    /// What must be agreed to, in sentences; the plan then runs only with
    /// [`RunPlan::acknowledge`](super::RunPlan::acknowledge).
    pub acknowledge: Vec<String>,
    /// How many images would expire.
    pub total: u32,
    /// How many of them are about to be copied.
    pub incoming: u32,
    /// Some of them by name, at most 200; those that are about to be copied first.
    pub rows: Vec<PlanExpiring>,
}

/// An image that would expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanExpiring {
    /// The destination as it is displayed.
    pub at: String,
    /// Its repository there.
    pub repository: String,
    /// The image's digest.
    pub digest: String,
    /// Its tags, at most ten.
    pub tags: Vec<String>,
    /// How many more tags it has.
    pub more_tags: u32,
    /// Whether it is about to be copied; otherwise it is already there.
    pub incoming: bool,
    /// Whether it is archived instead of deleted.
    pub archived: bool,
    /// It also expires without the copy.
    pub anyway: bool,
    /// The priority of the rule that expires it.
    pub rule: u32,
    /// Why, one sentence.
    pub reason: String,
}

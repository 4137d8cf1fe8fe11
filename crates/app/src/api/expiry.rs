//! What life-cycle policies of a destination would do after a plan has run.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Images that would go by life-cycle policies of the destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanExpiry {
    /// What must be agreed to, in sentences; the plan then runs only with
    /// [`RunPlan::acknowledge`](super::RunPlan::acknowledge).
    pub acknowledge: Vec<String>,
    /// How many images would go.
    pub total: u32,
    /// How many of them are about to be copied.
    pub incoming: u32,
    /// Some of them by name, at most 200; those that are about to be copied first.
    pub rows: Vec<PlanExpiring>,
}

/// An image that would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanExpiring {
    /// The destination as it is shown.
    pub at: String,
    /// The repository there.
    pub repository: String,
    /// The image's digest.
    pub digest: String,
    /// Its tags, at most ten.
    pub tags: Vec<String>,
    /// How many more tags it has.
    pub more_tags: u32,
    /// Whether it is about to be copied; otherwise it is there.
    pub incoming: bool,
    /// Whether it is archived instead of deleted.
    pub archived: bool,
    /// It goes without the copy too.
    pub anyway: bool,
    /// The priority of the rule that acts.
    pub rule: u32,
    /// Why, one sentence.
    pub reason: String,
}

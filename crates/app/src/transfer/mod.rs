//! Copies between any two places, planned first: what `longshore copy` does, and what a window
//! offers for registries that are not ECR's.

mod copy;
mod reopen;

pub use copy::{CopyOptions, PlannedCopy, plan_copy};
pub use longshore_engine::{
    Action, Control, CopyPlan, EngineError, Event, Failure, ImageEnd, ImageOutcome, Journal, OnConflict,
    PlanTotals, PlannedImage, Referrers, Reporter, RunContext, RunEnd, RunOptions, RunOutcome, RunRecord,
    RunState, Silent, Summary,
};
pub use longshore_registry::Platform;
pub(crate) use reopen::note;
pub use reopen::{Reopened, find_run, reopen};

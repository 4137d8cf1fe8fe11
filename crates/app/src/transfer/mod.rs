//! Copies between any two places, planned first: what `longshore copy` does, and what a window
//! offers for registries that are not ECR's.

mod copy;

pub use copy::{CopyOptions, PlannedCopy, plan_copy};
pub use longshore_engine::{
    Action, CopyPlan, Event, Failure, ImageEnd, ImageOutcome, Journal, OnConflict, PlanTotals, PlannedImage,
    Referrers, Reporter, RunEnd, RunOptions, RunOutcome, Silent, Summary,
};
pub use longshore_registry::Platform;
pub use tokio_util::sync::CancellationToken;

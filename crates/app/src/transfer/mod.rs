//! Copies between any two places, planned first: the work of `longshore copy`, `sync`, `verify` and
//! `runs`, and of a window for registries outside ECR.

mod archived;
mod choose;
mod claims;
mod copy;
mod ecr_names;
mod facts;
mod inspect;
mod left_behind;
mod reopen;
mod rules;
mod settings;
mod steering;
mod sync;
mod sync_run;
mod tags;
mod verify;

use crate::api::{ApiError, Side};
pub use choose::{Choice, choose};
pub use copy::{CopyOptions, PlannedCopy, plan_copy};
pub use inspect::{Blob, Inspected, InspectedChild, InspectedReferrer, InspectedTotals, Inspection, inspect};
pub use left_behind::LeftBehind;
pub use longshore_engine::{
    Action, Bandwidth, Control, CopyPlan, EngineError, Event, Expiring, Expiry, Failure, ImageEnd,
    ImageOutcome, Journal, OnConflict, PlanTotals, PlannedImage, ProofTotals, PruneOutcome, PrunePlan,
    Record, Referrers, RemovalEnd, Renewal, Reporter, RepositoryExpiry, RunContext, RunEnd, RunOptions,
    RunOutcome, RunRecord, RunState, Shard, Silent, Summary, VerifyOptions, VerifyOutcome,
};
pub use longshore_policy::{
    Finding,
    export::{KubernetesError, KubernetesOptions, kubernetes},
    lifecycle::{Action as ExpiryAction, LifecycleRule},
    paste::decode,
    replication::Driver,
    rule::{CompiledRule, Decision, RuleFile, Selection, explain, schema},
};
pub use longshore_registry::Platform;
pub(crate) use reopen::known_of_sync;
pub use reopen::{Reopened, SyncNote, find_run, reopen, runs_of_sync, written_registry};
pub use rules::{Rules, decide, rule_source, scheduled};
pub use steering::{Open, Steering};
pub use sync::{DestinationPlan, Refused, RulePlan, SyncOptions, plan_rule};
pub use sync_run::{DestinationOutcome, RuleOutcome, SyncRun};
pub use tags::{ListedTag, TagList, list_tags};
pub use tokio_util::sync::CancellationToken;
pub use verify::{Verification, read_report, verify, verify_records, write_report};

/// The error of an empty selection: neither a success nor a failure of an image.
pub fn nothing_selected(text: impl Into<String>) -> ApiError {
    ApiError::new(NOTHING_SELECTED, Side::Source, text)
        .hint("Nothing was read and nothing was copied. Check the name, the tags and the filters.")
}

/// The code of [`nothing_selected`].
pub const NOTHING_SELECTED: &str = "nothing-selected";

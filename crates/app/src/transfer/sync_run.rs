//! Runs a planned rule: all destinations at once, the source read once. Afterwards, tags that the
//! rule no longer selects are removed.

use std::sync::Arc;

use longshore_engine::{
    CopyPlan, EngineError, Journal, PruneContext, PruneOutcome, PrunePlan, Record, RemovalEnd, Reporter,
    RunContext, RunEnd, RunOutcome, run_many, run_prune,
};
use tokio_util::sync::CancellationToken;

use super::{
    Steering,
    sync::{Refused, RulePlan},
};
use crate::api::ApiError;

/// The options for running a planned rule.
#[derive(Clone)]
pub struct SyncRun {
    /// The journal of its runs.
    pub journal: Option<Journal>,
    /// Whether the effect of lifecycle policies was agreed to.
    pub accept_expiry: bool,
    /// Stops it; its runs can be resumed.
    pub cancel: CancellationToken,
    /// Bytes a second of all destinations together; the rule's own limit when it is `None`.
    pub bandwidth: Option<u64>,
    /// Concurrent blobs for each destination; the rule's own number when it is `None`.
    pub concurrency: Option<usize>,
    /// Controls it from outside while it works.
    pub steering: Steering,
}

/// The result of a rule.
#[derive(Debug)]
pub struct RuleOutcome {
    /// The rule's name.
    pub rule: String,
    /// In the order of the rule.
    pub destinations: Vec<DestinationOutcome>,
}

/// The result of a rule at one destination.
#[derive(Debug)]
pub struct DestinationOutcome {
    /// The registry's name.
    pub registry: String,
    /// The run; an error when it could not start.
    pub run: Result<RunOutcome, ApiError>,
    /// Images that the rule selects but that could not be copied.
    pub refused: Vec<Refused>,
    /// What was removed; `None` when the rule removes nothing, an error when nothing could be
    /// removed.
    pub pruned: Option<Result<PruneOutcome, ApiError>>,
}

impl DestinationOutcome {
    /// A record of the run, for a report.
    pub fn record(&self) -> Option<Record> {
        self.run.as_ref().ok().map(Record::of)
    }

    fn all_is_there(&self) -> bool {
        self.refused.is_empty() && self.run.as_ref().is_ok_and(|run| run.summary.end == RunEnd::Done)
    }

    /// Tags that were removed.
    pub fn removed(&self) -> usize {
        match &self.pruned {
            Some(Ok(outcome)) => outcome.count(RemovalEnd::Removed),
            _ => 0,
        }
    }
}

impl RulePlan {
    /// Carries out the plan. `reporters` receive the events of the destinations, in their order.
    ///
    /// Nothing is removed at a destination that does not have everything that the rule selects.
    pub async fn run(self, how: SyncRun, reporters: Vec<Arc<dyn Reporter>>) -> RuleOutcome {
        let Self { rule, destinations, .. } = self;
        let steering = how.steering.clone();
        steering.limit(&rule, how.bandwidth, how.concurrency);
        let mut reporters = reporters.into_iter();
        let (mut runs, mut rest): (Vec<(CopyPlan, RunContext)>, Vec<Rest>) = Default::default();
        for destination in destinations {
            let mut context = destination.context;
            context.control = steering.control();
            context.journal.clone_from(&how.journal);
            context.accept_expiry |= how.accept_expiry;
            context.cancel = how.cancel.clone();
            if let Some(reporter) = reporters.next() {
                context.reporter = reporter;
            }
            rest.push(Rest {
                registry: destination.registry,
                refused: destination.refused,
                prune: destination.prune,
                context: PruneContext {
                    reporter: context.reporter.clone(),
                    cancel: how.cancel.clone(),
                    ..PruneContext::new(context.sink.clone())
                },
            });
            runs.push((destination.plan, context));
        }
        let outcomes = tokio::select! {
            outcomes = run_many(runs) => outcomes,
            () = steering.keep_windows(&rule) => Vec::new(),
        };
        let mut ended = Vec::with_capacity(rest.len());
        for (rest, run) in rest.into_iter().zip(outcomes) {
            ended.push(rest.end(run).await);
        }
        RuleOutcome { rule: rule.name().to_owned(), destinations: ended }
    }
}

/// The remaining work at a destination when its run has ended.
struct Rest {
    registry: String,
    refused: Vec<Refused>,
    prune: Option<PrunePlan>,
    context: PruneContext,
}

impl Rest {
    async fn end(self, run: Result<RunOutcome, EngineError>) -> DestinationOutcome {
        let Self { registry, refused, prune, context } = self;
        let run = run.map_err(ApiError::from);
        let mut outcome = DestinationOutcome { registry, run, refused, pruned: None };
        let Some(plan) = prune.filter(|plan| !plan.removals.is_empty()) else { return outcome };
        outcome.pruned = Some(if outcome.all_is_there() {
            run_prune(plan, context).await.map_err(ApiError::from)
        } else {
            let text = format!("Nothing was removed from {}.", outcome.registry);
            Err(ApiError::new("not-pruned", crate::api::Side::Destination, text)
                .hint("Tags are removed only after everything that the rule selects has been copied."))
        });
        outcome
    }
}

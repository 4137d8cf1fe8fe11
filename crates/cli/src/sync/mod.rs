//! `longshore sync`

mod resume;
mod show;
mod summary;

use std::{path::Path, sync::Arc};

use chrono::Utc;
use longshore_app::{
    access::Endpoints,
    api::ApiError,
    check_confirmations, guard_copy,
    transfer::{
        CancellationToken, Record, Reporter, RuleOutcome, RulePlan, Steering, SyncOptions, SyncRun,
        plan_rule, write_report,
    },
};
use summary::Total;
use uuid::Uuid;

use crate::{
    arguments::Sync,
    copy::{self, Progress},
    failure::Failure,
    output, rule,
};

/// Runs the rules of a file, one after the other; each with all its destinations at once.
pub(crate) async fn run(mut options: Sync) -> Result<(), Failure> {
    let rules = rule::read(&options.file, options.json)?.only(&options.rules)?;
    if let Some(id) = options.resume.take() {
        return resume::run(&id, options).await;
    }
    let mut open = copy::endpoint_options(options.open).await?;
    open.rate_share = options.rate_share.or(options.shard.map(|shard| 1.0 / f64::from(shard.of())));
    let endpoints = Endpoints::new(open);
    check_confirmations(&endpoints, &options.confirm).await?;
    let sync = SyncOptions { id: Uuid::now_v7().to_string(), now: Utc::now(), shard: options.shard };
    let how = SyncRun {
        journal: if options.plan { None } else { copy::journal(options.journal)? },
        accept_expiry: options.accept_expiry,
        cancel: CancellationToken::new(),
        bandwidth: options.speed.bandwidth,
        concurrency: options.speed.concurrency.map(usize::from),
        steering: Steering::default(),
    };
    let mut total = Total::new(&sync.id, options.plan);
    let mut records: Vec<Record> = Vec::new();
    for compiled in &rules.rules {
        let planned = tokio::select! {
            planned = plan_rule(&endpoints, compiled, &sync) => planned.map_err(Failure::from),
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        };
        let planned = match planned {
            Ok(planned) => planned,
            Err(failure) => {
                total.broke_off(failure);
                break;
            }
        };
        show::plan(&planned, options.plan, options.json);
        total.selected(&planned);
        if options.plan {
            total.planned(&planned, options.accept_expiry);
            continue;
        }
        let guarded = guard(&endpoints, &planned, &options.confirm).await;
        if let Err(error) = guarded {
            total.broke_off(error.into());
            break;
        }
        total.requests(planned.requests);
        let missing = planned.choice.missing.len() + planned.choice.unread.len();
        let names = show::names(&planned);
        match run_one(planned, &how, options.json).await {
            Ok(outcome) => {
                records.extend(outcome.destinations.iter().filter_map(|destination| destination.record()));
                total.ran(&outcome, &names, missing);
            }
            Err(failure) => total.broke_off(failure),
        }
        if how.cancel.is_cancelled() {
            break;
        }
    }
    if let Some(path) = options.report.as_deref().filter(|_| !options.plan)
        && let Err(failure) = report(path, &records)
    {
        total.broke_off(failure);
    }
    total.end(options.json)
}

/// Whether a rule may write to its destinations.
async fn guard(endpoints: &Endpoints, planned: &RulePlan, confirm: &[String]) -> Result<(), ApiError> {
    for destination in &planned.destinations {
        guard_copy(endpoints, &destination.plan.destination, confirm, Some(planned.rule.rule())).await?;
    }
    Ok(())
}

/// Runs a planned rule to its end or, after Ctrl-C, to a stop from which it can be resumed.
async fn run_one(planned: RulePlan, how: &SyncRun, as_json: bool) -> Result<RuleOutcome, Failure> {
    let plans = planned.destinations.iter().map(|destination| &destination.plan);
    let progress: Vec<Arc<Progress>> = Progress::side_by_side(plans, as_json);
    let reporters = progress.iter().map(|one| Arc::clone(one) as Arc<dyn Reporter>).collect();
    let running = planned.run(how.clone(), reporters);
    tokio::pin!(running);
    let outcome = tokio::select! {
        outcome = &mut running => outcome,
        _ = tokio::signal::ctrl_c() => {
            progress.iter().for_each(|one| one.stopping());
            how.cancel.cancel();
            tokio::select! {
                outcome = running => outcome,
                _ = tokio::signal::ctrl_c() => return Err(Failure::Interrupted),
            }
        }
    };
    progress.iter().for_each(|one| one.end());
    Ok(outcome)
}

fn report(path: &Path, records: &[Record]) -> Result<(), Failure> {
    write_report(path, records)?;
    output::note(&format!("The report with the proof for each digest is in {}.", path.display()));
    Ok(())
}

//! `longshore sync FILE --resume RUN`: the unfinished runs of an earlier call.

use std::sync::Arc;

use longshore_app::{
    access::Endpoints,
    guard_copy,
    transfer::{Record, Reopened, reopen, runs_of_sync, written_registry},
};

use super::{report, summary::Total};
use crate::{
    arguments::Sync,
    copy::{self, Names, Progress},
    failure::Failure,
};

/// Resumes every unfinished run of a call, one after the other.
pub(super) async fn run(id: &str, options: Sync) -> Result<(), Failure> {
    let journal = copy::journal(options.journal)?
        .ok_or_else(|| Failure::Usage("there is no journal; specify its folder with --journal".into()))?;
    let runs = runs_of_sync(&journal, id).await?;
    let mut total = Total::new(id, false);
    let mut records: Vec<Record> = Vec::new();
    let mut stopped = false;
    for (record, note) in runs {
        if stopped {
            break;
        }
        let endpoints = Endpoints::new(copy::endpoint_options(options.open.clone()).await?);
        // The run has the rule as it was then; a permit is for the rule as it is in the file.
        let guarded = guard_copy(&endpoints, &written_registry(&record), &options.confirm, None).await;
        if let Err(error) = guarded {
            total.broke_off(error.into());
            break;
        }
        let mut how = copy::endpoint_options(options.open.clone()).await?;
        how.rate_share = options.rate_share;
        let reopened: Reopened = match reopen(&journal, &record.run, how).await {
            Ok(reopened) => reopened,
            Err(error) => {
                total.broke_off(error.into());
                break;
            }
        };
        let names = Names::of(&reopened.plan);
        let progress = Arc::new(Progress::new(&reopened.plan, options.json));
        let mut context = reopened.context();
        context.accept_expiry = options.accept_expiry;
        options.speed.apply(&mut context);
        let cancel = context.cancel.clone();
        let outcome = copy::until_interrupted(context, &progress, |context| reopened.run(context)).await;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(failure) => {
                total.broke_off(failure);
                break;
            }
        };
        stopped = cancel.is_cancelled();
        records.push(Record::of(&outcome));
        total.run(&note.rule, &outcome, &names);
    }
    if let Some(path) = &options.report
        && let Err(failure) = report(path, &records)
    {
        total.broke_off(failure);
    }
    total.end(options.json)
}

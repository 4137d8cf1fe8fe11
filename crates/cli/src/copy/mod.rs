//! `longshore copy`

pub(crate) mod expiry;
mod left_behind;
pub(crate) mod plan;
mod progress;
mod summary;
mod width;

use std::{path::PathBuf, sync::Arc};

pub(crate) use left_behind::LeftBehind;
use longshore_app::{
    access::{EndpointOptions, Endpoints, TlsChoices},
    api::ApiError,
    check_confirmations, default_data_directory, guard_copy, repair_data_directory,
    transfer::{
        CopyOptions, Journal, OnConflict, Record, Referrers, Reporter, RunContext, RunOutcome, plan_copy,
        write_report,
    },
};
pub(crate) use progress::Progress;
pub(crate) use summary::{Names, end_of_plan, end_of_run, images, incomplete};
use uuid::Uuid;

use crate::{
    arguments::{Acting, Conflict, Copy, Open},
    failure::Failure,
    keys, output,
};

/// Plans a copy, shows it, and runs it.
pub(crate) async fn run(options: Copy) -> Result<(), Failure> {
    let mut what = CopyOptions::new(options.source.parse()?, options.destination.parse()?);
    what.on_conflict = match options.on_conflict {
        Conflict::Fail => OnConflict::Fail,
        Conflict::Skip => OnConflict::Skip,
        Conflict::Overwrite => OnConflict::Overwrite,
    };
    what.platform = options.platform;
    if options.referrers {
        what.referrers = Referrers::With;
    }
    let endpoints = Endpoints::new(endpoint_options(options.open).await?);
    check_confirmations(&endpoints, &options.confirm).await?;
    let planned = tokio::select! {
        planned = plan_copy(&endpoints, &what) => planned?,
        _ = tokio::signal::ctrl_c() => return Err(Failure::Interrupted),
    };
    output::notes(&planned.notes, options.json);
    let names = Names::of(&planned.plan);
    let left = planned.left_behind();
    if options.plan {
        plan::show(&planned.plan, options.json);
        expiry::show(&planned.plan, true, options.json);
        planned.look_for_referrers().await;
        let left = LeftBehind::new(left.get());
        return end_of_plan(&names, &planned.plan, options.accept_expiry, left, options.json);
    }
    expiry::show(&planned.plan, false, options.json);
    if let Err(error) = expiry::agreed(&planned.plan, options.accept_expiry) {
        return Err(expiry::refused(&names, &planned.plan, error, options.json));
    }
    guard_copy(&endpoints, &planned.plan.destination, &options.confirm, None).await?;
    let progress = Arc::new(Progress::new(&planned.plan, options.json));
    let mut context = planned.context();
    context.journal = journal(options.journal)?;
    context.accept_expiry = options.accept_expiry;
    options.speed.apply(&mut context);
    let run = Uuid::now_v7().to_string();
    let outcome = until_interrupted(context, &progress, |context| planned.run(run, context)).await?;
    let left = LeftBehind::new(left.get());
    let report = options.report.as_ref().and_then(|path| write_report(path, &[Record::of(&outcome)]).err());
    end_of_run(&names, &outcome, left, report.map(Failure::from), options.json)
}

/// Runs to the end, or on Ctrl-C to a stop from which the run can be resumed.
pub(crate) async fn until_interrupted<F>(
    mut context: RunContext,
    progress: &Arc<Progress>,
    run: impl FnOnce(RunContext) -> F,
) -> Result<RunOutcome, Failure>
where
    F: Future<Output = Result<RunOutcome, ApiError>>,
{
    context.reporter = Arc::clone(progress) as Arc<dyn Reporter>;
    let cancel = context.cancel.clone();
    let running = run(context);
    tokio::pin!(running);
    let outcome = tokio::select! {
        outcome = &mut running => outcome,
        _ = tokio::signal::ctrl_c() => {
            progress.stopping();
            cancel.cancel();
            tokio::select! {
                outcome = running => outcome,
                // A second Ctrl-C ends the wait; the journal knows what is finished.
                _ = tokio::signal::ctrl_c() => return Err(Failure::Interrupted),
            }
        }
    };
    progress.end();
    Ok(outcome?)
}

/// The options with which registries are opened for the caller.
pub(crate) async fn endpoint_options(open: Open) -> Result<EndpointOptions, Failure> {
    let mut options = acting_options(open.acting).await?;
    options.insecure_hosts = open.insecure_hosts;
    options.tls = TlsChoices {
        on_loopback: open.tls.iter().any(String::is_empty),
        hosts: open.tls.into_iter().filter(|host| !host.is_empty()).collect(),
        // A run may be resumed in another directory.
        ca_files: open.ca_files.into_iter().map(|file| std::path::absolute(&file).unwrap_or(file)).collect(),
        skip_verify: open.skip_verify,
    };
    Ok(options)
}

/// Who acts at ECR registries for the person who calls.
pub(crate) async fn acting_options(acting: Acting) -> Result<EndpointOptions, Failure> {
    let mut options = EndpointOptions::new(default_data_directory(), keys::store()?);
    options.sandbox_state = acting.state.state;
    options.account = acting.account;
    options.network = keys::network_with_settings().await?;
    Ok(options)
}

/// The journal of a directory, or of the data directory.
///
/// # Errors
/// When the data directory belongs to another user.
pub(crate) fn journal(directory: Option<PathBuf>) -> Result<Option<Journal>, ApiError> {
    let directory = match directory {
        Some(directory) => Some(directory),
        None => {
            let data = default_data_directory();
            data.as_deref().map(repair_data_directory).transpose()?;
            data
        }
    };
    let journal = directory.map(Journal::at);
    if journal.is_none() {
        output::note("There is no home folder, so a stopped run cannot be resumed. Use --journal DIR.");
    }
    Ok(journal)
}

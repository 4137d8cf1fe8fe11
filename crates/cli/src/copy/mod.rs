//! `longshore copy`

mod plan;
mod progress;
mod summary;

use std::{path::PathBuf, sync::Arc};

use longshore_app::{
    default_data_directory,
    endpoints::{EndpointOptions, Endpoints},
    transfer::{
        CancellationToken, CopyOptions, Journal, OnConflict, Referrers, Reporter, RunOptions, plan_copy,
    },
};
use progress::Progress;
use summary::Names;
use uuid::Uuid;

use crate::{
    arguments::{Conflict, Copy, Open},
    failure::Failure,
    keys::Keys,
    output,
};

/// Plans a copy, shows it, does it.
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
    let endpoints = endpoints(options.open)?;
    let interrupt = tokio::signal::ctrl_c();
    tokio::pin!(interrupt);
    let planned = tokio::select! {
        planned = plan_copy(&endpoints, &what) => planned?,
        _ = &mut interrupt => return Err(Failure::Interrupted),
    };
    let names = Names::of(&planned.plan);
    if options.plan {
        plan::show(&planned.plan, options.json);
        return summary::end_of_plan(&names, &planned.plan, options.json);
    }
    let run = Uuid::now_v7().to_string();
    let journal = journal(options.journal);
    let progress = Arc::new(Progress::new(&planned.plan, options.json));
    let cancel = CancellationToken::new();
    let mut settings = RunOptions::default();
    if let Some(blobs) = options.concurrency {
        settings.blobs = blobs.into();
    }
    let reporter = Arc::clone(&progress) as Arc<dyn Reporter>;
    let copying = planned.run(run, settings, journal, reporter, cancel.clone());
    tokio::pin!(copying);
    let outcome = tokio::select! {
        outcome = &mut copying => outcome,
        _ = &mut interrupt => {
            progress.stopping();
            cancel.cancel();
            copying.await
        }
    };
    progress.end();
    summary::end_of_run(&names, &outcome?, options.json)
}

/// The registries of this machine's person.
pub(crate) fn endpoints(open: Open) -> Result<Endpoints, Failure> {
    let mut options = EndpointOptions::new(default_data_directory(), Arc::new(Keys::default()));
    options.sandbox_state = open.state.state;
    options.account = open.account;
    options.insecure_hosts = open.insecure_hosts;
    options.aws_endpoint = match std::env::var("AWS_ENDPOINT_URL") {
        Ok(text) if !text.is_empty() => Some(
            text.parse()
                .map_err(|error| Failure::Usage(format!("AWS_ENDPOINT_URL is no address: {error}")))?,
        ),
        _ => None,
    };
    Ok(Endpoints::new(options))
}

/// The journal of a directory, or of the data directory.
pub(crate) fn journal(directory: Option<PathBuf>) -> Option<Journal> {
    let journal = directory.or_else(default_data_directory).map(Journal::at);
    if journal.is_none() {
        output::note("There is no home folder: a run that is stopped cannot go on. Give --journal DIR.");
    }
    journal
}

//! `longshore runs …`

use std::{sync::Arc, time::Duration};

use longshore_app::{
    access::Endpoints,
    check_confirmations, guard_copy,
    transfer::{Journal, RunEnd, RunRecord, RunState, find_run, reopen, written_registry},
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    arguments::{OneRun, ResumeRun, Runs, RunsCommand},
    copy::{self, LeftBehind, Names, Progress, end_of_run},
    failure::Failure,
    output, until_interrupted,
};

/// How long a run may take to stop, and the interval of the checks.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(100);

/// Runs a command about runs.
pub(crate) async fn run(options: Runs) -> Result<(), Failure> {
    let json = options.json;
    let journal = copy::journal(options.journal)?
        .ok_or_else(|| Failure::Usage("there is no journal; specify its folder with --journal".into()))?;
    match options.command.unwrap_or(RunsCommand::List) {
        RunsCommand::List => until_interrupted(list(&journal, json)).await,
        RunsCommand::Show(OneRun { run }) => until_interrupted(show(&journal, &run, json)).await,
        RunsCommand::Resume(options) => resume(&journal, options, json).await,
        RunsCommand::Cancel(OneRun { run }) => until_interrupted(cancel(&journal, &run, json)).await,
        RunsCommand::Forget(OneRun { run }) => until_interrupted(forget(&journal, &run, json)).await,
    }
}

async fn list(journal: &Journal, as_json: bool) -> Result<(), Failure> {
    let runs = journal.list().await?;
    if as_json {
        runs.iter().for_each(|run| output::json(&event(run)));
        output::summary(&json!({"event": "summary", "runs": runs.len()}));
    } else if runs.is_empty() {
        output::line("No runs.");
    } else {
        runs.iter().for_each(|run| output::line(&row(run)));
    }
    Ok(())
}

async fn show(journal: &Journal, run: &str, as_json: bool) -> Result<(), Failure> {
    let record = find_run(journal, run).await?;
    let plan = match record.state {
        RunState::Done => None,
        _ => Some(journal.plan(&record.run).await?),
    };
    if as_json {
        if let Some(plan) = &plan {
            copy::plan::show(plan, true);
            copy::expiry::show(plan, true, true);
        }
        let mut value = event(&record);
        value["event"] = "summary".into();
        output::summary(&value);
        return Ok(());
    }
    output::line(&row(&record));
    if let Some(ended) = record.ended {
        output::line(&format!("Last stopped or finished: {}.", ended.format("%Y-%m-%d %H:%M:%S UTC")));
    }
    if let Some(left) = left(&record).filter(|_| record.state == RunState::Done) {
        output::line(&format!("Not everything was done: {left}. Resolve that, then copy again."));
    }
    if let Some(plan) = &plan {
        copy::plan::show(plan, false);
        copy::expiry::show(plan, true, false);
    }
    if record.state.can_go_on() {
        output::line(&format!("`longshore runs resume {}` resumes it.", record.run));
    }
    Ok(())
}

async fn resume(journal: &Journal, options: ResumeRun, as_json: bool) -> Result<(), Failure> {
    let destination = written_registry(&find_run(journal, &options.run).await?);
    let endpoints = Endpoints::new(copy::endpoint_options(options.open.clone()).await?);
    check_confirmations(&endpoints, &options.confirm).await?;
    guard_copy(&endpoints, &destination, &options.confirm, None).await?;
    let reopened = reopen(journal, &options.run, copy::endpoint_options(options.open).await?).await?;
    let names = Names::of(&reopened.plan);
    let progress = Arc::new(Progress::new(&reopened.plan, as_json));
    let mut context = reopened.context();
    context.accept_expiry = options.accept_expiry;
    options.speed.apply(&mut context);
    let outcome = copy::until_interrupted(context, &progress, |context| reopened.run(context)).await?;
    end_of_run(&names, &outcome, LeftBehind::default(), None, as_json)
}

async fn cancel(journal: &Journal, run: &str, as_json: bool) -> Result<(), Failure> {
    let record = find_run(journal, run).await?;
    if !journal.ask_to_stop(&record.run).await? {
        let text = format!("run {} is not under way; `longshore runs forget {0}` removes it", record.run);
        return Err(Failure::Usage(text));
    }
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        let now = find_run(journal, &record.run).await?;
        if now.state != RunState::Running {
            say(as_json, &now, &format!("Run {} has stopped.", now.run));
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Err(Failure::Failed(format!("run {} was asked to stop but is still running", record.run)))
}

async fn forget(journal: &Journal, run: &str, as_json: bool) -> Result<(), Failure> {
    let record = find_run(journal, run).await?;
    journal.forget(&record.run).await?;
    say(as_json, &record, &format!("Run {} was forgotten; what it copied stays.", record.run));
    Ok(())
}

fn say(as_json: bool, record: &RunRecord, text: &str) {
    if as_json {
        let mut value = event(record);
        value["event"] = "summary".into();
        output::summary(&value);
    } else {
        output::line(text);
    }
}

fn event(record: &RunRecord) -> serde_json::Value {
    json!({
        "event": "run", "run": record.run, "state": stands(record), "started": record.started,
        "ended": record.ended, "source": record.source, "destination": record.destination,
        "images": record.images, "finished": record.finished, "can_go_on": record.state.can_go_on(),
        "summary": record.summary,
    })
}

/// The state of a run, as in its events. A run with conflicts has nothing left to do, but it did
/// not do everything.
fn stands(record: &RunRecord) -> &'static str {
    match record.state {
        RunState::Running => "running",
        RunState::Interrupted => "interrupted",
        RunState::Cancelled => "cancelled",
        RunState::Failed => "failed",
        RunState::Done if is_whole(record) => "done",
        RunState::Done => "incomplete",
    }
}

fn is_whole(record: &RunRecord) -> bool {
    record.summary.as_ref().is_none_or(|summary| summary.end == RunEnd::Done)
}

fn row(record: &RunRecord) -> String {
    let state = match stands(record) {
        "running" => "under way",
        "cancelled" => "stopped",
        word => word,
    };
    let started = record.started.format("%Y-%m-%d %H:%M:%S");
    let RunRecord { run, source, destination, images, finished, .. } = record;
    let mut text =
        format!("{run}  {started}  {state:<11}  {finished} of {images} images  {source} → {destination}");
    if let Some(left) = left(record) {
        text.push_str(&format!("  ({left})"));
    }
    text
}

/// What a finished run did not do.
fn left(record: &RunRecord) -> Option<String> {
    let summary = record.summary.as_ref()?;
    let counted =
        [(summary.conflicts, "in conflict"), (summary.failed, "failed"), (summary.not_linked, "not linked")];
    let parts: Vec<String> = counted
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

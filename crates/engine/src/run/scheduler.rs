//! Runs a plan: preparation, the loop, and the outcome.

use std::sync::{Arc, atomic::Ordering};

use chrono::Utc;
use longshore_registry::{Sink, Source, Stats};
use tokio_util::sync::CancellationToken;

use crate::{
    Action, Control, CopyPlan, EngineError, EngineErrorKind, Event, ImageEnd, ImageOutcome, Journal,
    ProofTotals, Referrers, Reporter, RunEnd, RunOptions, RunOutcome, Silent, Skipped, Summary,
    image::finish::asked_for,
    journal::{Begin, End, Finished, Stop, Writer},
    run::progress::Progress,
    run::replan::plan_unread,
    run::running::all_images,
    run::start_check::{Over, StartFacts, before_resume, before_run},
    work::blob_table::Table,
    work::ledger::Earlier,
    work::registries::Registries,
    work::shared::{Beginning, Work},
};

/// The context of a run.
#[derive(Clone)]
pub struct RunContext {
    /// The registry that is read.
    pub source: Arc<dyn Source>,
    /// The registry that is written; may be the same.
    pub sink: Arc<dyn Sink>,
    /// Receives the events.
    pub reporter: Arc<dyn Reporter>,
    /// Where the run is recorded; without it a stopped run cannot be resumed.
    pub journal: Option<Journal>,
    /// A note that the journal stores for resuming the run, such as the references by which the
    /// registries are opened. Never a secret.
    pub note: Option<String>,
    /// Whether the effect of lifecycle policies was accepted ([`CopyPlan::expiry`]).
    pub accept_expiry: bool,
    /// Stops the run.
    pub cancel: CancellationToken,
    /// Pauses and slows the run.
    pub control: Control,
    /// How much is done at once.
    pub options: RunOptions,
}

impl RunContext {
    /// Without reporter and journal; not stopped, paused or slowed.
    pub fn new(source: Arc<dyn Source>, sink: Arc<dyn Sink>) -> Self {
        Self {
            source,
            sink,
            reporter: Arc::new(Silent),
            journal: None,
            note: None,
            accept_expiry: false,
            cancel: CancellationToken::new(),
            control: Control::new(),
            options: RunOptions::default(),
        }
    }
}

/// Runs a plan to its end. Images that fail do not stop the others; they are in the outcome.
///
/// Dropping the future stops all work at once; the run can then be resumed from the journal.
///
/// # Errors
/// When the plan is for other registries, expiring images were not accepted, or the plan is old and
/// the destination cannot be asked again.
pub async fn run(plan: CopyPlan, context: RunContext) -> Result<RunOutcome, EngineError> {
    run_as(uuid::Uuid::now_v7().to_string(), plan, context).await
}

/// As [`run`], under an id that the caller chose (letters, digits and dashes), so that it is known
/// before the run begins.
///
/// # Errors
/// As for [`run`].
pub async fn run_as(run: String, plan: CopyPlan, context: RunContext) -> Result<RunOutcome, EngineError> {
    fits(&plan, &context)?;
    plan.expiry.agreed(&plan.destination, context.accept_expiry)?;
    let facts = unless_cancelled(&context, before_run(&plan, context.sink.as_ref())).await?;
    execute(run, plan, context, Before { facts, ..Before::default() }).await
}

/// Resumes an unfinished run of `context.journal`. Nothing that it finished is done again: before
/// anything is uploaded, the destination is asked where every unfinished tag points, and for the
/// blobs.
///
/// # Errors
/// When there is no such run, another process owns it, it is for other registries, or the
/// destination cannot be asked.
pub async fn resume(run: &str, context: RunContext) -> Result<RunOutcome, EngineError> {
    let journal = context
        .journal
        .clone()
        .ok_or_else(|| EngineError::here(EngineErrorKind::NoSuchRun(run.to_owned())))?;
    let mut begun = journal.resume(run, stopping(&context.cancel)).await?;
    fits(&begun.plan, &context)?;
    let stopped = tokio::select! {
        biased;
        () = context.cancel.cancelled() => true,
        planned = plan_unread(&mut begun.plan, &context) => planned.map(|()| false)?,
    };
    let ask = before_resume(&begun.plan, &begun.finished, context.sink.as_ref());
    let facts = unless_cancelled(&context, ask).await?;
    let before = Before { facts, finished: begun.finished, writer: Some(begun.writer), stopped };
    execute(run.to_owned(), begun.plan, context, before).await
}

fn fits(plan: &CopyPlan, context: &RunContext) -> Result<(), EngineError> {
    let (source, sink) = (context.source.name(), context.sink.name());
    if plan.source == source && plan.destination == sink {
        return Ok(());
    }
    let planned = format!("{} → {}", plan.source, plan.destination);
    Err(EngineError::here(EngineErrorKind::OtherRegistry { planned, given: format!("{source} → {sink}") }))
}

/// A run that is stopped before it works ends as stopped, not with an error.
async fn unless_cancelled(
    context: &RunContext,
    asking: impl Future<Output = Result<StartFacts, EngineError>>,
) -> Result<StartFacts, EngineError> {
    tokio::select! {
        biased;
        () = context.cancel.cancelled() => Ok(StartFacts::default()),
        facts = asking => facts,
    }
}

/// Lets another process stop the run through the journal.
fn stopping(cancel: &CancellationToken) -> Stop {
    let cancel = cancel.clone();
    Arc::new(move || cancel.cancel())
}

#[derive(Default)]
struct Before {
    facts: StartFacts,
    finished: Finished,
    writer: Option<Writer>,
    /// It was stopped before it knew what to do.
    stopped: bool,
}

async fn execute(
    run: String,
    plan: CopyPlan,
    context: RunContext,
    before: Before,
) -> Result<RunOutcome, EngineError> {
    let started = Utc::now();
    let stop = stopping(&context.cancel);
    let RunContext { source, sink, reporter, journal, note, cancel, control, options, .. } = context;
    let Before { facts: StartFacts { over, asked }, finished, writer, stopped } = before;
    let requests = counted(source.as_ref(), sink.as_ref());
    let plan = Arc::new(plan);
    let works = |index: usize| {
        plan.images.get(index).is_some_and(|image| image.action.is_work()) && !over.contains_key(&index)
    };
    let table = Arc::new(Table::new(&plan, works));
    let progress = Progress::new(plan.clone(), table.clone(), works, sink.mounts_referenced_only());
    let registries = Registries { run: run.clone(), source, sink, backoff: options.backoff, control };
    let journal = journal.map(|journal| (journal, Begin { note, stop }));
    let earlier = Earlier { journal, writer, finished, asked };
    let beginning = Beginning { plan: plan.clone(), table, reporter, options, earlier };
    let work = Arc::new(Work::new(registries, beginning));
    work.report(Event::Planned {
        run: run.clone(),
        images: plan.images.len(),
        bytes_to_move: plan.totals.bytes_to_move,
        bytes_to_mount: plan.totals.bytes_to_mount,
        bytes_saved: plan.totals.bytes_saved,
    });
    let mut images: Vec<ImageOutcome> =
        (0..plan.images.len()).filter_map(|index| beginning_of(&work, index, over.get(&index))).collect();
    work.ledger.unchecked.store(stopped, Ordering::Relaxed);
    all_images(&work, progress, &cancel, &mut images).await?;
    work.close(&cancel, &mut images).await;

    let summary = summary(&work, run, requests, &images);
    let trouble = end_journal(&work, &summary).await;
    work.report(Event::Ended { summary: summary.clone() });
    let journal = trouble.map(|error| error.failure());
    Ok(RunOutcome {
        summary,
        images,
        source: plan.source.clone(),
        destination: plan.destination.clone(),
        planned: plan.totals.clone(),
        started,
        ended: Utc::now(),
        journal,
    })
}

fn summary(work: &Work, run: String, requests_before: u64, images: &[ImageOutcome]) -> Summary {
    let cancelled = images.iter().any(|image| image.end == ImageEnd::Cancelled)
        || work.ledger.unchecked.load(Ordering::Relaxed);
    let count = |end: ImageEnd| images.iter().filter(|image| image.end == end).count();
    let done = |action: &str| images.iter().filter(|i| i.end == ImageEnd::Done && i.action == action).count();
    let (failed, conflicts) = (count(ImageEnd::Failed), count(ImageEnd::Conflict));
    // The images are copied, but not everything that was requested.
    let not_linked = match work.plan.referrers {
        Referrers::With => images.iter().map(|image| image.refused.len()).sum(),
        _ => 0,
    };
    Summary {
        end: match (cancelled, failed + conflicts) {
            (true, _) => RunEnd::Cancelled,
            (false, 0) if not_linked == 0 => RunEnd::Done,
            (false, _) => RunEnd::Incomplete,
        },
        copied: done("copy"),
        retagged: done("retag"),
        mounted: done("mount"),
        skipped: count(ImageEnd::Skipped),
        conflicts,
        failed,
        not_linked,
        bytes_moved: work.ledger.moved.load(Ordering::Relaxed),
        bytes_saved: work.ledger.saved.load(Ordering::Relaxed),
        requests: counted(work.registries.source.as_ref(), work.registries.sink.as_ref())
            .saturating_sub(requests_before),
        proof: ProofTotals::of(images),
        run,
    }
}

/// Closes the journal; returns why it is incomplete, if it is.
async fn end_journal(work: &Work, summary: &Summary) -> Option<EngineError> {
    let writer = work.ledger.writer()?;
    let end = match (summary.end, summary.failed) {
        (RunEnd::Cancelled, _) => End::Cancelled,
        (_, 0) => End::Done,
        (_, _) => End::Failed,
    };
    let error = writer.end(end, summary.clone()).await.err()?;
    // Copied images stay copied and proven; only resuming later asks for more.
    tracing::warn!(target: "longshore::notice", "the journal could not be written completely: {error}");
    Some(error)
}

/// The requests so far. Two values for one registry may share a counter, which then counts once.
fn counted(source: &dyn Source, sink: &dyn Sink) -> u64 {
    let (read, written): (Stats, Stats) = (source.stats(), sink.stats());
    if source.name() == sink.name() && read == written {
        read.requests
    } else {
        read.requests + written.requests
    }
}

/// The outcome of an image before the run works: final where there is nothing to do.
fn beginning_of(work: &Work, index: usize, over: Option<&Over>) -> Option<ImageOutcome> {
    let image = work.plan.images.get(index)?;
    let mut outcome = ImageOutcome {
        source: image.source_name(),
        destination: image.destination_name(),
        digest: image.digest.clone(),
        action: image.action.word().to_owned(),
        end: ImageEnd::Cancelled,
        error: None,
        proof: Vec::new(),
        refused: Vec::new(),
    };
    let skipped = |outcome: &mut ImageOutcome, reason: Skipped| {
        outcome.end = ImageEnd::Skipped;
        // Images that an earlier part of the run finished are asked for at the end.
        if !matches!(reason, Skipped::Kept | Skipped::FinishedBefore) {
            outcome.proof = image.digest.as_ref().map(|digest| asked_for(image, digest)).unwrap_or_default();
        }
        work.report(Event::Skipped { image: index, reason });
    };
    match (&image.action, over) {
        (Action::Skip, _) => skipped(&mut outcome, Skipped::SameDigest),
        (Action::Keep { .. }, _) => skipped(&mut outcome, Skipped::Kept),
        (_, Some(Over::Skipped(reason))) => {
            if *reason == Skipped::FinishedBefore && image.action.is_work() {
                work.ledger.was_put(index);
            }
            work.ledger.saved(image.blobs.iter().map(|blob| blob.descriptor.size).sum());
            skipped(&mut outcome, reason.clone());
        }
        (_, Some(Over::Conflict(error))) => failed(work, index, &mut outcome, error),
        (Action::Conflict { existing }, _) => {
            let error = EngineError::destination(EngineErrorKind::Conflict {
                repository: image.destination.to_string(),
                tag: image.tag.as_ref().map(ToString::to_string).unwrap_or_default(),
                existing: existing.clone(),
            });
            failed(work, index, &mut outcome, &error);
        }
        (Action::Unavailable { failure }, _) => {
            outcome.end = ImageEnd::Failed;
            outcome.error = Some(failure.clone());
            work.report(Event::Failed { image: index, failure: failure.clone() });
        }
        _ => {}
    }
    Some(outcome)
}

fn failed(work: &Work, index: usize, outcome: &mut ImageOutcome, error: &EngineError) {
    outcome.fail(error);
    work.report(Event::Failed { image: index, failure: error.failure() });
}

//! Runs a plan: begins images in order, a bounded number at once, and collects what comes of them.

use std::{
    collections::{BTreeMap, HashSet},
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
};

use futures::FutureExt;
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Error as RegistryError, Sink, Source, Stats};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    Action, CopyPlan, EngineError, Event, ImageEnd, ImageOutcome, Journal, ProofTotals, Reporter, RunEnd,
    RunOptions, RunOutcome, Silent, Skipped, Summary, Way,
    image::{Copied, asked_for},
    journal::{End, Finished},
    transfer::closed,
    work::{Beginning, Work},
};

/// With what a plan is run.
#[derive(Clone)]
pub struct RunContext {
    /// The registry that is read.
    pub source: Arc<dyn Source>,
    /// The registry that is written; may be the same.
    pub sink: Arc<dyn Sink>,
    /// Who is told.
    pub reporter: Arc<dyn Reporter>,
    /// Where the run is remembered; without it a stopped run cannot go on.
    pub journal: Option<Journal>,
    /// Stops the run.
    pub cancel: CancellationToken,
    /// How much at once.
    pub options: RunOptions,
}

impl RunContext {
    /// Tells nobody, remembers nothing, is not stopped.
    pub fn new(source: Arc<dyn Source>, sink: Arc<dyn Sink>) -> Self {
        Self {
            source,
            sink,
            reporter: Arc::new(Silent),
            journal: None,
            cancel: CancellationToken::new(),
            options: RunOptions::default(),
        }
    }
}

/// Runs a plan to its end. Images that fail do not stop the others; they are in the outcome.
///
/// Dropping the future stops all work at once; the journal then knows how to go on.
///
/// # Errors
/// When the plan is for other registries.
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
    let none = (None, Finished::default(), HashSet::new());
    execute(run, plan, context, none).await
}

/// Goes on with an unfinished run of `context.journal`. Nothing that it finished is done again,
/// and the destination is asked for the rest before anything is uploaded.
///
/// # Errors
/// When there is no such run, another process owns it, or it is for other registries.
pub async fn resume(run: &str, context: RunContext) -> Result<RunOutcome, EngineError> {
    let journal = context.journal.clone().ok_or_else(|| EngineError::NoSuchRun(run.to_owned()))?;
    let (writer, plan, finished) = journal.resume(run).await?;
    fits(&plan, &context)?;
    let ask = ask(&plan, &finished, context.sink.as_ref());
    let asked = tokio::select! {
        asked = ask => asked?,
        () = context.cancel.cancelled() => HashSet::new(),
    };
    execute(run.to_owned(), plan, context, (Some(writer), finished, asked)).await
}

fn fits(plan: &CopyPlan, context: &RunContext) -> Result<(), EngineError> {
    let (source, sink) = (context.source.name(), context.sink.name());
    if plan.source == source && plan.destination == sink {
        return Ok(());
    }
    let planned = format!("{} → {}", plan.source, plan.destination);
    Err(EngineError::OtherRegistry { planned, given: format!("{source} → {sink}") })
}

/// What of the unfinished part is at the destination: the journal may lack the last moments.
async fn ask(
    plan: &CopyPlan,
    finished: &Finished,
    sink: &dyn Sink,
) -> Result<HashSet<(RepositoryName, Digest)>, EngineError> {
    let mut wanted: BTreeMap<&RepositoryName, Vec<Digest>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for (index, image) in plan.images.iter().enumerate() {
        if finished.images.contains(&index) || !image.action.is_work() {
            continue;
        }
        for blob in image.blobs.iter().filter(|blob| blob.way != Way::Present) {
            let key = (image.destination.clone(), blob.descriptor.digest.clone());
            if !finished.blobs.contains(&key) && seen.insert(key) {
                wanted.entry(&image.destination).or_default().push(blob.descriptor.digest.clone());
            }
        }
    }
    let mut found = HashSet::new();
    for (repository, digests) in wanted {
        match sink.exists_many(repository, &digests).await {
            Ok(there) => found.extend(there.into_iter().map(|digest| (repository.clone(), digest))),
            Err(RegistryError::RepositoryNotFound { .. }) => {}
            Err(error) => return Err(EngineError::destination(error)),
        }
    }
    Ok(found)
}

type Before = (Option<crate::journal::Writer>, Finished, HashSet<(RepositoryName, Digest)>);

async fn execute(
    run: String,
    plan: CopyPlan,
    context: RunContext,
    (writer, finished, asked): Before,
) -> Result<RunOutcome, EngineError> {
    let RunContext { source, sink, reporter, journal, cancel, options } = context;
    let before = counted(source.as_ref(), sink.as_ref());
    let plan = Arc::new(plan);
    let work = Arc::new(Work::new(Beginning {
        run: run.clone(),
        plan: plan.clone(),
        source,
        sink,
        reporter,
        options,
        journal,
        writer,
        finished,
        asked,
    }));
    work.tell(Event::Planned {
        run: run.clone(),
        images: plan.images.len(),
        bytes_to_move: plan.totals.bytes_to_move,
        bytes_to_mount: plan.totals.bytes_to_mount,
        bytes_saved: plan.totals.bytes_saved,
    });
    let mut images = without_work(&work);
    all_images(&work, &cancel, &mut images).await?;

    let cancelled = images.iter().any(|image| image.end == ImageEnd::Cancelled);
    let count = |end: ImageEnd| images.iter().filter(|image| image.end == end).count();
    let done = |action: &str| images.iter().filter(|i| i.end == ImageEnd::Done && i.action == action).count();
    let (failed, conflicts) = (count(ImageEnd::Failed), count(ImageEnd::Conflict));
    let summary = Summary {
        end: match (cancelled, failed + conflicts) {
            (true, _) => RunEnd::Cancelled,
            (false, 0) => RunEnd::Done,
            (false, _) => RunEnd::Incomplete,
        },
        copied: done("copy"),
        retagged: done("retag"),
        mounted: done("mount"),
        skipped: count(ImageEnd::Skipped),
        conflicts,
        failed,
        bytes_moved: work.moved.load(Ordering::Relaxed),
        bytes_saved: work.saved.load(Ordering::Relaxed),
        requests: counted(work.source.as_ref(), work.sink.as_ref()).saturating_sub(before),
        proof: ProofTotals::of(&images),
        run,
    };
    if let Some(writer) = work.writer() {
        let end = match (cancelled, failed) {
            (true, _) => End::Cancelled,
            (false, 0) => End::Done,
            (false, _) => End::Failed,
        };
        if let Err(error) = writer.end(end).await {
            // What was copied is copied and proven; only going on later is in question.
            tracing::warn!(run = %summary.run, %error, "the journal could not be closed");
        }
    }
    work.tell(Event::Ended { summary: summary.clone() });
    Ok(RunOutcome { summary, images })
}

/// Requests so far. Two values for one registry may share a counter; then it counts once.
fn counted(source: &dyn Source, sink: &dyn Sink) -> u64 {
    let (read, written): (Stats, Stats) = (source.stats(), sink.stats());
    if source.name() == sink.name() && read == written {
        read.requests
    } else {
        read.requests + written.requests
    }
}

/// The outcome of images for which there is nothing to do, and a first one for the others.
fn without_work(work: &Work) -> Vec<ImageOutcome> {
    let one = |(index, image): (usize, &crate::PlannedImage)| {
        let mut outcome = ImageOutcome {
            source: image.source_name(),
            destination: image.destination_name(),
            digest: image.digest.clone(),
            action: image.action.word().to_owned(),
            end: ImageEnd::Cancelled,
            error: None,
            proof: Vec::new(),
        };
        match &image.action {
            Action::Skip => {
                outcome.end = ImageEnd::Skipped;
                outcome.proof =
                    image.digest.as_ref().map(|digest| asked_for(image, digest)).unwrap_or_default();
                work.tell(Event::Skipped { image: index, reason: Skipped::SameDigest });
            }
            Action::Conflict { existing } => {
                let error = EngineError::Conflict {
                    repository: image.destination.to_string(),
                    tag: image.tag.as_ref().map(ToString::to_string).unwrap_or_default(),
                    existing: existing.clone(),
                };
                fail(work, index, &mut outcome, &error);
            }
            Action::Unavailable { failure } => {
                outcome.end = ImageEnd::Failed;
                outcome.error = Some(failure.clone());
                work.tell(Event::Failed { image: index, failure: failure.clone() });
            }
            _ => return outcome,
        }
        if let Some(ended) = work.ended.get(index) {
            ended.set(()).ok();
        }
        outcome
    };
    work.plan.images.iter().enumerate().map(one).collect()
}

fn fail(work: &Work, index: usize, outcome: &mut ImageOutcome, error: &EngineError) {
    let failure = error.failure();
    outcome.end = match error {
        EngineError::Conflict { .. } => ImageEnd::Conflict,
        _ => ImageEnd::Failed,
    };
    outcome.error = Some(failure.clone());
    work.tell(Event::Failed { image: index, failure });
}

async fn all_images(
    work: &Arc<Work>,
    cancel: &CancellationToken,
    images: &mut [ImageOutcome],
) -> Result<(), EngineError> {
    let places = Arc::new(Semaphore::new(work.options.images.max(1)));
    let mut tasks = JoinSet::new();
    let todo: Vec<usize> = work
        .plan
        .images
        .iter()
        .enumerate()
        .filter(|(_, image)| image.action.is_work())
        .map(|(i, _)| i)
        .collect();
    let mut todo = todo.into_iter().peekable();
    while todo.peek().is_some() || !tasks.is_empty() {
        // Waiting for earlier images is safe because images begin in the order of the plan.
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            Some(ended) = tasks.join_next() => {
                let (index, result) = ended.map_err(|error: tokio::task::JoinError| EngineError::Internal(error.to_string()))?;
                note(work, index, result, images);
            }
            place = places.clone().acquire_owned(), if todo.peek().is_some() => {
                let place = place.map_err(closed)?;
                let Some(index) = todo.next() else { continue };
                let work = work.clone();
                tasks.spawn(async move {
                    let result = AssertUnwindSafe(work.copy(index)).catch_unwind().await;
                    let result = result.unwrap_or_else(|_| Err(EngineError::Internal("an image's task panicked".into())));
                    if let Some(ended) = work.ended.get(index) {
                        ended.set(()).ok();
                    }
                    drop(place);
                    (index, result)
                });
            }
        }
    }
    tasks.abort_all();
    // What ended in the meantime counts; the rest stays as it was.
    while let Some(ended) = tasks.join_next().await {
        if let Ok((index, result)) = ended {
            note(work, index, result, images);
        }
    }
    Ok(())
}

fn note(work: &Work, index: usize, result: Result<Copied, EngineError>, images: &mut [ImageOutcome]) {
    let Some(outcome) = images.get_mut(index) else { return };
    match result {
        Ok(Copied { proof, skipped }) => {
            outcome.proof = proof;
            outcome.end = if skipped { ImageEnd::Skipped } else { ImageEnd::Done };
            if !skipped {
                work.tell(Event::Finished { image: index });
            }
        }
        Err(error) => fail(work, index, outcome, &error),
    }
}

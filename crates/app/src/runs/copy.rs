//! Steps that copy images, using the engine.

use std::sync::Arc;

use longshore_engine::{
    Action as EngineAction, CopyPlan, CopyRequest, EngineError, Failure, Journal, Reporter, RunContext,
    RunEnd, bytes_in_words,
};
use longshore_names::RepositoryName;
use longshore_registry::{Sink, Source};

use super::{Job, live::Outcome, progress::Progress};
use crate::{
    api::{ApiError, RunState, Side},
    made::{self, Made},
    plans::{CopyImage, CopyTag},
    promotion::{Sample, copy_request, endpoint},
};

pub(super) async fn copy(job: &Job<'_>, copy: &CopyImage) -> Result<Outcome, ApiError> {
    let destination = job.app.connection(&job.context.registry).await?;
    let source = job.app.connection(&copy.source.registry).await?;
    let sink: Arc<dyn Sink> = endpoint(&destination.client).await?;
    let from: Arc<dyn Source> =
        if source.key == destination.key { sink.clone() } else { endpoint(&source.client).await? };
    // Asked now: an earlier step of this run may have turned it on.
    let mounting = destination.client.blob_mounting().await.unwrap_or(false);
    let request = copy_request(&copy.from, &copy.digest, &copy.to, &copy.tags, mounting);
    let outcome = transfer(job, from, sink, &request, (&copy.tags, copy.expires)).await;
    job.app.repository_changed(&job.context.registry, &copy.to).await;
    let outcome = outcome?;
    if copy.replica {
        job.remember(Made::Replica, vec![made::replica(&copy.to, &copy.digest)]).await;
    } else if source.key == destination.key && copy.from != copy.to {
        job.remember(Made::Promotion, vec![made::promotion(&copy.from, &copy.to)]).await;
    }
    Ok(outcome)
}

pub(super) async fn push_sample(
    job: &Job<'_>,
    name: &RepositoryName,
    tag: &CopyTag,
    expires: usize,
) -> Result<Outcome, ApiError> {
    let connection = job.app.connection(&job.context.registry).await?;
    let sink: Arc<dyn Sink> = endpoint(&connection.client).await?;
    let sample = Arc::new(Sample::new(&tag.tag)?);
    let tags = std::slice::from_ref(tag);
    let request = copy_request(name, &sample.digest().clone(), name, tags, true);
    let outcome = transfer(job, sample, sink, &request, (tags, expires)).await;
    job.app.repository_changed(&job.context.registry, name).await;
    outcome
}

/// Plans again, since the registries may have changed, and copies if the result still matches what
/// was shown: the digests of the tags, and the number of images that expire afterwards.
async fn transfer(
    job: &Job<'_>,
    source: Arc<dyn Source>,
    sink: Arc<dyn Sink>,
    request: &CopyRequest,
    (tags, expires): (&[CopyTag], usize),
) -> Result<Outcome, ApiError> {
    let planned = longshore_engine::plan(source.clone(), sink.clone(), request).await?;
    still_fits(&planned, tags)?;
    planned.expiry.agreed(&planned.destination, planned.expiry.total() <= expires)?;
    let progress = Arc::new(Progress::new(Arc::clone(job.live), job.image, &planned.images));
    if planned.is_empty() {
        progress.end(RunState::Skipped, None);
        return Ok(Outcome::Skipped("the same digest is already there: nothing to do".into()));
    }
    let result = run(job, planned, source, sink, &progress).await;
    match &result {
        Ok(_) => progress.end(RunState::Done, None),
        // A stop is no failure of the image; the end of the run reports it.
        Err(_) if job.live.cancel.is_cancelled() => {}
        Err(error) => progress.end(RunState::Failed, Some(error.clone())),
    }
    result
}

/// A tag that another client has moved since the plan was shown stays where it is.
fn still_fits(planned: &CopyPlan, tags: &[CopyTag]) -> Result<(), ApiError> {
    // The repository that a plan creates is created in a step before this one.
    if let Some(gone) = planned.create_repositories.first() {
        let (registry, repository) = (planned.destination.clone(), gone.to_string());
        return Err(EngineError::RepositoryGone { registry, repository }.into());
    }
    for image in &planned.images {
        match &image.action {
            EngineAction::Unavailable { failure } => {
                let text = failure.message.clone();
                return Err(
                    ApiError::new(failure.code.clone(), Side::Source, text).hint(failure.hint.clone())
                );
            }
            EngineAction::Conflict { existing } => {
                let text =
                    format!("`{}` is at {} and must not move.", image.destination_name(), existing.short());
                return Err(
                    ApiError::new("tag-immutable", Side::Destination, text).hint("Choose another tag.")
                );
            }
            _ => {}
        }
        let Some(found) = &image.replaces else { continue };
        let shown = tags.iter().find(|known| Some(&known.tag) == image.tag.as_ref());
        if shown.is_some_and(|known| known.replaces.as_ref() != Some(found)) {
            let text =
                format!("`{}` was moved to {} in the meantime.", image.destination_name(), found.short());
            return Err(ApiError::new("changed-elsewhere", Side::Destination, text)
                .hint("Nothing was copied. Check the tag and plan again."));
        }
    }
    Ok(())
}

/// Runs the engine, or resumes an earlier part of this run that was stopped.
async fn run(
    job: &Job<'_>,
    planned: CopyPlan,
    source: Arc<dyn Source>,
    sink: Arc<dyn Sink>,
    progress: &Arc<Progress>,
) -> Result<Outcome, ApiError> {
    let id = format!("{}-{}", job.run, job.index);
    let journal = Journal::at(job.app.data_directory());
    let mut context = RunContext::new(source, sink);
    context.reporter = Arc::clone(progress) as Arc<dyn Reporter>;
    context.accept_expiry = true;
    context.journal = Some(journal.clone());
    context.cancel = job.live.cancel.clone();
    let begun = match journal.plan(&id).await {
        Ok(begun) => begun.source == planned.source && begun.destination == planned.destination,
        Err(EngineError::NoSuchRun(_)) => false,
        Err(error) => return Err(error.into()),
    };
    let outcome = if begun {
        longshore_engine::resume(&id, context).await?
    } else {
        // The state that an earlier part left for other addresses is of no use here.
        journal.forget(&id).await?;
        longshore_engine::run_as(id, planned, context).await?
    };
    if let Some(failure) = outcome.images.iter().find_map(|image| image.error.as_ref()) {
        return Err(failed(failure));
    }
    let summary = &outcome.summary;
    match summary.end {
        RunEnd::Done => {}
        RunEnd::Cancelled => return Err(EngineError::Cancelled.into()),
        RunEnd::Incomplete => {
            let refused = outcome.images.iter().flat_map(|image| &image.refused).next();
            let left = || EngineError::Internal("a run is incomplete and no image says why".into()).into();
            return Err(refused.map_or_else(left, |refused| failed(&refused.failure)));
        }
    }
    Ok(Outcome::Done(format!(
        "Copied and verified: {} uploaded, {} reused",
        bytes_in_words(summary.bytes_moved),
        bytes_in_words(summary.bytes_saved)
    )))
}

fn failed(failure: &Failure) -> ApiError {
    ApiError::new(failure.code.clone(), side(failure.side), failure.message.clone())
        .hint(failure.hint.clone())
}

fn side(side: longshore_engine::Side) -> Side {
    match side {
        longshore_engine::Side::Source => Side::Source,
        longshore_engine::Side::Destination => Side::Destination,
        longshore_engine::Side::ThisMachine => Side::ThisMachine,
    }
}

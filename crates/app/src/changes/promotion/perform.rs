//! Changes that copy one image, by the engine.

use std::sync::Arc;

use async_trait::async_trait;
use longshore_engine::{
    Action as EngineAction, CopyPlan, CopyRequest, EngineError, EngineErrorKind, Journal, Reporter,
    RunContext, RunEnd, bytes_in_words,
};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Sink, Source};
use serde::{Deserialize, Serialize};

use super::{Sample, copy_request, endpoint};
use crate::{
    App,
    access::Connection,
    api::{ApiError, RegistryKey, RunState, Side, Space},
    made::{self, Made},
    steps::{COPYING, Change, Context, ExpectedImage, Job, ListedWrite, Outcome},
};

/// A tag that a copy gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopyTag {
    pub(crate) tag: Tag,
    /// The digest from which it is moved, as shown to the person; any other digest refuses the
    /// copy.
    pub(crate) replaces: Option<Digest>,
}

/// Copies an image to another repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopyImage {
    pub(crate) source: Context,
    pub(crate) from: RepositoryName,
    pub(crate) digest: Digest,
    pub(crate) to: RepositoryName,
    /// If empty, the copy is by digest only.
    pub(crate) tags: Vec<CopyTag>,
    /// It is copied in place of a native replication, so that clean-up may remove it.
    pub(crate) replica: bool,
    /// The number of images that expire afterwards by a lifecycle policy, as the person agreed; a
    /// larger number refuses the copy.
    #[serde(default)]
    pub(crate) expires: usize,
}

#[typetag::serde(name = "copy")]
#[async_trait]
impl Change for CopyImage {
    fn permissions(&self) -> &'static [&'static str] {
        COPYING
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        puts(here, &self.to, &self.digest, self.tags.iter().map(|known| &known.tag))
    }

    fn copies_an_image(&self) -> bool {
        true
    }

    fn image(&self, app: &App, here: &RegistryKey) -> Option<ExpectedImage> {
        let tags: Vec<_> = self.tags.iter().map(|known| format!("{}:{}", self.to, known.tag)).collect();
        let name = if tags.is_empty() { self.to.to_string() } else { tags.join(", ") };
        Some(ExpectedImage {
            source: format!("{} {}", app.accounts.label(&self.source.registry), self.from),
            destination: format!("{} {name}", app.accounts.label(here)),
            digest: self.digest.to_string(),
        })
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        copy(job, &job.here().await?, self).await
    }
}

/// Pushes the sample image.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PushSample {
    pub(crate) name: RepositoryName,
    pub(crate) tag: CopyTag,
    pub(crate) digest: Digest,
    /// As for a copy.
    #[serde(default)]
    pub(crate) expires: usize,
}

#[typetag::serde(name = "pushSample")]
#[async_trait]
impl Change for PushSample {
    fn permissions(&self) -> &'static [&'static str] {
        &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
            "ecr:PutImage",
            "ecr:GetLifecyclePolicy",
        ]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        Vec::new()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        puts(here, &self.name, &self.digest, [&self.tag.tag])
    }

    fn copies_an_image(&self) -> bool {
        true
    }

    fn image(&self, app: &App, here: &RegistryKey) -> Option<ExpectedImage> {
        Some(ExpectedImage {
            source: "sample image".into(),
            destination: format!("{} {}:{}", app.accounts.label(here), self.name, self.tag.tag),
            digest: self.digest.to_string(),
        })
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        push_sample(job, &job.here().await?, self).await
    }
}

/// The copy of an image to these tags.
fn puts<'a>(
    here: &RegistryKey,
    name: &RepositoryName,
    digest: &Digest,
    tags: impl IntoIterator<Item = &'a Tag>,
) -> Vec<ListedWrite> {
    let put = ListedWrite::at("PutImage", here, Some(name));
    let mut writes: Vec<ListedWrite> =
        tags.into_iter().map(|tag| put.clone().of(digest).tagged(Some(tag))).collect();
    // Its layers, and the images of an index, which are known only during the copy.
    writes.push(put.tagged(None));
    writes.push(ListedWrite::at("CompleteLayerUpload", here, Some(name)));
    writes
}

async fn copy(job: &Job<'_>, at: &Connection, copy: &CopyImage) -> Result<Outcome, ApiError> {
    let source = job.there(&copy.source).await?;
    let sink: Arc<dyn Sink> = endpoint(&at.client).await?;
    let from: Arc<dyn Source> =
        if source.key == at.key { sink.clone() } else { endpoint(&source.client).await? };
    // Asked now: an earlier step of this run may have turned it on.
    let mounting = at.client.blob_mounting().await.unwrap_or(false);
    let request = copy_request(&copy.from, &copy.digest, &copy.to, &copy.tags, mounting);
    let outcome = transfer(job, from, sink, &request, (&copy.tags, copy.expires)).await;
    job.app.repository_changed(&at.key, &copy.to).await;
    let outcome = outcome?;
    if copy.replica {
        job.remember(&at.key, Made::Replica, vec![made::replica(&copy.to, &copy.digest)]).await;
    } else if source.key == at.key && copy.from != copy.to {
        job.remember(&at.key, Made::Promotion, vec![made::promotion(&copy.from, &copy.to)]).await;
    }
    Ok(outcome)
}

async fn push_sample(
    job: &Job<'_>,
    at: &Connection,
    PushSample { name, tag, expires, .. }: &PushSample,
) -> Result<Outcome, ApiError> {
    let sink: Arc<dyn Sink> = endpoint(&at.client).await?;
    let sample = Arc::new(Sample::new(&tag.tag)?);
    let tags = std::slice::from_ref(tag);
    let request = copy_request(name, &sample.digest().clone(), name, tags, true);
    let outcome = transfer(job, sample, sink, &request, (tags, *expires)).await;
    job.app.repository_changed(&at.key, name).await;
    outcome
}

/// Plans again, since the registries may have changed, and copies if the result still matches what
/// was shown: the digests of the tags, and the number of images that expire afterwards.
pub(crate) async fn transfer(
    job: &Job<'_>,
    source: Arc<dyn Source>,
    sink: Arc<dyn Sink>,
    request: &CopyRequest,
    (tags, expires): (&[CopyTag], usize),
) -> Result<Outcome, ApiError> {
    let planned = longshore_engine::plan(source.clone(), sink.clone(), request).await?;
    still_fits(&planned, tags)?;
    planned.expiry.agreed(&planned.destination, planned.expiry.total() <= expires)?;
    let images = &job.live.images;
    let reporter = images.begin(job.live, job.image, &planned.images);
    let end = |state, error| images.end(job.live, job.image, state, error);
    if planned.is_empty() {
        end(RunState::Skipped, None);
        return Ok(Outcome::Skipped("the same digest is already there: nothing to do".into()));
    }
    let result = run(job, planned, source, sink, reporter).await;
    match &result {
        Ok(_) => end(RunState::Done, None),
        // That a person stopped it is no failure of the image; the end of the run says so.
        Err(_) if job.live.cancel.is_cancelled() => {}
        Err(error) => end(RunState::Failed, Some(error.clone())),
    }
    result
}

/// A tag that was moved elsewhere since the plan was shown stays where it is.
fn still_fits(planned: &CopyPlan, tags: &[CopyTag]) -> Result<(), ApiError> {
    // The repository that a plan creates is created in a step before this one.
    if let Some(gone) = planned.create_repositories.first() {
        let (registry, repository) = (planned.destination.clone(), gone.to_string());
        return Err(EngineError::destination(EngineErrorKind::RepositoryGone { registry, repository }).into());
    }
    for image in &planned.images {
        match &image.action {
            EngineAction::Unavailable { failure } => {
                return Err(ApiError { side: Side::Source, ..ApiError::from(failure.clone()) });
            }
            EngineAction::Conflict { existing } => {
                let text = format!(
                    "`{}` points at {} and is immutable; it cannot be moved.",
                    image.destination_name(),
                    existing.short()
                );
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
    reporter: Arc<dyn Reporter>,
) -> Result<Outcome, ApiError> {
    let id = format!("{}-{}", job.run, job.index);
    let journal = Journal::at(job.app.data_directory());
    let mut context = RunContext::new(source, sink);
    context.reporter = reporter;
    context.control = job.live.images.steering.control();
    context.accept_expiry = true;
    context.journal = Some(journal.clone());
    context.cancel = job.live.cancel.clone();
    let begun = match journal.plan(&id).await {
        Ok(begun) => begun.source == planned.source && begun.destination == planned.destination,
        Err(EngineError { kind: EngineErrorKind::NoSuchRun(_), .. }) => false,
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
        return Err(ApiError::from(failure.clone()));
    }
    let summary = &outcome.summary;
    match summary.end {
        RunEnd::Done => {}
        RunEnd::Cancelled => return Err(EngineError::here(EngineErrorKind::Cancelled).into()),
        RunEnd::Incomplete => {
            let refused = outcome.images.iter().flat_map(|image| &image.refused).next();
            let left = || EngineError::internal("a run is incomplete and no image says why").into();
            return Err(refused.map_or_else(left, |refused| ApiError::from(refused.failure.clone())));
        }
    }
    Ok(Outcome::Done(format!(
        "Copied and verified: {} uploaded, {} reused",
        bytes_in_words(summary.bytes_moved),
        bytes_in_words(summary.bytes_saved)
    )))
}

//! Steps of a test: waiting for the image, and the verdict once everything is removed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use longshore_ecr::{EcrError, EcrErrorKind, ImageId, ImageScope, ReplicationState};
use longshore_names::{Digest, RegistryId, RepositoryName, Tag};
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, GetArrivals, RegistryKey, RepositoryKey, RunState, Side, Space},
    changes::repositories::ALREADY_GONE,
    plans::place,
    steps::{Change, Job, ListedWrite, Outcome},
};

/// Between two looks, at first and later.
const LOOK: Duration = Duration::from_millis(500);
/// See [`LOOK`].
const LATER: Duration = Duration::from_secs(5);
/// How long is at first.
const FIRST: Duration = Duration::from_secs(30);
/// ECR replicates most images within 30 minutes (ECR user guide, *Private image replication*).
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// How long ECR may take to say that it replicates an image at all.
const BEGIN: Duration = Duration::from_secs(120);

/// Waits until an image has arrived everywhere, and measures how long that took. An image that does not
/// arrive does not end the run, because what the test made is removed after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AwaitArrival {
    pub(super) name: RepositoryName,
    pub(super) tag: Tag,
    pub(super) digest: Digest,
    pub(super) destinations: Vec<RegistryId>,
}

#[typetag::serde(name = "awaitArrival")]
#[async_trait]
impl Change for AwaitArrival {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:DescribeImageReplicationStatus"]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        Vec::new()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let here = job.here().await?;
        let id = ImageId { digest: Some(self.digest.clone()), tag: None };
        let label = |to: &RegistryId| place(job.app, &RegistryKey::of(here.key.space, to));
        let (begun, mut ended) = (Instant::now(), BTreeMap::<RegistryId, Result<Duration, String>>::new());
        let mut heard = false;
        loop {
            // A read that fails for a moment must not leave the repositories behind.
            let statuses = match here.client.replication_status(&self.name, &id).await {
                Ok(statuses) => statuses,
                Err(error) if error.is_retryable() && begun.elapsed() < PATIENCE => Vec::new(),
                Err(error) => return Err(error.into()),
            };
            heard |= !statuses.is_empty();
            for status in statuses {
                let end = match status.state {
                    ReplicationState::Complete => Ok(begun.elapsed()),
                    ReplicationState::Failed => {
                        Err(status.failure_code.unwrap_or_else(|| "ECR gave no reason".into()))
                    }
                    _ => continue,
                };
                ended.entry(status.destination).or_insert(end);
            }
            let missing = self.destinations.iter().filter(|to| !ended.contains_key(to)).count();
            let silent = !heard && begun.elapsed() > BEGIN;
            if missing == 0 || begun.elapsed() > PATIENCE || silent {
                break;
            }
            job.say(format!("waiting for {missing} of {} destinations", self.destinations.len()));
            tokio::time::sleep(if begun.elapsed() < FIRST { LOOK } else { LATER }).await;
        }
        let unproven = self.unproven(job, &here.key).await?;
        let (mut arrived, mut failed) = (Vec::new(), Vec::new());
        for to in &self.destinations {
            match ended.get(to) {
                Some(Ok(_)) if unproven.contains(to) => {
                    failed.push(format!("{}: ECR reports it complete, but the tag is not there", label(to)));
                }
                Some(Ok(time)) => arrived.push(format!("{} after {:.1} s", label(to), time.as_secs_f64())),
                Some(Err(code)) => failed.push(format!("{}: {code}", label(to))),
                None => failed.push(format!("{}: ECR did not say that it arrived", label(to))),
            }
        }
        Ok(match (failed.is_empty(), arrived.is_empty()) {
            (true, _) => Outcome::Done(format!("arrived in {}", arrived.join(", "))),
            (false, true) => Outcome::Skipped(format!("did not arrive in {}", failed.join("; "))),
            (false, false) => Outcome::Skipped(format!(
                "arrived in {}; did not arrive in {}",
                arrived.join(", "),
                failed.join("; ")
            )),
        })
    }
}

impl AwaitArrival {
    /// Destinations that can be asked, and where the tag does not point at the image.
    async fn unproven(&self, job: &Job<'_>, source: &RegistryKey) -> Result<Vec<RegistryId>, ApiError> {
        let repository = RepositoryKey { registry: source.clone(), repository: self.name.to_string() };
        let asked = GetArrivals { repository, tag: Some(self.tag.to_string()), digest: None, limit: 1 };
        let images = job.app.arrivals(asked).await?.images;
        let arrivals = images.into_iter().flat_map(|image| image.destinations);
        let wrong = arrivals.filter(|arrival| arrival.done == Some(false));
        Ok(wrong.map(|arrival| arrival.destination.id()).collect())
    }
}

/// Removes a repository that the test made, with all that is in it: ECR may have signed the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RemoveTest {
    pub(super) name: RepositoryName,
}

#[typetag::serde(name = "removeTest")]
#[async_trait]
impl Change for RemoveTest {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:BatchDeleteImage", "ecr:DescribeRepositories", "ecr:DeleteRepository"]
    }

    fn is_destructive(&self) -> bool {
        true
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        ["BatchDeleteImage", "DeleteRepository"]
            .map(|operation| ListedWrite::at(operation, here, Some(&self.name)))
            .into()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let here = job.here().await?;
        let images = match here.client.images(&self.name, ImageScope::Any).await {
            Ok(images) => images,
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {
                return Ok(Outcome::Skipped(ALREADY_GONE.into()));
            }
            Err(error) => return Err(error.into()),
        };
        let ids: Vec<ImageId> =
            images.into_iter().map(|image| ImageId { digest: Some(image.digest), tag: None }).collect();
        here.client.batch_delete_image(&self.name, &ids).await?;
        here.client.delete_repository(&self.name, false).await?;
        job.forget_repository(&here.key, &self.name).await;
        job.app.registry_changed(&here.key).await;
        Ok(Outcome::Done("removed".into()))
    }
}

/// Says whether the rule works, after everything was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Verdict {
    /// The index of the step that waited.
    pub(super) step: usize,
}

#[typetag::serde(name = "testVerdict")]
#[async_trait]
impl Change for Verdict {
    fn permissions(&self) -> &'static [&'static str] {
        &[]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        Vec::new()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let view = job.live.view();
        let waited = view.steps.get(self.step);
        let text = waited.and_then(|step| step.result.clone()).unwrap_or_default();
        match waited.map(|step| step.state) {
            Some(RunState::Done) => Ok(Outcome::Done(format!("the image {text}"))),
            _ => {
                let text = format!("The test image {text}.");
                Err(ApiError::new("rule-test-failed", Side::Destination, text))
            }
        }
    }
}

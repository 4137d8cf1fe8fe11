//! Steps of a test: waiting for the image, and the verdict once everything is removed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use longshore_ecr::{ImageId, ReplicationState};
use longshore_names::{Digest, RegistryId, RepositoryName, Tag};
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, GetArrivals, RegistryKey, RepositoryKey, RunState, Side, Space},
    plans::place,
    steps::{Change, Job, Outcome},
};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);
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
        loop {
            for status in here.client.replication_status(&self.name, &id).await? {
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
            let silent = ended.is_empty() && begun.elapsed() > BEGIN;
            if missing == 0 || begun.elapsed() > PATIENCE || silent {
                break;
            }
            job.say(format!("waiting for {missing} of {} destinations", self.destinations.len()));
            tokio::time::sleep(LOOK).await;
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
        let asked = GetArrivals { repository, tag: Some(self.tag.to_string()), limit: 1 };
        let images = job.app.arrivals(asked).await?.images;
        let arrivals = images.into_iter().flat_map(|image| image.destinations);
        let wrong = arrivals.filter(|arrival| arrival.done == Some(false));
        wrong.map(|arrival| arrival.destination.id()).collect()
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
            Some(RunState::Done) => Ok(Outcome::Done(format!("the rule works: the image {text}"))),
            _ => {
                let text = format!("The test image {text}.");
                Err(ApiError::new("rule-test-failed", Side::Destination, text)
                    .hint("Check the readiness of the rule; it names the cause and a fix."))
            }
        }
    }
}

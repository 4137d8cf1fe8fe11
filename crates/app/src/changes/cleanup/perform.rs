//! Clean-up steps on images that a rule replicated.

use std::{collections::HashSet, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageId, ImageScope, ReplicationState};
use longshore_names::{Digest, RepositoryName};

use serde::{Deserialize, Serialize};

use crate::{
    access::Connection,
    api::{ApiError, RegistryKey, Space},
    changes::{
        images::{self, Doomed, deletions},
        repositories::{ALREADY_GONE, gone},
    },
    made::{self, Made},
    plans::counted,
    steps::{Change, Job, ListedWrite, Outcome, Rewrite},
};

/// Waits until no image of these repositories is IN_PROGRESS.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WaitForReplication {
    pub(crate) names: Vec<RepositoryName>,
}

#[typetag::serde(name = "waitForReplication")]
#[async_trait]
impl Change for WaitForReplication {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:DescribeImageReplicationStatus"]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        Vec::new()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        wait(job, &job.here().await?.client, &self.names).await
    }
}

/// Deletes these images, then the repository if nothing else is in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClearReplicas {
    pub(crate) name: RepositoryName,
    pub(crate) images: Vec<Doomed>,
}

#[typetag::serde(name = "clearReplicas")]
#[async_trait]
impl Change for ClearReplicas {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:BatchDeleteImage", "ecr:DeleteRepository"]
    }

    fn is_destructive(&self) -> bool {
        true
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let mut writes = deletions(here, &self.name, &self.images);
        writes.push(ListedWrite::at("DeleteRepository", here, Some(&self.name)));
        writes
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        vec![gone(&self.name)]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        clear(job, &job.here().await?, self).await
    }
}

/// Concurrent calls.
const AT_ONCE: usize = 16;
/// ECR replicates most images within 30 minutes; older ones are not checked.
const RECENT: TimeDelta = TimeDelta::hours(24);
/// The interval between two checks of replications in progress.
const AGAIN: Duration = Duration::from_millis(500);

/// Waits until no recent image of these repositories is IN_PROGRESS.
async fn wait(job: &Job<'_>, client: &EcrClient, names: &[RepositoryName]) -> Result<Outcome, ApiError> {
    let since = job.app.now() - RECENT;
    // Owned, so that the futures hold no borrow of an item and can move between threads.
    let lists: Vec<Vec<Image>> = stream::iter(names.to_vec())
        .map(|name| recent(client, name, since))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let asked = lists.into_iter().flatten().collect();
    let first = under_way(client, asked).await?;
    let waited = first.len();
    let mut left = first;
    while !left.is_empty() {
        job.say(format!("waiting for {} in progress", counted(left.len(), "image")));
        tokio::time::sleep(AGAIN).await;
        left = under_way(client, left).await?;
    }
    Ok(match waited {
        0 => Outcome::Skipped("no image is in progress: nothing to do".into()),
        1 => Outcome::Done("1 image was in progress and has arrived or failed".into()),
        count => Outcome::Done(format!("{count} images were in progress and have arrived or failed")),
    })
}

type Image = (RepositoryName, Digest);

/// Images of a repository that were pushed after `since`.
async fn recent(
    client: &EcrClient,
    name: RepositoryName,
    since: DateTime<Utc>,
) -> Result<Vec<Image>, ApiError> {
    match client.images(&name, ImageScope::Active).await {
        Ok(images) => {
            let recent = images.into_iter().filter(|image| image.pushed_at.is_none_or(|at| at > since));
            Ok(recent.map(|image| (name.clone(), image.digest)).collect())
        }
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Those of `images` that have a replication in progress.
async fn under_way(client: &EcrClient, images: Vec<Image>) -> Result<Vec<Image>, ApiError> {
    let ask = |image: Image| async move {
        let id = ImageId { digest: Some(image.1.clone()), tag: None };
        match client.replication_status(&image.0, &id).await {
            Ok(statuses) => {
                let moves = statuses.iter().any(|status| status.state == ReplicationState::InProgress);
                Ok(moves.then_some(image))
            }
            Err(
                EcrError { kind: EcrErrorKind::ImageNotFound, .. }
                | EcrError { kind: EcrErrorKind::RepositoryNotFound, .. },
            ) => Ok(None),
            Err(error) => Err(ApiError::from(error)),
        }
    };
    let answers = stream::iter(images).map(ask).buffer_unordered(AT_ONCE);
    answers.try_filter_map(|image| async { Ok(image) }).try_collect().await
}

/// Deletes the images that the rule replicated; also the repository when nothing else is in it.
async fn clear(
    job: &Job<'_>,
    at: &Connection,
    ClearReplicas { name, images }: &ClearReplicas,
) -> Result<Outcome, ApiError> {
    let client = &at.client;
    let there = match client.images(name, ImageScope::Any).await {
        Ok(there) => there,
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {
            return Ok(Outcome::Skipped(ALREADY_GONE.into()));
        }
        Err(error) => return Err(error.into()),
    };
    let replicated: HashSet<_> = images.iter().map(|image| &image.digest).collect();
    let staying = there.iter().filter(|image| !replicated.contains(&image.digest)).count();
    let gone = images::remove(client, name, images).await;
    if gone.is_err() || staying > 0 {
        job.app.repository_changed(&at.key, name).await;
    }
    let gone = gone?;
    let replicas = images.iter().map(|image| made::replica(name, &image.digest)).collect();
    job.forget(&at.key, Made::Replica, replicas).await;
    if staying > 0 {
        let text = format!("{} deleted; {staying} and the repository kept", counted(gone, "image"));
        return Ok(if gone == 0 { Outcome::Skipped(text) } else { Outcome::Done(text) });
    }
    // Without force: an image that arrives now protects its repository.
    match client.delete_repository(name, false).await {
        Ok(()) | Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {}
        Err(error) => return Err(error.into()),
    }
    job.forget_repository(&at.key, name).await;
    job.app.registry_changed(&at.key).await;
    Ok(Outcome::Done(format!("{} and the repository deleted", counted(gone, "image"))))
}

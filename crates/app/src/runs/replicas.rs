//! Steps of clean-up on images that came by a rule.

use std::{collections::HashSet, time::Duration};

use chrono::TimeDelta;
use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrClient, EcrError, ImageId, ImageScope, ReplicationState};
use longshore_names::{Digest, RepositoryName};

use super::{
    Job, Made,
    live::Outcome,
    repositories::{ALREADY_GONE, forget, remove},
};
use crate::api::ApiError;

/// Calls for replication status at the same time.
const AT_ONCE: usize = 8;
/// ECR replicates most images within 30 minutes; older ones are not asked for.
const RECENT: TimeDelta = TimeDelta::hours(24);
/// Between two looks at what is still on its way.
const AGAIN: Duration = Duration::from_millis(500);

/// Waits until no recent image of these repositories is IN_PROGRESS.
pub(super) async fn wait(
    job: &Job<'_>,
    client: &EcrClient,
    names: &[RepositoryName],
) -> Result<Outcome, ApiError> {
    let mut asked = Vec::new();
    for name in names {
        let images = match client.images(name, ImageScope::Active).await {
            Ok(images) => images,
            Err(EcrError::RepositoryNotFound { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let since = job.app.now() - RECENT;
        let recent = images.into_iter().filter(|image| image.pushed_at.is_none_or(|at| at > since));
        asked.extend(recent.map(|image| (name.clone(), image.digest)));
    }
    let first = under_way(client, asked).await?;
    let waited = first.len();
    let mut left = first;
    while !left.is_empty() {
        let count = left.len();
        job.say(format!("waits for {count} images that are IN_PROGRESS"));
        tokio::time::sleep(AGAIN).await;
        left = under_way(client, left).await?;
    }
    Ok(match waited {
        0 => Outcome::Skipped("nothing is IN_PROGRESS: nothing to do".into()),
        1 => Outcome::Done("1 image was IN_PROGRESS and has arrived or failed".into()),
        count => Outcome::Done(format!("{count} images were IN_PROGRESS and have arrived or failed")),
    })
}

type Image = (RepositoryName, Digest);

/// Those of `images` of which a replication is on its way.
async fn under_way(client: &EcrClient, images: Vec<Image>) -> Result<Vec<Image>, ApiError> {
    let ask = |image: Image| async move {
        let id = ImageId { digest: Some(image.1.clone()), tag: None };
        match client.replication_status(&image.0, &id).await {
            Ok(statuses) => {
                let moves = statuses.iter().any(|status| status.state == ReplicationState::InProgress);
                Ok(moves.then_some(image))
            }
            Err(EcrError::ImageNotFound { .. } | EcrError::RepositoryNotFound { .. }) => Ok(None),
            Err(error) => Err(ApiError::from(error)),
        }
    };
    let answers = stream::iter(images).map(ask).buffer_unordered(AT_ONCE);
    answers.try_filter_map(|image| async { Ok(image) }).try_collect().await
}

/// Deletes the images that came by the rule; the repository too when nothing else is in it.
pub(super) async fn clear(
    job: &Job<'_>,
    client: &EcrClient,
    name: &RepositoryName,
    images: &[Digest],
) -> Result<Outcome, ApiError> {
    let there = match client.images(name, ImageScope::Any).await {
        Ok(there) => there,
        Err(EcrError::RepositoryNotFound { .. }) => return Ok(Outcome::Skipped(ALREADY_GONE.into())),
        Err(error) => return Err(error.into()),
    };
    let came: HashSet<_> = images.iter().collect();
    let (going, staying): (Vec<_>, Vec<_>) =
        there.into_iter().partition(|image| came.contains(&image.digest));
    let ids: Vec<_> =
        going.iter().map(|image| ImageId { digest: Some(image.digest.clone()), tag: None }).collect();
    let gone = remove(client, name, &ids).await;
    if gone.is_err() || !staying.is_empty() {
        job.app.repository_changed(&job.context.registry, name).await;
    }
    let gone = gone?;
    let replicas = images.iter().map(|digest| format!("{name}@{digest}")).collect();
    forget(job, Made::Replica, replicas).await;
    if !staying.is_empty() {
        let text =
            format!("{gone} images deleted; {} others stay, and so does the repository", staying.len());
        return Ok(if gone == 0 { Outcome::Skipped(text) } else { Outcome::Done(text) });
    }
    // Without force: an image that arrives just now keeps its repository.
    match client.delete_repository(name, false).await {
        Ok(()) | Err(EcrError::RepositoryNotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    forget(job, Made::Repository, vec![name.to_string()]).await;
    job.app.registry_changed(&job.context.registry).await;
    Ok(Outcome::Done(format!("{gone} images deleted, then the repository")))
}

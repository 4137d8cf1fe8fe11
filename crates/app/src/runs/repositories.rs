//! Steps on repositories and the images in them.

use std::collections::{HashMap, HashSet};

use longshore_ecr::{
    BLOB_MOUNTING, EcrClient, EcrError, ImageFailureCode, ImageId, ImageScope, RepositorySettings,
    TagMutability,
};
use longshore_names::{Digest, RepositoryName, Tag};

use super::{Job, Made, live::Outcome, store};
use crate::api::{ApiError, Side};

pub(super) const ALREADY_THERE: &str = "already there: nothing to do";
pub(super) const ALREADY_GONE: &str = "already gone: nothing to do";

pub(super) async fn create(
    job: &Job<'_>,
    client: &EcrClient,
    name: &RepositoryName,
    settings: &RepositorySettings,
) -> Result<Outcome, ApiError> {
    let created = match client.create_repository(name, settings).await {
        Ok(repository) => repository,
        Err(EcrError::RepositoryAlreadyExists { .. }) => return Ok(Outcome::Skipped(ALREADY_THERE.into())),
        Err(error) => return Err(error.into()),
    };
    remember(job, Made::Repository, vec![name.to_string()]).await;
    job.app.registry_changed(&job.context.registry).await;
    Ok(Outcome::Done(format!("created {}", created.uri)))
}

/// Deletes a repository with the images that the person was shown.
pub(super) async fn delete(
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
    let known: HashSet<_> = images.iter().collect();
    let new = there.iter().filter(|image| !known.contains(&image.digest)).count();
    if new > 0 {
        let text = format!("`{name}` has {new} images that were not there when this was planned.");
        return Err(ApiError::new("changed-elsewhere", Side::Destination, text)
            .hint("Nothing was deleted. Look at the images and plan it again."));
    }
    match client.delete_repository(name, !there.is_empty()).await {
        Ok(()) | Err(EcrError::RepositoryNotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    forget(job, Made::Repository, vec![name.to_string()]).await;
    job.app.registry_changed(&job.context.registry).await;
    Ok(Outcome::Done(match there.len() {
        0 => "deleted; it was empty".into(),
        1 => "deleted with 1 image".into(),
        count => format!("deleted with {count} images"),
    }))
}

pub(super) async fn delete_images(
    job: &Job<'_>,
    client: &EcrClient,
    name: &RepositoryName,
    images: &[ImageId],
) -> Result<Outcome, ApiError> {
    tags_stayed(client, name, images).await?;
    // ECR removes the tag that is named; digest and tag together would name the whole image.
    let ids: Vec<_> = images
        .iter()
        .map(|image| match &image.tag {
            Some(tag) => ImageId { digest: None, tag: Some(tag.clone()) },
            None => image.clone(),
        })
        .collect();
    let gone = remove(client, name, &ids).await;
    job.app.repository_changed(&job.context.registry, name).await;
    Ok(match gone? {
        0 => Outcome::Skipped(ALREADY_GONE.into()),
        1 => Outcome::Done("1 deleted".into()),
        count => Outcome::Done(format!("{count} deleted")),
    })
}

/// A tag that somebody moved to another image since it was shown is not deleted: with it that
/// other image could go.
async fn tags_stayed(client: &EcrClient, name: &RepositoryName, images: &[ImageId]) -> Result<(), ApiError> {
    let shown: HashMap<_, _> =
        images.iter().filter_map(|image| Some((image.tag.as_ref()?, image.digest.as_ref()?))).collect();
    if shown.is_empty() {
        return Ok(());
    }
    let there = match client.images(name, ImageScope::Any).await {
        Ok(there) => there,
        Err(EcrError::RepositoryNotFound { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for image in &there {
        let moved = |tag: &&Tag| shown.get(*tag).is_some_and(|digest| **digest != image.digest);
        if let Some(tag) = image.tags.iter().find(moved) {
            let text = format!("`{name}:{tag}` was moved to {} in the meantime.", image.digest.short());
            return Err(ApiError::new("changed-elsewhere", Side::Destination, text)
                .hint("Nothing was deleted. Look at the tag and plan it again."));
        }
    }
    Ok(())
}

/// Deletes images or tags; what is gone already counts as nothing. An index goes before its
/// children, whatever order they come in.
pub(super) async fn remove(
    client: &EcrClient,
    name: &RepositoryName,
    images: &[ImageId],
) -> Result<usize, ApiError> {
    let mut left = images.to_vec();
    let mut gone = 0;
    while !left.is_empty() {
        let deletion = match client.batch_delete_image(name, &left).await {
            Ok(deletion) => deletion,
            Err(EcrError::RepositoryNotFound { .. }) => return Ok(gone),
            Err(error) => return Err(error.into()),
        };
        gone += left.len() - deletion.failures.len().min(left.len());
        let mut waiting = Vec::new();
        for failure in deletion.failures {
            match failure.code {
                ImageFailureCode::NotFound => {}
                ImageFailureCode::ReferencedByIndex => waiting.push(failure),
                _ => {
                    let text = format!("An image of `{name}` could not be deleted: {}", failure.reason);
                    return Err(ApiError::new("image-not-deleted", Side::Destination, text));
                }
            }
        }
        if waiting.len() == left.len() {
            let text = format!("{} images of `{name}` belong to an index that stays.", waiting.len());
            return Err(ApiError::new("image-in-index", Side::Destination, text)
                .hint("Delete the index that names them first."));
        }
        left = waiting.into_iter().map(|failure| failure.id).collect();
    }
    Ok(gone)
}

pub(super) async fn set_mutability(
    job: &Job<'_>,
    client: &EcrClient,
    name: &RepositoryName,
    before: &TagMutability,
    after: &TagMutability,
) -> Result<Outcome, ApiError> {
    let Some(now) = client.repository(name).await? else {
        let text = format!("`{name}` is no longer there.");
        return Err(ApiError::new("changed-elsewhere", Side::Destination, text).hint("Refresh the list."));
    };
    if now.tag_mutability == *after {
        return Ok(Outcome::Skipped("already so: nothing to do".into()));
    }
    if now.tag_mutability != *before {
        let text = format!("The tag mutability of `{name}` was changed elsewhere in the meantime.");
        return Err(ApiError::new("changed-elsewhere", Side::Destination, text)
            .hint("Nothing was changed. Look at it and plan again."));
    }
    client.put_tag_mutability(name, after).await?;
    job.app.registry_changed(&job.context.registry).await;
    Ok(Outcome::Done("changed".into()))
}

pub(super) async fn set_blob_mounting(client: &EcrClient, enabled: bool) -> Result<Outcome, ApiError> {
    if client.blob_mounting().await? == enabled {
        return Ok(Outcome::Skipped("already so: nothing to do".into()));
    }
    client.put_account_setting(BLOB_MOUNTING, if enabled { "ENABLED" } else { "DISABLED" }).await?;
    Ok(Outcome::Done(if enabled { "turned on".into() } else { "turned off".into() }))
}

/// Remembers what was made. It only decides what is chosen at first in clean-up, so a failure is
/// no failure of the step.
pub(super) async fn remember(job: &Job<'_>, kind: Made, names: Vec<String>) {
    let (run, registry) = (job.run.to_owned(), job.context.registry.clone());
    let written = job.app.db.write(move |tx| Ok(store::put_made(tx, &run, kind, &registry, &names)?)).await;
    if let Err(error) = written {
        tracing::warn!(code = error.code, "what was made could not be remembered");
    }
}

pub(super) async fn forget(job: &Job<'_>, kind: Made, names: Vec<String>) {
    let registry = job.context.registry.clone();
    let written = job.app.db.write(move |tx| Ok(store::remove_made(tx, kind, &registry, &names)?)).await;
    if let Err(error) = written {
        tracing::warn!(code = error.code, "what was removed could not be forgotten");
    }
}

//! Steps on repositories and settings of a registry.

use std::collections::HashSet;

use longshore_ecr::{BLOB_MOUNTING, EcrClient, EcrError, ImageScope, RepositorySettings, TagMutability};
use longshore_names::{Digest, RepositoryName};

use super::{Job, live::Outcome};
use crate::{
    api::{ApiError, Side},
    made::Made,
};

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
    job.remember(Made::Repository, vec![name.to_string()]).await;
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
    job.forget_repository(name).await;
    job.app.registry_changed(&job.context.registry).await;
    Ok(Outcome::Done(match there.len() {
        0 => "deleted; it was empty".into(),
        1 => "deleted with 1 image".into(),
        count => format!("deleted with {count} images"),
    }))
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

//! What is in the repositories that a rule takes, and which of their images failed.

use std::cmp::Reverse;

use longshore_ecr::{
    EcrClient, EcrError, EcrErrorKind, ImageDetail, ImageId, ImageScope, ReplicationState, Repository,
};
use longshore_names::RepositoryName;
use longshore_policy::{
    readiness::Failure,
    replication::{RuleDraft, matching_filter},
};

use crate::api::ApiError;

/// What is in a repository.
#[derive(Clone)]
pub(super) struct Contents {
    /// Not read at the source, where nothing arrives.
    pub(super) policy: Option<Result<Option<String>, ApiError>>,
    /// The newest first.
    pub(super) images: Result<Vec<ImageDetail>, ApiError>,
}

/// The repositories that a rule takes.
pub(super) fn taken<'r>(all: &'r [Repository], rule: &RuleDraft) -> impl Iterator<Item = &'r Repository> {
    all.iter().filter(|one| matching_filter(&rule.filters, &one.name).is_some())
}

/// Reads a repository.
pub(super) async fn contents(client: &EcrClient, name: &RepositoryName, is_source: bool) -> Contents {
    let policy = match is_source {
        true => None,
        false => Some(client.repository_policy(name).await.map_err(ApiError::from)),
    };
    let images = client.images(name, ImageScope::Active).await.map_err(ApiError::from);
    let newest_first = |mut images: Vec<ImageDetail>| {
        images.sort_by_key(|image| Reverse(image.pushed_at));
        images
    };
    Contents { policy, images: images.map(newest_first) }
}

/// Where an image did not arrive.
pub(super) async fn failures_of(
    client: EcrClient,
    repository: RepositoryName,
    image: ImageDetail,
) -> Result<Vec<Failure>, ApiError> {
    let id = ImageId { digest: Some(image.digest.clone()), tag: None };
    let statuses = match client.replication_status(&repository, &id).await {
        Ok(statuses) => statuses,
        Err(EcrError { kind: EcrErrorKind::ImageNotFound, .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let failed = statuses.into_iter().filter(|status| status.state == ReplicationState::Failed);
    let failure = |status: longshore_ecr::ReplicationStatus| Failure {
        repository: repository.clone(),
        digest: image.digest.to_string(),
        tag: image.tags.first().map(ToString::to_string),
        destination: status.destination,
        code: status.failure_code,
    };
    Ok(failed.map(failure).collect())
}

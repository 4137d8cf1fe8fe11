//! Deletes a batch of images, as they were shown.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageDetail, ImageFailureCode, ImageId, ImageStatus};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_policy::deletion::Planned;
use longshore_registry::media_types;
use serde::{Deserialize, Serialize};

use super::again::{Found, changed, look};
use crate::{
    api::{ApiError, RegistryKey, Side, Space},
    changes::{images::deletions_of, losses::accounts, repositories::ALREADY_GONE},
    plans::counted,
    steps::{Change, Job, ListedWrite, Outcome},
};

/// An image as it was when its deletion was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedImage {
    pub(crate) digest: Digest,
    pub(crate) tags: Vec<Tag>,
    /// Its last pull; absent if the rules do not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pulled: Option<Option<DateTime<Utc>>>,
}

impl PlannedImage {
    pub(super) fn planned(&self) -> Planned {
        Planned {
            digest: self.digest.to_string(),
            tags: self.tags.iter().map(ToString::to_string).collect(),
            pulled: self.pulled,
        }
    }
}

/// At most 100 images of a repository, as they were shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) name: RepositoryName,
    pub(crate) images: Vec<PlannedImage>,
    /// Images of later batches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) later: Vec<Digest>,
    /// Where a rule replicates the deletion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<RegistryKey>,
}

/// Deletes images by digest. What changed since the plan stays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeleteBatch(pub(crate) Batch);

/// Moves images to the archive. What changed since the plan stays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ArchiveBatch(pub(crate) Batch);

#[typetag::serde(name = "deleteBatch")]
#[async_trait]
impl Change for DeleteBatch {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:BatchGetImage", "ecr:BatchDeleteImage"]
    }

    fn is_destructive(&self) -> bool {
        true
    }

    fn alters(&self, here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        accounts(here.map(std::slice::from_ref).unwrap_or_default()).chain(accounts(&self.0.also)).collect()
    }

    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter().chain(&self.0.also).cloned().collect()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let Batch { name, images, .. } = &self.0;
        images.iter().flat_map(|image| deletions_of(here, name, &image.digest, &image.tags)).collect()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        perform(job, &self.0, false).await
    }
}

#[typetag::serde(name = "archiveBatch")]
#[async_trait]
impl Change for ArchiveBatch {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:BatchGetImage", "ecr:UpdateImageStorageClass"]
    }

    fn is_destructive(&self) -> bool {
        true
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let Batch { name, images, .. } = &self.0;
        let one = |image: &PlannedImage| {
            ListedWrite::at("UpdateImageStorageClass", here, Some(name)).of(&image.digest)
        };
        images.iter().map(one).collect()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        perform(job, &self.0, true).await
    }
}

async fn perform(job: &Job<'_>, batch: &Batch, archive: bool) -> Result<Outcome, ApiError> {
    let at = job.here().await?;
    let name = &batch.name;
    let found = look(job.app, &at, name, &batch.images, &batch.later).await?;
    let Some(Found { mut going, mut stops }) = found else {
        return Ok(Outcome::Skipped(ALREADY_GONE.into()));
    };
    if archive {
        going.retain(|image| image.status == ImageStatus::Active);
    }
    let done = match archive {
        true => move_to_archive(&at.client, name, &going, &mut stops).await,
        false => delete(&at.client, name, &going, &mut stops).await,
    };
    job.app.repository_changed(&at.key, name).await;
    let (done, verb) = (done?, if archive { "archived" } else { "deleted" });
    let images = counted(done, "image");
    match (stops.is_empty(), done) {
        (false, _) => {
            let were = if done == 1 { "was" } else { "were" };
            Err(changed(name, &stops, &format!("{images} {were} {verb}.")))
        }
        (true, 0) => {
            Ok(Outcome::Skipped(if archive { "they are in the archive".into() } else { ALREADY_GONE.into() }))
        }
        (true, _) => Ok(Outcome::Done(format!("{images} {verb}"))),
    }
}

/// Moves images to the archive one by one; ECR has no request for several. What it refuses is added to `stops`.
async fn move_to_archive(
    client: &EcrClient,
    name: &RepositoryName,
    going: &[ImageDetail],
    stops: &mut BTreeMap<String, String>,
) -> Result<usize, ApiError> {
    let mut moved = 0;
    for image in going {
        match client.archive_image(name, &image.digest).await {
            Ok(()) => moved += 1,
            Err(EcrError { kind: EcrErrorKind::ImageNotFound, .. }) => {}
            // The first refusal of a kind that holds for all ends the step.
            Err(error) if moved == 0 && stops.is_empty() => return Err(error.into()),
            Err(error) => {
                stops.insert(image.digest.to_string(), ApiError::from(error).message);
            }
        }
    }
    Ok(moved)
}

/// Deletes images by digest, indexes before what they list. What ECR refuses to delete is added to `stops`.
/// Returns the number of deleted images.
async fn delete(
    client: &EcrClient,
    name: &RepositoryName,
    going: &[ImageDetail],
    stops: &mut BTreeMap<String, String>,
) -> Result<usize, ApiError> {
    let is_index = |image: &&ImageDetail| image.media_type.as_deref().is_some_and(media_types::is_index);
    let (indexes, others): (Vec<_>, Vec<_>) = going.iter().partition(is_index);
    let mut deleted = 0;
    for part in [indexes, others] {
        let ids: Vec<ImageId> =
            part.iter().map(|image| ImageId { digest: Some(image.digest.clone()), tag: None }).collect();
        if ids.is_empty() {
            continue;
        }
        let answer = match client.batch_delete_image(name, &ids).await {
            Ok(answer) => answer,
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => return Ok(deleted),
            Err(error) if deleted == 0 => return Err(error.into()),
            Err(error) => {
                let error = ApiError::from(error);
                let text = format!("{} {deleted} of the batch were deleted before.", error.message);
                return Err(ApiError { message: text, ..error });
            }
        };
        let mut failed = 0;
        for failure in answer.failures {
            failed += 1;
            let why = match failure.code {
                ImageFailureCode::NotFound => continue,
                ImageFailureCode::ReferencedByIndex => "an index lists it".to_owned(),
                _ => format!("ECR says: {}", longshore_names::shown(&failure.reason, 200)),
            };
            let digest = failure.id.digest.ok_or_else(|| {
                ApiError::new(
                    "image-not-deleted",
                    Side::Destination,
                    format!("An image of `{name}` could not be deleted: {why}."),
                )
            })?;
            stops.insert(digest.to_string(), why);
        }
        deleted += ids.len() - failed.min(ids.len());
    }
    Ok(deleted)
}

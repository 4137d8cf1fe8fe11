//! Deletes images and tags as they were shown, and nothing that was added since.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageDetail, ImageFailureCode, ImageId, ImageScope};
use longshore_names::{Digest, RepositoryName, Tag};
use serde::{Deserialize, Serialize};

use crate::{
    access::Connection,
    api::{ApiError, RegistryKey, Side, Space},
    changes::{losses::accounts, repositories::ALREADY_GONE},
    plans::counted,
    steps::{Change, Job, ListedWrite, Outcome},
};

/// An image that is deleted with all its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doomed {
    pub(crate) digest: Digest,
    /// The tags that were shown to the person; any other tag refuses the deletion.
    pub(crate) tags: Vec<Tag>,
}

/// A tag that is deleted; its image stays as long as another tag is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DoomedTag {
    pub(crate) tag: Tag,
    pub(crate) digest: Digest,
}

/// Deletes whole images, and single tags that are still at their digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeleteImages {
    pub(crate) name: RepositoryName,
    pub(crate) images: Vec<Doomed>,
    pub(crate) tags: Vec<DoomedTag>,
    /// Where a rule replicates the deletion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<RegistryKey>,
}

#[typetag::serde(name = "deleteImages")]
#[async_trait]
impl Change for DeleteImages {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:BatchDeleteImage"]
    }

    fn is_destructive(&self) -> bool {
        true
    }

    fn alters(&self, here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        accounts(here.map(std::slice::from_ref).unwrap_or_default()).chain(accounts(&self.also)).collect()
    }

    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter().chain(&self.also).cloned().collect()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let single = |one: &DoomedTag| {
            ListedWrite::at("BatchDeleteImage", here, Some(&self.name)).of(&one.digest).tagged(Some(&one.tag))
        };
        let mut writes = deletions(here, &self.name, &self.images);
        writes.extend(self.tags.iter().map(single));
        writes
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        delete_images(job, &job.here().await?, self).await
    }
}

/// The deletion of whole images, by digest or by one of the tags that were shown.
pub(crate) fn deletions(here: &RegistryKey, name: &RepositoryName, images: &[Doomed]) -> Vec<ListedWrite> {
    images.iter().flat_map(|image| deletions_of(here, name, &image.digest, &image.tags)).collect()
}

/// The deletion of one whole image.
pub(crate) fn deletions_of(
    here: &RegistryKey,
    name: &RepositoryName,
    digest: &Digest,
    tags: &[Tag],
) -> Vec<ListedWrite> {
    let of = ListedWrite::at("BatchDeleteImage", here, Some(name)).of(digest);
    tags.iter().map(Some).chain([None]).map(|tag| of.clone().tagged(tag)).collect()
}

/// The tags of every image of a repository; `None` when the repository no longer exists.
type There = BTreeMap<Digest, BTreeSet<Tag>>;

async fn delete_images(
    job: &Job<'_>,
    at: &Connection,
    DeleteImages { name, images, tags, .. }: &DeleteImages,
) -> Result<Outcome, ApiError> {
    let gone = both(&at.client, name, images, tags).await;
    job.app.repository_changed(&at.key, name).await;
    Ok(match gone? {
        0 => Outcome::Skipped(ALREADY_GONE.into()),
        1 => Outcome::Done("1 deleted".into()),
        count => Outcome::Done(format!("{count} deleted")),
    })
}

async fn both(
    client: &EcrClient,
    name: &RepositoryName,
    images: &[Doomed],
    tags: &[DoomedTag],
) -> Result<usize, ApiError> {
    let now = there(client, name).await?;
    still_shown(name, &now, images)?;
    let mut going = Vec::new();
    for known in tags {
        let holder = now.iter().find(|(_, tags)| tags.contains(&known.tag)).map(|(digest, _)| digest);
        match holder {
            // With this tag, the other image could be deleted.
            Some(other) if *other != known.digest => {
                let text = format!("`{name}:{}` was moved to {} in the meantime.", known.tag, other.short());
                return Err(changed(text, "Nothing was deleted. Check the tag and plan again."));
            }
            Some(_) => going.push(tagged(&known.tag)),
            None => {}
        }
    }
    let untagged = if going.is_empty() { 0 } else { delete(client, name, &going).await?.gone };
    Ok(untagged + remove(client, name, images).await?)
}

/// Deletes whole images by digest; missing images are ignored. Returns the number of deletions.
///
/// By digest, because a tag may have moved to another image since the images were listed. A tag
/// that was not shown and exists now protects its image, and fails the deletion.
pub(crate) async fn remove(
    client: &EcrClient,
    name: &RepositoryName,
    images: &[Doomed],
) -> Result<usize, ApiError> {
    let (mut first, mut barren) = (None, false);
    loop {
        let listed = listed(client, name).await?;
        let there = tags_of(&listed);
        let present: Vec<_> = listed
            .into_iter()
            .filter(|image| images.iter().any(|known| known.digest == image.digest))
            .collect();
        let before = *first.get_or_insert(present.len());
        if present.is_empty() {
            return Ok(before);
        }
        still_shown(name, &there, images)?;
        let gone = delete_by_digest(client, name, &present).await?;
        if gone == 0 && std::mem::replace(&mut barren, true) {
            return Err(not_found(name));
        }
    }
}

pub(crate) fn not_found(name: &RepositoryName) -> ApiError {
    let text = format!("ECR lists images of `{name}` but cannot find them to delete.");
    ApiError::new("image-not-deleted", Side::Destination, text)
}

/// Deletes these images by digest, indexes before the images that they list, and returns the number
/// of deletions.
pub(crate) async fn delete_by_digest(
    client: &EcrClient,
    name: &RepositoryName,
    images: &[ImageDetail],
) -> Result<usize, ApiError> {
    let is_index = |image: &&ImageDetail| {
        image.media_type.as_deref().is_some_and(longshore_registry::media_types::is_index)
    };
    let (indexes, others): (Vec<_>, Vec<_>) = images.iter().partition(is_index);
    let (mut gone, mut in_index) = (0, 0);
    for part in [indexes, others] {
        let ids: Vec<_> =
            part.iter().map(|image| ImageId { digest: Some(image.digest.clone()), tag: None }).collect();
        if ids.is_empty() {
            continue;
        }
        let deletion = delete(client, name, &ids).await?;
        gone += deletion.gone;
        in_index += deletion.in_index;
    }
    if gone == 0 && in_index > 0 {
        let them = if in_index == 1 { "it" } else { "them" };
        let text = format!(
            "{} of `{name}` could not be deleted: an index that is kept lists {them}.",
            counted(in_index, "image")
        );
        return Err(ApiError::new("image-in-index", Side::Destination, text).hint("First delete that index."));
    }
    Ok(gone)
}

/// The result of a deletion request.
struct Deletion {
    /// Deleted tags and untagged images.
    gone: usize,
    /// Images that stay because an index lists them.
    in_index: usize,
}

async fn delete(client: &EcrClient, name: &RepositoryName, ids: &[ImageId]) -> Result<Deletion, ApiError> {
    let deletion = match client.batch_delete_image(name, ids).await {
        Ok(deletion) => deletion,
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {
            return Ok(Deletion { gone: 0, in_index: 0 });
        }
        Err(error) => return Err(error.into()),
    };
    let mut in_index = 0;
    for failure in &deletion.failures {
        match failure.code {
            ImageFailureCode::NotFound => {}
            ImageFailureCode::ReferencedByIndex => in_index += 1,
            _ => {
                let text = format!("An image of `{name}` could not be deleted: {}", failure.reason);
                return Err(ApiError::new("image-not-deleted", Side::Destination, text));
            }
        }
    }
    Ok(Deletion { gone: ids.len() - deletion.failures.len().min(ids.len()), in_index })
}

async fn listed(client: &EcrClient, name: &RepositoryName) -> Result<Vec<ImageDetail>, ApiError> {
    match client.images(name, ImageScope::Any).await {
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Ok(Vec::new()),
        listed => Ok(listed?),
    }
}

async fn there(client: &EcrClient, name: &RepositoryName) -> Result<There, ApiError> {
    Ok(tags_of(&listed(client, name).await?))
}

fn tags_of(images: &[ImageDetail]) -> There {
    images.iter().map(|image| (image.digest.clone(), image.tags.iter().cloned().collect())).collect()
}

/// Fails when one of these images has a tag that was not shown to the person.
fn still_shown(name: &RepositoryName, now: &There, images: &[Doomed]) -> Result<(), ApiError> {
    for image in images {
        let Some(tags) = now.get(&image.digest) else { continue };
        if let Some(tag) = tags.iter().find(|tag| !image.tags.contains(tag)) {
            let text = format!(
                "{} of `{name}` now has the tag `{tag}`, which it did not have when this was planned.",
                image.digest.short()
            );
            return Err(changed(text, "The image stays. Check its tags and plan again."));
        }
    }
    Ok(())
}

fn changed(text: String, hint: &str) -> ApiError {
    ApiError::new("changed-elsewhere", Side::Destination, text).hint(hint)
}

fn tagged(tag: &Tag) -> ImageId {
    // Digest and tag together would identify the whole image.
    ImageId { digest: None, tag: Some(tag.clone()) }
}

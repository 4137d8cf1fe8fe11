//! Whether replicated images arrived. ECR reports COMPLETE for a digest: only a tag that points at it at the
//! destination is proof for the tag.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageDetail, ImageId, ImageScope, ReplicationStatus};
use longshore_names::{Digest, RepositoryName, Tag};

use crate::{
    App,
    api::{
        ApiError, Arrival, Arrivals, ArrivedTag, GetArrivals, ImageArrivals, RegistryKey, ReplicationState,
    },
    errors::name_error,
};

/// Concurrent calls.
const AT_ONCE: usize = 4;
/// The most images of one answer.
const MOST: u32 = 200;

/// The tags of one destination's repository, or why they are not known.
type Known = Result<HashMap<Tag, Digest>, ApiError>;

impl App {
    /// Whether images of a repository arrived where ECR replicated them, asked now.
    ///
    /// # Errors
    /// When the source cannot be asked. A destination that cannot be asked is part of the answer.
    pub async fn arrivals(&self, request: GetArrivals) -> Result<Arrivals, ApiError> {
        let source = &request.repository.registry;
        let name: RepositoryName = request.repository.repository.parse().map_err(name_error("repository"))?;
        let client = self.connection(source).await?.client;
        let tag: Option<Tag> =
            request.tag.as_ref().map(|tag| tag.parse()).transpose().map_err(name_error("tag"))?;
        let digest: Option<Digest> =
            request.digest.as_ref().map(|digest| digest.parse()).transpose().map_err(name_error("digest"))?;
        let mut images = match (&tag, &digest) {
            (None, None) => client.images(&name, ImageScope::Active).await?,
            _ => client.describe_images(&name, &[ImageId { tag, digest }]).await?,
        };
        images.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
        let most = request.limit.clamp(1, MOST) as usize;
        let more = u32::try_from(images.len().saturating_sub(most)).unwrap_or(u32::MAX);
        images.truncate(most);
        let ask = |image: &ImageDetail| statuses(client.clone(), name.clone(), image.digest.clone());
        let asked: Vec<_> = images.iter().map(ask).collect();
        let statuses: Vec<Vec<ReplicationStatus>> =
            stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        let there = self.tags_at(source, &name, &images, &statuses).await;
        let only = request.tag.as_deref();
        let images = images.iter().zip(&statuses).map(|(image, statuses)| {
            let wanted = |tag: &&Tag| only.is_none_or(|only| tag.as_str() == only);
            let tags: Vec<&Tag> = image.tags.iter().filter(wanted).collect();
            let destinations =
                statuses.iter().map(|status| arrival(source, image, &tags, status, &there)).collect();
            ImageArrivals {
                digest: image.digest.to_string(),
                tags: image.tags.iter().map(ToString::to_string).collect(),
                destinations,
            }
        });
        Ok(Arrivals { images: images.collect(), more })
    }

    /// Asks each destination once for the tags that should be there.
    async fn tags_at(
        &self,
        source: &RegistryKey,
        name: &RepositoryName,
        images: &[ImageDetail],
        statuses: &[Vec<ReplicationStatus>],
    ) -> HashMap<RegistryKey, Known> {
        let mut wanted: HashMap<RegistryKey, Vec<Tag>> = HashMap::new();
        for (image, statuses) in images.iter().zip(statuses) {
            for status in statuses {
                wanted.entry(place(source, status)).or_default().extend(image.tags.iter().cloned());
            }
        }
        stream::iter(wanted)
            .map(|(place, tags)| async move {
                let known = self.tags_of(&place, name, &tags).await;
                (place, known)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await
    }

    async fn tags_of(&self, place: &RegistryKey, name: &RepositoryName, tags: &[Tag]) -> Known {
        let client = self.connection(place).await?.client;
        let found = match tags {
            [tag] => client.describe_images(name, &[ImageId { tag: Some(tag.clone()), digest: None }]).await,
            _ => client.images(name, ImageScope::Tagged).await,
        };
        match found {
            Ok(found) => {
                let all = found.into_iter().flat_map(|image| {
                    let digest = image.digest.clone();
                    image.tags.into_iter().map(move |tag| (tag, digest.clone()))
                });
                Ok(all.collect())
            }
            Err(
                EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }
                | EcrError { kind: EcrErrorKind::ImageNotFound, .. },
            ) => Ok(HashMap::new()),
            Err(error) => Err(error.into()),
        }
    }
}

async fn statuses(
    client: EcrClient,
    name: RepositoryName,
    digest: Digest,
) -> Result<Vec<ReplicationStatus>, ApiError> {
    let id = ImageId { digest: Some(digest), tag: None };
    match client.replication_status(&name, &id).await {
        Ok(statuses) => Ok(statuses),
        // It was deleted in the meantime.
        Err(EcrError { kind: EcrErrorKind::ImageNotFound, .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn place(source: &RegistryKey, status: &ReplicationStatus) -> RegistryKey {
    RegistryKey::of(source.space, &status.destination)
}

fn arrival(
    source: &RegistryKey,
    image: &ImageDetail,
    tags: &[&Tag],
    status: &ReplicationStatus,
    there: &HashMap<RegistryKey, Known>,
) -> Arrival {
    let destination = place(source, status);
    let state = match status.state {
        longshore_ecr::ReplicationState::Complete => ReplicationState::Complete,
        longshore_ecr::ReplicationState::Failed => ReplicationState::Failed,
        // A state that is newer than this program has not ended.
        _ => ReplicationState::InProgress,
    };
    let (found, problem) = match there.get(&destination) {
        Some(Ok(known)) => {
            let at = |tag: &&Tag| ArrivedTag {
                tag: tag.to_string(),
                digest: known.get(*tag).map(ToString::to_string),
            };
            (Some(tags.iter().map(at).collect::<Vec<_>>()), None)
        }
        Some(Err(error)) => (None, Some(error.clone())),
        None => (None, None),
    };
    let digest = image.digest.to_string();
    let done = match (state, &found) {
        (ReplicationState::Complete, Some(found)) => {
            Some(found.iter().all(|tag| tag.digest.as_deref() == Some(digest.as_str())))
        }
        (ReplicationState::Complete, None) => None,
        _ => Some(false),
    };
    Arrival { destination, state, failure_code: status.failure_code.clone(), tags: found, problem, done }
}

//! Registries of stages: how they are reached, and what a service's repository has now.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use longshore_ecr::{
    EcrClient, EcrEndpoint, EcrError, EcrErrorKind, ImageScope, RepositorySettings, TagMutability as EcrTags,
};
use longshore_names::{Digest, Tag};
use longshore_policy::rule::Registry;
use longshore_promotion::{Place, Since, StagedImage, gate::Evidence, scheme::TagMutability};
use longshore_registry::{Error, RegistryErrorKind, Sink, TagOrDigest};
use rusqlite::params;

use crate::{
    App,
    api::{ApiError, RegistryKey, Space},
    db::{from_ms, to_ms},
    steps::Context,
};

/// A registry of a stage, reached as this app reaches it.
#[derive(Clone)]
pub(crate) struct Reached {
    /// Of an account; `None` outside ECR.
    pub(crate) context: Option<Context>,
    pub(crate) client: Option<EcrClient>,
    pub(crate) sink: Arc<dyn Sink>,
}

/// Reaches a registry of a stage. `ACCOUNT/REGION` is one of the space.
///
/// # Errors
/// As for connections, and as for endpoints outside ECR.
pub(crate) async fn reach(app: &App, space: Space, registry: &Registry) -> Result<Reached, ApiError> {
    if let Some(id) = registry.ecr() {
        let (connection, context) = app.place(&RegistryKey::of(space, &id)).await?;
        let endpoint = EcrEndpoint::connect(connection.client.clone(), RepositorySettings::default()).await?;
        return Ok(Reached {
            context: Some(context),
            client: Some(connection.client),
            sink: Arc::new(endpoint),
        });
    }
    let sink = app.endpoints(space).await?.named(&registry.to_string()).await?;
    Ok(Reached { context: None, client: None, sink })
}

/// A service's repository as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaceNow {
    pub(crate) images: Vec<StagedImage>,
    pub(crate) tags: BTreeMap<Tag, Digest>,
    pub(crate) mutability: TagMutability,
}

/// What a repository has now; `Missing` without a repository.
pub(crate) async fn place_now(
    app: &App,
    space: Space,
    reached: &Result<Reached, ApiError>,
    place: &Place,
) -> Evidence<PlaceNow> {
    let unread = |error: ApiError| Evidence::NotKnown(without_stop(&error.message));
    let reached = match reached {
        Ok(reached) => reached,
        Err(error) => return unread(error.clone()),
    };
    let read = match &reached.client {
        Some(client) => of_ecr(client, place).await.map_err(ApiError::from),
        None => match of_host(reached.sink.as_ref(), place).await {
            Ok(Some(images)) => match first_seen(app, space, place, images).await {
                Ok(now) => Ok(Some(now)),
                Err(error) => Err(error),
            },
            Ok(None) => Ok(None),
            Err(error) => Err(ApiError::from(error)),
        },
    };
    match read {
        Ok(Some(now)) => Evidence::Known(now),
        Ok(None) => Evidence::Missing,
        Err(error) => unread(error),
    }
}

pub(super) fn without_stop(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}

async fn of_ecr(client: &EcrClient, place: &Place) -> Result<Option<PlaceNow>, EcrError> {
    let Some(repository) = client.repository(&place.repository).await? else { return Ok(None) };
    let details = match client.images(&place.repository, ImageScope::Active).await {
        Ok(details) => details,
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let image = |detail: longshore_ecr::ImageDetail| StagedImage {
        digest: detail.digest,
        tags: detail.tags,
        since: detail.pushed_at.map(Since::Pushed),
    };
    let mutability = match repository.tag_mutability {
        EcrTags::Mutable { except } if except.is_empty() => TagMutability::Mutable,
        EcrTags::Mutable { except } => TagMutability::MutableExcept(except),
        EcrTags::Immutable { except } if except.is_empty() => TagMutability::Immutable,
        EcrTags::Immutable { except } => TagMutability::ImmutableExcept(except),
        // A mode that this version does not know: the registry refuses by itself.
        EcrTags::Other { .. } => TagMutability::Mutable,
    };
    Ok(Some(now_of(details.into_iter().map(image).collect(), mutability)))
}

fn now_of(images: Vec<StagedImage>, mutability: TagMutability) -> PlaceNow {
    let tags = images
        .iter()
        .flat_map(|image| image.tags.iter().map(|tag| (tag.clone(), image.digest.clone())))
        .collect();
    PlaceNow { images, tags, mutability }
}

/// The tagged images of a registry outside ECR, each with its push time where the registry has one.
async fn of_host(sink: &dyn Sink, place: &Place) -> Result<Option<Vec<StagedImage>>, Error> {
    let listed = match sink.list(&place.repository).await {
        Ok(listed) => listed,
        Err(Error {
            kind: RegistryErrorKind::RepositoryNotFound { .. } | RegistryErrorKind::NotFound { .. },
            ..
        }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let unresolved = listed.iter().filter(|one| one.digest.is_none());
    let asked: Vec<TagOrDigest> = unresolved.map(|one| TagOrDigest::Tag(one.tag.clone())).collect();
    let resolved = sink.resolve_many(&place.repository, &asked).await?;
    let mut images: BTreeMap<Digest, StagedImage> = BTreeMap::new();
    for one in listed {
        let found = one
            .digest
            .or_else(|| resolved.get(&TagOrDigest::Tag(one.tag.clone())).map(|found| found.digest.clone()));
        let Some(digest) = found else { continue };
        let image = images.entry(digest.clone()).or_insert_with(|| StagedImage {
            digest,
            tags: Vec::new(),
            since: None,
        });
        image.tags.push(one.tag);
        image.since = image.since.or(one.pushed.map(Since::Pushed));
    }
    Ok(Some(images.into_values().collect()))
}

/// Images without a push time are there since Longshore first saw them.
async fn first_seen(
    app: &App,
    space: Space,
    place: &Place,
    mut images: Vec<StagedImage>,
) -> Result<PlaceNow, ApiError> {
    let (name, now) = (place.to_string(), app.now());
    let digests: Vec<Digest> =
        images.iter().filter(|image| image.since.is_none()).map(|image| image.digest.clone()).collect();
    let seen: BTreeMap<Digest, DateTime<Utc>> = app
        .db
        .write(move |tx| {
            let mut seen = BTreeMap::new();
            for digest in digests {
                let keys = params![space.word(), name, digest.as_str()];
                tx.execute(
                    "INSERT OR IGNORE INTO promotion_seen (space, place, digest, at) VALUES (?1, ?2, ?3, ?4)",
                    params![space.word(), name, digest.as_str(), to_ms(now)],
                )?;
                let sql = "SELECT at FROM promotion_seen WHERE space = ?1 AND place = ?2 AND digest = ?3";
                let at: i64 = tx.query_row(sql, keys, |row| row.get(0))?;
                seen.insert(digest, from_ms(at));
            }
            Ok(seen)
        })
        .await?;
    for image in &mut images {
        image.since = image.since.or_else(|| seen.get(&image.digest).copied().map(Since::FirstSeen));
    }
    Ok(now_of(images, TagMutability::Mutable))
}

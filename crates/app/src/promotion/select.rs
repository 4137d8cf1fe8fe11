//! What a person chose: the stage, the service and the build.

use std::collections::BTreeMap;

use longshore_names::{Digest, Tag};
use longshore_promotion::{
    Place, PromotionNameError, Service,
    board::{Cell, StageFacts, row},
    gate::Evidence,
    hold::Holds,
    path::{Path, Stage},
    record::Entry,
};

use super::{
    look::{PlaceNow, reach},
    world::World,
};
use crate::api::{ApiError, Side};

/// The stage of a name.
///
/// # Errors
/// `promotion-stage-unknown`, with the stages that there are.
pub(crate) fn stage<'p>(path: &'p Path, name: &str) -> Result<&'p Stage, ApiError> {
    path.stage(name).ok_or_else(|| {
        let text = format!("The path `{}` has no stage `{}`.", path.name, longshore_names::shown(name, 64));
        let names: Vec<String> = path.stages.iter().map(|stage| stage.name.to_string()).collect();
        ApiError::input("promotion-stage-unknown", "stage", text)
            .hint(format!("Its stages: {}.", names.join(", ")))
    })
}

/// A service of the path.
///
/// # Errors
/// `promotion-name`, `promotion-service-unknown`.
pub(crate) fn service(path: &Path, text: &str) -> Result<Service, ApiError> {
    let named = text.trim().parse::<Service>();
    let service = named.map_err(|error: PromotionNameError| {
        ApiError::input(error.code(), "service", format!("{}.", longshore_names::capital(&error.to_string())))
    })?;
    if path.has(&service) {
        return Ok(service);
    }
    let text = format!("`{service}` is not a service of the path `{}`.", path.name);
    Err(ApiError::input("promotion-service-unknown", "service", text)
        .hint(format!("Its services: {}.", path.services.join(", "))))
}

/// Where a service is in a stage.
pub(crate) fn places(stage: &Stage, service: &Service) -> Result<Vec<Place>, ApiError> {
    stage.places(service).map_err(|error| {
        ApiError::input(error.code(), "service", format!("{}.", longshore_names::capital(&error.to_string())))
            .hint(error.hint())
    })
}

/// What places have now.
pub(crate) type Looked = BTreeMap<Place, Evidence<PlaceNow>>;

/// What a stage has now, in the order of its destinations.
pub(crate) fn facts<'s>(stage: &'s Stage, service: &Service, looked: &Looked) -> StageFacts<'s> {
    let images = stage.places(service).unwrap_or_default().into_iter().map(|place| {
        let found = match looked.get(&place) {
            Some(Evidence::Known(now)) => Evidence::Known(now.images.clone()),
            Some(Evidence::Missing) => Evidence::Missing,
            Some(Evidence::NotKnown(why)) => Evidence::NotKnown(why.clone()),
            None => Evidence::not_asked(),
        };
        (place, found)
    });
    StageFacts { stage, images: images.collect() }
}

/// The cell of one stage.
pub(crate) fn cell(
    path: &Path,
    stage: &Stage,
    service: &Service,
    looked: &Looked,
    entries: &[Entry],
    holds: &Holds,
) -> Option<Cell> {
    row(&path.name, service, &[facts(stage, service, looked)], entries, holds).into_iter().next()
}

/// The build that a person chose in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) digest: Digest,
    /// The tag by which it was chosen.
    pub(crate) tag: Option<Tag>,
    /// The tag that it has in the stage, if there is one to keep.
    pub(crate) kept: Option<Tag>,
}

/// The build that `text` names in a stage: a tag, a digest, or nothing for the build that is there.
///
/// # Errors
/// `promotion-build-unknown`, `promotion-build-differs`, or that nothing could be read.
pub(crate) fn build(
    path: &Path,
    stage: &Stage,
    service: &Service,
    text: Option<&str>,
    looked: &Looked,
    current: Option<&Cell>,
) -> Result<Chosen, ApiError> {
    let places = places(stage, service)?;
    let known: Vec<(&Place, &PlaceNow)> =
        places.iter().filter_map(|place| Some((place, looked.get(place)?.known()?))).collect();
    let unread = places.iter().find_map(|place| match looked.get(place) {
        Some(Evidence::NotKnown(why)) => Some(format!("{place} could not be read: {why}.")),
        _ => None,
    });
    let absent = |what: String| match &unread {
        Some(unread) => ApiError::new("promotion-stage-unread", Side::Source, unread.clone()),
        None => ApiError::new("promotion-build-unknown", Side::Source, what),
    };
    let Some(text) = text else {
        let cell = current.filter(|cell| cell.digest.is_some());
        let Some((cell, digest)) = cell.and_then(|cell| Some((cell, cell.digest.clone()?))) else {
            return Err(absent(format!("The stage `{}` has no build of `{service}`.", stage.name)));
        };
        if let Some(differing) = cell.differing.first() {
            let text = format!("The destinations of `{}` differ: {differing}", stage.name);
            return Err(ApiError::new("promotion-build-differs", Side::Source, text));
        }
        return Ok(Chosen { digest, tag: cell.tag.clone(), kept: cell.tag.clone() });
    };
    if text.contains(':') {
        let digest: Digest = text.parse().map_err(crate::errors::name_error("build"))?;
        let found = known.iter().find_map(|(_, now)| now.images.iter().find(|image| image.digest == digest));
        let Some(image) = found else {
            let text = format!("The stage `{}` does not have {} of `{service}`.", stage.name, digest.short());
            return Err(absent(text));
        };
        let own: Vec<&Tag> = image.tags.iter().filter(|tag| tag.subject().is_none()).collect();
        let fits = |tag: &&&Tag| path.scheme(service).is_some_and(|scheme| scheme.fits(tag.as_str()));
        let of_scheme: Vec<&&Tag> = own.iter().filter(fits).collect();
        let kept = match (own.as_slice(), of_scheme.as_slice()) {
            (_, [only]) => Some((**only).clone()),
            ([only], _) => Some((*only).clone()),
            _ => None,
        };
        return Ok(Chosen { digest, tag: None, kept });
    }
    let tag = Tag::for_input(text).map_err(crate::errors::name_error("build"))?;
    let mut found: Option<(&Place, &Digest)> = None;
    for (place, now) in known {
        let Some(digest) = now.tags.get(&tag) else { continue };
        match found {
            Some((first, other)) if other != digest => {
                let text = format!(
                    "The tag `{tag}` is {} in {first} and {} in {place}.",
                    other.short(),
                    digest.short()
                );
                return Err(ApiError::new("promotion-build-differs", Side::Source, text));
            }
            Some(_) => {}
            None => found = Some((place, digest)),
        }
    }
    match found {
        Some((_, digest)) => Ok(Chosen { digest: digest.clone(), tag: Some(tag.clone()), kept: Some(tag) }),
        None => Err(absent(format!("The stage `{}` has no `{service}:{tag}`.", stage.name))),
    }
}

/// The cell of a service in a stage, from what was read.
pub(crate) fn cell_of(world: &World<'_>, path: &Path, stage: &Stage, service: &Service) -> Option<Cell> {
    cell(path, stage, service, &world.looked, &world.entries, &world.holds)
}

/// The services of a stage: those that the path names, and for patterns those whose repository is there.
///
/// # Errors
/// When no registry of the stage can be listed.
pub(crate) async fn services_of(
    world: &World<'_>,
    path: &Path,
    stage: &Stage,
) -> Result<Vec<Service>, ApiError> {
    let whole = !path.services.is_empty() && !path.services.iter().any(|name| name.contains('*'));
    if whole {
        return path.services.iter().map(|name| service(path, name)).collect();
    }
    let mut found: Vec<Service> = Vec::new();
    for destination in stage.destinations.iter().take(1) {
        let reached = reach(world.app, world.space, &destination.registry).await?;
        let repositories = reached.sink.repositories().await?;
        found.extend(path.services_in(stage, &destination.registry, &repositories));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

//! The tags of a place, from lists that do not count as a pull.

use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Error, Listed, Source, TagOrDigest};
use serde::Serialize;

use super::{archived::Shelf, copy::repository};
use crate::{
    access::{Endpoints, Location},
    api::{ApiError, Side},
};

/// The tags of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagList {
    /// The place, without tag or digest.
    pub repository: String,
    /// In the order of their names.
    pub tags: Vec<ListedTag>,
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ListedTag {
    /// The repository, if a place holds images of several (an archive).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<RepositoryName>,
    /// The tag.
    pub tag: Tag,
    /// The digest that it points at, if the list contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Lists the tags of a place: all of them, the given one, or those that point at the given digest.
///
/// # Errors
/// When the place cannot be opened or read; `source-missing` when the tag does not exist.
pub async fn list_tags(endpoints: &Endpoints, location: &Location) -> Result<TagList, ApiError> {
    if let Some(shelf) = Shelf::of(endpoints, location).await? {
        return Ok(TagList { repository: location.whole().to_string(), tags: of_shelf(&shelf)? });
    }
    let source = endpoints.source(location).await.map_err(|error| error.of(Side::Source))?;
    let name = repository(location, location)?;
    let found = match location.reference() {
        None => source.list(&name).await,
        Some(TagOrDigest::Tag(tag)) => one(source.as_ref(), &name, tag).await,
        Some(TagOrDigest::Digest(digest)) => pointing(source.as_ref(), &name, digest).await,
    };
    let found = found.map_err(|error| ApiError::from(error).on(Side::Source))?;
    if let (Some(TagOrDigest::Tag(_)), true) = (location.reference(), found.is_empty()) {
        let text = format!("There is no {location}.");
        let error = ApiError::new("source-missing", Side::Source, text);
        return Err(error.hint("`longshore tags` without the tag lists the existing ones."));
    }
    let tag = |Listed { tag, digest, .. }| ListedTag { repository: None, tag, digest };
    let mut tags: Vec<ListedTag> = found.into_iter().map(tag).collect();
    tags.sort_unstable_by(|one, other| one.tag.cmp(&other.tag));
    Ok(TagList { repository: location.whole().to_string(), tags })
}

async fn one(source: &dyn Source, name: &RepositoryName, tag: &Tag) -> Result<Vec<Listed>, Error> {
    let found = source.resolve(name, &TagOrDigest::Tag(tag.clone())).await?;
    let listed = |found: longshore_registry::Descriptor| Listed {
        digest: Some(found.digest),
        ..Listed::new(tag.clone())
    };
    Ok(found.map(listed).into_iter().collect())
}

/// The tags that point at a digest. Registries whose list contains no digests are asked for each
/// tag.
async fn pointing(source: &dyn Source, name: &RepositoryName, digest: &Digest) -> Result<Vec<Listed>, Error> {
    let mut listed = source.list(name).await?;
    let unknown: Vec<TagOrDigest> = listed
        .iter()
        .filter(|listed| listed.digest.is_none())
        .map(|listed| TagOrDigest::Tag(listed.tag.clone()))
        .collect();
    let found = source.resolve_many(name, &unknown).await?;
    for listed in listed.iter_mut().filter(|listed| listed.digest.is_none()) {
        listed.digest = found.get(&TagOrDigest::Tag(listed.tag.clone())).map(|found| found.digest.clone());
    }
    listed.retain(|listed| listed.digest.as_ref() == Some(digest));
    Ok(listed)
}

fn of_shelf(shelf: &Shelf) -> Result<Vec<ListedTag>, ApiError> {
    let names = shelf.names()?.into_iter().map(|(image, name)| ListedTag {
        repository: name.repository.clone(),
        tag: name.tag.clone(),
        digest: Some(image.descriptor.digest.clone()),
    });
    let mut tags: Vec<ListedTag> = names.collect();
    tags.sort_unstable();
    tags.dedup();
    Ok(tags)
}

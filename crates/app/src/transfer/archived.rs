//! Images of an archive of docker save as things to copy.

use longshore_engine::CopyItem;
use longshore_names::RepositoryName;
use longshore_registry::{ArchivedImage, ArchivedName, DockerArchive, TagOrDigest};

use crate::{
    api::{ApiError, Side},
    endpoints::Location,
};

/// Names that an error lists.
const MOST_LISTED: usize = 10;

/// The repository of a place that has no name for it.
pub(super) fn unnamed() -> Result<RepositoryName, ApiError> {
    Ok("image".parse()?)
}

/// The images of an archive, or those of one name, under the tags that they were saved with.
///
/// # Errors
/// When none has that name, or two would get the same tag at the destination.
pub(super) fn items(
    archive: &DockerArchive,
    wanted: Option<&str>,
    to: &Location,
) -> Result<Vec<CopyItem>, ApiError> {
    let mut items: Vec<CopyItem> = Vec::new();
    for image in archive.images() {
        for name in named(image, wanted) {
            let item = item(image, name, to)?;
            match items.iter().find(|other| other.tag.is_some() && other.tag == item.tag) {
                Some(same) if same.digest == item.digest => {}
                Some(_) => return Err(twice(name)),
                None => items.push(item),
            }
        }
    }
    if items.is_empty() {
        return Err(nothing(archive, wanted));
    }
    Ok(items)
}

/// The names of an image that are meant; one without any is meant when all are.
pub(super) fn named<'a>(image: &'a ArchivedImage, wanted: Option<&str>) -> Vec<Option<&'a ArchivedName>> {
    match wanted {
        None if image.names.is_empty() => vec![None],
        None => image.names.iter().map(Some).collect(),
        Some(wanted) => image.names.iter().filter(|name| is_called(name, wanted)).map(Some).collect(),
    }
}

/// Whether `wanted` is the name, with or without a registry's host before it, or its tag alone.
fn is_called(name: &ArchivedName, wanted: &str) -> bool {
    let text = text(name);
    let before = wanted.strip_suffix(text.as_str());
    before.is_some_and(|before| before.is_empty() || before.ends_with('/')) || wanted == name.tag.as_str()
}

fn text(name: &ArchivedName) -> String {
    match &name.repository {
        Some(repository) => format!("{repository}:{}", name.tag),
        None => name.tag.to_string(),
    }
}

fn item(image: &ArchivedImage, name: Option<&ArchivedName>, to: &Location) -> Result<CopyItem, ApiError> {
    let digest = image.descriptor.digest.clone();
    let repository = match name.and_then(|name| name.repository.clone()) {
        Some(repository) => repository,
        None => unnamed()?,
    };
    let destination = match to {
        Location::Registry(reference) => reference.repository.clone(),
        Location::Layout { .. } | Location::Archive { .. } => repository.clone(),
    };
    let tag = name.map(|name| name.tag.clone());
    let reference = TagOrDigest::Digest(digest.clone());
    Ok(CopyItem { digest: Some(digest), ..CopyItem::new(repository, reference, destination, tag) })
}

fn twice(name: Option<&ArchivedName>) -> ApiError {
    let tag = name.map(|name| name.tag.to_string()).unwrap_or_default();
    let message = format!("Two images of the archive would get the tag `{tag}`.");
    ApiError::new("tag-twice", Side::Input, message)
        .hint("Copy them one by one: docker-archive:FILE:REPOSITORY:TAG.")
}

/// Why no image was found.
pub(super) fn nothing(archive: &DockerArchive, wanted: Option<&str>) -> ApiError {
    let Some(wanted) = wanted else {
        return ApiError::new("source-missing", Side::Source, "The archive holds no image.");
    };
    let names = archive.images().iter().flat_map(|image| &image.names);
    let listed: Vec<String> = names.take(MOST_LISTED).map(text).collect();
    let wanted: String = wanted.chars().take(200).collect();
    ApiError::new("source-missing", Side::Source, format!("The archive holds no image named `{wanted}`."))
        .hint(format!(
            "It holds {}.",
            if listed.is_empty() { "no named image".into() } else { listed.join(", ") }
        ))
}

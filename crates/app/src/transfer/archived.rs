//! Images of a `docker save` archive, or of a layout, as copy items.

use longshore_engine::CopyItem;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{ArchiveForm, ArchivedImage, ArchivedName, OciLayout, TagOrDigest};

use crate::{
    access::{Endpoints, Location},
    api::{ApiError, Side},
};

/// The number of names that an error lists.
const MOST_LISTED: usize = 10;

/// The repository of a place that has no name for it.
pub(super) fn unnamed() -> Result<RepositoryName, ApiError> {
    Ok("image".parse()?)
}

/// A container of named images: an archive, or a layout.
pub(super) struct Shelf {
    images: Vec<ArchivedImage>,
    /// Its name in sentences.
    kind: &'static str,
    /// The notation for one of its images.
    form: &'static str,
    /// The wanted name; `None` for all images.
    wanted: Option<String>,
}

impl Shelf {
    /// The images of an archive, or of a layout if no digest is chosen; `None` for other places.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn of(endpoints: &Endpoints, location: &Location) -> Result<Option<Self>, ApiError> {
        match location {
            Location::Archive { form, file, reference } => {
                let images = endpoints.archive(*form, file).await?.images().to_vec();
                let (kind, form) = match form {
                    ArchiveForm::Docker => ("archive", "docker-archive:FILE:REPOSITORY:TAG"),
                    ArchiveForm::Oci => ("archive", "oci-archive:FILE:TAG"),
                };
                Ok(Some(Self { images, kind, form, wanted: reference.clone() }))
            }
            Location::Layout { reference: Some(TagOrDigest::Digest(_)), .. } | Location::Registry(_) => {
                Ok(None)
            }
            Location::Layout { directory, reference, name } => {
                let images = OciLayout::open(directory)?.images().await?;
                let wanted = name.clone().or_else(|| reference.as_ref().map(ToString::to_string));
                Ok(Some(Self {
                    images,
                    kind: "layout",
                    form: "oci:DIR:REPOSITORY:TAG or oci:DIR@DIGEST",
                    wanted,
                }))
            }
        }
    }

    /// Its images, or those of one name, under their tags there; images without a name get no tag.
    /// `to` is the other place.
    ///
    /// # Errors
    /// When it has no images, none has that name, or two would get the same tag at the destination.
    pub(super) fn items(&self, to: &Location) -> Result<Vec<CopyItem>, ApiError> {
        let mut items: Vec<CopyItem> = Vec::new();
        for (image, name) in self.chosen() {
            let item = self.item(image, name, to)?;
            match items.iter().find(|other| other.tag.is_some() && other.tag == item.tag) {
                Some(same) if same.digest == item.digest => {}
                Some(_) => return Err(self.twice(name)),
                None => items.push(item),
            }
        }
        if items.is_empty() { Err(self.nothing()) } else { Ok(items) }
    }

    /// The wanted images, each under each of its names: those with exactly the wanted name as
    /// written, otherwise without a registry's host, otherwise those that the name may mean.
    fn chosen(&self) -> Vec<(&ArchivedImage, Option<&ArchivedName>)> {
        let Some(wanted) = self.wanted.as_deref() else {
            let named = |image| -> Vec<_> { named(image).into_iter().map(|name| (image, name)).collect() };
            return self.images.iter().flat_map(named).collect();
        };
        type Means = fn(&ArchivedImage, &ArchivedName, &str) -> bool;
        let ways: [Means; 3] = [
            |image, name, wanted| {
                image.written.iter().any(|written| written == wanted) && wanted.ends_with(&text(name))
            },
            |_, name, wanted| text(name) == wanted,
            |_, name, wanted| is_called(name, wanted),
        ];
        for means in ways {
            let names =
                self.images.iter().flat_map(|image| image.names.iter().map(move |name| (image, name)));
            let found: Vec<_> = names
                .filter(|(image, name)| means(image, name, wanted))
                .map(|(image, name)| (image, Some(name)))
                .collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The wanted names, each with its image.
    ///
    /// # Errors
    /// When none has the wanted name.
    pub(super) fn names(&self) -> Result<Vec<(&ArchivedImage, &ArchivedName)>, ApiError> {
        let chosen = self.chosen();
        if chosen.is_empty() && self.wanted.is_some() {
            return Err(self.nothing());
        }
        Ok(chosen.into_iter().filter_map(|(image, name)| Some((image, name?))).collect())
    }

    /// The references under which its images are verified: their tags, or the digest if two have
    /// the same tag.
    ///
    /// # Errors
    /// When it has no images, or none has the wanted name.
    pub(super) fn to_verify(&self, to: &Location) -> Result<Vec<CopyItem>, ApiError> {
        let chosen = self.chosen().into_iter();
        let items: Vec<CopyItem> =
            chosen.map(|(image, name)| self.item(image, name, to)).collect::<Result<_, _>>()?;
        if items.is_empty() && self.wanted.is_some() { Err(self.nothing()) } else { Ok(items) }
    }

    fn item(
        &self,
        image: &ArchivedImage,
        name: Option<&ArchivedName>,
        to: &Location,
    ) -> Result<CopyItem, ApiError> {
        let digest = image.descriptor.digest.clone();
        let repository = match (name.and_then(|name| name.repository.clone()), to) {
            (Some(repository), _) => repository,
            (None, Location::Registry(reference)) => reference.repository.clone(),
            (None, _) => unnamed()?,
        };
        let destination = match to {
            Location::Registry(reference) => reference.repository.clone(),
            Location::Layout { .. } | Location::Archive { .. } => repository.clone(),
        };
        let tag = name.map(|name| name.tag.clone());
        let reference = match &tag {
            Some(tag) if self.is_alone(tag, &digest) => TagOrDigest::Tag(tag.clone()),
            _ => TagOrDigest::Digest(digest.clone()),
        };
        Ok(CopyItem { digest: Some(digest), ..CopyItem::new(repository, reference, destination, tag) })
    }

    /// Whether no other image has this tag, under any name.
    fn is_alone(&self, tag: &Tag, digest: &Digest) -> bool {
        let others = self.images.iter().filter(|image| image.descriptor.digest != *digest);
        others.flat_map(|image| &image.names).all(|name| name.tag != *tag)
    }

    fn twice(&self, name: Option<&ArchivedName>) -> ApiError {
        let tag = name.map(|name| name.tag.to_string()).unwrap_or_default();
        let message = format!("Two images of the {} would get the tag `{tag}`.", self.kind);
        ApiError::new("tag-twice", Side::Input, message).hint(format!("Copy them one by one: {}.", self.form))
    }

    fn nothing(&self) -> ApiError {
        let Some(wanted) = self.wanted.as_deref() else {
            return super::nothing_selected(format!("The {} contains no images.", self.kind));
        };
        let names = self.images.iter().flat_map(|image| &image.names);
        let listed: Vec<String> = names.take(MOST_LISTED).map(text).collect();
        let wanted: String = wanted.chars().take(200).collect();
        let message = format!("The {} contains no image named `{wanted}`.", self.kind);
        ApiError::new("source-missing", Side::Source, message).hint(format!(
            "It contains {}.",
            if listed.is_empty() { "no named image".into() } else { listed.join(", ") }
        ))
    }
}

/// All names of an image; an image without a name is included too.
fn named(image: &ArchivedImage) -> Vec<Option<&ArchivedName>> {
    match image.names[..] {
        [] => vec![None],
        [..] => image.names.iter().map(Some).collect(),
    }
}

/// Whether `wanted` is the name, with or without a registry's host in front, or only its tag.
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

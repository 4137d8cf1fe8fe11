//! The parts of images: platforms, layers, labels, referrers. On ECR, reading a manifest counts as
//! a pull.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    Child, Descriptor, ImageConfig, Manifest, ManifestKind, ManifestView, Source, TagOrDigest, media_types,
};
use serde::Serialize;

use super::{ecr_names::is_ecr, facts::configuration, left_behind, verify};
use crate::{
    access::{Endpoints, Location},
    api::{ApiError, Side},
};

/// Images that are read concurrently.
const AT_ONCE: usize = 4;
/// Images of an index that are read; real indexes have fewer.
const MOST_CHILDREN: usize = 64;
/// Referrers that are read to find out their type.
const MOST_REFERRERS: usize = 32;

/// One manifest and its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspected {
    /// The image's name at its place.
    pub reference: String,
    /// The manifest's digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// The artifact type, if it is not an image to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The index that lists it, for an image that is shown as part of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<Digest>,
    /// The platforms: one for an image, those of its images for an index.
    pub platforms: Vec<String>,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
    /// Labels of the configuration.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// The configuration of an image.
    pub config: Option<Blob>,
    /// The layers of an image, the lowest first.
    pub layers: Vec<Blob>,
    /// The manifests that an index lists.
    pub manifests: Vec<InspectedChild>,
    /// The manifest that it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// Signatures, SBOMs and attestations; `None` if they were not requested or the place does not
    /// report them.
    pub referrers: Option<Vec<InspectedReferrer>>,
}

/// Content by its descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blob {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
}

/// A manifest that an index lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedChild {
    /// Its descriptor.
    #[serde(flatten)]
    pub blob: Blob,
    /// Its platform, if the index says so.
    pub platform: Option<String>,
}

/// A manifest that refers to an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedReferrer {
    /// Its descriptor.
    #[serde(flatten)]
    pub blob: Blob,
    /// Its type, such as a signature's; `None` when it cannot be read.
    pub artifact_type: Option<String>,
    /// Cosign's tag for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
}

/// The result of an inspection.
pub enum Inspection {
    /// A manifest that was read.
    Read(Box<Inspected>),
    /// One that could not be read.
    Failed {
        /// The image.
        reference: String,
        /// Why.
        error: ApiError,
    },
}

/// The totals of an inspection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InspectedTotals {
    /// Manifests that were read.
    pub images: usize,
    /// Manifests that could not be read.
    pub not_looked_at: usize,
    /// Whether a read counts as a pull.
    pub counts_as_pull: bool,
}

/// Reads the images that a place names, each index followed by its images, and passes each to
/// `tell` in that order.
///
/// # Errors
/// When the place cannot be opened or listed.
pub async fn inspect(
    endpoints: &Endpoints,
    location: &Location,
    mut tell: impl FnMut(&Inspection),
) -> Result<InspectedTotals, ApiError> {
    let source = endpoints.source(location).await.map_err(|error| error.of(Side::Source))?;
    let items = verify::items(endpoints, source.as_ref(), location, None).await?;
    let mut totals = InspectedTotals::default();
    if let Some(host) = location.host() {
        totals.counts_as_pull = is_ecr(endpoints, host).await;
    }
    let looks = items.into_iter().map(|item| {
        let look = Look { source: source.clone(), repository: item.repository, place: location.whole() };
        async move { look.image(&item.reference).await }
    });
    let mut looks = futures::stream::iter(looks.collect::<Vec<_>>()).buffered(AT_ONCE);
    while let Some(found) = looks.next().await {
        for inspection in &found {
            match inspection {
                Inspection::Read(_) => totals.images += 1,
                Inspection::Failed { .. } => totals.not_looked_at += 1,
            }
            tell(inspection);
        }
    }
    Ok(totals)
}

struct Look {
    source: Arc<dyn Source>,
    repository: RepositoryName,
    place: Location,
}

impl Look {
    /// An image, and the images of its index.
    async fn image(&self, reference: &TagOrDigest) -> Vec<Inspection> {
        let name = self.name(reference);
        let read = self.manifest(reference).await;
        let (manifest, view) = match read {
            Ok(read) => read,
            Err(error) => return vec![Inspection::Failed { reference: name, error }],
        };
        let index = manifest.digest.clone();
        let mut all = vec![match self.one(name, manifest, &view, None).await {
            Ok(mut image) => {
                image.referrers = self.referrers(&index).await;
                Inspection::Read(Box::new(image))
            }
            Err((reference, error)) => Inspection::Failed { reference, error },
        }];
        let children = view.children();
        let children: Vec<&Child> =
            children.iter().filter(|child| media_types::is_manifest(&child.descriptor.media_type)).collect();
        let looks = children.iter().take(MOST_CHILDREN).map(|child| self.child(&index, child));
        let looks: Vec<_> = looks.collect();
        all.extend(futures::stream::iter(looks).buffered(AT_ONCE).collect::<Vec<_>>().await);
        all.extend(children.iter().skip(MOST_CHILDREN).map(|child| {
            let text = format!("The index lists more than {MOST_CHILDREN} images; this one was not read.");
            let error = ApiError::new("too-many", Side::Source, text);
            Inspection::Failed { reference: self.by_digest(&child.descriptor.digest), error }
        }));
        all
    }

    async fn child(&self, index: &Digest, child: &Child) -> Inspection {
        let digest = &child.descriptor.digest;
        let reference = self.by_digest(digest);
        let read = self.manifest(&TagOrDigest::Digest(digest.clone())).await;
        let (manifest, view) = match read {
            Ok(read) => read,
            Err(error) => return Inspection::Failed { reference, error },
        };
        match self.one(reference, manifest, &view, Some(index)).await {
            Ok(mut image) => {
                if let Some(platform) = &child.platform {
                    image.platforms = vec![platform.to_string()];
                }
                Inspection::Read(Box::new(image))
            }
            Err((reference, error)) => Inspection::Failed { reference, error },
        }
    }

    async fn manifest(&self, reference: &TagOrDigest) -> Result<(Manifest, ManifestView), ApiError> {
        let fetched = self.source.fetch(&self.repository, reference).await;
        let manifest = fetched.map_err(|error| ApiError::from(error).on(Side::Source))?.ok_or_else(|| {
            let text = format!("There is no {}.", self.name(reference));
            let error = ApiError::new("source-missing", Side::Source, text);
            error.hint("`longshore tags` lists the existing tags.")
        })?;
        let view = ManifestView::parse(&manifest.media_type, &manifest.bytes).map_err(|error| {
            let text = format!("{}: {error}.", self.name(reference));
            ApiError::new(error.code(), Side::Source, text)
                .hint("Longshore shows images, indexes and artifacts of the OCI and Docker types.")
        })?;
        Ok((manifest, view))
    }

    /// The content of a manifest and its configuration.
    async fn one(
        &self,
        reference: String,
        manifest: Manifest,
        view: &ManifestView,
        index: Option<&Digest>,
    ) -> Result<Inspected, (String, ApiError)> {
        let mut image = Inspected {
            reference,
            size: manifest.bytes.len() as u64,
            digest: manifest.digest,
            media_type: manifest.media_type,
            artifact_type: view.artifact_type.clone(),
            index: index.cloned(),
            platforms: Vec::new(),
            created: None,
            labels: BTreeMap::new(),
            annotations: view.annotations.clone(),
            config: None,
            layers: Vec::new(),
            manifests: Vec::new(),
            subject: view.subject.as_ref().map(|subject| subject.digest.clone()),
            referrers: None,
        };
        match &view.kind {
            ManifestKind::Index { children } => {
                image.manifests = children
                    .iter()
                    .map(|child| InspectedChild {
                        blob: Blob::of(&child.descriptor),
                        platform: child.platform.as_ref().map(ToString::to_string),
                    })
                    .collect();
                image.platforms = image.manifests.iter().filter_map(|child| child.platform.clone()).collect();
            }
            ManifestKind::Image { config, layers } => {
                image.config = Some(Blob::of(config));
                image.layers = layers.iter().map(Blob::of).collect();
                match self.config(config).await {
                    Ok(read) => {
                        image.platforms = read.platform.iter().map(ToString::to_string).collect();
                        (image.created, image.labels) = (read.created, read.labels);
                    }
                    Err(error) => return Err((image.reference, error)),
                }
            }
        }
        Ok(image)
    }

    /// The content of a configuration; empty if it does not belong to an image.
    async fn config(&self, config: &Descriptor) -> Result<ImageConfig, ApiError> {
        if ![media_types::OCI_CONFIG, media_types::DOCKER_CONFIG].contains(&config.media_type.as_str()) {
            return Ok(ImageConfig::default());
        }
        let read = configuration(&self.source, &self.repository, config).await;
        read.map_err(|error| ApiError::from(error).on(Side::Source))
    }

    async fn referrers(&self, digest: &Digest) -> Option<Vec<InspectedReferrer>> {
        let found = left_behind::referrers(self.source.as_ref(), &self.repository, digest).await;
        let found = found.inspect_err(|error| tracing::debug!(%error, "referrers are unknown")).ok()?;
        let looks = found.into_iter().enumerate().map(|(place, (tag, descriptor))| async move {
            let read = match place < MOST_REFERRERS {
                true => self.manifest(&TagOrDigest::Digest(descriptor.digest.clone())).await.ok(),
                false => None,
            };
            let mut blob = Blob::of(&descriptor);
            if let Some((manifest, _)) = &read {
                blob.size = manifest.bytes.len() as u64;
            }
            InspectedReferrer { blob, artifact_type: read.and_then(|(_, view)| kind(view)), tag }
        });
        let looks: Vec<_> = looks.collect();
        Some(futures::stream::iter(looks).buffered(AT_ONCE).collect().await)
    }

    fn name(&self, reference: &TagOrDigest) -> String {
        match &self.place {
            Location::Archive { .. } => {
                let separator = if matches!(reference, TagOrDigest::Digest(_)) { '@' } else { ':' };
                format!("{}:{}{separator}{reference}", self.place, self.repository)
            }
            place => match reference {
                TagOrDigest::Tag(tag) => format!("{place}:{tag}"),
                TagOrDigest::Digest(digest) => format!("{place}@{digest}"),
            },
        }
    }

    fn by_digest(&self, digest: &Digest) -> String {
        self.name(&TagOrDigest::Digest(digest.clone()))
    }
}

/// The type of an artifact. Before version 1.1 of the specification it was the type of the
/// configuration.
fn kind(view: ManifestView) -> Option<String> {
    view.artifact_type.or(match view.kind {
        ManifestKind::Image { config, .. } => Some(config.media_type),
        ManifestKind::Index { .. } => None,
    })
}

impl Blob {
    fn of(descriptor: &Descriptor) -> Self {
        let Descriptor { digest, media_type, size } = descriptor.clone();
        Self { digest, media_type, size }
    }
}

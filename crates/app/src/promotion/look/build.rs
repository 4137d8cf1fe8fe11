//! What is known about a build, read at its source. On ECR, reading a manifest counts as a pull.

use std::{collections::BTreeMap, sync::Arc};

use futures::{StreamExt, TryStreamExt, stream};
use longshore_names::Digest;
use longshore_promotion::{
    Place,
    gate::{BuildFacts, Evidence, PlatformFacts},
};
use longshore_registry::{
    Backoff, Descriptor, ImageConfig, MAX_CONFIG_BYTES, Manifest, ManifestKind, ManifestView, Sink, Source,
    media_types, open_verified,
};

use super::places::without_stop;
use crate::api::ApiError;

/// Images of an index that are read.
const MOST_CHILDREN: usize = 64;
/// Images that are read concurrently.
const AT_ONCE: usize = 8;

/// One platform's image.
struct Image {
    platform: PlatformFacts,
    labels: BTreeMap<String, String>,
}

/// Reads manifests and configurations of a build.
pub(in crate::promotion) async fn read(
    sink: &Arc<dyn Sink>,
    place: &Place,
    mut facts: BuildFacts,
) -> BuildFacts {
    let source: Arc<dyn Source> = sink.clone();
    match content(&source, place, &facts.digest).await {
        Ok((annotations, images)) => {
            facts.annotations = Evidence::Known(annotations);
            facts.labels = match common_labels(&images) {
                Some(labels) => Evidence::Known(labels),
                None => Evidence::Missing,
            };
            facts.platforms = Evidence::Known(images.into_iter().map(|image| image.platform).collect());
        }
        Err(error) => {
            let why = without_stop(&error.message);
            facts.annotations = Evidence::NotKnown(why.clone());
            facts.labels = Evidence::NotKnown(why.clone());
            facts.platforms = Evidence::NotKnown(why);
        }
    }
    facts
}

/// The labels that every platform has alike; `None` for an artifact that is no image.
fn common_labels(images: &[Image]) -> Option<BTreeMap<String, String>> {
    let (first, rest) = images.split_first()?;
    let mut common = first.labels.clone();
    for other in rest {
        common.retain(|name, value| other.labels.get(name) == Some(value));
    }
    Some(common)
}

async fn content(
    source: &Arc<dyn Source>,
    place: &Place,
    digest: &Digest,
) -> Result<(BTreeMap<String, String>, Vec<Image>), ApiError> {
    let manifest = source.manifest(&place.repository, digest).await?;
    let view = parsed(&manifest)?;
    let images = match &view.kind {
        ManifestKind::Image { .. } => vec![image(source, place, &manifest, &view, None).await?],
        ManifestKind::Index { children } => {
            // An attestation is listed with an unknown platform; it cannot be run.
            let runs = children
                .iter()
                .filter(|child| media_types::is_manifest(&child.descriptor.media_type))
                .filter(|child| child.platform.as_ref().is_none_or(|platform| platform.os != "unknown"));
            let reads = runs.take(MOST_CHILDREN).map(|child| async move {
                let manifest = source.manifest(&place.repository, &child.descriptor.digest).await?;
                let view = parsed(&manifest)?;
                let platform = child.platform.as_ref().map(ToString::to_string);
                image(source, place, &manifest, &view, platform).await
            });
            stream::iter(reads.collect::<Vec<_>>()).buffered(AT_ONCE).try_collect().await?
        }
    };
    Ok((view.annotations.into_iter().collect(), images))
}

fn parsed(manifest: &Manifest) -> Result<ManifestView, ApiError> {
    ManifestView::parse(&manifest.media_type, &manifest.bytes).map_err(|error| {
        let text = format!("The manifest {} cannot be read: {error}.", manifest.digest.short());
        ApiError::new(error.code(), crate::api::Side::Source, text)
    })
}

async fn image(
    source: &Arc<dyn Source>,
    place: &Place,
    manifest: &Manifest,
    view: &ManifestView,
    platform: Option<String>,
) -> Result<Image, ApiError> {
    let ManifestKind::Image { config, layers } = &view.kind else {
        return Err(ApiError::internal("An index lists an index."));
    };
    let read = configuration(source, place, config).await?;
    let own = read.platform.as_ref().map(ToString::to_string);
    let bytes =
        manifest.bytes.len() as u64 + config.size + layers.iter().map(|layer| layer.size).sum::<u64>();
    Ok(Image {
        platform: PlatformFacts {
            platform: platform.or(own).unwrap_or_else(|| "unknown".to_owned()),
            digest: manifest.digest.clone(),
            bytes,
        },
        labels: read.labels,
    })
}

async fn configuration(
    source: &Arc<dyn Source>,
    place: &Place,
    config: &Descriptor,
) -> Result<ImageConfig, ApiError> {
    let is_image =
        [media_types::OCI_CONFIG, media_types::DOCKER_CONFIG].contains(&config.media_type.as_str());
    if !is_image || config.size > MAX_CONFIG_BYTES as u64 {
        return Ok(ImageConfig::default());
    }
    let stream = open_verified(source.clone(), &place.repository, config, Backoff::default());
    let bytes: Vec<bytes::Bytes> = stream.try_collect().await.map_err(ApiError::from)?;
    Ok(ImageConfig::parse(&bytes.concat()).unwrap_or_default())
}

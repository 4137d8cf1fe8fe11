//! Facts that a list of tags does not contain: labels, annotations and platforms, from manifests.

use std::{collections::BTreeMap, sync::Arc};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName};
use longshore_policy::rule::{ImageFacts, Needs};
use longshore_registry::{
    Backoff, Descriptor, Error, ImageConfig, MAX_CONFIG_BYTES, Manifest, ManifestKind, ManifestView, Source,
    TagOrDigest, media_types, open_verified,
};

/// Manifests and configurations that are read concurrently, over all repositories.
const AT_ONCE: usize = 16;
/// Images of an index that are read.
const MOST_CHILDREN: usize = 64;

/// Reads the missing facts of these images and stores them. An image whose manifest cannot be
/// parsed has no labels, annotations or platforms.
///
/// # Errors
/// When the registry does not respond or refuses.
pub(super) async fn read(
    source: &Arc<dyn Source>,
    repository: &RepositoryName,
    images: &mut [ImageFacts],
    wanted: &BTreeMap<usize, Needs>,
) -> Result<(), Error> {
    let asked: Vec<_> = wanted
        .iter()
        .filter_map(|(place, needs)| Some((*place, *needs, reference(images.get(*place)?))))
        .map(|(place, needs, reference)| async move {
            let found = one(source, repository, &reference, needs).await?;
            Ok::<_, Error>((place, found))
        })
        .collect();
    let found: Vec<_> = futures::stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
    for (place, found) in found {
        let Some(facts) = images.get_mut(place) else { continue };
        let Found { digest, annotations, labels, platforms } = found;
        facts.digest = digest.or(facts.digest.take());
        facts.annotations = Some(annotations);
        facts.labels = labels.or(facts.labels.take());
        facts.platforms = platforms.or(facts.platforms.take());
    }
    Ok(())
}

fn reference(facts: &ImageFacts) -> TagOrDigest {
    match &facts.digest {
        Some(digest) => TagOrDigest::Digest(digest.clone()),
        None => TagOrDigest::Tag(facts.tag.clone()),
    }
}

#[derive(Default)]
struct Found {
    digest: Option<Digest>,
    annotations: BTreeMap<String, String>,
    labels: Option<BTreeMap<String, String>>,
    platforms: Option<Vec<String>>,
}

/// The facts of an image without any: what a rule asks for is missing.
fn nothing(digest: Option<Digest>) -> Found {
    Found { digest, labels: Some(BTreeMap::new()), platforms: Some(Vec::new()), ..Found::default() }
}

async fn one(
    source: &Arc<dyn Source>,
    repository: &RepositoryName,
    reference: &TagOrDigest,
    needs: Needs,
) -> Result<Found, Error> {
    let Some(manifest) = source.fetch(repository, reference).await? else { return Ok(nothing(None)) };
    let Some(view) = view(&manifest) else { return Ok(nothing(Some(manifest.digest))) };
    let mut found = Found {
        digest: Some(manifest.digest),
        annotations: view.annotations.into_iter().collect(),
        ..Found::default()
    };
    match view.kind {
        ManifestKind::Image { config, .. } => {
            if needs.labels || needs.platforms {
                let config = configuration(source, repository, &config).await?;
                found.platforms = Some(config.platform.iter().map(ToString::to_string).collect());
                found.labels = Some(config.labels);
            }
        }
        ManifestKind::Index { children } => {
            // An attestation is listed with an unknown platform; it cannot be run.
            let images: Vec<_> = children
                .into_iter()
                .filter(|child| media_types::is_manifest(&child.descriptor.media_type))
                .filter(|child| child.platform.as_ref().is_none_or(|platform| platform.os != "unknown"))
                .take(MOST_CHILDREN)
                .collect();
            let platforms = images.iter().filter_map(|child| child.platform.as_ref());
            found.platforms = Some(platforms.map(ToString::to_string).collect());
            if needs.labels {
                let mut common: Option<BTreeMap<String, String>> = None;
                for child in images {
                    let own = labels_of(source, repository, &child.descriptor).await?;
                    common = Some(match common {
                        None => own,
                        Some(mut common) => {
                            common.retain(|key, value| own.get(key) == Some(value));
                            common
                        }
                    });
                }
                found.labels = Some(common.unwrap_or_default());
            }
        }
    }
    Ok(found)
}

async fn labels_of(
    source: &Arc<dyn Source>,
    repository: &RepositoryName,
    child: &Descriptor,
) -> Result<BTreeMap<String, String>, Error> {
    let manifest = source.manifest(repository, &child.digest).await?;
    match view(&manifest).map(|view| view.kind) {
        Some(ManifestKind::Image { config, .. }) => {
            Ok(configuration(source, repository, &config).await?.labels)
        }
        _ => Ok(BTreeMap::new()),
    }
}

fn view(manifest: &Manifest) -> Option<ManifestView> {
    let view = ManifestView::parse(&manifest.media_type, &manifest.bytes);
    view.inspect_err(|error| tracing::debug!(digest = %manifest.digest, %error, "not parsed")).ok()
}

/// The content of an image's configuration; empty when it is too large or cannot be parsed.
pub(super) async fn configuration(
    source: &Arc<dyn Source>,
    repository: &RepositoryName,
    config: &Descriptor,
) -> Result<ImageConfig, Error> {
    if config.size > MAX_CONFIG_BYTES as u64 {
        return Ok(ImageConfig::default());
    }
    let stream = open_verified(source.clone(), repository, config, Backoff::default());
    let bytes: Vec<bytes::Bytes> = stream.try_collect().await?;
    Ok(ImageConfig::parse(&bytes.concat()).unwrap_or_default())
}

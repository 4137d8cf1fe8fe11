//! What is inside an image. A read counts as a pull for ECR, so each manifest and configuration is
//! read once and cached by its digest.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrEndpoint, ImageId, RepositorySettings};
use longshore_names::{Digest, RepositoryName, shown};
use longshore_registry::{
    Backoff, Child, Descriptor, ImageConfig, MAX_CONFIG_BYTES, Manifest, ManifestKind, ManifestView, Source,
    media_types, open_verified,
};

use crate::{
    App,
    api::{ApiError, ImageDetails, ImageKey, LayerDetails, NameValue, PlatformDetails, RegistryKey, Side},
};

/// Platforms of one index that are shown; real ones have at most a dozen.
const MOST_PLATFORMS: usize = 64;
/// Labels or annotations of one image that are shown.
const MOST_VALUES: usize = 500;
/// The longest label or annotation that is shown, in characters.
const LONGEST_VALUE: usize = 8_192;
/// The longest media type that is shown, in characters (RFC 6838: 127 for each half).
const LONGEST_TYPE: usize = 255;
/// Configurations that are read concurrently.
const AT_ONCE: usize = 4;

impl App {
    /// What is inside an image. The first read counts as a pull; later ones use the cache.
    ///
    /// # Errors
    /// `image-not-found`; `manifest-…` when the bytes are not a manifest; the reason why it cannot
    /// be read.
    pub async fn image_details(&self, key: ImageKey) -> Result<ImageDetails, ApiError> {
        let digest: Digest = key.digest.parse()?;
        let registry = &key.repository.registry;
        let name: RepositoryName = key.repository.repository.parse()?;
        let manifest = self
            .manifests(registry, &name, std::slice::from_ref(&digest))
            .await?
            .remove(&digest)
            .ok_or_else(|| not_found(&name, &digest))?;
        let view = view(&manifest)?;
        let platforms = match &view.kind {
            ManifestKind::Index { children } => self.of_index(registry, &name, children).await?,
            ManifestKind::Image { config, layers } => {
                vec![self.of_image(registry, &name, &digest, config, layers, None).await?]
            }
        };
        Ok(ImageDetails {
            manifest: String::from_utf8_lossy(&manifest.bytes).into_owned(),
            platforms,
            annotations: values(&view.annotations),
        })
    }

    async fn of_index(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        children: &[Child],
    ) -> Result<Vec<PlatformDetails>, ApiError> {
        // Owned, so that the futures below hold no borrow of an item and can move between threads.
        let children: Vec<Child> = children.iter().take(MOST_PLATFORMS).cloned().collect();
        let digests: Vec<Digest> = children.iter().map(|child| child.descriptor.digest.clone()).collect();
        let manifests = Arc::new(self.manifests(registry, name, &digests).await?);
        let looks = children.into_iter().map(|child| {
            let manifests = manifests.clone();
            async move {
                let digest = &child.descriptor.digest;
                let platform = child.platform.as_ref().map(ToString::to_string);
                let kind = manifests.get(digest).map(view).transpose()?.map(|view| view.kind);
                match kind {
                    Some(ManifestKind::Image { config, layers }) => {
                        self.of_image(registry, name, digest, &config, &layers, platform).await
                    }
                    // A child that does not exist, or an index in an index.
                    _ => Ok(PlatformDetails {
                        platform: platform.unwrap_or_else(|| "unknown".into()),
                        digest: digest.to_string(),
                        created: None,
                        labels: Vec::new(),
                        layers: Vec::new(),
                    }),
                }
            }
        });
        stream::iter(looks).buffered(AT_ONCE).try_collect().await
    }

    async fn of_image(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        digest: &Digest,
        config: &Descriptor,
        layers: &[Descriptor],
        platform: Option<String>,
    ) -> Result<PlatformDetails, ApiError> {
        let parsed = if is_image_config(&config.media_type) && config.size <= MAX_CONFIG_BYTES as u64 {
            let bytes = self.config(registry, name, config).await?;
            // A configuration that cannot be parsed adds nothing; its image is still shown.
            ImageConfig::parse(&bytes).unwrap_or_default()
        } else {
            ImageConfig::default()
        };
        let of_config = parsed.platform.as_ref().map(ToString::to_string);
        Ok(PlatformDetails {
            platform: platform.or(of_config).unwrap_or_else(|| "unknown".into()),
            digest: digest.to_string(),
            created: parsed.created.map(|time| time.to_rfc3339()),
            labels: values(&parsed.labels),
            layers: layers
                .iter()
                .map(|layer| LayerDetails {
                    digest: layer.digest.to_string(),
                    bytes: layer.size,
                    media_type: shown(&layer.media_type, LONGEST_TYPE),
                })
                .collect(),
        })
    }

    /// Manifests by digest; those that are not cached are read. Manifests that the registry does
    /// not have are omitted.
    pub(crate) async fn manifests(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        digests: &[Digest],
    ) -> Result<BTreeMap<Digest, Manifest>, ApiError> {
        let mut found = BTreeMap::new();
        let mut absent = Vec::new();
        for digest in digests {
            match self.inventory.content(digest).await? {
                Some((media_type, bytes)) => {
                    found.insert(digest.clone(), Manifest { media_type, bytes, digest: digest.clone() });
                }
                None => absent.push(ImageId { digest: Some(digest.clone()), tag: None }),
            }
        }
        if absent.is_empty() {
            return Ok(found);
        }
        let connection = self.connection(registry).await?;
        let (read, _) = connection.client.batch_get_image(name, &absent).await?;
        for manifest in read {
            self.inventory.keep_content(&manifest.digest, &manifest.media_type, &manifest.bytes).await?;
            found.insert(manifest.digest.clone(), manifest);
        }
        Ok(found)
    }

    async fn config(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        config: &Descriptor,
    ) -> Result<Bytes, ApiError> {
        if let Some((_, bytes)) = self.inventory.content(&config.digest).await? {
            return Ok(bytes);
        }
        let client = self.connection(registry).await?.client;
        let endpoint = EcrEndpoint::connect(client, RepositorySettings::default()).await?;
        let source: Arc<dyn Source> = Arc::new(endpoint);
        // The caller limits its size, and beyond that the stream ends with an error.
        let chunks: Vec<Bytes> =
            open_verified(source, name, config, Backoff::default()).try_collect().await?;
        let bytes = Bytes::from(chunks.concat());
        self.inventory.keep_content(&config.digest, &config.media_type, &bytes).await?;
        Ok(bytes)
    }
}

fn view(manifest: &Manifest) -> Result<ManifestView, ApiError> {
    ManifestView::parse(&manifest.media_type, &manifest.bytes).map_err(|error| {
        ApiError::new(error.code(), Side::Service, format!("{} cannot be shown: {error}.", manifest.digest))
            .hint("It can still be deleted.")
    })
}

fn not_found(name: &RepositoryName, digest: &Digest) -> ApiError {
    ApiError::new("image-not-found", Side::Service, format!("`{name}` has no image {}.", digest.short()))
}

fn is_image_config(media_type: &str) -> bool {
    media_type == media_types::OCI_CONFIG || media_type == media_types::DOCKER_CONFIG
}

/// Names with values, limited in length, since they come from an untrusted image.
fn values(map: &BTreeMap<String, String>) -> Vec<NameValue> {
    let bounded = |text: &str| shown(text, LONGEST_VALUE);
    map.iter()
        .take(MOST_VALUES)
        .map(|(name, value)| NameValue { name: bounded(name), value: bounded(value) })
        .collect()
}

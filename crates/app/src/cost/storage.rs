//! What a repository stores.

use std::collections::HashMap;

use longshore_ecr::{ImageDetail, ImageScope, ImageStatus};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{ManifestKind, ManifestView};

use crate::{
    App,
    api::{ApiError, RegistryKey},
    inventory,
};

/// The most manifests of one request.
const AT_ONCE: usize = 100;

/// What a repository stores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredRepository {
    /// Its manifests, archived ones and those of indexes too.
    pub images: usize,
    /// Bytes of layers in standard storage.
    pub bytes: u64,
    /// Bytes of layers in the archive.
    pub archived: u64,
    /// Whether layers that images share count once. Otherwise the bytes are the most that it can be.
    pub is_exact: bool,
}

impl App {
    /// What a repository stores. With `by_layers` the manifests are read, which counts as a pull of each
    /// image; otherwise the sizes of images are added, as if they shared nothing. It is kept as a sample of today.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn stored(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        by_layers: bool,
    ) -> Result<StoredRepository, ApiError> {
        let client = self.connection(registry).await?.client;
        let images = client.images(name, ImageScope::Any).await?;
        let stored = match by_layers {
            false => added(&images),
            true => self.by_layers(registry, name, &images).await?,
        };
        self.sample(registry, name, stored).await;
        Ok(stored)
    }

    async fn by_layers(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        images: &[ImageDetail],
    ) -> Result<StoredRepository, ApiError> {
        let (archived, active): (Vec<_>, Vec<_>) = images.iter().partition(|image| is_archived(image));
        let digests: Vec<Digest> = active.iter().map(|image| image.digest.clone()).collect();
        let mut layers: HashMap<Digest, u64> = HashMap::new();
        let mut read = 0;
        for digests in digests.chunks(AT_ONCE) {
            for (_, manifest) in self.manifests(registry, name, digests).await? {
                let Ok(view) = ManifestView::parse(&manifest.media_type, &manifest.bytes) else { continue };
                read += 1;
                if let ManifestKind::Image { config, layers: of } = view.kind {
                    layers.extend(of.into_iter().chain([config]).map(|layer| (layer.digest, layer.size)));
                }
            }
        }
        Ok(StoredRepository {
            images: images.len(),
            bytes: layers.values().sum(),
            archived: archived.iter().filter_map(|image| image.size).sum(),
            // An image in the archive cannot be read.
            is_exact: read == digests.len() && archived.is_empty(),
        })
    }
}

/// The sizes of all images. An index has the size of one of its images, which counts itself.
fn added(images: &[ImageDetail]) -> StoredRepository {
    let of = |archived: bool| {
        let counted = images.iter().filter(|image| is_archived(image) == archived && !is_index(image));
        counted.filter_map(|image| image.size).sum()
    };
    StoredRepository {
        images: images.len(),
        bytes: of(false),
        archived: of(true),
        is_exact: images.iter().filter(|image| !is_index(image)).count() < 2,
    }
}

fn is_archived(image: &ImageDetail) -> bool {
    image.status == ImageStatus::Archived
}

/// Whether it is an index, whose size is that of one of its images.
pub(super) fn is_index(image: &ImageDetail) -> bool {
    image.media_type.as_deref().is_some_and(inventory::is_index)
}

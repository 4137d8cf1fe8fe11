//! Lifecycle policies: checks, and previews over the images of a repository.

use longshore_ecr::{ImageDetail, ImageScope, ImageStatus};
use longshore_names::RepositoryName;
pub use longshore_policy::{
    Position, Severity,
    lifecycle::{
        Action, DescribedImage, DescribedImages, InUse, Lint, NothingInUse, Preview, PreviewedImage,
        SparedPreview, StorageClass, UsedImages, UsedReferences, describe, lint_bytes, preview, read_in_use,
        read_references,
    },
};
use longshore_registry::media_types;

use crate::{
    App,
    api::{ApiError, RepositoryKey},
    errors::name_error,
};

impl App {
    /// Every image of a repository, archived ones too, as policies see them. Asked now, and not a pull.
    ///
    /// # Errors
    /// When the repository does not exist or cannot be asked.
    pub async fn described_images(&self, key: RepositoryKey) -> Result<DescribedImages, ApiError> {
        let name: RepositoryName = key.repository.parse().map_err(name_error("repository"))?;
        let client = self.connection(&key.registry).await?.client;
        let images = client.images(&name, ImageScope::Any).await?;
        Ok(of_repository(&key, images))
    }
}

/// Images of a repository as policies see them.
pub(crate) fn of_repository(key: &RepositoryKey, images: Vec<ImageDetail>) -> DescribedImages {
    DescribedImages {
        account: Some(key.registry.account.to_string()),
        repository: Some(key.repository.clone()),
        images: images.into_iter().map(described).collect(),
    }
}

fn described(detail: ImageDetail) -> DescribedImage {
    DescribedImage {
        tags: detail.tags.iter().map(ToString::to_string).collect(),
        bytes: detail.size,
        pushed: detail.pushed_at,
        pulled: detail.last_pulled_at,
        archived: detail.archived_at,
        activated: detail.activated_at,
        storage_class: match detail.status {
            ImageStatus::Archived => StorageClass::Archive,
            _ => StorageClass::Standard,
        },
        is_activating: detail.status == ImageStatus::Activating,
        is_index: detail.media_type.as_deref().is_some_and(media_types::is_index),
        subject: detail.subject.map(|subject| subject.to_string()),
        artifact_type: detail.artifact_media_type,
        ..DescribedImage::new(detail.digest.as_str())
    }
}

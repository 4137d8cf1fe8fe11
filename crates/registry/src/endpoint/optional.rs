//! What only some registries can do. A [`Sink`](crate::Sink) is asked for it.

use async_trait::async_trait;
use longshore_names::RepositoryName;

use crate::{BlobStream, Descriptor, Error, StoredImage, UploadState};

/// Uploads in parts, so that an unfinished upload can be resumed after a stop.
#[async_trait]
pub trait Parts: Send + Sync {
    /// Whether a blob of this many bytes is uploaded by [`push_parts`](Self::push_parts).
    fn keeps_parts(&self, size: u64) -> bool;

    /// Uploads a blob in parts. `from` is how far an earlier process got; `body` begins at `from`'s
    /// offset, or at 0. `keep` is called for every part that the registry has acknowledged. When
    /// the registry has forgotten `from`, the error is
    /// [`UploadForgotten`](crate::RegistryErrorKind::UploadForgotten) and the caller starts over.
    async fn push_parts(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        from: Option<UploadState>,
        body: BlobStream,
        keep: &(dyn Fn(UploadState) + Send + Sync),
    ) -> Result<(), Error>;
}

/// Rules by which a registry removes images on its own.
#[async_trait]
pub trait Lifecycle: Send + Sync {
    /// The rules of a repository, as a text in the registry's own format; `None` where it has none.
    async fn lifecycle_policy(&self, repository: &RepositoryName) -> Result<Option<String>, Error>;

    /// Every image of a repository, tagged or not, as those rules see it. Called only where
    /// [`lifecycle_policy`](Self::lifecycle_policy) returns rules.
    async fn stored(&self, repository: &RepositoryName) -> Result<Vec<StoredImage>, Error>;
}

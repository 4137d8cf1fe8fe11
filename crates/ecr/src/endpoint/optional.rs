//! What ECR can do beyond the core of a registry.

use async_trait::async_trait;
use longshore_names::RepositoryName;
use longshore_registry::{BlobStream, Descriptor, Error, Lifecycle, Parts, StoredImage, UploadState};

use crate::{EcrEndpoint, ImageScope, control::lifecycle, endpoint::push_parts};

#[async_trait]
impl Parts for EcrEndpoint {
    fn keeps_parts(&self, size: u64) -> bool {
        push_parts::in_parts(size)
    }

    async fn push_parts(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        from: Option<UploadState>,
        body: BlobStream,
        keep: &(dyn Fn(UploadState) + Send + Sync),
    ) -> Result<(), Error> {
        let pushed = self.upload_in_parts(repository, descriptor, from, body, keep).await;
        self.learn_of(repository, pushed)
    }
}

#[async_trait]
impl Lifecycle for EcrEndpoint {
    /// `GetLifecyclePolicy`.
    async fn lifecycle_policy(&self, repository: &RepositoryName) -> Result<Option<String>, Error> {
        self.client.lifecycle_policy(repository).await.map_err(|e| self.error(e))
    }

    /// `DescribeImages`, which is no pull, a thousand a page; archived images too.
    async fn stored(&self, repository: &RepositoryName) -> Result<Vec<StoredImage>, Error> {
        let images = self.client.images(repository, ImageScope::Any).await.map_err(|e| self.error(e))?;
        Ok(images.into_iter().map(lifecycle::stored).collect())
    }
}

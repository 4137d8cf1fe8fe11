//! Reads from an ECR registry.

use std::{
    collections::{BTreeSet, HashMap},
    sync::atomic::Ordering::Relaxed,
};

use async_trait::async_trait;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    BlobStream, Descriptor, Error, Listed, Manifest, RegistryErrorKind, Source, Stats, TagOrDigest,
};

use crate::{EcrEndpoint, EcrError, EcrErrorKind, ImageFailureCode, ImageScope};

#[async_trait]
impl Source for EcrEndpoint {
    fn name(&self) -> &str {
        self.data.name()
    }

    /// The statistics of both planes.
    fn stats(&self) -> Stats {
        let data = self.data.stats();
        Stats {
            requests: data.requests + self.calls.total(),
            bytes_up: data.bytes_up + self.bytes_up.load(Relaxed),
            bytes_down: data.bytes_down + self.bytes_down.load(Relaxed),
        }
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        let ids = self.client.list_images(repository, true).await.map_err(|e| self.error(e))?;
        let tags: BTreeSet<Tag> = ids.into_iter().filter_map(|id| id.tag).collect();
        Ok(tags.into_iter().collect())
    }

    /// Asks `DescribeImages`, which is no pull. It does not return the length of the manifest: the
    /// descriptor's `size` is 0. Archived images cannot be pulled and count as absent.
    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        let found = self.look_up(repository, std::slice::from_ref(reference)).await?;
        Ok(found.into_values().next())
    }

    /// As [`resolve`](Source::resolve); a hundred a call, or a page of a thousand.
    async fn resolve_many(
        &self,
        repository: &RepositoryName,
        references: &[TagOrDigest],
    ) -> Result<HashMap<TagOrDigest, Descriptor>, Error> {
        self.look_up(repository, references).await
    }

    /// **Counts as a pull**, as every read of a manifest does.
    async fn fetch(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, Error> {
        match self.get_one(repository, reference).await {
            Ok(Ok(manifest)) => Ok(Some(manifest)),
            Ok(Err(None)) | Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Ok(None),
            Ok(Err(Some(failure))) if failure.code == ImageFailureCode::NotFound => Ok(None),
            Ok(Err(Some(failure))) => Err(self.refusal(failure.reason)),
            Err(error) => Err(self.error(error)),
        }
    }

    async fn repositories(&self) -> Result<Vec<RepositoryName>, Error> {
        let repositories = self.client.repositories().await.map_err(|e| self.error(e))?;
        Ok(repositories.into_iter().map(|repository| repository.name).collect())
    }

    async fn list(&self, repository: &RepositoryName) -> Result<Vec<Listed>, Error> {
        let images = self.client.images(repository, ImageScope::Tagged).await.map_err(|e| self.error(e))?;
        let listed = images.into_iter().flat_map(|image| {
            let (digest, pushed, size) = (image.digest, image.pushed_at, image.size);
            image.tags.into_iter().map(move |tag| Listed { tag, digest: Some(digest.clone()), pushed, size })
        });
        Ok(listed.collect())
    }

    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error> {
        let reference = TagOrDigest::Digest(digest.clone());
        match self.get_one(repository, &reference).await.map_err(|e| self.error(e))? {
            Ok(manifest) => Ok(manifest),
            Err(Some(failure)) if failure.code != ImageFailureCode::NotFound => {
                Err(self.refusal(failure.reason))
            }
            Err(_) => Err(RegistryErrorKind::NotFound {
                repository: repository.to_string(),
                what: format!("manifest {digest}"),
            }
            .at(self.name().to_owned())),
        }
    }

    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        self.data.blob(repository, descriptor, offset).await
    }

    /// `BatchCheckLayerAvailability`, 100 a request; it does not count as a pull.
    async fn blob_sizes(
        &self,
        repository: &RepositoryName,
        blobs: &[Descriptor],
    ) -> Result<HashMap<Digest, u64>, Error> {
        let sizes: HashMap<Digest, u64> = blobs.iter().map(|blob| (blob.digest.clone(), blob.size)).collect();
        let digests: Vec<Digest> = sizes.keys().cloned().collect();
        let layers = self.client.layers(repository, &digests).await.map_err(|e| self.error(e))?;
        let known = layers.into_iter().filter(|layer| layer.available).filter_map(|layer| {
            let size = layer.size.or_else(|| sizes.get(&layer.digest).copied())?;
            sizes.contains_key(&layer.digest).then_some((layer.digest, size))
        });
        Ok(known.collect())
    }

    async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        self.data.referrers(repository, subject).await
    }
}

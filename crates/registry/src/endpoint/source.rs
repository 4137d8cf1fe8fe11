//! What is read from a registry.

use std::collections::HashMap;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};

use crate::{
    BlobStream, Descriptor, Error, Listed, Manifest, RegistryErrorKind, Stats, TagOrDigest,
    endpoint::ASKED_AT_ONCE,
};

/// A registry that content is read from.
#[async_trait]
pub trait Source: Send + Sync {
    /// The registry's name in messages and its identity: two endpoints with the same name are the
    /// same registry, so blobs can be mounted between their repositories. For a host, `host:port`.
    fn name(&self) -> &str;

    /// What moved between us and the registry since this value was made; zeros if nothing is
    /// counted.
    fn stats(&self) -> Stats {
        Stats::default()
    }

    /// Notes since this value was made that are worth reporting but are not errors, such as names
    /// that were left out of a list.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Every tag of a repository, in no particular order.
    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error>;

    /// What a reference points at now, or `None` when there is no such manifest or repository. The
    /// descriptor's `size` is 0 where the registry does not report it without a pull.
    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error>;

    /// What many references point at now; those that point at nothing are left out. A registry with
    /// a batch call needs fewer than one request each.
    async fn resolve_many(
        &self,
        repository: &RepositoryName,
        references: &[TagOrDigest],
    ) -> Result<HashMap<TagOrDigest, Descriptor>, Error> {
        let asked = references.iter().map(|reference| async move {
            Ok((reference.clone(), self.resolve(repository, reference).await?))
        });
        let asked: Vec<_> = asked.collect();
        futures::stream::iter(asked)
            .buffer_unordered(ASKED_AT_ONCE)
            .try_filter_map(|(reference, found)| async move { Ok(found.map(|found| (reference, found))) })
            .try_collect()
            .await
    }

    /// A manifest by tag or digest as it is now, its digest computed from its bytes; `None` when
    /// there is no such manifest or repository. One request where the registry allows it.
    async fn fetch(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, Error> {
        match self.resolve(repository, reference).await? {
            Some(found) => self.manifest(repository, &found.digest).await.map(Some),
            None => Ok(None),
        }
    }

    /// Every repository, in no particular order.
    async fn repositories(&self) -> Result<Vec<RepositoryName>, Error> {
        Err(RegistryErrorKind::Unsupported { message: "it does not list its repositories".into() }
            .at(self.name().to_owned()))
    }

    /// Every tag of a repository with what the registry reports about it without a pull.
    async fn list(&self, repository: &RepositoryName) -> Result<Vec<Listed>, Error> {
        Ok(self.tags(repository).await?.into_iter().map(Listed::new).collect())
    }

    /// A manifest by digest, its bytes checked against that digest.
    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error>;

    /// A blob from `offset` on. The stream is **not** checked; wrap it in
    /// [`VerifiedStream`](crate::VerifiedStream), which is what every caller that reads from the
    /// beginning does.
    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error>;

    /// Which of these blobs the repository has, each with the size in bytes that it reports, or the
    /// descriptor's where it reports none. No content is read.
    async fn blob_sizes(
        &self,
        repository: &RepositoryName,
        blobs: &[Descriptor],
    ) -> Result<HashMap<Digest, u64>, Error> {
        let asked = blobs.iter().map(|blob| async move {
            match self.blob(repository, blob, 0).await {
                Ok(_) => Ok(Some((blob.digest.clone(), blob.size))),
                Err(Error { kind: RegistryErrorKind::NotFound { .. }, .. }) => Ok(None),
                Err(error) => Err(error),
            }
        });
        let asked: Vec<_> = asked.collect();
        futures::stream::iter(asked)
            .buffer_unordered(ASKED_AT_ONCE)
            .try_filter_map(|found| async move { Ok(found) })
            .try_collect()
            .await
    }

    /// Manifests whose subject is `subject` (distribution specification 1.1, "Listing Referrers").
    async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error>;
}

//! The source as seen by one of several runs.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    BlobStream, Descriptor, Error as RegistryError, Listed, Manifest, Source, Stats, TagOrDigest,
};

use super::hub::Tee;

/// Reads a blob without the others.
#[derive(Clone)]
pub(crate) struct Alone {
    source: Arc<dyn Source>,
    repository: RepositoryName,
}

impl Alone {
    pub(super) fn new(source: Arc<dyn Source>, repository: RepositoryName) -> Self {
        Self { source, repository }
    }

    pub(crate) async fn open(self, descriptor: Descriptor, offset: u64) -> Result<BlobStream, RegistryError> {
        self.source.blob(&self.repository, &descriptor, offset).await
    }
}

/// The source as seen by one run.
pub(super) struct Branch {
    pub(super) tee: Arc<Tee>,
    pub(super) reader: usize,
}

#[async_trait]
impl Source for Branch {
    fn name(&self) -> &str {
        self.tee.source().name()
    }

    fn stats(&self) -> Stats {
        self.tee.source().stats()
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, RegistryError> {
        self.tee.source().tags(repository).await
    }

    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, RegistryError> {
        self.tee.source().resolve(repository, reference).await
    }

    async fn resolve_many(
        &self,
        repository: &RepositoryName,
        references: &[TagOrDigest],
    ) -> Result<HashMap<TagOrDigest, Descriptor>, RegistryError> {
        self.tee.source().resolve_many(repository, references).await
    }

    async fn fetch(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, RegistryError> {
        self.tee.source().fetch(repository, reference).await
    }

    async fn repositories(&self) -> Result<Vec<RepositoryName>, RegistryError> {
        self.tee.source().repositories().await
    }

    async fn list(&self, repository: &RepositoryName) -> Result<Vec<Listed>, RegistryError> {
        self.tee.source().list(repository).await
    }

    async fn manifest(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Manifest, RegistryError> {
        self.tee.source().manifest(repository, digest).await
    }

    /// Reads from the beginning together with the others, from elsewhere alone.
    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, RegistryError> {
        if offset == 0
            && let Some(reader) = self.tee.join(self.reader, repository, descriptor)
        {
            return Ok(Box::pin(reader.into_stream()));
        }
        self.tee.source().blob(repository, descriptor, offset).await
    }

    async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        self.tee.source().referrers(repository, subject).await
    }
}

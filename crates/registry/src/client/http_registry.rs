//! Any registry that speaks the OCI distribution specification.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use longshore_names::{Digest, RepositoryName, Tag};

use crate::{
    BlobStream, Descriptor, Error, Host, HostOptions, Manifest, RepositoryState, Sink, Source, Stats,
    TagOrDigest, Tagged,
};

/// A registry over HTTP. Clones share the [`Host`], and with it connections, tokens and pacing.
#[derive(Clone)]
pub struct HttpRegistry {
    pub(crate) host: Arc<Host>,
}

impl HttpRegistry {
    /// A registry on a host that may be in use elsewhere too.
    pub fn new(host: Arc<Host>) -> Self {
        Self { host }
    }

    /// A registry on a host of its own.
    ///
    /// # Errors
    /// As for [`Host::new`].
    pub fn connect(name: &str, options: HostOptions) -> Result<Self, Error> {
        Host::new(name, options).map(Self::new)
    }

    /// The host.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }
}

#[async_trait]
impl Source for HttpRegistry {
    fn name(&self) -> &str {
        &self.host.name
    }

    fn stats(&self) -> Stats {
        self.host.stats()
    }

    fn remarks(&self) -> Vec<String> {
        self.host.remarks()
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        self.list_tags(repository).await
    }

    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        self.resolve_manifest(repository, reference).await
    }

    async fn fetch(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, Error> {
        self.fetch_manifest(repository, reference).await
    }

    /// From `/v2/_catalog`, which public registries refuse to everyone.
    async fn repositories(&self) -> Result<Vec<RepositoryName>, Error> {
        self.list_repositories().await
    }

    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error> {
        self.get_manifest(repository, digest).await
    }

    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        self.read_blob(repository, descriptor, offset).await
    }

    async fn blob_sizes(
        &self,
        repository: &RepositoryName,
        blobs: &[Descriptor],
    ) -> Result<HashMap<Digest, u64>, Error> {
        self.sizes(repository, blobs).await
    }

    async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        self.list_referrers(repository, subject).await
    }
}

#[async_trait]
impl Sink for HttpRegistry {
    async fn state(&self, repository: &RepositoryName) -> Result<RepositoryState, Error> {
        self.first_page(repository).await
    }

    async fn exists_many(
        &self,
        repository: &RepositoryName,
        digests: &[Digest],
    ) -> Result<HashSet<Digest>, Error> {
        self.have(repository, digests).await
    }

    async fn mount(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Error> {
        self.mount_blob(repository, digest, from).await
    }

    async fn push_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error> {
        self.upload_blob(repository, descriptor, body).await
    }

    async fn push_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error> {
        self.put_manifest(repository, manifest, tag).await
    }

    async fn push_tag(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: &Tag,
        over: Option<&Digest>,
    ) -> Result<Tagged, Error> {
        self.put_with_leave(repository, manifest, tag, over).await
    }

    async fn link_referrer(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
        referrer: &Manifest,
    ) -> Result<(), Error> {
        self.link(repository, subject, referrer).await
    }

    /// A tag is removed only where the registry deletes by tag; many delete images only by digest.
    async fn delete(&self, repository: &RepositoryName, reference: &TagOrDigest) -> Result<bool, Error> {
        self.delete_manifest(repository, reference).await
    }

    fn creates_on_push(&self) -> bool {
        true
    }

    /// Registries of this kind create a repository on the first push, or refuse the push.
    async fn ensure_repository(&self, _repository: &RepositoryName) -> Result<bool, Error> {
        Ok(false)
    }
}

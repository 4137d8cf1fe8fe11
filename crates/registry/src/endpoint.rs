//! What the engine sees of a registry: two small traits.
//!
//! One value stands for one registry as one principal sees it, and lives as long as a run, so that
//! connections, tokens and pacing are shared over all its repositories.

use std::collections::HashSet;

use async_trait::async_trait;
use longshore_names::{Digest, RepositoryName, Tag};

use crate::{BlobStream, Descriptor, Error, Manifest, Stats, TagOrDigest};

/// A registry that content is read from.
#[async_trait]
pub trait Source: Send + Sync {
    /// The registry's name in messages and its identity: two endpoints with the same name are the
    /// same registry, so blobs can be mounted between their repositories. For a host, `host:port`.
    fn name(&self) -> &str;

    /// What moved between us and the registry since this value was made; zeros where nobody counts.
    fn stats(&self) -> Stats {
        Stats::default()
    }

    /// Every tag of a repository, in no particular order.
    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error>;

    /// What a reference points at now, or `None` when there is no such manifest or repository.
    /// The descriptor's `size` is 0 where the registry does not tell it without a pull (ECR).
    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error>;

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

    /// Manifests whose subject is `subject` (distribution specification 1.1, "Listing Referrers").
    async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error>;
}

/// A registry that content is written to.
#[async_trait]
pub trait Sink: Source {
    /// Which of these blobs the repository has.
    async fn exists_many(
        &self,
        repository: &RepositoryName,
        digests: &[Digest],
    ) -> Result<HashSet<Digest>, Error>;

    /// Makes a blob of another repository of this registry available here without moving bytes.
    /// `false` when the registry declines, which is no error: the caller uploads.
    async fn mount(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Error>;

    /// Uploads a blob. The registry acknowledged the descriptor's digest when this returns `Ok`.
    /// `body` yields exactly `descriptor.size` bytes or an error; on an error nothing is kept.
    async fn push_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error>;

    /// Puts a manifest's bytes, under a tag or by digest only. The registry acknowledged the
    /// manifest's digest when this returns `Ok`. The same tag with the same digest already there
    /// is success, also on an immutable repository.
    async fn push_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error>;

    /// Makes sure the repository exists; `true` when it was created now. Registries that create
    /// on push answer `false` without asking.
    async fn ensure_repository(&self, repository: &RepositoryName) -> Result<bool, Error>;
}

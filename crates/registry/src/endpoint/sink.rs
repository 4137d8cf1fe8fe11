//! What is written to a registry.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};

use crate::{
    BlobStream, Descriptor, Error, Lifecycle, Manifest, Parts, RegistryErrorKind, RepositoryState, Source,
    TagOrDigest, Tagged, Untagged, endpoint::ASKED_AT_ONCE, leave,
};

/// A registry that content is written to.
#[async_trait]
pub trait Sink: Source {
    /// Whether the repository exists, and whether it may have content, with as few requests as
    /// possible. Nothing more is looked up in a repository that is `Absent` or `Empty`.
    async fn state(&self, repository: &RepositoryName) -> Result<RepositoryState, Error> {
        match self.tags(repository).await {
            Ok(tags) if tags.is_empty() => Ok(RepositoryState::Empty),
            Ok(_) => Ok(RepositoryState::Filled),
            Err(Error { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
                Ok(RepositoryState::Absent)
            }
            Err(error) => Err(error),
        }
    }

    /// Which of these blobs the repository has.
    async fn exists_many(
        &self,
        repository: &RepositoryName,
        digests: &[Digest],
    ) -> Result<HashSet<Digest>, Error>;

    /// Makes a blob of another repository of this registry available here without moving bytes.
    /// `false` when the registry declines, which is not an error: the caller uploads.
    async fn mount(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Error>;

    /// Uploads a blob. The registry acknowledged the descriptor's digest when this returns `Ok`.
    /// `body` yields exactly `descriptor.size` bytes or an error; on an error nothing is stored.
    async fn push_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error>;

    /// Puts a manifest's bytes, under a tag or by digest only. The registry acknowledged the
    /// manifest's digest when this returns `Ok`. If the tag already has this digest, that is
    /// success, even in an immutable repository.
    async fn push_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error>;

    /// What tags point at right now, each looked up by its name: a list may be stale, empty or
    /// refused, and proves nothing. Tags that do not exist are left out.
    async fn tags_now(
        &self,
        repository: &RepositoryName,
        tags: &[Tag],
    ) -> Result<HashMap<Tag, Digest>, Error> {
        let asked = tags.iter().map(|tag| async move {
            let found = self.resolve(repository, &TagOrDigest::Tag(tag.clone())).await?;
            Ok(found.map(|found| (tag.clone(), found.digest)))
        });
        let asked: Vec<_> = asked.collect();
        futures::stream::iter(asked)
            .buffer_unordered(ASKED_AT_ONCE)
            .try_filter_map(|found| async move { Ok(found) })
            .try_collect()
            .await
    }

    /// Puts a manifest under a tag that does not exist yet or points at `over`. No registry has a
    /// conditional put, so the tag is looked up just before; a layout stays locked throughout.
    /// Nothing is retried here: after a failure the caller calls again, and the tag is looked up
    /// again.
    ///
    /// # Errors
    /// [`RegistryErrorKind::TagTaken`] when the tag points elsewhere; otherwise as for
    /// [`push_manifest`](Self::push_manifest).
    async fn push_tag(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: &Tag,
        over: Option<&Digest>,
    ) -> Result<Tagged, Error> {
        let there = self.tags_now(repository, std::slice::from_ref(tag)).await?;
        if leave(self.name(), repository, tag, there.get(tag), manifest, over)? {
            return Ok(Tagged::There);
        }
        self.push_manifest(repository, manifest, Some(tag)).await.map(|()| Tagged::Put)
    }

    /// Makes the registry list `referrer`, which was put by digest, among the referrers of its
    /// subject. Registries with the referrers API do so on their own; for others the index under
    /// the tag `sha256-<hex>` is written (distribution specification 1.1, "Referrers Tag Schema").
    async fn link_referrer(
        &self,
        _repository: &RepositoryName,
        _subject: &Digest,
        _referrer: &Manifest,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Uploads in parts, where the registry has them.
    fn parts(&self) -> Option<&dyn Parts> {
        None
    }

    /// The registry's own removal rules, where it has them.
    fn lifecycle(&self) -> Option<&dyn Lifecycle> {
        None
    }

    /// Whether a blob can be mounted only when a manifest of the other repository names it.
    fn mounts_referenced_only(&self) -> bool {
        false
    }

    /// Removes a tag that points at `at`. Registries have no conditional deletion of tags, so the
    /// tag is looked up just before; a layout stays locked throughout. Nothing is retried here: after a
    /// failure the caller calls again, and the tag is looked up again.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    async fn delete_tag(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
        at: &Digest,
    ) -> Result<Untagged, Error> {
        let reference = TagOrDigest::Tag(tag.clone());
        match self.resolve(repository, &reference).await? {
            None => Ok(Untagged::Gone),
            Some(there) if there.digest != *at => Ok(Untagged::Moved),
            Some(_) => match self.delete(repository, &reference).await? {
                true => Ok(Untagged::Removed),
                false => Ok(Untagged::Gone),
            },
        }
    }

    /// Removes a tag, or a manifest with all its tags; `false` when it did not exist. The request
    /// is sent once: before a second try, another image may have taken its place.
    async fn delete(&self, _repository: &RepositoryName, _reference: &TagOrDigest) -> Result<bool, Error> {
        Err(RegistryErrorKind::Unsupported { message: "it does not allow images to be deleted".into() }
            .at(self.name().to_owned()))
    }

    /// Whether a repository exists as soon as something is in it, and no call creates it: nothing is
    /// left of one in which nothing was put.
    fn creates_on_push(&self) -> bool {
        false
    }

    /// Whether the repository exists now, looked up again. Registries that create a repository on
    /// its first push, and have no call that creates one, return `true` without a request.
    async fn has_repository(&self, _repository: &RepositoryName) -> Result<bool, Error> {
        Ok(true)
    }

    /// Makes sure the repository exists; `true` when it was created now. Registries that create on
    /// push return `false` without a request.
    async fn ensure_repository(&self, repository: &RepositoryName) -> Result<bool, Error>;
}

//! What the engine sees of a registry: two small traits.
//!
//! One value stands for one registry as one principal sees it, and lives as long as a run, so that
//! connections, tokens and pacing are shared over all its repositories.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};

use crate::{
    BlobStream, Descriptor, Error, Listed, Manifest, RegistryErrorKind, RepositoryState, Stats, StoredImage,
    TagOrDigest, Tagged, Untagged, UploadState, leave,
};

/// Single requests under way at once for one lookup of many items.
const ASKED_AT_ONCE: usize = 32;

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
    /// descriptor's `size` is 0 where the registry does not report it without a pull (ECR).
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

    /// Whether a blob of this many bytes is uploaded by [`push_parts`](Self::push_parts), so that
    /// an unfinished upload can be resumed after a stop.
    fn keeps_parts(&self, _size: u64) -> bool {
        false
    }

    /// Uploads a blob in parts. `from` is how far an earlier process got; `body` begins at `from`'s
    /// offset, or at 0. `keep` is called for every part that the registry has acknowledged. When
    /// the registry has forgotten `from`, the error is [`RegistryErrorKind::UploadForgotten`] and the caller
    /// starts over.
    async fn push_parts(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        _from: Option<UploadState>,
        body: BlobStream,
        _keep: &(dyn Fn(UploadState) + Send + Sync),
    ) -> Result<(), Error> {
        self.push_blob(repository, descriptor, body).await
    }

    /// Whether a blob can be mounted only when a manifest of the other repository names it (ECR).
    fn mounts_referenced_only(&self) -> bool {
        false
    }

    /// Removes a tag that points at `at`. Registries have no conditional deletion of tags, so the
    /// tag is looked up just before; a layout stays locked throughout. (ECR's `BatchDeleteImage`
    /// takes a tag with a digest, and is documented only to delete an image with all its tags by
    /// digest.) Nothing is retried here: after a failure the caller calls again, and the tag is
    /// looked up again.
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

    /// The rules by which the registry removes images of a repository on its own: on ECR the text
    /// of the lifecycle policy. `None` where there are none, and where the registry has no such
    /// rules.
    async fn lifecycle_policy(&self, _repository: &RepositoryName) -> Result<Option<String>, Error> {
        Ok(None)
    }

    /// Every image of a repository, tagged or not, as those rules see it. Called only where
    /// [`lifecycle_policy`](Self::lifecycle_policy) returns rules.
    async fn stored(&self, _repository: &RepositoryName) -> Result<Vec<StoredImage>, Error> {
        Ok(Vec::new())
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

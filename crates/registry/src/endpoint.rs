//! What the engine sees of a registry: two small traits.
//!
//! One value stands for one registry as one principal sees it, and lives as long as a run, so that
//! connections, tokens and pacing are shared over all its repositories.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};

use crate::{
    BlobStream, Descriptor, Error, Listed, Manifest, RepositoryState, Stats, StoredImage, TagOrDigest,
    Tagged, Untagged, UploadState, leave,
};

/// Single questions under way for one question about many things.
const ASKED_AT_ONCE: usize = 32;

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

    /// What was seen since this value was made that is worth telling and is no error, such as names
    /// of a list that were left out.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
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

    /// What many references point at now; those that point at nothing are left out. A registry
    /// with a call for many answers with fewer requests than one each.
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
        Err(Error::Unsupported {
            registry: self.name().to_owned(),
            message: "it gives no list of its repositories".into(),
        })
    }

    /// Every tag of a repository with what the registry tells about it without a pull.
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

    /// Which of these blobs the repository has, each with the size in bytes that it tells, or the
    /// descriptor's where it tells none. No bytes are read.
    async fn blob_sizes(
        &self,
        repository: &RepositoryName,
        blobs: &[Descriptor],
    ) -> Result<HashMap<Digest, u64>, Error> {
        let asked = blobs.iter().map(|blob| async move {
            match self.blob(repository, blob, 0).await {
                Ok(_) => Ok(Some((blob.digest.clone(), blob.size))),
                Err(Error::NotFound { .. }) => Ok(None),
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
    /// Whether the repository is there, and whether content may be in it, for the least that the
    /// registry can be asked. What is `Absent` or `Empty` is asked nothing more.
    async fn state(&self, repository: &RepositoryName) -> Result<RepositoryState, Error> {
        match self.tags(repository).await {
            Ok(tags) if tags.is_empty() => Ok(RepositoryState::Empty),
            Ok(_) => Ok(RepositoryState::Filled),
            Err(Error::RepositoryNotFound { .. }) => Ok(RepositoryState::Absent),
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

    /// Where tags are at this moment, each asked for by its name: a list may be old, empty or refused,
    /// and proves nothing. Tags that are nowhere are left out.
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

    /// Puts a manifest under a tag that is nowhere or at `over`. No registry puts on a condition, so
    /// the tag is asked for right before; a layout is locked meanwhile. Nothing is sent again by itself: after a failure the caller
    /// calls once more, and the tag is asked for once more.
    ///
    /// # Errors
    /// [`Error::TagTaken`] when the tag is elsewhere, and as [`push_manifest`](Self::push_manifest).
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
    /// subject. Registries with the referrers API do so by themselves; for others the index under
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
    /// a half-done upload can go on after a stop.
    fn keeps_parts(&self, _size: u64) -> bool {
        false
    }

    /// Uploads a blob in parts. `from` is how far an earlier process came; `body` begins at
    /// `from`'s offset, or at 0. `keep` is told of every part that the registry has acknowledged.
    /// When the registry has forgotten `from`, the error is [`Error::UploadForgotten`] and the
    /// caller begins anew.
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

    /// Removes a tag that points at `at`. Registries do not delete a tag on a condition, so the tag is asked
    /// for right before; a layout is locked meanwhile. (ECR's `BatchDeleteImage` takes a tag with a digest,
    /// and is documented only to delete an image with all its tags by digest.) Nothing is sent again by itself: after a failure the caller calls once more, and
    /// the tag is asked for once more.
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

    /// Removes a tag, or a manifest with all its tags; `false` when there was none. Sent once: what is
    /// there may be another image before a second try.
    async fn delete(&self, _repository: &RepositoryName, _reference: &TagOrDigest) -> Result<bool, Error> {
        Err(Error::Unsupported {
            registry: self.name().to_owned(),
            message: "it does not let images be deleted".into(),
        })
    }

    /// The rules by which the registry removes images of a repository by itself: on ECR the text of
    /// the life-cycle policy. `None` where there are none, and where the registry has no such rules.
    async fn lifecycle_policy(&self, _repository: &RepositoryName) -> Result<Option<String>, Error> {
        Ok(None)
    }

    /// Every image of a repository, tagged or not, as those rules see it. Asked only where
    /// [`lifecycle_policy`](Self::lifecycle_policy) gives some.
    async fn stored(&self, _repository: &RepositoryName) -> Result<Vec<StoredImage>, Error> {
        Ok(Vec::new())
    }

    /// Whether the repository exists now, asked anew. Registries on which a repository comes into
    /// being with its first push, and has no call that creates it, answer `true` without asking.
    async fn has_repository(&self, _repository: &RepositoryName) -> Result<bool, Error> {
        Ok(true)
    }

    /// Makes sure the repository exists; `true` when it was created now. Registries that create
    /// on push answer `false` without asking.
    async fn ensure_repository(&self, repository: &RepositoryName) -> Result<bool, Error>;
}

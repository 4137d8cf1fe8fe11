//! One image from the first blob to the tag.

use std::{collections::HashSet, sync::Arc};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, Tag};
use longshore_registry::{Error as RegistryError, TagOrDigest};

use crate::{
    Action, EngineError, Event, How, Kind, PlannedImage, PlannedManifest, Proof, Skipped, journal::Record,
    proof, transfer::closed, work::Work,
};

/// Blobs of one image that are waited for at once; how many move is limited for the whole run.
const BLOBS_AT_ONCE: usize = 32;
const MANIFESTS_AT_ONCE: usize = 8;

/// What came of an image that did not fail.
pub(crate) struct Copied {
    pub(crate) proof: Vec<Proof>,
    /// Nothing was to do after all.
    pub(crate) skipped: bool,
}

impl Work {
    /// Copies one image: blobs, child manifests, the image's own manifest with its tag, proof.
    pub(crate) async fn copy(self: &Arc<Self>, index: usize) -> Result<Copied, EngineError> {
        let image = self.image(index)?;
        let digest =
            image.digest.as_ref().ok_or_else(|| EngineError::Internal("a copy without digest".into()))?;
        self.tell(Event::Started { image: index });
        if self.there_already(image, digest).await? {
            return Ok(self.skip(index, image, digest));
        }
        let mut proof = self.all_blobs(index, image).await?;
        if image.action != Action::Retag {
            self.open_journal().await?;
            self.ensure(&image.destination).await?;
        }
        proof.extend(self.children(index, image, digest).await?);
        self.put_root(index, image, digest).await?;
        let root = Proof { kind: Kind::Manifest, digest: digest.clone(), how: How::Acknowledged };
        proof.push(root);
        if let Some(tag) = &image.tag {
            proof.push(self.tag_is_at(image, tag, digest).await?);
        }
        let missing = proof::missing(image, &proof);
        if !missing.is_empty() {
            return Err(EngineError::Internal(format!("{} parts without proof", missing.len())));
        }
        self.note(Record::Image(index));
        self.tell(Event::Verified { image: index, digest: digest.clone() });
        Ok(Copied { proof, skipped: false })
    }

    /// Looks where the tag is just before work on it: a plan may be old.
    async fn there_already(&self, image: &PlannedImage, digest: &Digest) -> Result<bool, EngineError> {
        let Some(tag) = &image.tag else { return Ok(false) };
        let reference = TagOrDigest::Tag(tag.clone());
        let there = self
            .retried(|| self.sink.resolve(&image.destination, &reference))
            .await
            .map_err(EngineError::destination)?;
        match there {
            Some(there) if there.digest == *digest => Ok(true),
            Some(there) if image.replaces.as_ref() != Some(&there.digest) => Err(EngineError::Conflict {
                repository: image.destination.to_string(),
                tag: tag.to_string(),
                existing: there.digest,
            }),
            _ => Ok(false),
        }
    }

    fn skip(&self, index: usize, image: &PlannedImage, digest: &Digest) -> Copied {
        let finished = self.finished.images.contains(&index);
        let reason = if finished { Skipped::FinishedBefore } else { Skipped::SameDigest };
        self.saved(image.blobs.iter().map(|blob| blob.descriptor.size).sum());
        self.note(Record::Image(index));
        self.tell(Event::Skipped { image: index, reason });
        Copied { proof: asked_for(image, digest), skipped: true }
    }

    async fn all_blobs(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
    ) -> Result<Vec<Proof>, EngineError> {
        let transfers: Vec<_> = image
            .blobs
            .iter()
            .map(|blob| async move {
                let how = self.blob(index, blob).await?;
                Ok::<_, EngineError>(Proof { kind: Kind::Blob, digest: blob.descriptor.digest.clone(), how })
            })
            .collect();
        futures::stream::iter(transfers).buffer_unordered(BLOBS_AT_ONCE).try_collect().await
    }

    /// Puts all manifests but the image's own, those without children first.
    async fn children(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        root: &Digest,
    ) -> Result<Vec<Proof>, EngineError> {
        let others = || image.manifests.iter().filter(|manifest| manifest.descriptor.digest != *root);
        let leaves: Vec<_> = others()
            .filter(|manifest| manifest.children.is_empty())
            .map(|manifest| self.put_child(index, image, manifest))
            .collect();
        let mut proof: Vec<Proof> =
            futures::stream::iter(leaves).buffer_unordered(MANIFESTS_AT_ONCE).try_collect().await?;
        for manifest in others().filter(|manifest| !manifest.children.is_empty()) {
            proof.push(self.put_child(index, image, manifest).await?);
        }
        Ok(proof)
    }

    async fn put_child(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        manifest: &PlannedManifest,
    ) -> Result<Proof, EngineError> {
        let digest = &manifest.descriptor.digest;
        let key = (image.destination.clone(), digest.clone());
        // Many images may share a child; the first one puts it.
        let slot = self.slot(&image.destination, digest);
        let mut known = slot.lock().await;
        if known.is_none() && !self.finished.manifests.contains(&key) {
            self.put(index, image, digest, None).await?;
            self.note(Record::Manifest(key.0, key.1));
        }
        *known = Some(How::Acknowledged);
        Ok(Proof { kind: Kind::Manifest, digest: digest.clone(), how: How::Acknowledged })
    }

    async fn put_root(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        digest: &Digest,
    ) -> Result<(), EngineError> {
        self.open_journal().await?;
        self.put(index, image, digest, image.tag.as_ref()).await
    }

    /// Puts a manifest; when the registry lacks what it names, brings that once and puts it again.
    async fn put(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        digest: &Digest,
        tag: Option<&Tag>,
    ) -> Result<(), EngineError> {
        let error = match self.put_once(image, digest, tag).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let planned = image.manifests.iter().find(|manifest| manifest.descriptor.digest == *digest);
        match (&error, planned) {
            (
                EngineError::Registry { error: RegistryError::ReferencedContentMissing { .. }, .. },
                Some(planned),
            ) => {
                tracing::info!(run = %self.run, %digest, "the destination lacks content, bringing it again");
                self.heal(index, image, planned).await?;
                self.put_once(image, digest, tag).await
            }
            _ => Err(error),
        }
    }

    async fn put_once(
        &self,
        image: &PlannedImage,
        digest: &Digest,
        tag: Option<&Tag>,
    ) -> Result<(), EngineError> {
        let manifest = self.manifest(image, digest).await?;
        let _permit = self.manifests.acquire().await.map_err(closed)?;
        self.retried(|| self.sink.push_manifest(&image.destination, &manifest, tag))
            .await
            .map_err(EngineError::destination)
    }

    /// What was believed to be there is not: asks, and uploads what is missing. If the registry
    /// says that nothing is, everything that was not uploaded in this run is.
    async fn heal(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        manifest: &PlannedManifest,
    ) -> Result<(), EngineError> {
        for child in &manifest.children {
            if let Some(child) = image.manifests.iter().find(|m| m.descriptor.digest == *child) {
                Box::pin(self.heal(index, image, child)).await?;
                self.put_once(image, &child.descriptor.digest, None).await?;
            }
        }
        if manifest.blobs.is_empty() {
            return Ok(());
        }
        let there: HashSet<Digest> = self
            .retried(|| self.sink.exists_many(&image.destination, &manifest.blobs))
            .await
            .map_err(EngineError::destination)?;
        let all_there = manifest.blobs.iter().all(|digest| there.contains(digest));
        for blob in image.blobs.iter().filter(|blob| manifest.blobs.contains(&blob.descriptor.digest)) {
            let slot = self.slot(&image.destination, &blob.descriptor.digest);
            let mut known = slot.lock().await;
            let uploaded = *known == Some(How::Acknowledged);
            if !there.contains(&blob.descriptor.digest) || (all_there && !uploaded) {
                self.upload(index, &blob.descriptor).await?;
                *known = Some(How::Acknowledged);
            }
        }
        Ok(())
    }

    async fn tag_is_at(
        &self,
        image: &PlannedImage,
        tag: &Tag,
        digest: &Digest,
    ) -> Result<Proof, EngineError> {
        let reference = TagOrDigest::Tag(tag.clone());
        let there = self
            .retried(|| self.sink.resolve(&image.destination, &reference))
            .await
            .map_err(EngineError::destination)?;
        match there {
            Some(there) if there.digest == *digest => {
                Ok(Proof { kind: Kind::Tag, digest: digest.clone(), how: How::Asked })
            }
            other => Err(EngineError::TagMoved {
                repository: image.destination.to_string(),
                tag: tag.to_string(),
                expected: digest.clone(),
                found: other.map_or_else(|| "nothing".to_owned(), |there| there.digest.to_string()),
            }),
        }
    }
}

/// The proof of an image that the destination was found to have: registries take a manifest only
/// with all that it names.
pub(crate) fn asked_for(image: &PlannedImage, digest: &Digest) -> Vec<Proof> {
    let entry = |kind| Proof { kind, digest: digest.clone(), how: How::Asked };
    let mut proof = vec![entry(Kind::Manifest)];
    proof.extend(image.tag.as_ref().map(|_| entry(Kind::Tag)));
    proof
}

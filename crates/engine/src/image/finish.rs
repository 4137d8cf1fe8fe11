//! One image from its last blob to the tag.

use std::{collections::HashSet, sync::Arc};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, Tag};
use longshore_registry::{Error as RegistryError, RegistryErrorKind, TagOrDigest, Tagged};

use crate::{
    Action, EngineError, EngineErrorKind, Event, How, Kind, OnConflict, PlannedImage, PlannedManifest, Proof,
    Refused, Skipped, image::transfer::closed, journal::Record, report::proof, work::shared::Work,
};

const MANIFESTS_AT_ONCE: usize = 8;

/// The result of an image that did not fail.
pub(crate) struct Copied {
    pub(crate) proof: Vec<Proof>,
    /// Nothing had to be done after all.
    pub(crate) skipped: bool,
    /// Referrers that the destination refuses, where that is no failure.
    pub(crate) refused: Vec<Refused>,
}

impl Copied {
    fn done(proof: Vec<Proof>) -> Self {
        Self { proof, skipped: false, refused: Vec::new() }
    }
}

impl Work {
    /// Finishes an image whose blobs are all at the destination: child manifests, the image's own
    /// manifest with its tag, proof. The tag is looked up right before it is put.
    pub(crate) async fn finish(self: &Arc<Self>, index: usize) -> Result<Copied, EngineError> {
        let image = self.image(index)?;
        let digest = image.digest.as_ref().ok_or_else(|| EngineError::internal("a copy without digest"))?;
        if image.action == Action::Blobs {
            let proof = self.ledger.blob_proofs(index);
            self.ledger.record(Record::Image(index));
            return Ok(Copied::done(proof));
        }
        let mut proof = self.ledger.blob_proofs(index);
        self.ledger.open_journal().await?;
        if image.action != Action::Retag {
            self.repositories.ensure(&image.destination).await?;
        }
        let mut refused = Vec::new();
        if image.action == Action::Attach {
            refused = self.put_referrers(index, image, &mut proof).await?;
            proof.extend(asked_for(image, digest));
        } else {
            proof.extend(self.children(index, image, digest).await?);
            if !image.referrers.is_empty() {
                // The tag is put last, so that a client that pulls by tag finds the signatures too.
                self.put(index, image, digest, None).await?;
                refused = self.put_referrers(index, image, &mut proof).await?;
            }
            let (put, ()) = tokio::join!(
                self.put_root(index, image, digest),
                self.check_source_tag(index, image, digest)
            );
            let how = match put {
                Err(EngineError { kind: EngineErrorKind::Conflict { .. }, .. })
                    if self.plan.on_conflict == OnConflict::Skip =>
                {
                    self.report(Event::Skipped { image: index, reason: Skipped::Kept });
                    return Ok(Copied { proof: Vec::new(), skipped: true, refused });
                }
                put => put?,
            };
            // The registry has just acknowledged this digest under this tag, or was asked for it.
            let entry = |kind| Proof { kind, digest: digest.clone(), how };
            proof.push(entry(Kind::Manifest));
            proof.extend(image.tag.as_ref().map(|_| entry(Kind::Tag)));
        }
        let missing = proof::missing(image, &proof);
        if !missing.is_empty() {
            return Err(EngineError::internal(format!("{} parts without proof", missing.len())));
        }
        if self.is_whole(&refused) {
            self.ledger.record(Record::Image(index));
        }
        self.report(Event::Verified { image: index, digest: digest.clone() });
        Ok(Copied { proof, skipped: false, refused })
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

    pub(crate) async fn put_child(
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
        if known.is_none() && !self.ledger.finished.manifests.contains(&key) {
            self.put(index, image, digest, None).await?;
            self.ledger.record(Record::Manifest(key.0, key.1));
        }
        *known = Some(How::Acknowledged);
        Ok(Proof { kind: Kind::Manifest, digest: digest.clone(), how: How::Acknowledged })
    }

    pub(crate) async fn put_root(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        digest: &Digest,
    ) -> Result<How, EngineError> {
        let tag = image.tag.as_ref().map(|tag| (tag, image.replaces.as_ref()));
        let result = self.put(index, image, digest, tag).await;
        match (result, &image.tag) {
            (Err(error), Some(tag)) if is_immutable(&error) => {
                self.confirm_immutable(image, tag, digest).await.map(|()| How::Asked)
            }
            (result, _) => result,
        }
    }

    /// A registry refuses an immutable tag even for the bytes that it already has.
    pub(crate) async fn confirm_immutable(
        &self,
        image: &PlannedImage,
        tag: &Tag,
        digest: &Digest,
    ) -> Result<(), EngineError> {
        let reference = TagOrDigest::Tag(tag.clone());
        let (repository, tag) = (image.destination.to_string(), tag.to_string());
        let resolve = || self.registries.sink.resolve(&image.destination, &reference);
        match self.registries.retried(resolve).await.map_err(EngineError::destination)? {
            Some(there) if there.digest == *digest => Ok(()),
            Some(there) => Err(EngineError::destination(EngineErrorKind::Immutable {
                repository,
                tag,
                existing: there.digest,
            })),
            None => {
                let registry = self.registries.sink.name().to_owned();
                Err(EngineError::destination(
                    RegistryErrorKind::TagImmutable { repository, tag }.at(registry),
                ))
            }
        }
    }

    /// Puts a manifest. When the registry lacks content that it names, uploads that once and puts
    /// it again.
    pub(crate) async fn put(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        digest: &Digest,
        tag: Option<Leave<'_>>,
    ) -> Result<How, EngineError> {
        let error = match self.put_once(image, digest, tag).await {
            Ok(how) => return Ok(how),
            Err(error) => error,
        };
        match (error.refusal(), image.manifest(digest)) {
            (Some(RegistryErrorKind::ReferencedContentMissing { .. }), Some(planned)) => {
                tracing::info!(run = %self.run, %digest, "the destination lacks content; uploading it again");
                self.heal(index, image, planned, Doubt::Answers).await?;
                self.put_once(image, digest, tag).await
            }
            _ => Err(error),
        }
    }

    async fn put_once(
        &self,
        image: &PlannedImage,
        digest: &Digest,
        tag: Option<Leave<'_>>,
    ) -> Result<How, EngineError> {
        let manifest = self.manifest(image, digest).await?;
        let _permit = self.manifests.acquire().await.map_err(closed)?;
        let (repository, manifest) = (&image.destination, &manifest);
        let push = || async move {
            match tag {
                // A put without a response is checked before it is sent again.
                Some((tag, over)) => self.registries.sink.push_tag(repository, manifest, tag, over).await,
                None => {
                    self.registries.sink.push_manifest(repository, manifest, None).await.map(|()| Tagged::Put)
                }
            }
        };
        self.repositories.in_repository(repository, push).await.map(|tagged| match tagged {
            Tagged::Put => How::Acknowledged,
            Tagged::There => How::Asked,
        })
    }

    /// Content that was believed to be at the destination is missing: asks for it, and uploads what
    /// is missing. Where the registry says that nothing is missing, and that is in doubt, uploads
    /// everything that was not uploaded in this run.
    pub(crate) async fn heal(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        manifest: &PlannedManifest,
        doubt: Doubt,
    ) -> Result<(), EngineError> {
        for child in &manifest.children {
            if let Some(child) = image.manifest(child) {
                Box::pin(self.heal(index, image, child, doubt)).await?;
                self.put_once(image, &child.descriptor.digest, None).await?;
            }
        }
        if manifest.blobs.is_empty() {
            return Ok(());
        }
        // Sends many requests at once; each of them is retried on its own.
        let ask = || self.registries.sink.exists_many(&image.destination, &manifest.blobs);
        let there = match ask().await {
            Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
                self.repositories.ensure_again(&image.destination).await?;
                ask().await
            }
            there => there,
        };
        let there: HashSet<Digest> = there.map_err(EngineError::destination)?;
        let doubted = doubt == Doubt::Answers && manifest.blobs.iter().all(|digest| there.contains(digest));
        for blob in image.blobs.iter().filter(|blob| manifest.blobs.contains(&blob.descriptor.digest)) {
            // Images that share the blob take turns here, and it is uploaded once.
            let slot = self.slot(&image.destination, &blob.descriptor.digest);
            let mut known = slot.lock().await;
            let uploaded =
                known.is_some() || self.ledger.how(index, &blob.descriptor.digest) == Some(How::Acknowledged);
            if uploaded && !there.contains(&blob.descriptor.digest) {
                self.repositories.record_loss(&image.destination);
            }
            if !there.contains(&blob.descriptor.digest) || (doubted && !uploaded) {
                self.upload(index, &blob.descriptor).await?;
                self.ledger.set_how(index, &blob.descriptor.digest, How::Acknowledged);
                *known = Some(How::Acknowledged);
            }
        }
        Ok(())
    }
}

/// A tag that is to be put, and the only digest that it may be moved away from.
pub(crate) type Leave<'a> = (&'a Tag, Option<&'a Digest>);

/// Which of a destination's answers are in doubt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It is believed about the content that it has.
    Nothing,
    /// It refused a manifest because content was missing.
    Answers,
}

/// The proof of an image that the destination was found to have: registries accept a manifest only
/// with everything that it names.
pub(crate) fn asked_for(image: &PlannedImage, digest: &Digest) -> Vec<Proof> {
    let entry = |kind| Proof { kind, digest: digest.clone(), how: How::Asked };
    let mut proof = vec![entry(Kind::Manifest)];
    proof.extend(image.tag.as_ref().map(|_| entry(Kind::Tag)));
    proof
}

/// Whether the registry refused because the tag may not be moved.
pub(crate) fn is_immutable(error: &EngineError) -> bool {
    matches!(error.refusal(), Some(RegistryErrorKind::TagImmutable { .. }))
}

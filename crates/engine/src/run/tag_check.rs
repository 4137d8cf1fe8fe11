//! The final check of a run: everything that was put is where it was put. A registry may
//! acknowledge content and lose it, and another client may have deleted or moved a tag.

use std::collections::{BTreeSet, HashMap};

use futures::StreamExt;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Error as RegistryError, RegistryErrorKind, TagOrDigest};

use crate::{
    EngineError, EngineErrorKind, Event, ImageEnd, ImageOutcome, PlannedImage, Way, image::finish::asked_for,
    journal::Record, work::shared::Work,
};

/// Repositories that are queried concurrently.
const AT_ONCE: usize = 8;
/// Up to this many images are requested one by one, because a list could be very long.
const FEW: usize = 3;
/// How often seemingly missing content is requested: some registries show it a moment later.
const ROUNDS: u32 = 3;

/// The result of the check.
#[derive(Default)]
pub(crate) struct TagCheck {
    /// Images that disappeared with their repository and are to be uploaded again.
    pub(crate) gone: BTreeSet<usize>,
    /// Images that are missing, including those that a lifecycle policy may have removed.
    missing: BTreeSet<usize>,
    /// Images that are not where they were put.
    failed: Vec<(usize, EngineError)>,
}

/// An image that was put.
struct Put {
    index: usize,
    reference: TagOrDigest,
    digest: Digest,
    /// Where its tag points instead.
    moved_to: Option<Digest>,
}

impl Work {
    /// Checks everything that was put, with one list for each repository, or by name where that
    /// takes fewer requests. Images that a list lacks are requested by name.
    pub(crate) async fn check_tags(&self) -> TagCheck {
        let put = self.ledger.take_put();
        let checks = futures::stream::iter(put)
            .map(|(repository, images)| async move {
                let missing = self.missing_in(&repository, &images).await;
                let deleted = match &missing {
                    Ok(missing) => self.was_deleted(&repository, &images, missing).await,
                    Err(_) => false,
                };
                self.judged(&repository, &images, missing, deleted)
            })
            .buffer_unordered(AT_ONCE);
        let check = checks
            .fold(TagCheck::default(), |mut all, one| async move {
                all.gone.extend(one.gone);
                all.missing.extend(one.missing);
                all.failed.extend(one.failed);
                all
            })
            .await;
        check.gone.iter().for_each(|index| self.ledger.record(Record::NotImage(*index)));
        check
    }

    /// Checks again what was uploaded again.
    pub(crate) async fn check_tags_again(
        &self,
        gone: &BTreeSet<usize>,
        outcomes: &[ImageOutcome],
    ) -> TagCheck {
        let mut again: HashMap<&RepositoryName, Vec<usize>> = HashMap::new();
        for index in gone {
            let done = outcomes.get(*index).is_some_and(|outcome| self.is_done(*index, outcome));
            if let (true, Some(image)) = (done, self.plan.images.get(*index)) {
                again.entry(&image.destination).or_default().push(*index);
            }
        }
        let mut check = TagCheck::default();
        for (repository, images) in again {
            match self.missing_in(repository, &images).await {
                Ok(missing) => {
                    check.failed.extend(missing.into_iter().map(|put| (put.index, self.not_kept(&put))));
                }
                Err(error) => {
                    let error = EngineError::destination(error);
                    check.failed.extend(images.into_iter().map(|index| (index, error.clone())));
                }
            }
        }
        check
    }

    /// Marks images that are missing as not done.
    pub(crate) fn fail_missing(&self, check: &TagCheck, outcomes: &mut [ImageOutcome]) {
        for (index, error) in &check.failed {
            let index = *index;
            let Some(outcome) = outcomes.get_mut(index).filter(|outcome| self.is_done(index, outcome)) else {
                continue;
            };
            outcome.fail(error);
            self.ledger.record(Record::NotImage(index));
            self.report(Event::Failed { image: index, failure: error.failure() });
        }
    }

    /// Whether this run, or an earlier part of it, finished the image.
    fn is_done(&self, index: usize, outcome: &ImageOutcome) -> bool {
        match outcome.end {
            ImageEnd::Done => true,
            ImageEnd::Skipped => self.ledger.finished.images.contains(&index),
            _ => false,
        }
    }

    /// Records that images which an earlier part of the run finished were asked for.
    pub(crate) fn prove_finished(&self, put: &[usize], check: &TagCheck, outcomes: &mut [ImageOutcome]) {
        let seen = |index: &&usize| !check.missing.contains(index) || check.gone.contains(index);
        for index in put.iter().filter(|index| self.ledger.finished.images.contains(index)).filter(seen) {
            let (Some(outcome), Some(image)) = (outcomes.get_mut(*index), self.plan.images.get(*index))
            else {
                continue;
            };
            if let (ImageEnd::Skipped, Some(digest)) = (outcome.end, &image.digest) {
                outcome.proof = asked_for(image, digest);
            }
        }
    }

    /// Returns the images that are not where they were put.
    async fn missing_in(
        &self,
        repository: &RepositoryName,
        images: &[usize],
    ) -> Result<Vec<Put>, RegistryError> {
        let mut open: Vec<Put> = images.iter().filter_map(|index| self.put_of(*index)).collect();
        if open.len() > FEW {
            match self.registries.sink.list(repository).await {
                Ok(listed) => {
                    let listed: HashMap<Tag, Option<Digest>> =
                        listed.into_iter().map(|listed| (listed.tag, listed.digest)).collect();
                    open.retain(|put| match &put.reference {
                        // A list without digests shows only that the tag exists; its digest was
                        // acknowledged, unless an earlier part of the run put it.
                        TagOrDigest::Tag(tag) => match listed.get(tag) {
                            Some(Some(digest)) => !is_same(digest, &put.digest),
                            Some(None) => self.ledger.finished.images.contains(&put.index),
                            None => true,
                        },
                        TagOrDigest::Digest(_) => true,
                    });
                }
                Err(error) => tracing::debug!(run = %self.run, %repository, %error, "no list at the end"),
            }
        }
        for round in 0..ROUNDS {
            if open.is_empty() {
                break;
            }
            if round > 0 {
                tokio::time::sleep(self.options.backoff.base * 2_u32.pow(round)).await;
            }
            let references: Vec<TagOrDigest> = open.iter().map(|put| put.reference.clone()).collect();
            let there = match self.registries.sink.resolve_many(repository, &references).await {
                Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
                    HashMap::new()
                }
                there => there?,
            };
            open.retain_mut(|put| {
                put.moved_to = there.get(&put.reference).map(|found| found.digest.clone());
                put.moved_to.as_ref().is_none_or(|digest| !is_same(digest, &put.digest))
            });
        }
        Ok(open)
    }

    fn put_of(&self, index: usize) -> Option<Put> {
        let image: &PlannedImage = self.plan.images.get(index)?;
        let (reference, digest) = (image.reference_there()?, image.digest.clone()?);
        Some(Put { index, reference, digest, moved_to: None })
    }

    /// Whether the repository was deleted with its content, and not just single tags: it was found
    /// missing during the run, or lacks more than the first image. If only the first image is
    /// missing, its blobs are checked too, because deleting a tag leaves them behind.
    async fn was_deleted(&self, repository: &RepositoryName, images: &[usize], missing: &[Put]) -> bool {
        let lost = missing_first(images, missing);
        if lost != 1 || self.repositories.has_lost(repository) {
            return lost > 0;
        }
        let first = images.first().and_then(|first| self.plan.images.get(*first));
        let blobs: Vec<Digest> = first.map(blobs_of).unwrap_or_default();
        match self.registries.sink.exists_many(repository, &blobs).await {
            Ok(there) => blobs.iter().any(|digest| !there.contains(digest)),
            Err(error) => {
                matches!(error, RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. })
            }
        }
    }

    /// Images disappeared with the repository when nothing that was put before them is left. A
    /// missing image that was put later was deleted on its own, or never stored. Where a lifecycle
    /// policy was expected to remove images, a missing image may be one of them.
    fn judged(
        &self,
        repository: &RepositoryName,
        images: &[usize],
        missing: Result<Vec<Put>, RegistryError>,
        deleted: bool,
    ) -> TagCheck {
        let missing = match missing {
            Ok(missing) => missing,
            Err(error) => {
                let error = EngineError::destination(error);
                let failed = images.iter().map(|index| (*index, error.clone())).collect();
                return TagCheck { failed, ..TagCheck::default() };
            }
        };
        let expires = self.plan.in_order.contains(repository);
        let expected = self.plan.expiry.repositories.iter().any(|of| of.repository == *repository);
        let lost: BTreeSet<usize> =
            missing.iter().filter(|put| put.moved_to.is_none()).map(|put| put.index).collect();
        let gone: BTreeSet<usize> = match deleted && !expires {
            false => BTreeSet::new(),
            true => images.iter().copied().take_while(|index| lost.contains(index)).collect(),
        };
        if !missing.is_empty() {
            tracing::warn!(run = %self.run, %repository, images = missing.len(), "images are missing");
        }
        let failed = missing
            .iter()
            .filter(|put| !gone.contains(&put.index))
            .filter(|put| put.moved_to.is_some() || !(expires && expected))
            .map(|put| (put.index, self.not_kept(put)))
            .collect();
        let missing = missing.iter().map(|put| put.index).collect();
        TagCheck { gone, missing, failed }
    }

    fn not_kept(&self, put: &Put) -> EngineError {
        let repository = self.plan.images.get(put.index).map(|image| image.destination.to_string());
        let repository = repository.unwrap_or_default();
        match (&put.moved_to, &put.reference) {
            (Some(found), TagOrDigest::Tag(tag)) => EngineError::destination(EngineErrorKind::TagMoved {
                repository,
                tag: tag.to_string(),
                expected: put.digest.clone(),
                found: found.to_string(),
            }),
            _ => EngineError::destination(EngineErrorKind::NotKept {
                registry: self.registries.sink.name().to_owned(),
                repository,
                reference: put.reference.to_string(),
            }),
        }
    }
}

/// A registry may use another digest algorithm for the same content; that is no contradiction.
fn is_same(found: &Digest, put: &Digest) -> bool {
    found == put || found.algorithm() != put.algorithm()
}

/// The number of missing images before the first one that exists.
fn missing_first(images: &[usize], missing: &[Put]) -> usize {
    let is_lost = |index: &&usize| missing.iter().any(|put| put.index == **index && put.moved_to.is_none());
    images.iter().take_while(is_lost).count()
}

fn blobs_of(image: &PlannedImage) -> Vec<Digest> {
    let brought = image.blobs.iter().filter(|blob| blob.way != Way::Foreign);
    brought.map(|blob| blob.descriptor.digest.clone()).collect()
}

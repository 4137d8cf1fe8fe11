//! Repositories that lost what this run had brought: somebody deleted them, or the registry did not
//! keep its word.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError},
};

use futures::StreamExt;
use longshore_names::RepositoryName;
use longshore_registry::{Error as RegistryError, TagOrDigest};

use crate::{
    Action, EngineError, Event, ImageEnd, ImageOutcome, PlannedImage, image::Doubt, journal::Record,
    work::Work,
};

/// Repositories that are asked at once.
const AT_ONCE: usize = 8;

impl Work {
    /// Notes that an image was put into its repository.
    pub(crate) fn was_put(&self, index: usize) {
        let Some(image) = self.plan.images.get(index).filter(|image| image.action != Action::Blobs) else {
            return;
        };
        let mut put = self.put_into.lock().unwrap_or_else(PoisonError::into_inner);
        put.entry(image.destination.clone()).or_default().push(index);
    }

    /// Asks each repository into which several images were put for the first of them. A repository
    /// that was deleted and came back meanwhile need not have refused anything, but it lacks that. One
    /// with a life-cycle policy is not asked: the first image is the one that expires first. Gives the
    /// images that are gone.
    pub(crate) async fn look_at_the_first(&self) -> BTreeSet<usize> {
        let put = std::mem::take(&mut *self.put_into.lock().unwrap_or_else(PoisonError::into_inner));
        let asked = put
            .into_iter()
            .filter(|(repository, images)| images.len() > 1 && !self.plan.in_order.contains(repository));
        let gone: BTreeSet<usize> = futures::stream::iter(asked)
            .map(|(repository, images)| async move {
                let gone = self.gone_from(&repository, &images).await;
                // What was acknowledged counts.
                gone.inspect_err(|error| tracing::debug!(run = %self.run, %error, "not asked again"))
                    .unwrap_or_default()
            })
            .buffer_unordered(AT_ONCE)
            .flat_map(futures::stream::iter)
            .collect()
            .await;
        gone.iter().for_each(|index| self.note(Record::NotImage(*index)));
        gone
    }

    /// Those of the images, in the order in which they were put, that went with the repository: all
    /// before the first one that is left. What was put later and is not there was deleted by itself.
    async fn gone_from(
        &self,
        repository: &RepositoryName,
        images: &[usize],
    ) -> Result<Vec<usize>, RegistryError> {
        let named = |index: &usize| Some((*index, self.plan.images.get(*index)?.reference_there()?));
        let named: Vec<(usize, TagOrDigest)> = images.iter().filter_map(named).collect();
        let Some((_, first)) = named.first() else { return Ok(Vec::new()) };
        if self.sink.resolve(repository, first).await?.is_some() {
            return Ok(Vec::new());
        }
        let references: Vec<TagOrDigest> = named.iter().map(|(_, reference)| reference.clone()).collect();
        let left = match self.sink.resolve_many(repository, &references).await {
            Err(RegistryError::RepositoryNotFound { .. }) => HashMap::new(),
            left => left?,
        };
        let gone: Vec<usize> = named
            .into_iter()
            .take_while(|(_, reference)| !left.contains_key(reference))
            .map(|(index, _)| index)
            .collect();
        tracing::warn!(run = %self.run, %repository, images = gone.len(), "what was put first is gone");
        Ok(gone)
    }

    /// Notes that a repository lacks what it was said to have, so that what was done there is looked
    /// at again: by this run at its end, or by the run that goes on after a kill.
    pub(crate) fn lost(&self, repository: &RepositoryName) {
        let new = self.losses.lock().unwrap_or_else(PoisonError::into_inner).insert(repository.clone());
        if !new {
            return;
        }
        for (index, image) in self.plan.images.iter().enumerate() {
            if image.destination == *repository && image.action.is_work() {
                self.note(Record::NotImage(index));
            }
        }
    }

    /// Looks again at images of such repositories that are over, and at those that are `gone`, and
    /// brings what is not there. An image for which that fails is not done, and neither is one that a
    /// cancelled run did not come to.
    pub(crate) async fn bring_back(self: &Arc<Self>, gone: &BTreeSet<usize>, outcomes: &mut [ImageOutcome]) {
        let losses: BTreeSet<RepositoryName> =
            std::mem::take(&mut *self.losses.lock().unwrap_or_else(PoisonError::into_inner));
        let mut before = Vec::new();
        for (index, (outcome, image)) in outcomes.iter_mut().zip(&self.plan.images).enumerate() {
            let over = matches!(outcome.end, ImageEnd::Done | ImageEnd::Skipped);
            let lost = losses.contains(&image.destination) || gone.contains(&index);
            if over && lost && !matches!(image.action, Action::Keep { .. }) {
                before.push((index, std::mem::replace(&mut outcome.end, ImageEnd::Cancelled)));
            }
        }
        for (index, end) in before {
            let (Some(outcome), Some(image)) = (outcomes.get_mut(index), self.plan.images.get(index)) else {
                continue;
            };
            let again = match self.is_gone(&image.destination) {
                true => Err(self.gone(&image.destination)),
                false => self.again(index, image).await,
            };
            match again {
                Ok(()) => {
                    outcome.end = end;
                    if image.action.is_work() {
                        self.note(Record::Image(index));
                    }
                }
                Err(error) => {
                    outcome.fail(&error);
                    self.note(Record::NotImage(index));
                    self.tell(Event::Failed { image: index, failure: error.failure() });
                }
            }
        }
    }

    async fn again(self: &Arc<Self>, index: usize, image: &PlannedImage) -> Result<(), EngineError> {
        let Some(digest) = &image.digest else { return Ok(()) };
        let Some(root) = image.manifest(digest) else { return self.is_there(image).await };
        match self.there_already(image, digest).await {
            Err(EngineError::Conflict { .. }) => {
                tracing::info!(run = %self.run, image = index, "its tag was moved meanwhile and is left alone");
                return Ok(());
            }
            // A tag that is there says nothing of the blobs.
            looked => looked?,
        };
        self.heal(index, image, root, Doubt::Nothing).await?;
        if !image.referrers.is_empty() {
            self.put(index, image, digest, None).await?;
            self.put_referrers(index, image, &mut Vec::new()).await?;
        }
        self.put_root(index, image, digest).await
    }

    /// Of what was there before nothing is planned: it is there, or it is gone.
    async fn is_there(&self, image: &PlannedImage) -> Result<(), EngineError> {
        let (Some(digest), Some(reference)) = (&image.digest, image.reference_there()) else { return Ok(()) };
        if image.action == Action::Blobs {
            return Ok(());
        }
        let resolve = || self.sink.resolve(&image.destination, &reference);
        match self.retried(resolve).await.map_err(EngineError::destination)? {
            Some(there) if there.digest == *digest => Ok(()),
            _ => Err(EngineError::destination(RegistryError::NotFound {
                registry: self.sink.name().to_owned(),
                repository: image.destination.to_string(),
                what: format!("`{reference}`"),
            })),
        }
    }
}

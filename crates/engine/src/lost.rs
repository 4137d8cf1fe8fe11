//! Repositories that lost what this run had brought: somebody deleted them, or the registry did not
//! keep its word.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Error as RegistryError, TagOrDigest};

use crate::{Action, EngineError, Event, ImageEnd, ImageOutcome, PlannedImage, journal::Record, work::Work};

impl Work {
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

    /// Looks again at images of such repositories that are over, and brings what is gone. An image
    /// for which that fails is not done, and neither is one that a cancelled run did not come to.
    pub(crate) async fn bring_back(self: &Arc<Self>, outcomes: &mut [ImageOutcome]) {
        let losses: BTreeSet<RepositoryName> =
            std::mem::take(&mut *self.losses.lock().unwrap_or_else(PoisonError::into_inner));
        let mut before = Vec::new();
        for (index, (outcome, image)) in outcomes.iter_mut().zip(&self.plan.images).enumerate() {
            let over = matches!(outcome.end, ImageEnd::Done | ImageEnd::Skipped);
            if over && !matches!(image.action, Action::Keep { .. }) && losses.contains(&image.destination) {
                before.push((index, std::mem::replace(&mut outcome.end, ImageEnd::Cancelled)));
            }
        }
        for (index, end) in before {
            let (Some(outcome), Some(image)) = (outcomes.get_mut(index), self.plan.images.get(index)) else {
                continue;
            };
            match self.again(index, image).await {
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
        if self.is_somebody_elses(image, digest).await? {
            tracing::info!(run = %self.run, image = index, "its tag was moved meanwhile and is left alone");
            return Ok(());
        }
        self.heal(index, image, root).await?;
        if !image.referrers.is_empty() {
            self.put(index, image, digest, None).await?;
            self.put_referrers(index, image, &mut Vec::new()).await?;
        }
        self.put_root(index, image, digest).await
    }

    /// Whether the tag points at what neither this run put there nor its plan replaces.
    async fn is_somebody_elses(&self, image: &PlannedImage, digest: &Digest) -> Result<bool, EngineError> {
        let Some(tag) = &image.tag else { return Ok(false) };
        let reference = TagOrDigest::Tag(tag.clone());
        let resolve = || self.sink.resolve(&image.destination, &reference);
        let there = self.retried(resolve).await.map_err(EngineError::destination)?;
        Ok(there
            .is_some_and(|there| there.digest != *digest && image.replaces.as_ref() != Some(&there.digest)))
    }

    /// Of what was there before nothing is planned: it is there, or it is gone.
    async fn is_there(&self, image: &PlannedImage) -> Result<(), EngineError> {
        let Some(digest) = &image.digest else { return Ok(()) };
        let reference = match &image.tag {
            Some(tag) => TagOrDigest::Tag(tag.clone()),
            None => TagOrDigest::Digest(digest.clone()),
        };
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

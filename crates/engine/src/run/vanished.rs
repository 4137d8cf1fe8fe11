//! Repositories that lost what this run had brought: somebody deleted them, or the registry did not
//! keep its word.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

use longshore_names::RepositoryName;
use longshore_registry::Error as RegistryError;

use crate::{
    Action, EngineError, Event, ImageEnd, ImageOutcome, PlannedImage, image::finish::Doubt, journal::Record,
    work::shared::Work,
};

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

    /// Whether a repository was found to lack what it was said to have.
    pub(crate) fn has_lost(&self, repository: &RepositoryName) -> bool {
        self.losses.lock().unwrap_or_else(PoisonError::into_inner).contains(repository)
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
                    if image.action.is_work() && self.is_whole(&outcome.refused) {
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
        self.put_root(index, image, digest).await.map(drop)
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

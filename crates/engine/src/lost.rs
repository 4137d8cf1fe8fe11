//! Repositories that lost what this run had brought: somebody deleted them, or the registry did not
//! keep its word.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    sync::{Arc, PoisonError},
};

use futures::StreamExt;
use longshore_names::RepositoryName;
use longshore_registry::Error as RegistryError;

use crate::{Action, EngineError, Event, ImageEnd, ImageOutcome, PlannedImage, journal::Record, work::Work};

/// Repositories that are asked at once.
const AT_ONCE: usize = 8;

/// The image that was put first into a repository.
pub(crate) struct First {
    image: usize,
    /// Whether others were put there after it.
    more: bool,
}

impl Work {
    /// Notes that an image was put into its repository.
    pub(crate) fn put_into(&self, index: usize) {
        let Some(image) = self.plan.images.get(index) else { return };
        if image.action == Action::Blobs {
            return;
        }
        match self.firsts.lock().unwrap_or_else(PoisonError::into_inner).entry(image.destination.clone()) {
            Entry::Occupied(mut first) => first.get_mut().more = true,
            Entry::Vacant(place) => drop(place.insert(First { image: index, more: false })),
        }
    }

    /// Asks each repository for what was put there first. A repository that was deleted and came back
    /// meanwhile need not have refused anything, but it lacks that.
    pub(crate) async fn look_at_the_first(&self) {
        let mut firsts: HashMap<RepositoryName, First> =
            std::mem::take(&mut *self.firsts.lock().unwrap_or_else(PoisonError::into_inner));
        for index in &self.finished.images {
            let Some(image) = self.plan.images.get(*index).filter(|image| image.action != Action::Blobs)
            else {
                continue;
            };
            if let Some(first) = firsts.get_mut(&image.destination) {
                *first = First { image: *index, more: true };
            }
        }
        // A single image was acknowledged a moment ago.
        let asked = firsts.into_values().filter(|first| first.more).map(|first| first.image);
        futures::stream::iter(asked)
            .for_each_concurrent(AT_ONCE, |index| async move {
                let Some(image) = self.plan.images.get(index) else { return };
                let Some(reference) = image.reference_there() else { return };
                let resolve = || self.sink.resolve(&image.destination, &reference);
                match self.retried(resolve).await {
                    Ok(None) | Err(RegistryError::RepositoryNotFound { .. }) => self.lost(&image.destination),
                    Ok(Some(_)) => {}
                    // What was acknowledged counts.
                    Err(error) => tracing::debug!(run = %self.run, %error, "not asked again"),
                }
            })
            .await;
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
        match self.there_already(image, digest).await {
            Err(EngineError::Conflict { .. }) => {
                tracing::info!(run = %self.run, image = index, "its tag was moved meanwhile and is left alone");
                return Ok(());
            }
            // A tag that is there says nothing of the blobs.
            looked => looked?,
        };
        self.heal(index, image, root).await?;
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

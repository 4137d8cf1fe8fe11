//! Repositories that lost what this run had brought: somebody deleted them, or the registry did not
//! keep its word.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

use longshore_names::RepositoryName;
use longshore_registry::{Error as RegistryError, TagOrDigest};

use crate::{Action, EngineError, Event, ImageEnd, ImageOutcome, PlannedImage, journal::Record, work::Work};

impl Work {
    /// Notes that a repository lacks what it was said to have, so that what was done there is looked
    /// at again.
    pub(crate) fn lost(&self, repository: &RepositoryName) {
        self.losses.lock().unwrap_or_else(PoisonError::into_inner).insert(repository.clone());
    }

    /// Looks again at images of such repositories that are over, and brings what is gone. An image
    /// for which that fails is not done.
    pub(crate) async fn bring_back(self: &Arc<Self>, outcomes: &mut [ImageOutcome]) {
        let losses: BTreeSet<RepositoryName> =
            std::mem::take(&mut *self.losses.lock().unwrap_or_else(PoisonError::into_inner));
        for (index, outcome) in outcomes.iter_mut().enumerate() {
            let Some(image) = self.plan.images.get(index) else { continue };
            let over = matches!(outcome.end, ImageEnd::Done | ImageEnd::Skipped);
            if !over || matches!(image.action, Action::Keep { .. }) || !losses.contains(&image.destination) {
                continue;
            }
            if let Err(error) = self.again(index, image).await {
                outcome.fail(&error);
                self.note(Record::NotImage(index));
                self.tell(Event::Failed { image: index, failure: error.failure() });
            }
        }
    }

    async fn again(self: &Arc<Self>, index: usize, image: &PlannedImage) -> Result<(), EngineError> {
        let Some(digest) = &image.digest else { return Ok(()) };
        let Some(root) = image.manifest(digest) else { return self.is_there(image).await };
        self.heal(index, image, root).await?;
        if !image.referrers.is_empty() {
            self.put(index, image, digest, None).await?;
            self.put_referrers(index, image, &mut Vec::new()).await?;
        }
        self.put_root(index, image, digest).await
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

//! Repositories that lost content of this run: another client deleted them, or the registry did not
//! keep what it acknowledged.

use std::{collections::BTreeSet, sync::Arc};

use longshore_registry::RegistryErrorKind;

use crate::{
    Action, EngineError, EngineErrorKind, Event, ImageEnd, ImageOutcome, PlannedImage, image::finish::Doubt,
    journal::Record, work::shared::Work,
};

impl Work {
    /// Checks the finished images of such repositories and those that are `gone`, and uploads what
    /// is missing. An image for which that fails is not done, and neither is one that a cancelled
    /// run did not get to.
    pub(crate) async fn bring_back(self: &Arc<Self>, gone: &BTreeSet<usize>, outcomes: &mut [ImageOutcome]) {
        let losses = self.repositories.take_losses();
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
            let again = match self.repositories.is_gone(&image.destination) {
                true => Err(self.repositories.gone(&image.destination)),
                false => self.again(index, image).await,
            };
            match again {
                Ok(()) => {
                    outcome.end = end;
                    if image.action.is_work() && self.is_whole(&outcome.refused) {
                        self.ledger.record(Record::Image(index));
                    }
                }
                Err(error) => {
                    outcome.fail(&error);
                    self.ledger.record(Record::NotImage(index));
                    self.report(Event::Failed { image: index, failure: error.failure() });
                }
            }
        }
    }

    async fn again(self: &Arc<Self>, index: usize, image: &PlannedImage) -> Result<(), EngineError> {
        let Some(digest) = &image.digest else { return Ok(()) };
        let Some(root) = image.manifest(digest) else { return self.is_there(image).await };
        match self.there_already(image, digest).await {
            Err(EngineError { kind: EngineErrorKind::Conflict { .. }, .. }) => {
                tracing::info!(run = %self.run, image = index, "its tag was moved in the meantime and is left alone");
                return Ok(());
            }
            // A tag that exists says nothing about the blobs.
            there => there?,
        };
        self.heal(index, image, root, Doubt::Nothing).await?;
        if !image.referrers.is_empty() {
            self.put(index, image, digest, None).await?;
            self.put_referrers(index, image, &mut Vec::new()).await?;
        }
        self.put_root(index, image, digest).await.map(drop)
    }

    /// For an image that was found there before, nothing is planned: it is either there or gone.
    async fn is_there(&self, image: &PlannedImage) -> Result<(), EngineError> {
        let (Some(digest), Some(reference)) = (&image.digest, image.reference_there()) else { return Ok(()) };
        if image.action == Action::Blobs {
            return Ok(());
        }
        let resolve = || self.registries.sink.resolve(&image.destination, &reference);
        match self.registries.retried(resolve).await.map_err(EngineError::destination)? {
            Some(there) if there.digest == *digest => Ok(()),
            _ => Err(EngineError::destination(
                RegistryErrorKind::NotFound {
                    repository: image.destination.to_string(),
                    what: format!("`{reference}`"),
                }
                .at(self.registries.sink.name().to_owned()),
            )),
        }
    }
}

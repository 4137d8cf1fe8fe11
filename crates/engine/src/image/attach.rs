//! Referrers of an image: put after the image itself and before its tag.

use std::sync::Arc;

use longshore_registry::RegistryErrorKind;

use crate::{
    EngineError, EngineErrorKind, Event, How, Kind, PlannedImage, PlannedReferrer, Proof, Referrers, Refused,
    image::finish::is_immutable, work::shared::Work,
};

impl Work {
    /// Puts every referrer of an image, each after its subject, and has the destination list it.
    /// Returns the referrers that the destination refuses, if the plan tolerates that. Referrers of
    /// a refused one are left out with it.
    ///
    /// # Errors
    /// When one cannot be put.
    pub(crate) async fn put_referrers(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        proof: &mut Vec<Proof>,
    ) -> Result<Vec<Refused>, EngineError> {
        let mut refused: Vec<Refused> = Vec::new();
        for referrer in &image.referrers {
            let Some(digest) = referrer.digest() else { continue };
            let reason = match refused.iter().find(|refused| refused.digest == referrer.subject) {
                Some(subject) => Err(subject.failure.clone()),
                None => match self.put_referrer(index, image, referrer).await {
                    Err(error) if self.tolerates(&error) => Err(error.failure()),
                    other => Ok(other?),
                },
            };
            match reason {
                Ok(entries) => {
                    proof.extend(entries);
                    self.report(Event::Referrer { image: index, digest: digest.clone() });
                }
                Err(failure) => {
                    let digest = digest.clone();
                    self.report(Event::ReferrerRefused {
                        image: index,
                        digest: digest.clone(),
                        failure: failure.clone(),
                    });
                    refused.push(Refused { digest, subject: referrer.subject.clone(), failure });
                }
            }
        }
        Ok(refused)
    }

    async fn put_referrer(
        self: &Arc<Self>,
        index: usize,
        image: &PlannedImage,
        referrer: &PlannedReferrer,
    ) -> Result<Vec<Proof>, EngineError> {
        let mut proof = Vec::new();
        let Some((own, children)) = referrer.manifests.split_last() else { return Ok(proof) };
        for child in children {
            proof.push(self.put_child(index, image, child).await?);
        }
        let digest = &own.descriptor.digest;
        match &referrer.tag {
            Some(tag) => {
                match self.put(index, image, digest, Some((tag, referrer.replaces.as_ref()))).await {
                    Err(error) if is_immutable(&error) => {
                        self.confirm_immutable(image, tag, digest).await?;
                    }
                    other => drop(other?),
                }
            }
            None => {
                self.put(index, image, digest, None).await?;
                let manifest = self.manifest(image, digest).await?;
                let link =
                    || self.registries.sink.link_referrer(&image.destination, &referrer.subject, &manifest);
                self.registries.retried(link).await.map_err(EngineError::destination)?;
            }
        }
        proof.push(Proof { kind: Kind::Manifest, digest: digest.clone(), how: How::Acknowledged });
        Ok(proof)
    }

    /// Whether an image has everything that the plan asks for without the refused referrers. If
    /// not, the run does not end as done, and a resumed run tries them again.
    pub(crate) fn is_whole(&self, refused: &[Refused]) -> bool {
        refused.is_empty() || self.plan.referrers != Referrers::With
    }

    /// Whether an image counts as complete without a referrer that failed with this error. ECR
    /// answers 405 to some artifacts (containers-roadmap#2783).
    fn tolerates(&self, error: &EngineError) -> bool {
        // What another client put under that tag has nothing to do with the image.
        let refusal = match &error.kind {
            EngineErrorKind::Registry(error) => match error.kind {
                RegistryErrorKind::NotLinkable { .. } => return true,
                RegistryErrorKind::Unsupported { .. }
                | RegistryErrorKind::Refused { .. }
                | RegistryErrorKind::TagImmutable { .. } => true,
                _ => false,
            },
            kind => matches!(kind, EngineErrorKind::Immutable { .. } | EngineErrorKind::Conflict { .. }),
        };
        refusal && error.side == crate::Side::Destination && self.plan.referrers == Referrers::WherePossible
    }
}

//! The end of a run. The destination is asked for everything that the run did not upload itself,
//! and for every tag that it put. Content that a repository has lost is uploaded again.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::Error as RegistryError;
use tokio_util::sync::CancellationToken;

use crate::{
    EngineError, Event, How, ImageEnd, ImageOutcome, Kind, journal::Record, work::blob_table::TransferId,
    work::shared::Work,
};

impl Work {
    /// Asks for every blob of a finished image that was found at the destination and not uploaded
    /// in this run. A missing blob is uploaded; if that fails, the image is not done.
    pub(crate) async fn close(self: &Arc<Self>, cancel: &CancellationToken, outcomes: &mut [ImageOutcome]) {
        let put = self.ledger.all_put();
        let checked = AtomicBool::new(false);
        let checks = async {
            self.ask_for_the_rest(outcomes).await;
            let check = self.check_tags().await;
            checked.store(true, Relaxed);
            self.fail_missing(&check, outcomes);
            self.bring_back(&check.gone, outcomes).await;
            let again = self.check_tags_again(&check.gone, outcomes).await;
            self.fail_missing(&again, outcomes);
            self.prove_finished(&put, &check, outcomes);
        };
        tokio::select! {
            () = checks => {}
            () = cancel.cancelled() => {}
        }
        if !checked.load(Relaxed) {
            self.ledger.leave_unchecked(&put);
        }
    }

    async fn ask_for_the_rest(self: &Arc<Self>, outcomes: &mut [ImageOutcome]) {
        let mut wanted: BTreeMap<&RepositoryName, BTreeMap<&Digest, TransferId>> = BTreeMap::new();
        for (index, outcome) in outcomes.iter().enumerate() {
            if outcome.end != ImageEnd::Done {
                continue;
            }
            for id in self.table.needs(index).filter(|id| self.ledger.how_of(*id) == Some(How::Asked)) {
                if let Some((image, blob)) = self.table.first(&self.plan, id) {
                    wanted.entry(&image.destination).or_default().insert(&blob.descriptor.digest, id);
                }
            }
        }
        for (repository, blobs) in wanted {
            let digests: Vec<Digest> = blobs.keys().map(|digest| (*digest).clone()).collect();
            // Sends many requests at once; each of them is retried on its own.
            let asked = self.registries.sink.exists_many(repository, &digests).await;
            let (there, error) = match asked {
                Ok(there) => (there, None),
                Err(error) => (HashSet::new(), Some(error)),
            };
            for (digest, id) in blobs.into_iter().filter(|(digest, _)| !there.contains(*digest)) {
                self.mend(id, digest, error.clone(), outcomes).await;
            }
        }
    }

    async fn mend(
        self: &Arc<Self>,
        id: TransferId,
        digest: &Digest,
        error: Option<RegistryError>,
        outcomes: &mut [ImageOutcome],
    ) {
        let users: Vec<usize> = self
            .table
            .users(id)
            .filter(|index| outcomes.get(*index).is_some_and(|outcome| outcome.end == ImageEnd::Done))
            .collect();
        let (Some(index), Some((_, blob))) = (users.first(), self.table.first(&self.plan, id)) else {
            return;
        };
        let result = match error {
            Some(error) => Err(EngineError::destination(error)),
            None => {
                tracing::warn!(run = %self.run, %digest, "the destination lost it; uploading it again");
                self.upload(*index, &blob.descriptor).await
            }
        };
        if result.is_ok() {
            self.ledger.set_how_of(id, How::Acknowledged);
        }
        for index in users {
            let Some(outcome) = outcomes.get_mut(index) else { continue };
            match &result {
                Ok(()) => outcome.proof.iter_mut().for_each(|proof| {
                    if proof.kind == Kind::Blob && proof.digest == *digest {
                        proof.how = How::Acknowledged;
                    }
                }),
                Err(error) => {
                    outcome.fail(error);
                    self.ledger.record(Record::NotImage(index));
                    self.report(Event::Failed { image: index, failure: error.failure() });
                }
            }
        }
    }
}

//! Blobs that another shard uploads: waited for together, and for a bounded time.

use std::{collections::HashSet, sync::Arc, time::Instant};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Error as RegistryError, RegistryErrorKind};

use crate::{work::blob_table::TransferId, work::shared::Work};

/// Blobs of a repository that another shard uploads.
pub(crate) struct Awaited {
    pub(crate) repository: RepositoryName,
    pub(crate) blobs: Vec<TransferId>,
    /// When the last of them arrived, or the wait began.
    pub(crate) since: Instant,
}

/// The result of a wait.
pub(crate) struct Arrivals {
    /// Blobs that arrived.
    pub(crate) arrived: Vec<TransferId>,
    /// Blobs that did not, and may still arrive.
    pub(crate) awaited: Option<Awaited>,
    /// Blobs that did not arrive in time and are uploaded here.
    pub(crate) given_up: Vec<TransferId>,
}

impl Work {
    /// Asks the destination, less and less often, until some of the blobs have arrived, or none has
    /// for as long as the run's options say.
    pub(crate) async fn wait_for_others(self: Arc<Self>, mut awaited: Awaited) -> Arrivals {
        let mut pause = self.options.backoff.base;
        loop {
            self.control.unpaused().await;
            let there = self.there_now(&awaited).await;
            let (arrived, missing): (Vec<TransferId>, Vec<TransferId>) =
                awaited.blobs.iter().partition(|id| self.digest_of(**id).is_some_and(|d| there.contains(d)));
            if !arrived.is_empty() {
                awaited = Awaited { blobs: missing, since: Instant::now(), ..awaited };
                let awaited = Some(awaited).filter(|awaited| !awaited.blobs.is_empty());
                return Arrivals { arrived, awaited, given_up: Vec::new() };
            }
            let left = self.options.patience.saturating_sub(awaited.since.elapsed());
            if left.is_zero() {
                tracing::info!(run = %self.run, repository = %awaited.repository, blobs = missing.len(),
                    "another shard did not upload them; they are uploaded here");
                return Arrivals { arrived, awaited: None, given_up: missing };
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(self.options.backoff.cap);
        }
    }

    fn digest_of(&self, id: TransferId) -> Option<&Digest> {
        self.table.first(&self.plan, id).map(|(_, blob)| &blob.descriptor.digest)
    }

    async fn there_now(&self, awaited: &Awaited) -> HashSet<Digest> {
        let digests: Vec<Digest> =
            awaited.blobs.iter().filter_map(|id| self.digest_of(*id)).cloned().collect();
        match self.registries.sink.exists_many(&awaited.repository, &digests).await {
            Ok(there) => there,
            Err(error) => {
                if !matches!(error, RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. })
                {
                    tracing::debug!(run = %self.run, %error, "another shard's blobs could not be asked for");
                }
                HashSet::new()
            }
        }
    }
}

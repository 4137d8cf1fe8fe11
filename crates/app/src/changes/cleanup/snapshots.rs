//! What clean-up read from both sides. The plan uses the same snapshot as the choice, so that
//! nothing is listed twice; what a run changes is read again.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageScope};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::media_types;
use tokio::sync::{OnceCell, Semaphore};

use super::replicated::Divided;
use crate::api::{ApiError, RegistryKey, RepositoryKey};

/// Concurrent calls for one snapshot.
pub(super) const AT_ONCE: usize = 16;
/// How long a snapshot may be planned from.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// The snapshots, by the registry whose rules they are about.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(Mutex<HashMap<RegistryKey, Arc<Snapshot>>>);

impl Snapshots {
    /// Starts a snapshot of the set-up of `source`, in place of an earlier one.
    pub(super) fn begin(&self, source: &RegistryKey, now: DateTime<Utc>) -> Arc<Snapshot> {
        let snapshot = Arc::new(Snapshot::new(now));
        let mut snapshots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.retain(|_, known| now - known.began < LIFETIME);
        snapshots.insert(source.clone(), Arc::clone(&snapshot));
        snapshot
    }

    /// The snapshot of the set-up of `source`, or a new one when none is recent enough.
    pub(super) fn current(&self, source: &RegistryKey, now: DateTime<Utc>) -> Arc<Snapshot> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned();
        match known.filter(|known| now - known.began < LIFETIME) {
            Some(known) => known,
            None => self.begin(source, now),
        }
    }

    /// Forgets everything, since a run changes what was read.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// An image as far as clean-up cares.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) digest: Digest,
    pub(super) tags: Vec<Tag>,
    pub(super) is_index: bool,
}

/// Values that are each determined once, for any number of callers.
#[derive(Debug)]
struct Once<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K: Eq + Hash, V: Clone> Once<K, V> {
    async fn get<F: Future<Output = Result<V, ApiError>>>(
        &self,
        key: K,
        find: impl FnOnce() -> F,
    ) -> Result<V, ApiError> {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key).or_default())
        };
        cell.get_or_try_init(find).await.cloned()
    }
}

/// One snapshot of both sides of a registry's rules.
#[derive(Debug)]
pub(crate) struct Snapshot {
    began: DateTime<Utc>,
    lists: Once<RepositoryKey, Option<Arc<[Seen]>>>,
    divided: Once<RepositoryKey, Option<Arc<Divided>>>,
    calls: Semaphore,
}

impl Snapshot {
    fn new(began: DateTime<Utc>) -> Self {
        Self {
            began,
            lists: Once(Mutex::default()),
            divided: Once(Mutex::default()),
            calls: Semaphore::new(AT_ONCE),
        }
    }

    /// Waits until one more call is allowed.
    pub(super) async fn room(&self) -> Result<tokio::sync::SemaphorePermit<'_>, ApiError> {
        self.calls.acquire().await.map_err(|_| ApiError::internal("The check was abandoned."))
    }

    /// The images of a repository, archived ones too; `None` when it does not exist.
    pub(super) async fn images(
        &self,
        client: &EcrClient,
        registry: &RegistryKey,
        name: &RepositoryName,
    ) -> Result<Option<Arc<[Seen]>>, ApiError> {
        let key = RepositoryKey { registry: registry.clone(), repository: name.to_string() };
        self.lists
            .get(key, || async {
                let _room = self.room().await?;
                match client.images(name, ImageScope::Any).await {
                    Ok(images) => Ok(Some(images.into_iter().map(Seen::from).collect())),
                    Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            })
            .await
    }

    /// The division of a destination's repository, computed once.
    pub(super) async fn divided<F: Future<Output = Result<Option<Arc<Divided>>, ApiError>>>(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        divide: impl FnOnce() -> F,
    ) -> Result<Option<Arc<Divided>>, ApiError> {
        let key = RepositoryKey { registry: registry.clone(), repository: name.to_string() };
        self.divided.get(key, divide).await
    }
}

impl From<longshore_ecr::ImageDetail> for Seen {
    fn from(image: longshore_ecr::ImageDetail) -> Self {
        let is_index = image.media_type.as_deref().is_some_and(media_types::is_index);
        Self { digest: image.digest, tags: image.tags, is_index }
    }
}

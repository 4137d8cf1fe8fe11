//! The replication backfills of a registry, each in a file of its own.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Backfill, BackfillStart};
use crate::{
    error::{IoContext, SandboxError, StorageError},
    files,
};

/// All backfills that are kept.
#[derive(Debug)]
pub(crate) struct Backfills {
    directory: PathBuf,
    held: RwLock<BTreeMap<Uuid, Arc<Backfill>>>,
    /// Held while one is started, so that the limits hold.
    starting: Mutex<()>,
}

impl Backfills {
    /// Reads them. The directory is created with the first one.
    pub(super) fn open(directory: PathBuf) -> Result<Self, SandboxError> {
        let mut held = BTreeMap::new();
        if directory.exists() {
            for entry in fs::read_dir(&directory).at("list", &directory)? {
                let path = entry.at("list", &directory)?.path();
                if path.extension().is_some_and(|e| e == "tmp") {
                    fs::remove_file(&path).at("remove", &path)?;
                    continue;
                }
                let backfill = Backfill::open(&path)?;
                held.insert(backfill.read(|state| state.start.id), Arc::new(backfill));
            }
        }
        Ok(Self { directory, held: RwLock::new(held), starting: Mutex::default() })
    }

    /// Those that are kept at `now`, by id.
    pub(crate) fn all(&self, now: DateTime<Utc>) -> Vec<Arc<Backfill>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.values().filter(|backfill| backfill.read(|state| state.is_kept(now))).cloned().collect()
    }

    /// One by its id, if it is kept at `now`.
    pub(crate) fn find(&self, id: Uuid, now: DateTime<Utc>) -> Option<Arc<Backfill>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.get(&id).filter(|backfill| backfill.read(|state| state.is_kept(now))).cloned()
    }

    /// Starts one unless `refuse` refuses it, and removes those that are not kept any more.
    /// Durable when it returns.
    pub(crate) async fn start<E>(
        self: &Arc<Self>,
        start: BackfillStart,
        refuse: impl FnOnce(&[Arc<Backfill>]) -> Result<(), E> + Send + 'static,
    ) -> Result<Arc<Backfill>, E>
    where
        E: From<StorageError> + Send + 'static,
    {
        let backfills = self.clone();
        files::blocking(move || {
            let _starting = backfills.starting.lock().unwrap_or_else(PoisonError::into_inner);
            refuse(&backfills.all(start.at))?;
            backfills.remove_old(start.at)?;
            files::create_dirs(&backfills.directory)?;
            let id = start.id;
            let path = backfills.directory.join(format!("{id}.log"));
            let backfill = Arc::new(Backfill::create(&path, start)?);
            let mut held = backfills.held.write().unwrap_or_else(PoisonError::into_inner);
            held.insert(id, backfill.clone());
            Ok(backfill)
        })
        .await
    }

    fn remove_old(&self, now: DateTime<Utc>) -> Result<(), StorageError> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let old: Vec<Uuid> = held
            .iter()
            .filter(|(_, backfill)| !backfill.read(|state| state.is_kept(now)))
            .map(|(id, _)| *id)
            .collect();
        for id in old {
            if let Some(backfill) = held.get(&id) {
                backfill.remove()?;
            }
            held.remove(&id);
        }
        Ok(())
    }
}

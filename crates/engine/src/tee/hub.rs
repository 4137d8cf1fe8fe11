//! What the readers of one source share.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Descriptor, Source};
use tokio::sync::Notify;

use super::{
    blob::{PATIENCE, SharedBlob},
    branch::Alone,
    reader::Reader,
};
use crate::{CopyPlan, Way};

/// The most bytes that are buffered for all blobs together.
const KEPT: u64 = 32 * 1024 * 1024;

/// What the readers of one source share.
pub(crate) struct Tee {
    source: Arc<dyn Source>,
    /// Which of the runs still want a blob.
    wanted: Mutex<HashMap<Digest, Vec<usize>>>,
    /// Blobs being read or buffered, in the order in which they were begun.
    blobs: Mutex<Blobs>,
    kept: AtomicU64,
    /// Notified when buffered bytes are freed.
    freed: Notify,
}

#[derive(Default)]
struct Blobs {
    next: u64,
    by_digest: HashMap<Digest, u64>,
    in_order: BTreeMap<u64, Arc<SharedBlob>>,
}

impl Tee {
    /// A tee over a source for runs of these plans.
    pub(crate) fn new<'a>(
        source: Arc<dyn Source>,
        plans: impl IntoIterator<Item = &'a CopyPlan>,
    ) -> Arc<Self> {
        let mut wanted: HashMap<Digest, Vec<usize>> = HashMap::new();
        for (reader, plan) in plans.into_iter().enumerate() {
            let mut seen: HashSet<&Digest> = HashSet::new();
            let works = plan.images.iter().filter(|image| image.action.is_work());
            for blob in works.flat_map(|image| &image.blobs).filter(|blob| blob.way == Way::Upload) {
                let digest = &blob.descriptor.digest;
                if seen.insert(digest) {
                    wanted.entry(digest.clone()).or_default().push(reader);
                }
            }
        }
        wanted.retain(|_, readers| readers.len() > 1);
        Arc::new(Self {
            source,
            wanted: Mutex::new(wanted),
            blobs: Mutex::default(),
            kept: AtomicU64::new(0),
            freed: Notify::new(),
        })
    }

    fn blobs(&self) -> MutexGuard<'_, Blobs> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wanted(&self) -> MutexGuard<'_, HashMap<Digest, Vec<usize>>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run is over: the others no longer wait for it.
    pub(crate) fn leave(&self, reader: usize) {
        for readers in self.wanted().values_mut() {
            readers.retain(|other| *other != reader);
        }
        let blobs: Vec<Arc<SharedBlob>> = self.blobs().in_order.values().cloned().collect();
        for blob in blobs {
            blob.leave(reader);
        }
    }

    /// Joins the readers of a blob, or begins to read it; `None` when no other run wants it, or
    /// this run had its turn.
    pub(super) fn join(
        self: &Arc<Self>,
        reader: usize,
        repository: &RepositoryName,
        descriptor: &Descriptor,
    ) -> Option<Reader> {
        let others = {
            let mut wanted = self.wanted();
            let readers = wanted.get_mut(&descriptor.digest)?;
            let place = readers.iter().position(|wants| *wants == reader)?;
            readers.swap_remove(place);
            let others = readers.clone();
            if readers.is_empty() {
                wanted.remove(&descriptor.digest);
            }
            others
        };
        let (blob, begins) = {
            let mut blobs = self.blobs();
            let known = blobs.by_digest.get(&descriptor.digest).and_then(|id| blobs.in_order.get(id));
            match known.cloned() {
                Some(blob) => (blob, false),
                // The last run that wants it reads alone.
                None if others.is_empty() => return None,
                None => {
                    let blob = Arc::new(SharedBlob::new(reader, &others));
                    let id = blobs.next;
                    blobs.next += 1;
                    blobs.by_digest.insert(descriptor.digest.clone(), id);
                    blobs.in_order.insert(id, blob.clone());
                    (blob, true)
                }
            }
        };
        if begins {
            self.begin(blob.clone(), repository.clone(), descriptor.clone());
        }
        let alone = Alone::new(self.source.clone(), repository.clone());
        blob.join(reader, alone, descriptor.clone())
    }

    /// Reads a blob for all runs that want it, in a task that ends when none of them does any more.
    fn begin(self: &Arc<Self>, blob: Arc<SharedBlob>, repository: RepositoryName, descriptor: Descriptor) {
        let (tee, pumped) = (self.clone(), blob);
        tokio::spawn(async move {
            let reading = pumped.pump(&tee, &repository, &descriptor);
            tokio::select! {
                () = reading => {}
                () = pumped.abandoned() => {}
            }
            pumped.drained(&tee).await;
            let mut blobs = tee.blobs();
            if let Some(id) = blobs.by_digest.remove(&descriptor.digest) {
                blobs.in_order.remove(&id);
            }
        });
    }

    pub(crate) fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    pub(crate) fn keep(&self, bytes: u64) {
        self.kept.fetch_add(bytes, Ordering::AcqRel);
    }

    pub(crate) fn free(&self, bytes: u64) {
        if bytes > 0 {
            self.kept.fetch_sub(bytes, Ordering::AcqRel);
            self.freed.notify_waiters();
        }
    }

    /// Releases blobs that were read to their end and wait for a run that does not come, the oldest
    /// first. Such a run is far behind, so the others do not wait for it with other blobs either.
    fn make_room(&self) {
        let blobs: Vec<Arc<SharedBlob>> = self.blobs().in_order.values().cloned().collect();
        let mut behind = HashSet::new();
        for blob in &blobs {
            if self.kept.load(Ordering::Acquire) < KEPT / 2 {
                break;
            }
            let (missing, freed) = blob.let_go_of_the_missing();
            behind.extend(missing);
            self.free(freed);
        }
        for reader in behind {
            tracing::debug!(reader, "a destination is far behind and reads for itself");
            for readers in self.wanted().values_mut() {
                readers.retain(|other| *other != reader);
            }
            blobs.iter().for_each(|blob| blob.do_not_expect(reader));
        }
    }

    /// Waits until there is room for more, but not for long.
    pub(crate) async fn room(&self) {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.kept.load(Ordering::Acquire) < KEPT {
                return;
            }
            if tokio::time::timeout(PATIENCE, freed).await.is_err() {
                self.make_room();
                return;
            }
        }
    }
}

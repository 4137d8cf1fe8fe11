//! One source for several destinations: each blob is read once and goes to all who want it.
//!
//! A [`Tee`] knows which blobs several runs want. The first that opens such a blob begins to read
//! it; the others join, and find what was read so far in a bounded buffer. Nobody waits for long:
//! who holds the others up, or does not come, is let go and reads the rest for itself.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    BlobStream, Descriptor, Error as RegistryError, Listed, Manifest, Source, Stats, TagOrDigest,
};
use tokio::sync::Notify;

use crate::{
    CopyPlan, EngineError, RunContext, RunOutcome, Way, run,
    shared_blob::{Reader, SharedBlob},
};

/// How far those who read one blob may be apart, in bytes.
pub(crate) const WINDOW: u64 = 4 * 1024 * 1024;
/// What is kept for all blobs together, in bytes.
const KEPT: u64 = 32 * 1024 * 1024;
/// How long the fastest waits for the others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// What the readers of one source share.
pub(crate) struct Tee {
    source: Arc<dyn Source>,
    /// Which of the runs still want a blob.
    wanted: Mutex<HashMap<Digest, Vec<usize>>>,
    /// Blobs being read or kept, in the order in which they were begun.
    blobs: Mutex<Blobs>,
    kept: AtomicU64,
    /// Rings when something that was kept went.
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

    /// A run is over: nobody waits for it any more.
    pub(crate) fn leave(&self, reader: usize) {
        for readers in self.wanted().values_mut() {
            readers.retain(|other| *other != reader);
        }
        let blobs: Vec<Arc<SharedBlob>> = self.blobs().in_order.values().cloned().collect();
        for blob in blobs {
            blob.leave(reader);
        }
    }

    /// Joins those who read a blob, or begins to read it; `None` when nobody else wants it, or
    /// this run had its turn.
    fn join(
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
                // The last one of those who want it reads alone.
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
        let alone = Alone { source: self.source.clone(), repository: repository.clone() };
        blob.join(reader, alone, descriptor.clone())
    }

    /// Reads a blob for all who want it, in a task that ends when nobody does any more.
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

    /// Lets go of blobs that were read to their end and wait for a run that does not come, the
    /// oldest first. Such a run is far behind: nobody waits for it with other blobs either.
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

    /// Waits until there is room for more, and not for long.
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

/// Runs several plans at once. Those that read the same source read each blob that several of them
/// upload once: its bytes go to all destinations through a bounded buffer, and every destination
/// checks them for itself. A destination that is paused, slow or failing is let go by the others
/// after a short time and reads the rest with a request of its own.
///
/// Outcomes are in the order of the runs. `requests` of a summary counts those of a shared source
/// for each of its runs.
pub async fn run_many(runs: Vec<(CopyPlan, RunContext)>) -> Vec<Result<RunOutcome, EngineError>> {
    let mut sources: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, (_, context)) in runs.iter().enumerate() {
        let name = context.source.name();
        match sources.iter_mut().find(|(known, _)| known == name) {
            Some((_, members)) => members.push(index),
            None => sources.push((name.to_owned(), vec![index])),
        }
    }
    let mut branches: HashMap<usize, Branch> = HashMap::new();
    for (_, members) in sources.into_iter().filter(|(_, members)| members.len() > 1) {
        let plans = members.iter().filter_map(|index| runs.get(*index)).map(|(plan, _)| plan);
        let Some((_, first)) = members.first().and_then(|index| runs.get(*index)) else { continue };
        let tee = Tee::new(first.source.clone(), plans);
        for (reader, index) in members.into_iter().enumerate() {
            branches.insert(index, Branch { tee: tee.clone(), reader });
        }
    }
    let destinations = runs.len().max(1);
    let all = runs.into_iter().enumerate().map(|(index, (plan, mut context))| {
        context.options.memory /= destinations;
        let branch = branches.remove(&index);
        async move {
            let _leaving = branch.map(|branch| {
                let leaving = Leaving { tee: branch.tee.clone(), reader: branch.reader };
                context.source = Arc::new(branch);
                leaving
            });
            run(plan, context).await
        }
    });
    futures::future::join_all(all).await
}

/// Says that a run is over, however it ends.
struct Leaving {
    tee: Arc<Tee>,
    reader: usize,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.tee.leave(self.reader);
    }
}

/// Reads a blob without the others.
#[derive(Clone)]
pub(crate) struct Alone {
    source: Arc<dyn Source>,
    repository: RepositoryName,
}

impl Alone {
    pub(crate) async fn open(self, descriptor: Descriptor, offset: u64) -> Result<BlobStream, RegistryError> {
        self.source.blob(&self.repository, &descriptor, offset).await
    }
}

/// The source as one run sees it.
struct Branch {
    tee: Arc<Tee>,
    reader: usize,
}

#[async_trait]
impl Source for Branch {
    fn name(&self) -> &str {
        self.tee.source.name()
    }

    fn stats(&self) -> Stats {
        self.tee.source.stats()
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, RegistryError> {
        self.tee.source.tags(repository).await
    }

    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, RegistryError> {
        self.tee.source.resolve(repository, reference).await
    }

    async fn resolve_many(
        &self,
        repository: &RepositoryName,
        references: &[TagOrDigest],
    ) -> Result<HashMap<TagOrDigest, Descriptor>, RegistryError> {
        self.tee.source.resolve_many(repository, references).await
    }

    async fn fetch(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, RegistryError> {
        self.tee.source.fetch(repository, reference).await
    }

    async fn repositories(&self) -> Result<Vec<RepositoryName>, RegistryError> {
        self.tee.source.repositories().await
    }

    async fn list(&self, repository: &RepositoryName) -> Result<Vec<Listed>, RegistryError> {
        self.tee.source.list(repository).await
    }

    async fn manifest(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Manifest, RegistryError> {
        self.tee.source.manifest(repository, digest).await
    }

    /// From the beginning together with the others, from elsewhere alone.
    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, RegistryError> {
        if offset == 0
            && let Some(reader) = self.tee.join(self.reader, repository, descriptor)
        {
            return Ok(Box::pin(reader.into_stream()));
        }
        self.tee.source.blob(repository, descriptor, offset).await
    }

    async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        self.tee.source.referrers(repository, subject).await
    }
}

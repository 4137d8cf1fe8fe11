//! What all tasks of a run share.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::{
    Backoff, Error as RegistryError, Manifest, RegistryErrorKind, Sink, Source, Tries, UploadState,
};
use tokio::sync::{OnceCell, Semaphore};

use crate::{
    Control, CopyPlan, EngineError, EngineErrorKind, Event, How, Kind, PlannedImage, Proof, Reporter, Way,
    journal::{Begin, Finished, Journal, Record, Writer},
    work::blob_table::{Table, TransferId},
};

/// How often renewed credentials are tried for one request.
const RENEWALS: usize = 5;

/// How much a run does at once, and how often it tries.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Blobs in transfer. Registry clients limit their requests themselves, adapting to the host.
    pub blobs: usize,
    /// Bytes of memory that blobs in transfer may take. A blob counts a quarter of a MiB to one
    /// MiB, for its buffers, so that fewer big ones are transferred at once than small ones.
    pub memory: usize,
    /// Manifests being put. ECR accepts ten a second for an account and Region.
    pub manifests: usize,
    /// How long to wait for another shard before its blobs are uploaded here.
    pub patience: Duration,
    /// Tries and waits for one blob or manifest, across all layers.
    pub backoff: Backoff,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            blobs: 64,
            memory: 7 * 1024 * 1024,
            manifests: 16,
            patience: Duration::from_secs(15 * 60),
            backoff: Backoff::default(),
        }
    }
}

/// Content of a repository that the first task provides while the others wait.
pub(crate) type Slot = Arc<tokio::sync::Mutex<Option<How>>>;

/// The state of a destination repository, as this run knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It existed, or was created.
    There,
    /// It does not exist, and its creation was not planned.
    Gone,
}

/// One run under way.
pub(crate) struct Work {
    pub(crate) run: String,
    pub(crate) plan: Arc<CopyPlan>,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) options: RunOptions,
    pub(crate) control: Control,
    pub(crate) manifests: Semaphore,
    pub(crate) moved: AtomicU64,
    pub(crate) saved: AtomicU64,
    /// What an earlier part of this run finished.
    pub(crate) finished: Finished,
    /// Whether this run was resumed.
    pub(crate) resumed: bool,
    /// The content that the destination said it has when the run was resumed.
    pub(crate) asked: HashSet<(RepositoryName, Digest)>,
    /// Blobs that this run transfers, each once per repository.
    pub(crate) table: Arc<Table>,
    /// How each of them is known to be there.
    hows: Vec<AtomicU8>,
    /// How far uploads in parts have got.
    pub(crate) uploads: Mutex<HashMap<(RepositoryName, Digest), UploadState>>,
    slots: Mutex<HashMap<(RepositoryName, Digest), Slot>>,
    repositories: Mutex<HashMap<RepositoryName, Arc<OnceCell<Place>>>>,
    /// Repositories that lack content that they were said to have.
    pub(crate) losses: Mutex<BTreeSet<RepositoryName>>,
    /// Images that were put into each repository, in the order in which they were finished.
    pub(crate) put_into: Mutex<HashMap<RepositoryName, Vec<usize>>>,
    /// Whether the run was cancelled before it could look at what its plan left open, or check what
    /// was put.
    pub(crate) not_looked_at: AtomicBool,
    journal: Option<(Journal, Begin)>,
    /// Opened once; if that fails, nothing is written at all.
    writer: OnceCell<Result<Writer, EngineError>>,
}

/// The state that a run begins with.
pub(crate) struct Beginning {
    pub(crate) run: String,
    pub(crate) plan: Arc<CopyPlan>,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) options: RunOptions,
    pub(crate) control: Control,
    pub(crate) journal: Option<(Journal, Begin)>,
    pub(crate) writer: Option<Writer>,
    pub(crate) finished: Finished,
    pub(crate) resumed: bool,
    pub(crate) asked: HashSet<(RepositoryName, Digest)>,
    pub(crate) table: Arc<Table>,
}

impl Work {
    pub(crate) fn new(beginning: Beginning) -> Self {
        let Beginning {
            run,
            plan,
            source,
            sink,
            reporter,
            options,
            control,
            journal,
            writer,
            mut finished,
            resumed,
            asked,
            table,
        } = beginning;
        let uploads = Mutex::new(std::mem::take(&mut finished.uploads));
        Self {
            run,
            plan,
            source,
            sink,
            reporter,
            options,
            control,
            manifests: Semaphore::new(options.manifests.max(1)),
            moved: AtomicU64::new(0),
            saved: AtomicU64::new(0),
            finished,
            resumed,
            asked,
            hows: (0..table.len()).map(|_| AtomicU8::new(NOT_YET)).collect(),
            table,
            uploads,
            slots: Mutex::default(),
            repositories: Mutex::default(),
            losses: Mutex::default(),
            put_into: Mutex::default(),
            not_looked_at: AtomicBool::default(),
            journal,
            writer: OnceCell::new_with(writer.map(Ok)),
        }
    }

    pub(crate) fn image(&self, index: usize) -> Result<&PlannedImage, EngineError> {
        self.plan.images.get(index).ok_or_else(|| EngineError::internal(format!("no image {index}")))
    }

    pub(crate) fn tell(&self, event: Event) {
        self.reporter.tell(event);
    }

    pub(crate) fn saved(&self, bytes: u64) {
        self.saved.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How a blob of an image is known to be at the destination; `None` when it is not yet, or
    /// need not be.
    pub(crate) fn how(&self, image: usize, digest: &Digest) -> Option<How> {
        self.how_of(self.table.find(&self.plan, image, digest)?)
    }

    pub(crate) fn how_of(&self, id: TransferId) -> Option<How> {
        match self.hows.get(id)?.load(Ordering::Acquire) {
            ACKNOWLEDGED => Some(How::Acknowledged),
            MOUNTED => Some(How::Mounted),
            ASKED => Some(How::Asked),
            _ => None,
        }
    }

    /// Notes how a blob of an image is known to be at the destination.
    pub(crate) fn set_how(&self, image: usize, digest: &Digest, how: How) {
        if let Some(id) = self.table.find(&self.plan, image, digest) {
            self.set_how_of(id, how);
        }
    }

    pub(crate) fn set_how_of(&self, id: TransferId, how: How) {
        let value = match how {
            How::Acknowledged => ACKNOWLEDGED,
            How::Mounted => MOUNTED,
            How::Asked => ASKED,
        };
        if let Some(cell) = self.hows.get(id) {
            cell.store(value, Ordering::Release);
        }
    }

    /// The proof of an image's blobs as it is now.
    pub(crate) fn blob_proofs(&self, index: usize) -> Vec<Proof> {
        self.table
            .needs(index)
            .filter_map(|id| {
                let (_, blob) = self.table.first(&self.plan, id)?;
                let digest = blob.descriptor.digest.clone();
                self.how_of(id).map(|how| Proof { kind: Kind::Blob, digest, how })
            })
            .collect()
    }

    /// How a blob is known to be there before it is moved.
    pub(crate) fn known_before(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        way: &Way,
    ) -> Option<How> {
        if self.resumed {
            // The destination was asked for every blob of every remaining image.
            let key = (repository.clone(), digest.clone());
            let finished = self.finished.blobs.contains(&key);
            return self.asked.contains(&key).then_some(match finished {
                true => How::Acknowledged,
                false => How::Asked,
            });
        }
        (*way == Way::Present).then_some(How::Asked)
    }

    pub(crate) fn slot(&self, repository: &RepositoryName, digest: &Digest) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry((repository.clone(), digest.clone())).or_default().clone()
    }

    /// Opens the journal, if there is one and it is not open yet. Called before anything is
    /// written.
    pub(crate) async fn open_journal(&self) -> Result<(), EngineError> {
        if let Some((journal, begin)) = &self.journal {
            let open = || journal.begin(self.run.clone(), self.plan.clone(), begin.clone());
            if let Err(error) = self.writer.get_or_init(open).await {
                return Err(error.clone());
            }
        }
        Ok(())
    }

    pub(crate) fn note(&self, record: Record) {
        if let Some(writer) = self.writer() {
            writer.note(record);
        }
    }

    pub(crate) fn writer(&self) -> Option<&Writer> {
        self.writer.get()?.as_ref().ok()
    }

    fn repository(&self, repository: &RepositoryName) -> Arc<OnceCell<Place>> {
        let mut known = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(repository.clone()).or_default().clone()
    }

    fn is_planned(&self, repository: &RepositoryName) -> bool {
        self.plan.create_repositories.contains(repository)
    }

    /// Ensures once that a repository exists: one whose creation is planned is created, any other
    /// is only looked up.
    ///
    /// # Errors
    /// When it does not exist and its creation was not planned; when the destination cannot be asked.
    pub(crate) async fn ensure(&self, repository: &RepositoryName) -> Result<(), EngineError> {
        let ensure = async || {
            let there = match self.is_planned(repository) {
                true => self.retried(|| self.sink.ensure_repository(repository)).await.map(|_| true),
                false => self.retried(|| self.sink.has_repository(repository)).await,
            };
            there
                .map(|there| if there { Place::There } else { Place::Gone })
                .map_err(EngineError::destination)
        };
        match self.repository(repository).get_or_try_init(ensure).await? {
            Place::There => Ok(()),
            Place::Gone => {
                self.lost(repository);
                Err(self.gone(repository))
            }
        }
    }

    /// Whether the repository is still to be created.
    pub(crate) fn creates(&self, repository: &RepositoryName) -> bool {
        !self.repository(repository).initialized() && self.is_planned(repository)
    }

    /// Whether the repository was found to be gone, and is not created.
    pub(crate) fn is_gone(&self, repository: &RepositoryName) -> bool {
        self.repository(repository).get() == Some(&Place::Gone)
    }

    /// The error of images whose repository does not exist and whose creation was not planned.
    pub(crate) fn gone(&self, repository: &RepositoryName) -> EngineError {
        let registry = self.sink.name().to_owned();
        EngineError::destination(EngineErrorKind::RepositoryGone {
            registry,
            repository: repository.to_string(),
        })
    }

    /// A repository that existed has disappeared. When the plan creates it, it is created again as
    /// planned; lost content is found when a manifest is put, and at the end.
    ///
    /// # Errors
    /// When its creation was not planned; when it cannot be created.
    pub(crate) async fn ensure_again(&self, repository: &RepositoryName) -> Result<(), EngineError> {
        self.lost(repository);
        let planned = self.is_planned(repository);
        let known = if planned { OnceCell::new() } else { OnceCell::new_with(Some(Place::Gone)) };
        self.repositories
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(repository.clone(), Arc::new(known));
        if planned {
            tracing::warn!(run = %self.run, %repository, "the repository has disappeared; it is created again");
        }
        self.ensure(repository).await
    }

    /// Does something in a repository. When the repository has disappeared and the plan was to
    /// create it, creates it and tries once more.
    pub(crate) async fn in_repository<T, F>(
        &self,
        repository: &RepositoryName,
        mut what: impl FnMut() -> F,
    ) -> Result<T, EngineError>
    where
        F: Future<Output = Result<T, RegistryError>>,
    {
        match self.retried(&mut what).await {
            Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
                self.ensure_again(repository).await?;
                self.retried(what).await.map_err(EngineError::destination)
            }
            other => other.map_err(EngineError::destination),
        }
    }

    /// A manifest of the source, from planning or read again.
    pub(crate) async fn manifest(
        &self,
        image: &PlannedImage,
        digest: &Digest,
    ) -> Result<Manifest, EngineError> {
        if let Some(manifest) = self.plan.manifests.get(digest) {
            return Ok(manifest.clone());
        }
        let read = || self.source.manifest(&image.repository, digest);
        self.retried(read).await.map_err(EngineError::source)
    }

    /// Retries transient failures, and refused credentials once they are renewed, but not while the run is
    /// paused. An attempt during which it was
    /// paused is not counted, because idle connections break.
    pub(crate) async fn retried<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, RegistryError>
    where
        F: Future<Output = Result<T, RegistryError>>,
    {
        let tries = Tries::shared_or(self.options.backoff);
        let mut renewals = 0;
        loop {
            self.control.unpaused().await;
            let pauses = self.control.pauses();
            let error = match tries.within(attempt()).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if error.is_retryable() && self.control.pauses() != pauses {
                tries.forgive();
                continue;
            }
            if matches!(error, RegistryError { kind: RegistryErrorKind::Unauthorized { .. }, .. })
                && renewals < RENEWALS
                && self.control.renewed(&error.registry).await
            {
                renewals += 1;
                continue;
            }
            let Some(wait) = tries.after(&error) else { return Err(error) };
            tracing::debug!(run = %self.run, %error, "trying again");
            tokio::time::sleep(wait).await;
        }
    }
}

const NOT_YET: u8 = 0;
const ACKNOWLEDGED: u8 = 1;
const MOUNTED: u8 = 2;
const ASKED: u8 = 3;

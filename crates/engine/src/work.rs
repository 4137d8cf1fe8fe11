//! What all tasks of a run share.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Backoff, Error as RegistryError, Manifest, Sink, Source};
use tokio::sync::{OnceCell, Semaphore, SetOnce};

use crate::{
    CopyPlan, EngineError, Event, How, PlannedImage, Reporter,
    journal::{Finished, Journal, Record, Writer},
};

/// How much a run does at once, and how often it tries.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Blobs under way.
    pub blobs: usize,
    /// Manifests being put. ECR accepts ten a second for an account and Region.
    pub manifests: usize,
    /// Images under way.
    pub images: usize,
    /// Tries and waits for one blob or manifest; registries try single requests again themselves.
    pub backoff: Backoff,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { blobs: 16, manifests: 8, images: 32, backoff: Backoff { attempts: 4, ..Backoff::default() } }
    }
}

/// A blob in a repository, transferred by whoever comes first while the others wait.
pub(crate) type Slot = Arc<tokio::sync::Mutex<Option<How>>>;

/// One run under way.
pub(crate) struct Work {
    pub(crate) run: String,
    pub(crate) plan: Arc<CopyPlan>,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) options: RunOptions,
    pub(crate) blobs: Semaphore,
    pub(crate) manifests: Semaphore,
    /// Set when an image ended, well or not.
    pub(crate) ended: Vec<SetOnce<()>>,
    pub(crate) moved: AtomicU64,
    pub(crate) saved: AtomicU64,
    /// What an earlier part of this run finished.
    pub(crate) finished: Finished,
    /// What the destination said it has when the run went on.
    pub(crate) asked: HashSet<(RepositoryName, Digest)>,
    slots: Mutex<HashMap<(RepositoryName, Digest), Slot>>,
    repositories: Mutex<HashMap<RepositoryName, Arc<OnceCell<bool>>>>,
    journal: Option<Journal>,
    writer: OnceCell<Writer>,
}

/// What a run begins with.
pub(crate) struct Beginning {
    pub(crate) run: String,
    pub(crate) plan: Arc<CopyPlan>,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) options: RunOptions,
    pub(crate) journal: Option<Journal>,
    pub(crate) writer: Option<Writer>,
    pub(crate) finished: Finished,
    pub(crate) asked: HashSet<(RepositoryName, Digest)>,
}

impl Work {
    pub(crate) fn new(beginning: Beginning) -> Self {
        let Beginning { run, plan, source, sink, reporter, options, journal, writer, finished, asked } =
            beginning;
        Self {
            run,
            source,
            sink,
            reporter,
            options,
            blobs: Semaphore::new(options.blobs.max(1)),
            manifests: Semaphore::new(options.manifests.max(1)),
            ended: plan.images.iter().map(|_| SetOnce::new()).collect(),
            plan,
            moved: AtomicU64::new(0),
            saved: AtomicU64::new(0),
            finished,
            asked,
            slots: Mutex::default(),
            repositories: Mutex::default(),
            journal,
            writer: OnceCell::new_with(writer),
        }
    }

    pub(crate) fn image(&self, index: usize) -> Result<&PlannedImage, EngineError> {
        self.plan.images.get(index).ok_or_else(|| EngineError::Internal(format!("no image {index}")))
    }

    pub(crate) fn tell(&self, event: Event) {
        self.reporter.tell(event);
    }

    pub(crate) fn saved(&self, bytes: u64) {
        self.saved.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn slot(&self, repository: &RepositoryName, digest: &Digest) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry((repository.clone(), digest.clone())).or_default().clone()
    }

    /// Opens the journal, if there is one and it is not open yet. Before anything is written.
    pub(crate) async fn open_journal(&self) -> Result<(), EngineError> {
        if let Some(journal) = &self.journal {
            self.writer.get_or_try_init(|| journal.begin(self.run.clone(), self.plan.clone())).await?;
        }
        Ok(())
    }

    pub(crate) fn note(&self, record: Record) {
        if let Some(writer) = self.writer.get() {
            writer.note(record);
        }
    }

    pub(crate) fn writer(&self) -> Option<&Writer> {
        self.writer.get()
    }

    /// Makes sure once that a repository is there.
    pub(crate) async fn ensure(&self, repository: &RepositoryName) -> Result<(), EngineError> {
        let cell = {
            let mut known = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(repository.clone()).or_default().clone()
        };
        let ensure = || self.retried(|| self.sink.ensure_repository(repository));
        cell.get_or_try_init(ensure).await.map(drop).map_err(EngineError::destination)
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

    /// Tries again what passes.
    pub(crate) async fn retried<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, RegistryError>
    where
        F: Future<Output = Result<T, RegistryError>>,
    {
        let mut failures = 0;
        loop {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            failures += 1;
            let Some(wait) = self.options.backoff.after(failures, &error) else { return Err(error) };
            tracing::debug!(run = %self.run, %error, failures, "trying again");
            tokio::time::sleep(wait).await;
        }
    }
}

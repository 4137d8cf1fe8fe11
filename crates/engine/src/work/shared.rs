//! What all tasks of a run share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use longshore_names::{Digest, RepositoryName};
use longshore_registry::Manifest;
use tokio::sync::Semaphore;

use crate::{
    Control, CopyPlan, EngineError, Event, How, PlannedImage, Reporter, RunOptions,
    work::blob_table::Table,
    work::ledger::{Earlier, Ledger},
    work::registries::Registries,
    work::repositories::Repositories,
};

/// Content of a repository that the first task provides while the others wait.
pub(crate) type Slot = Arc<tokio::sync::Mutex<Option<How>>>;

/// One run under way.
pub(crate) struct Work {
    pub(crate) run: String,
    pub(crate) plan: Arc<CopyPlan>,
    /// Blobs that this run transfers, each once per repository.
    pub(crate) table: Arc<Table>,
    pub(crate) registries: Arc<Registries>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) repositories: Repositories,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) options: RunOptions,
    pub(crate) control: Control,
    pub(crate) manifests: Semaphore,
    slots: Mutex<HashMap<(RepositoryName, Digest), Slot>>,
}

/// What a run begins with, beside its registries.
pub(crate) struct Beginning {
    pub(crate) plan: Arc<CopyPlan>,
    pub(crate) table: Arc<Table>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) options: RunOptions,
    pub(crate) earlier: Earlier,
}

impl Work {
    pub(crate) fn new(registries: Registries, beginning: Beginning) -> Self {
        let Beginning { plan, table, reporter, options, earlier } = beginning;
        let (run, control) = (registries.run.clone(), registries.control.clone());
        let registries = Arc::new(registries);
        let ledger = Arc::new(Ledger::new(run.clone(), plan.clone(), table.clone(), earlier));
        Self {
            run,
            repositories: Repositories::new(registries.clone(), ledger.clone(), plan.clone()),
            plan,
            table,
            registries,
            ledger,
            reporter,
            options,
            control,
            manifests: Semaphore::new(options.manifests.max(1)),
            slots: Mutex::default(),
        }
    }

    pub(crate) fn image(&self, index: usize) -> Result<&PlannedImage, EngineError> {
        self.plan.images.get(index).ok_or_else(|| EngineError::internal(format!("no image {index}")))
    }

    pub(crate) fn report(&self, event: Event) {
        self.reporter.report(event);
    }

    pub(crate) fn slot(&self, repository: &RepositoryName, digest: &Digest) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry((repository.clone(), digest.clone())).or_default().clone()
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
        let read = || self.registries.source.manifest(&image.repository, digest);
        self.registries.retried(read).await.map_err(EngineError::source)
    }
}

//! The repositories of the destination, as a run knows them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use longshore_names::RepositoryName;
use longshore_registry::{Error as RegistryError, RegistryErrorKind};
use tokio::sync::OnceCell;

use crate::{
    CopyPlan, EngineError, EngineErrorKind, journal::Record, work::ledger::Ledger,
    work::registries::Registries,
};

/// The state of a destination repository, as this run knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It existed, or was created.
    There,
    /// It does not exist, and its creation was not planned.
    Gone,
}

/// Which repositories exist, which are created, and which lost content.
pub(crate) struct Repositories {
    registries: Arc<Registries>,
    ledger: Arc<Ledger>,
    plan: Arc<CopyPlan>,
    places: Mutex<HashMap<RepositoryName, Arc<OnceCell<Place>>>>,
    /// Repositories that lack content that they were said to have.
    losses: Mutex<BTreeSet<RepositoryName>>,
}

impl Repositories {
    pub(crate) fn new(registries: Arc<Registries>, ledger: Arc<Ledger>, plan: Arc<CopyPlan>) -> Self {
        Self { registries, ledger, plan, places: Mutex::default(), losses: Mutex::default() }
    }

    fn repository(&self, repository: &RepositoryName) -> Arc<OnceCell<Place>> {
        let mut known = self.places.lock().unwrap_or_else(PoisonError::into_inner);
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
                true => self
                    .registries
                    .retried(|| self.registries.sink.ensure_repository(repository))
                    .await
                    .map(|_| true),
                false => self.registries.retried(|| self.registries.sink.has_repository(repository)).await,
            };
            there
                .map(|there| if there { Place::There } else { Place::Gone })
                .map_err(EngineError::destination)
        };
        match self.repository(repository).get_or_try_init(ensure).await? {
            Place::There => Ok(()),
            Place::Gone => {
                self.record_loss(repository);
                Err(self.gone(repository))
            }
        }
    }

    /// Whether the repository is still to be created by a call.
    pub(crate) fn creates(&self, repository: &RepositoryName) -> bool {
        !self.registries.sink.creates_on_push()
            && !self.repository(repository).initialized()
            && self.is_planned(repository)
    }

    /// Whether the repository was found to be gone, and is not created.
    pub(crate) fn is_gone(&self, repository: &RepositoryName) -> bool {
        self.repository(repository).get() == Some(&Place::Gone)
    }

    /// The error of images whose repository does not exist and whose creation was not planned.
    pub(crate) fn gone(&self, repository: &RepositoryName) -> EngineError {
        let registry = self.registries.sink.name().to_owned();
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
        self.record_loss(repository);
        let planned = self.is_planned(repository);
        let known = if planned { OnceCell::new() } else { OnceCell::new_with(Some(Place::Gone)) };
        self.places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(repository.clone(), Arc::new(known));
        if planned {
            tracing::warn!(run = %self.registries.run, %repository, "the repository has disappeared; it is created again");
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
        match self.registries.retried(&mut what).await {
            Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
                self.ensure_again(repository).await?;
                self.registries.retried(what).await.map_err(EngineError::destination)
            }
            other => other.map_err(EngineError::destination),
        }
    }

    /// Notes that a repository lacks content that it was said to have, so that finished images in
    /// it are checked again: by this run at its end, or by the resumed run after a kill.
    pub(crate) fn record_loss(&self, repository: &RepositoryName) {
        let new = self.losses.lock().unwrap_or_else(PoisonError::into_inner).insert(repository.clone());
        if !new {
            return;
        }
        for (index, image) in self.plan.images.iter().enumerate() {
            if image.destination == *repository && image.action.is_work() {
                self.ledger.record(Record::NotImage(index));
            }
        }
    }

    /// Whether a repository was found to lack content that it was said to have.
    pub(crate) fn has_lost(&self, repository: &RepositoryName) -> bool {
        self.losses.lock().unwrap_or_else(PoisonError::into_inner).contains(repository)
    }

    /// The repositories that lack content that they were said to have, which are then forgotten.
    pub(crate) fn take_losses(&self) -> BTreeSet<RepositoryName> {
        std::mem::take(&mut *self.losses.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

//! The writes of a plan, as values: a pure function of its steps. A [`Ledger`] collects the writes
//! of all running plans, so that tests can compare them with the requests that reach a registry.

use std::sync::{Arc, Mutex, PoisonError};

use longshore_engine::{CopyPlan, PlannedWrite, PrunePlan};
use longshore_names::{Digest, RepositoryName, Tag};

use crate::api::RegistryKey;

/// The registry that a write goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An account's registry.
    Known(RegistryKey),
    /// A registry that a copy plan names, `host[:port]` or `oci:DIR`.
    Named(String),
}

/// The tag of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagOfWrite {
    /// Any, or none.
    Any,
    /// This one, or none.
    Exactly(Option<Tag>),
}

/// A write that a plan lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedWrite {
    /// ECR's operation; a blob that is uploaded or mounted is a `CompleteLayerUpload`.
    pub operation: &'static str,
    /// The registry.
    pub place: Place,
    /// The repository, if it is about one.
    pub repository: Option<RepositoryName>,
    /// The tag that is put or deleted.
    pub tag: TagOfWrite,
    /// The manifest or blob; `None` for any.
    pub digest: Option<Digest>,
}

impl ListedWrite {
    fn new(operation: &'static str, place: Place, repository: Option<&RepositoryName>) -> Self {
        Self { operation, place, repository: repository.cloned(), tag: TagOfWrite::Any, digest: None }
    }

    /// At an account's registry.
    pub(crate) fn at(
        operation: &'static str,
        here: &RegistryKey,
        repository: Option<&RepositoryName>,
    ) -> Self {
        Self::new(operation, Place::Known(here.clone()), repository)
    }

    pub(crate) fn of(self, digest: &Digest) -> Self {
        Self { digest: Some(digest.clone()), ..self }
    }

    pub(crate) fn tagged(self, tag: Option<&Tag>) -> Self {
        Self { tag: TagOfWrite::Exactly(tag.cloned()), ..self }
    }
}

/// The writes of a copy plan at its destination.
fn of_copy(plan: &CopyPlan) -> Vec<ListedWrite> {
    let at = |operation, repository: &RepositoryName| {
        ListedWrite::new(operation, Place::Named(plan.destination.clone()), Some(repository))
    };
    let listed = |write: PlannedWrite| match write {
        PlannedWrite::Repository(name) => at("CreateRepository", &name),
        PlannedWrite::Blob { repository, digest } => at("CompleteLayerUpload", &repository).of(&digest),
        PlannedWrite::Manifest { repository, digest, tag } => {
            at("PutImage", &repository).of(&digest).tagged(tag.as_ref())
        }
    };
    plan.writes().into_iter().map(listed).collect()
}

/// The writes of all plans that ran, by run and step.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Vec<(String, usize, ListedWrite)>>>);

impl Ledger {
    /// Everything that was listed so far: the run, its step, and a write.
    pub fn listed(&self) -> Vec<(String, usize, ListedWrite)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn add(&self, run: &str, step: usize, writes: Vec<ListedWrite>) {
        let mut listed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listed.extend(writes.into_iter().map(|write| (run.to_owned(), step, write)));
    }

    /// Adds the writes of a copy plan, and of what is removed after it, as the first step of a run.
    pub fn add_copy(&self, run: &str, plan: &CopyPlan, prune: Option<&PrunePlan>) {
        let mut writes = of_copy(plan);
        let place = Place::Named(plan.destination.clone());
        writes.extend(prune.into_iter().flat_map(|prune| &prune.removals).map(|removal| {
            ListedWrite::new("BatchDeleteImage", place.clone(), Some(&removal.repository))
                .tagged(Some(&removal.tag))
        }));
        self.add(run, 0, writes);
    }
}

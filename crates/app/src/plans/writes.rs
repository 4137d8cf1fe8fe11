//! The writes of a plan, as values: a pure function of its steps. A [`Ledger`] collects the writes
//! of all running plans, so that tests can compare them with the requests that reach a registry.

use std::sync::{Arc, Mutex, PoisonError};

use longshore_engine::{CopyPlan, PlannedWrite, PrunePlan};
use longshore_names::{Digest, RepositoryName, Tag};

use super::{Action, CopyImage, CopyTag, Doomed, Step};
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

    fn of(self, digest: &Digest) -> Self {
        Self { digest: Some(digest.clone()), ..self }
    }

    fn tagged(self, tag: Option<&Tag>) -> Self {
        Self { tag: TagOfWrite::Exactly(tag.cloned()), ..self }
    }
}

impl Step {
    /// Everything that the step may write. The writes of an engine rule's run come from its copy
    /// plans.
    pub(crate) fn writes(&self) -> Vec<ListedWrite> {
        let Some(context) = &self.context else { return Vec::new() };
        let at = |operation, repository: Option<&RepositoryName>| {
            ListedWrite::new(operation, Place::Known(context.registry.clone()), repository)
        };
        let doomed = |name: &RepositoryName, images: &[Doomed]| -> Vec<ListedWrite> {
            images
                .iter()
                .flat_map(|image| {
                    let of = at("BatchDeleteImage", Some(name)).of(&image.digest);
                    let tags = image.tags.iter().map(Some).chain([None]);
                    tags.map(move |tag| of.clone().tagged(tag)).collect::<Vec<_>>()
                })
                .collect()
        };
        let put = |name: &RepositoryName, digest: &Digest, tags: &[CopyTag]| -> Vec<ListedWrite> {
            let root = |tag: &CopyTag| at("PutImage", Some(name)).of(digest).tagged(Some(&tag.tag));
            let mut writes: Vec<ListedWrite> = tags.iter().map(root).collect();
            // Its layers, and the images of an index, which are known only during the copy.
            writes.push(at("PutImage", Some(name)).tagged(None));
            writes.push(at("CompleteLayerUpload", Some(name)));
            writes
        };
        match &self.action {
            Action::CreateRepository { name, .. } => vec![at("CreateRepository", Some(name))],
            Action::DeleteRepository { name, images } => {
                let images = images.iter().map(|digest| at("BatchDeleteImage", Some(name)).of(digest));
                images.chain([at("DeleteRepository", Some(name))]).collect()
            }
            Action::DeleteImages { name, images, tags } => {
                let single = |tag: Option<&Tag>, digest: &Digest| {
                    at("BatchDeleteImage", Some(name)).of(digest).tagged(tag)
                };
                let mut writes = doomed(name, images);
                writes.extend(tags.iter().map(|doomed| single(Some(&doomed.tag), &doomed.digest)));
                writes
            }
            Action::SetMutability { name, .. } => vec![at("PutImageTagMutability", Some(name))],
            Action::SetBlobMounting { .. } => vec![at("PutAccountSetting", None)],
            Action::WriteReplication(_) => vec![at("PutReplicationConfiguration", None)],
            Action::WritePolicy(change) if change.after.is_none() => vec![at("DeleteRegistryPolicy", None)],
            Action::WritePolicy(_) => vec![at("PutRegistryPolicy", None)],
            Action::Copy(CopyImage { to, digest, tags, .. }) => put(to, digest, tags),
            Action::PushSample { name, tag, digest, .. } => put(name, digest, std::slice::from_ref(tag)),
            Action::ClearReplicas { name, images } => {
                let mut writes = doomed(name, images);
                writes.push(at("DeleteRepository", Some(name)));
                writes
            }
            Action::RuleIsGone { .. }
            | Action::WaitForReplication { .. }
            | Action::WriteEngineRule(_)
            | Action::RunEngineRule(_) => Vec::new(),
        }
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

    /// The run of an engine rule has one step.
    pub(crate) fn add_copy(&self, run: &str, plan: &CopyPlan, prune: Option<&PrunePlan>) {
        let mut writes = of_copy(plan);
        let place = Place::Named(plan.destination.clone());
        writes.extend(prune.into_iter().flat_map(|prune| &prune.removals).map(|removal| {
            ListedWrite::new("BatchDeleteImage", place.clone(), Some(&removal.repository))
                .tagged(Some(&removal.tag))
        }));
        self.add(run, 0, writes);
    }
}

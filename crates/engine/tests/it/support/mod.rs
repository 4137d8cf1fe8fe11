//! A registry in memory that counts, and that fails where a test says so.

pub(crate) mod images;
mod serving;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Descriptor, Error, Manifest, RegistryErrorKind, StoredImage};
use tokio::sync::{Notify, Semaphore};

#[derive(Default)]
struct Repository {
    blobs: HashMap<Digest, Bytes>,
    manifests: HashMap<Digest, Manifest>,
    tags: BTreeMap<Tag, Digest>,
}

/// The content of a list of tags.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) enum ListIs {
    #[default]
    True,
    Empty,
    /// The list claims that the repository does not exist.
    Missing,
    Refused,
}

#[derive(Default)]
struct State {
    list: ListIs,
    /// Tags whose puts are acknowledged and not stored.
    forgets: HashSet<Tag>,
    /// The next put of a tag gets no response: it was stored, or another client's put was.
    unanswered: HashMap<Tag, Option<Digest>>,
    /// Manifests that cannot be read this many times.
    unreadable: HashMap<Digest, u32>,
    /// Blobs for which the next request is answered with 503.
    busy: HashSet<Digest>,
    /// Manifests whose reads never end, and those of them that are being read.
    stalled: HashSet<Digest>,
    stalling: HashSet<Digest>,
    /// Manifests that are being put and held.
    arrived: HashSet<Digest>,
    /// How many manifests were refused because content that they name was missing.
    lacking: usize,
    repositories: BTreeMap<RepositoryName, Repository>,
    /// Every blob upload that was accepted.
    uploads: Vec<(RepositoryName, Digest)>,
    mounts: Vec<(RepositoryName, Digest)>,
    /// Manifests in the order in which they were accepted, with their tags.
    puts: Vec<(Digest, Option<Tag>)>,
    /// Offsets at which blobs were opened.
    opened: Vec<(Digest, u64)>,
    mounting: bool,
    /// As ECR: a blob can be mounted only if a manifest of the other repository names it.
    referenced_only: bool,
    /// Blobs from this size on are uploaded in parts of this size.
    part: Option<usize>,
    /// Half-done uploads in parts.
    halves: HashMap<String, Vec<u8>>,
    /// Every accepted part's length.
    parts: Vec<usize>,
    creates_on_push: bool,
    immutable: bool,
    /// The stream breaks once after this many bytes.
    breaks: HashMap<Digest, usize>,
    corrupt: HashSet<Digest>,
    /// Corrupt the next time only.
    corrupt_once: HashSet<Digest>,
    /// Uploads of these wait.
    held: HashSet<Digest>,
    refuse_uploads: u32,
    lies_about: HashSet<Digest>,
    denied: BTreeSet<RepositoryName>,
    /// Lifecycle policies; `None` may not be read.
    policies: BTreeMap<RepositoryName, Option<String>>,
    stored: BTreeMap<RepositoryName, Vec<StoredImage>>,
    /// Repositories whose policy, or whose images for it, were requested.
    asked_for_policies: Vec<RepositoryName>,
    asked_for_stored: Vec<RepositoryName>,
}

/// A registry in memory. Clones are the same registry.
#[derive(Clone)]
pub(crate) struct Memory {
    name: String,
    state: Arc<Mutex<State>>,
    /// An upload takes one permit before it is accepted.
    gate: Arc<Semaphore>,
    /// An upload that waits at the gate adds one permit.
    waiting: Arc<Semaphore>,
    /// Notified of every change.
    changed: Arc<Notify>,
}

impl Memory {
    /// An open registry that mounts and creates repositories on push.
    pub(crate) fn new(name: &str) -> Self {
        let state =
            State { mounting: true, referenced_only: true, creates_on_push: true, ..State::default() };
        Self {
            name: name.to_owned(),
            state: Arc::new(Mutex::new(state)),
            gate: Arc::new(Semaphore::new(100_000)),
            waiting: Arc::new(Semaphore::new(0)),
            changed: Arc::new(Notify::new()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn arc(&self) -> Arc<Self> {
        Arc::new(self.clone())
    }

    pub(crate) fn add_blob(&self, repository: &RepositoryName, descriptor: &Descriptor, content: &[u8]) {
        let mut state = self.state();
        let repository = state.repositories.entry(repository.clone()).or_default();
        repository.blobs.insert(descriptor.digest.clone(), Bytes::copy_from_slice(content));
    }

    pub(crate) fn add_manifest(&self, repository: &RepositoryName, manifest: &Manifest, tag: Option<&str>) {
        let mut state = self.state();
        let repository = state.repositories.entry(repository.clone()).or_default();
        repository.manifests.insert(manifest.digest.clone(), manifest.clone());
        if let Some(tag) = tag {
            repository.tags.insert(tag.parse().unwrap(), manifest.digest.clone());
        }
    }

    pub(crate) fn create(&self, repository: &RepositoryName) {
        self.state().repositories.entry(repository.clone()).or_default();
    }

    pub(crate) fn no_mounting(self) -> Self {
        self.state().mounting = false;
        self
    }

    /// Any blob that is there can be mounted, named or not.
    pub(crate) fn mounts_anything(self) -> Self {
        self.state().referenced_only = false;
        self
    }

    /// Blobs from this size on are uploaded in parts of this size.
    pub(crate) fn in_parts(self, size: usize) -> Self {
        self.state().part = Some(size);
        self
    }

    /// Half-done uploads are forgotten.
    pub(crate) fn forget_halves(&self) {
        self.state().halves.clear();
    }

    /// How many bytes arrived in parts.
    pub(crate) fn bytes_of_parts(&self) -> usize {
        self.state().parts.iter().sum()
    }

    pub(crate) fn remove_repository(&self, repository: &RepositoryName) {
        self.state().repositories.remove(repository);
    }

    /// Another client deleted the repository and created it again, and only one blob of a run
    /// arrived after that.
    pub(crate) fn empty_but_for(&self, repository: &RepositoryName, blob: &Digest) {
        let mut state = self.state();
        let known = state.repositories.get_mut(repository).unwrap();
        known.blobs.retain(|digest, _| digest == blob);
        known.manifests.clear();
        known.tags.clear();
    }

    pub(crate) fn immutable(self) -> Self {
        self.state().immutable = true;
        self
    }

    /// As ECR: a repository must be created first.
    pub(crate) fn strict_repositories(self) -> Self {
        self.state().creates_on_push = false;
        self
    }

    pub(crate) fn break_once(&self, digest: &Digest, after: usize) {
        self.state().breaks.insert(digest.clone(), after);
    }

    pub(crate) fn corrupt(&self, digest: &Digest) {
        self.state().corrupt.insert(digest.clone());
    }

    pub(crate) fn corrupt_once(&self, digest: &Digest) {
        self.state().corrupt_once.insert(digest.clone());
    }

    /// Uploads of a blob wait until [`release`](Self::release).
    pub(crate) fn hold(&self, digest: &Digest) {
        self.state().held.insert(digest.clone());
    }

    pub(crate) fn release(&self, digest: &Digest) {
        self.state().held.remove(digest);
        self.changed.notify_waiters();
    }

    /// Makes lists of tags differ from the content.
    pub(crate) fn list_is(&self, list: ListIs) {
        self.state().list = list;
    }

    /// Acknowledges puts of a tag and stores nothing.
    pub(crate) fn forget(&self, tag: &str) {
        self.state().forgets.insert(tag.parse().unwrap());
    }

    /// The next put of a tag gets no response. It is stored, or `instead` is: another client was
    /// quicker.
    pub(crate) fn answer_nothing(&self, tag: &str, instead: Option<&Digest>) {
        self.state().unanswered.insert(tag.parse().unwrap(), instead.cloned());
    }

    pub(crate) fn unreadable(&self, digest: &Digest, times: u32) {
        self.state().unreadable.insert(digest.clone(), times);
    }

    /// The next request for a blob is answered with 503, and retried as long as there are tries.
    pub(crate) fn busy(&self, digest: &Digest) {
        self.state().busy.insert(digest.clone());
    }

    /// From now on, reads of a manifest never end.
    pub(crate) fn stall(&self, digest: &Digest) {
        self.state().stalled.insert(digest.clone());
    }

    /// Waits until a read of a manifest has begun that never ends.
    pub(crate) async fn stalls(&self, digest: &Digest) {
        self.until(|state| state.stalling.contains(digest)).await;
    }

    /// Waits until a held manifest is about to be put.
    pub(crate) async fn arrived(&self, digest: &Digest) {
        self.until(|state| state.arrived.contains(digest)).await;
    }

    pub(crate) fn puts_of(&self, digest: &Digest) -> usize {
        self.state().puts.iter().filter(|(put, _)| put == digest).count()
    }

    /// How many manifests named missing content.
    pub(crate) fn lacking(&self) -> usize {
        self.state().lacking
    }

    async fn not_held(&self, digest: &Digest) {
        self.until(|state| !state.held.contains(digest)).await;
    }

    /// Waits until this many uploads were accepted.
    pub(crate) async fn uploaded(&self, count: usize) {
        self.until(|state| state.uploads.len() >= count).await;
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if is_so(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    pub(crate) fn mend(&self, digest: &Digest) {
        self.state().corrupt.remove(digest);
    }

    pub(crate) fn refuse_uploads(&self, times: u32) {
        self.state().refuse_uploads = times;
    }

    pub(crate) fn lie_about(&self, digest: &Digest) {
        self.state().lies_about.insert(digest.clone());
    }

    pub(crate) fn deny(&self, repository: &RepositoryName) {
        self.state().denied.insert(repository.clone());
    }

    /// An existing repository with a lifecycle policy and these images for it to evaluate.
    pub(crate) fn with_policy(&self, repository: &RepositoryName, policy: &str, stored: Vec<StoredImage>) {
        self.create(repository);
        let mut state = self.state();
        state.policies.insert(repository.clone(), Some(policy.to_owned()));
        state.stored.insert(repository.clone(), stored);
    }

    /// An existing repository whose policy may not be read.
    pub(crate) fn with_secret_policy(&self, repository: &RepositoryName) {
        self.create(repository);
        self.state().policies.insert(repository.clone(), None);
    }

    /// Repositories whose policies were requested, and those whose images were.
    pub(crate) fn asked_about_policies(&self) -> (Vec<RepositoryName>, Vec<RepositoryName>) {
        let state = self.state();
        (state.asked_for_policies.clone(), state.asked_for_stored.clone())
    }

    /// Lets only this many more uploads through.
    pub(crate) fn close_gate_after(&self, uploads: usize) {
        self.gate.forget_permits(usize::MAX >> 4);
        self.gate.add_permits(uploads);
    }

    pub(crate) fn open_gate(&self) {
        self.gate.add_permits(100_000);
    }

    /// Waits until this many uploads wait at the gate or went through it.
    pub(crate) async fn uploads_at_gate(&self, count: u32) {
        self.waiting.acquire_many(count).await.unwrap().forget();
    }

    pub(crate) fn uploads(&self) -> Vec<(RepositoryName, Digest)> {
        self.state().uploads.clone()
    }

    pub(crate) fn uploads_of(&self, digest: &Digest) -> usize {
        self.state().uploads.iter().filter(|(_, uploaded)| uploaded == digest).count()
    }

    pub(crate) fn mounts(&self) -> usize {
        self.state().mounts.len()
    }

    pub(crate) fn puts(&self) -> Vec<(Digest, Option<Tag>)> {
        self.state().puts.clone()
    }

    pub(crate) fn opened(&self, digest: &Digest) -> Vec<u64> {
        self.state().opened.iter().filter(|(opened, _)| opened == digest).map(|(_, at)| *at).collect()
    }

    pub(crate) fn tag(&self, repository: &RepositoryName, tag: &str) -> Option<Digest> {
        self.state().repositories.get(repository)?.tags.get(&tag.parse().unwrap()).cloned()
    }

    pub(crate) fn has_blob(&self, repository: &RepositoryName, digest: &Digest) -> bool {
        self.state().repositories.get(repository).is_some_and(|known| known.blobs.contains_key(digest))
    }

    pub(crate) fn remove_blob(&self, repository: &RepositoryName, digest: &Digest) {
        self.state().repositories.get_mut(repository).unwrap().blobs.remove(digest);
    }

    fn not_found(&self, repository: &RepositoryName, what: &dyn std::fmt::Display) -> Error {
        let (registry, repository) = (self.name.clone(), repository.to_string());
        RegistryErrorKind::NotFound { repository, what: what.to_string() }.at(registry)
    }

    fn no_repository(&self, repository: &RepositoryName) -> Error {
        RegistryErrorKind::RepositoryNotFound { repository: repository.to_string() }.at(self.name.clone())
    }

    fn may_write(&self, state: &mut State, repository: &RepositoryName) -> Result<(), Error> {
        if state.denied.contains(repository) {
            return Err(RegistryErrorKind::Denied { message: "ecr:PutImage".into() }.at(self.name.clone()));
        }
        if state.creates_on_push {
            state.repositories.entry(repository.clone()).or_default();
        }
        if state.repositories.contains_key(repository) { Ok(()) } else { Err(self.no_repository(repository)) }
    }
}

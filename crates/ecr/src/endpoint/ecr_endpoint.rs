//! An ECR registry as the copy engine sees it.
//!
//! Operations that ECR's API supports in batches or without side effects use the API: tags and
//! digests come from `ListImages` and `DescribeImages` (which do not count as pulls), layers are
//! looked up a hundred at a time, manifests use `BatchGetImage` and `PutImage`, which check
//! digests. Blobs are transferred over the data plane, large ones in parts through the API.

use std::{
    collections::HashSet,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use longshore_names::{RepositoryName, Tag};
use longshore_registry::{
    Backoff, Error, HostOptions, HttpRegistry, Manifest, RegistryErrorKind, Sink, Source, TagOrDigest, Tries,
};
use tokio::{
    sync::{Mutex, Semaphore},
    time::Instant,
};

use crate::{
    Calls, EcrClient, EcrError, EcrErrorKind, EcrLogin, ImageFailure, ImageId, RepositorySettings,
    endpoint::pace::{Pace, Write},
    endpoint::push_parts,
    endpoint::tag_lookups::TagLooks,
};

/// How long to wait before a registry without blob mounting is asked again.
const MOUNTING_PAUSE: Duration = Duration::from_secs(30);
/// How often a put of one manifest may be throttled. Each time the pace slows down.
pub(crate) const MOST_REFUSALS: u32 = 10;

/// An ECR registry as [`Source`] and [`Sink`]. Lives as long as a run and is shared by its tasks.
pub struct EcrEndpoint {
    pub(crate) client: EcrClient,
    pub(crate) data: Arc<dyn Sink>,
    pub(crate) new_repositories: RepositorySettings,
    pub(crate) created_by_push: bool,
    known: std::sync::Mutex<HashSet<RepositoryName>>,
    mounting: Mutex<Option<(bool, Instant)>>,
    pace: Pace,
    pub(crate) tag_looks: TagLooks,
    parts_in_memory: Arc<Semaphore>,
    pub(crate) calls: Calls,
    pub(crate) bytes_up: AtomicU64,
    pub(crate) bytes_down: AtomicU64,
}

impl EcrEndpoint {
    /// The registry of `client`, with its data plane where [`EcrClient::data_plane`] says, logged
    /// in by the principal's own token.
    ///
    /// # Errors
    /// When the data plane's address cannot be determined or is not valid.
    pub async fn connect(client: EcrClient, new_repositories: RepositorySettings) -> Result<Self, Error> {
        let name = client.registry().host();
        let url = client.data_plane().await.map_err(|error| error.into_registry_error(&name))?;
        let name = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => name,
        };
        let options = HostOptions {
            credentials: Arc::new(EcrLogin::new(client.clone(), &name)),
            address: Some(url),
            network: client.network().clone(),
            ..HostOptions::default()
        };
        let data = HttpRegistry::connect(&name, options)?;
        Ok(Self::new(client, Arc::new(data), new_repositories))
    }

    /// Joins the API of `client` with `data`, the same registry's data plane. Repositories that
    /// have to be created get the settings `new_repositories`.
    pub fn new(client: EcrClient, data: Arc<dyn Sink>, new_repositories: RepositorySettings) -> Self {
        let (client, calls) = client.counting();
        Self {
            pace: Pace::of(&client),
            client,
            data,
            new_repositories,
            created_by_push: false,
            known: std::sync::Mutex::default(),
            mounting: Mutex::default(),
            tag_looks: TagLooks::default(),
            parts_in_memory: Arc::new(Semaphore::new(push_parts::PARTS_IN_MEMORY)),
            calls,
            bytes_up: AtomicU64::default(),
            bytes_down: AtomicU64::default(),
        }
    }

    /// Leaves the creation of missing repositories to ECR, which creates them on the first push
    /// when a creation template of the registry says so.
    #[must_use]
    pub fn leaving_creation_to_push(mut self) -> Self {
        self.created_by_push = true;
        self
    }

    /// Stays within `share` of ECR's rates for an account and Region: of N machines that write to
    /// one registry, each takes 1/N. All writers of this process together stay within the whole
    /// rate in any case.
    #[must_use]
    pub fn with_rate_share(mut self, share: f64) -> Self {
        self.pace = self.pace.with_share(share);
        self
    }

    /// The control plane of this registry.
    pub fn client(&self) -> &EcrClient {
        &self.client
    }

    /// Whether the registry allows mounting blobs. *Yes* is remembered, *no* for half a minute,
    /// since a plan may turn it on. A registry that does not say counts as *no*: mounting only
    /// saves bytes.
    pub(crate) async fn mounts(&self) -> bool {
        let mut known = self.mounting.lock().await;
        if let Some((enabled, asked)) = *known
            && (enabled || asked.elapsed() < MOUNTING_PAUSE)
        {
            return enabled;
        }
        let enabled = match self.client.blob_mounting().await {
            Ok(enabled) => enabled,
            Err(error) => {
                tracing::debug!(registry = self.name(), code = error.code(), "blob mounting is unknown");
                false
            }
        };
        *known = Some((enabled, Instant::now()));
        enabled
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<RepositoryName>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn know(&self, repository: &RepositoryName) {
        self.known().insert(repository.clone());
    }

    pub(crate) fn forget(&self, repository: &RepositoryName) {
        self.known().remove(repository);
    }

    /// Whether the repository exists; asked once, until a write finds otherwise.
    pub(crate) async fn is_there(&self, repository: &RepositoryName) -> Result<bool, Error> {
        if self.known().contains(repository) {
            return Ok(true);
        }
        let found = self.client.repository(repository).await.map_err(|e| self.error(e))?.is_some();
        if found {
            self.know(repository);
        }
        Ok(found)
    }

    /// Handles a write that found no repository: it was deleted in the meantime.
    pub(crate) fn learn_of<T>(
        &self,
        repository: &RepositoryName,
        written: Result<T, Error>,
    ) -> Result<T, Error> {
        if let Err(Error { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) = &written {
            self.forget(repository);
        }
        written
    }

    pub(crate) fn error(&self, error: EcrError) -> Error {
        error.into_registry_error(self.data.name())
    }

    pub(crate) fn parts_in_memory(&self) -> &Arc<Semaphore> {
        &self.parts_in_memory
    }

    pub(crate) fn count_up(&self, bytes: u64) {
        self.bytes_up.fetch_add(bytes, Relaxed);
    }

    /// Reports the result of a call of the API to the pace.
    pub(crate) fn paced<T>(&self, write: Write, result: &Result<T, EcrError>) {
        match result {
            Ok(_) => self.pace.went_well(write),
            Err(EcrError { kind: EcrErrorKind::Throttled, .. }) => self.pace.refused(write),
            Err(_) => {}
        }
    }

    /// Sends a request of the data plane that begins an upload, when its turn comes.
    pub(crate) async fn paced_upload<T>(
        &self,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.turn(Write::Upload).await;
        let result = request.await;
        match &result {
            Ok(_) => self.pace.went_well(Write::Upload),
            Err(Error { kind: RegistryErrorKind::Throttled { .. }, .. }) => self.pace.refused(Write::Upload),
            Err(_) => {}
        }
        result
    }

    /// Puts a manifest, each try when its turn comes. After a try that failed or was throttled the
    /// tag is looked up: the manifest is put again only while the tag does not exist, since another
    /// client's image would be lost otherwise.
    pub(crate) async fn put_paced(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), EcrError> {
        let (tries, mut refusals) = (Tries::shared_or(Backoff::default()), 0);
        loop {
            let error = match self.put_at_turn(repository, manifest, tag).await {
                Err(error @ EcrError { kind: EcrErrorKind::Throttled, .. }) if refusals < MOST_REFUSALS => {
                    refusals += 1;
                    error
                }
                Err(error) if error.is_retryable() => {
                    let Some(wait) = tries.after(&self.error(error.clone())) else { return Err(error) };
                    tracing::debug!(registry = self.name(), code = error.code(), "trying again");
                    tokio::time::sleep(wait).await;
                    error
                }
                result => return result,
            };
            let Some(tag) = tag else { continue };
            match self.resolve(repository, &TagOrDigest::Tag(tag.clone())).await {
                Ok(None) => {}
                Ok(Some(there)) if there.digest == manifest.digest => return Ok(()),
                _ => return Err(error),
            }
        }
    }

    /// Waits for a turn; this time does not count as silence of the registry.
    pub(crate) async fn turn(&self, write: Write) {
        let asked = Instant::now();
        self.pace.turn(write).await;
        Tries::excuse(asked.elapsed());
    }

    /// Puts a manifest once, when its turn comes.
    async fn put_at_turn(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), EcrError> {
        self.turn(Write::Manifest).await;
        self.put_now(repository, manifest, tag).await
    }

    /// Puts a manifest once; the caller has waited for its turn.
    pub(crate) async fn put_now(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), EcrError> {
        self.count_up(manifest.bytes.len() as u64);
        let result = self.client.put_image(repository, manifest, tag).await;
        self.paced(Write::Manifest, &result);
        result
    }

    /// One manifest, or why there is none.
    pub(crate) async fn get_one(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Result<Manifest, Option<ImageFailure>>, EcrError> {
        let id = ImageId::from(reference.clone());
        let (manifests, failures) = self.client.batch_get_image(repository, &[id]).await?;
        let wanted = |manifest: &Manifest| match reference {
            TagOrDigest::Digest(digest) => manifest.digest == *digest,
            TagOrDigest::Tag(_) => true,
        };
        let Some(manifest) = manifests.into_iter().find(wanted) else {
            return Ok(Err(failures.into_iter().next()));
        };
        self.bytes_down.fetch_add(manifest.bytes.len() as u64, Relaxed);
        Ok(Ok(manifest))
    }

    pub(crate) fn refusal(&self, message: String) -> Error {
        RegistryErrorKind::Refused { status: 400, message }.at(self.name().to_owned())
    }
}

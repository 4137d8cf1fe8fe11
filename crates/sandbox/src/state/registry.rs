//! A registry (an account in a Region) and its repositories.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicBool},
};

use chrono::{DateTime, Utc};
use longshore_names::{RegistryId, RepositoryName};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    access::PolicyScope,
    backfills::Backfills,
    former::Former,
    journal::Durability,
    log::Log,
    repository::{Mutation, RepositorySettings, RepositoryState},
    templates::CreationTemplate,
};
use crate::{
    counters::LiveCounters,
    error::{CommitError, IoContext, SandboxError, StorageError},
    files,
    images::{blobs::BlobStore, uploads::Uploads},
};

/// A registry's settings, in `registry.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RegistryDocument {
    /// The registry policy's text as it was put.
    pub(crate) policy: Option<String>,
    /// `replicationConfiguration` as it was put, with unknown members.
    pub(crate) replication: Value,
    /// From when `replication` holds; until then `former_replication` does.
    pub(crate) replication_effective_at: DateTime<Utc>,
    pub(crate) former_replication: Value,
    /// Account settings that were put, for example `BLOB_MOUNTING` = `ENABLED`.
    pub(crate) settings: BTreeMap<String, String>,
    /// Repository creation templates by their prefix without a slash at its end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) templates: BTreeMap<String, CreationTemplate>,
    /// Pull-through cache rules by their prefix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) cache_rules: BTreeMap<String, CacheRule>,
    /// `scanningConfiguration` as it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scanning: Option<Value>,
    /// `signingConfiguration` as it was put, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signing: Option<(Value, DateTime<Utc>)>,
    /// The users and roles whose pulls are not recorded, by ARN, and since when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) pull_time_exclusions: BTreeMap<String, DateTime<Utc>>,
}

/// A pull-through cache rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CacheRule {
    pub(crate) upstream_url: String,
    /// A value of `UpstreamRegistry`.
    pub(crate) upstream: String,
    pub(crate) upstream_prefix: String,
    pub(crate) credential_arn: Option<String>,
    pub(crate) custom_role_arn: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Default for RegistryDocument {
    fn default() -> Self {
        Self {
            policy: None,
            replication: json!({"rules": []}),
            replication_effective_at: DateTime::UNIX_EPOCH,
            former_replication: json!({"rules": []}),
            settings: BTreeMap::new(),
            templates: BTreeMap::new(),
            cache_rules: BTreeMap::new(),
            scanning: None,
            signing: None,
            pull_time_exclusions: BTreeMap::new(),
        }
    }
}

impl RegistryDocument {
    /// The replication configuration that pushes follow at `now`.
    pub(crate) fn replication_at(&self, now: DateTime<Utc>) -> &Value {
        if now >= self.replication_effective_at { &self.replication } else { &self.former_replication }
    }

    /// Whether a pull is recorded that has these ARNs: the caller's own, and that of its role.
    pub(crate) fn records_pulls_of(&self, arns: &[&str]) -> bool {
        !arns.iter().any(|arn| self.pull_time_exclusions.contains_key(*arn))
    }

    /// Whether blobs may be mounted across repositories (User Guide, "blob-mounting"). `default` is
    /// the value of an account that has never set it.
    pub(crate) fn blob_mounting(&self, default: bool) -> bool {
        self.settings.get("BLOB_MOUNTING").map_or(default, |value| value == "ENABLED")
    }

    /// The scope of the registry policy. An account that has never set it has V1 (`true`) or V2.
    pub(crate) fn policy_scope(&self, v1_by_default: bool) -> PolicyScope {
        let v1 = self.settings.get("REGISTRY_POLICY_SCOPE").map_or(v1_by_default, |value| value == "V1");
        if v1 { PolicyScope::V1 } else { PolicyScope::V2 }
    }
}

/// Why a repository was not created.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the repository already exists")]
    Exists,
}

/// Why a repository was not deleted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeleteError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the repository does not exist")]
    NotFound,
    #[error("the repository has images")]
    NotEmpty,
}

/// An account in a Region.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) id: RegistryId,
    /// `127.0.0.1:<port>`.
    pub(crate) host: String,
    pub(crate) opted_in: AtomicBool,
    pub(crate) counters: LiveCounters,
    pub(crate) blobs: Arc<BlobStore>,
    pub(crate) uploads: Arc<Uploads>,
    /// Former registry policies that are still read.
    pub(crate) former_policies: Former<Option<String>>,
    /// Former replication configurations that are still read.
    pub(crate) former_configurations: Former<Value>,
    /// Replication backfills of this registry's images.
    pub(crate) backfills: Arc<Backfills>,
    directory: PathBuf,
    document: RwLock<Arc<RegistryDocument>>,
    repositories: RwLock<BTreeMap<RepositoryName, Arc<Repository>>>,
    /// Held while the document or the set of repositories changes on disk.
    changing: Mutex<()>,
}

impl Registry {
    /// Reads a registry from `content`, or creates it.
    pub(crate) fn open(
        id: RegistryId,
        host: String,
        opted_in: bool,
        content: &Path,
        blobs: Arc<BlobStore>,
        uploads: Arc<Uploads>,
    ) -> Result<Self, SandboxError> {
        let directory = content.join("registries").join(format!("{}.{}", id.account, id.region));
        let repository_directory = directory.join("repositories");
        files::create_dirs(&repository_directory)?;
        let document = files::read_json(&directory.join("registry.json"))?.unwrap_or_default();
        let mut repositories = BTreeMap::new();
        for entry in fs::read_dir(&repository_directory).at("list", &repository_directory)? {
            let path = entry.at("list", &repository_directory)?.path();
            if path.extension().is_some_and(|e| e == "tmp") {
                fs::remove_file(&path).at("remove", &path)?;
                continue;
            }
            let (log, name, state) = Log::open(&path)?;
            repositories.insert(name.clone(), Arc::new(Repository::new(id.clone(), name, state, log)));
        }
        let there = repositories.values().flat_map(|repository: &Arc<Repository>| {
            repository.read(|state| state.layers.keys().cloned().collect::<Vec<_>>())
        });
        let backfills = Arc::new(Backfills::open(directory.join("backfills"))?);
        Ok(Self {
            id,
            host,
            opted_in: AtomicBool::new(opted_in),
            counters: LiveCounters::with_blobs(there.collect()),
            blobs,
            uploads,
            former_policies: Former::default(),
            former_configurations: Former::default(),
            backfills,
            directory,
            document: RwLock::new(Arc::new(document)),
            repositories: RwLock::new(repositories),
            changing: Mutex::default(),
        })
    }

    /// `http://127.0.0.1:<port>`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.host)
    }

    /// Policy, replication configuration and account settings.
    pub(crate) fn document(&self) -> Arc<RegistryDocument> {
        self.document.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the document; durable when it returns. `change` may refuse with its own error.
    pub(crate) async fn update<T, E>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut RegistryDocument) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let registry = self.clone();
        files::blocking(move || {
            let _changing = registry.changing.lock().unwrap_or_else(PoisonError::into_inner);
            let mut document = (*registry.document()).clone();
            let answer = change(&mut document)?;
            files::replace_json(&registry.directory.join("registry.json"), &document)?;
            *registry.document.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(document);
            Ok(answer)
        })
        .await
    }

    /// A repository by name.
    pub(crate) fn repository(&self, name: &RepositoryName) -> Option<Arc<Repository>> {
        self.repositories.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All repositories, by name.
    pub(crate) fn repositories(&self) -> Vec<Arc<Repository>> {
        self.repositories.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Makes a repository; durable when it returns. Callers announce
    /// [`Change::RepositoryCreated`](crate::Change).
    pub(crate) async fn create_repository(
        self: &Arc<Self>,
        name: &RepositoryName,
        settings: RepositorySettings,
    ) -> Result<Arc<Repository>, CreateError> {
        let (registry, name) = (self.clone(), name.clone());
        files::blocking(move || {
            let _changing = registry.changing.lock().unwrap_or_else(PoisonError::into_inner);
            if registry.repository(&name).is_some() {
                return Err(CreateError::Exists);
            }
            // A name may be longer than a file name can be.
            let file = hex::encode(Sha256::digest(name.as_str().as_bytes()));
            let path = registry.directory.join("repositories").join(format!("{}.log", &file[..40]));
            let log = Log::create(&path, &name, &settings)?;
            let state = RepositoryState::new(settings);
            let repository = Arc::new(Repository::new(registry.id.clone(), name.clone(), state, log));
            let mut repositories = registry.repositories.write().unwrap_or_else(PoisonError::into_inner);
            repositories.insert(name, repository.clone());
            Ok(repository)
        })
        .await
    }

    /// Removes a repository; with `force` even when it has images. Returns the removed repository.
    /// Callers announce [`Change::RepositoryDeleted`](crate::Change).
    pub(crate) async fn delete_repository(
        self: &Arc<Self>,
        name: &RepositoryName,
        force: bool,
    ) -> Result<Arc<Repository>, DeleteError> {
        let (registry, name) = (self.clone(), name.clone());
        files::blocking(move || {
            let _changing = registry.changing.lock().unwrap_or_else(PoisonError::into_inner);
            let repository = registry.repository(&name).ok_or(DeleteError::NotFound)?;
            let mut slot = repository.log.lock().unwrap_or_else(PoisonError::into_inner);
            if !force && repository.read(|state| !state.images.is_empty()) {
                return Err(DeleteError::NotEmpty);
            }
            if let Some(log) = slot.as_mut() {
                log.remove()?;
            }
            *slot = None;
            registry.repositories.write().unwrap_or_else(PoisonError::into_inner).remove(&name);
            drop(slot);
            Ok(repository)
        })
        .await
    }
}

/// A preview of a lifecycle policy that was started.
#[derive(Debug, Clone)]
pub(crate) struct Preview {
    pub(crate) text: String,
    pub(crate) at: DateTime<Utc>,
}

/// A repository: its state in memory and its log on disk.
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) registry: RegistryId,
    pub(crate) name: RepositoryName,
    /// Former lifecycle policies that are still read.
    pub(crate) former_lifecycle_policies: Former<Option<String>>,
    /// Former repository policies that are still read.
    pub(crate) former_policies: Former<Option<String>>,
    /// The last preview of a lifecycle policy.
    preview: Mutex<Option<Preview>>,
    state: RwLock<RepositoryState>,
    /// `None` once the repository is deleted. Held during a commit, so commits follow each other.
    log: Mutex<Option<Log>>,
}

impl Repository {
    fn new(registry: RegistryId, name: RepositoryName, state: RepositoryState, log: Log) -> Self {
        Self {
            registry,
            name,
            former_lifecycle_policies: Former::default(),
            former_policies: Former::default(),
            preview: Mutex::default(),
            state: RwLock::new(state),
            log: Mutex::new(Some(log)),
        }
    }

    /// The last preview of a lifecycle policy.
    pub(crate) fn preview(&self) -> Option<Preview> {
        self.preview.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_preview(&self, preview: Preview) {
        *self.preview.lock().unwrap_or_else(PoisonError::into_inner) = Some(preview);
    }

    /// Reads the state. Keep it short: writers wait.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&RepositoryState) -> R) -> R {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides on the current state and makes the changes decided on as one: no other commit comes
    /// between, and after a crash either all of them exist or none. Durable when it returns.
    pub(crate) async fn commit<T, E>(
        self: &Arc<Self>,
        decide: impl FnOnce(&RepositoryState) -> Result<(Vec<Mutation>, T), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<CommitError> + Send + 'static,
    {
        self.commit_with(Durability::Synced, decide).await
    }

    async fn commit_with<T, E>(
        self: &Arc<Self>,
        durability: Durability,
        decide: impl FnOnce(&RepositoryState) -> Result<(Vec<Mutation>, T), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<CommitError> + Send + 'static,
    {
        let repository = self.clone();
        let work = move || -> Result<Result<T, E>, StorageError> {
            let mut slot = repository.log.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(log) = slot.as_mut() else { return Ok(Err(CommitError::Deleted.into())) };
            let (group, answer) = match repository.read(decide) {
                Ok(decided) => decided,
                Err(refused) => return Ok(Err(refused)),
            };
            if !group.is_empty() {
                log.append(&group, durability)?;
                let mut state = repository.state.write().unwrap_or_else(PoisonError::into_inner);
                group.iter().for_each(|mutation| state.apply(mutation));
            }
            if let Err(error) = repository.read(|state| log.compact(&repository.name, state)) {
                tracing::warn!(%error, repository = %repository.name, "the log stays long");
            }
            Ok(Ok(answer))
        };
        match files::blocking(work).await {
            Ok(result) => result,
            Err(error) => Err(CommitError::from(error).into()),
        }
    }

    /// Notes that manifests were pulled. Best effort: a pull does not fail because of it.
    pub(crate) async fn note_pulled(
        self: &Arc<Self>,
        digests: Vec<longshore_names::Digest>,
        at: DateTime<Utc>,
    ) {
        let noted: Result<(), CommitError> = self
            .commit_with(Durability::Written, move |state| {
                let known = digests.into_iter().filter(|d| state.images.contains_key(d));
                Ok((known.map(|digest| Mutation::Pulled { digest, at }).collect(), ()))
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, repository = %self.name, "the pull time was not stored");
        }
    }
}

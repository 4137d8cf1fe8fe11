//! All registries of one generation, with the stores they share.

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use longshore_names::{AccountId, RegistryId};
use tokio_util::sync::CancellationToken;

use super::{Registry, SandboxDocument};
use crate::{
    error::SandboxError,
    files,
    iam::AccountIam,
    images::{blobs::BlobStore, uploads::Uploads},
};

/// The content of a sandbox between two resets.
#[derive(Debug)]
pub(crate) struct World {
    /// Ends the work that belongs to this world.
    pub(crate) closed: CancellationToken,
    registries: RwLock<BTreeMap<RegistryId, Arc<Registry>>>,
    iam: RwLock<BTreeMap<AccountId, Arc<AccountIam>>>,
    stores: Option<(PathBuf, Arc<BlobStore>, Arc<Uploads>)>,
}

impl World {
    /// A world before anything is read.
    pub(crate) fn empty() -> Self {
        Self {
            closed: CancellationToken::new(),
            registries: RwLock::default(),
            iam: RwLock::default(),
            stores: None,
        }
    }

    /// Reads the world of `document` from `content`, and drops blobs that nothing refers to.
    /// Registries without a port have no address yet and are left out.
    pub(crate) fn open(
        content: &Path,
        document: &SandboxDocument,
        now: DateTime<Utc>,
    ) -> Result<Self, SandboxError> {
        let blobs = Arc::new(BlobStore::open(content)?);
        let uploads = Arc::new(Uploads::open(content, now)?);
        let world = Self {
            closed: CancellationToken::new(),
            registries: RwLock::default(),
            iam: RwLock::default(),
            stores: Some((content.to_owned(), blobs.clone(), uploads)),
        };
        for account in &document.accounts {
            for region in &account.regions {
                let id = RegistryId::new(account.account.clone(), region.region.clone());
                if let Some(port) = region.port {
                    world.add(id, port, region.opted_in)?;
                }
            }
        }
        let removed = blobs.sweep(&world.used())?;
        if removed > 0 {
            tracing::info!(removed, "blobs that nothing refers to were removed");
        }
        Ok(world)
    }

    /// Reads one registry, or creates it.
    pub(crate) fn add(&self, id: RegistryId, port: u16, opted_in: bool) -> Result<(), SandboxError> {
        let Some((content, blobs, uploads)) = &self.stores else { return Ok(()) };
        if self.iam(&id.account).is_none() {
            let folder = content.join("iam");
            files::create_dirs(&folder)?;
            let iam = Arc::new(AccountIam::open(folder.join(format!("{}.json", id.account)))?);
            self.iam.write().unwrap_or_else(PoisonError::into_inner).insert(id.account.clone(), iam);
        }
        let host = format!("127.0.0.1:{port}");
        let registry = Registry::open(id.clone(), host, opted_in, content, blobs.clone(), uploads.clone())?;
        self.registries.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::new(registry));
        Ok(())
    }

    /// A registry by account and Region.
    pub(crate) fn registry(&self, id: &RegistryId) -> Option<Arc<Registry>> {
        self.registries.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// The IAM of an account.
    pub(crate) fn iam(&self, account: &AccountId) -> Option<Arc<AccountIam>> {
        self.iam.read().unwrap_or_else(PoisonError::into_inner).get(account).cloned()
    }

    /// The IAM of every account.
    pub(crate) fn all_iam(&self) -> Vec<(AccountId, Arc<AccountIam>)> {
        let all = self.iam.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(account, iam)| (account.clone(), iam.clone())).collect()
    }

    /// All registries, by account and Region.
    pub(crate) fn registries(&self) -> Vec<Arc<Registry>> {
        self.registries.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn used(&self) -> HashSet<longshore_names::Digest> {
        let mut used = HashSet::new();
        for repository in self.registries().iter().flat_map(|r| r.repositories()) {
            repository.read(|state| {
                used.extend(state.layers.keys().cloned());
                used.extend(state.images.keys().cloned());
            });
        }
        used
    }
}

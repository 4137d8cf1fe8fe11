//! Everything the sandbox knows, in memory and on disk.
//!
//! ```text
//! <state>/lock                              held by the one process that may write
//! <state>/sandbox.json                      accounts, keys, ports
//! <state>/stack.json                        a stack of CloudFormation, if one was planted
//! <state>/findings.json                     the findings that scans report, if there are any
//! <state>/running.json                      where a running sandbox listens
//! <state>/content-<generation>/
//!     blobs/sha256/<2 digits>/<digits>      layers, configs and manifests, each once
//!     uploads/<id>.json, <id>.data          uploads under way
//!     iam/<account>.json                    users, groups, roles, policies
//!     registries/<account>.<region>/
//!         registry.json                     policy, replication configuration, settings, templates
//!         repositories/<hash of name>.log   one line per change
//!         backfills/<id>.log                a replication backfill, one line per event
//! ```

mod access;
mod backfill;
mod backfills;
mod document;
mod former;
mod journal;
mod log;
mod planted;
mod registry;
mod repository;
mod templates;
mod world;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use fs2::FileExt;
use longshore_names::{AccountId, RegistryId};
use rand::{Rng, RngCore};
use tokio::sync::broadcast;
use tokio_util::task::TaskTracker;

pub(crate) use access::{PolicyScope, resource};
pub use backfill::BackfillStatus;
pub(crate) use backfill::{Backfill, BackfillEvent, BackfillItem, BackfillStart, BackfillState, failure};
pub(crate) use document::{AccountDocument, RegionDocument, SandboxDocument};
pub(crate) use planted::{Denial, Identity, Planted};
pub(crate) use registry::{
    CacheRule, CreateError, DeleteError, Preview, Registry, RegistryDocument, Repository,
};
pub use repository::ReplicationOutcome;
pub(crate) use repository::{
    Deletion, DeletionJob, FoundByScan, ImageRecord, Mutation, ReplicationJob, RepositorySettings,
    RepositoryState, Scan, Storage, TagMutability,
};
pub(crate) use templates::{CreationTemplate, Encryption, Occasion, managed_key};
pub(crate) use world::World;

use crate::{
    Change, Clock, Switches,
    access::token::SigningKey,
    control::wire::throttle::Throttle,
    error::{IoContext, SandboxError},
    files,
    iam::{AccountIam, Entity, REPLICATION_ROLE},
    options::SandboxOptions,
    planting::PlantedStack,
    server::ready::{RUNNING, Ready},
    writes::Writes,
};

/// The accounts that a new sandbox has (JOURNEYS.md: Dev and Prod).
const SEED_ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
/// The Regions that each of them has.
const SEED_REGIONS: [&str; 3] = ["us-west-2", "us-east-2", "eu-west-1"];

/// The file of the planted stack.
const STACK: &str = "stack.json";
const FINDINGS: &str = "findings.json";

/// An account's keys.
#[derive(Clone)]
pub(crate) struct Credential {
    pub(crate) account: AccountId,
    pub(crate) secret_access_key: String,
    /// The user who has them; `None` for those of the account itself.
    pub(crate) user: Option<Entity>,
}

/// A use of an access key.
#[derive(Debug, Clone)]
pub(crate) struct KeyUse {
    pub(crate) at: DateTime<Utc>,
    pub(crate) service: String,
    pub(crate) region: String,
}

/// The sandbox's shared state.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) signing_key: SigningKey,
    pub(crate) changes: broadcast::Sender<Change>,
    /// Work in the background: replications.
    pub(crate) tasks: TaskTracker,
    /// ECR's rates, shared by both planes.
    pub(crate) throttle: Throttle,
    /// What clients changed.
    pub(crate) writes: Writes,
    /// Identity policies, roles and keys.
    pub(crate) planted: Planted,
    /// When, for which service and in which Region access keys were last used. A restart forgets it.
    pub(crate) key_uses: Mutex<std::collections::HashMap<String, KeyUse>>,
    replication_delay: RwLock<Duration>,
    root: PathBuf,
    lock: File,
    switches: RwLock<Arc<Switches>>,
    document: Mutex<SandboxDocument>,
    world: RwLock<Arc<World>>,
}

impl State {
    /// Takes the state directory and reads `sandbox.json`; the world is still empty, since the
    /// registries' addresses are not known before ports are bound.
    pub(crate) fn open(options: &SandboxOptions) -> Result<Self, SandboxError> {
        let root = options.state.clone();
        files::create_dirs(&root)?;
        let lock_path = root.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .at("open", &lock_path)?;
        if let Err(source) = lock.try_lock_exclusive() {
            if source.kind() == fs2::lock_contended_error().kind() {
                let control = Ready::of_state(&root).map(|ready| ready.control);
                return Err(SandboxError::InUse { state: root, control });
            }
            return Err(crate::StorageError::new("lock", lock_path, source).into());
        }
        // The file of a sandbox that was killed: nothing listens there any more.
        match std::fs::remove_file(root.join(RUNNING)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(crate::StorageError::new("remove", root.join(RUNNING), source).into());
            }
            _ => {}
        }
        let path = root.join("sandbox.json");
        let document = match files::read_json::<SandboxDocument>(&path)? {
            Some(document) if document.format == document::FORMAT => document,
            Some(document) => {
                let problem = format!("format {} is not {}", document.format, document::FORMAT);
                return Err(SandboxError::Corrupt { path, problem });
            }
            None => seed(),
        };
        let key = hex::decode(&document.signing_key).map_err(|_| SandboxError::Corrupt {
            path: path.clone(),
            problem: "signing_key is not hexadecimal".to_owned(),
        })?;
        let state = Self {
            clock: options.clock.clone(),
            signing_key: SigningKey::new(key),
            changes: broadcast::Sender::new(4096),
            tasks: TaskTracker::new(),
            throttle: Throttle::default(),
            writes: Writes::default(),
            planted: Planted::default(),
            key_uses: Mutex::default(),
            replication_delay: RwLock::new(options.replication_delay),
            root,
            lock,
            switches: RwLock::new(Arc::new(options.switches.clone())),
            document: Mutex::new(document),
            world: RwLock::new(Arc::new(World::empty())),
        };
        // A read-only directory is detected now and not at the first push.
        state.change_document(|_| ())?;
        Ok(state)
    }

    /// The state directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Accounts, keys and ports.
    pub(crate) fn document(&self) -> SandboxDocument {
        self.document.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes `sandbox.json`; blocks on the disk.
    pub(crate) fn change_document<T>(
        &self,
        change: impl FnOnce(&mut SandboxDocument) -> T,
    ) -> Result<T, SandboxError> {
        let mut held = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        let mut document = held.clone();
        let answer = change(&mut document);
        files::replace_json(&self.root.join("sandbox.json"), &document)?;
        *held = document;
        Ok(answer)
    }

    /// What a scan of an image finds: `findings` and `enhancedFindings` of the file, by digest.
    pub(crate) fn findings(&self, digest: &longshore_names::Digest) -> Result<FoundByScan, SandboxError> {
        let all: Option<std::collections::BTreeMap<String, FoundByScan>> =
            files::read_json(&self.root.join(FINDINGS))?;
        Ok(all.unwrap_or_default().remove(digest.as_str()).unwrap_or_default())
    }

    /// The stack that CloudFormation knows, read anew; blocks on the disk.
    pub(crate) fn stack(&self) -> Result<Option<PlantedStack>, SandboxError> {
        files::read_json(&self.root.join(STACK))
    }

    /// Replaces it; blocks on the disk.
    pub(crate) fn put_stack(&self, stack: &PlantedStack) -> Result<(), SandboxError> {
        Ok(files::replace_json(&self.root.join(STACK), stack)?)
    }

    /// The content directory of the present generation.
    pub(crate) fn content_directory(&self) -> PathBuf {
        self.root.join(format!("content-{}", self.document().generation))
    }

    /// Removes the content of former generations; what cannot be removed is only in the way.
    pub(crate) fn remove_old_content(&self) {
        let current = self.content_directory();
        let Ok(entries) = std::fs::read_dir(&self.root) else { return };
        for path in entries.flatten().map(|e| e.path()).filter(|p| *p != current) {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if name.starts_with("content-")
                && let Err(error) = std::fs::remove_dir_all(&path)
            {
                tracing::warn!(%error, path = %path.display(), "old content is left");
            }
        }
    }

    /// The registries and what they hold now.
    pub(crate) fn world(&self) -> Arc<World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another world in place and returns the former one.
    pub(crate) fn replace_world(&self, world: Arc<World>) -> Arc<World> {
        std::mem::replace(&mut *self.world.write().unwrap_or_else(PoisonError::into_inner), world)
    }

    /// A registry, if the account has the Region.
    pub(crate) fn registry(&self, id: &RegistryId) -> Option<Arc<Registry>> {
        self.world().registry(id)
    }

    /// The keys with this access key id, if they are active. Session keys of `AssumeRole` are not among
    /// them.
    pub(crate) fn credential(&self, access_key_id: &str) -> Option<Credential> {
        let document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = document.accounts.iter().find(|a| a.access_key_id == access_key_id) {
            return Some(Credential {
                account: account.account.clone(),
                secret_access_key: account.secret_access_key.clone(),
                user: None,
            });
        }
        drop(document);
        self.world().all_iam().into_iter().find_map(|(account, iam)| {
            let document = iam.document();
            let key = document.keys.get(access_key_id).filter(|key| key.active)?;
            let user = document.users.get(&key.user)?.clone();
            Some(Credential { account, secret_access_key: key.secret_access_key.clone(), user: Some(user) })
        })
    }

    /// The users, groups, roles and policies of an account of the sandbox.
    pub(crate) fn iam(&self, account: &AccountId) -> Option<Arc<AccountIam>> {
        self.world().iam(account)
    }

    /// Whether the sandbox has this account.
    pub(crate) fn has_account(&self, account: &AccountId) -> bool {
        let document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        document.accounts.iter().any(|a| a.account == *account)
    }

    /// Whether the account has the role of ECR's replication, which its first replication configuration
    /// creates (API model, `PutReplicationConfiguration`), or its administrator.
    pub(crate) fn has_replication_role(&self, account: &AccountId) -> bool {
        let configured = |registry: &Arc<Registry>| {
            registry.document().replication_effective_at != DateTime::<Utc>::UNIX_EPOCH
        };
        let all = self.world().registries();
        let created = |iam: Arc<AccountIam>| iam.document().roles.contains_key(REPLICATION_ROLE);
        let mut own = all.iter().filter(|registry| registry.id.account == *account);
        !self.planted.is_without_role(account)
            && (self.iam(account).is_some_and(created) || own.any(configured))
    }

    /// Where layers are served.
    pub(crate) fn layer_port(&self) -> u16 {
        self.document.lock().unwrap_or_else(PoisonError::into_inner).layer_port.unwrap_or_default()
    }

    /// Counts a request, and returns whether its rate allows it.
    pub(crate) fn admits(&self, registry: &Registry, operation: &'static str, now: DateTime<Utc>) -> bool {
        let admitted = !self.switches().throttling || self.throttle.admit(&registry.id, operation, now);
        registry.counters.asked(operation, admitted);
        admitted
    }

    /// ECR's oddities as they are switched now.
    pub(crate) fn switches(&self) -> Arc<Switches> {
        self.switches.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_switches(&self, switches: Switches) {
        *self.switches.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(switches);
    }

    /// How long a replication stays IN_PROGRESS.
    pub(crate) fn replication_delay(&self) -> Duration {
        *self.replication_delay.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a replication that starts now is due.
    pub(crate) fn replication_due(&self) -> DateTime<Utc> {
        let (now, delay) = (self.clock.now(), TimeDelta::from_std(self.replication_delay()));
        now.checked_add_signed(delay.unwrap_or(TimeDelta::MAX)).unwrap_or(now)
    }

    pub(crate) fn set_replication_delay(&self, delay: Duration) {
        *self.replication_delay.write().unwrap_or_else(PoisonError::into_inner) = delay;
    }

    /// Notifies subscribers. There may be none.
    pub(crate) fn announce(&self, change: Change) {
        let _ = self.changes.send(change);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = FileExt::unlock(&self.lock);
    }
}

fn seed() -> SandboxDocument {
    let mut key = [0; 32];
    rand::rng().fill_bytes(&mut key);
    SandboxDocument {
        format: document::FORMAT,
        generation: 1,
        signing_key: hex::encode(key),
        control_port: None,
        layer_port: None,
        accounts: seed_accounts(),
    }
}

/// Dev and Prod with new keys.
pub(crate) fn seed_accounts() -> Vec<AccountDocument> {
    let regions: Vec<_> = SEED_REGIONS.iter().filter_map(|r| r.parse().ok()).collect();
    let accounts = SEED_ACCOUNTS.iter().filter_map(|a| a.parse().ok());
    accounts.map(|account| new_account(account, &regions)).collect()
}

/// An account with random keys in the shape of AWS's.
pub(crate) fn new_account(account: AccountId, regions: &[longshore_names::Region]) -> AccountDocument {
    let (access_key_id, secret_access_key) = new_key();
    AccountDocument {
        account,
        access_key_id,
        secret_access_key,
        regions: regions
            .iter()
            .map(|region| RegionDocument { region: region.clone(), port: None, opted_in: true })
            .collect(),
    }
}

/// The id and the secret of a new access key.
pub(crate) fn new_key() -> (String, String) {
    const OF_SECRETS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (new_id("AKIA", 16), random_text(40, OF_SECRETS))
}

/// A new unique id of AWS's alphabet after its prefix.
pub(crate) fn new_id(prefix: &str, length: usize) -> String {
    format!("{prefix}{}", random_text(length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
}

fn random_text(length: usize, alphabet: &[u8]) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from(alphabet[random.random_range(0..alphabet.len())])).collect()
}

//! Starting, changing and ending a sandbox.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use longshore_names::{AccountId, Region, RegistryId};
use serde::Serialize;
use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Change, Clock, Counters, DEFAULT_PORT, PortChoice, SandboxError, SandboxOptions, Switches, Traffic,
    access::{policy::Principal, token},
    control, data,
    error::IoContext,
    files, replication,
    server::{
        self, Listener, Wanted,
        ready::{RUNNING, Ready, ReadyCredential, ReadyRegistry},
    },
    state::{RegionDocument, State, World, new_account, seed_accounts},
    writes::Written,
};

/// A running sandbox. Dropping it ends it without waiting; [`Sandbox::shutdown`] waits.
#[derive(Debug)]
pub struct Sandbox {
    pub(crate) state: Arc<State>,
    cancel: CancellationToken,
    connections: TaskTracker,
    /// Ends the listeners of accounts that a reset removes.
    listeners: tokio::sync::Mutex<BTreeMap<RegistryId, CancellationToken>>,
    control_port: u16,
    moved_from: Option<u16>,
    any_port: bool,
}

impl Sandbox {
    /// Starts a sandbox and serves until it is dropped or shut down.
    ///
    /// # Errors
    /// When the state directory is in use, damaged or not writable, or a port that was requested or
    /// is remembered is taken.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        let opened = options.clone();
        let state = Arc::new(files::blocking(move || State::open(&opened)).await?);
        let document = state.document();
        let any_port = matches!(options.port, PortChoice::Any | PortChoice::Explicit(0));
        let wanted = match (options.port, document.control_port) {
            (PortChoice::Explicit(port), _) if port != 0 => Wanted::Exactly { port, remembered: false },
            (PortChoice::Default, Some(port)) => Wanted::Exactly { port, remembered: true },
            (PortChoice::Default, None) => Wanted::From(DEFAULT_PORT),
            (_, Some(port)) => Wanted::Preferably(port),
            (_, None) => Wanted::Any,
        };
        let (control, control_port) = server::bind(wanted, "the control plane").await?;
        let moved_from = match wanted {
            Wanted::From(port) if port != control_port => Some(port),
            _ => None,
        };
        if let Some(from) = moved_from {
            tracing::warn!(
                target: "longshore::notice",
                "the default port is taken, the sandbox listens on another: {control_port} and not {from}"
            );
        }
        let mut sandbox = Self {
            state,
            cancel: CancellationToken::new(),
            connections: TaskTracker::new(),
            listeners: tokio::sync::Mutex::default(),
            control_port,
            moved_from,
            any_port,
        };
        sandbox.open(control, document).await?;
        Ok(sandbox)
    }

    async fn open(
        &mut self,
        control: Listener,
        mut document: crate::state::SandboxDocument,
    ) -> Result<(), SandboxError> {
        let mut bound = Vec::new();
        for account in &mut document.accounts {
            for region in &mut account.regions {
                let id = RegistryId::new(account.account.clone(), region.region.clone());
                let (listener, port) = self.bind(region.port, &format!("registry {id}")).await?;
                region.port = Some(port);
                bound.push((id, listener, port));
            }
        }
        let (layers, layer_port) = self.bind(document.layer_port, "layers").await?;
        document.control_port = Some(self.control_port);
        document.layer_port = Some(layer_port);

        let state = self.state.clone();
        let world = files::blocking(move || {
            state.change_document(|held| *held = document)?;
            let world = Arc::new(open_world(&state)?);
            state.remove_old_content();
            Ok::<_, SandboxError>(world)
        })
        .await?;
        self.state.replace_world(world.clone());
        let serve = |listener, port, router, cancel| {
            server::serve(listener, port, router, cancel, &self.connections);
        };
        serve(control, self.control_port, control::router(self.state.clone()), self.cancel.child_token());
        serve(layers, layer_port, data::layer_router(self.state.clone()), self.cancel.child_token());
        let mut listeners = self.listeners.lock().await;
        for (id, listener, port) in bound {
            let cancel = self.cancel.child_token();
            serve(listener, port, data::router(self.state.clone(), id.clone()), cancel.clone());
            listeners.insert(id, cancel);
        }
        drop(listeners);
        replication::resume(&self.state, &world);
        self.write_running().await
    }

    async fn bind(&self, remembered: Option<u16>, purpose: &str) -> Result<(Listener, u16), SandboxError> {
        let wanted = match (remembered, self.any_port) {
            (Some(port), true) => Wanted::Preferably(port),
            (Some(port), false) => Wanted::Exactly { port, remembered: true },
            (None, true) => Wanted::Any,
            (None, false) => Wanted::From(self.control_port.saturating_add(1)),
        };
        server::bind(wanted, purpose).await
    }

    async fn write_running(&self) -> Result<(), SandboxError> {
        #[derive(Serialize)]
        struct Running {
            pid: u32,
            #[serde(flatten)]
            ready: Ready,
        }
        let running = Running { pid: std::process::id(), ready: self.ready() };
        let path = self.state.root().join(RUNNING);
        files::blocking(move || files::replace_json(&path, &running)).await.map_err(SandboxError::Storage)
    }

    /// Where everything listens, and the keys.
    pub fn ready(&self) -> Ready {
        let document = self.state.document();
        let registries = document.accounts.iter().flat_map(|account| {
            account.regions.iter().filter_map(|region| {
                Some(ReadyRegistry {
                    account: account.account.clone(),
                    region: region.region.clone(),
                    url: format!("http://127.0.0.1:{}", region.port?),
                })
            })
        });
        let credentials = document.accounts.iter().map(|account| ReadyCredential {
            account: account.account.clone(),
            access_key_id: account.access_key_id.clone(),
            secret_access_key: account.secret_access_key.clone(),
        });
        Ready {
            event: "ready".to_owned(),
            control: format!("http://127.0.0.1:{}", self.control_port),
            registries: registries.collect(),
            credentials: credentials.collect(),
        }
    }

    /// A registry password for user `AWS`, as `GetAuthorizationToken` of the account's own keys
    /// gives it: for every registry of the Region, for as long as
    /// [`token_life`](Switches::token_life) says. For tests and demonstrations;
    /// the product asks the control plane.
    pub fn registry_password(&self, account: &AccountId, region: &Region) -> String {
        let principal = Principal::account(account, region.partition());
        let life = self.state.switches().token_life;
        token::issue(&self.state.signing_key, &principal, region, life, self.state.clock.now()).0
    }

    /// The default port, when it was taken and another one was used instead.
    pub fn moved_from(&self) -> Option<u16> {
        self.moved_from
    }

    /// The clock that the sandbox was started with.
    pub fn clock(&self) -> &Clock {
        &self.state.clock
    }

    /// Adds an account with new keys.
    ///
    /// # Errors
    /// When it already exists, has no Region or one that AWS does not have, cannot be stored, or
    /// its listener cannot start.
    pub async fn add_account(
        &self,
        account: AccountId,
        regions: Vec<Region>,
    ) -> Result<ReadyCredential, SandboxError> {
        if regions.is_empty() {
            return Err(SandboxError::NoRegion { account });
        }
        regions.iter().try_for_each(known)?;
        if self.state.has_account(&account) {
            return Err(SandboxError::AccountExists { account });
        }
        let mut listeners = self.listeners.lock().await;
        let document = new_account(account.clone(), &[]);
        let credential = ReadyCredential {
            account: account.clone(),
            access_key_id: document.access_key_id.clone(),
            secret_access_key: document.secret_access_key.clone(),
        };
        let mut regions = regions;
        regions.sort();
        regions.dedup();
        let mut bound = Vec::new();
        for region in regions {
            let id = RegistryId::new(account.clone(), region);
            bound.push((id.clone(), self.bind(None, &format!("registry {id}")).await?));
        }
        let mut document = document;
        document.regions = bound
            .iter()
            .map(|(id, (_, port))| RegionDocument {
                region: id.region.clone(),
                port: Some(*port),
                opted_in: true,
            })
            .collect();
        self.change(move |held| held.accounts.push(document)).await?;
        for (id, (listener, port)) in bound {
            self.open_registry(&mut listeners, id, listener, port).await?;
        }
        drop(listeners);
        self.write_running().await?;
        Ok(credential)
    }

    /// Adds a Region to an account.
    ///
    /// # Errors
    /// When the account does not exist or already has the Region, AWS does not have the Region, it
    /// cannot be stored, or its listener cannot start.
    pub async fn add_region(
        &self,
        account: AccountId,
        region: Region,
    ) -> Result<ReadyRegistry, SandboxError> {
        let mut listeners = self.listeners.lock().await;
        if !self.state.has_account(&account) {
            return Err(SandboxError::AccountNotFound { account });
        }
        known(&region)?;
        let id = RegistryId::new(account.clone(), region.clone());
        if self.state.registry(&id).is_some() {
            return Err(SandboxError::RegionExists { account, region });
        }
        let (listener, port) = self.bind(None, &format!("registry {id}")).await?;
        let added = RegionDocument { region: region.clone(), port: Some(port), opted_in: true };
        let owner = account.clone();
        self.change(move |held| {
            if let Some(account) = held.accounts.iter_mut().find(|a| a.account == owner) {
                account.regions.push(added);
            }
        })
        .await?;
        self.open_registry(&mut listeners, id, listener, port).await?;
        drop(listeners);
        self.write_running().await?;
        Ok(ReadyRegistry { account, region, url: format!("http://127.0.0.1:{port}") })
    }

    async fn open_registry(
        &self,
        listeners: &mut BTreeMap<RegistryId, CancellationToken>,
        id: RegistryId,
        listener: Listener,
        port: u16,
    ) -> Result<(), SandboxError> {
        let (world, new) = (self.state.world(), id.clone());
        files::blocking(move || world.add(new, port, true)).await?;
        let cancel = self.cancel.child_token();
        let router = data::router(self.state.clone(), id.clone());
        server::serve(listener, port, router, cancel.clone(), &self.connections);
        listeners.insert(id, cancel);
        Ok(())
    }

    /// Marks a Region of an account as opted in or not. Replication from and to one that is not
    /// opted in fails, and its data plane refuses.
    ///
    /// # Errors
    /// When there is no such registry, or it cannot be stored.
    pub async fn set_opted_in(
        &self,
        account: &AccountId,
        region: &Region,
        opted_in: bool,
    ) -> Result<(), SandboxError> {
        let id = RegistryId::new(account.clone(), region.clone());
        let Some(registry) = self.state.registry(&id) else {
            return Err(SandboxError::RegionNotFound { account: id.account, region: id.region });
        };
        self.change(move |held| {
            let accounts = held.accounts.iter_mut().filter(|a| a.account == id.account);
            for found in accounts.flat_map(|a| &mut a.regions).filter(|r| r.region == id.region) {
                found.opted_in = opted_in;
            }
        })
        .await?;
        registry.opted_in.store(opted_in, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }

    pub(crate) async fn change(
        &self,
        change: impl FnOnce(&mut crate::state::SandboxDocument) + Send + 'static,
    ) -> Result<(), SandboxError> {
        let state = self.state.clone();
        files::blocking(move || state.change_document(change)).await
    }

    /// Resets everything: no repositories, no settings, and of the accounts only Dev and Prod with
    /// their first Regions. Those keep their keys and ports, so that clients that know them still
    /// work. A crash in between leaves either everything or nothing.
    ///
    /// # Errors
    /// When it cannot be stored or the listener of a seeded registry cannot start; the content is
    /// then unchanged.
    pub async fn reset(&self) -> Result<(), SandboxError> {
        let mut listeners = self.listeners.lock().await;
        let former = self.state.document();
        let mut accounts = seed_accounts();
        let mut bound = Vec::new();
        for account in &mut accounts {
            let known = former.accounts.iter().find(|a| a.account == account.account);
            if let Some(known) = known {
                account.access_key_id.clone_from(&known.access_key_id);
                account.secret_access_key.clone_from(&known.secret_access_key);
            }
            for region in &mut account.regions {
                region.port = known
                    .and_then(|a| a.regions.iter().find(|r| r.region == region.region))
                    .and_then(|r| r.port);
                if region.port.is_none() {
                    let id = RegistryId::new(account.account.clone(), region.region.clone());
                    let (listener, port) = self.bind(None, &format!("registry {id}")).await?;
                    region.port = Some(port);
                    bound.push((id, listener, port));
                }
            }
        }
        let state = self.state.clone();
        let world = files::blocking(move || {
            state.change_document(|held| {
                held.generation += 1;
                held.accounts = accounts;
            })?;
            Ok::<_, SandboxError>(Arc::new(open_world(&state)?))
        })
        .await?;
        let old = self.state.replace_world(world.clone());
        self.state.planted.reset();
        old.closed.cancel();
        listeners.retain(|id, cancel| {
            let stays = world.registry(id).is_some();
            if !stays {
                cancel.cancel();
            }
            stays
        });
        for (id, listener, port) in bound {
            let cancel = self.cancel.child_token();
            let router = data::router(self.state.clone(), id.clone());
            server::serve(listener, port, router, cancel.clone(), &self.connections);
            listeners.insert(id, cancel);
        }
        drop(listeners);
        let state = self.state.clone();
        files::blocking(move || {
            state.remove_old_content();
            Ok::<_, SandboxError>(())
        })
        .await?;
        self.state.announce(Change::Reset);
        self.write_running().await
    }

    /// Turns ECR's oddities on and off.
    pub fn set_switches(&self, switches: Switches) {
        self.state.set_switches(switches);
    }

    /// The switches as they are.
    pub fn switches(&self) -> Switches {
        (*self.state.switches()).clone()
    }

    /// How long replications that start from now on stay IN_PROGRESS.
    pub fn set_replication_delay(&self, delay: Duration) {
        self.state.set_replication_delay(delay);
    }

    /// What went over the wire, per registry, since the start or the last reset.
    pub fn counters(&self) -> BTreeMap<RegistryId, Counters> {
        self.state.world().registries().iter().map(|r| (r.id.clone(), r.counters.read())).collect()
    }

    /// What clients changed since the sandbox started, in order; the newest twenty thousand.
    pub fn writes(&self) -> Vec<Written> {
        self.state.writes.all()
    }

    /// What went over the wire with its operations, per registry that received a request.
    pub fn traffic(&self) -> Vec<Traffic> {
        let traffic = self.state.world().registries().into_iter().map(|registry| Traffic {
            registry: registry.id.clone(),
            counters: registry.counters.read(),
            operations: registry.counters.operations(),
        });
        traffic.filter(|t| !t.operations.is_empty() || t.counters != Counters::default()).collect()
    }

    /// Events from now on. A receiver that falls 4,096 changes behind loses the oldest.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.state.changes.subscribe()
    }

    /// Ends the sandbox: requests under way are finished, replications under way continue at the
    /// next start.
    pub async fn shutdown(self) {
        self.cancel.cancel();
        self.state.world().closed.cancel();
        self.connections.close();
        self.connections.wait().await;
        self.state.tasks.close();
        self.state.tasks.wait().await;
        let running = self.state.root().join(RUNNING);
        if let Err(error) = fs::remove_file(&running).at("remove", &running) {
            tracing::warn!(%error, "a stale file is left");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.state.world().closed.cancel();
    }
}

fn known(region: &Region) -> Result<(), SandboxError> {
    match region.is_known() {
        true => Ok(()),
        false => Err(SandboxError::RegionUnknown { region: region.clone() }),
    }
}

fn open_world(state: &State) -> Result<World, SandboxError> {
    World::open(&state.content_directory(), &state.document(), state.clock.now())
}

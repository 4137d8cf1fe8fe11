//! Runs the embedded ECR inside the app and presents its accounts as accounts of the app.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use longshore_names::{AccountId, Region, RegistryId};
use longshore_sandbox::{Ready, Sandbox, SandboxError, SandboxOptions};
use tokio::sync::Mutex;

pub use longshore_sandbox::PortChoice;

use crate::{
    App,
    access::Origin,
    api::{ApiError, SandboxState, Side},
};

/// How the sandbox is started.
#[derive(Debug, Clone, Default)]
pub struct SandboxChoice {
    /// Its ports.
    pub port: PortChoice,
    /// How long a native replication takes until a person sets another duration; two seconds when
    /// absent.
    pub replication_delay: Option<Duration>,
}

/// The sandbox within the app.
pub(crate) struct SandboxHost {
    directory: PathBuf,
    choice: SandboxChoice,
    slot: Mutex<Slot>,
}

#[derive(Default)]
enum Slot {
    #[default]
    Unused,
    Running(Box<Sandbox>),
    Failed(ApiError),
}

impl SandboxHost {
    pub(crate) fn new(directory: PathBuf, choice: SandboxChoice) -> Self {
        Self { directory, choice, slot: Mutex::default() }
    }

    /// How long a replication takes unless a person has set another duration.
    pub(crate) fn default_delay(&self) -> Duration {
        self.choice.replication_delay.unwrap_or(Duration::from_secs(2))
    }

    /// Starts it unless it is running. A failure is stored and shown until the next attempt.
    pub(crate) async fn start(&self, replication_delay: Duration) -> Result<(), ApiError> {
        let mut slot = self.slot.lock().await;
        if matches!(*slot, Slot::Running(_)) {
            return Ok(());
        }
        let mut options = SandboxOptions::new(&self.directory);
        options.port = self.choice.port;
        options.replication_delay = replication_delay;
        match Sandbox::start(options).await {
            Ok(sandbox) => {
                *slot = Slot::Running(Box::new(sandbox));
                Ok(())
            }
            Err(error) => {
                let error = ApiError::from(error);
                tracing::warn!(code = error.code, message = error.message, "the sandbox did not start");
                *slot = Slot::Failed(error.clone());
                Err(error)
            }
        }
    }

    /// Stops it.
    pub(crate) async fn stop(&self) {
        let before = std::mem::take(&mut *self.slot.lock().await);
        if let Slot::Running(sandbox) = before {
            sandbox.shutdown().await;
        }
    }

    /// Its state.
    pub(crate) async fn state(&self) -> SandboxState {
        match &*self.slot.lock().await {
            Slot::Unused => SandboxState::Unused,
            Slot::Failed(error) => SandboxState::Failed { error: error.clone() },
            Slot::Running(sandbox) => {
                let notice = sandbox.moved_from().map(|port| {
                    format!("Port {port} is in use by another program, so the sandbox uses another port.")
                });
                SandboxState::Running { control: sandbox.ready().control, notice }
            }
        }
    }

    /// Its accounts with their Regions.
    pub(crate) async fn accounts(&self) -> Result<Vec<(AccountId, Vec<Region>)>, ApiError> {
        self.with(|sandbox| accounts_of(&sandbox.ready())).await
    }

    /// The address and the credentials of a registry of the sandbox.
    pub(crate) async fn origin(&self, registry: &RegistryId) -> Result<Origin, ApiError> {
        let slot = self.slot.lock().await;
        if let Slot::Running(sandbox) = &*slot {
            return Origin::of_sandbox(&sandbox.ready(), registry);
        }
        // Another process may run it, such as the window while a command works.
        match Ready::of_running(&self.directory).await {
            Some(ready) => Origin::of_sandbox(&ready, registry),
            None => Err(not_running(&slot)),
        }
    }

    /// The accounts of the sandbox of the state directory, whichever process runs it; none if none does.
    pub(crate) async fn accounts_of_running(&self) -> Vec<(AccountId, Vec<Region>)> {
        let ready = match &*self.slot.lock().await {
            Slot::Running(sandbox) => Some(sandbox.ready()),
            _ => None,
        };
        let ready = match ready {
            Some(ready) => Some(ready),
            None => Ready::of_running(&self.directory).await,
        };
        ready.as_ref().map(accounts_of).unwrap_or_default()
    }

    async fn with<T>(&self, look: impl FnOnce(&Sandbox) -> T) -> Result<T, ApiError> {
        Ok(look(running(&*self.slot.lock().await)?))
    }

    /// Adds an account.
    pub(crate) async fn add_account(&self, id: AccountId, regions: Vec<Region>) -> Result<(), ApiError> {
        let slot = self.slot.lock().await;
        running(&slot)?.add_account(id, regions).await.map_err(|error| at_field(error, "id"))?;
        Ok(())
    }

    /// Adds a Region to an account.
    pub(crate) async fn add_region(&self, id: AccountId, region: Region) -> Result<(), ApiError> {
        let slot = self.slot.lock().await;
        running(&slot)?.add_region(id, region).await.map_err(|error| at_field(error, "region"))?;
        Ok(())
    }

    /// Resets it.
    pub(crate) async fn reset(&self) -> Result<(), ApiError> {
        let slot = self.slot.lock().await;
        Ok(running(&slot)?.reset().await?)
    }

    /// Changes how long a replication takes.
    pub(crate) async fn set_replication_delay(&self, delay: Duration) {
        if let Slot::Running(sandbox) = &*self.slot.lock().await {
            sandbox.set_replication_delay(delay);
        }
    }

    /// The Regions that do not answer; none when it does not run.
    pub(crate) async fn regions_down(&self) -> BTreeSet<Region> {
        match &*self.slot.lock().await {
            Slot::Running(sandbox) => sandbox.switches().regions_down,
            _ => BTreeSet::new(),
        }
    }

    /// Lets Regions not answer, until it is changed or the sandbox ends.
    pub(crate) async fn set_regions_down(&self, regions: BTreeSet<Region>) {
        if let Slot::Running(sandbox) = &*self.slot.lock().await {
            let mut switches = sandbox.switches();
            switches.regions_down = regions;
            sandbox.set_switches(switches);
        }
    }
}

/// The accounts of a sandbox with their Regions.
fn accounts_of(ready: &Ready) -> Vec<(AccountId, Vec<Region>)> {
    let regions = |account: &AccountId| {
        let of_account = ready.registries.iter().filter(|registry| registry.account == *account);
        of_account.map(|registry| registry.region.clone()).collect()
    };
    ready.credentials.iter().map(|known| (known.account.clone(), regions(&known.account))).collect()
}

fn running(slot: &Slot) -> Result<&Sandbox, ApiError> {
    match slot {
        Slot::Running(sandbox) => Ok(sandbox),
        other => Err(not_running(other)),
    }
}

fn not_running(slot: &Slot) -> ApiError {
    match slot {
        Slot::Failed(error) => error.clone(),
        _ => ApiError::new("sandbox-not-running", Side::ThisMachine, "The sandbox is not running."),
    }
}

fn at_field(error: SandboxError, field: &str) -> ApiError {
    let error = ApiError::from(error);
    if error.side == Side::Input { error.at(field) } else { error }
}

impl App {
    /// Changes that clients made in the sandbox since it was started; for tests, which compare them
    /// with the planned writes.
    pub async fn sandbox_writes(&self) -> Vec<longshore_sandbox::Written> {
        self.sandbox.with(|sandbox| sandbox.writes()).await.unwrap_or_default()
    }

    /// The writes that plans in this process listed, by run and step; `None` if no ledger collects
    /// them ([`AppOptions::ledger`](crate::AppOptions::ledger)).
    pub fn listed_writes(&self) -> Option<Vec<(String, usize, crate::ListedWrite)>> {
        self.ledger.as_ref().map(crate::Ledger::listed)
    }

    /// The traffic of one registry of the sandbox since it was started; for tests and the
    /// walkthrough, which use it to prove that a promotion moved no bytes.
    pub async fn sandbox_counters(&self, registry: &RegistryId) -> Option<longshore_sandbox::Counters> {
        self.sandbox.with(|sandbox| sandbox.counters().remove(registry)).await.ok().flatten()
    }
}

//! The app of one data directory.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

use longshore_registry::Network;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use crate::{
    access::{Connections, Sessions, SignIns},
    accounts::Accounts,
    api::{ApiError, AppEvent, AppStatus, Space},
    changes::{
        cleanup::Snapshots,
        engine_rules::{Engine, keep_schedules},
        iam::NewKeys,
        lifecycle::ListedImages,
        permissions::Opened,
    },
    data_directory,
    db::Db,
    events::{AppEvents, Events},
    guard::Guarding,
    inventory::{Inventory, Poller},
    plans::Plans,
    runs::{Owner, Runs},
    sandbox_host::{SandboxChoice, SandboxHost},
    secrets::{KeychainStore, KeychainWatch, SealedStore, SecretStore},
    settings,
    steps::{Ledger, Limits},
    terraform::StateFiles,
    timing::Timing,
};

/// The setting that says which space is shown.
const SPACE: &str = "space";

/// How to open an [`App`].
pub struct AppOptions {
    /// Where it stores its data; created if missing.
    pub data_directory: PathBuf,
    /// Where secrets are stored.
    pub secrets: Arc<dyn SecretStore>,
    /// How the sandbox is started.
    pub sandbox: SandboxChoice,
    /// Clock and intervals.
    pub timing: Timing,
    /// Where AWS's API answers instead of its own addresses (as `AWS_ENDPOINT_URL`).
    pub aws_endpoint: Option<Url>,
    /// Certificates and proxies.
    pub network: Network,
    /// Records the writes that each running plan lists; for tests.
    pub ledger: Option<Ledger>,
    /// The app of one command of the command line: it may run beside a window, does nothing in the
    /// background, and acts at registries whose account is not connected.
    pub command: Option<CommandChoice>,
}

/// How a command of the command line acts.
#[derive(Debug, Clone, Default)]
pub struct CommandChoice {
    /// The account for registries whose owner is not connected, by number or name;
    /// [`ENVIRONMENT`](crate::access::ENVIRONMENT) for the credentials of this process's environment.
    pub account: Option<String>,
    /// The sandbox's state directory; by default in the data directory.
    pub sandbox_state: Option<PathBuf>,
}

impl AppOptions {
    /// The app of the desktop: secrets are stored in its keychain.
    pub fn desktop(data_directory: impl Into<PathBuf>) -> Self {
        let data_directory = data_directory.into();
        let secrets = SealedStore::new(KeychainStore::new(), &data_directory);
        Self::new(data_directory, Arc::new(secrets))
    }

    /// An app with the machine's clock and usual intervals.
    pub fn new(data_directory: impl Into<PathBuf>, secrets: Arc<dyn SecretStore>) -> Self {
        Self {
            data_directory: data_directory.into(),
            secrets,
            sandbox: SandboxChoice::default(),
            timing: Timing::default(),
            aws_endpoint: None,
            network: Network::default(),
            ledger: None,
            command: None,
        }
    }
}

/// What a person does with Longshore, over one data directory. The methods of the table in
/// [`api`](crate::api) are spread over the modules of this crate.
pub struct App {
    pub(crate) data_directory: PathBuf,
    pub(crate) db: Db,
    pub(crate) events: Events,
    pub(crate) accounts: Accounts,
    pub(crate) guarding: Guarding,
    pub(crate) secrets: Arc<dyn SecretStore>,
    pub(crate) keychain: KeychainWatch,
    pub(crate) sandbox: SandboxHost,
    pub(crate) connections: Connections,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) sign_ins: SignIns,
    pub(crate) inventory: Inventory,
    pub(crate) poller: Poller,
    pub(crate) plans: Plans,
    pub(crate) opened: Opened,
    pub(crate) new_keys: NewKeys,
    pub(crate) listed_images: ListedImages,
    pub(crate) snapshots: Snapshots,
    pub(crate) state_files: StateFiles,
    pub(crate) runs: Runs,
    pub(crate) engine: Engine,
    pub(crate) limits: Limits,
    pub(crate) timing: Timing,
    pub(crate) aws_endpoint: Option<Url>,
    pub(crate) network: Network,
    pub(crate) network_at_start: crate::network::AtStart,
    pub(crate) ledger: Option<Ledger>,
    pub(crate) command: Option<CommandChoice>,
    /// The app itself, for background work that must not keep it alive.
    pub(crate) me: Weak<Self>,
    /// Background work; ended by [`close`](Self::close).
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the app closes.
    pub(crate) stop: CancellationToken,
    _lock: Option<File>,
    /// Owns the runs of a command.
    pub(crate) owner: Option<Owner>,
}

/// How the data directory is held.
enum Lock {
    Alone(File),
    Beside(Owner),
}

impl App {
    /// Opens the app of a data directory, and starts its sandbox if it was in use.
    ///
    /// # Errors
    /// `data-directory-in-use` when another app has it open, `data-directory-unwritable`,
    /// `disk-full`, `database-corrupt`, `database-newer`. A sandbox that does not start is no error
    /// here; [`status`](Self::status) reports it.
    pub async fn open(options: AppOptions) -> Result<Arc<Self>, ApiError> {
        let AppOptions { data_directory, secrets, sandbox, timing, aws_endpoint, network, ledger, command } =
            options;
        let directory = data_directory.clone();
        let beside = command.is_some();
        let (lock, db) = tokio::task::spawn_blocking(move || {
            let lock = if beside {
                data_directory::prepare_data_directory(&directory)?;
                Lock::Beside(Owner::take(&directory)?)
            } else {
                Lock::Alone(data_directory::lock(&directory)?)
            };
            Ok::<_, ApiError>((lock, Db::open(&directory)?))
        })
        .await
        .map_err(|_| ApiError::internal("Opening the data directory ended without a result."))??;
        let (lock, owner) = match lock {
            Lock::Alone(file) => (Some(file), None),
            Lock::Beside(owner) => (None, Some(owner)),
        };
        let (network, network_at_start) = crate::network::at_start(&db, network).await?;
        let events = Events::default();
        let accounts = Accounts::load(db.clone()).await?;
        let guarding = Guarding::load(&db).await?;
        let inventory = Inventory::new(db.clone(), events.clone(), accounts.clone(), timing.clock.clone());
        let app = Arc::new_cyclic(|me| Self {
            sandbox: SandboxHost::new(
                command
                    .as_ref()
                    .and_then(|command| command.sandbox_state.clone())
                    .unwrap_or_else(|| data_directory.join("sandbox")),
                sandbox,
            ),
            data_directory,
            db,
            events,
            accounts,
            guarding,
            secrets,
            keychain: KeychainWatch::default(),
            connections: Connections::default(),
            sessions: Arc::default(),
            sign_ins: SignIns::default(),
            inventory,
            poller: Poller::default(),
            plans: Plans::default(),
            opened: Opened::default(),
            new_keys: NewKeys::default(),
            listed_images: ListedImages::default(),
            snapshots: Snapshots::default(),
            state_files: StateFiles::default(),
            runs: Runs::default(),
            limits: Limits::default(),
            engine: Engine::new(timing.clock.now()),
            timing,
            aws_endpoint,
            network,
            network_at_start,
            ledger,
            command,
            tasks: TaskTracker::new(),
            me: me.clone(),
            stop: CancellationToken::new(),
            _lock: lock,
            owner,
        });
        if app.command.is_some() {
            return Ok(app);
        }
        app.recover_runs().await?;
        app.resume_sandbox().await?;
        let looking = Arc::clone(&app);
        app.tasks.spawn(async move {
            tokio::select! {
                () = looking.look_at_open_writes() => {}
                () = looking.stop.cancelled() => {}
            }
        });
        app.update_workers();
        if let Err(error) = app.apply_engine_settings().await {
            tracing::warn!(code = error.code, "settings of the engine are not in effect");
        }
        keep_schedules(&app);
        crate::accounts::watch(&app);
        Ok(app)
    }

    /// Ends background work and the sandbox. The data directory is released when the last handle on
    /// the app is dropped.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.sandbox.stop().await;
        if self.command.is_some()
            && let Err(error) = self.accounts.forget_unconnected().await
        {
            tracing::warn!(code = error.code, "what was read from accounts that are not connected stays");
        }
        self.db.settle().await;
        self.events.close();
    }

    /// Subscribes to changes; the first event is a snapshot.
    pub fn subscribe(&self) -> AppEvents {
        self.events.subscribe()
    }

    /// The first event for a new subscriber.
    ///
    /// # Errors
    /// None today.
    pub async fn snapshot(&self) -> Result<AppEvent, ApiError> {
        Ok(AppEvent::Snapshot { runs: self.events.active_runs() })
    }

    /// Where the app keeps its data.
    pub fn data_directory(&self) -> &Path {
        &self.data_directory
    }

    /// What the window needs first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn status(&self) -> Result<AppStatus, ApiError> {
        let accounts = self.accounts.all();
        let shown: Option<Space> = settings::get(&self.db, SPACE).await?;
        Ok(AppStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            configured: !accounts.is_empty(),
            space: shown
                .or_else(|| accounts.first().map(|known| known.account.space))
                .unwrap_or(Space::Sandbox),
            sandbox: self.sandbox.state().await,
            keychain: self.keychain(),
            data_directory: self.data_directory.display().to_string(),
            at: self.timing.clock.now(),
        })
    }

    /// Shows another space.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn show_space(&self, space: Space) -> Result<AppStatus, ApiError> {
        settings::set(&self.db, SPACE, &space).await?;
        // The window's title says which space is shown.
        self.events.send(AppEvent::Accounts);
        self.status().await
    }
}

//! Who acts at an ECR registry: the account that owns it if it is connected, else the chosen one, else
//! this process's environment.

use std::sync::Arc;

use longshore_ecr::{EcrEndpoint, registry_of_host};
use longshore_names::RegistryId;
use longshore_registry::{Sink, is_loopback};
use longshore_sandbox::Ready;

use super::{
    Endpoints, NewRepositories, Sources,
    origin::{Origin, sandbox_registry},
};
use crate::{
    accounts::{Accounts, StoredAccount, find_aws, owner_of},
    api::{Account, ApiError, CredentialSource, Environment, RegistryKey, Side, Space},
    data_directory::repair_data_directory,
    db::Db,
};

/// The account that stands for the AWS credentials of this process's environment.
pub const ENVIRONMENT: &str = "environment";

impl Endpoints {
    /// Where the ECR registry of `host` is reached, and as whom; `None` when the host is neither of ECR
    /// nor of the sandbox on this computer.
    ///
    /// # Errors
    /// `account-needed` when no account can act there, with the candidates; `account-unknown`;
    /// `sandbox-not-running`; what the database and the keychain say.
    pub(super) async fn origin(&self, host: &str) -> Result<Option<Origin>, ApiError> {
        let in_sandbox = self.options.space == Some(Space::Sandbox);
        match registry_of_host(host) {
            Some(registry) if in_sandbox => {
                let ready = self.sandbox().await.ok_or_else(|| {
                    let text = "The sandbox is not running.";
                    ApiError::new("sandbox-not-running", Side::ThisMachine, text)
                })?;
                Origin::of_sandbox(&ready, &registry).map(Some)
            }
            Some(registry) => {
                let account = self.actor(&registry).await?;
                let sources = Sources {
                    secrets: &self.options.secrets,
                    accounts: self.accounts().await?,
                    endpoint: self.options.aws_endpoint.as_ref(),
                    network: &self.options.network,
                    sessions: &self.options.sessions,
                };
                Origin::of_account(&sources, &account, registry).await.map(Some)
            }
            None => {
                if !is_loopback(host) {
                    return Ok(None);
                }
                let Some(ready) = self.sandbox().await else { return Ok(None) };
                let registry = sandbox_registry(&ready, host);
                registry.map(|registry| Origin::of_sandbox(&ready, &registry)).transpose()
            }
        }
    }

    /// The sandbox that runs on this computer.
    pub(super) async fn sandbox(&self) -> Option<Ready> {
        Ready::of_running(&self.sandbox_state()?).await
    }

    /// The ECR registry that a host of the sandbox of this computer stands for.
    pub(crate) async fn sandbox_registry(&self, host: &str) -> Option<RegistryId> {
        if !is_loopback(host) {
            return None;
        }
        sandbox_registry(&self.sandbox().await?, host)
    }

    /// ECR as the copy engine writes to it.
    pub(super) async fn ecr(
        &self,
        origin: &Origin,
        new: &NewRepositories,
    ) -> Result<Arc<dyn Sink>, ApiError> {
        let endpoint = EcrEndpoint::connect(origin.client(), new.settings.clone()).await?;
        let endpoint = endpoint.with_rate_share(self.options.rate_share.unwrap_or(1.0));
        Ok(Arc::new(if new.by_push { endpoint.leaving_creation_to_push() } else { endpoint }))
    }

    async fn actor(&self, registry: &RegistryId) -> Result<StoredAccount, ApiError> {
        acting(self.accounts().await?, registry, self.options.account.as_deref())
    }

    /// The ECR registry of a connected account that a registry's name stands for, or its data plane's at a
    /// custom endpoint.
    pub(crate) async fn registry_of(&self, name: &str) -> Result<Option<RegistryKey>, ApiError> {
        let aliases = self.aliases().await;
        let name = aliases.iter().find(|alias| alias.host == name).map_or(name, |alias| &alias.registry);
        let key = match registry_of_host(name) {
            Some(registry) => {
                let space = self.options.space.unwrap_or(Space::Aws);
                RegistryKey::of(space, &registry)
            }
            None => match self.sandbox_registry(name).await {
                Some(registry) => RegistryKey::of(Space::Sandbox, &registry),
                None => return Ok(None),
            },
        };
        let is_connected = self
            .accounts()
            .await?
            .iter()
            .any(|known| known.account.space == key.space && known.account.id == key.account.as_str());
        Ok(is_connected.then_some(key))
    }

    /// The connected accounts; none if the app was never used.
    pub(crate) async fn accounts(&self) -> Result<&[StoredAccount], ApiError> {
        let load = || async {
            match self.database().await? {
                Some(db) => Ok(Accounts::load(db).await?.all().to_vec()),
                None => Ok(Vec::new()),
            }
        };
        self.accounts.get_or_try_init(load).await.map(Vec::as_slice)
    }

    /// The app's database, to read; `None` if the app was never used.
    pub(crate) async fn database(&self) -> Result<Option<Db>, ApiError> {
        let directory = self.data_directory()?.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            repair_data_directory(&directory)?;
            Db::open_to_read(&directory)
        });
        opened.await.map_err(|_| ApiError::internal("Opening the database ended without a result."))?
    }
}

/// The account that acts at a registry of AWS: its owner if it is connected, else the chosen one, else
/// this process's environment.
///
/// # Errors
/// `account-needed`, with the candidates; `account-unknown`.
pub(crate) fn acting(
    accounts: &[StoredAccount],
    registry: &RegistryId,
    chosen: Option<&str>,
) -> Result<StoredAccount, ApiError> {
    if let Some(owner) = owner_of(accounts, registry) {
        return Ok(owner.clone());
    }
    let find = |text: &str| find_aws(accounts, text).cloned();
    match chosen {
        Some(ENVIRONMENT) => Ok(environment(registry)),
        Some(chosen) => find(chosen).ok_or_else(|| unknown(chosen)),
        None if environment_has_credentials() => Ok(environment(registry)),
        None => Err(needed(registry, accounts)),
    }
}

/// The environment of this process, as an account that is not stored.
fn environment(registry: &RegistryId) -> StoredAccount {
    not_stored(Space::Aws, registry, CredentialSource::Environment)
}

/// An account of a sandbox that another process runs.
pub(super) fn of_sandbox(registry: &RegistryId) -> StoredAccount {
    not_stored(Space::Sandbox, registry, CredentialSource::Sandbox)
}

fn not_stored(space: Space, registry: &RegistryId, credentials: CredentialSource) -> StoredAccount {
    let account = Account {
        space,
        id: registry.account.to_string(),
        name: registry.account.to_string(),
        environment: Environment::Dev,
        colour: "#64748b".into(),
        regions: vec![registry.region.to_string()],
        credentials,
        endpoint: None,
        hosts: Default::default(),
        terraform_state: None,
        roles: Vec::new(),
        principal: None,
        problem: None,
    };
    StoredAccount { account, credential: None }
}

fn unknown(chosen: &str) -> ApiError {
    let text = format!("Account {chosen} is not connected.");
    ApiError::new("account-unknown", Side::Input, text)
}

fn needed(registry: &RegistryId, accounts: &[StoredAccount]) -> ApiError {
    let text = format!("No account is available for registry {registry}: its owner is not connected.");
    let of_aws = accounts.iter().filter(|known| known.account.space == Space::Aws);
    let candidates: Vec<String> =
        of_aws.map(|known| format!("{} ({})", known.account.name, known.account.id)).collect();
    let hint = match candidates.as_slice() {
        [] => "Connect the account in the app's settings, or set credentials in the environment.".to_owned(),
        some => format!(
            "Connect it in the app's settings, or choose an account with --account: {}.",
            some.join(", ")
        ),
    };
    ApiError::new("account-needed", Side::Input, text).hint(hint)
}

/// Whether the environment of this process has AWS credentials of a kind that can be detected
/// without a network request: keys, a profile, a web identity (IRSA), a container's role.
fn environment_has_credentials() -> bool {
    [
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
    .iter()
    .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

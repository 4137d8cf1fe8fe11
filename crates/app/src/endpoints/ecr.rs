//! ECR registries, on AWS and in the sandbox, and the credentials that are used for them.

use std::sync::Arc;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_ecr::{EcrClient, EcrConfig, EcrEndpoint};
use longshore_names::{Region, RegistryId};
use longshore_registry::{Sink, is_loopback};
use longshore_sandbox::{Ready, ReadyRegistry};
use url::Url;

use super::{Endpoints, NewRepositories};
use crate::{
    accounts::{Accounts, StoredAccount, key_credentials},
    api::{ApiError, Side, Space},
    data_directory::repair_data_directory,
    db::Db,
};

/// The account that stands for the AWS credentials of this process's environment.
pub const ENVIRONMENT: &str = "environment";

/// The credentials that are used.
enum Actor {
    Account(Box<StoredAccount>),
    Environment,
}

impl Endpoints {
    /// A registry on AWS: with its owner's credentials if that account is connected, otherwise with
    /// the chosen account's.
    pub(super) async fn ecr(
        &self,
        registry: RegistryId,
        new: &NewRepositories,
    ) -> Result<Arc<dyn Sink>, ApiError> {
        let credentials = match self.actor(&registry).await? {
            Actor::Environment => of_environment(&registry.region).await,
            Actor::Account(account) => key_credentials(self.options.secrets.as_ref(), &account).await?,
        };
        let config = EcrConfig {
            registry,
            credentials,
            endpoint: self.options.aws_endpoint.clone(),
            sts_endpoint: self.options.aws_endpoint.clone(),
            data_plane: None,
        };
        self.connect(config, new).await
    }

    async fn actor(&self, registry: &RegistryId) -> Result<Actor, ApiError> {
        let known = self.accounts().await?;
        let known: Vec<&StoredAccount> =
            known.iter().filter(|known| known.account.space == Space::Aws).collect();
        let find = |text: &str| {
            let is_it = |known: &&&StoredAccount| known.account.id == text || known.account.name == text;
            known.iter().find(is_it).map(|found| Actor::Account(Box::new((*found).clone())))
        };
        if let Some(owner) = find(registry.account.as_str()) {
            return Ok(owner);
        }
        match self.options.account.as_deref() {
            Some(ENVIRONMENT) => Ok(Actor::Environment),
            Some(chosen) => find(chosen).ok_or_else(|| unknown(chosen)),
            None if environment_has_credentials() => Ok(Actor::Environment),
            None => Err(needed(registry, &known)),
        }
    }

    /// The connected accounts; none if the app was never used.
    async fn accounts(&self) -> Result<&[StoredAccount], ApiError> {
        let load = || async {
            let directory = self.data_directory()?.to_owned();
            let opened = tokio::task::spawn_blocking(move || {
                repair_data_directory(&directory)?;
                Db::open_to_read(&directory)
            });
            let opened = opened
                .await
                .map_err(|_| ApiError::internal("Opening the database ended without a result."))?;
            match opened? {
                Some(db) => Ok(Accounts::load(db).await?.all().to_vec()),
                None => Ok(Vec::new()),
            }
        };
        self.accounts.get_or_try_init(load).await.map(Vec::as_slice)
    }

    /// The ECR registry that a host of this machine's sandbox stands for.
    pub(crate) async fn sandbox_registry(&self, host: &str) -> Option<RegistryId> {
        let (_, found) = self.of_sandbox(host).await?;
        Some(RegistryId::new(found.account, found.region))
    }

    async fn of_sandbox(&self, host: &str) -> Option<(Ready, ReadyRegistry)> {
        let state = self.sandbox_state().filter(|_| is_loopback(host))?;
        let ready = Ready::of_running(&state).await?;
        let port = |text: &str| text.rsplit_once(':').map(|(_, port)| port.trim_end_matches('/').to_owned());
        let asked = port(host)?;
        let found = ready.registries.iter().find(|known| port(&known.url).is_some_and(|port| port == asked));
        let found = found.cloned()?;
        Some((ready, found))
    }

    /// A registry of the sandbox that runs on this machine; `None` when the host is not the
    /// sandbox's.
    pub(super) async fn sandbox(
        &self,
        host: &str,
        new: &NewRepositories,
    ) -> Result<Option<Arc<dyn Sink>>, ApiError> {
        let Some((ready, found)) = self.of_sandbox(host).await else { return Ok(None) };
        self.connect_sandbox(&ready, &found, new).await.map(Some)
    }

    /// The sandbox's registry of this account and Region.
    pub(super) async fn of_sandbox_registry(
        &self,
        registry: RegistryId,
        new: &NewRepositories,
    ) -> Result<Arc<dyn Sink>, ApiError> {
        let ready = match self.sandbox_state() {
            Some(state) => Ready::of_running(&state).await,
            None => None,
        };
        let ready = ready.ok_or_else(|| {
            ApiError::new("sandbox-stopped", Side::Service, "The sandbox is not running.")
                .hint("Start it in the settings.")
        })?;
        let is_it =
            |known: &&ReadyRegistry| known.account == registry.account && known.region == registry.region;
        let found = ready.registries.iter().find(is_it).ok_or_else(|| {
            ApiError::new("account-unknown", Side::Input, format!("The sandbox has no registry {registry}."))
                .hint("Add the account or the Region to the sandbox, or correct the rule.")
        })?;
        self.connect_sandbox(&ready, found, new).await
    }

    async fn connect_sandbox(
        &self,
        ready: &Ready,
        found: &ReadyRegistry,
        new: &NewRepositories,
    ) -> Result<Arc<dyn Sink>, ApiError> {
        let registry = RegistryId::new(found.account.clone(), found.region.clone());
        let keys = ready.credentials.iter().find(|known| known.account == registry.account);
        let keys = keys.ok_or_else(|| needed(&registry, &[]))?;
        let credentials =
            Credentials::from_keys(keys.access_key_id.clone(), keys.secret_access_key.clone(), None);
        let address = |text: &str| {
            text.parse::<Url>().map_err(|_| ApiError::internal(format!("The sandbox listens at `{text}`.")))
        };
        let control = address(&ready.control)?;
        let config = EcrConfig {
            registry,
            credentials: SharedCredentialsProvider::new(credentials),
            endpoint: Some(control.clone()),
            sts_endpoint: Some(control),
            data_plane: Some(address(&found.url)?),
        };
        self.connect(config, new).await
    }

    async fn connect(&self, config: EcrConfig, new: &NewRepositories) -> Result<Arc<dyn Sink>, ApiError> {
        let endpoint = EcrEndpoint::connect(EcrClient::new(config), new.settings.clone()).await?;
        let endpoint = endpoint.with_rate_share(self.options.rate_share.unwrap_or(1.0));
        Ok(Arc::new(if new.by_push { endpoint.leaving_creation_to_push() } else { endpoint }))
    }
}

fn unknown(chosen: &str) -> ApiError {
    let text = format!("Account {chosen} is not connected.");
    ApiError::new("account-unknown", Side::Input, text)
        .hint("Connect it in the app's settings, or choose another one.")
}

fn needed(registry: &RegistryId, known: &[&StoredAccount]) -> ApiError {
    let text = format!("No account is available for registry {registry}: its owner is not connected.");
    let candidates: Vec<String> =
        known.iter().map(|known| format!("{} ({})", known.account.name, known.account.id)).collect();
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

async fn of_environment(region: &Region) -> SharedCredentialsProvider {
    let region = aws_config::Region::new(region.to_string());
    let chain = DefaultCredentialsChain::builder().region(region).build().await;
    SharedCredentialsProvider::new(chain)
}

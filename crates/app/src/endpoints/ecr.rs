//! ECR registries, on AWS and in the sandbox: who acts there.

use std::sync::Arc;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_ecr::{EcrClient, EcrConfig, EcrEndpoint, RepositorySettings};
use longshore_names::RegistryId;
use longshore_registry::{Sink, is_loopback};
use longshore_sandbox::{Ready, ReadyCredential, ReadyRegistry};
use url::Url;

use super::Endpoints;
use crate::{
    accounts::{Accounts, StoredAccount, key_credentials},
    api::{ApiError, Side, Space},
    data_directory,
    db::Db,
};

impl Endpoints {
    /// A registry on AWS: as its owner if that account is connected, else as the chosen account.
    pub(super) async fn ecr(
        &self,
        registry: RegistryId,
        settings: &RepositorySettings,
    ) -> Result<Arc<dyn Sink>, ApiError> {
        let accounts = self.accounts().await?;
        let account = self.actor(accounts, &registry)?;
        let credentials = key_credentials(self.options.secrets.as_ref(), &account).await?;
        let config = EcrConfig {
            registry,
            credentials,
            endpoint: self.options.aws_endpoint.clone(),
            sts_endpoint: self.options.aws_endpoint.clone(),
            data_plane: None,
        };
        self.connect(config, settings).await
    }

    fn actor(&self, accounts: &Accounts, registry: &RegistryId) -> Result<StoredAccount, ApiError> {
        let known = accounts.all();
        let mut candidates = known.iter().filter(|known| known.account.space == Space::Aws);
        if let Some(chosen) = &self.options.account {
            let is_it = |known: &&StoredAccount| known.account.id == *chosen || known.account.name == *chosen;
            return candidates.find(is_it).cloned().ok_or_else(|| unknown(chosen));
        }
        if let Some(owner) = accounts.find(Space::Aws, registry.account.as_str()) {
            return Ok(owner);
        }
        let names: Vec<String> =
            candidates.map(|known| format!("{} ({})", known.account.name, known.account.id)).collect();
        Err(needed(registry, &names))
    }

    async fn accounts(&self) -> Result<&Accounts, ApiError> {
        let load = || async {
            let directory = self.data_directory()?.to_owned();
            let opened = tokio::task::spawn_blocking(move || {
                data_directory::ensure(&directory)?;
                Db::open(&directory)
            });
            let opened = opened
                .await
                .map_err(|_| ApiError::internal("Opening the database ended before its time."))?;
            Accounts::load(opened?).await
        };
        self.accounts.get_or_try_init(load).await
    }

    /// The ECR registry that a host of the sandbox of this machine stands for.
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

    /// A registry of the sandbox that runs on this machine; `None` when the host is another's.
    pub(super) async fn sandbox(
        &self,
        host: &str,
        settings: &RepositorySettings,
    ) -> Result<Option<Arc<dyn Sink>>, ApiError> {
        let Some((ready, found)) = self.of_sandbox(host).await else { return Ok(None) };
        let registry = RegistryId::new(found.account.clone(), found.region.clone());
        let keys = self.keys(&ready, &registry)?;
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
        self.connect(config, settings).await.map(Some)
    }

    async fn connect(
        &self,
        config: EcrConfig,
        settings: &RepositorySettings,
    ) -> Result<Arc<dyn Sink>, ApiError> {
        let endpoint = EcrEndpoint::connect(EcrClient::new(config), settings.clone()).await?;
        Ok(Arc::new(endpoint.with_rate_share(self.options.rate_share)))
    }

    fn keys<'a>(&self, ready: &'a Ready, registry: &RegistryId) -> Result<&'a ReadyCredential, ApiError> {
        let of = |account: &str| ready.credentials.iter().find(|known| known.account.as_str() == account);
        // The other side of a copy may be on AWS: a chosen account that is not here means that one.
        let chosen = self.options.account.as_deref().and_then(of);
        chosen.or_else(|| of(registry.account.as_str())).ok_or_else(|| needed(registry, &[]))
    }
}

fn unknown(chosen: &str) -> ApiError {
    let text = format!("Account {chosen} is not connected.");
    ApiError::new("account-unknown", Side::Input, text)
        .hint("Connect it in the app's settings, or choose another one.")
}

fn needed(registry: &RegistryId, candidates: &[String]) -> ApiError {
    let text = format!("Nobody is known who could act at registry {registry}: its owner is not connected.");
    let hint = if candidates.is_empty() {
        "Connect the account in the app's settings.".to_owned()
    } else {
        format!(
            "Connect it in the app's settings, or choose who acts with --account: {}.",
            candidates.join(", ")
        )
    };
    ApiError::new("account-needed", Side::Input, text).hint(hint)
}

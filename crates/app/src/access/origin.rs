//! Where a registry is reached, and with whose credentials.

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_ecr::{EcrClient, EcrConfig};
use longshore_names::RegistryId;
use longshore_sandbox::{Ready, ReadyRegistry};
use url::Url;

use crate::{
    accounts::{StoredAccount, key_credentials},
    api::{ApiError, Side},
    secrets::SecretStore,
};

/// A registry as one caller reaches it. AWS and the sandbox differ in this and in nothing else.
pub(crate) struct Origin {
    pub(super) registry: RegistryId,
    credentials: SharedCredentialsProvider,
    /// Where the API answers; `None` for AWS's own address.
    pub(super) endpoint: Option<Url>,
    /// Where images are pushed and pulled; `None` for the registry's own host.
    data_plane: Option<Url>,
    /// What other programs need in their environment to act as the same principal and may be shown;
    /// empty for credentials that are secret.
    pub(super) shell_environment: Vec<(String, String)>,
}

impl Origin {
    /// A registry on AWS, or at `endpoint`, as an account whose key is in the keychain.
    ///
    /// # Errors
    /// `key-missing`; what the keychain says.
    pub(crate) async fn of_account(
        secrets: &dyn SecretStore,
        account: &StoredAccount,
        registry: RegistryId,
        endpoint: Option<Url>,
    ) -> Result<Self, ApiError> {
        Ok(Self::at(registry, key_credentials(secrets, account).await?, endpoint))
    }

    /// A registry on AWS, or at `endpoint`, with the credentials of this process's environment.
    pub(super) async fn of_environment(registry: RegistryId, endpoint: Option<Url>) -> Self {
        let region = aws_config::Region::new(registry.region.to_string());
        let chain = DefaultCredentialsChain::builder().region(region).build().await;
        Self::at(registry, SharedCredentialsProvider::new(chain), endpoint)
    }

    fn at(registry: RegistryId, credentials: SharedCredentialsProvider, endpoint: Option<Url>) -> Self {
        Self { registry, credentials, endpoint, data_plane: None, shell_environment: Vec::new() }
    }

    /// A registry of a running sandbox, as its owner.
    ///
    /// # Errors
    /// `sandbox-region-not-found`.
    pub(crate) fn of_sandbox(ready: &Ready, registry: &RegistryId) -> Result<Self, ApiError> {
        let is_it =
            |known: &&ReadyRegistry| known.account == registry.account && known.region == registry.region;
        let listener = ready.registries.iter().find(is_it);
        let keys = ready.credentials.iter().find(|known| known.account == registry.account);
        let (Some(listener), Some(keys)) = (listener, keys) else {
            let text = format!("The sandbox has no registry {registry}.");
            return Err(ApiError::new("sandbox-region-not-found", Side::Input, text)
                .hint("Add the account or the Region in the settings of the sandbox."));
        };
        let address = |text: &str| {
            text.parse::<Url>().map_err(|_| ApiError::internal(format!("The sandbox listens at `{text}`.")))
        };
        let (id, secret) = (keys.access_key_id.clone(), keys.secret_access_key.clone());
        let credentials = Credentials::from_keys(id.clone(), secret.clone(), None);
        Ok(Self {
            registry: registry.clone(),
            credentials: SharedCredentialsProvider::new(credentials),
            endpoint: Some(address(&ready.control)?),
            data_plane: Some(address(&listener.url)?),
            shell_environment: vec![
                ("AWS_ACCESS_KEY_ID".into(), id),
                ("AWS_SECRET_ACCESS_KEY".into(), secret),
            ],
        })
    }

    /// A client of the registry.
    pub(crate) fn client(&self) -> EcrClient {
        EcrClient::new(EcrConfig {
            registry: self.registry.clone(),
            credentials: self.credentials.clone(),
            endpoint: self.endpoint.clone(),
            sts_endpoint: self.endpoint.clone(),
            data_plane: self.data_plane.clone(),
        })
    }
}

/// The registry of a sandbox that a host of this computer stands for, by its port.
pub(super) fn sandbox_registry(ready: &Ready, host: &str) -> Option<RegistryId> {
    let port = |text: &str| text.rsplit_once(':').map(|(_, port)| port.trim_end_matches('/').to_owned());
    let asked = port(host)?;
    let found = ready.registries.iter().find(|known| port(&known.url).as_ref() == Some(&asked))?;
    Some(RegistryId::new(found.account.clone(), found.region.clone()))
}

//! Where a registry is reached, and with whose credentials.

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_ecr::{EcrClient, EcrConfig, Hosts, JsonCall, ServiceEndpoints, Services};
use longshore_names::RegistryId;
use longshore_registry::Network;
use longshore_sandbox::{Ready, ReadyRegistry};
use url::Url;

use super::credentials::Sources;
use crate::{
    accounts::StoredAccount,
    api::{ApiError, CredentialSource, Side},
};

/// A registry as one caller reaches it. AWS and the sandbox differ in this and in nothing else.
pub(crate) struct Origin {
    pub(super) registry: RegistryId,
    credentials: SharedCredentialsProvider,
    /// Where the API answers; `None` for AWS's own address.
    pub(super) endpoint: Option<Url>,
    /// Where STS answers; `None` for AWS's own address.
    sts: Option<Url>,
    /// Where services beside ECR answer.
    services: ServiceEndpoints,
    network: Network,
    hosts: Hosts,
    /// Where images are pushed and pulled; `None` for the registry's own host.
    data_plane: Option<Url>,
    /// What other programs need in their environment to act as the same principal and may be shown;
    /// empty for credentials that are secret.
    pub(super) shell_environment: Vec<(String, String)>,
}

impl Origin {
    /// A registry on AWS, or at a custom endpoint, as an account.
    ///
    /// # Errors
    /// As [`Sources::of`].
    pub(crate) async fn of_account(
        sources: &Sources<'_>,
        account: &StoredAccount,
        registry: RegistryId,
    ) -> Result<Self, ApiError> {
        let mut signing = sources.of(account, &registry).await?;
        if signing.endpoint.is_none() {
            signing.endpoint = vpc_endpoint(account, &registry);
        }
        let shell_environment = match &account.account.credentials {
            CredentialSource::Profile { profile } => vec![("AWS_PROFILE".into(), profile.clone())],
            _ => Vec::new(),
        };
        Ok(Self {
            registry,
            credentials: signing.credentials,
            endpoint: signing.endpoint,
            sts: signing.sts,
            services: signing.services,
            network: signing.network,
            hosts: signing.hosts,
            data_plane: None,
            shell_environment,
        })
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
            return Err(ApiError::new("sandbox-region-not-found", Side::Input, text));
        };
        let address = |text: &str| {
            text.parse::<Url>().map_err(|_| ApiError::internal(format!("The sandbox listens at `{text}`.")))
        };
        let (id, secret) = (keys.access_key_id.clone(), keys.secret_access_key.clone());
        let credentials = Credentials::from_keys(id.clone(), secret.clone(), None);
        let control = address(&ready.control)?;
        Ok(Self {
            registry: registry.clone(),
            credentials: SharedCredentialsProvider::new(credentials),
            services: ServiceEndpoints::all_at(&control),
            endpoint: Some(control.clone()),
            sts: Some(control),
            network: Network::default(),
            hosts: Hosts::default(),
            data_plane: Some(address(&listener.url)?),
            shell_environment: vec![
                ("AWS_ACCESS_KEY_ID".into(), id),
                ("AWS_SECRET_ACCESS_KEY".into(), secret),
            ],
        })
    }

    /// The address at which the API answers, if it is not AWS's own.
    pub(crate) fn custom_endpoint(&self) -> Option<String> {
        self.endpoint.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned())
    }

    /// `host:port` of the data plane, if it is not AWS's own.
    pub(crate) fn data_plane_host(&self) -> Option<String> {
        let url = self.data_plane.as_ref()?;
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    }

    /// Where services beside ECR answer, if not at AWS's own addresses.
    pub(super) fn service_endpoints(&self) -> &ServiceEndpoints {
        &self.services
    }

    /// Calls another service as the same principal.
    ///
    /// # Errors
    /// What the service says.
    pub(crate) async fn json_call(&self, call: JsonCall<'_>) -> Result<serde_json::Value, ApiError> {
        Ok(call.send(&self.credentials, &self.network).await?)
    }

    /// Services beside ECR, as the same principal.
    pub(crate) fn services(&self) -> Services {
        Services {
            registry: self.registry.clone(),
            credentials: self.credentials.clone(),
            network: self.network.clone(),
            hosts: self.hosts,
            endpoints: self.services.clone(),
        }
    }

    /// A client of the registry.
    pub(crate) fn client(&self) -> EcrClient {
        EcrClient::new(EcrConfig {
            registry: self.registry.clone(),
            credentials: self.credentials.clone(),
            endpoint: self.endpoint.clone(),
            sts_endpoint: self.sts.clone(),
            data_plane: self.data_plane.clone(),
            network: self.network.clone(),
            hosts: self.hosts,
        })
    }
}

/// The account's VPC endpoint in the registry's Region. Where images are pushed and pulled, it says itself.
fn vpc_endpoint(account: &StoredAccount, registry: &RegistryId) -> Option<Url> {
    account.account.hosts.vpc_endpoints.get(registry.region.as_str())?.parse().ok()
}

/// The registry of a sandbox that a host of this computer stands for, by its port.
pub(super) fn sandbox_registry(ready: &Ready, host: &str) -> Option<RegistryId> {
    let port = |text: &str| text.rsplit_once(':').map(|(_, port)| port.trim_end_matches('/').to_owned());
    let asked = port(host)?;
    let found = ready.registries.iter().find(|known| port(&known.url).as_ref() == Some(&asked))?;
    Some(RegistryId::new(found.account.clone(), found.region.clone()))
}

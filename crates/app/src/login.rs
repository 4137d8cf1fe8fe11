//! Passwords of registries, for other clients. Read-only, so it works beside an open window.

use std::path::Path;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_ecr::{EcrClient, EcrConfig, registry_of_host};
use longshore_names::RegistryId;
use longshore_registry::is_loopback;
use longshore_sandbox::Ready;
use url::Url;

use crate::{
    accounts::{Accounts, key_credentials},
    api::{AccountKey, ApiError, Side, Space},
    data_directory::repair_data_directory,
    db::Db,
    secrets::{Secret, SecretStore},
};

/// The user name that belongs to ECR's tokens.
pub const REGISTRY_USER: &str = "AWS";

/// The password with which a client logs in to `host` (`host[:port]`): a token that ECR issues for
/// 12 hours. The principal is the account that owns the registry.
///
/// # Errors
/// `registry-host-unknown` when the host belongs neither to ECR nor to the running sandbox,
/// `sandbox-not-running` when it is on this machine and no sandbox responds, `account-unknown`,
/// errors of the keychain, errors of ECR.
pub async fn registry_password(
    data_directory: &Path,
    sandbox_state: &Path,
    secrets: &dyn SecretStore,
    host: &str,
) -> Result<Secret, ApiError> {
    let config = match registry_of_host(host) {
        Some(registry) => of_account(data_directory, secrets, registry).await?,
        None => of_sandbox(sandbox_state, host).await?,
    };
    let token = EcrClient::new(config).token().await?;
    Ok(Secret::new(token.password().to_owned()))
}

async fn of_account(
    data_directory: &Path,
    secrets: &dyn SecretStore,
    registry: RegistryId,
) -> Result<EcrConfig, ApiError> {
    let directory = data_directory.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        repair_data_directory(&directory)?;
        Db::open_to_read(&directory)
    });
    let opened =
        opened.await.map_err(|_| ApiError::internal("Opening the database ended without a result."))?;
    let key = AccountKey { space: Space::Aws, id: registry.account.to_string() };
    let Some(db) = opened? else { return Err(Accounts::unknown(&key)) };
    let accounts = Accounts::load(db).await?;
    let credentials = key_credentials(secrets, &accounts.get(&key)?).await?;
    Ok(EcrConfig { registry, credentials, endpoint: None, sts_endpoint: None, data_plane: None })
}

async fn of_sandbox(state: &Path, host: &str) -> Result<EcrConfig, ApiError> {
    let unknown = || {
        let text = format!("`{host}` is neither a host of Amazon ECR nor one of the running sandbox.");
        ApiError::new("registry-host-unknown", Side::Input, text)
            .hint("Copy the host from the repository's URI.")
    };
    let Some(ready) = Ready::of_running(state).await else {
        if !is_loopback(host) {
            return Err(unknown());
        }
        let text = format!("The sandbox is not running, so nothing responds at `{host}`.");
        return Err(ApiError::new("sandbox-not-running", Side::ThisMachine, text)
            .hint("Start the app or `longshore sandbox serve`, then log in again."));
    };
    let of_host = |url: &str| url.strip_prefix("http://") == Some(host);
    let registry = ready.registries.iter().find(|r| of_host(&r.url)).ok_or_else(unknown)?;
    let keys = ready.credentials.iter().find(|c| c.account == registry.account).ok_or_else(unknown)?;
    let endpoint: Url = ready.control.parse().map_err(|_| unknown())?;
    let credentials =
        Credentials::from_keys(keys.access_key_id.clone(), keys.secret_access_key.clone(), None);
    Ok(EcrConfig {
        registry: RegistryId::new(registry.account.clone(), registry.region.clone()),
        credentials: SharedCredentialsProvider::new(credentials),
        endpoint: Some(endpoint.clone()),
        sts_endpoint: Some(endpoint),
        data_plane: registry.url.parse().ok(),
    })
}

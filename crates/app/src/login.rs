//! Passwords of registries, for other clients. Works beside an open window: it only reads.

use std::{fs, path::Path};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_ecr::{EcrClient, EcrConfig, registry_of_host};
use longshore_names::RegistryId;
use longshore_sandbox::Ready;
use url::Url;

use crate::{
    accounts::{Accounts, key_credentials},
    api::{AccountKey, ApiError, Side, Space},
    db::Db,
    secrets::{Secret, SecretStore},
};

/// The user that ECR's tokens belong to.
pub const REGISTRY_USER: &str = "AWS";

/// The password that a client logs in to `host` with (`host[:port]`): a token that ECR gives for
/// 12 hours. The principal is the account that owns the registry.
///
/// # Errors
/// `registry-host-unknown` when the host is neither of ECR nor of a running sandbox,
/// `account-unknown`, what the keychain says, what ECR says.
pub async fn registry_password(
    data_directory: &Path,
    sandbox_state: &Path,
    secrets: &dyn SecretStore,
    host: &str,
) -> Result<Secret, ApiError> {
    let config = match registry_of_host(host) {
        Some(registry) => of_account(data_directory, secrets, registry).await?,
        None => of_sandbox(sandbox_state, host)?,
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
    let opened = tokio::task::spawn_blocking(move || Db::open(&directory)).await;
    let db = opened.map_err(|_| ApiError::internal("Opening the database ended before its time."))??;
    let accounts = Accounts::load(db).await?;
    let key = AccountKey { space: Space::Aws, id: registry.account.to_string() };
    let credentials = key_credentials(secrets, &accounts.get(&key)?).await?;
    Ok(EcrConfig { registry, credentials, endpoint: None, sts_endpoint: None, data_plane: None })
}

fn of_sandbox(state: &Path, host: &str) -> Result<EcrConfig, ApiError> {
    let unknown = || {
        let text = format!("`{host}` is neither a host of Amazon ECR nor one of the running sandbox.");
        ApiError::new("registry-host-unknown", Side::Input, text)
            .hint("Start the app or `longshore sandbox serve`, and copy the host from the repository's URI.")
    };
    let text = fs::read_to_string(state.join("running.json")).map_err(|_| unknown())?;
    let ready: Ready = serde_json::from_str(&text).map_err(|_| unknown())?;
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

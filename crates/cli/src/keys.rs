//! Where a command finds secrets: the desktop's keychain, opened only when a key is needed, or memory.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use longshore_app::{
    KeychainStore, MemoryStore, Network, SealedStore, Secret, SecretStore,
    api::{ApiError, Keychain},
    default_data_directory, network_of,
};

use crate::failure::Failure;

/// The store that `LONGSHORE_SECRETS` names: `memory` for servers, otherwise the keychain.
///
/// # Errors
/// When it names another one.
pub(crate) fn store() -> Result<Arc<dyn SecretStore>, Failure> {
    match std::env::var("LONGSHORE_SECRETS").as_deref() {
        Err(_) | Ok("" | "keychain") => Ok(match default_data_directory() {
            Some(directory) => Arc::new(SealedStore::new(Keys::default(), &directory)),
            None => Arc::new(Keys::default()),
        }),
        Ok("memory") => Ok(Arc::new(MemoryStore::default())),
        Ok(other) => {
            let text = format!("LONGSHORE_SECRETS is `{other}`; use `keychain` or `memory`.");
            Err(Failure::Usage(text))
        }
    }
}

/// Certificates and proxies, as the environment says.
///
/// # Errors
/// When a proxy is not an address.
pub(crate) fn network() -> Result<Network, Failure> {
    Ok(Network::from_environment().map_err(ApiError::from)?)
}

/// As [`network`], with the settings of the app.
///
/// # Errors
/// As [`network`].
pub(crate) async fn network_with_settings() -> Result<Network, Failure> {
    let environment = network()?;
    Ok(match default_data_directory() {
        Some(directory) => network_of(directory, environment).await,
        None => environment,
    })
}

/// A [`KeychainStore`] without a thread until its first use.
#[derive(Default)]
struct Keys(OnceLock<KeychainStore>);

impl Keys {
    fn store(&self) -> &KeychainStore {
        self.0.get_or_init(KeychainStore::new)
    }
}

#[async_trait]
impl SecretStore for Keys {
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError> {
        self.store().get(name).await
    }

    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError> {
        self.store().set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), ApiError> {
        self.store().delete(name).await
    }

    async fn state(&self) -> Keychain {
        self.store().state().await
    }
}

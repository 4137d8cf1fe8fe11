//! The desktop's keychain, opened only when a key is needed.

use std::sync::OnceLock;

use async_trait::async_trait;
use longshore_app::{
    KeychainStore, Secret, SecretStore,
    api::{ApiError, Keychain},
};

/// A [`KeychainStore`] without a thread until its first use.
#[derive(Default)]
pub(crate) struct Keys(OnceLock<KeychainStore>);

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

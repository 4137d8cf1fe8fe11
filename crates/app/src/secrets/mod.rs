//! Where secrets are stored: the keychain of the desktop, or memory for headless use.

mod keychain;
mod memory;
mod sealed;
mod watch;

use async_trait::async_trait;
pub use keychain::KeychainStore;
pub use longshore_registry::Secret;
pub use memory::MemoryStore;
pub use sealed::SealedStore;
pub(crate) use watch::KeychainWatch;

use crate::api::{ApiError, Keychain, SecretPlace};

/// Stores secrets by name. Names are not secret.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The secret of that name, or `None` when there is none.
    ///
    /// # Errors
    /// `keychain-locked`, `keychain-missing`, `keychain-failed`.
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError>;

    /// Stores a secret, in place of an earlier one of that name.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError>;

    /// Deletes a secret; a missing one is no error.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn delete(&self, name: &str) -> Result<(), ApiError>;

    /// Where the secret of that name is, or `None` when there is none.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn place(&self, name: &str) -> Result<Option<SecretPlace>, ApiError> {
        Ok(self.get(name).await?.map(|_| SecretPlace::Keychain))
    }

    /// Whether it can be used now.
    async fn state(&self) -> Keychain;
}

#[async_trait]
impl<S: SecretStore + ?Sized> SecretStore for std::sync::Arc<S> {
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError> {
        self.as_ref().get(name).await
    }

    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError> {
        self.as_ref().set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), ApiError> {
        self.as_ref().delete(name).await
    }

    async fn place(&self, name: &str) -> Result<Option<SecretPlace>, ApiError> {
        self.as_ref().place(name).await
    }

    async fn state(&self) -> Keychain {
        self.as_ref().state().await
    }
}

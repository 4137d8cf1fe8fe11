//! Where secrets are kept: the keychain of the desktop, or memory for headless use.

mod keychain;
mod memory;
mod watch;

use async_trait::async_trait;
pub use keychain::KeychainStore;
pub use longshore_registry::Secret;
pub use memory::MemoryStore;
pub(crate) use watch::KeychainWatch;

use crate::api::{ApiError, Keychain};

/// Keeps secrets by name. Names are no secrets.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The secret of that name, or `None` when there is none.
    ///
    /// # Errors
    /// `keychain-locked`, `keychain-missing`, `keychain-failed`.
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError>;

    /// Keeps a secret, in place of an earlier one of that name.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError>;

    /// Forgets a secret; that there is none is no error.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn delete(&self, name: &str) -> Result<(), ApiError>;

    /// Whether it answers just now.
    async fn state(&self) -> Keychain;
}

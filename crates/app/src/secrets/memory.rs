//! Secrets in memory, lost when the process ends.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Secret, SecretStore};
use crate::api::{ApiError, Keychain, SecretPlace};

/// Stores secrets for the life of the process.
#[derive(Default)]
pub struct MemoryStore(Mutex<HashMap<String, Secret>>);

impl MemoryStore {
    /// Whether there is a secret of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.secrets().contains_key(name)
    }

    fn secrets(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SecretStore for MemoryStore {
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError> {
        Ok(self.secrets().get(name).cloned())
    }

    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError> {
        self.secrets().insert(name.to_owned(), secret);
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<(), ApiError> {
        self.secrets().remove(name);
        Ok(())
    }

    async fn place(&self, name: &str) -> Result<Option<SecretPlace>, ApiError> {
        Ok(self.secrets().contains_key(name).then_some(SecretPlace::Memory))
    }

    async fn state(&self) -> Keychain {
        Keychain::Available
    }
}

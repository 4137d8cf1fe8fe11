//! Documents that no call could put: those that ECR holds from an earlier time, or rewrote since.

use longshore_names::{RegistryId, RepositoryName};
use serde_json::Value;

use crate::{
    Sandbox, SandboxError, StorageError,
    error::CommitError,
    state::{Mutation, Registry, RepositorySettings},
};

impl Sandbox {
    /// Makes `text` the registry's policy, unchecked: with principals that were deleted since
    /// (`AROA…`, `AIDA…`), for example.
    ///
    /// # Errors
    /// When there is no such registry, or it cannot be stored.
    pub async fn plant_registry_policy(&self, registry: &RegistryId, text: &str) -> Result<(), SandboxError> {
        let text = text.to_owned();
        let registry = self.registry(registry)?;
        let planted = registry.update(move |document| -> Result<(), StorageError> {
            document.policy = Some(text);
            Ok(())
        });
        Ok(planted.await?)
    }

    /// Makes `configuration` the registry's replication configuration, unchecked and in force at
    /// once.
    ///
    /// # Errors
    /// When there is no such registry, or it cannot be stored.
    pub async fn plant_replication_configuration(
        &self,
        registry: &RegistryId,
        configuration: Value,
    ) -> Result<(), SandboxError> {
        let now = self.clock().now();
        let registry = self.registry(registry)?;
        let planted = registry.update(move |document| -> Result<(), StorageError> {
            document.replication = configuration;
            document.replication_effective_at = now;
            Ok(())
        });
        Ok(planted.await?)
    }

    /// Makes `text` the repository's policy, unchecked.
    ///
    /// # Errors
    /// When there is no such repository, or it cannot be stored.
    pub async fn plant_repository_policy(
        &self,
        registry: &RegistryId,
        name: &RepositoryName,
        text: &str,
    ) -> Result<(), SandboxError> {
        let missing =
            || SandboxError::RepositoryNotFound { registry: registry.clone(), repository: name.clone() };
        let text = text.to_owned();
        let repository = self.registry(registry)?.repository(name).ok_or_else(missing)?;
        let planted: Result<(), CommitError> = repository
            .commit(move |content| {
                let settings = RepositorySettings { policy: Some(text), ..content.settings.clone() };
                Ok((vec![Mutation::Settings { settings }], ()))
            })
            .await;
        planted.map_err(|error| match error {
            CommitError::Deleted => missing(),
            CommitError::Storage(error) => error.into(),
        })
    }

    fn registry(&self, id: &RegistryId) -> Result<std::sync::Arc<Registry>, SandboxError> {
        self.state.registry(id).ok_or_else(|| SandboxError::RegionNotFound {
            account: id.account.clone(),
            region: id.region.clone(),
        })
    }
}

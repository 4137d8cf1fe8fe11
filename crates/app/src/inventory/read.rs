//! Looks at registries and keeps what is there. Each look is safe to repeat, and tells windows
//! only what is another than before.

use longshore_ecr::EcrError;
use longshore_names::RepositoryName;

use super::store;
use crate::{
    App,
    api::{ApiError, AppEvent, RegistryKey, RepositoryKey},
};

impl App {
    /// Reads the list of a registry's repositories now. Why it cannot be read is kept and shown on
    /// that registry.
    ///
    /// # Errors
    /// Why the registry cannot be read.
    pub(crate) async fn read_repositories(&self, key: &RegistryKey) -> Result<(), ApiError> {
        let found = match self.connection(key).await {
            Ok(connection) => connection.client.repositories().await.map_err(ApiError::from),
            Err(error) => Err(error),
        };
        let (registry, now) = (key.clone(), self.timing.clock.now());
        let (news, failure) = match found {
            Ok(found) => {
                let news = self.db.write(move |tx| store::repositories(tx, &registry, &found, now)).await?;
                (news, None)
            }
            Err(error) => {
                let problem = error.clone();
                let news = self.db.write(move |tx| store::registry_problem(tx, &registry, &problem)).await?;
                (news, Some(error))
            }
        };
        if news {
            self.events.send(AppEvent::Registry { registry: key.clone() });
        }
        failure.map_or(Ok(()), Err)
    }

    /// Reads the images of a repository now, without pulling any. A repository that is gone is
    /// forgotten, which is no error.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(crate) async fn read_images(&self, key: &RepositoryKey) -> Result<(), ApiError> {
        let name: RepositoryName = key.repository.parse()?;
        let connection = self.connection(&key.registry).await?;
        if self.inventory.repository(key).await?.is_none() {
            self.read_repositories(&key.registry).await?;
        }
        let found = connection.client.images(&name, longshore_ecr::ImageScope::Active).await;
        let (repository, now) = (key.clone(), self.timing.clock.now());
        let (news, failure) = match found {
            Ok(found) => (self.db.write(move |tx| store::images(tx, &repository, &found, now)).await?, None),
            Err(EcrError::RepositoryNotFound { .. }) => {
                if self.db.write(move |tx| store::forget_repository(tx, &repository)).await? {
                    self.events.send(AppEvent::Registry { registry: key.registry.clone() });
                }
                (true, None)
            }
            Err(error) => {
                let error = ApiError::from(error);
                let problem = error.clone();
                let news =
                    self.db.write(move |tx| store::repository_problem(tx, &repository, &problem)).await?;
                (news, Some(error))
            }
        };
        if news {
            self.events.send(AppEvent::Repository { repository: key.clone() });
        }
        failure.map_or(Ok(()), Err)
    }

    /// Reads a registry's replication configuration now.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(crate) async fn read_replication(&self, key: &RegistryKey) -> Result<serde_json::Value, ApiError> {
        let document = self.connection(key).await?.client.replication_configuration().await?;
        self.inventory.keep_replication_document(key, &document).await?;
        Ok(document)
    }

    /// Reads a registry's policy now; `None` when it has none.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(crate) async fn read_policy(&self, key: &RegistryKey) -> Result<Option<String>, ApiError> {
        let policy = self.connection(key).await?.client.registry_policy().await?;
        self.inventory.keep_policy_document(key, policy.clone()).await?;
        Ok(policy)
    }
}

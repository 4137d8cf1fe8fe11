//! Reads registries and stores the results. Each read is safe to repeat, and notifies windows only
//! of changes.

use futures::{StreamExt, stream};
use longshore_ecr::{EcrError, EcrErrorKind};
use longshore_names::RepositoryName;

use super::{look::Look, store};
use crate::{
    App,
    api::{ApiError, AppEvent, RegistryKey, RegistrySettings, RepositoryKey, Scope},
};

/// Registries that are read concurrently.
const AT_ONCE: usize = 8;

impl App {
    fn look(&self) -> Look {
        Look::begin(&self.timing.clock, &self.accounts)
    }

    /// Reads the list of a registry's repositories now. If that fails, the error is stored and
    /// shown on that registry.
    ///
    /// # Errors
    /// The reason why the registry cannot be read.
    pub(crate) async fn read_repositories(&self, key: &RegistryKey) -> Result<(), ApiError> {
        let look = self.look();
        let found = match self.connection(key).await {
            Ok(connection) => connection.client.repositories().await.map_err(ApiError::from),
            Err(error) => Err(error),
        };
        let (registry, look) = (key.clone(), look.end(&self.timing.clock));
        let (news, failure) = match found {
            Ok(found) => {
                let news = self.db.write(move |tx| store::repositories(tx, &registry, &found, &look)).await?;
                (news, None)
            }
            Err(error) => {
                let problem = error.clone();
                let news =
                    self.db.write(move |tx| store::registry_problem(tx, &registry, &problem, &look)).await?;
                (news, Some(error))
            }
        };
        if news {
            self.events.send(AppEvent::Registry { registry: key.clone() });
        }
        match failure {
            Some(error) => {
                self.account_fails(key, &error).await?;
                Err(error)
            }
            None => self.account_works(key).await,
        }
    }

    /// Reads the images of a repository now, without pulling any. A repository that no longer
    /// exists is forgotten, which is no error.
    ///
    /// # Errors
    /// The reason why it cannot be read.
    pub(crate) async fn read_images(&self, key: &RepositoryKey) -> Result<(), ApiError> {
        let name: RepositoryName = key.repository.parse()?;
        let connection = self.connection(&key.registry).await?;
        if self.inventory.repository(key).await?.is_none() {
            self.read_repositories(&key.registry).await?;
        }
        let look = self.look();
        let found = connection.client.images(&name, longshore_ecr::ImageScope::Active).await;
        let (repository, look) = (key.clone(), look.end(&self.timing.clock));
        let (news, failure) = match found {
            Ok(found) => {
                (self.db.write(move |tx| store::images(tx, &repository, &found, &look)).await?, None)
            }
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {
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
    /// The reason why it cannot be read.
    pub(crate) async fn read_replication(&self, key: &RegistryKey) -> Result<serde_json::Value, ApiError> {
        let (client, look) = (self.connection(key).await?.client, self.look());
        let document = client.replication_configuration().await?;
        self.inventory.keep_replication_document(key, &document, look).await?;
        Ok(document)
    }

    /// Reads a registry's policy now; `None` when it has none.
    ///
    /// # Errors
    /// The reason why it cannot be read.
    pub(crate) async fn read_policy(&self, key: &RegistryKey) -> Result<Option<String>, ApiError> {
        let (client, look) = (self.connection(key).await?.client, self.look());
        let policy = client.registry_policy().await?;
        self.inventory.keep_policy_document(key, policy.clone(), look).await?;
        Ok(policy)
    }

    /// Reads every registry of a scope again now, and the repository on the screen. A registry that
    /// cannot be read shows its own error; that is no error here.
    ///
    /// # Errors
    /// None today.
    pub async fn refresh(&self, scope: Scope) -> Result<(), ApiError> {
        let registries = self.registries_in(&scope);
        let shown = self.visible().repository.clone();
        stream::iter(registries)
            .for_each_concurrent(AT_ONCE, |key| {
                let shown = shown.as_ref().filter(|shown| shown.registry == key);
                self.read_registry(key, shown)
            })
            .await;
        Ok(())
    }

    async fn read_registry(&self, key: RegistryKey, shown: Option<&RepositoryKey>) {
        let read = async {
            self.read_repositories(&key).await?;
            if let Some(repository) = shown {
                self.read_images(repository).await?;
            }
            self.read_replication(&key).await?;
            self.read_policy(&key).await.map(drop)
        };
        if let Err(error) = read.await {
            tracing::debug!(account = %key.account, region = %key.region, code = error.code, "refresh failed");
        }
    }

    /// Settings of a registry as a whole, read now.
    ///
    /// # Errors
    /// The reason why they cannot be read.
    pub async fn registry_settings(&self, key: RegistryKey) -> Result<RegistrySettings, ApiError> {
        let blob_mounting = self.connection(&key).await?.client.blob_mounting().await?;
        Ok(RegistrySettings { registry: key, blob_mounting })
    }
}

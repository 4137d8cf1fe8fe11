//! Settings side by side.

use super::read::Settings;
use crate::{
    App,
    api::{ApiError, CompareSettings, ComparedSettings, RegistryKey, SettingsComparison, Side},
    errors::name_error,
};
use longshore_names::RepositoryName;

impl App {
    /// The settings of a repository beside those of its namesakes, read now. A registry that cannot be read
    /// is part of the answer.
    ///
    /// # Errors
    /// `repository-not-found`; when the repository itself cannot be read.
    pub async fn compare_settings(&self, request: CompareSettings) -> Result<SettingsComparison, ApiError> {
        let CompareSettings { repository, with } = request;
        let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
        let client = self.connection(&repository.registry).await?.client;
        let own = Settings::read(&client, &name).await?.ok_or_else(|| {
            ApiError::new("repository-not-found", Side::Source, format!("There is no repository `{name}`."))
                .hint("Refresh the list.")
        })?;
        let mut others = Vec::with_capacity(with.len());
        for registry in with {
            others.push(match self.settings_at(&registry, &name).await {
                Ok(found) => ComparedSettings {
                    registry,
                    different: found.as_ref().map(|found| own.different(found)).unwrap_or_default(),
                    settings: found.as_ref().map(Settings::values),
                    problem: None,
                },
                Err(error) => {
                    ComparedSettings { registry, settings: None, different: Vec::new(), problem: Some(error) }
                }
            });
        }
        Ok(SettingsComparison { settings: own.values(), others })
    }

    async fn settings_at(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
    ) -> Result<Option<Settings>, ApiError> {
        Settings::read(&self.connection(registry).await?.client, name).await
    }
}

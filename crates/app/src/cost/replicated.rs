//! What a rule replicates.

use chrono::{DateTime, Utc};
use longshore_ecr::ImageScope;
use longshore_names::{Prefix, RepositoryName};
use longshore_policy::replication::matching_filter;

use super::storage::is_index;
use crate::{
    App,
    api::{ApiError, RegistryKey},
};

/// What a rule replicates of a repository to each of its destinations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replicated {
    /// The source repository.
    pub repository: RepositoryName,
    /// Its images, and their sizes added.
    pub images: usize,
    /// The most bytes that bringing them over can move to a destination.
    pub bytes: u64,
    /// Of these, what was pushed since a time.
    pub recent_images: usize,
    /// The most bytes that these moved to a destination.
    pub recent_bytes: u64,
}

impl App {
    /// The repositories that a rule with these filters takes (none for all), with what they have and what was pushed `since`.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn replicated(
        &self,
        registry: &RegistryKey,
        filters: &[Prefix],
        since: DateTime<Utc>,
    ) -> Result<Vec<Replicated>, ApiError> {
        let client = self.connection(registry).await?.client;
        let mut found = Vec::new();
        for repository in client.repositories().await? {
            if matching_filter(filters, &repository.name).is_none() {
                continue;
            }
            let images = client.images(&repository.name, ImageScope::Active).await?;
            let images: Vec<_> = images.iter().filter(|image| !is_index(image)).collect();
            let recent = images.iter().filter(|image| image.pushed_at.is_some_and(|at| at >= since));
            found.push(Replicated {
                repository: repository.name,
                images: images.len(),
                bytes: images.iter().filter_map(|image| image.size).sum(),
                recent_images: recent.clone().count(),
                recent_bytes: recent.filter_map(|image| image.size).sum(),
            });
        }
        Ok(found)
    }
}

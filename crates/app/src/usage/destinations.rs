//! Copies at destinations to which a rule replicates deletions: what is pulled there is in use.

use chrono::TimeDelta;
use longshore_ecr::{EcrError, EcrErrorKind, ImageScope};
use longshore_names::RepositoryName;
use longshore_policy::replication::ReplicationConfiguration;

use super::Seen;
use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey},
    plans::place,
};

/// An image that was pulled within this time counts as used.
const RECENT: TimeDelta = TimeDelta::days(90);

impl App {
    /// The images that were pulled lately where their deletion would be replicated to.
    pub(crate) async fn used_by_destinations(
        &self,
        key: &RepositoryKey,
        name: &RepositoryName,
    ) -> Result<Seen, ApiError> {
        let configuration =
            ReplicationConfiguration::from_value(self.read_replication(&key.registry).await?)?;
        let mut seen = Seen::default();
        let mut asked: Vec<RegistryKey> = Vec::new();
        for rule in configuration.rules() {
            if rule.delete_replication != Some(true) || !rule.takes(name) {
                continue;
            }
            for destination in &rule.destinations {
                let there = RegistryKey::of(key.registry.space, destination);
                if !asked.contains(&there) {
                    self.pulled_at(&there, name, &mut seen).await?;
                    asked.push(there);
                }
            }
        }
        Ok(seen)
    }

    async fn pulled_at(
        &self,
        there: &RegistryKey,
        name: &RepositoryName,
        seen: &mut Seen,
    ) -> Result<(), ApiError> {
        let images = match self.connection(there).await?.client.images(name, ImageScope::Any).await {
            Ok(images) => images,
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let oldest = self.now() - RECENT;
        for image in images {
            let Some(pulled) = image.last_pulled_at.filter(|pulled| *pulled > oldest) else { continue };
            let by = format!("a pull from {} on {}", place(self, there), pulled.format("%Y-%m-%d"));
            seen.used.digest(image.digest.to_string(), by);
        }
        Ok(())
    }
}

//! Failed replications, asked about now: a command has no window that follows replications.

use futures::future::try_join_all;
use longshore_names::{AccountId, RepositoryName};
use longshore_policy::replication::ReplicationConfiguration;
use rusqlite::{Transaction, params};

use super::{rows, watched::Watched};
use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey},
};

/// The repositories of a registry that are read, and the newest images of each that are asked about.
const REPOSITORIES: usize = 50;
const IMAGES: u32 = 5;
/// Concurrent calls.
const AT_ONCE: usize = 4;

impl App {
    /// Asks the connected accounts for the newest images that their rules replicate to `to`: of the accounts
    /// that `by` takes, and the repositories that `fits` takes. What cannot be read stays as it is known.
    pub(crate) async fn ask_for_failures(
        &self,
        to: &RegistryKey,
        by: impl Fn(&AccountId) -> bool,
        fits: impl Fn(&AccountId, &RepositoryName) -> bool,
    ) {
        let sources = self.accounts.registries(Some(to.space));
        let sources = sources.into_iter().filter(|key| key.account != to.account && by(&key.account));
        for key in sources {
            if let Err(error) = self.ask_source(&key, to, |name| fits(&key.account, name)).await {
                tracing::debug!(code = error.code, "failed images cannot be looked for");
            }
        }
    }

    async fn ask_source(
        &self,
        key: &RegistryKey,
        to: &RegistryKey,
        fits: impl Fn(&RepositoryName) -> bool,
    ) -> Result<(), ApiError> {
        let mut rules = ReplicationConfiguration::from_value(self.read_replication(key).await?)?.rules();
        rules.retain(|rule| rule.destinations.contains(&to.id()));
        if rules.is_empty() {
            return Ok(());
        }
        self.read_repositories(key).await?;
        let taken = |name: &RepositoryName| fits(name) && rules.iter().any(|rule| rule.takes(name));
        let rows = self.inventory.repositories_of(key).await?;
        let names =
            rows.into_iter().map(|row| row.name).filter(|name| name.parse().is_ok_and(|name| taken(&name)));
        let names: Vec<String> = names.take(REPOSITORIES).collect();
        for names in names.chunks(AT_ONCE) {
            let keys = names.iter().cloned();
            let keys: Vec<RepositoryKey> =
                keys.map(|repository| RepositoryKey { registry: key.clone(), repository }).collect();
            try_join_all(keys.iter().map(|key| self.read_images(key))).await?;
        }
        let of = key.clone();
        let newest = self.inventory.db.read(move |tx| newest(tx, &of, &names)).await?;
        for images in newest.chunks(AT_ONCE) {
            try_join_all(images.iter().map(|image| self.read_status(key, image))).await?;
        }
        Ok(())
    }
}

/// The newest images of these repositories of a registry.
fn newest(tx: &Transaction<'_>, key: &RegistryKey, names: &[String]) -> Result<Vec<Watched>, ApiError> {
    let Some(registry) = rows::registry_number(tx, key, false)? else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(
        "SELECT i.key, p.name, i.digest, i.changed FROM image i JOIN repository p ON p.key = i.repository
         WHERE p.registry = ?1 AND p.name = ?2 ORDER BY i.pushed DESC, i.digest LIMIT ?3",
    )?;
    let mut newest = Vec::new();
    for name in names {
        let found = statement.query_map(params![registry, name, IMAGES], |row| {
            Ok(Watched {
                number: row.get(0)?,
                repository: row.get(1)?,
                digest: row.get(2)?,
                changed: row.get(3)?,
            })
        })?;
        newest.extend(found.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(newest)
}

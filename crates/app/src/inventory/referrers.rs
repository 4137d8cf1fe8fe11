//! Known signatures, SBOMs and attestations: images that name another one as their subject.

use longshore_names::{Digest, RepositoryName};
use rusqlite::{Transaction, params};

use super::{Inventory, rows};
use crate::api::{ApiError, RegistryKey};

/// An image that refers to another one.
#[derive(Debug, Clone)]
pub(crate) struct Referrer {
    pub(crate) repository: RepositoryName,
    pub(crate) digest: Digest,
    pub(crate) subject: Digest,
}

impl Inventory {
    /// The newest referrers of a registry, in repositories that `takes` accepts.
    pub(crate) async fn newest_referrers(
        &self,
        registry: &RegistryKey,
        most: usize,
        takes: impl Fn(&RepositoryName) -> bool + Send + 'static,
    ) -> Result<Vec<Referrer>, ApiError> {
        let registry = registry.clone();
        self.db.read(move |tx| newest(tx, &registry, most, &takes)).await
    }
}

fn newest(
    tx: &Transaction<'_>,
    registry: &RegistryKey,
    most: usize,
    takes: &dyn Fn(&RepositoryName) -> bool,
) -> Result<Vec<Referrer>, ApiError> {
    let Some(number) = rows::registry_number(tx, registry, false)? else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(
        "SELECT p.name, i.digest, i.subject FROM image i JOIN repository p ON p.key = i.repository
         WHERE p.registry = ?1 AND i.subject IS NOT NULL ORDER BY i.pushed DESC, i.digest",
    )?;
    let mut rows = statement.query(params![number])?;
    let mut found = Vec::new();
    while found.len() < most
        && let Some(row) = rows.next()?
    {
        let name: String = row.get(0)?;
        let (digest, subject): (String, String) = (row.get(1)?, row.get(2)?);
        let repository: RepositoryName = name.parse()?;
        if takes(&repository) {
            found.push(Referrer { repository, digest: digest.parse()?, subject: subject.parse()? });
        }
    }
    Ok(found)
}

//! Images that are being replicated to a registry.

use longshore_names::RepositoryName;
use rusqlite::params;

use super::Inventory;
use crate::{
    api::{ApiError, RegistryKey},
    db::parsed,
};

/// The most that are listed.
const MOST: u32 = 20;

impl Inventory {
    /// Images that were last seen on their way to a registry, as `repository:tag` or `repository@digest`, with
    /// their sources.
    pub(crate) async fn in_progress_to(
        &self,
        to: &RegistryKey,
    ) -> Result<Vec<(RegistryKey, RepositoryName, String)>, ApiError> {
        let to = to.clone();
        self.db
            .read(move |tx| {
                let mut statement = tx.prepare_cached(
                    "SELECT g.account, g.region, p.name, coalesce(i.first_tag, i.digest)
                     FROM replication r JOIN image i ON i.key = r.image
                     JOIN repository p ON p.key = i.repository JOIN registry g ON g.key = p.registry
                     WHERE r.state = 'inProgress' AND r.account = ?1 AND r.region = ?2 AND g.space = ?3
                     ORDER BY r.seen DESC LIMIT ?4",
                )?;
                let mut rows = statement.query(params![
                    to.account.as_str(),
                    to.region.as_str(),
                    to.space.word(),
                    MOST
                ])?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    let source =
                        RegistryKey { space: to.space, account: parsed(row, 0)?, region: parsed(row, 1)? };
                    let name: String = row.get(2)?;
                    let Ok(name) = name.parse() else { continue };
                    found.push((source, name, row.get(3)?));
                }
                Ok(found)
            })
            .await
    }
}

//! Replications that failed.

use longshore_names::{AccountId, RepositoryName};
use rusqlite::params;

use super::Inventory;
use crate::{
    api::{ApiError, FailedReplication, ImageKey, RegistryKey, RepositoryKey},
    db::parsed,
};

impl Inventory {
    /// Images that were last seen as failed on their way to a registry, newest first: of those that `fits`
    /// takes, the first `most`, and their number.
    pub(crate) async fn failed_to(
        &self,
        to: &RegistryKey,
        most: usize,
        fits: impl Fn(&AccountId, &RepositoryName) -> bool + Send + 'static,
    ) -> Result<(Vec<FailedReplication>, u32), ApiError> {
        let to = to.clone();
        self.db
            .read(move |tx| {
                let mut statement = tx.prepare_cached(
                    "SELECT g.account, g.region, p.name, i.digest, i.first_tag, r.failure_code
                     FROM replication r JOIN image i ON i.key = r.image
                     JOIN repository p ON p.key = i.repository JOIN registry g ON g.key = p.registry
                     WHERE r.state = 'failed' AND r.account = ?1 AND r.region = ?2 AND g.space = ?3
                     ORDER BY i.pushed DESC, i.digest",
                )?;
                let mut rows =
                    statement.query(params![to.account.as_str(), to.region.as_str(), to.space.word()])?;
                let (mut found, mut count) = (Vec::new(), 0);
                while let Some(row) = rows.next()? {
                    let registry =
                        RegistryKey { space: to.space, account: parsed(row, 0)?, region: parsed(row, 1)? };
                    let name: String = row.get(2)?;
                    let Ok(repository) = name.parse::<RepositoryName>() else { continue };
                    if !fits(&registry.account, &repository) {
                        continue;
                    }
                    count += 1;
                    if found.len() < most {
                        found.push(FailedReplication {
                            image: ImageKey {
                                repository: RepositoryKey { registry, repository: name },
                                digest: row.get(3)?,
                            },
                            tag: row.get(4)?,
                            destination: to.clone(),
                            failure_code: row.get(5)?,
                        });
                    }
                }
                Ok((found, count))
            })
            .await
    }
}

//! A cache of manifests and configurations, by digest. They never change, so they stay as long as
//! there is room; the least recently used are removed first.

use bytes::Bytes;
use longshore_names::Digest;
use rusqlite::{OptionalExtension, Transaction, params};

use super::Inventory;
use crate::{api::ApiError, db::to_ms};

/// Maximum size in bytes: room for ten thousand images of a few kilobytes each.
const MOST: i64 = 64 * 1024 * 1024;
/// Bytes that remain after a removal, so that not every new entry pushes out an old one.
const AFTER: i64 = MOST / 8 * 7;
/// A use is recorded only when the last one is older than this, since every screen uses many
/// entries.
const COARSE_MS: i64 = 60 * 60 * 1_000;

impl Inventory {
    /// Media type and bytes of a cached content.
    pub(super) async fn content(&self, digest: &Digest) -> Result<Option<(String, Bytes)>, ApiError> {
        let (wanted, now) = (digest.to_string(), to_ms(self.clock.now()));
        let found = self.db.read(move |tx| find(tx, &wanted)).await?;
        let Some((media_type, bytes, used)) = found else { return Ok(None) };
        if now - used > COARSE_MS {
            let wanted = digest.to_string();
            self.db
                .write(move |tx| {
                    tx.prepare_cached("UPDATE content SET used = ?2 WHERE digest = ?1")?
                        .execute(params![wanted, now])?;
                    Ok(())
                })
                .await?;
        }
        Ok(Some((media_type, Bytes::from(bytes))))
    }

    /// Caches a content.
    pub(super) async fn keep_content(
        &self,
        digest: &Digest,
        media_type: &str,
        bytes: &Bytes,
    ) -> Result<(), ApiError> {
        let (digest, media_type, bytes) = (digest.to_string(), media_type.to_owned(), bytes.clone());
        let now = to_ms(self.clock.now());
        self.db.write(move |tx| keep(tx, &digest, &media_type, &bytes, now, (MOST, AFTER))).await
    }
}

fn find(tx: &Transaction<'_>, digest: &str) -> Result<Option<(String, Vec<u8>, i64)>, ApiError> {
    let mut statement = tx.prepare_cached("SELECT media_type, bytes, used FROM content WHERE digest = ?1")?;
    Ok(statement.query_row([digest], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?)
}

fn keep(
    tx: &Transaction<'_>,
    digest: &str,
    media_type: &str,
    bytes: &[u8],
    now: i64,
    (most, after): (i64, i64),
) -> Result<(), ApiError> {
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "INSERT OR REPLACE INTO content (digest, media_type, bytes, used, size) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![digest, media_type, bytes, now, size])?;
    // Both sums are computed from the index alone.
    let all: i64 =
        tx.prepare_cached("SELECT coalesce(sum(size), 0) FROM content")?.query_row([], |row| row.get(0))?;
    if all > most {
        tx.prepare_cached(
            "DELETE FROM content WHERE digest IN (
                 SELECT digest FROM (
                     SELECT digest, sum(size) OVER (ORDER BY used DESC, digest) AS newer FROM content)
                 WHERE newer > ?1)",
        )?
        .execute([after])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[tokio::test]
    async fn what_was_used_longest_ago_makes_room() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(directory.path()).unwrap();
        let put = async |name: &'static str, at: i64| {
            db.write(move |tx| keep(tx, name, "type", &[7; 100], at, (1_000, 500))).await.unwrap();
        };
        let known = async |name: &'static str| db.read(move |tx| find(tx, name)).await.unwrap().is_some();
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        for (name, at) in names.into_iter().zip(1..) {
            put(name, at).await;
        }
        assert!(known("a").await, "they fit");
        put("a", 11).await;
        put("k", 12).await;
        assert!(known("a").await && known("k").await && known("h").await);
        assert!(!known("b").await && !known("g").await);
        put("big", 13).await;
        assert!(known("big").await);
    }
}

//! What is too old to plan with is read again: a command has no window that keeps it fresh.

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream};
use longshore_names::RepositoryName;
use rusqlite::{OptionalExtension, Transaction, params};

use super::rows;
use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey},
    db::to_ms,
};

/// How old a list of repositories may be.
const LIST: TimeDelta = TimeDelta::seconds(60);
/// How old the images of a repository may be.
const IMAGES: TimeDelta = TimeDelta::minutes(10);
/// The most repositories whose images are read, and how many at once.
const MOST: usize = 200;
const AT_ONCE: usize = 8;

impl App {
    /// Reads the list of a registry's repositories, and the images of those that `taken` chooses, where they
    /// are unread or old. What cannot be read stays as it is known.
    pub(crate) async fn read_aged(&self, key: &RegistryKey, taken: impl Fn(&RepositoryName) -> bool) {
        let now = self.now();
        if self.aged_list(key, now - LIST).await.unwrap_or(true)
            && let Err(error) = self.read_repositories(key).await
        {
            tracing::debug!(code = error.code, "repositories cannot be read for a plan");
            return;
        }
        let aged = self.aged_images(key, now - IMAGES).await.unwrap_or_default();
        let names = aged.into_iter().filter(|name| name.parse().is_ok_and(|name| taken(&name))).take(MOST);
        let read = |repository: String| async move {
            let repository = RepositoryKey { registry: key.clone(), repository };
            if let Err(error) = self.read_images(&repository).await {
                tracing::debug!(code = error.code, "images cannot be read for a plan");
            }
        };
        stream::iter(names).for_each_concurrent(AT_ONCE, read).await;
    }

    async fn aged_list(&self, key: &RegistryKey, since: DateTime<Utc>) -> Result<bool, ApiError> {
        let key = key.clone();
        let read = self.db.read(move |tx| list_read(tx, &key)).await?;
        Ok(read.is_none_or(|read| read < to_ms(since)))
    }

    async fn aged_images(&self, key: &RegistryKey, since: DateTime<Utc>) -> Result<Vec<String>, ApiError> {
        let key = key.clone();
        self.db
            .read(move |tx| {
                let Some(number) = rows::registry_number(tx, &key, false)? else { return Ok(Vec::new()) };
                let sql = "SELECT name FROM repository WHERE registry = ?1
                     AND (images_read IS NULL OR images_read < ?2) ORDER BY name";
                let mut statement = tx.prepare_cached(sql)?;
                let names = statement.query_map(params![number, to_ms(since)], |row| row.get(0))?;
                Ok(names.collect::<Result<_, _>>()?)
            })
            .await
    }
}

/// When the list of a registry's repositories was last read, in milliseconds since 1970.
pub(super) fn list_read(tx: &Transaction<'_>, key: &RegistryKey) -> Result<Option<i64>, ApiError> {
    let Some(number) = rows::registry_number(tx, key, false)? else { return Ok(None) };
    let sql = "SELECT repositories_read FROM registry WHERE key = ?1";
    let read = tx.prepare_cached(sql)?.query_row([number], |row| row.get(0)).optional()?;
    Ok(read.flatten())
}

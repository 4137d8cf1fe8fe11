//! A whole registry as it was last read: the settings of its repositories, and its images.

use chrono::{DateTime, Utc};
use longshore_policy::pair::{Held, Holdings};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    Inventory,
    rows::{self, REPOSITORY_COLUMNS},
};
use crate::{
    App,
    accounts::word,
    api::{ApiError, RegistryKey, RepositoryRow},
    db::from_ms,
};

/// A registry as it was last read.
pub(crate) struct KeptRegistry {
    pub(crate) read: Option<DateTime<Utc>>,
    pub(crate) problem: Option<ApiError>,
}

/// A repository with its policies as they were last read.
#[derive(Debug, Clone)]
pub(crate) struct KeptSettings {
    pub(crate) row: RepositoryRow,
    /// Absent if its policies were never read.
    pub(crate) policies: Option<KeptPolicies>,
}

/// The policies of a repository.
#[derive(Debug, Clone)]
pub(crate) struct KeptPolicies {
    pub(crate) read: DateTime<Utc>,
    pub(crate) lifecycle: Option<String>,
    pub(crate) policy: Option<String>,
}

/// The images of a registry as they were last read.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptImages {
    pub(crate) holdings: Holdings,
    pub(crate) repositories: usize,
    /// Repositories whose images were never read.
    pub(crate) unread: usize,
    /// The oldest read of images.
    pub(crate) oldest: Option<DateTime<Utc>>,
    /// The host of its images.
    pub(crate) host: Option<String>,
}

impl App {
    /// The repositories of a registry as they were last read, by name; no network.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn repositories_at(&self, registry: &RegistryKey) -> Result<Vec<RepositoryRow>, ApiError> {
        let (_, all) = self.inventory.kept_settings(registry).await?;
        Ok(all.into_iter().map(|one| one.row).collect())
    }
}

impl Inventory {
    /// The repositories of a registry with their settings.
    pub(crate) async fn kept_settings(
        &self,
        registry: &RegistryKey,
    ) -> Result<(KeptRegistry, Vec<KeptSettings>), ApiError> {
        if let Some((read, settings)) = self.unstored.settings(registry) {
            return Ok((KeptRegistry { read: Some(read), problem: None }, settings));
        }
        let registry = registry.clone();
        self.db.read(move |tx| Ok((kept_registry(tx, &registry)?, settings(tx, &registry)?))).await
    }

    /// The images of a registry.
    pub(crate) async fn kept_images(
        &self,
        registry: &RegistryKey,
    ) -> Result<(KeptRegistry, KeptImages), ApiError> {
        if let Some((read, images)) = self.unstored.images(registry) {
            return Ok((KeptRegistry { read: Some(read), problem: None }, images));
        }
        let registry = registry.clone();
        self.db.read(move |tx| Ok((kept_registry(tx, &registry)?, images(tx, &registry)?))).await
    }
}

fn kept_registry(tx: &Transaction<'_>, key: &RegistryKey) -> Result<KeptRegistry, ApiError> {
    let found: Option<(Option<i64>, Option<String>)> = tx
        .prepare_cached(
            "SELECT repositories_read, problem FROM registry
             WHERE space = ?1 AND account = ?2 AND region = ?3",
        )?
        .query_row(params![word(&key.space)?, key.account.as_str(), key.region.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (read, problem) = found.unwrap_or_default();
    let problem = problem.as_deref().map(serde_json::from_str).transpose()?;
    Ok(KeptRegistry { read: read.map(from_ms), problem })
}

fn settings(tx: &Transaction<'_>, key: &RegistryKey) -> Result<Vec<KeptSettings>, ApiError> {
    let Some(number) = rows::registry_number(tx, key, false)? else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT {REPOSITORY_COLUMNS}, p.policies_read, p.lifecycle, p.policy
         FROM repository p JOIN registry g ON g.key = p.registry WHERE p.registry = ?1 ORDER BY p.name"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query([number])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let policies = match row.get::<_, Option<i64>>(10)? {
            Some(read) => {
                Some(KeptPolicies { read: from_ms(read), lifecycle: row.get(11)?, policy: row.get(12)? })
            }
            None => None,
        };
        all.push(KeptSettings { row: rows::repository(row)?, policies });
    }
    Ok(all)
}

fn images(tx: &Transaction<'_>, key: &RegistryKey) -> Result<KeptImages, ApiError> {
    let mut kept = KeptImages::default();
    let Some(number) = rows::registry_number(tx, key, false)? else { return Ok(kept) };
    let mut statement =
        tx.prepare_cached("SELECT name, uri, images_read FROM repository WHERE registry = ?1 ORDER BY name")?;
    let mut found = statement.query([number])?;
    while let Some(row) = found.next()? {
        let (name, uri): (String, String) = (row.get(0)?, row.get(1)?);
        kept.repositories += 1;
        kept.holdings.add_repository(&name);
        if kept.host.is_none() {
            kept.host = uri.split('/').next().filter(|host| !host.is_empty()).map(str::to_owned);
        }
        match row.get::<_, Option<i64>>(2)?.map(from_ms) {
            Some(read) => kept.oldest = Some(kept.oldest.map_or(read, |oldest| oldest.min(read))),
            None => kept.unread += 1,
        }
    }
    let mut statement = tx.prepare_cached(
        "SELECT p.name, t.tag, i.digest, i.pushed
         FROM repository p JOIN image i ON i.repository = p.key LEFT JOIN tag t ON t.image = i.key
         WHERE p.registry = ?1",
    )?;
    let mut found = statement.query([number])?;
    while let Some(row) = found.next()? {
        let (name, tag): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let (digest, pushed): (String, i64) = (row.get(2)?, row.get(3)?);
        // A push of 1970 is one that ECR does not say.
        let pushed = (pushed > 0).then(|| from_ms(pushed));
        match tag {
            Some(tag) => kept.holdings.add(&name, &tag, Held { digest, pushed }),
            None => kept.holdings.add_digest(&name, &digest, pushed),
        }
    }
    Ok(kept)
}

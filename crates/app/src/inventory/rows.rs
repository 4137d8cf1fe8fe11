//! From rows of the database to rows of the API.

use std::cell::RefCell;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{ForeignText, RepositoryName};
use longshore_policy::replication::RuleView;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::documents;
use crate::{
    accounts::{Accounts, from_word, word},
    api::{
        ApiError, Encryption, ImageRow, Mutability, RegistryKey, ReplicationStatus, RepositoryKey,
        RepositoryRow, Space,
    },
    db::{from_ms, parsed},
};

/// Settings of a repository as stored.
#[derive(Serialize, Deserialize, PartialEq)]
pub(super) struct RepositorySettings {
    pub(super) mutability: Mutability,
    pub(super) scan_on_push: bool,
    pub(super) encryption: Encryption,
}

/// Columns that [`repository`] reads, over `repository p JOIN registry g`.
pub(super) const REPOSITORY_COLUMNS: &str = "g.space, g.account, g.region, p.name, p.uri, p.settings, p.created, \
                                             p.images, p.bytes, p.pushed";

/// A repository from [`REPOSITORY_COLUMNS`].
pub(super) fn repository(row: &Row<'_>) -> Result<RepositoryRow, ApiError> {
    let settings: RepositorySettings = serde_json::from_str(&row.get::<_, String>(5)?)?;
    Ok(RepositoryRow {
        registry: registry(row, 0)?,
        name: row.get(3)?,
        uri: row.get(4)?,
        mutability: settings.mutability,
        scan_on_push: settings.scan_on_push,
        encryption: settings.encryption,
        created: from_ms(row.get(6)?),
        images: row.get(7)?,
        bytes: row.get::<_, Option<i64>>(8)?.map(i64::unsigned_abs),
        pushed: row.get::<_, Option<i64>>(9)?.map(from_ms),
    })
}

/// A registry from three columns.
pub(super) fn registry(row: &Row<'_>, first: usize) -> Result<RegistryKey, ApiError> {
    let space: String = row.get(first)?;
    Ok(RegistryKey {
        space: from_word(&space)?,
        account: parsed(row, first + 1)?,
        region: parsed(row, first + 2)?,
    })
}

/// The row number of a registry. With `make` it is created if the app has the account: a read that
/// was in progress when an account was removed must not restore it.
pub(super) fn registry_number(
    tx: &Transaction<'_>,
    key: &RegistryKey,
    make: bool,
) -> Result<Option<i64>, ApiError> {
    let space = word(&key.space)?;
    let parameters = params![space, key.account.as_str(), key.region.as_str()];
    if make {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO registry (space, account, region)
             SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM account WHERE space = ?1 AND id = ?2)",
        )?
        .execute(parameters)?;
    }
    let sql = "SELECT key FROM registry WHERE space = ?1 AND account = ?2 AND region = ?3";
    Ok(tx.prepare_cached(sql)?.query_row(parameters, |row| row.get(0)).optional()?)
}

/// The row number of a repository.
pub(super) fn repository_number(tx: &Transaction<'_>, key: &RepositoryKey) -> Result<Option<i64>, ApiError> {
    let Some(registry) = registry_number(tx, &key.registry, false)? else { return Ok(None) };
    let sql = "SELECT key FROM repository WHERE registry = ?1 AND name = ?2";
    Ok(tx.prepare_cached(sql)?.query_row(params![registry, key.repository], |row| row.get(0)).optional()?)
}

/// How long after a push ECR may take to report the first status of its replication.
pub(super) const FIRST_WORD: TimeDelta = TimeDelta::minutes(2);

/// Whether a status that was read at a time says which destinations ECR does not replicate an image to,
/// which was last pushed at another.
pub(super) fn is_settled(pushed: DateTime<Utc>, read: DateTime<Utc>) -> bool {
    read > pushed + FIRST_WORD
}

/// Columns that [`image`] reads, over `image i`.
pub(super) const IMAGE_COLUMNS: &str = "i.key, i.digest, i.bytes, i.pushed, i.media_type, i.artifact_type, \
                                        i.last_pull, i.subject, i.status_read, i.changed";

/// An image from [`IMAGE_COLUMNS`], with its tags and what is known about its replication.
pub(super) fn image(
    tx: &Transaction<'_>,
    row: &Row<'_>,
    repository: &RepositoryKey,
    view: &StatusView,
) -> Result<ImageRow, ApiError> {
    let number: i64 = row.get(0)?;
    let media_type: String = row.get(4)?;
    let replication = view.of_image(tx, number, repository)?;
    let pushed = from_ms(row.get(3)?);
    let last = row.get::<_, Option<i64>>(9)?.map_or(pushed, |changed| from_ms(changed).max(pushed));
    let read = row.get::<_, Option<i64>>(8)?.map(from_ms);
    let is_settled = read.is_some_and(|read| is_settled(last, read));
    Ok(ImageRow {
        digest: row.get(1)?,
        tags: tags(tx, number)?,
        bytes: row.get::<_, i64>(2)?.unsigned_abs(),
        pushed,
        is_index: is_index(&media_type),
        media_type: ForeignText::new(media_type).into(),
        artifact_type: row.get::<_, Option<String>>(5)?.map(|kind| ForeignText::new(kind).into()),
        last_pull: row.get::<_, Option<i64>>(6)?.map(from_ms),
        subject: row.get(7)?,
        not_replicated: if is_settled { view.missing(tx, repository, &replication)? } else { Vec::new() },
        replication,
    })
}

/// Tags of an image, sorted.
pub(super) fn tags(tx: &Transaction<'_>, image: i64) -> Result<Vec<String>, ApiError> {
    let mut statement = tx.prepare_cached("SELECT tag FROM tag WHERE image = ?1 ORDER BY tag")?;
    let tags = statement.query_map([image], |row| row.get(0))?;
    Ok(tags.collect::<Result<_, _>>()?)
}

/// Whether a media type is that of a list of manifests.
pub(crate) fn is_index(media_type: &str) -> bool {
    media_type.contains("image.index") || media_type.contains("manifest.list")
}

/// What a replication status needs: names of accounts, and policies of destinations.
#[derive(Clone)]
pub(super) struct StatusView {
    accounts: Accounts,
    /// The rules of the registry whose images are shown, once they are needed.
    rules: RefCell<Option<(RegistryKey, Vec<RuleView>)>>,
}

impl StatusView {
    pub(super) fn new(accounts: Accounts) -> Self {
        Self { accounts, rules: RefCell::new(None) }
    }

    /// Destinations of rules for a repository that no status is about.
    fn missing(
        &self,
        tx: &Transaction<'_>,
        repository: &RepositoryKey,
        known: &[ReplicationStatus],
    ) -> Result<Vec<RegistryKey>, ApiError> {
        let Ok(name) = repository.repository.parse::<RepositoryName>() else { return Ok(Vec::new()) };
        let here = &repository.registry;
        let mut seen = self.rules.borrow_mut();
        if seen.as_ref().is_none_or(|(registry, _)| registry != here) {
            *seen = Some((here.clone(), documents::rules(tx, here)?));
        }
        let rules = seen.as_ref().map_or(&[][..], |(_, rules)| rules);
        let taken = rules.iter().filter(|rule| rule.takes(&name));
        let mut missing: Vec<_> = taken
            .flat_map(|rule| &rule.destinations)
            .map(|destination| RegistryKey::of(here.space, destination))
            .filter(|destination| known.iter().all(|status| status.destination != *destination))
            .collect();
        missing.sort();
        missing.dedup();
        Ok(missing)
    }

    fn of_image(
        &self,
        tx: &Transaction<'_>,
        image: i64,
        repository: &RepositoryKey,
    ) -> Result<Vec<ReplicationStatus>, ApiError> {
        let space = repository.registry.space;
        let mut statement = tx.prepare_cached(
            "SELECT account, region, state, failure_code FROM replication WHERE image = ?1
             ORDER BY account, region",
        )?;
        let mut rows = statement.query([image])?;
        let mut statuses = Vec::new();
        while let Some(row) = rows.next()? {
            statuses.push(self.status(tx, row, space, repository)?);
        }
        Ok(statuses)
    }

    /// A status from account, Region, state and failure code.
    pub(super) fn status(
        &self,
        tx: &Transaction<'_>,
        row: &Row<'_>,
        space: Space,
        repository: &RepositoryKey,
    ) -> Result<ReplicationStatus, ApiError> {
        let destination = RegistryKey { space, account: parsed(row, 0)?, region: parsed(row, 1)? };
        let state = from_word(&row.get::<_, String>(2)?)?;
        let mut status = ReplicationStatus {
            destination_name: self.accounts.name(space, destination.account.as_str()),
            destination,
            state,
            failure_code: row.get::<_, Option<String>>(3)?.map(|code| ForeignText::new(code).into()),
            cause: None,
            fixable: false,
        };
        super::failure::explain(tx, &mut status, repository)?;
        Ok(status)
    }
}

//! Writes the result of a read, and reports what has changed.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use longshore_ecr::{Encryption as EcrEncryption, ImageDetail, Repository, TagMutability};
use longshore_names::RegistryId;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    look::Look,
    rows::{self, RepositorySettings},
};
use crate::{
    accounts::word,
    api::{ApiError, Encryption, Mutability, RegistryKey, ReplicationState, RepositoryKey},
    db::{from_ms, to_ms},
};

/// How long after a push its replication is looked up although the push itself was not observed.
const RECENT: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// Writes the list of a registry's repositories. Returns whether the list has changed.
pub(super) fn repositories(
    tx: &Transaction<'_>,
    key: &RegistryKey,
    found: &[Repository],
    look: &Look,
) -> Result<bool, ApiError> {
    let Some(registry) = look.registry(tx, key)? else { return Ok(false) };
    let (read, problem_before): (Option<i64>, bool) = tx
        .prepare_cached("SELECT repositories_read, problem IS NOT NULL FROM registry WHERE key = ?1")?
        .query_row([registry], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if look.is_late(read) {
        return Ok(false);
    }
    tx.prepare_cached("UPDATE registry SET repositories_read = ?2, problem = NULL WHERE key = ?1")?
        .execute(params![registry, to_ms(look.began)])?;
    let mut known = HashMap::new();
    {
        let mut statement = tx
            .prepare_cached("SELECT name, uri, settings, created, key FROM repository WHERE registry = ?1")?;
        let mut rows = statement.query([registry])?;
        while let Some(row) = rows.next()? {
            let kept: (String, String, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            known.insert(row.get::<_, String>(0)?, kept);
        }
    }
    let mut changed = read.is_none() || problem_before;
    // A repository that was deleted and created again is a different one: its images are forgotten.
    let mut upsert = tx.prepare_cached(
        "INSERT INTO repository (registry, name, uri, settings, created) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (registry, name) DO UPDATE SET uri = ?3, settings = ?4",
    )?;
    let mut delete = tx.prepare_cached("DELETE FROM repository WHERE key = ?1")?;
    for repository in found {
        let created = repository.created_at.map_or(0, to_ms);
        let settings = serde_json::to_string(&settings(repository))?;
        match known.remove(repository.name.as_str()) {
            Some((uri, kept, at, _)) if uri == repository.uri && kept == settings && at == created => {
                continue;
            }
            Some((_, _, at, number)) if at != created => {
                delete.execute([number])?;
            }
            _ => {}
        }
        changed = true;
        upsert.execute(params![registry, repository.name.as_str(), repository.uri, settings, created])?;
    }
    for (_, _, _, number) in known.into_values() {
        changed = true;
        delete.execute([number])?;
    }
    Ok(changed)
}

pub(super) fn settings(repository: &Repository) -> RepositorySettings {
    let (immutable, exclusions) = match &repository.tag_mutability {
        TagMutability::Mutable { except } => (false, except.clone()),
        TagMutability::Immutable { except } => (true, except.clone()),
        TagMutability::Other { .. } => (false, Vec::new()),
    };
    RepositorySettings {
        mutability: Mutability { immutable, exclusions },
        scan_on_push: repository.scan_on_push,
        encryption: match &repository.encryption {
            EcrEncryption::Aes256 => Encryption::Aes256,
            EcrEncryption::Kms { key } => Encryption::Kms { key: key.clone() },
            EcrEncryption::KmsDsse { key } => Encryption::KmsDsse { key: key.clone() },
            // So far, every encryption type newer than this program has used KMS.
            EcrEncryption::Other { name } => Encryption::Kms { key: Some(name.clone()) },
        },
    }
}

/// Stores why a registry cannot be read. Returns whether that is new.
pub(super) fn registry_problem(
    tx: &Transaction<'_>,
    key: &RegistryKey,
    problem: &ApiError,
    look: &Look,
) -> Result<bool, ApiError> {
    let number = look.registry(tx, key)?;
    let text = serde_json::to_string(problem)?;
    let sql = "UPDATE registry SET problem = ?2 WHERE key = ?1 AND problem IS NOT ?2";
    Ok(tx.prepare_cached(sql)?.execute(params![number, text])? > 0)
}

/// Stores why a repository's images cannot be read. Returns whether that is new.
pub(super) fn repository_problem(
    tx: &Transaction<'_>,
    key: &RepositoryKey,
    problem: &ApiError,
) -> Result<bool, ApiError> {
    let number = rows::repository_number(tx, key)?;
    let text = serde_json::to_string(problem)?;
    let sql = "UPDATE repository SET problem = ?2 WHERE key = ?1 AND problem IS NOT ?2";
    Ok(tx.prepare_cached(sql)?.execute(params![number, text])? > 0)
}

/// Forgets a repository that no longer exists. Returns whether it was known.
pub(super) fn forget_repository(tx: &Transaction<'_>, key: &RepositoryKey) -> Result<bool, ApiError> {
    let number = rows::repository_number(tx, key)?;
    Ok(tx.prepare_cached("DELETE FROM repository WHERE key = ?1")?.execute([number])? > 0)
}

/// An image as stored, for comparison.
#[derive(PartialEq)]
struct Kept {
    bytes: i64,
    pushed: i64,
    media_type: String,
    artifact_type: Option<String>,
    last_pull: Option<i64>,
    subject: Option<String>,
    tags: Vec<String>,
}

/// Writes the images of a repository. Returns whether anything has changed; `false` also when the
/// repository is no longer known.
pub(super) fn images(
    tx: &Transaction<'_>,
    key: &RepositoryKey,
    found: &[ImageDetail],
    look: &Look,
) -> Result<bool, ApiError> {
    let Some(repository) = rows::repository_number(tx, key)? else { return Ok(false) };
    let (read, problem_before): (Option<i64>, bool) = tx
        .prepare_cached("SELECT images_read, problem IS NOT NULL FROM repository WHERE key = ?1")?
        .query_row([repository], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if look.is_late(read) {
        return Ok(false);
    }
    let (read_before, now) = (read.is_some(), look.ended);
    let mut known = kept(tx, repository)?;
    let mut changed = !read_before || problem_before;
    let mut fresh = Vec::new();
    let mut there = HashSet::with_capacity(found.len());
    for detail in found {
        if !there.insert(&detail.digest) {
            continue;
        }
        let mut tags: Vec<String> = detail.tags.iter().map(ToString::to_string).collect();
        tags.sort_unstable();
        let new = Kept {
            bytes: detail.size.and_then(|size| i64::try_from(size).ok()).unwrap_or(0),
            pushed: detail.pushed_at.map_or(0, to_ms),
            media_type: detail.media_type.clone().unwrap_or_default(),
            artifact_type: detail.artifact_media_type.clone(),
            last_pull: detail.last_pulled_at.map(to_ms),
            subject: detail.subject.as_ref().map(ToString::to_string),
            tags,
        };
        let old = known.remove(detail.digest.as_str());
        if old.as_ref().is_some_and(|(_, old)| *old == new) {
            continue;
        }
        let pushed_again =
            old.as_ref().is_none_or(|(_, old)| new.tags.iter().any(|tag| !old.tags.contains(tag)));
        let just_now = detail.pushed_at.is_some_and(|pushed| now - pushed < RECENT);
        let happened = (pushed_again && (read_before || just_now)).then(|| to_ms(now));
        fresh.push((detail.digest.as_str(), old.map(|(number, _)| number), new, happened));
    }
    if !known.is_empty() || !fresh.is_empty() {
        changed = true;
        write(tx, repository, known.into_values().map(|(number, _)| number), &fresh)?;
    }
    let sql = "UPDATE repository SET images_read = ?2, problem = NULL,
                   images = (SELECT count(*) FROM image WHERE repository = ?1),
                   bytes = (SELECT coalesce(sum(bytes), 0) FROM image WHERE repository = ?1),
                   pushed = (SELECT max(pushed) FROM image WHERE repository = ?1)
               WHERE key = ?1";
    let only_time = "UPDATE repository SET images_read = ?2 WHERE key = ?1";
    tx.prepare_cached(if changed { sql } else { only_time })?
        .execute(params![repository, to_ms(look.began)])?;
    Ok(changed)
}

fn kept(tx: &Transaction<'_>, repository: i64) -> Result<HashMap<String, (i64, Kept)>, ApiError> {
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    let mut statement = tx.prepare_cached("SELECT image, tag FROM tag WHERE repository = ?1 ORDER BY tag")?;
    let mut rows = statement.query([repository])?;
    while let Some(row) = rows.next()? {
        tags.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let mut known = HashMap::new();
    let mut statement = tx.prepare_cached(
        "SELECT key, digest, bytes, pushed, media_type, artifact_type, last_pull, subject
         FROM image WHERE repository = ?1",
    )?;
    let mut rows = statement.query([repository])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let image = Kept {
            bytes: row.get(2)?,
            pushed: row.get(3)?,
            media_type: row.get(4)?,
            artifact_type: row.get(5)?,
            last_pull: row.get(6)?,
            subject: row.get(7)?,
            tags: tags.remove(&number).unwrap_or_default(),
        };
        known.insert(row.get(1)?, (number, image));
    }
    Ok(known)
}

type Fresh<'a> = (&'a str, Option<i64>, Kept, Option<i64>);

fn write(
    tx: &Transaction<'_>,
    repository: i64,
    gone: impl Iterator<Item = i64>,
    fresh: &[Fresh<'_>],
) -> Result<(), ApiError> {
    let mut delete = tx.prepare_cached("DELETE FROM image WHERE key = ?1")?;
    for number in gone {
        delete.execute([number])?;
    }
    // A tag may move between two images that both changed, so it is first removed from all of them.
    let mut untag = tx.prepare_cached("DELETE FROM tag WHERE image = ?1")?;
    for number in fresh.iter().filter_map(|(_, number, ..)| *number) {
        untag.execute([number])?;
    }
    let mut insert = tx.prepare_cached(
        "INSERT INTO image (repository, digest, first_tag, bytes, pushed, media_type, artifact_type,
                            last_pull, subject, changed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (repository, digest) DO UPDATE SET
            first_tag = ?3, bytes = ?4, pushed = ?5, media_type = ?6, artifact_type = ?7, last_pull = ?8,
            subject = ?9, changed = coalesce(?10, changed)
         RETURNING key",
    )?;
    let mut tag =
        tx.prepare_cached("INSERT OR REPLACE INTO tag (repository, tag, image) VALUES (?1, ?2, ?3)")?;
    for (digest, _, image, happened) in fresh {
        let parameters = params![
            repository,
            digest,
            image.tags.first(),
            image.bytes,
            image.pushed,
            image.media_type,
            image.artifact_type,
            image.last_pull,
            image.subject,
            happened,
        ];
        let number: i64 = insert.query_row(parameters, |row| row.get(0))?;
        for name in &image.tags {
            tag.execute(params![repository, name, number])?;
        }
    }
    Ok(())
}

/// A replication that has changed.
pub(super) struct StatusChange {
    pub(super) destination: RegistryId,
    /// The state that was known before.
    pub(super) before: Option<ReplicationState>,
}

/// Writes the replication status of an image. Returns the changes, and whether this is the first time
/// that ECR was asked long enough after the push to say that a rule does not apply to it.
pub(super) fn statuses(
    tx: &Transaction<'_>,
    image: i64,
    found: &[longshore_ecr::ReplicationStatus],
    now: DateTime<Utc>,
) -> Result<(Vec<StatusChange>, bool), ApiError> {
    let mut known: HashMap<(String, String), (String, Option<String>)> = HashMap::new();
    {
        let mut statement = tx.prepare_cached(
            "SELECT account, region, state, failure_code FROM replication WHERE image = ?1",
        )?;
        let mut rows = statement.query([image])?;
        while let Some(row) = rows.next()? {
            known.insert((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?));
        }
    }
    let mut asked =
        tx.prepare_cached("SELECT max(pushed, coalesce(changed, 0)), status_read FROM image WHERE key = ?1")?;
    let before: Option<(i64, Option<i64>)> =
        asked.query_row([image], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let is_first = before.is_some_and(|(pushed, read)| {
        let settled = |at| rows::is_settled(from_ms(pushed), at);
        settled(now) && !read.is_some_and(|read| settled(from_ms(read)))
    });
    tx.prepare_cached("UPDATE image SET status_read = ?2 WHERE key = ?1")?
        .execute(params![image, to_ms(now)])?;
    let mut changes = Vec::new();
    let mut upsert = tx.prepare_cached(
        "INSERT INTO replication (image, account, region, state, failure_code, seen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (image, account, region) DO UPDATE SET state = ?4, failure_code = ?5, seen = ?6",
    )?;
    for status in found {
        let account = status.destination.account.to_string();
        let region = status.destination.region.to_string();
        let state = word(&state(&status.state))?;
        upsert.execute(params![image, account, region, state, status.failure_code, to_ms(now)])?;
        let before = known.remove(&(account, region));
        if before.as_ref().is_some_and(|(old, code)| *old == state && *code == status.failure_code) {
            continue;
        }
        let before = before.map(|(old, _)| crate::accounts::from_word(&old)).transpose()?;
        changes.push(StatusChange { destination: status.destination.clone(), before });
    }
    let mut delete =
        tx.prepare_cached("DELETE FROM replication WHERE image = ?1 AND account = ?2 AND region = ?3")?;
    for (account, region) in known.into_keys() {
        delete.execute(params![image, account, region])?;
    }
    Ok((changes, is_first))
}

/// A state that is newer than this program is treated as unfinished.
fn state(state: &longshore_ecr::ReplicationState) -> ReplicationState {
    match state {
        longshore_ecr::ReplicationState::Complete => ReplicationState::Complete,
        longshore_ecr::ReplicationState::Failed => ReplicationState::Failed,
        longshore_ecr::ReplicationState::InProgress | longshore_ecr::ReplicationState::Other(_) => {
            ReplicationState::InProgress
        }
    }
}

#[cfg(test)]
mod tests;

//! A run's plan and state as rows, written and read one by one, so that a plan of ten thousand
//! images is never a single text in memory.

use std::collections::{HashMap, HashSet};

use chrono::Utc;
use longshore_names::{Digest, RepositoryName};
use longshore_registry::UploadState;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{
    Finished, Record, broken,
    schema::{DONE, RUNNING},
};
use crate::{CopyPlan, EngineError, EngineErrorKind, PlannedImage, plan::read::intern::Interner};

/// Writes a new run with its whole plan, or nothing.
pub(super) fn begin(
    connection: &mut Connection,
    run: &str,
    plan: &CopyPlan,
    note: Option<&str>,
) -> Result<(), EngineError> {
    let header = serde_json::to_string(&plan.header()).map_err(broken)?;
    let images = count(plan.images.len())?;
    let transaction = connection.transaction().map_err(broken)?;
    let write = || -> rusqlite::Result<i64> {
        // An id may be used again once its run is finished.
        transaction.execute("DELETE FROM runs WHERE run = ?1 AND state = ?2", [run, DONE])?;
        transaction.execute(
            "INSERT INTO runs (run, started, source, destination, images, state, header, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                run,
                Utc::now().to_rfc3339(),
                plan.source,
                plan.destination,
                images,
                RUNNING,
                header,
                note
            ],
        )?;
        Ok(transaction.last_insert_rowid())
    };
    let id = write().map_err(broken)?;
    for (index, image) in plan.images.iter().enumerate() {
        let json = serde_json::to_string(image).map_err(broken)?;
        transaction
            .prepare_cached("INSERT INTO images (run, image, plan) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| statement.execute(params![id, count(index).unwrap_or(i64::MAX), json]))
            .map_err(broken)?;
    }
    transaction.commit().map_err(broken)
}

/// The number of an unfinished run, and its plan without images.
pub(super) fn header(connection: &Connection, run: &str) -> Result<(i64, CopyPlan), EngineError> {
    let found: Option<(i64, String)> = connection
        .query_row("SELECT id, header FROM runs WHERE run = ?1 AND state <> ?2", [run, DONE], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(broken)?;
    let (id, json) = found.ok_or_else(|| EngineError::here(EngineErrorKind::NoSuchRun(run.to_owned())))?;
    Ok((id, serde_json::from_str(&json).map_err(broken)?))
}

/// The plan of an unfinished run.
pub(super) fn plan(connection: &Connection, run: &str) -> Result<CopyPlan, EngineError> {
    let (id, mut plan) = header(connection, run)?;
    let mut statement =
        connection.prepare("SELECT plan FROM images WHERE run = ?1 ORDER BY image").map_err(broken)?;
    let mut rows = statement.query([id]).map_err(broken)?;
    let mut interner = Interner::default();
    while let Some(row) = rows.next().map_err(broken)? {
        let json = row.get_ref(0).map_err(broken)?.as_str().map_err(broken)?;
        let mut image: PlannedImage = serde_json::from_str(json).map_err(broken)?;
        interner.image(&mut image);
        plan.images.push(image);
    }
    Ok(plan)
}

/// The work that an unfinished run has finished.
pub(super) fn finished(connection: &Connection, run: &str) -> Result<Finished, EngineError> {
    let (id, _) = header(connection, run)?;
    let mut statement =
        connection.prepare("SELECT image FROM images WHERE run = ?1 AND done = 1").map_err(broken)?;
    let images = statement
        .query_map([id], |row| row.get::<_, u32>(0).map(|image| image as usize))
        .and_then(Iterator::collect)
        .map_err(broken)?;
    let mut names = Interner::default();
    let mut uploads = HashMap::new();
    let mut statement = connection
        .prepare("SELECT repository, digest, upload, offset FROM uploads WHERE run = ?1")
        .map_err(broken)?;
    let mut rows = statement.query([id]).map_err(broken)?;
    while let Some(row) = rows.next().map_err(broken)? {
        let key = key(row, &mut names)?;
        let offset = row.get::<_, i64>(3).map_err(broken)?;
        let state =
            UploadState { id: row.get(2).map_err(broken)?, offset: u64::try_from(offset).map_err(broken)? };
        uploads.insert(key, state);
    }
    Ok(Finished {
        images,
        blobs: keys(connection, id, "SELECT repository, digest FROM blobs WHERE run = ?1", &mut names)?,
        manifests: keys(
            connection,
            id,
            "SELECT repository, digest FROM manifests WHERE run = ?1",
            &mut names,
        )?,
        uploads,
    })
}

type Key = (RepositoryName, Digest);

fn keys(
    connection: &Connection,
    id: i64,
    sql: &str,
    names: &mut Interner,
) -> Result<HashSet<Key>, EngineError> {
    let mut statement = connection.prepare(sql).map_err(broken)?;
    let mut rows = statement.query([id]).map_err(broken)?;
    let mut found = HashSet::new();
    while let Some(row) = rows.next().map_err(broken)? {
        found.insert(key(row, names)?);
    }
    Ok(found)
}

fn key(row: &rusqlite::Row<'_>, names: &mut Interner) -> Result<Key, EngineError> {
    let text = |column: usize| -> Result<String, EngineError> { row.get(column).map_err(broken) };
    let repository = text(0)?.parse().map_err(broken)?;
    let digest = text(1)?.parse().map_err(broken)?;
    Ok((names.repository(&repository), digest))
}

/// Records finished work in one transaction.
pub(super) fn write(connection: &mut Connection, run: i64, records: &[Record]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for record in records {
        write_one(&transaction, run, record)?;
    }
    transaction.commit()
}

fn write_one(transaction: &Transaction<'_>, run: i64, record: &Record) -> rusqlite::Result<()> {
    match record {
        Record::Blob(repository, digest) => {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO blobs VALUES (?1, ?2, ?3)")?
                .execute(params![run, repository.as_str(), digest.as_str()])?;
        }
        Record::Manifest(repository, digest) => {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO manifests VALUES (?1, ?2, ?3)")?
                .execute(params![run, repository.as_str(), digest.as_str()])?;
        }
        Record::Upload(repository, digest, state) => {
            let offset = i64::try_from(state.offset).unwrap_or(i64::MAX);
            transaction
                .prepare_cached("INSERT OR REPLACE INTO uploads VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![run, repository.as_str(), digest.as_str(), state.id, offset])?;
        }
        Record::NoUpload(repository, digest) => {
            transaction
                .prepare_cached("DELETE FROM uploads WHERE run = ?1 AND repository = ?2 AND digest = ?3")?
                .execute(params![run, repository.as_str(), digest.as_str()])?;
        }
        Record::Image(image) | Record::NotImage(image) => {
            let done = matches!(record, Record::Image(_));
            transaction
                .prepare_cached("UPDATE images SET done = ?3 WHERE run = ?1 AND image = ?2")?
                .execute(params![run, i64::try_from(*image).unwrap_or(i64::MAX), done])?;
        }
    }
    Ok(())
}

fn count(number: usize) -> Result<i64, EngineError> {
    i64::try_from(number).map_err(broken)
}

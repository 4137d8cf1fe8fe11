//! The journal's tables and every statement on them.

use std::{path::Path, time::Duration};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::{Finished, Left, Record, UnfinishedRun, broken};
use crate::{CopyPlan, EngineError};

pub(super) const RUNNING: &str = "running";
pub(super) const CANCELLED: &str = "cancelled";
pub(super) const FAILED: &str = "failed";

/// Each entry brings the schema from its index to the next version.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE runs (
        run TEXT PRIMARY KEY, started TEXT NOT NULL, source TEXT NOT NULL, destination TEXT NOT NULL,
        images INTEGER NOT NULL, state TEXT NOT NULL, plan TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE blobs (
        run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, repository TEXT NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (run, repository, digest)
    ) WITHOUT ROWID;
    CREATE TABLE manifests (
        run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, repository TEXT NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (run, repository, digest)
    ) WITHOUT ROWID;
    CREATE TABLE images (
        run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, image INTEGER NOT NULL,
        PRIMARY KEY (run, image)
    ) WITHOUT ROWID;
"];

/// Opens the database and brings it to the newest schema.
pub(super) fn open(path: &Path) -> Result<Connection, EngineError> {
    let mut connection = Connection::open(path).map_err(broken)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(broken)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")
        .map_err(broken)?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), EngineError> {
    let version = |connection: &Connection| {
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0)).map_err(broken)
    };
    let newest = u32::try_from(MIGRATIONS.len()).map_err(broken)?;
    if version(connection)? == newest {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(broken)?;
    // Another process may have done it while this one waited.
    let from = version(&transaction)?;
    if from > newest {
        return Err(EngineError::Journal("it was written by a newer Longshore".into()));
    }
    for migration in MIGRATIONS.iter().skip(from as usize) {
        transaction.execute_batch(migration).map_err(broken)?;
    }
    transaction.pragma_update(None, "user_version", newest).map_err(broken)?;
    transaction.commit().map_err(broken)
}

pub(super) fn begin(
    connection: &Connection,
    run: &str,
    plan: &CopyPlan,
    json: &str,
) -> Result<(), EngineError> {
    let images = i64::try_from(plan.images.len()).map_err(broken)?;
    connection
        .execute(
            "INSERT INTO runs (run, started, source, destination, images, state, plan) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![run, Utc::now().to_rfc3339(), plan.source, plan.destination, images, RUNNING, json],
        )
        .map(drop)
        .map_err(broken)
}

pub(super) fn set_state(connection: &Connection, run: &str, state: &str) -> Result<(), EngineError> {
    connection.execute("UPDATE runs SET state = ?2 WHERE run = ?1", [run, state]).map(drop).map_err(broken)
}

pub(super) fn forget(connection: &Connection, run: &str) -> Result<(), EngineError> {
    connection.execute("DELETE FROM runs WHERE run = ?1", [run]).map(drop).map_err(broken)
}

/// Writes what was finished, in one transaction.
pub(super) fn write(connection: &mut Connection, run: &str, records: &[Record]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for record in records {
        match record {
            Record::Blob(repository, digest) => transaction
                .prepare_cached("INSERT OR IGNORE INTO blobs VALUES (?1, ?2, ?3)")?
                .execute([run, repository.as_str(), digest.as_str()])?,
            Record::Manifest(repository, digest) => transaction
                .prepare_cached("INSERT OR IGNORE INTO manifests VALUES (?1, ?2, ?3)")?
                .execute([run, repository.as_str(), digest.as_str()])?,
            Record::Image(image) => transaction
                .prepare_cached("INSERT OR IGNORE INTO images VALUES (?1, ?2)")?
                .execute(params![run, i64::try_from(*image).unwrap_or(i64::MAX)])?,
        };
    }
    transaction.commit()
}

pub(super) fn runs(connection: &Connection) -> Result<Vec<UnfinishedRun>, EngineError> {
    let mut statement = connection
        .prepare(
            "SELECT run, started, source, destination, state, images,
                    (SELECT count(*) FROM images WHERE images.run = runs.run) FROM runs ORDER BY started",
        )
        .map_err(broken)?;
    let rows = statement
        .query_map([], |row| {
            let started: String = row.get(1)?;
            let state: String = row.get(4)?;
            Ok(UnfinishedRun {
                run: row.get(0)?,
                started: DateTime::parse_from_rfc3339(&started)
                    .map_or_else(|_| Utc::now(), |t| t.with_timezone(&Utc)),
                source: row.get(2)?,
                destination: row.get(3)?,
                left: match state.as_str() {
                    CANCELLED => Left::Cancelled,
                    FAILED => Left::Failed,
                    _ => Left::Interrupted,
                },
                images: row.get(5)?,
                finished: row.get(6)?,
            })
        })
        .map_err(broken)?;
    rows.collect::<Result<_, _>>().map_err(broken)
}

pub(super) fn finished(connection: &Connection, run: &str) -> Result<Finished, EngineError> {
    let pairs = |sql: &str| -> Result<_, EngineError> {
        let mut statement = connection.prepare(sql).map_err(broken)?;
        let rows = statement
            .query_map([run], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .map_err(broken)?;
        let mut found = std::collections::HashSet::new();
        for row in rows {
            let (repository, digest) = row.map_err(broken)?;
            found.insert((repository.parse().map_err(broken)?, digest.parse().map_err(broken)?));
        }
        Ok(found)
    };
    let mut statement = connection.prepare("SELECT image FROM images WHERE run = ?1").map_err(broken)?;
    let images =
        statement.query_map([run], |row| row.get::<_, u32>(0).map(|image| image as usize)).map_err(broken)?;
    Ok(Finished {
        images: images.collect::<Result<_, _>>().map_err(broken)?,
        blobs: pairs("SELECT repository, digest FROM blobs WHERE run = ?1")?,
        manifests: pairs("SELECT repository, digest FROM manifests WHERE run = ?1")?,
    })
}

//! The journal's tables.

use std::{path::Path, time::Duration};

use rusqlite::Connection;

use super::broken;
use crate::EngineError;

pub(super) const RUNNING: &str = "running";
pub(super) const CANCELLED: &str = "cancelled";
pub(super) const FAILED: &str = "failed";
pub(super) const DONE: &str = "done";

/// Each entry brings the schema from its index to the next version. The second one keeps plans
/// image by image; unfinished runs of the first form are dropped, and their images planned anew.
const MIGRATIONS: [&str; 2] = [
    "
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
    ",
    "
    DROP TABLE images; DROP TABLE manifests; DROP TABLE blobs; DROP TABLE runs;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, started TEXT NOT NULL, ended TEXT,
        source TEXT NOT NULL, destination TEXT NOT NULL, images INTEGER NOT NULL,
        state TEXT NOT NULL, stop INTEGER NOT NULL DEFAULT 0,
        header TEXT NOT NULL, note TEXT, summary TEXT
    );
    CREATE TABLE images (
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, image INTEGER NOT NULL,
        plan TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (run, image)
    ) WITHOUT ROWID;
    CREATE TABLE blobs (
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, repository TEXT NOT NULL,
        digest TEXT NOT NULL, PRIMARY KEY (run, repository, digest)
    ) WITHOUT ROWID;
    CREATE TABLE manifests (
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, repository TEXT NOT NULL,
        digest TEXT NOT NULL, PRIMARY KEY (run, repository, digest)
    ) WITHOUT ROWID;
    CREATE TABLE uploads (
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, repository TEXT NOT NULL,
        digest TEXT NOT NULL, upload TEXT NOT NULL, offset INTEGER NOT NULL,
        PRIMARY KEY (run, repository, digest)
    ) WITHOUT ROWID;
    ",
];

/// Opens the database and brings it to the newest schema.
pub(super) fn open(path: &Path) -> Result<Connection, EngineError> {
    let mut connection = Connection::open(path).map_err(broken)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(broken)?;
    connection
        .execute_batch("PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;")
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

/// A run that was left goes on.
pub(super) fn go_on(connection: &Connection, run: &str) -> Result<(), EngineError> {
    let sql = "UPDATE runs SET state = ?2, ended = NULL, stop = 0 WHERE run = ?1";
    connection.execute(sql, [run, RUNNING]).map(drop).map_err(broken)
}

pub(super) fn ask_to_stop(connection: &Connection, run: &str) -> Result<(), EngineError> {
    let changed = connection.execute("UPDATE runs SET stop = 1 WHERE run = ?1", [run]).map_err(broken)?;
    if changed == 0 { Err(EngineError::NoSuchRun(run.to_owned())) } else { Ok(()) }
}

pub(super) fn is_to_stop(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT stop FROM runs WHERE id = ?1")?
        .query_row([id], |row| row.get::<_, i64>(0).map(|stop| stop != 0))
}

pub(super) fn forget(connection: &Connection, run: &str) -> Result<(), EngineError> {
    connection.execute("DELETE FROM runs WHERE run = ?1", [run]).map(drop).map_err(broken)
}

//! The journal's tables.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig};

use super::{
    broken,
    guard::{self, Open},
};
use crate::{EngineError, EngineErrorKind, private};

/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(5);

pub(super) const RUNNING: &str = "running";
pub(super) const CANCELLED: &str = "cancelled";
pub(super) const FAILED: &str = "failed";
pub(super) const DONE: &str = "done";

/// Each entry migrates the schema from its index to the next version. The second one stores plans
/// image by image; unfinished runs of the first format are dropped, and their images are planned
/// again.
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

/// Opens the database and migrates it to the newest schema. A damaged one, for example after a
/// power failure, is set aside: what it knew of unfinished runs is lost, and copies continue.
pub(super) fn open(path: &Path) -> Result<Open, EngineError> {
    loop {
        let shared = guard::shared(path)?;
        match try_open(path, New::Refused) {
            Ok(connection) => return Ok(Open::new(connection, shared)),
            Err(Unopened::New) => {}
            Err(Unopened::Sqlite(error)) if is_damage(&error) => {}
            Err(error) => return Err(error.named(path)),
        }
        drop(shared);
        let alone = guard::alone(path)?
            .ok_or_else(|| EngineError::here(EngineErrorKind::JournalHeld(path.to_owned())))?;
        // Another process may have created it again in the meantime.
        match try_open(path, New::Made) {
            Err(Unopened::Sqlite(error)) if is_damage(&error) => {
                set_aside(path).map_err(broken)?;
                try_open(path, New::Made).map_err(|error| error.named(path))?;
            }
            opened => drop(opened.map_err(|error| error.named(path))?),
        }
        // Between the exclusive and the shared lock there is a moment without a lock, so it is
        // opened again.
        drop(alone);
    }
}

/// Opens the database for reading, and neither creates nor migrates it; `None` when it has nothing
/// that this version reads. A damaged one is set aside.
pub(super) fn open_to_read(path: &Path) -> Result<Option<Open>, EngineError> {
    let shared = guard::shared(path)?;
    match try_read(path) {
        Ok(Some(connection)) => Ok(Some(Open::new(connection, shared))),
        Ok(None) => Ok(None),
        Err(Unopened::Sqlite(error)) if is_damage(&error) => {
            drop(shared);
            open(path).map(Some)
        }
        Err(error) => Err(error.named(path)),
    }
}

fn try_read(path: &Path) -> Result<Option<Connection>, Unopened> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    match usize::try_from(version(&connection)?) {
        Ok(version) if version == MIGRATIONS.len() => Ok(Some(connection)),
        // The migration drops the runs of the first format.
        Ok(version) if version < MIGRATIONS.len() => Ok(None),
        _ => Err(Unopened::Newer),
    }
}

/// Whether tables are created in a database that has none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum New {
    Made,
    Refused,
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("it was written by a newer Longshore")]
    Newer,
    #[error("it has no tables yet")]
    New,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Unopened {
    fn named(self, path: &Path) -> EngineError {
        match self {
            Self::Newer => EngineError::here(EngineErrorKind::JournalNewer(path.to_owned())),
            other => broken(other),
        }
    }
}

/// Only for a process that holds the exclusive lock.
fn set_aside(path: &Path) -> std::io::Result<()> {
    tracing::warn!(
        target: "longshore::notice",
        "the journal {} is damaged; it is set aside and a new one is begun", path.display()
    );
    let aside = path.with_extension("damaged");
    // The database last: after a stop in between, it is still found damaged.
    for suffix in ["-wal", "-shm", ""] {
        let name = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        match std::fs::rename(name(path), name(&aside)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn try_open(path: &Path, new: New) -> Result<Connection, Unopened> {
    if new == New::Made {
        private::make_file(path)?;
    }
    // Without CREATE: only the holder of the exclusive lock creates the file.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = match Connection::open_with_flags(path, flags) {
        Err(_) if new == New::Refused && !path.exists() => return Err(Unopened::New),
        opened => opened?,
    };
    connection.busy_timeout(BUSY)?;
    // The end of a run does not wait for the disk: what is in the log is as safe as in the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if version(&connection)? == 0 {
        if new == New::Refused {
            return Err(Unopened::New);
        }
        // A new file has nothing to lose yet, and on a busy disk each flush takes long.
        connection.execute_batch("PRAGMA synchronous = OFF;")?;
    }
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;")?;
    if version(&connection)? != MIGRATIONS.len() as i64 {
        migrate(&mut connection)?;
    }
    connection.execute_batch("PRAGMA synchronous = NORMAL;")?;
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn migrate(connection: &mut Connection) -> Result<(), Unopened> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have migrated it while this one waited.
    let from = usize::try_from(version(&transaction)?).map_err(|_| Unopened::Newer)?;
    if from > MIGRATIONS.len() {
        return Err(Unopened::Newer);
    }
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(from) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", i64::try_from(at + 1).unwrap_or(i64::MAX))?;
    }
    transaction.commit()?;
    Ok(())
}

/// Marks a stopped run as resumed.
pub(super) fn go_on(connection: &Connection, run: &str) -> Result<(), EngineError> {
    let sql = "UPDATE runs SET state = ?2, ended = NULL, stop = 0 WHERE run = ?1";
    connection.execute(sql, [run, RUNNING]).map(drop).map_err(broken)
}

pub(super) fn ask_to_stop(connection: &Connection, run: &str) -> Result<(), EngineError> {
    let changed = connection.execute("UPDATE runs SET stop = 1 WHERE run = ?1", [run]).map_err(broken)?;
    if changed == 0 { Err(EngineError::here(EngineErrorKind::NoSuchRun(run.to_owned()))) } else { Ok(()) }
}

pub(super) fn is_to_stop(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT stop FROM runs WHERE id = ?1")?
        .query_row([id], |row| row.get::<_, i64>(0).map(|stop| stop != 0))
}

pub(super) fn forget(connection: &Connection, run: &str) -> Result<(), EngineError> {
    connection.execute("DELETE FROM runs WHERE run = ?1", [run]).map(drop).map_err(broken)
}

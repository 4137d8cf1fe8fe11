//! Coordinates the processes that have the journal's files open.
//!
//! SQLite stores a database in several files and maps one of them into memory. The files can be set
//! aside only while no process has them open: such a process would write into files that no longer
//! belong together, or crash when they disappear (SIGBUS). So every process that opens the database
//! holds a shared lock on `journal.db-lock` for as long, and a process that creates the database or
//! sets it aside holds an exclusive one. The system releases the lock however a process ends.

use std::{
    fs::{File, TryLockError},
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::broken;
use crate::{EngineError, private};

/// How long other processes may have the journal open before that is reported.
const PATIENCE: Duration = Duration::from_secs(10);
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// An open journal. While it exists, no process sets the files aside.
#[derive(Debug)]
pub(crate) struct Open {
    // Dropped in this order: the files are closed before the lock is released.
    connection: Connection,
    _shared: File,
}

impl Open {
    pub(super) fn new(connection: Connection, shared: File) -> Self {
        Self { connection, _shared: shared }
    }
}

impl Deref for Open {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Open {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

/// The lock of a process that opens the database. Waits while the database is created or set aside,
/// which is short.
pub(super) fn shared(database: &Path) -> Result<File, EngineError> {
    let file = private::lock_file(&path(database)).map_err(broken)?;
    file.lock_shared().map_err(broken)?;
    Ok(file)
}

/// The exclusive lock on the files; `None` when others have them open for long.
pub(super) fn alone(database: &Path) -> Result<Option<File>, EngineError> {
    let file = private::lock_file(&path(database)).map_err(broken)?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(error)) => return Err(broken(error)),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= PATIENCE => return Ok(None),
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
        }
    }
}

fn path(database: &Path) -> PathBuf {
    database.with_extension("db-lock")
}

//! Ownership of a run.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use super::broken;
use crate::{EngineError, EngineErrorKind, private};

/// A process that only checks whether a run is owned holds the lock for an instant.
const TRIES: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The lock on a run. The system releases it when the process ends; the file is removed on drop.
#[derive(Debug)]
pub(crate) struct Lease {
    _file: File,
    path: PathBuf,
}

impl Lease {
    /// Takes the lock; `None` when another process holds it.
    pub(crate) fn take(directory: &Path, run: &str) -> Result<Option<Self>, EngineError> {
        if run.is_empty() || !run.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(EngineError::here(EngineErrorKind::NoSuchRun(run.chars().take(64).collect())));
        }
        let path = directory.join(format!("{run}.lock"));
        loop {
            let file = private::lock_file(&path).map_err(broken)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok(Some(Self { _file: file, path })),
                // It was removed between opening and locking: a lock on it excludes no one.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(broken(error)),
            }
        }
    }

    /// Takes the lock, even if another process holds it for an instant. Blocks the thread.
    pub(crate) fn take_patiently(directory: &Path, run: &str) -> Result<Option<Self>, EngineError> {
        for _ in 1..TRIES {
            if let Some(lease) = Self::take(directory, run)? {
                return Ok(Some(lease));
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
        Self::take(directory, run)
    }
}

impl Drop for Lease {
    /// The file is removed while it is still locked, so it is never another process's lock.
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "a run's lock file could not be removed");
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(own), Ok(there)) => own.dev() == there.dev() && own.ino() == there.ino(),
        _ => false,
    }
}

/// On other systems an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

//! Who owns a run.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use super::broken;
use crate::{EngineError, private};

/// Somebody who only looks whether a run is owned has the lock for an instant.
const TRIES: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The lock on a run. The system lets go of it when the process ends; the file goes with the value.
#[derive(Debug)]
pub(crate) struct Lease {
    _file: File,
    path: PathBuf,
}

impl Lease {
    /// Takes the lock; `None` when somebody has it.
    pub(crate) fn take(directory: &Path, run: &str) -> Result<Option<Self>, EngineError> {
        if run.is_empty() || !run.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(EngineError::NoSuchRun(run.chars().take(64).collect()));
        }
        let path = directory.join(format!("{run}.lock"));
        loop {
            let file = private::lock_file(&path).map_err(broken)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok(Some(Self { _file: file, path })),
                // It was removed between opening and locking: a lock on it locks nobody out.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(broken(error)),
            }
        }
    }

    /// Takes the lock, also when somebody has it for an instant. Blocks the thread.
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
    /// The file is removed while it is still locked, so nobody else's is.
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "a run's lock file stays");
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

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

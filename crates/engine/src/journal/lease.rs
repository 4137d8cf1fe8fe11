//! Who owns a run.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use super::broken;
use crate::EngineError;

/// The lock on a run. The system lets go of it when the process ends.
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
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(broken)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file, path })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(broken(error)),
        }
    }

    /// Lets go for good: the run is finished.
    pub(crate) fn end(self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "a finished run's lock file stays");
        }
    }
}

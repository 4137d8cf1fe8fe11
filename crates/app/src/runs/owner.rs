//! Which process a run belongs to, when commands work beside a window.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use fs2::FileExt;
use longshore_engine::private;

use crate::api::ApiError;

/// A process that runs plans: the lock on a file of its own. The system releases it when the process ends;
/// the file is removed on drop.
pub(crate) struct Owner {
    name: String,
    path: PathBuf,
    _file: File,
}

impl Owner {
    /// Takes the lock.
    ///
    /// # Errors
    /// When the data directory cannot be written.
    pub(crate) fn take(directory: &Path) -> Result<Self, ApiError> {
        let name = uuid::Uuid::now_v7().simple().to_string();
        let path = file(directory, &name);
        let taken = private::lock_file(&path).and_then(|file| file.try_lock_exclusive().map(|()| file));
        let file = taken.map_err(|error| crate::data_directory::unwritable(directory, &error))?;
        Ok(Self { name, path, _file: file })
    }

    /// Its name in the database.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the lock file of a command could not be removed");
        }
    }
}

/// Whether the process of that name still runs.
pub(super) fn is_alive(directory: &Path, name: &str) -> bool {
    let Ok(file) = File::open(file(directory, name)) else { return false };
    file.try_lock_shared().is_err()
}

fn file(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("command-{name}.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_alive_as_long_as_it_has_its_lock() {
        let directory = tempfile::tempdir().unwrap();
        let owner = Owner::take(directory.path()).unwrap();
        let name = owner.name().to_owned();
        assert!(is_alive(directory.path(), &name));
        drop(owner);
        assert!(!is_alive(directory.path(), &name));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}

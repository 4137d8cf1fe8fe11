//! Where the app keeps what it knows.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use fs2::FileExt;

use crate::api::{ApiError, Side};

/// The file whose lock says that an app has the directory open.
const LOCK: &str = "longshore.lock";

/// The data directory: `LONGSHORE_DATA_DIR` if set, otherwise `longshore` in the user's data
/// folder (XDG Base Directory specification: `$XDG_DATA_HOME`, by default `~/.local/share`).
/// The window and the command line use the same one. `None` when the user has no home.
pub fn default_data_directory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("LONGSHORE_DATA_DIR").or_else(|| {
        absolute("XDG_DATA_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
            .map(|folder| folder.join("longshore"))
    })
}

/// Makes the directory, proves that it can be written, and takes its lock, which is held as long
/// as the file is open.
pub(crate) fn lock(directory: &Path) -> Result<File, ApiError> {
    let failed = |error: io::Error| unwritable(directory, &error);
    make(directory).map_err(failed)?;
    let path = directory.join(LOCK);
    let mut file =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).map_err(failed)?;
    if let Err(error) = file.try_lock_exclusive() {
        if error.kind() != io::ErrorKind::WouldBlock {
            return Err(failed(error));
        }
        let text = format!("Another Longshore has {} open.", directory.display());
        return Err(ApiError::new("data-directory-in-use", Side::ThisMachine, text)
            .hint("Use its window, close it first, or set LONGSHORE_DATA_DIR to another directory."));
    }
    file.set_len(0)
        .and_then(|()| write!(file, "{}", std::process::id()))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(file)
}

#[cfg(unix)]
fn make(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

#[cfg(not(unix))]
fn make(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

fn unwritable(directory: &Path, error: &io::Error) -> ApiError {
    let directory = directory.display();
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        let text = format!("The disk with the data directory {directory} is full.");
        return ApiError::new("disk-full", Side::ThisMachine, text).hint("Make room and try again.");
    }
    let text = format!("The data directory {directory} cannot be written: {error}.");
    ApiError::new("data-directory-unwritable", Side::ThisMachine, text)
        .hint("Check its rights, or set LONGSHORE_DATA_DIR to another directory.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let first = lock(directory.path()).unwrap();
        assert_eq!(lock(directory.path()).unwrap_err().code, "data-directory-in-use");
        drop(first);
        lock(directory.path()).unwrap();
    }

    #[test]
    fn a_file_in_its_place_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let error = lock(&file).unwrap_err();
        assert_eq!(error.code, "data-directory-unwritable");
        assert!(error.message.contains("file"), "{error}");
    }
}

//! Where the app stores its data.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use fs2::FileExt;
use longshore_engine::private::{self, PrivateError};

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

/// Creates a data directory, or restricts an existing one that others could read to its owner: mode
/// 0700, files 0600, independent of the umask. Every program calls this before it opens anything in
/// it.
///
/// # Errors
/// `data-directory-link` and `data-directory-foreign` when another user could decide what is in it;
/// `data-directory-unwritable`, `disk-full`.
pub fn prepare_data_directory(directory: &Path) -> Result<(), ApiError> {
    private::own_directory(directory).map_err(|error| refused(directory, &error))
}

/// As [`prepare_data_directory`], for readers only: a missing directory is not created.
///
/// # Errors
/// As [`prepare_data_directory`].
pub fn repair_data_directory(directory: &Path) -> Result<(), ApiError> {
    private::own_existing_directory(directory).map_err(|error| refused(directory, &error))
}

/// Prepares the directory, verifies that it is writable, and takes its lock, which is held as long
/// as the file is open.
pub(crate) fn lock(directory: &Path) -> Result<File, ApiError> {
    prepare_data_directory(directory)?;
    let failed = |error: io::Error| unwritable(directory, &error);
    let mut file = private::lock_file(&directory.join(LOCK)).map_err(failed)?;
    if let Err(error) = file.try_lock_exclusive() {
        if error.kind() != io::ErrorKind::WouldBlock {
            return Err(failed(error));
        }
        let text = format!("Another instance of Longshore has {} open.", directory.display());
        return Err(ApiError::new("data-directory-in-use", Side::ThisMachine, text));
    }
    file.set_len(0)
        .and_then(|()| write!(file, "{}", std::process::id()))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(file)
}

fn refused(directory: &Path, error: &PrivateError) -> ApiError {
    let shown = directory.display();
    match error {
        PrivateError::Io(error) => unwritable(directory, error),
        PrivateError::Link(_) => {
            let text = format!("The data directory {shown} is a symbolic link.");
            ApiError::new("data-directory-link", Side::ThisMachine, text)
        }
        PrivateError::Foreign(_) => {
            let text = format!("The data directory {shown} belongs to another user.");
            ApiError::new("data-directory-foreign", Side::ThisMachine, text)
        }
    }
}

/// The data directory cannot be written.
pub(crate) fn unwritable(directory: &Path, error: &io::Error) -> ApiError {
    let directory = directory.display();
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        let text = format!("The disk with the data directory {directory} is full.");
        return ApiError::new("disk-full", Side::ThisMachine, text);
    }
    let text = format!("The data directory {directory} cannot be written: {error}.");
    ApiError::new("data-directory-unwritable", Side::ThisMachine, text)
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
        std::fs::write(&file, "").unwrap();
        let error = lock(&file).unwrap_err();
        assert_eq!(error.code, "data-directory-unwritable");
        assert!(error.message.contains("file"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn one_that_others_could_read_is_repaired_and_a_link_is_told() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (data, link) = (folder.path().join("data"), folder.path().join("link"));
        std::fs::create_dir(&data).unwrap();
        std::fs::set_permissions(&data, PermissionsExt::from_mode(0o755)).unwrap();
        drop(lock(&data).unwrap());
        drop(crate::db::Db::open(&data).unwrap());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        for entry in std::fs::read_dir(&data).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        symlink(&data, &link).unwrap();
        for refused in [lock(&link).unwrap_err(), repair_data_directory(&link).unwrap_err()] {
            assert_eq!(refused.code, "data-directory-link");
        }
        repair_data_directory(&folder.path().join("none")).unwrap();
        assert!(!folder.path().join("none").exists());
    }
}

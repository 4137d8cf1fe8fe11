//! Directories and files that only their owner can read, whatever the umask is.
//!
//! The window, the command line, logs and the journal all use this module before they open anything
//! in the data directory.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Why a directory is not used for private data.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// Anyone who can change the link decides where the data is.
    #[error("{0} is a symbolic link")]
    Link(PathBuf),
    /// Another user can read and replace what is in it.
    #[error("{0} belongs to another user")]
    Foreign(PathBuf),
    /// It cannot be created, read or changed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Creates a directory with mode 0700 if there is none. An existing one stays as it is, because it
/// may have another purpose too.
///
/// # Errors
/// When it cannot be created.
pub fn make_directory(path: &Path) -> io::Result<()> {
    loop {
        match fs::metadata(path) {
            Ok(known) if known.is_dir() => return Ok(()),
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent)?;
        }
        match create(path) {
            // Two first starts at once: the other one created it. A dangling link is no directory.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !path.is_symlink() => {}
            created => {
                created?;
                // The umask may have removed rights that the owner needs.
                return restrict(path, 0o700);
            }
        }
    }
}

/// Creates a directory that has no other purpose than private data, or restricts an existing one
/// and its content to the owner: 0700, and 0600 for files.
///
/// # Errors
/// When it is a link, belongs to another user, or cannot be created.
pub fn own_directory(path: &Path) -> Result<(), PrivateError> {
    match examined(path) {
        Err(PrivateError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
            make_directory(path)?;
            examined(path)?;
        }
        known => known?,
    }
    repair(path, 2)?;
    Ok(())
}

/// As [`own_directory`] for an existing directory; a missing one is not created.
///
/// # Errors
/// As [`own_directory`].
pub fn own_existing_directory(path: &Path) -> Result<(), PrivateError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => own_directory(path),
    }
}

/// Creates an empty file with mode 0600 if there is none. An existing file is not opened: closing
/// it would release SQLite's locks for the rest of the process.
///
/// # Errors
/// When it cannot be created.
pub fn make_file(path: &Path) -> io::Result<()> {
    match options().write(true).create_new(true).open(path) {
        Ok(_) => restrict(path, 0o600),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens a file for locking; a new one has mode 0600.
///
/// # Errors
/// When it cannot be opened.
pub fn lock_file(path: &Path) -> io::Result<File> {
    make_file(path)?;
    options().create(true).truncate(false).read(true).write(true).open(path)
}

/// Makes the files that this process creates from now on private to its user, including those of
/// libraries.
pub fn make_files_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Whether a directory may be used.
#[cfg(unix)]
fn examined(path: &Path) -> Result<(), PrivateError> {
    use std::os::unix::fs::MetadataExt;
    let known = fs::symlink_metadata(path)?;
    if known.file_type().is_symlink() {
        return Err(PrivateError::Link(path.to_owned()));
    }
    if !known.is_dir() {
        return Err(io::Error::from(io::ErrorKind::NotADirectory).into());
    }
    if known.uid() != rustix::process::geteuid().as_raw() {
        return Err(PrivateError::Foreign(path.to_owned()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn examined(path: &Path) -> Result<(), PrivateError> {
    let known = fs::metadata(path)?;
    if known.is_dir() { Ok(()) } else { Err(io::Error::from(io::ErrorKind::NotADirectory).into()) }
}

/// Removes the rights of others from a directory and its content, this many levels deep. Links are
/// not followed.
#[cfg(unix)]
fn repair(directory: &Path, levels: usize) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let known = fs::symlink_metadata(directory)?;
    if known.permissions().mode() & 0o777 != 0o700 {
        tracing::warn!(directory = %directory.display(), "others could read it; now they cannot");
        restrict(directory, 0o700)?;
    }
    if levels == 0 {
        return Ok(());
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let repaired = match entry.metadata() {
            Ok(known) if known.is_dir() => repair(&entry.path(), levels - 1),
            Ok(known) if known.is_file() && known.permissions().mode() & 0o077 != 0 => {
                restrict(&entry.path(), 0o600)
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        // A lock or a log of another process may be deleted at any time.
        if let Err(error) = repaired
            && !gone(&error)
        {
            return Err(error);
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn repair(_directory: &Path, _levels: usize) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_directory_and_its_files_are_the_owners() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("deep/er/data");
        own_directory(&data).unwrap();
        make_file(&data.join("a.db")).unwrap();
        lock_file(&data.join("a.lock")).unwrap();
        assert_eq!((mode(&data), mode(&data.join("a.db"))), (0o700, 0o600));
        assert_eq!(mode(&data.join("a.lock")), 0o600);
    }

    #[test]
    fn one_that_others_could_read_is_repaired_with_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir_all(data.join("logs")).unwrap();
        for file in ["longshore.db", "longshore.db-wal", "logs/longshore.log"] {
            fs::write(data.join(file), "x").unwrap();
            restrict(&data.join(file), 0o644).unwrap();
        }
        let outside = folder.path().join("outside");
        fs::write(&outside, "x").unwrap();
        restrict(&outside, 0o644).unwrap();
        symlink(&outside, data.join("link")).unwrap();
        for wrong in [0o755, 0o777, 0o500] {
            restrict(&data, wrong).unwrap();
            own_directory(&data).unwrap();
            assert_eq!(mode(&data), 0o700);
        }
        assert_eq!(mode(&data.join("logs")), 0o700);
        for file in ["longshore.db", "longshore.db-wal", "logs/longshore.log"] {
            assert_eq!(mode(&data.join(file)), 0o600, "{file}");
        }
        assert_eq!(mode(&outside), 0o644, "a link leads to another user's file");
    }

    #[test]
    fn a_link_and_another_users_directory_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (data, link) = (folder.path().join("data"), folder.path().join("link"));
        fs::create_dir(&data).unwrap();
        symlink(&data, &link).unwrap();
        assert!(matches!(own_directory(&link), Err(PrivateError::Link(path)) if path == link));
        // Only root can change a directory's owner; other users test with the root of the file
        // system.
        let foreign = if std::os::unix::fs::chown(&data, Some(12_345), None).is_ok() {
            data
        } else {
            PathBuf::from("/")
        };
        assert!(matches!(own_directory(&foreign), Err(PrivateError::Foreign(path)) if path == foreign));
    }

    #[test]
    fn an_existing_directory_of_another_purpose_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        restrict(folder.path(), 0o755).unwrap();
        make_directory(folder.path()).unwrap();
        assert_eq!(mode(folder.path()), 0o755);
        symlink(folder.path(), folder.path().join("link")).unwrap();
        make_directory(&folder.path().join("link")).unwrap();
        own_existing_directory(&folder.path().join("none")).unwrap();
        assert!(!folder.path().join("none").exists());
    }
}

//! The files of a layout: found without leaving it, written whole or not at all.

use std::{
    fs::{self, TryLockError},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use longshore_names::Digest;
use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempPath};

use crate::{
    Descriptor, Error, MAX_MANIFEST_BYTES, Manifest, RegistryErrorKind, digest_of, layout::index::Index,
    local::failed, model::media_types,
};

const LAYOUT_FILE: &str = "oci-layout";
const VERSION: &str = "1.0.0";
const INDEX_FILE: &str = "index.json";
/// Enough for more than a million entries.
const MAX_INDEX_BYTES: u64 = 512 * 1024 * 1024;
const TEMPORARY: &str = ".longshore-";
/// A temporary file that is older than this is no longer being written.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);
/// Another process holds the lock while it writes one file.
const LOCK_TIME: Duration = Duration::from_secs(60);
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// `O_NOFOLLOW | O_NONBLOCK`: neither a link nor a pipe that took the file's place is opened.
#[cfg(unix)]
const NO_LINK_NO_WAIT: i32 = libc::O_NOFOLLOW | libc::O_NONBLOCK;

/// A directory that is a layout or will be one.
pub(crate) struct Files {
    /// The endpoint's name, for errors.
    pub(crate) name: String,
    /// The directory's canonical path.
    pub(crate) root: PathBuf,
}

/// A version of `index.json`, as far as the file system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    changed: Option<SystemTime>,
    #[cfg(unix)]
    file: u64,
}

impl Stamp {
    fn of(data: &fs::Metadata) -> Self {
        Self {
            length: data.len(),
            changed: data.modified().ok(),
            #[cfg(unix)]
            file: std::os::unix::fs::MetadataExt::ino(data),
        }
    }
}

impl Files {
    pub(crate) fn fail(&self, doing: &str, path: &Path, error: &io::Error) -> Error {
        failed(&self.name, doing, path, error)
    }

    pub(crate) fn local(&self, message: String) -> Error {
        RegistryErrorKind::Local { message }.at(self.name.clone())
    }

    /// Whether the layout exists; an error when something else is in its place.
    pub(crate) fn is_there(&self) -> Result<bool, Error> {
        let path = self.root.join(LAYOUT_FILE);
        let mut text = Vec::new();
        match self.inside(&path)? {
            None => {
                let others = match fs::read_dir(&self.root) {
                    Ok(mut entries) => entries.any(|entry| {
                        entry.is_ok_and(|entry| !entry.file_name().to_string_lossy().starts_with(TEMPORARY))
                    }),
                    Err(error) if error.kind() == ErrorKind::NotFound => false,
                    Err(error) => return Err(self.fail("cannot read", &self.root, &error)),
                };
                if others {
                    // Another process made the layout between the two checks; it writes this file
                    // first.
                    if self.inside(&path)?.is_some() {
                        return self.is_there();
                    }
                    return Err(self.local("the directory has files and is not an OCI image layout".into()));
                }
                return Ok(false);
            }
            Some(file) => {
                file.take(4096).read_to_end(&mut text).map_err(|e| self.fail("cannot read", &path, &e))?
            }
        };
        let version = serde_json::from_slice::<Value>(&text)
            .ok()
            .and_then(|layout| layout.get("imageLayoutVersion")?.as_str().map(str::to_owned));
        match version.as_deref() {
            Some(VERSION) => Ok(true),
            Some(other) => {
                let other = longshore_names::shown(other, 40);
                Err(self.local(format!("version `{other}` of the OCI image layout is not known")))
            }
            None => Err(self.local(format!("`{LAYOUT_FILE}` does not say which version it is"))),
        }
    }

    /// Creates the layout if it does not exist; `true` when it was created now.
    pub(crate) fn create(&self) -> Result<bool, Error> {
        if self.is_there()? && self.stamp()?.is_some() {
            return Ok(false);
        }
        fs::create_dir_all(&self.root).map_err(|e| self.fail("cannot make", &self.root, &e))?;
        let _lock = self.lock()?;
        let created = !self.is_there()?;
        // First, because this file makes it a layout: an interrupted creation is finished from
        // here.
        let version = json!({"imageLayoutVersion": VERSION}).to_string();
        self.replace(&self.root.join(LAYOUT_FILE), version.as_bytes())?;
        let blobs = self.root.join("blobs").join("sha256");
        fs::create_dir_all(&blobs).map_err(|e| self.fail("cannot make", &blobs, &e))?;
        self.sync_folder(&blobs)?;
        self.sync_folder(&self.root.join("blobs"))?;
        if self.stamp()?.is_none() {
            let index = Index::empty().to_bytes().map_err(|e| self.local(e.to_string()))?;
            self.write_index(&index)?;
        }
        Ok(created)
    }

    /// Only one process changes the index at a time. The lock is released when the file is closed.
    pub(crate) fn lock(&self) -> Result<fs::File, Error> {
        let path = self.lock_path();
        let fail = |error: &io::Error| self.fail("cannot lock", &path, error);
        let file = self.open_lock(&path)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(fail(&error)),
                Err(TryLockError::WouldBlock) if begun.elapsed() > LOCK_TIME => {
                    let seconds = LOCK_TIME.as_secs();
                    let path = path.display();
                    return Err(self.local(format!("another process has held `{path}` for {seconds} s")));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            }
        }
    }

    /// Opens the file to lock, but never follows a link: another program could have put a link or a
    /// pipe in its place, which would create something else or wait for it.
    fn open_lock(&self, path: &Path) -> Result<fs::File, Error> {
        let fail = |error: &io::Error| self.fail("cannot lock", path, error);
        let wrong = || self.local(format!("`{}` is not a regular file; remove it", path.display()));
        let mut options = fs::File::options();
        options.write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NO_LINK_NO_WAIT);
        for _ in 0..2 {
            match fs::symlink_metadata(path) {
                Ok(data) if !data.is_file() => return Err(wrong()),
                Ok(_) => match options.open(path) {
                    Ok(file) if file.metadata().is_ok_and(|data| data.is_file()) => return Ok(file),
                    Ok(_) => return Err(wrong()),
                    // It was removed in the meantime.
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    Err(error) => return Err(fail(&error)),
                },
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(fail(&error)),
                Err(_) => match fs::File::options().write(true).create_new(true).open(path) {
                    Ok(file) => return Ok(file),
                    // Another process has just created it.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                    Err(error) => return Err(fail(&error)),
                },
            }
        }
        Err(wrong())
    }

    /// Removes what killed programs left behind. A failure does no harm.
    pub(crate) fn sweep(&self) {
        for folder in [self.root.clone(), self.root.join("blobs/sha256"), self.root.join("blobs/sha512")] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let ours = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
                let age = entry.metadata().and_then(|data| data.modified()).map(|time| time.elapsed());
                if ours && entry.path() != self.lock_path() && matches!(age, Ok(Ok(age)) if age > ABANDONED) {
                    fs::remove_file(entry.path()).ok();
                }
            }
        }
    }

    /// The file that writers of `index.json` lock.
    fn lock_path(&self) -> PathBuf {
        self.root.join(format!("{TEMPORARY}lock"))
    }

    pub(crate) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs").join(digest.algorithm().as_str()).join(digest.hex())
    }

    /// Opens a file of the layout; `None` when it does not exist. Links may not lead out of the
    /// layout, and only regular files are opened (a pipe would never end).
    fn inside(&self, path: &Path) -> Result<Option<fs::File>, Error> {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(self.fail("cannot read", path, &error)),
        };
        if !real.starts_with(&self.root) {
            return Err(self.local(format!("`{}` is a link that leads out of the layout", path.display())));
        }
        let data = fs::symlink_metadata(&real).map_err(|e| self.fail("cannot read", path, &e))?;
        if !data.is_file() {
            return Err(self.local(format!("`{}` is not a file", path.display())));
        }
        fs::File::open(&real).map(Some).map_err(|error| self.fail("cannot read", path, &error))
    }

    /// A blob's file and its size.
    pub(crate) fn open_blob(&self, digest: &Digest) -> Result<Option<(fs::File, u64)>, Error> {
        let path = self.blob_path(digest);
        let Some(file) = self.inside(&path)? else { return Ok(None) };
        let size = file.metadata().map_err(|e| self.fail("cannot read", &path, &e))?.len();
        Ok(Some((file, size)))
    }

    /// A manifest whose bytes match its digest. `media_type` is its type, if known from elsewhere.
    pub(crate) fn manifest(
        &self,
        digest: &Digest,
        media_type: Option<&str>,
    ) -> Result<Option<Manifest>, Error> {
        let Some((file, size)) = self.open_blob(digest)? else { return Ok(None) };
        let limit = MAX_MANIFEST_BYTES;
        if size > limit as u64 {
            let (registry, what) = (self.name.clone(), format!("manifest {digest}"));
            return Err(RegistryErrorKind::TooLarge { what, limit }.at(registry));
        }
        let mut bytes = Vec::with_capacity(size as usize);
        let read = file.take(limit as u64).read_to_end(&mut bytes);
        read.map_err(|error| self.fail("cannot read", &self.blob_path(digest), &error))?;
        let actual = digest_of(digest.algorithm(), &bytes);
        if actual != *digest {
            let (registry, expected) = (self.name.clone(), digest.clone());
            return Err(RegistryErrorKind::DigestMismatch { expected, actual }.at(registry));
        }
        let media_type = match media_type {
            Some(known) => known.to_owned(),
            None => media_types::of_document(&bytes).ok_or_else(|| {
                RegistryErrorKind::NotFound {
                    repository: String::new(),
                    what: format!("manifest {digest}: these bytes are not a manifest"),
                }
                .at(self.name.clone())
            })?,
        };
        Ok(Some(Manifest { media_type, bytes: Bytes::from(bytes), digest: digest.clone() }))
    }

    /// The version of `index.json`; `None` when there is none.
    pub(crate) fn stamp(&self) -> Result<Option<Stamp>, Error> {
        let path = self.root.join(INDEX_FILE);
        match fs::metadata(&path) {
            Ok(data) => Ok(Some(Stamp::of(&data))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(self.fail("cannot read", &path, &error)),
        }
    }

    pub(crate) fn read_index(&self) -> Result<Option<(Stamp, Vec<u8>)>, Error> {
        let path = self.root.join(INDEX_FILE);
        let Some(file) = self.inside(&path)? else { return Ok(None) };
        let data = file.metadata().map_err(|e| self.fail("cannot read", &path, &e))?;
        let mut bytes = Vec::new();
        file.take(MAX_INDEX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| self.fail("cannot read", &path, &e))?;
        if bytes.len() as u64 > MAX_INDEX_BYTES {
            let (registry, limit) = (self.name.clone(), MAX_INDEX_BYTES as usize);
            return Err(RegistryErrorKind::TooLarge { what: INDEX_FILE.to_owned(), limit }.at(registry));
        }
        Ok(Some((Stamp::of(&data), bytes)))
    }

    pub(crate) fn write_index(&self, bytes: &[u8]) -> Result<(), Error> {
        self.replace(&self.root.join(INDEX_FILE), bytes)
    }

    /// A file beside `target` that will take its place.
    pub(crate) fn temporary(&self, target: &Path) -> Result<NamedTempFile, Error> {
        let folder = target.parent().unwrap_or(&self.root);
        if !folder.is_dir() {
            fs::create_dir_all(folder).map_err(|error| self.fail("cannot make", folder, &error))?;
            self.sync_folder(folder)?;
        }
        let real = fs::canonicalize(folder).map_err(|error| self.fail("cannot read", folder, &error))?;
        if !real.starts_with(&self.root) {
            return Err(self.local(format!("`{}` is a link that leads out of the layout", folder.display())));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY).suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(&real).map_err(|error| self.fail("cannot write", target, &error))
    }

    pub(crate) fn rename_into_place(&self, temporary: TempPath, target: &Path) -> Result<(), Error> {
        temporary.persist(target).map_err(|error| self.fail("cannot write", target, &error.error))?;
        self.sync_folder(target)
    }

    /// Makes a rename durable: otherwise a power cut could undo it after it was reported.
    fn sync_folder(&self, target: &Path) -> Result<(), Error> {
        let folder = target.parent().unwrap_or(&self.root);
        let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
        match synced {
            Ok(()) => Ok(()),
            // Some network file systems do not support this for folders.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            Err(error) => Err(self.fail("cannot write", target, &error)),
        }
    }

    /// Writes a file so that others see the old bytes or the new ones, never a mixture.
    fn replace(&self, target: &Path, bytes: &[u8]) -> Result<(), Error> {
        let mut temporary = self.temporary(target)?;
        let written = temporary.write_all(bytes).and_then(|()| temporary.as_file().sync_all());
        written.map_err(|error| self.fail("cannot write", target, &error))?;
        self.rename_into_place(temporary.into_temp_path(), target)
    }

    pub(crate) fn write_blob(&self, digest: &Digest, bytes: &[u8]) -> Result<(), Error> {
        self.replace(&self.blob_path(digest), bytes)
    }

    pub(crate) fn remove_blob(&self, digest: &Digest) -> Result<bool, Error> {
        let path = self.blob_path(digest);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.fail("cannot delete", &path, &error)),
        }
    }

    /// Whether a blob of this size exists.
    pub(crate) fn has(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        Ok(self.open_blob(&descriptor.digest)?.is_some_and(|(_, size)| size == descriptor.size))
    }
}

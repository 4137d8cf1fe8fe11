//! Writing files so that a crash leaves the old content or the new, never a mixture.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::error::{IoContext, SandboxError, StorageError};

/// Creates a directory with its parents, for the user only.
pub(crate) fn create_dirs(path: &Path) -> Result<(), StorageError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).at("create", path)
}

/// Makes a rename, creation or removal inside `directory` durable.
pub(crate) fn sync_dir(directory: &Path) -> Result<(), StorageError> {
    File::open(directory).and_then(|d| d.sync_all()).at("sync", directory)
}

/// Replaces `path` with `content`, readable by the user only.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), StorageError> {
    swap(path, content, true)?;
    sync_dir(path.parent().unwrap_or(path))
}

/// As [`replace`], for content that may be lost in a power cut (but not after a kill).
pub(crate) fn replace_soon(path: &Path, content: &[u8]) -> Result<(), StorageError> {
    swap(path, content, false)
}

fn swap(path: &Path, content: &[u8], synced: bool) -> Result<(), StorageError> {
    let temporary = path.with_extension(format!("{}.tmp", uuid::Uuid::now_v7().simple()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(content)?;
        if synced {
            file.sync_all()?;
        }
        fs::rename(&temporary, path)
    })();
    if let Err(source) = written {
        let _ = fs::remove_file(&temporary);
        return Err(StorageError::new("write", path, source));
    }
    Ok(())
}

/// Replaces `path` with `document` as JSON.
pub(crate) fn replace_json(path: &Path, document: &impl Serialize) -> Result<(), StorageError> {
    replace(path, &json(path, document)?)
}

/// The text of a JSON document that goes to `path`.
pub(crate) fn json(path: &Path, document: &impl Serialize) -> Result<Vec<u8>, StorageError> {
    serde_json::to_vec_pretty(document).map_err(io::Error::other).at("serialise", path)
}

/// Reads a JSON document; `None` when the file does not exist.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, SandboxError> {
    let mut text = Vec::new();
    match File::open(path).and_then(|mut f| f.read_to_end(&mut text)) {
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(StorageError::new("read", path, e).into()),
    }
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|e| SandboxError::Corrupt { path: path.to_owned(), problem: e.to_string() })
}

/// Runs blocking file work off the runtime's threads.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StorageError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(e) => Err(StorageError::new("finish work on", "", io::Error::other(e)).into()),
    }
}

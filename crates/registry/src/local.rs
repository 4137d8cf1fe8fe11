//! Files of this machine: what went wrong with them, and streams of their bytes.

use std::{
    io::{self, ErrorKind, SeekFrom},
    path::Path,
};

use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::{BlobStream, Error, RegistryErrorKind};

/// Bytes read in one go.
pub(crate) const CHUNK: usize = 256 * 1024;

/// Our error for a file operation; its message begins with `doing`, for example `cannot write`.
pub(crate) fn failed(registry: &str, doing: &str, path: &Path, error: &io::Error) -> Error {
    let why = match error.kind() {
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        ErrorKind::PermissionDenied => "this user has no permission".to_owned(),
        ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        _ => error.to_string(),
    };
    RegistryErrorKind::Local { message: format!("{doing} `{}`: {why}", path.display()) }
        .at(registry.to_owned())
}

/// Runs file work where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    registry: &str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(RegistryErrorKind::Local { message: format!("file work ended early: {error}") }
            .at(registry.to_owned()))
    })
}

/// `length` bytes of an open file from `start` on.
pub(crate) async fn stream(
    registry: &str,
    path: &Path,
    file: std::fs::File,
    start: u64,
    length: u64,
) -> Result<BlobStream, Error> {
    let mut file = tokio::fs::File::from_std(file);
    file.set_max_buf_size(CHUNK);
    if start > 0 {
        let sought = file.seek(SeekFrom::Start(start)).await;
        sought.map_err(|error| failed(registry, "cannot read", path, &error))?;
    }
    let (registry, path) = (registry.to_owned(), path.to_owned());
    let bytes = ReaderStream::with_capacity(file.take(length), CHUNK);
    Ok(Box::pin(bytes.map(move |item| item.map_err(|error| failed(&registry, "cannot read", &path, &error)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_to_be_one() {
        let path = Path::new("/images/blobs/x");
        for (kind, said) in [
            (ErrorKind::StorageFull, "cannot write `/images/blobs/x`: the disk is full"),
            (ErrorKind::PermissionDenied, "this user has no permission"),
            (ErrorKind::TimedOut, "timed out"),
        ] {
            let error = failed("oci:/images", "cannot write", path, &kind.into());
            assert!(error.to_string().contains(said), "{error}");
            assert_eq!((error.code(), error.is_retryable()), ("local", false));
        }
    }
}

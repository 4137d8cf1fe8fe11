//! Pushes a workload into a registry over plain HTTP, like any client.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use crate::{
    Failure,
    build::{Blob, Built, Bytes, Manifest},
    wire::{Connection, Head},
};

const CONNECTIONS: usize = 8;

/// Pushes everything of a workload to a registry at `host:port`.
///
/// # Errors
/// The first error of the registry.
pub fn fill(host: &str, built: &Built) -> Result<(), Failure> {
    each(host, &built.blobs, |connection, blob| push(connection, &built.repository, blob))?;
    // Children are put before the indexes that name them.
    let (indexes, images): (Vec<_>, Vec<_>) =
        built.manifests.iter().partition(|manifest| !manifest.children.is_empty());
    each(host, &images, |connection, manifest| put(connection, &built.repository, manifest))?;
    each(host, &indexes, |connection, manifest| put(connection, &built.repository, manifest))
}

fn each<T: Sync>(
    host: &str,
    all: &[T],
    act: impl Fn(&mut Connection, &T) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = || -> Result<(), Failure> {
        let mut connection = Connection::open(host)?;
        while let Some(one) = all.get(next.fetch_add(1, Relaxed)) {
            act(&mut connection, one)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS.min(all.len()) {
            scope.spawn(|| {
                if let Err(error) = work() {
                    next.store(all.len(), Relaxed);
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            });
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

fn push(connection: &mut Connection, repository: &str, blob: &Blob) -> Result<(), Failure> {
    let nothing = Head { length: Some(0), ..Head::default() };
    connection.send("POST", &format!("/v2/{repository}/blobs/uploads/"), nothing, b"")?;
    let location = connection.answer()?.location;
    let Some(location) = location else { return Err(connection.unexpected("no Location")) };
    let separator = if location.contains('?') { '&' } else { '?' };
    let path = format!("{location}{separator}digest={}", blob.digest);
    let head =
        Head { content_type: Some("application/octet-stream"), length: Some(blob.bytes.len()), accept: None };
    match &blob.bytes {
        Bytes::Held(bytes) => connection.send("PUT", &path, head, bytes)?,
        Bytes::Made(content) => {
            connection.send("PUT", &path, head, b"")?;
            content.pieces(|piece| connection.send_piece(piece))?;
        }
    }
    connection.answer().map(drop)
}

fn put(connection: &mut Connection, repository: &str, manifest: &Manifest) -> Result<(), Failure> {
    let path = format!("/v2/{repository}/manifests/{}", manifest.reference);
    let head = Head {
        content_type: Some(manifest.media_type),
        length: Some(manifest.bytes.len() as u64),
        accept: None,
    };
    connection.send("PUT", &path, head, &manifest.bytes)?;
    connection.answer().map(drop)
}

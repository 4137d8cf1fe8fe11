//! What went over the wire, per registry.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::Serialize;

/// Traffic of one registry since the sandbox started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Requests to the registry's own listener.
    pub requests: u64,
    /// Layer and config bytes received from clients, by the data plane and by `UploadLayerPart`.
    pub blob_bytes_received: u64,
    /// Layer and config bytes sent to clients.
    pub blob_bytes_sent: u64,
    /// Uploads that ended with a blob in a repository.
    pub blob_uploads: u64,
    /// Blobs linked from another repository without moving bytes.
    pub mounts: u64,
    /// Manifests put by clients.
    pub manifest_puts: u64,
    /// Manifests fetched by clients (not counting HEAD).
    pub manifest_gets: u64,
}

#[derive(Debug, Default)]
pub(crate) struct LiveCounters {
    pub(crate) requests: AtomicU64,
    pub(crate) blob_bytes_received: AtomicU64,
    pub(crate) blob_bytes_sent: AtomicU64,
    pub(crate) blob_uploads: AtomicU64,
    pub(crate) mounts: AtomicU64,
    pub(crate) manifest_puts: AtomicU64,
    pub(crate) manifest_gets: AtomicU64,
}

impl LiveCounters {
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Relaxed);
    }

    pub(crate) fn read(&self) -> Counters {
        Counters {
            requests: self.requests.load(Relaxed),
            blob_bytes_received: self.blob_bytes_received.load(Relaxed),
            blob_bytes_sent: self.blob_bytes_sent.load(Relaxed),
            blob_uploads: self.blob_uploads.load(Relaxed),
            mounts: self.mounts.load(Relaxed),
            manifest_puts: self.manifest_puts.load(Relaxed),
            manifest_gets: self.manifest_gets.load(Relaxed),
        }
    }
}

//! What went over the wire, per registry.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use longshore_names::{Digest, RegistryId};
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
    /// Bytes of those uploads whose blob the registry had before, in this repository or another.
    pub duplicate_blob_bytes: u64,
    /// Blobs linked from another repository without moving bytes.
    pub mounts: u64,
    /// Manifests put by clients.
    pub manifest_puts: u64,
    /// Manifests fetched by clients (not counting HEAD).
    pub manifest_gets: u64,
    /// Requests of both planes that were refused because of their rate.
    pub throttled: u64,
}

/// Requests of one operation, through the API or its equivalent in the data plane (a manifest's PUT
/// is a `PutImage`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OperationCount {
    /// All of them.
    pub requests: u64,
    /// Those that were refused because of their rate.
    pub throttled: u64,
}

/// The traffic of one registry as it is printed for other programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// The registry.
    #[serde(flatten)]
    pub registry: RegistryId,
    /// Its counters.
    #[serde(flatten)]
    pub counters: Counters,
    /// Requests by operation.
    pub operations: BTreeMap<&'static str, OperationCount>,
}

#[derive(Debug, Default)]
pub(crate) struct LiveCounters {
    pub(crate) requests: AtomicU64,
    pub(crate) blob_bytes_received: AtomicU64,
    pub(crate) blob_bytes_sent: AtomicU64,
    pub(crate) mounts: AtomicU64,
    pub(crate) manifest_puts: AtomicU64,
    pub(crate) manifest_gets: AtomicU64,
    blob_uploads: AtomicU64,
    duplicate_blob_bytes: AtomicU64,
    operations: Mutex<BTreeMap<&'static str, OperationCount>>,
    /// What was uploaded, or existed when the sandbox started.
    uploaded: Mutex<HashSet<Digest>>,
}

impl LiveCounters {
    /// Counters of a registry that has these blobs.
    pub(crate) fn with_blobs(blobs: HashSet<Digest>) -> Self {
        Self { uploaded: Mutex::new(blobs), ..Self::default() }
    }

    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Relaxed);
    }

    /// An upload ended with this blob in a repository.
    pub(crate) fn uploaded(&self, digest: &Digest, size: u64) {
        Self::add(&self.blob_uploads, 1);
        let mut uploaded = self.uploaded.lock().unwrap_or_else(PoisonError::into_inner);
        if !uploaded.insert(digest.clone()) {
            Self::add(&self.duplicate_blob_bytes, size);
        }
    }

    /// Counts a request for `operation`.
    pub(crate) fn asked(&self, operation: &'static str, admitted: bool) {
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        let count = operations.entry(operation).or_default();
        count.requests += 1;
        count.throttled += u64::from(!admitted);
    }

    pub(crate) fn operations(&self) -> BTreeMap<&'static str, OperationCount> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn read(&self) -> Counters {
        Counters {
            requests: self.requests.load(Relaxed),
            blob_bytes_received: self.blob_bytes_received.load(Relaxed),
            blob_bytes_sent: self.blob_bytes_sent.load(Relaxed),
            blob_uploads: self.blob_uploads.load(Relaxed),
            duplicate_blob_bytes: self.duplicate_blob_bytes.load(Relaxed),
            mounts: self.mounts.load(Relaxed),
            manifest_puts: self.manifest_puts.load(Relaxed),
            manifest_gets: self.manifest_gets.load(Relaxed),
            throttled: self.operations().values().map(|count| count.throttled).sum(),
        }
    }
}

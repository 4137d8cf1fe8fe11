//! How much a run does at once.

use std::time::Duration;

use longshore_registry::Backoff;

/// How much a run does at once, and how often it tries.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Blobs in transfer. Registry clients limit their requests themselves, adapting to the host.
    pub blobs: usize,
    /// Bytes of memory that blobs in transfer may take. A blob counts a quarter of a MiB to one
    /// MiB, for its buffers, so that fewer big ones are transferred at once than small ones.
    pub memory: usize,
    /// Manifests being put. ECR accepts ten a second for an account and Region.
    pub manifests: usize,
    /// How long to wait for another shard before its blobs are uploaded here.
    pub patience: Duration,
    /// Tries and waits for one blob or manifest, across all layers.
    pub backoff: Backoff,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            blobs: 64,
            memory: 7 * 1024 * 1024,
            manifests: 64,
            patience: Duration::from_secs(15 * 60),
            backoff: Backoff::default(),
        }
    }
}

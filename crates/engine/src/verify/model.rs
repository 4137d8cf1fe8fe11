//! The images to verify, how, and the results.

use std::sync::Arc;

use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Backoff, Source, TagOrDigest};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{Reporter, Silent};

/// One image to verify.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyItem {
    /// Where it is.
    pub repository: RepositoryName,
    /// Which one.
    pub reference: TagOrDigest,
    /// The digest that it must have, if that is known.
    pub expected: Option<Digest>,
    /// What it must equal in the other registry; `None` takes the same repository and reference
    /// there.
    pub against: Option<(RepositoryName, TagOrDigest)>,
}

impl VerifyItem {
    /// An image that nothing is known about.
    pub fn new(repository: RepositoryName, reference: TagOrDigest) -> Self {
        Self { repository, reference, expected: None, against: None }
    }
}

/// How images are verified.
#[derive(Clone)]
pub struct VerifyOptions {
    /// Reads and hashes the bytes of every blob.
    pub deep: bool,
    /// Another registry whose references must have the same digests.
    pub against: Option<Arc<dyn Source>>,
    /// Also verifies referrers of the images: signatures, SBOMs, attestations.
    pub referrers: bool,
    /// Tries and waits for reading a blob.
    pub backoff: Backoff,
    /// Stops the verification.
    pub cancel: CancellationToken,
    /// Receives every image that was checked: [`Event::Checked`](crate::Event::Checked).
    pub reporter: Arc<dyn Reporter>,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            deep: false,
            against: None,
            referrers: false,
            backoff: Backoff::default(),
            cancel: CancellationToken::new(),
            reporter: Arc::new(Silent),
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `missing`, `size-mismatch`, `digest-mismatch`, `differs`, or the code of the error that
    /// prevented the check.
    pub code: String,
    /// The image, `repository:tag` or `repository@digest`.
    pub image: String,
    /// The affected part of it, if that is known.
    pub digest: Option<Digest>,
    /// What is wrong, as a sentence.
    pub message: String,
}

/// The results of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyOutcome {
    /// Images that were checked.
    pub images: usize,
    /// Descriptors (manifests and blobs) that were proven or found wrong, each once per repository.
    pub checked: usize,
    /// Bytes that were read and hashed.
    pub bytes: u64,
    /// Images, manifests and blobs that are missing.
    pub missing: usize,
    /// Those that exist but differ.
    pub mismatched: usize,
    /// Those that could not be checked.
    pub failed: usize,
    /// Whether it was stopped before its end.
    pub cancelled: bool,
    /// The problems; at most the first thousand.
    pub problems: Vec<Problem>,
}

impl VerifyOutcome {
    /// Whether everything was checked and is right.
    pub fn is_right(&self) -> bool {
        self.missing + self.mismatched + self.failed == 0 && !self.cancelled
    }
}

//! The events of a run while it works.

use longshore_names::{Digest, RepositoryName, Tag};
use serde::{Deserialize, Serialize};

use crate::{Failure, Summary};

/// Why there was nothing to do for an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Skipped {
    /// The destination has the same digest.
    SameDigest,
    /// An earlier part of this run finished it.
    FinishedBefore,
    /// The destination's tag has another digest and stays, as requested.
    Kept,
}

/// One thing that happened. `image` is the image's place in the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// The run begins.
    Planned {
        /// Its id.
        run: String,
        /// Images in the plan.
        images: usize,
        /// Bytes to upload.
        bytes_to_move: u64,
        /// Bytes to mount, or to upload where that is declined.
        bytes_to_mount: u64,
        /// Bytes that need not move.
        bytes_saved: u64,
    },
    /// Work on an image begins.
    Started {
        /// Which.
        image: usize,
    },
    /// Nothing has to be done for an image.
    Skipped {
        /// Which.
        image: usize,
        /// Why.
        #[serde(flatten)]
        reason: Skipped,
    },
    /// The destination already has a blob, or another image transferred it.
    Present {
        /// Whose.
        image: usize,
        /// Which.
        digest: Digest,
        /// Its size in bytes, which were saved.
        size: u64,
    },
    /// A blob was mounted; its bytes did not move.
    Mounted {
        /// Whose.
        image: usize,
        /// Which.
        digest: Digest,
        /// Its size in bytes, which were saved.
        size: u64,
    },
    /// A blob is being uploaded; reported at its beginning and its end, and about ten times a
    /// second in between. When an upload starts over, so does `moved`.
    Bytes {
        /// Whose.
        image: usize,
        /// Which.
        digest: Digest,
        /// Bytes that the registry has of it so far in this try.
        moved: u64,
        /// Its size in bytes.
        total: u64,
    },
    /// A blob was uploaded and the registry acknowledged its digest.
    Uploaded {
        /// Whose.
        image: usize,
        /// Which.
        digest: Digest,
        /// Its size in bytes.
        size: u64,
    },
    /// A signature, an SBOM or an attestation of an image was put.
    Referrer {
        /// Whose.
        image: usize,
        /// Its digest.
        digest: Digest,
    },
    /// The destination refuses a referrer of an image; the image is copied without it, as the plan
    /// allows.
    ReferrerRefused {
        /// Whose.
        image: usize,
        /// Its digest.
        digest: Digest,
        /// What the destination said.
        failure: Failure,
    },
    /// The source's tag points elsewhere now. The digest of the plan was copied.
    SourceMoved {
        /// Which.
        image: usize,
        /// What was copied.
        planned: Digest,
        /// What the tag points at now; `None` when it is gone.
        now: Option<Digest>,
    },
    /// Everything of an image was acknowledged or asked for, and the tag points at the digest.
    Verified {
        /// Which.
        image: usize,
        /// Its digest.
        digest: Digest,
    },
    /// An image is done.
    Finished {
        /// Which.
        image: usize,
    },
    /// An image failed; the others continue.
    Failed {
        /// Which.
        image: usize,
        /// Why.
        failure: Failure,
    },
    /// An image was verified; the result is reported at the end.
    Checked {
        /// Which.
        image: usize,
    },
    /// The run is paused: by a person, or because its window closed.
    Paused,
    /// The run continues.
    Resumed,
    /// A tag that is no longer wanted was removed from the destination.
    Removed {
        /// Where.
        repository: RepositoryName,
        /// Which.
        tag: Tag,
    },
    /// A tag that is no longer wanted could not be removed.
    NotRemoved {
        /// Where.
        repository: RepositoryName,
        /// Which.
        tag: Tag,
        /// Why.
        failure: Failure,
    },
    /// The run ended.
    Ended {
        /// The results.
        summary: Summary,
    },
}

/// Receives everything that happens. Called from many tasks and often: it must be quick and must
/// not block. The command line's bar, the window and the log are reporters.
pub trait Reporter: Send + Sync {
    /// Something happened.
    fn report(&self, event: Event);
}

/// Ignores everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _event: Event) {}
}

impl<F: Fn(Event) + Send + Sync> Reporter for F {
    fn report(&self, event: Event) {
        self(event);
    }
}

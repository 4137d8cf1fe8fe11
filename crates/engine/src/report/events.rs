//! What a run tells while it works.

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
    /// The destination's tag has another digest and stays, as the request wants it.
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
    /// Nothing is to do for an image.
    Skipped {
        /// Which.
        image: usize,
        /// Why.
        #[serde(flatten)]
        reason: Skipped,
    },
    /// A blob is at the destination already, or another image brought it.
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
    /// A blob is moving; told at its beginning and its end, and about ten times a second in
    /// between. When an upload begins again, `moved` begins again.
    Bytes {
        /// Whose.
        image: usize,
        /// Which.
        digest: Digest,
        /// Bytes that the registry has of it after this try so far.
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
    /// The destination does not take something that refers to an image; the image is copied
    /// without it, as the plan wants it.
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
    /// Everything of an image was acknowledged or asked for, and the tag is at the digest.
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
    /// An image failed; the others go on.
    Failed {
        /// Which.
        image: usize,
        /// Why.
        failure: Failure,
    },
    /// An image was verified; how that came out is told at the end.
    Checked {
        /// Which.
        image: usize,
    },
    /// The run stands still: somebody paused it, or its window closed.
    Paused,
    /// The run goes on.
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
        /// What came of it.
        summary: Summary,
    },
}

/// Told of everything that happens. Called from many tasks and often: it must be quick and must
/// not block. The command line's bar, the window and the log are reporters.
pub trait Reporter: Send + Sync {
    /// Something happened.
    fn tell(&self, event: Event);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn tell(&self, _event: Event) {}
}

impl<F: Fn(Event) + Send + Sync> Reporter for F {
    fn tell(&self, event: Event) {
        self(event);
    }
}

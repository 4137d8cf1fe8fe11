//! The results of a run.

use chrono::{DateTime, Utc};
use longshore_names::Digest;
use serde::{Deserialize, Serialize};

use crate::{EngineError, EngineErrorKind, Failure, How, PlanTotals, Proof};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// Everything that was planned is at the destination.
    Done,
    /// Some images failed, are in conflict or were unavailable, or their referrers were refused.
    Incomplete,
    /// It was stopped; the journal can resume it.
    Cancelled,
}

/// The result of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageEnd {
    /// Done and proven.
    Done,
    /// The destination already had it.
    Skipped,
    /// The tag is taken by another digest.
    Conflict,
    /// Failed.
    Failed,
    /// Not finished when the run was stopped.
    Cancelled,
}

/// One image of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageOutcome {
    /// `repository:tag` or `repository@digest` at the source.
    pub source: String,
    /// The same at the destination.
    pub destination: String,
    /// The image's digest, if it was found.
    pub digest: Option<Digest>,
    /// What was planned: `copy`, `retag`, `mount`, `skip`, `conflict` or `unavailable`.
    pub action: String,
    /// The result.
    pub end: ImageEnd,
    /// Why it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// What the destination is known to have, and how.
    pub proof: Vec<Proof>,
    /// Signatures, SBOMs and attestations that the destination refuses, where the plan tolerates
    /// that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
}

/// A referrer of an image that the destination refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its digest.
    pub digest: Digest,
    /// The manifest that it refers to.
    pub subject: Digest,
    /// What the destination said.
    pub failure: Failure,
}

/// How many descriptors are proven, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofTotals {
    /// Put in this run, acknowledged with their digest.
    pub acknowledged: usize,
    /// Mounted in this run, acknowledged with their digest.
    pub mounted: usize,
    /// The destination was asked for them.
    pub asked: usize,
}

/// A run in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The run's id.
    pub run: String,
    /// How it ended.
    pub end: RunEnd,
    /// Images copied.
    pub copied: usize,
    /// Images retagged.
    pub retagged: usize,
    /// Images copied by mount.
    pub mounted: usize,
    /// Images that the destination already had.
    pub skipped: usize,
    /// Tags that were taken.
    pub conflicts: usize,
    /// Images that failed or were unavailable.
    pub failed: usize,
    /// Signatures, SBOMs and attestations that the plan asks for and that the destination did not
    /// accept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub not_linked: usize,
    /// Bytes of blobs that were uploaded to the destination, including repeated tries.
    pub bytes_moved: u64,
    /// Bytes of blobs that did not have to be uploaded.
    pub bytes_saved: u64,
    /// Requests to both registries, as far as they count them.
    pub requests: u64,
    /// What is proven.
    pub proof: ProofTotals,
}

/// A run's end, image by image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOutcome {
    /// In numbers.
    pub summary: Summary,
    /// In the order of the plan.
    pub images: Vec<ImageOutcome>,
    /// The registry that was read.
    pub source: String,
    /// The registry that was written.
    pub destination: String,
    /// What was planned, in numbers.
    pub planned: PlanTotals,
    /// When this part of the run began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Why the journal is incomplete, if it is: resuming the run then asks the destination for
    /// more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<Failure>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl ImageOutcome {
    /// Records why the image is not done.
    pub(crate) fn fail(&mut self, error: &EngineError) {
        self.end = match error.kind {
            EngineErrorKind::Conflict { .. } | EngineErrorKind::Immutable { .. } => ImageEnd::Conflict,
            _ => ImageEnd::Failed,
        };
        self.error = Some(error.failure());
    }
}

impl ProofTotals {
    pub(crate) fn of(images: &[ImageOutcome]) -> Self {
        let mut totals = Self::default();
        for entry in images.iter().flat_map(|image| &image.proof) {
            *match entry.how {
                How::Acknowledged => &mut totals.acknowledged,
                How::Mounted => &mut totals.mounted,
                How::Asked => &mut totals.asked,
            } += 1;
        }
        totals
    }
}

//! A plan: for each image what will be done and why, with every blob and manifest.

use std::{collections::HashMap, sync::Arc};

use longshore_names::{Algorithm, Digest, RepositoryName, Tag};
use longshore_registry::{Descriptor, Manifest, Platform, Sink, Source, TagOrDigest, digest_of};
use serde::{Deserialize, Serialize};

use crate::{CopyRequest, EngineError, Failure, decide, gather};

/// What will be done with one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Action {
    /// Blobs and manifests are copied.
    Copy,
    /// A new tag in the same repository: one manifest is put.
    Retag,
    /// Another repository of the same registry: blobs are mounted, or uploaded where the registry
    /// declines.
    Mount,
    /// The destination has the same digest already.
    Skip,
    /// The destination's tag has another digest and stays.
    Conflict {
        /// What the tag points at.
        existing: Digest,
    },
    /// The source cannot give the image.
    Unavailable {
        /// Why.
        failure: Failure,
    },
}

impl Action {
    /// Whether there is something to do.
    pub fn is_work(&self) -> bool {
        matches!(self, Self::Copy | Self::Retag | Self::Mount)
    }

    /// One word for lists and reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Retag => "retag",
            Self::Mount => "mount",
            Self::Skip => "skip",
            Self::Conflict { .. } => "conflict",
            Self::Unavailable { .. } => "unavailable",
        }
    }
}

/// How a blob gets to its destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "way")]
pub enum Way {
    /// It is there.
    Present,
    /// Its bytes move.
    Upload,
    /// It is mounted from another repository of the destination.
    Mount {
        /// From which.
        from: RepositoryName,
        /// The image (by its place in the plan) that brings it there first.
        after: Option<usize>,
    },
    /// An earlier image of the plan brings it to the same repository.
    Shared,
}

/// A blob of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedBlob {
    /// Which.
    pub descriptor: Descriptor,
    /// How it gets there.
    #[serde(flatten)]
    pub way: Way,
}

/// A manifest of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedManifest {
    /// Which.
    pub descriptor: Descriptor,
    /// What it runs on, if an index says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Blobs that it names.
    pub blobs: Vec<Digest>,
    /// Manifests that it names.
    pub children: Vec<Digest>,
}

/// One image of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedImage {
    /// Where it is read.
    pub repository: RepositoryName,
    /// Which one was asked for.
    pub reference: TagOrDigest,
    /// What that was when the plan was made; the run copies this digest, whatever the tag says then.
    pub digest: Option<Digest>,
    /// Where it is written.
    pub destination: RepositoryName,
    /// The tag that it gets.
    pub tag: Option<Tag>,
    /// What is done.
    pub action: Action,
    /// The digest that the tag is moved away from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Digest>,
    /// Its manifests, children first, the image's own last.
    pub manifests: Vec<PlannedManifest>,
    /// Its blobs, each digest once.
    pub blobs: Vec<PlannedBlob>,
    /// Bytes that will be uploaded.
    pub bytes_to_move: u64,
    /// Bytes that are mounted if the registry agrees, and uploaded if not.
    pub bytes_to_mount: u64,
    /// Bytes that are there already or brought by an earlier image.
    pub bytes_present: u64,
    /// What is done and why, as a sentence.
    pub explanation: String,
}

impl PlannedImage {
    /// `repository:tag` or `repository@digest` at the source.
    pub fn source_name(&self) -> String {
        name(&self.repository, &self.reference)
    }

    /// `repository:tag` or `repository@digest` at the destination.
    pub fn destination_name(&self) -> String {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => format!("{}:{tag}", self.destination),
            (None, Some(digest)) => format!("{}@{digest}", self.destination),
            (None, None) => self.destination.to_string(),
        }
    }
}

pub(crate) fn name(repository: &RepositoryName, reference: &TagOrDigest) -> String {
    match reference {
        TagOrDigest::Tag(tag) => format!("{repository}:{tag}"),
        TagOrDigest::Digest(digest) => format!("{repository}@{digest}"),
    }
}

/// Sums over a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTotals {
    /// Images to copy.
    pub copy: usize,
    /// Images to retag.
    pub retag: usize,
    /// Images to copy by mount.
    pub mount: usize,
    /// Images that are there already.
    pub skip: usize,
    /// Tags that are taken.
    pub conflict: usize,
    /// Images that the source cannot give.
    pub unavailable: usize,
    /// Bytes that will be uploaded.
    pub bytes_to_move: u64,
    /// Bytes that are mounted if the registry agrees, and uploaded if not.
    pub bytes_to_mount: u64,
    /// Bytes that need not move.
    pub bytes_saved: u64,
    /// Requests to expect, roughly.
    pub requests: u64,
}

/// What will be done, and where: it runs between these two registries only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CopyPlan {
    /// Name of the registry that is read.
    pub source: String,
    /// Name of the registry that is written.
    pub destination: String,
    /// The images, in the order in which they are begun.
    pub images: Vec<PlannedImage>,
    /// Repositories that the destination said it does not have.
    pub create_repositories: Vec<RepositoryName>,
    /// Sums.
    pub totals: PlanTotals,
    /// Manifests read while planning, so that the run does not read them again.
    #[serde(skip)]
    pub(crate) manifests: Arc<HashMap<Digest, Manifest>>,
}

impl CopyPlan {
    /// A digest of all that the plan says, for *run exactly what was shown*.
    pub fn content_hash(&self) -> Result<Digest, EngineError> {
        let json = serde_json::to_vec(self).map_err(|error| EngineError::Internal(error.to_string()))?;
        Ok(digest_of(Algorithm::Sha256, &json))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        !self.images.iter().any(|image| image.action.is_work())
    }
}

/// Looks at both registries and decides for each image what to do. Changes nothing.
///
/// An image that the source cannot give is [`Action::Unavailable`]; the others are planned.
///
/// # Errors
/// When a registry cannot be asked at all: it does not answer, or refuses who we are.
pub async fn plan(
    source: Arc<dyn Source>,
    sink: Arc<dyn Sink>,
    request: &CopyRequest,
) -> Result<CopyPlan, EngineError> {
    let facts = gather::gather(source.as_ref(), sink.as_ref(), request).await?;
    Ok(decide::decide(source.name(), sink.name(), request, facts))
}

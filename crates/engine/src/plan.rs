//! A plan: for each image what will be done and why, with every blob and manifest.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use longshore_names::{Algorithm, Digest, RepositoryName, Tag};
use longshore_registry::{Descriptor, Manifest, Platform, Sink, Source, TagOrDigest, digest_of};
use serde::{Deserialize, Serialize};

use crate::{CopyRequest, EngineError, Failure, OnConflict, Order, Referrers, Shard, decide, gather::gather};

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
    /// The destination has the image already; what refers to it is added.
    Attach,
    /// The destination has the same digest already.
    Skip,
    /// The destination's tag has another digest and stays, as the request wants it.
    Keep {
        /// What the tag points at.
        existing: Digest,
    },
    /// Blobs only, for an image of which another shard puts the manifests.
    Blobs,
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
        matches!(self, Self::Copy | Self::Retag | Self::Mount | Self::Attach | Self::Blobs)
    }

    /// One word for lists and reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Copy | Self::Attach => "copy",
            Self::Retag => "retag",
            Self::Mount => "mount",
            Self::Skip | Self::Keep { .. } => "skip",
            Self::Blobs => "blobs",
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
    /// A layer that may not be distributed: the manifest says where else it is, and it is neither
    /// fetched nor uploaded (OCI image specification, "Non-Distributable Layers").
    Foreign,
    /// Another shard brings it to the same repository. Waited for, bounded, and then uploaded.
    Elsewhere {
        /// Which one, counted from 0.
        shard: u32,
    },
}

/// A blob of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedBlob {
    /// Which.
    #[serde(with = "shared")]
    pub descriptor: Arc<Descriptor>,
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

/// Something that refers to a manifest of an image: a signature, an SBOM, an attestation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedReferrer {
    /// The manifest that it is about.
    pub subject: Digest,
    /// The tag that it has: cosign's older way, `sha256-<hex>.sig`. `None`: it is put by digest
    /// and the registry lists it among the subject's referrers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// What kind of artifact it is, as far as it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Its manifests, children first, its own last; never empty.
    pub manifests: Vec<PlannedManifest>,
}

impl PlannedReferrer {
    /// Its own digest.
    pub fn digest(&self) -> Option<&Digest> {
        self.manifests.last().map(|manifest| &manifest.descriptor.digest)
    }
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
    /// Its blobs and those of its referrers, each digest once.
    pub blobs: Vec<PlannedBlob>,
    /// What refers to it and goes along, in an order in which each follows its subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referrers: Vec<PlannedReferrer>,
    /// The index that the image was taken out of, when one platform was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of: Option<Digest>,
    /// Bytes that will be uploaded.
    pub bytes_to_move: u64,
    /// Bytes that are mounted if the registry agrees, and uploaded if not.
    pub bytes_to_mount: u64,
    /// Bytes that are there already or brought by an earlier image.
    pub bytes_present: u64,
    /// Bytes that another shard brings.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes_elsewhere: u64,
    /// What is done and why, as a sentence.
    pub explanation: String,
    /// More that is to be said and that the sentence ends with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
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

    /// One of its manifests, or of its referrers'.
    pub fn manifest(&self, digest: &Digest) -> Option<&PlannedManifest> {
        let referrers = self.referrers.iter().flat_map(|referrer| &referrer.manifests);
        self.manifests.iter().chain(referrers).find(|manifest| manifest.descriptor.digest == *digest)
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Descriptors are shared in memory and written out in full.
mod shared {
    use std::sync::Arc;

    use longshore_registry::Descriptor;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(of: &Arc<Descriptor>, to: S) -> Result<S::Ok, S::Error> {
        of.as_ref().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Descriptor>, D::Error> {
        Descriptor::deserialize(from).map(Arc::new)
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
    /// Images that are there already and get referrers.
    #[serde(default)]
    pub attach: usize,
    /// Images that are there already.
    pub skip: usize,
    /// Tags that are taken and stay so, as asked for.
    #[serde(default)]
    pub keep: usize,
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
    /// Signatures, SBOMs and attestations that go along.
    #[serde(default)]
    pub referrers: usize,
    /// Layers that stay where their manifest says and are not copied.
    #[serde(default)]
    pub foreign: usize,
    /// Bytes that another shard brings.
    #[serde(default)]
    pub bytes_elsewhere: u64,
    /// Bytes that, at worst, are sent once more than one process alone would send them.
    #[serde(default)]
    pub bytes_twice: u64,
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
    /// What is done with tags that are taken.
    #[serde(default)]
    pub on_conflict: OnConflict,
    /// Whether referrers go along, and what follows when the destination refuses one.
    #[serde(default)]
    pub referrers: Referrers,
    /// Whether tags of a repository are put one after the other.
    #[serde(default)]
    pub order: Order,
    /// The part of the work that this plan is, if it was divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Sums.
    pub totals: PlanTotals,
    /// When it was made; a plan that comes from elsewhere does not know.
    #[serde(skip)]
    pub(crate) made: Option<Instant>,
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

    /// The plan without its images, for the journal, which keeps those one by one.
    pub(crate) fn header(&self) -> Self {
        Self {
            source: self.source.clone(),
            destination: self.destination.clone(),
            images: Vec::new(),
            create_repositories: self.create_repositories.clone(),
            on_conflict: self.on_conflict,
            referrers: self.referrers,
            order: self.order,
            shard: self.shard,
            totals: self.totals.clone(),
            made: None,
            manifests: Arc::default(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        !self.images.iter().any(|image| image.action.is_work())
    }

    /// Whether it was made in this process less than `age` ago, so that what it says about tags
    /// can be taken for what they are.
    pub(crate) fn is_younger_than(&self, age: Duration) -> bool {
        self.made.is_some_and(|made| made.elapsed() < age)
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
    let made = Instant::now();
    let items = request.ordered();
    let facts = gather(&source, &sink, request, &items).await?;
    let mut plan = decide::decide(source.name(), sink.name(), request, &items, facts);
    plan.made = Some(made);
    Ok(plan)
}

//! One image of a plan, with every blob and manifest.

use std::sync::Arc;

use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Descriptor, Platform, TagOrDigest};
use serde::{Deserialize, Serialize};

use crate::Action;

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
    /// The digest that the tag is moved away from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Digest>,
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

    /// Its name at the destination as the request has it, whatever was found out about it.
    pub(crate) fn named_there(&self) -> String {
        match &self.tag {
            Some(tag) => format!("{}:{tag}", self.destination),
            None => self.destination.to_string(),
        }
    }

    /// What it is asked for by at the destination; `None` of what is no image there.
    pub(crate) fn reference_there(&self) -> Option<TagOrDigest> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(TagOrDigest::Tag(tag.clone())),
            (None, Some(digest)) => Some(TagOrDigest::Digest(digest.clone())),
            (None, None) => None,
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

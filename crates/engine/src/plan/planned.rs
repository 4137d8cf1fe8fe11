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
    /// The repository already has it.
    Present,
    /// Its bytes are uploaded.
    Upload,
    /// It is mounted from another repository of the destination.
    Mount {
        /// From which.
        from: RepositoryName,
        /// The image (by its place in the plan) that puts it there first.
        after: Option<usize>,
    },
    /// An earlier image of the plan transfers it to the same repository.
    Shared,
    /// A layer that may not be distributed: the manifest says where it is stored, and it is neither
    /// fetched nor uploaded (OCI image specification, "Non-Distributable Layers").
    Foreign,
    /// Another shard uploads it to the same repository. The run waits for it for a bounded time,
    /// and then uploads it.
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
    /// How it gets to the destination.
    #[serde(flatten)]
    pub way: Way,
}

/// A manifest of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedManifest {
    /// Which.
    pub descriptor: Descriptor,
    /// Its platform, if an index states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Blobs that it names.
    pub blobs: Vec<Digest>,
    /// Manifests that it names.
    pub children: Vec<Digest>,
}

/// A referrer to a manifest of an image: a signature, an SBOM, an attestation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedReferrer {
    /// The manifest that it refers to.
    pub subject: Digest,
    /// Its tag in cosign's older scheme, `sha256-<hex>.sig`. `None`: it is put by digest and the
    /// registry lists it among the subject's referrers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// The digest that the tag is moved away from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Digest>,
    /// Its artifact type, if it states one.
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
    /// The tag or digest that was requested.
    pub reference: TagOrDigest,
    /// Its digest when the plan was made; the run copies this digest, wherever the tag points
    /// later.
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
    /// Referrers that are copied too, each after its subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referrers: Vec<PlannedReferrer>,
    /// The index that the image was taken from, when one platform was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of: Option<Digest>,
    /// Bytes that will be uploaded.
    pub bytes_to_move: u64,
    /// Bytes that are mounted if the registry agrees, and uploaded otherwise.
    pub bytes_to_mount: u64,
    /// Bytes that the repository already has or that an earlier image transfers.
    pub bytes_present: u64,
    /// Bytes that another shard uploads.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes_elsewhere: u64,
    /// The action and its reason, as a sentence.
    pub explanation: String,
    /// Notes that are appended to the sentence.
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

    /// Its name at the destination as requested, whatever was found out about it.
    pub(crate) fn named_there(&self) -> String {
        match &self.tag {
            Some(tag) => format!("{}:{tag}", self.destination),
            None => self.destination.to_string(),
        }
    }

    /// The reference to request it by at the destination; `None` when it is no image there.
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

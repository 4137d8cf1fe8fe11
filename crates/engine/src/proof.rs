//! Why a copy is known to be complete.

use std::collections::HashMap;

use longshore_names::Digest;
use serde::{Deserialize, Serialize};

use crate::{Action, PlannedImage, Way};

/// How it is known that the destination has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It was put in this run and the registry acknowledged the digest.
    Acknowledged,
    /// It was mounted in this run and the registry acknowledged the digest.
    Mounted,
    /// The destination was asked for it.
    Asked,
}

/// What a proof is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A configuration or a layer.
    Blob,
    /// A manifest.
    Manifest,
    /// The tag points at the digest.
    Tag,
}

/// One thing that the destination is known to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What.
    pub kind: Kind,
    /// Its digest; for a tag, what it points at.
    pub digest: Digest,
    /// How that is known.
    pub how: How,
}

/// What a proof of `image` lacks: every blob, every manifest and the tag must have an entry. Layers
/// that stay where their manifest says need none, and of an image of which another shard puts the
/// manifests only the blobs count.
pub fn missing(image: &PlannedImage, proof: &[Proof]) -> Vec<(Kind, Digest)> {
    let known: HashMap<(Kind, &Digest), How> =
        proof.iter().map(|entry| ((entry.kind, &entry.digest), entry.how)).collect();
    let blobs = image.blobs.iter().filter(|blob| blob.way != Way::Foreign);
    let mut wanted: Vec<(Kind, &Digest)> = blobs.map(|blob| (Kind::Blob, &blob.descriptor.digest)).collect();
    if image.action != Action::Blobs {
        wanted.extend(image.manifests.iter().map(|manifest| (Kind::Manifest, &manifest.descriptor.digest)));
        wanted.extend(image.digest.iter().map(|digest| (Kind::Manifest, digest)));
        wanted.extend(image.tag.iter().zip(&image.digest).map(|(_, digest)| (Kind::Tag, digest)));
    }
    wanted.retain(|key| !known.contains_key(key));
    wanted.into_iter().map(|(kind, digest)| (kind, digest.clone())).collect()
}

//! What moves between registries: references, descriptors, manifests, streams of bytes.

use std::{fmt, pin::Pin, str::FromStr};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::Stream;
use longshore_names::{Digest, NameError, Tag};
use serde::{Deserialize, Serialize};

use crate::Error;

/// A manifest by its tag or by its digest, inside one repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TagOrDigest {
    /// By tag: may mean another manifest tomorrow.
    Tag(Tag),
    /// By digest: means the same bytes for ever.
    Digest(Digest),
}

impl fmt::Display for TagOrDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

impl FromStr for TagOrDigest {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.contains(':') { text.parse().map(Self::Digest) } else { text.parse().map(Self::Tag) }
    }
}

impl TryFrom<String> for TagOrDigest {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<TagOrDigest> for String {
    fn from(reference: TagOrDigest) -> String {
        reference.to_string()
    }
}

/// Points at content: media type, digest and size in bytes (OCI image specification,
/// "Content Descriptors").
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the content.
    pub media_type: String,
    /// Digest of the content.
    pub digest: Digest,
    /// Size of the content in bytes.
    pub size: u64,
}

/// A manifest as the bytes that arrived, never serialised again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Media type, from the response header or the document.
    pub media_type: String,
    /// The bytes, at most [`MAX_MANIFEST_BYTES`].
    pub bytes: Bytes,
    /// Digest computed from the bytes.
    pub digest: Digest,
}

/// The largest manifest that is read: 4 MiB, the least that the distribution
/// specification has registries accept.
pub const MAX_MANIFEST_BYTES: usize = 4 * 1024 * 1024;

impl Manifest {
    /// The descriptor that points at this manifest.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor {
            media_type: self.media_type.clone(),
            digest: self.digest.clone(),
            size: self.bytes.len() as u64,
        }
    }
}

/// A tag in a list, with what the registry reports about it in that list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The tag.
    pub tag: Tag,
    /// What it points at.
    pub digest: Option<Digest>,
    /// When it was pushed to this registry.
    pub pushed: Option<DateTime<Utc>>,
    /// Bytes of its layers.
    pub size: Option<u64>,
}

impl Listed {
    /// A tag about which the list says nothing more.
    pub fn new(tag: Tag) -> Self {
        Self { tag, digest: None, pushed: None, size: None }
    }
}

/// What is known about a repository without reading its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryState {
    /// There is no such repository.
    Absent,
    /// It exists and has no tag. A registry that can check many blobs in one request returns
    /// `Filled` instead: untagged images may be in it, and checking costs little.
    Empty,
    /// It exists.
    Filled,
}

/// How far an upload in parts got. The id belongs to the registry. It is not a secret: it is
/// useless without permission to upload there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadState {
    /// The registry's name for the upload.
    pub id: String,
    /// Bytes that it has acknowledged.
    pub offset: u64,
}

/// The bytes of a blob as they arrive.
pub type BlobStream = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

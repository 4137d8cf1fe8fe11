//! What can go wrong with a registry.

use std::time::Duration;

use longshore_names::Digest;

use crate::Error;

/// What went wrong. Every kind has a stable [`code`](Error::code).
#[derive(Debug, Clone)]
pub enum RegistryErrorKind {
    /// The repository does not exist.
    RepositoryNotFound {
        /// The repository.
        repository: String,
    },
    /// The repository exists but not this manifest or blob.
    NotFound {
        /// The repository.
        repository: String,
        /// What was asked for.
        what: String,
    },
    /// There are no credentials, or the registry did not accept them (401).
    Unauthorized {
        /// What it said, or what happened.
        message: String,
    },
    /// The principal may not do this (403).
    Denied {
        /// What it said, or what happened.
        message: String,
    },
    /// Too many requests (429).
    Throttled {
        /// What it said, or what happened.
        message: String,
        /// How long it asks to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// The tag exists with another digest and may not be moved.
    TagImmutable {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
    },
    /// The tag has a digest other than the one that it may be moved from.
    TagTaken {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// The digest that it has.
        existing: Digest,
    },
    /// The registry does not list referrers itself, and something else has the tag under which the
    /// list would be stored.
    NotLinkable {
        /// What has the tag.
        message: String,
    },
    /// A manifest names content that the registry does not have; upload it again.
    ReferencedContentMissing {
        /// The repository.
        repository: String,
        /// What it said, or what happened.
        message: String,
    },
    /// Bytes do not match their digest. They were discarded.
    DigestMismatch {
        /// What the descriptor says.
        expected: Digest,
        /// The digest of the bytes that arrived.
        actual: Digest,
    },
    /// Fewer or more bytes than the descriptor says.
    SizeMismatch {
        /// The blob or manifest.
        digest: Digest,
        /// What the descriptor says.
        expected: u64,
        /// The number of bytes that arrived.
        actual: u64,
    },
    /// Larger than what Longshore reads into memory.
    TooLarge {
        /// What was to be read.
        what: String,
        /// The most that is read, in bytes.
        limit: usize,
    },
    /// The registry cannot do this (405, `UNSUPPORTED`).
    Unsupported {
        /// What it said, or what happened.
        message: String,
    },
    /// The connection failed, broke or stalled; worth a retry.
    Network {
        /// What it said, or what happened.
        message: String,
    },
    /// The registry failed (5xx), or disputes a manifest's digest that is right; worth a retry.
    Server {
        /// The HTTP status.
        status: u16,
        /// What it said, or what happened.
        message: String,
    },
    /// The registry refused the request for another reason.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said, or what happened.
        message: String,
    },
    /// A host's certificate is not trusted here; a retry does not help.
    Certificate {
        /// Whose certificate, and what is wrong with it.
        message: String,
    },
    /// The registry sent us to an address that is off limits to it; no request was made there.
    OutOfReach {
        /// Which address, and why not.
        message: String,
    },
    /// Another host to which the registry sent us failed, such as its storage or its token server.
    Elsewhere {
        /// The host that failed.
        host: String,
        /// What happened there; its `registry` is that host.
        error: Box<Error>,
    },
    /// The registry no longer knows an upload in parts; start it over.
    UploadForgotten {
        /// The blob.
        digest: Digest,
    },
    /// A directory or file of this machine cannot be read or written.
    Local {
        /// What happened.
        message: String,
    },
    /// The response makes no sense.
    Protocol {
        /// What it said, or what happened.
        message: String,
    },
}

impl RegistryErrorKind {
    /// The failure of a registry, given by its endpoint's name.
    pub fn at(self, registry: impl Into<String>) -> Error {
        Error { registry: registry.into(), kind: self }
    }
}

//! What can go wrong with a registry.

use std::time::Duration;

use longshore_names::Digest;

/// A failure in talking to one registry. `registry` is the endpoint's name.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The repository does not exist.
    #[error("{registry} has no repository `{repository}`")]
    RepositoryNotFound {
        /// The endpoint's name.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// The repository exists but not this manifest or blob.
    #[error("{registry} has no {what} in `{repository}`")]
    NotFound {
        /// The endpoint's name.
        registry: String,
        /// The repository.
        repository: String,
        /// What was asked for.
        what: String,
    },
    /// There are no credentials, or the registry did not accept them (401).
    #[error("{registry} did not accept the credentials: {message}")]
    Unauthorized {
        /// The endpoint's name.
        registry: String,
        /// What it said, or what happened.
        message: String,
    },
    /// The principal may not do this (403).
    #[error("{registry} denied the request: {message}")]
    Denied {
        /// The endpoint's name.
        registry: String,
        /// What it said, or what happened.
        message: String,
    },
    /// Too many requests (429).
    #[error("{registry} asks to slow down: {message}")]
    Throttled {
        /// The endpoint's name.
        registry: String,
        /// What it said, or what happened.
        message: String,
        /// How long it asks to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// The tag exists with another digest and may not be moved.
    #[error("{registry}: tag `{tag}` of `{repository}` is immutable and has another digest")]
    TagImmutable {
        /// The endpoint's name.
        registry: String,
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
    },
    /// The tag has a digest other than the one that it may be moved from.
    #[error("{registry}: tag `{tag}` of `{repository}` already points at {existing}")]
    TagTaken {
        /// The endpoint's name.
        registry: String,
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// The digest that it has.
        existing: Digest,
    },
    /// The registry does not list referrers itself, and something else has the tag under which the
    /// list would be stored.
    #[error("{registry}: the referrer cannot be linked here: {message}")]
    NotLinkable {
        /// The endpoint's name.
        registry: String,
        /// What has the tag.
        message: String,
    },
    /// A manifest names content that the registry does not have; upload it again.
    #[error("{registry}: `{repository}` lacks content that the manifest names: {message}")]
    ReferencedContentMissing {
        /// The endpoint's name.
        registry: String,
        /// The repository.
        repository: String,
        /// What it said, or what happened.
        message: String,
    },
    /// Bytes do not match their digest. They were discarded.
    #[error("{registry} sent bytes with digest {actual} for {expected}")]
    DigestMismatch {
        /// The endpoint's name.
        registry: String,
        /// What the descriptor says.
        expected: Digest,
        /// The digest of the bytes that arrived.
        actual: Digest,
    },
    /// Fewer or more bytes than the descriptor says.
    #[error("{registry} sent {actual} bytes for {digest}, which has {expected}")]
    SizeMismatch {
        /// The endpoint's name.
        registry: String,
        /// The blob or manifest.
        digest: Digest,
        /// What the descriptor says.
        expected: u64,
        /// The number of bytes that arrived.
        actual: u64,
    },
    /// Larger than what Longshore reads into memory.
    #[error("{registry}: {what} is larger than {limit} bytes")]
    TooLarge {
        /// The endpoint's name.
        registry: String,
        /// What was to be read.
        what: String,
        /// The most that is read, in bytes.
        limit: usize,
    },
    /// The registry cannot do this (405, `UNSUPPORTED`).
    #[error("{registry} does not support this: {message}")]
    Unsupported {
        /// The endpoint's name.
        registry: String,
        /// What it said, or what happened.
        message: String,
    },
    /// The connection failed, broke or stalled; worth a retry.
    #[error("no answer from {registry}: {message}")]
    Network {
        /// The endpoint's name.
        registry: String,
        /// What it said, or what happened.
        message: String,
    },
    /// The registry failed (5xx), or disputes a manifest's digest that is right; worth a retry.
    #[error("{registry} failed with {status}: {message}")]
    Server {
        /// The endpoint's name.
        registry: String,
        /// The HTTP status.
        status: u16,
        /// What it said, or what happened.
        message: String,
    },
    /// The registry refused the request for another reason.
    #[error("{registry} refused with {status}: {message}")]
    Refused {
        /// The endpoint's name.
        registry: String,
        /// The HTTP status.
        status: u16,
        /// What it said, or what happened.
        message: String,
    },
    /// A host's certificate is not trusted here; a retry does not help.
    #[error("{registry}: {message}")]
    Certificate {
        /// The endpoint's name.
        registry: String,
        /// Whose certificate, and what is wrong with it.
        message: String,
    },
    /// The registry sent us to an address that is off limits to it; no request was made there.
    #[error("{registry} sent us to an address that is off limits: {message}")]
    OutOfReach {
        /// The endpoint's name.
        registry: String,
        /// Which address, and why not.
        message: String,
    },
    /// Another host to which the registry sent us failed, such as its storage or its token server.
    #[error("{error} ({registry} sent us to {host})")]
    Elsewhere {
        /// The endpoint's name.
        registry: String,
        /// The host that failed.
        host: String,
        /// What happened there; its `registry` is that host.
        error: Box<Error>,
    },
    /// The registry no longer knows an upload in parts; start it over.
    #[error("{registry} no longer knows the unfinished upload of {digest}")]
    UploadForgotten {
        /// The endpoint's name.
        registry: String,
        /// The blob.
        digest: Digest,
    },
    /// A directory or file of this machine cannot be read or written.
    #[error("{registry}: {message}")]
    Local {
        /// The endpoint's name.
        registry: String,
        /// What happened.
        message: String,
    },
    /// The response makes no sense.
    #[error("{registry} sent an answer that cannot be understood: {message}")]
    Protocol {
        /// The endpoint's name.
        registry: String,
        /// What it said, or what happened.
        message: String,
    },
}

/// The field that every error has, through a shared or a unique reference.
macro_rules! registry_in {
    ($error:expr) => {
        match $error {
            Error::RepositoryNotFound { registry, .. }
            | Error::NotFound { registry, .. }
            | Error::Unauthorized { registry, .. }
            | Error::Denied { registry, .. }
            | Error::Throttled { registry, .. }
            | Error::TagImmutable { registry, .. }
            | Error::TagTaken { registry, .. }
            | Error::NotLinkable { registry, .. }
            | Error::ReferencedContentMissing { registry, .. }
            | Error::DigestMismatch { registry, .. }
            | Error::SizeMismatch { registry, .. }
            | Error::TooLarge { registry, .. }
            | Error::Unsupported { registry, .. }
            | Error::Network { registry, .. }
            | Error::Server { registry, .. }
            | Error::Refused { registry, .. }
            | Error::Elsewhere { registry, .. }
            | Error::Certificate { registry, .. }
            | Error::OutOfReach { registry, .. }
            | Error::UploadForgotten { registry, .. }
            | Error::Local { registry, .. }
            | Error::Protocol { registry, .. } => registry,
        }
    };
}

impl Error {
    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RepositoryNotFound { .. } => "repository-not-found",
            Self::NotFound { .. } => "not-found",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Denied { .. } => "denied",
            Self::Throttled { .. } => "throttled",
            Self::TagImmutable { .. } => "tag-immutable",
            Self::TagTaken { .. } => "tag-conflict",
            Self::NotLinkable { .. } => "cannot-be-linked",
            Self::ReferencedContentMissing { .. } => "referenced-content-missing",
            Self::DigestMismatch { .. } => "digest-mismatch",
            Self::SizeMismatch { .. } => "size-mismatch",
            Self::TooLarge { .. } => "too-large",
            Self::Unsupported { .. } => "unsupported",
            Self::Network { .. } => "network",
            Self::Server { .. } => "server",
            Self::Refused { .. } => "refused",
            Self::Elsewhere { error, .. } => error.code(),
            Self::Certificate { .. } => "certificate",
            Self::OutOfReach { .. } => "out-of-reach",
            Self::UploadForgotten { .. } => "upload-forgotten",
            Self::Local { .. } => "local",
            Self::Protocol { .. } => "protocol",
        }
    }

    /// Whether the same request may succeed when it is sent again.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind(), Self::Throttled { .. } | Self::Network { .. } | Self::Server { .. })
    }

    /// The error itself, at whichever host it happened.
    pub fn kind(&self) -> &Self {
        match self {
            Self::Elsewhere { error, .. } => error.kind(),
            other => other,
        }
    }

    /// The HTTP status, if the request was refused with one.
    pub fn status(&self) -> Option<u16> {
        match self.kind() {
            Self::Server { status, .. } | Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The same error, as one of another host.
    pub(crate) fn at(mut self, host: &str) -> Self {
        if matches!(self, Self::Elsewhere { .. } | Self::OutOfReach { .. } | Self::Local { .. }) {
            return self;
        }
        let registry = std::mem::replace(self.registry_mut(), host.to_owned());
        Self::Elsewhere { registry, host: host.to_owned(), error: Box::new(self) }
    }

    /// The registry that this is about.
    pub fn registry(&self) -> &str {
        registry_in!(self)
    }

    fn registry_mut(&mut self) -> &mut String {
        registry_in!(self)
    }
}

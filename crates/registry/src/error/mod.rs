//! A failure in talking to one registry.

mod kind;

use std::fmt;

use crate::RegistryErrorKind as Kind;

pub use kind::RegistryErrorKind;

/// A failure in talking to one registry.
#[derive(Debug, Clone)]
pub struct Error {
    /// The endpoint's name.
    pub registry: String,
    /// What happened.
    pub kind: RegistryErrorKind,
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registry, kind } = self;
        match kind {
            Kind::RepositoryNotFound { repository } => {
                write!(f, "{registry} has no repository `{repository}`")
            }
            Kind::NotFound { repository, what } => write!(f, "{registry} has no {what} in `{repository}`"),
            Kind::Unauthorized { message } => {
                write!(f, "{registry} did not accept the credentials: {message}")
            }
            Kind::Denied { message } => write!(f, "{registry} denied the request: {message}"),
            Kind::Throttled { message, .. } => write!(f, "{registry} asks to slow down: {message}"),
            Kind::TagImmutable { repository, tag } => {
                write!(f, "{registry}: tag `{tag}` of `{repository}` is immutable and has another digest")
            }
            Kind::TagTaken { repository, tag, existing } => {
                write!(f, "{registry}: tag `{tag}` of `{repository}` already points at {existing}")
            }
            Kind::NotLinkable { message } => {
                write!(f, "{registry}: the referrer cannot be linked here: {message}")
            }
            Kind::ReferencedContentMissing { repository, message } => {
                write!(f, "{registry}: `{repository}` lacks content that the manifest names: {message}")
            }
            Kind::DigestMismatch { expected, actual } => {
                write!(f, "{registry} sent bytes with digest {actual} for {expected}")
            }
            Kind::SizeMismatch { digest, expected, actual } => {
                write!(f, "{registry} sent {actual} bytes for {digest}, which has {expected}")
            }
            Kind::TooLarge { what, limit } => write!(f, "{registry}: {what} is larger than {limit} bytes"),
            Kind::Unsupported { message } => write!(f, "{registry} does not support this: {message}"),
            Kind::Network { message } => write!(f, "no answer from {registry}: {message}"),
            Kind::Server { status, message } => write!(f, "{registry} failed with {status}: {message}"),
            Kind::Refused { status, message } => write!(f, "{registry} refused with {status}: {message}"),
            Kind::Certificate { message } => write!(f, "{registry}: {message}"),
            Kind::OutOfReach { message } => {
                write!(f, "{registry} sent us to an address that is off limits: {message}")
            }
            Kind::Elsewhere { host, error } => write!(f, "{error} ({registry} sent us to {host})"),
            Kind::UploadForgotten { digest } => {
                write!(f, "{registry} no longer knows the unfinished upload of {digest}")
            }
            Kind::Local { message } => write!(f, "{registry}: {message}"),
            Kind::Protocol { message } => {
                write!(f, "{registry} sent an answer that cannot be understood: {message}")
            }
        }
    }
}

impl Error {
    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            Kind::RepositoryNotFound { .. } => "repository-not-found",
            Kind::NotFound { .. } => "not-found",
            Kind::Unauthorized { .. } => "unauthorized",
            Kind::Denied { .. } => "denied",
            Kind::Throttled { .. } => "throttled",
            Kind::TagImmutable { .. } => "tag-immutable",
            Kind::TagTaken { .. } => "tag-conflict",
            Kind::NotLinkable { .. } => "cannot-be-linked",
            Kind::ReferencedContentMissing { .. } => "referenced-content-missing",
            Kind::DigestMismatch { .. } => "digest-mismatch",
            Kind::SizeMismatch { .. } => "size-mismatch",
            Kind::TooLarge { .. } => "too-large",
            Kind::Unsupported { .. } => "unsupported",
            Kind::Network { .. } => "network",
            Kind::Server { .. } => "server",
            Kind::Refused { .. } => "refused",
            Kind::Elsewhere { error, .. } => error.code(),
            Kind::Certificate { .. } => "certificate",
            Kind::OutOfReach { .. } => "out-of-reach",
            Kind::UploadForgotten { .. } => "upload-forgotten",
            Kind::Local { .. } => "local",
            Kind::Protocol { .. } => "protocol",
        }
    }

    /// Whether the same request may succeed when it is sent again.
    pub fn is_retryable(&self) -> bool {
        matches!(self.cause(), Kind::Throttled { .. } | Kind::Network { .. } | Kind::Server { .. })
    }

    /// What happened, at whichever host.
    pub fn cause(&self) -> &RegistryErrorKind {
        match &self.kind {
            Kind::Elsewhere { error, .. } => error.cause(),
            kind => kind,
        }
    }

    /// The HTTP status, if the request was refused with one.
    pub fn status(&self) -> Option<u16> {
        match self.cause() {
            Kind::Server { status, .. } | Kind::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The same error, as one of another host.
    pub(crate) fn elsewhere(self, host: &str) -> Self {
        if matches!(self.kind, Kind::Elsewhere { .. } | Kind::OutOfReach { .. } | Kind::Local { .. }) {
            return self;
        }
        let error = Box::new(self.kind.at(host));
        Kind::Elsewhere { host: host.to_owned(), error }.at(self.registry)
    }
}

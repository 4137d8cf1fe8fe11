//! What can go wrong with ECR and STS, in our words.

mod advice;
mod call;
mod kind;
mod sentence;

use std::fmt;

use crate::{EcrErrorKind as Kind, Fate};

pub use call::{Call, Document, Side};
pub use kind::EcrErrorKind;

/// A failed call or a refused write.
#[derive(Debug, Clone, PartialEq)]
pub struct EcrError {
    /// What happened.
    pub kind: EcrErrorKind,
    /// The call that failed, or that was not made.
    pub call: Box<Call>,
}

impl fmt::Display for EcrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.write(&self.call, f)
    }
}

impl std::error::Error for EcrError {}

impl EcrError {
    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &str {
        match &self.kind {
            Kind::NoCredentials { problem: Some(problem) } => &problem.code,
            Kind::RepositoryNotFound => "repository-not-found",
            Kind::RepositoryNotEmpty => "repository-not-empty",
            Kind::RepositoryAlreadyExists => "repository-already-exists",
            Kind::ImageNotFound => "image-not-found",
            Kind::ImageAlreadyExists => "image-already-exists",
            Kind::TagImmutable => "tag-immutable",
            Kind::DigestRefused => "digest-refused",
            Kind::DigestMismatch { .. } => "digest-mismatch",
            Kind::ReferencedContentMissing => "referenced-content-missing",
            Kind::UploadNotFound => "upload-not-found",
            Kind::LayerPartInvalid { .. } => "layer-part-invalid",
            Kind::LayerAlreadyExists => "layer-already-exists",
            Kind::LayerInvalid => "layer-invalid",
            Kind::PolicyNotFound => "policy-not-found",
            Kind::LimitExceeded => "limit-exceeded",
            Kind::AccessDenied { .. } => "access-denied",
            Kind::CredentialsExpired => "credentials-expired",
            Kind::CredentialsUnknown => "credentials-unknown",
            Kind::InvalidSignature => "invalid-signature",
            Kind::RegionNotServed => "region-not-served",
            Kind::ClockSkew => "clock-skew",
            Kind::NoCredentials { .. } => "no-credentials",
            Kind::Throttled => "throttled",
            Kind::InvalidParameter => "invalid-parameter",
            Kind::Kms => "kms",
            Kind::UnknownOperation => "unknown-operation",
            Kind::Certificate => "certificate",
            Kind::CertificateFile => "ca-file",
            Kind::Unreachable { .. } => "unreachable",
            Kind::Timeout => "timeout",
            Kind::Server { .. } => "server",
            Kind::Protocol => "protocol",
            Kind::Exception { exception } => exception.code,
            Kind::Other { .. } => "refused",
            Kind::WrongRegistry { .. } => "wrong-registry",
            Kind::ChangedElsewhere { .. } => "changed-elsewhere",
            Kind::NotSent { cause } => cause.code(),
            Kind::Unconfirmed { cause } => match &cause.kind {
                Kind::ChangedElsewhere { .. } => cause.code(),
                _ => "outcome-unknown",
            },
            Kind::NotVisible => "write-not-visible",
            Kind::LostUpdate { .. } => "lost-update",
        }
    }

    /// The fate of a write that ended with this error.
    pub fn fate(&self) -> Fate {
        match &self.kind {
            Kind::NotSent { .. }
            | Kind::NoCredentials { .. }
            | Kind::WrongRegistry { .. }
            | Kind::Certificate
            | Kind::CertificateFile
            | Kind::Unreachable { sent: false } => Fate::NotSent,
            Kind::Unreachable { .. }
            | Kind::Timeout
            | Kind::Server { .. }
            | Kind::Protocol
            | Kind::NotVisible
            | Kind::Unconfirmed { .. } => Fate::Unknown,
            Kind::LostUpdate { .. } => Fate::Written,
            _ => Fate::Refused,
        }
    }
}

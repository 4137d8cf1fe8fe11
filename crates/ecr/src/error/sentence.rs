//! Failures as sentences.

use std::fmt;

use longshore_names::RepositoryName;

use crate::{Call, EcrErrorKind};

impl EcrErrorKind {
    /// Writes what happened to a call.
    pub(super) fn write(&self, call: &Call, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { registry, operation, repository, message, .. } = call;
        let repository = repository.as_ref().map_or("?", RepositoryName::as_str);
        match self {
            Self::RepositoryNotFound => write!(f, "{registry} has no repository `{repository}`"),
            Self::RepositoryNotEmpty => write!(f, "repository `{repository}` in {registry} still has images"),
            Self::RepositoryAlreadyExists => {
                write!(f, "repository `{repository}` already exists in {registry}")
            }
            Self::ImageNotFound => write!(f, "`{repository}` in {registry} has no such image: {message}"),
            Self::ImageAlreadyExists => write!(f, "the image is already in `{repository}` of {registry}"),
            Self::TagImmutable => write!(f, "a tag of `{repository}` in {registry} is immutable: {message}"),
            Self::DigestRefused => write!(f, "{registry} computed another digest: {message}"),
            Self::DigestMismatch { expected, actual } => {
                write!(f, "{registry} sent bytes with digest {actual} for {expected}")
            }
            Self::ReferencedContentMissing => {
                write!(f, "`{repository}` in {registry} lacks what the manifest names: {message}")
            }
            Self::UploadNotFound => write!(f, "{registry} knows no such upload to `{repository}`"),
            Self::LayerPartInvalid { .. } => {
                write!(f, "{registry} did not accept part of a layer of `{repository}`: {message}")
            }
            Self::LayerAlreadyExists => write!(f, "`{repository}` in {registry} already has the layer"),
            Self::LayerInvalid => write!(f, "{registry} did not accept a layer of `{repository}`: {message}"),
            Self::PolicyNotFound => write!(f, "{registry} has no such policy"),
            Self::LimitExceeded => write!(f, "a quota of {registry} is used up: {message}"),
            Self::AccessDenied { action, .. } => {
                write!(f, "{registry} denied {}: {message}", action.as_deref().unwrap_or(operation))
            }
            Self::CredentialsExpired => write!(f, "the credentials for {registry} have expired"),
            Self::CredentialsUnknown => write!(f, "{registry} does not know these credentials: {message}"),
            Self::InvalidSignature => write!(f, "{registry} did not accept the signature"),
            Self::RegionNotServed => write!(f, "the endpoint of {registry} does not serve this Region"),
            Self::ClockSkew => write!(f, "this machine's clock differs too much from that of {registry}"),
            Self::NoCredentials { .. } => write!(f, "no usable credentials for {registry}: {message}"),
            Self::Throttled => write!(f, "{registry} asks to slow down: {message}"),
            Self::InvalidParameter => write!(f, "{registry} refused a value of {operation}: {message}"),
            Self::Kms => write!(f, "the encryption key in {registry} could not be used: {message}"),
            Self::UnknownOperation => write!(f, "{registry} does not know {operation}"),
            Self::Certificate => write!(f, "{registry} cannot be asked: {message}"),
            Self::Unreachable { .. } => write!(f, "the endpoint of {registry} cannot be reached: {message}"),
            Self::Timeout => write!(f, "{registry} did not answer {operation} in time"),
            Self::Server { status } => write!(f, "{registry} failed with {status}: {message}"),
            Self::Protocol => {
                write!(f, "{registry} sent an answer to {operation} that cannot be understood: {message}")
            }
            Self::Exception { exception } => write!(f, "{registry} {}: {message}", exception.text),
            Self::Other { service_code, .. } => {
                write!(f, "{registry} refused {operation} with {service_code}: {message}")
            }
            Self::WrongRegistry { actual } => {
                write!(f, "these credentials act on account {actual}, not on {registry}")
            }
            Self::ChangedElsewhere { document, .. } => {
                write!(f, "the {document} of {registry} was changed elsewhere in the meantime")
            }
            Self::NotSent { cause } => write!(f, "{cause}"),
            Self::Unconfirmed { cause } => {
                write!(f, "it is not known whether {operation} was carried out in {registry}: {cause}")
            }
            Self::NotVisible => {
                write!(f, "{registry} accepted {operation} but still shows the state before it")
            }
            Self::LostUpdate { document, .. } => write!(
                f,
                "the {document} of {registry} was overwritten by someone else just after it was written"
            ),
        }
    }
}

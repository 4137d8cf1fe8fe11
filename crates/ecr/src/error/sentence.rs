//! Failures as sentences.

use std::fmt;

use longshore_names::RepositoryName;

use crate::{Call, EcrErrorKind};

impl EcrErrorKind {
    /// Writes what happened to a call.
    pub(super) fn write(&self, call: &Call, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { registry, operation, repository, message, .. } = call;
        let said = Said(message);
        let repository = repository.as_ref().map_or("?", RepositoryName::as_str);
        match self {
            Self::RepositoryNotFound => write!(f, "{registry} has no repository `{repository}`"),
            Self::RepositoryNotEmpty => write!(f, "repository `{repository}` in {registry} still has images"),
            Self::RepositoryAlreadyExists => {
                write!(f, "repository `{repository}` already exists in {registry}")
            }
            Self::ImageNotFound => write!(f, "`{repository}` in {registry} has no such image{said}"),
            Self::ImageAlreadyExists => write!(f, "the image is already in `{repository}` of {registry}"),
            Self::TagImmutable => write!(f, "a tag of `{repository}` in {registry} is immutable{said}"),
            Self::DigestRefused => write!(f, "{registry} computed another digest{said}"),
            Self::DigestMismatch { expected, actual } => {
                write!(f, "{registry} sent bytes with digest {actual} for {expected}")
            }
            Self::ReferencedContentMissing => {
                write!(f, "`{repository}` in {registry} lacks what the manifest names{said}")
            }
            Self::UploadNotFound => write!(f, "{registry} knows no such upload to `{repository}`"),
            Self::LayerPartInvalid { .. } => {
                write!(f, "{registry} did not accept part of a layer of `{repository}`{said}")
            }
            Self::LayerAlreadyExists => write!(f, "`{repository}` in {registry} already has the layer"),
            Self::LayerInvalid => write!(f, "{registry} did not accept a layer of `{repository}`{said}"),
            Self::PolicyNotFound => write!(f, "{registry} has no such policy"),
            Self::LimitExceeded => write!(f, "a quota of {registry} is used up{said}"),
            Self::AccessDenied { action, .. } => {
                write!(f, "{registry} denied {}{said}", action.as_deref().unwrap_or(operation))
            }
            Self::CredentialsExpired => write!(f, "the credentials for {registry} have expired"),
            Self::CredentialsUnknown => write!(f, "{registry} does not know these credentials{said}"),
            Self::InvalidSignature => write!(f, "{registry} did not accept the signature"),
            Self::RegionNotServed => write!(f, "the endpoint of {registry} does not serve this Region"),
            Self::ClockSkew => write!(f, "this machine's clock differs too much from that of {registry}"),
            Self::NoCredentials { .. } => write!(f, "no usable credentials for {registry}{said}"),
            Self::Throttled => write!(f, "{registry} asks to slow down{said}"),
            Self::InvalidParameter => write!(f, "{registry} refused a value of {operation}{said}"),
            Self::Kms => write!(f, "the encryption key in {registry} could not be used{said}"),
            Self::UnknownOperation => write!(f, "{registry} does not know {operation}"),
            Self::Certificate | Self::CertificateFile => write!(f, "{registry} cannot be asked{said}"),
            Self::Unreachable { .. } => write!(f, "the endpoint of {registry} cannot be reached{said}"),
            Self::Timeout => write!(f, "{registry} did not answer {operation} in time"),
            Self::Server { status } => write!(f, "{registry} failed with {status}{said}"),
            Self::Protocol => {
                write!(f, "{registry} sent an answer to {operation} that cannot be understood{said}")
            }
            Self::Exception { exception } => write!(f, "{registry} {}{said}", exception.text),
            Self::Other { service_code, status } => {
                write!(f, "{registry} refused {operation} with ")?;
                match (service_code.as_str(), message.is_empty()) {
                    ("", _) => write!(f, "HTTP status {status}{said}"),
                    (code, true) => write!(f, "{code} (HTTP status {status})"),
                    (code, false) => write!(f, "{code}{said}"),
                }
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

/// What a service said, after a colon; nothing if it said nothing.
struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            text => write!(f, ": {text}"),
        }
    }
}

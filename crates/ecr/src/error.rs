//! What can go wrong with ECR and STS, in our words.

use longshore_names::{Digest, RegistryId, RepositoryName};
use serde_json::Value;

use crate::{CredentialProblem, Exception, Fate};

/// Where a failed call was sent, and the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The registry that was asked.
    pub registry: RegistryId,
    /// The operation as AWS names it, such as `DescribeImages`.
    pub operation: &'static str,
    /// The repository, for operations that have one.
    pub repository: Option<RepositoryName>,
    /// What the service said, at most 1,000 characters, without canonical requests or tokens.
    pub message: String,
    /// The request id to give to AWS support.
    pub request_id: Option<String>,
}

impl Call {
    fn repository(&self) -> &str {
        self.repository.as_ref().map_or("?", RepositoryName::as_str)
    }
}

/// The side on which something has to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// This machine: its clock, its credentials, the request itself.
    ThisMachine,
    /// The path between the two: name resolution, proxies, connections.
    Network,
    /// The account and Region that were asked.
    Registry,
}

impl Side {
    /// A stable code for tables of texts.
    pub fn code(self) -> &'static str {
        match self {
            Self::ThisMachine => "this-machine",
            Self::Network => "network",
            Self::Registry => "registry",
        }
    }
}

/// A document that ECR stores only as a whole and without a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Document {
    /// The replication configuration of a registry.
    ReplicationConfiguration,
    /// The permissions policy of a registry.
    RegistryPolicy,
    /// Whether tags of a repository may move.
    TagMutability,
    /// The lifecycle policy of a repository.
    LifecyclePolicy,
    /// A setting of an account in a Region.
    AccountSetting,
}

impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ReplicationConfiguration => "replication configuration",
            Self::RegistryPolicy => "registry policy",
            Self::TagMutability => "tag mutability",
            Self::LifecyclePolicy => "lifecycle policy",
            Self::AccountSetting => "account setting",
        })
    }
}

/// A failed call or a refused write. Every variant has a stable [`code`](EcrError::code).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EcrError {
    /// The repository does not exist in this registry.
    #[error("{} has no repository `{}`", call.registry, call.repository())]
    RepositoryNotFound {
        /// The call.
        call: Box<Call>,
    },
    /// The repository has images and deletion was not forced.
    #[error("repository `{}` in {} still has images", call.repository(), call.registry)]
    RepositoryNotEmpty {
        /// The call.
        call: Box<Call>,
    },
    /// A repository of this name already exists.
    #[error("repository `{}` already exists in {}", call.repository(), call.registry)]
    RepositoryAlreadyExists {
        /// The call.
        call: Box<Call>,
    },
    /// The repository has no such image.
    #[error("`{}` in {} has no such image: {}", call.repository(), call.registry, call.message)]
    ImageNotFound {
        /// The call.
        call: Box<Call>,
    },
    /// The same manifest already exists under the same tag.
    #[error("the image is already in `{}` of {}", call.repository(), call.registry)]
    ImageAlreadyExists {
        /// The call.
        call: Box<Call>,
    },
    /// The tag exists and the repository does not allow it to move.
    #[error("a tag of `{}` in {} is immutable: {}", call.repository(), call.registry, call.message)]
    TagImmutable {
        /// The call.
        call: Box<Call>,
    },
    /// ECR computed another digest than the one that was sent along.
    #[error("{} computed another digest: {}", call.registry, call.message)]
    DigestRefused {
        /// The call.
        call: Box<Call>,
    },
    /// A manifest whose bytes do not match its digest. They were discarded.
    #[error("{} sent bytes with digest {actual} for {expected}", call.registry)]
    DigestMismatch {
        /// The call.
        call: Box<Call>,
        /// The digest that it was sent under.
        expected: Digest,
        /// The digest of its bytes.
        actual: Digest,
    },
    /// The manifest names layers or manifests that the repository does not have.
    #[error("`{}` in {} lacks what the manifest names: {}", call.repository(), call.registry, call.message)]
    ReferencedContentMissing {
        /// The call.
        call: Box<Call>,
    },
    /// An upload in parts that ECR does not know, or no longer knows.
    #[error("{} knows no such upload to `{}`", call.registry, call.repository())]
    UploadNotFound {
        /// The call.
        call: Box<Call>,
    },
    /// A part that does not begin where the upload ends, or has a size that is not allowed.
    #[error("{} did not accept part of a layer of `{}`: {}", call.registry, call.repository(), call.message)]
    LayerPartInvalid {
        /// The call.
        call: Box<Call>,
        /// Bytes that ECR has of the layer, when it says so.
        received: Option<u64>,
    },
    /// The repository has the layer already.
    #[error("`{}` in {} already has the layer", call.repository(), call.registry)]
    LayerAlreadyExists {
        /// The call.
        call: Box<Call>,
    },
    /// The uploaded bytes are not the layer that was named, or its parts are too small.
    #[error("{} did not accept a layer of `{}`: {}", call.registry, call.repository(), call.message)]
    LayerInvalid {
        /// The call.
        call: Box<Call>,
    },
    /// The registry or repository has no such policy.
    #[error("{} has no such policy", call.registry)]
    PolicyNotFound {
        /// The call.
        call: Box<Call>,
    },
    /// A service quota is used up.
    #[error("a quota of {} is used up: {}", call.registry, call.message)]
    LimitExceeded {
        /// The call.
        call: Box<Call>,
    },
    /// The principal may not do this.
    #[error("{} denied {}: {}", call.registry, action.as_deref().unwrap_or(call.operation), call.message)]
    AccessDenied {
        /// The call.
        call: Box<Call>,
        /// Who asked, as an ARN, when the service said so.
        principal: Option<String>,
        /// The denied action, such as `ecr:PutImage`, when the service said so.
        action: Option<String>,
        /// The resource, when the service said so.
        resource: Option<String>,
        /// A statement denies it explicitly; another allow does not help.
        explicit: bool,
    },
    /// The credentials were good once and have expired.
    #[error("the credentials for {} have expired", call.registry)]
    CredentialsExpired {
        /// The call.
        call: Box<Call>,
    },
    /// AWS does not know the access key, or the Region is not enabled for the account.
    #[error("{} does not know these credentials: {}", call.registry, call.message)]
    CredentialsUnknown {
        /// The call.
        call: Box<Call>,
    },
    /// The signature is wrong: usually a wrong secret key.
    #[error("{} did not accept the signature", call.registry)]
    InvalidSignature {
        /// The call.
        call: Box<Call>,
    },
    /// This machine's clock is too far from AWS's.
    #[error("this machine's clock differs too much from that of {}", call.registry)]
    ClockSkew {
        /// The call.
        call: Box<Call>,
    },
    /// The credentials could not be loaded on this machine.
    #[error("no usable credentials for {}: {}", call.registry, call.message)]
    NoCredentials {
        /// The call.
        call: Box<Call>,
        /// What their provider says.
        problem: Option<Box<CredentialProblem>>,
    },
    /// Too many requests.
    #[error("{} asks to slow down: {}", call.registry, call.message)]
    Throttled {
        /// The call.
        call: Box<Call>,
    },
    /// The service refused a value in the request.
    #[error("{} refused a value of {}: {}", call.registry, call.operation, call.message)]
    InvalidParameter {
        /// The call.
        call: Box<Call>,
    },
    /// KMS refused or failed on the repository's key.
    #[error("the encryption key in {} could not be used: {}", call.registry, call.message)]
    Kms {
        /// The call.
        call: Box<Call>,
    },
    /// The service does not know the operation.
    #[error("{} does not know {}", call.registry, call.operation)]
    UnknownOperation {
        /// The call.
        call: Box<Call>,
    },
    /// This machine does not trust the certificate of the endpoint, or of a proxy that reads along.
    #[error("{} cannot be asked: {}", call.registry, call.message)]
    Certificate {
        /// The call, which was not sent.
        call: Box<Call>,
    },
    /// No connection: refused, no such host, TLS; or one that broke.
    #[error("the endpoint of {} cannot be reached: {}", call.registry, call.message)]
    Unreachable {
        /// The call.
        call: Box<Call>,
        /// There was a connection, so that the request may have arrived.
        sent: bool,
    },
    /// No answer in time, after all tries.
    #[error("{} did not answer {} in time", call.registry, call.operation)]
    Timeout {
        /// The call.
        call: Box<Call>,
    },
    /// The service failed.
    #[error("{} failed with {status}: {}", call.registry, call.message)]
    Server {
        /// The call.
        call: Box<Call>,
        /// HTTP status.
        status: u16,
    },
    /// The response cannot be understood.
    #[error("{} sent an answer to {} that cannot be understood: {}", call.registry, call.operation, call.message)]
    Protocol {
        /// The call.
        call: Box<Call>,
    },
    /// A refusal that needs no treatment of its own.
    #[error("{} {}: {}", call.registry, exception.text, call.message)]
    Exception {
        /// The call.
        call: Box<Call>,
        /// What it means.
        exception: &'static Exception,
    },
    /// A refusal that has no variant here; code and text as the service gave them.
    #[error("{} refused {} with {service_code}: {}", call.registry, call.operation, call.message)]
    Other {
        /// The call.
        call: Box<Call>,
        /// The service's own error code.
        service_code: String,
        /// HTTP status.
        status: u16,
    },
    /// The credentials belong to another account than the target registry. Requests for registry
    /// settings name no account, so the wrong registry would be changed.
    #[error("these credentials act on account {actual}, not on {}", call.registry)]
    WrongRegistry {
        /// The call that was not made.
        call: Box<Call>,
        /// The account that the credentials act on.
        actual: String,
    },
    /// The document is no longer the one that the plan was made for. Nothing was written.
    #[error("the {document} of {} was changed elsewhere in the meantime", call.registry)]
    ChangedElsewhere {
        /// The write that was not made.
        call: Box<Call>,
        /// Which document.
        document: Document,
        /// What the plan expected to replace; null for no document.
        expected: Box<Value>,
        /// What is there; null for no document.
        found: Box<Value>,
    },
    /// The current state could not be read, so nothing was sent.
    #[error("{cause}")]
    NotSent {
        /// The call.
        call: Box<Call>,
        /// Why.
        cause: Box<EcrError>,
    },
    /// A write was sent, and it is not known whether it was carried out.
    #[error("it is not known whether {} was carried out in {}: {cause}", call.operation, call.registry)]
    Unconfirmed {
        /// The write.
        call: Box<Call>,
        /// What ended it.
        cause: Box<EcrError>,
    },
    /// A write was accepted, but reads still show the state before it.
    #[error("{} accepted {} but still shows the state before it", call.registry, call.operation)]
    NotVisible {
        /// The write.
        call: Box<Call>,
    },
    /// The document was written, but another one was read back: another client wrote at the same
    /// time.
    #[error("the {document} of {} was overwritten by someone else just after it was written", call.registry)]
    LostUpdate {
        /// The write.
        call: Box<Call>,
        /// Which document.
        document: Document,
        /// What was written; null for no document.
        wrote: Box<Value>,
        /// What is there now; null for no document.
        found: Box<Value>,
    },
}

impl EcrError {
    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &str {
        match self {
            Self::NoCredentials { problem: Some(problem), .. } => &problem.code,
            Self::RepositoryNotFound { .. } => "repository-not-found",
            Self::RepositoryNotEmpty { .. } => "repository-not-empty",
            Self::RepositoryAlreadyExists { .. } => "repository-already-exists",
            Self::ImageNotFound { .. } => "image-not-found",
            Self::ImageAlreadyExists { .. } => "image-already-exists",
            Self::TagImmutable { .. } => "tag-immutable",
            Self::DigestRefused { .. } => "digest-refused",
            Self::DigestMismatch { .. } => "digest-mismatch",
            Self::ReferencedContentMissing { .. } => "referenced-content-missing",
            Self::UploadNotFound { .. } => "upload-not-found",
            Self::LayerPartInvalid { .. } => "layer-part-invalid",
            Self::LayerAlreadyExists { .. } => "layer-already-exists",
            Self::LayerInvalid { .. } => "layer-invalid",
            Self::PolicyNotFound { .. } => "policy-not-found",
            Self::LimitExceeded { .. } => "limit-exceeded",
            Self::AccessDenied { .. } => "access-denied",
            Self::CredentialsExpired { .. } => "credentials-expired",
            Self::CredentialsUnknown { .. } => "credentials-unknown",
            Self::InvalidSignature { .. } => "invalid-signature",
            Self::ClockSkew { .. } => "clock-skew",
            Self::NoCredentials { .. } => "no-credentials",
            Self::Throttled { .. } => "throttled",
            Self::InvalidParameter { .. } => "invalid-parameter",
            Self::Kms { .. } => "kms",
            Self::UnknownOperation { .. } => "unknown-operation",
            Self::Certificate { .. } => "certificate",
            Self::Unreachable { .. } => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::Server { .. } => "server",
            Self::Protocol { .. } => "protocol",
            Self::Exception { exception, .. } => exception.code,
            Self::Other { .. } => "refused",
            Self::WrongRegistry { .. } => "wrong-registry",
            Self::ChangedElsewhere { .. } => "changed-elsewhere",
            Self::NotSent { cause, .. } => cause.code(),
            Self::Unconfirmed { cause, .. } => match &**cause {
                Self::ChangedElsewhere { .. } => cause.code(),
                _ => "outcome-unknown",
            },
            Self::NotVisible { .. } => "write-not-visible",
            Self::LostUpdate { .. } => "lost-update",
        }
    }

    /// The fate of a write that ended with this error.
    pub fn fate(&self) -> Fate {
        match self {
            Self::NotSent { .. }
            | Self::NoCredentials { .. }
            | Self::WrongRegistry { .. }
            | Self::Certificate { .. }
            | Self::Unreachable { sent: false, .. } => Fate::NotSent,
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Server { .. }
            | Self::Protocol { .. }
            | Self::NotVisible { .. }
            | Self::Unconfirmed { .. } => Fate::Unknown,
            Self::LostUpdate { .. } => Fate::Written,
            _ => Fate::Refused,
        }
    }

    /// The call that the error is about.
    pub fn call(&self) -> &Call {
        match self {
            Self::RepositoryNotFound { call }
            | Self::RepositoryNotEmpty { call }
            | Self::RepositoryAlreadyExists { call }
            | Self::ImageNotFound { call }
            | Self::ImageAlreadyExists { call }
            | Self::TagImmutable { call }
            | Self::DigestRefused { call }
            | Self::DigestMismatch { call, .. }
            | Self::ReferencedContentMissing { call }
            | Self::UploadNotFound { call }
            | Self::LayerPartInvalid { call, .. }
            | Self::LayerAlreadyExists { call }
            | Self::LayerInvalid { call }
            | Self::PolicyNotFound { call }
            | Self::LimitExceeded { call }
            | Self::AccessDenied { call, .. }
            | Self::CredentialsExpired { call }
            | Self::CredentialsUnknown { call }
            | Self::InvalidSignature { call }
            | Self::ClockSkew { call }
            | Self::NoCredentials { call, .. }
            | Self::Throttled { call }
            | Self::InvalidParameter { call }
            | Self::Kms { call }
            | Self::UnknownOperation { call }
            | Self::Certificate { call }
            | Self::Unreachable { call, .. }
            | Self::Timeout { call }
            | Self::Server { call, .. }
            | Self::Protocol { call }
            | Self::Exception { call, .. }
            | Self::Other { call, .. }
            | Self::WrongRegistry { call, .. }
            | Self::ChangedElsewhere { call, .. }
            | Self::NotSent { call, .. }
            | Self::Unconfirmed { call, .. }
            | Self::NotVisible { call }
            | Self::LostUpdate { call, .. } => call,
        }
    }
}

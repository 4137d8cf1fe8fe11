//! The kinds of failures.

use longshore_names::Digest;
use serde_json::Value;

use crate::{Call, CredentialProblem, Document, EcrError, Exception};

/// What went wrong with a call. Every kind has a stable [`code`](EcrError::code).
#[derive(Debug, Clone, PartialEq)]
pub enum EcrErrorKind {
    /// The repository does not exist in this registry.
    RepositoryNotFound,
    /// The repository has images and deletion was not forced.
    RepositoryNotEmpty,
    /// A repository of this name already exists.
    RepositoryAlreadyExists,
    /// The repository has no such image.
    ImageNotFound,
    /// The same manifest already exists under the same tag.
    ImageAlreadyExists,
    /// The tag exists and the repository does not allow it to move.
    TagImmutable,
    /// ECR computed another digest than the one that was sent along.
    DigestRefused,
    /// A manifest whose bytes do not match its digest. They were discarded.
    DigestMismatch {
        /// The digest that it was sent under.
        expected: Digest,
        /// The digest of its bytes.
        actual: Digest,
    },
    /// The manifest names layers or manifests that the repository does not have.
    ReferencedContentMissing,
    /// An upload in parts that ECR does not know, or no longer knows.
    UploadNotFound,
    /// A part that does not begin where the upload ends, or has a size that is not allowed.
    LayerPartInvalid {
        /// Bytes that ECR has of the layer, when it says so.
        received: Option<u64>,
    },
    /// The repository has the layer already.
    LayerAlreadyExists,
    /// The uploaded bytes are not the layer that was named, or its parts are too small.
    LayerInvalid,
    /// The registry or repository has no such policy.
    PolicyNotFound,
    /// A service quota is used up.
    LimitExceeded,
    /// The principal may not do this.
    AccessDenied {
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
    CredentialsExpired,
    /// AWS does not know the access key, or the Region is not enabled for the account.
    CredentialsUnknown,
    /// The signature is wrong: usually a wrong secret key.
    InvalidSignature,
    /// The endpoint does not serve the Region that the request was signed for.
    RegionNotServed,
    /// This machine's clock is too far from AWS's.
    ClockSkew,
    /// The credentials could not be loaded on this machine.
    NoCredentials {
        /// What their provider says.
        problem: Option<Box<CredentialProblem>>,
    },
    /// Too many requests.
    Throttled,
    /// The service refused a value in the request.
    InvalidParameter,
    /// KMS refused or failed on the repository's key.
    Kms,
    /// The service does not know the operation.
    UnknownOperation,
    /// This machine does not trust the certificate of the endpoint, or of a proxy that reads along.
    Certificate,
    /// A file with certificates that are to be trusted cannot be used, so that nothing was sent.
    CertificateFile,
    /// No connection: refused, no such host, TLS; or one that broke.
    Unreachable {
        /// There was a connection, so that the request may have arrived.
        sent: bool,
    },
    /// No answer in time, after all tries.
    Timeout,
    /// The service failed.
    Server {
        /// HTTP status.
        status: u16,
    },
    /// The response cannot be understood.
    Protocol,
    /// A refusal that needs no treatment of its own.
    Exception {
        /// What it means.
        exception: &'static Exception,
    },
    /// A refusal that has no variant here; code and text as the service gave them.
    Other {
        /// The service's own error code.
        service_code: String,
        /// HTTP status.
        status: u16,
    },
    /// The credentials belong to another account than the target registry. Requests for registry
    /// settings name no account, so the wrong registry would be changed.
    WrongRegistry {
        /// The account that the credentials act on.
        actual: String,
    },
    /// The document is no longer the one that the plan was made for. Nothing was written.
    ChangedElsewhere {
        /// Which document.
        document: Document,
        /// What the plan expected to replace; null for no document.
        expected: Box<Value>,
        /// What is there; null for no document.
        found: Box<Value>,
    },
    /// The current state could not be read, so nothing was sent.
    NotSent {
        /// Why.
        cause: Box<EcrError>,
    },
    /// A write was sent, and it is not known whether it was carried out.
    Unconfirmed {
        /// What ended it.
        cause: Box<EcrError>,
    },
    /// A write was accepted, but reads still show the state before it.
    NotVisible,
    /// The document was written, but another one was read back: another client wrote at the same
    /// time.
    LostUpdate {
        /// Which document.
        document: Document,
        /// What was written; null for no document.
        wrote: Box<Value>,
        /// What is there now; null for no document.
        found: Box<Value>,
    },
}

impl EcrErrorKind {
    /// The failure of a call.
    pub(crate) fn of(self, call: impl Into<Box<Call>>) -> EcrError {
        EcrError { kind: self, call: call.into() }
    }
}

//! Errors of the data plane, in the distribution specification's envelope with ECR's texts.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use longshore_names::{Digest, RegistryId, RepositoryName};
use serde_json::json;

use crate::{
    error::{CommitError, StorageError},
    images::{
        manifest::{MAX_MANIFEST, ManifestError},
        push::PushError,
        uploads::{MAX_LAYER, UploadError},
    },
};

/// An error response.
#[derive(Debug)]
pub(crate) struct DataError {
    status: StatusCode,
    code: &'static str,
    message: String,
    headers: Vec<(header::HeaderName, String)>,
}

impl DataError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    fn with(mut self, name: header::HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// No credentials: the response says which are wanted.
    pub(crate) fn unauthorised(host: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Not Authorized").with(
            header::WWW_AUTHENTICATE,
            format!("Basic realm=\"http://{host}/\",service=\"ecr.amazonaws.com\""),
        )
    }

    /// The Region does not answer.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "The service is unavailable in this Region.",
        )
    }

    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "DENIED", message)
    }

    pub(crate) fn repository(name: &RepositoryName, registry: &RegistryId) -> Self {
        let message = format!(
            "The repository with name '{name}' does not exist in the registry with id '{}'",
            registry.account
        );
        Self::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message)
    }

    pub(crate) fn manifest() -> Self {
        Self::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "Requested image not found")
    }

    pub(crate) fn blob(digest: &Digest, name: &RepositoryName) -> Self {
        let message =
            format!("The layer with digest '{digest}' does not exist in the repository with name '{name}'");
        Self::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", message)
    }

    pub(crate) fn upload(id: &str) -> Self {
        let message = format!("The upload with id '{id}' does not exist");
        Self::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", message)
    }

    /// ECR's response to a parameter that its API refuses.
    pub(crate) fn parameter(name: &str, constraint: &str) -> Self {
        let message = format!("Invalid parameter at '{name}' failed to satisfy constraint: '{constraint}'");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message)
    }

    pub(crate) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "There is nothing at this path")
    }

    pub(crate) fn digest(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message)
    }

    pub(crate) fn throttled() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", "Rate exceeded")
    }

    pub(crate) fn internal(error: &StorageError) -> Self {
        tracing::error!(%error, "the sandbox could not write");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", "The sandbox could not store this")
    }

    /// The response to a failed push to this repository.
    pub(crate) fn push(error: PushError, name: &RepositoryName, registry: &RegistryId) -> Self {
        let account = &registry.account;
        let listed =
            |digests: &[Digest]| digests.iter().take(20).map(Digest::as_str).collect::<Vec<_>>().join(", ");
        match error {
            PushError::Commit(error) => Self::commit(error, name, registry),
            PushError::Manifest(ManifestError::TooLarge) => {
                let message = format!("a manifest has at most {MAX_MANIFEST} bytes");
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "MANIFEST_INVALID", message)
            }
            PushError::Manifest(ManifestError::Syntax(_) | ManifestError::NoMediaType) => {
                Self::parameter("ImageManifest", "Invalid JSON syntax")
            }
            PushError::Manifest(error) => Self::parameter("ImageManifest", &error.to_string()),
            PushError::DigestMismatch { actual } => {
                Self::digest(format!("The manifest's digest is {actual}"))
            }
            PushError::LayersMissing(digests) => Self::new(
                StatusCode::NOT_FOUND,
                "MANIFEST_BLOB_UNKNOWN",
                format!(
                    "Layers with digests '[{}]' required for pushing image into repository with name '{name}' in the registry with id '{account}' do not exist",
                    listed(&digests)
                ),
            ),
            PushError::ChildrenMissing(digests) => Self::new(
                StatusCode::NOT_FOUND,
                "MANIFEST_UNKNOWN",
                format!(
                    "Images with digests '[{}]' required for pushing image into repository with name '{name}' in the registry with id '{account}' do not exist",
                    listed(&digests)
                ),
            ),
            PushError::TagImmutable { tag, .. } => Self::new(
                StatusCode::BAD_REQUEST,
                "TAG_INVALID",
                format!(
                    "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the tag is immutable."
                ),
            ),
            PushError::SubjectRefused => Self::method(),
            PushError::Exists(_) => {
                Self::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", "The image exists")
            }
        }
    }

    /// The response to a change of this repository that was not made.
    pub(crate) fn commit(error: CommitError, name: &RepositoryName, registry: &RegistryId) -> Self {
        match error {
            CommitError::Storage(error) => Self::internal(&error),
            CommitError::Deleted => Self::repository(name, registry),
        }
    }
}

impl From<StorageError> for DataError {
    fn from(error: StorageError) -> Self {
        Self::internal(&error)
    }
}

impl From<UploadError> for DataError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Storage(error) => Self::internal(&error),
            UploadError::Body(_) => {
                Self::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", "The body ended early")
            }
            UploadError::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "BLOB_UPLOAD_INVALID",
                format!("A layer has at most {MAX_LAYER} bytes"),
            ),
            UploadError::Gap { received } => Self::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "BLOB_UPLOAD_INVALID",
                format!("The upload has {received} bytes; the range must begin there"),
            )
            .with(header::RANGE, format!("0-{}", received.saturating_sub(1))),
            UploadError::Digest { actual } => Self::digest(format!("The content's digest is {actual}")),
            UploadError::Finished => {
                Self::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "The upload is finished")
            }
        }
    }
}

impl IntoResponse for DataError {
    fn into_response(self) -> Response {
        let body = json!({"errors": [{"code": self.code, "message": self.message}]}).to_string();
        let mut response = (self.status, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

//! Blobs: HEAD answers here, GET sends the client to the layer origin.

use axum::response::Response;
use http::{Method, StatusCode, header};
use longshore_names::{Digest, RepositoryName};

use super::{Call, DIGEST_HEADER, empty, error::DataError, layers};

pub(super) fn dispatch(call: &Call, name: &RepositoryName, digest: &str) -> Result<Response, DataError> {
    let action = match call.parts.method {
        Method::HEAD => "ecr:BatchCheckLayerAvailability",
        Method::GET => "ecr:GetDownloadUrlForLayer",
        _ => return Err(DataError::method()),
    };
    let digest: Digest = digest.parse().map_err(|e| DataError::digest(format!("{e}")))?;
    let repository = call.repository(name, action)?;
    let size = repository.read(|content| content.layers.get(&digest).copied());
    let size = size.ok_or_else(|| DataError::blob(&digest, name))?;
    if call.parts.method == Method::HEAD {
        return Ok(empty(
            StatusCode::OK,
            &[
                (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                (header::CONTENT_LENGTH, size.to_string()),
                (DIGEST_HEADER, digest.to_string()),
            ],
        ));
    }
    let url = layers::download_url(&call.state, &call.registry.id, &digest, call.host());
    Ok(empty(StatusCode::TEMPORARY_REDIRECT, &[(header::LOCATION, url)]))
}

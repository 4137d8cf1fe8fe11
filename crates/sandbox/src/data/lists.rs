//! Lists: tags, repositories, referrers.

use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderName, HeaderValue, StatusCode, header};
use longshore_names::{Digest, RepositoryName};
use serde_json::{Value, json};

use super::{Call, access, error::DataError, json as answer};
use crate::images::manifest::OCI_INDEX;

/// ECR's default page size, and its largest (go-containerregistry#681).
const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// `GET /v2/<name>/tags/list`
pub(super) fn tags(call: &Call, name: &RepositoryName) -> Result<Response, DataError> {
    let repository = call.repository(name, "ecr:ListImages")?;
    let tags = repository.read(|content| content.tags.keys().map(|t| t.as_str().to_owned()).collect());
    page(call, &format!("/v2/{name}/tags/list"), tags, |page| json!({"name": name, "tags": page}))
}

/// `GET /v2/_catalog`, which ECR answers without documenting it.
pub(super) fn catalog(call: &Call) -> Result<Response, DataError> {
    access::permit(&call.state, &call.registry, &call.principal, "ecr:DescribeRepositories", None)?;
    let names = call.registry.repositories().iter().map(|r| r.name.as_str().to_owned()).collect();
    page(call, "/v2/_catalog", names, |page| json!({"repositories": page}))
}

/// Cuts a page out of a sorted list and links the next one.
fn page(
    call: &Call,
    path: &str,
    all: Vec<String>,
    body: impl FnOnce(&[String]) -> Value,
) -> Result<Response, DataError> {
    let bound = "Member must have value less than or equal to 1000";
    let size = match call.query.get("n") {
        None => DEFAULT_PAGE,
        Some(n) => match n.parse::<u64>() {
            Ok(0) | Err(_) => {
                let least = "Member must have value greater than or equal to 1";
                return Err(DataError::parameter("maxResults", least));
            }
            Ok(n) => usize::try_from(n)
                .ok()
                .filter(|n| *n <= LARGEST_PAGE)
                .ok_or_else(|| DataError::parameter("maxResults", bound))?,
        },
    };
    let start = match call.query.get("last") {
        None => 0,
        Some(last) => {
            let last = position(last)?;
            all.partition_point(|item| *item <= last)
        }
    };
    let end = (start + size).min(all.len());
    let items = &all[start..end];
    let mut response = answer(StatusCode::OK, body(items).to_string());
    if let (true, Some(last)) = (end < all.len(), items.last()) {
        let link = format!("<{}?last={}&n={size}>; rel=\"next\"", call.url(path), opaque(last));
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// `last` of a link is opaque, as ECR's is. The dot, with which no tag and no repository begins,
/// distinguishes it from a name that a client put there itself.
fn opaque(last: &str) -> String {
    format!(".{}", URL_SAFE_NO_PAD.encode(last))
}

fn position(last: &str) -> Result<String, DataError> {
    let Some(encoded) = last.strip_prefix('.') else { return Ok(last.to_owned()) };
    let decoded = URL_SAFE_NO_PAD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or_else(|| DataError::parameter("nextToken", "Invalid pagination token"))
}

/// `GET /v2/<name>/referrers/<digest>` (distribution specification 1.1)
pub(super) fn referrers(call: &Call, name: &RepositoryName, digest: &str) -> Result<Response, DataError> {
    let digest: Digest = digest.parse().map_err(|e| DataError::digest(format!("{e}")))?;
    let repository = call.repository(name, "ecr:BatchGetImage")?;
    let wanted = call.query.get("artifactType").filter(|t| !t.is_empty());
    let manifests: Vec<Value> = repository.read(|content| {
        let referrers = content.images.values().filter(|image| image.subject.as_ref() == Some(&digest));
        let filtered =
            referrers.filter(|image| wanted.is_none_or(|t| image.artifact_media_type.as_ref() == Some(t)));
        filtered
            .map(|image| {
                let mut descriptor = json!({
                    "mediaType": image.media_type, "digest": image.digest, "size": image.manifest_size,
                });
                if let Some(artifact_type) = &image.artifact_media_type {
                    descriptor["artifactType"] = json!(artifact_type);
                }
                if let Some(annotations) = &image.annotations {
                    descriptor["annotations"] = json!(annotations);
                }
                descriptor
            })
            .collect()
    });
    let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests});
    let mut response = answer(StatusCode::OK, index.to_string());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OCI_INDEX));
    if wanted.is_some() {
        let filters = HeaderName::from_static("oci-filters-applied");
        response.headers_mut().insert(filters, HeaderValue::from_static("artifactType"));
    }
    Ok(response)
}

//! Layers in parts: `InitiateLayerUpload`, `UploadLayerPart`, `CompleteLayerUpload`.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use longshore_names::Digest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::control::{
    wire::call::{Call, Refused},
    wire::constraints::{count, parse_digest},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::{
    images::uploads::{Upload, UploadError},
    state::{Mutation, Registry, Repository},
};

/// The part size that is announced to callers.
const PART_SIZE: u64 = 10 * 1024 * 1024;
/// `LayerPartBlob` of the API model.
const LARGEST_PART: usize = 20 * 1024 * 1024;

pub(in crate::control) async fn initiate_layer_upload(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository_to_push(input).await?;
    let upload = registry
        .uploads
        .begin(&registry.id, &repository.name, call.now)
        .await
        .map_err(|error| ApiError::server(&error))?;
    Ok(json!({ "uploadId": upload.id.to_string(), "partSize": PART_SIZE }))
}

pub(in crate::control) async fn upload_layer_part(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let first = position(input, "partFirstByte")?;
    let last = position(input, "partLastByte")?;
    let blob = STANDARD
        .decode(input.needed_text("layerPartBlob")?)
        .map_err(|_| ApiError::new("SerializationException", "layerPartBlob is not valid base64"))?;
    if blob.len() > LARGEST_PART {
        return Err(ApiError::parameter(
            "layerPartBlob",
            format_args!("must have length less than or equal to {LARGEST_PART}"),
        ));
    }
    let upload = find(&registry, &repository, input)?;
    let length = blob.len() as u64;
    if length == 0 || last.checked_sub(first).and_then(|n| n.checked_add(1)) != Some(length) {
        return Err(invalid_part(&registry, &upload, upload.received().await));
    }
    let body = futures::stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from(blob))]);
    let received = upload.append(Some(first), body, true).await.map_err(|error| match error {
        UploadError::Gap { received } => invalid_part(&registry, &upload, received),
        UploadError::TooLarge => {
            ApiError::new("LimitExceededException", "The layer is larger than the largest layer allowed.")
        }
        other => self::error(other, &registry, &upload),
    })?;
    registry.counters.blob_bytes_received.fetch_add(length, Relaxed);
    Ok(json!({
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "uploadId": upload.id.to_string(),
        "lastByteReceived": received - 1,
    }))
}

pub(in crate::control) async fn complete_layer_upload(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let digests = input.texts("layerDigests")?.ok_or_else(|| input.missing("layerDigests"))?;
    count("layerDigests", &digests, 1, 100)?;
    let digests: Vec<Digest> =
        digests.into_iter().map(|text| parse_digest("layerDigests", text)).collect::<ApiResult<_>>()?;
    let upload = find(&registry, &repository, input)?;
    if upload.received().await == 0 {
        return Err(ApiError::new(
            "EmptyUploadException",
            format!(
                "The upload with id '{}' in the repository with name '{}' in registry with id '{}' cannot be completed because it does not have any parts",
                upload.id, repository.name, registry.id.account
            ),
        ));
    }
    if upload.has_small_part().await {
        return Err(ApiError::new(
            "LayerPartTooSmallException",
            "All layer parts except the last part should be at least 5MB",
        ));
    }
    let digest = &digests[0];
    if digests.iter().any(|other| other != digest) {
        return Err(ApiError::new("InvalidLayerException", "The layer digests are not those of one layer."));
    }
    if repository.read(|state| state.layers.contains_key(digest)) {
        registry.uploads.cancel(&upload).await;
        return Err(ApiError::new(
            "LayerAlreadyExistsException",
            format!(
                "Layer with digest '{digest}' already exists in the repository with name '{}' in registry with id '{}'",
                repository.name, registry.id.account
            ),
        ));
    }
    let size = registry
        .uploads
        .finish(&upload, &registry.blobs, digest)
        .await
        .map_err(|error| self::error(error, &registry, &upload))?;
    let layer = Mutation::Layer { digest: digest.clone(), size };
    repository
        .commit(move |_| -> Result<_, Refused> { Ok((vec![layer], ())) })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    registry.counters.uploaded(digest, size);
    Ok(json!({
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "uploadId": upload.id.to_string(),
        "layerDigest": digest,
    }))
}

fn position(input: &Members<'_>, name: &str) -> ApiResult<u64> {
    u64::try_from(input.needed_number(name)?)
        .map_err(|_| ApiError::parameter(name, "must be greater than or equal to 0"))
}

fn find(registry: &Registry, repository: &Repository, input: &Members<'_>) -> ApiResult<Arc<Upload>> {
    const PATTERN: &str = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
    let text = input.needed_text("uploadId")?;
    let id = Uuid::try_parse(text).ok().filter(|_| text.len() == 36).ok_or_else(|| {
        ApiError::parameter("uploadId", format_args!("must satisfy regular expression '{PATTERN}'"))
    })?;
    registry
        .uploads
        .find(&registry.id, &repository.name, id)
        .ok_or_else(|| not_found(registry, repository, id))
}

fn not_found(registry: &Registry, repository: &Repository, id: Uuid) -> ApiError {
    ApiError::new(
        "UploadNotFoundException",
        format!(
            "Upload with id '{id}' could not be found for the repository with name '{}' in the registry with id '{}'",
            repository.name, registry.id.account
        ),
    )
}

/// `lastValidByteReceived` is the last byte's position; before the first part it is -1.
fn invalid_part(registry: &Registry, upload: &Upload, received: u64) -> ApiError {
    let last = i64::try_from(received).unwrap_or(i64::MAX) - 1;
    ApiError::new(
        "InvalidLayerPartException",
        format!(
            "Invalid layer part upload for upload with id '{}' in the repository with name '{}' in the registry with id '{}'",
            upload.id, upload.repository, registry.id.account
        ),
    )
    .with("registryId", registry.id.account.as_str())
    .with("repositoryName", upload.repository.as_str())
    .with("uploadId", upload.id.to_string())
    .with("lastValidByteReceived", last)
}

fn error(error: UploadError, registry: &Registry, upload: &Upload) -> ApiError {
    match error {
        UploadError::Digest { actual } => ApiError::new(
            "InvalidLayerException",
            format!("The layer's content has the digest '{actual}', which is not the one that was given."),
        ),
        UploadError::Finished => ApiError::new(
            "UploadNotFoundException",
            format!(
                "Upload with id '{}' could not be found for the repository with name '{}' in the registry with id '{}'",
                upload.id, upload.repository, registry.id.account
            ),
        ),
        other => ApiError::server(&other),
    }
}

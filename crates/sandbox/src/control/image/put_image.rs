//! `PutImage`: what the data plane's manifest PUT does, with the API's errors.

use bytes::Bytes;
use longshore_names::{Digest, RegistryId, RepositoryName};
use serde_json::{Value, json};

use crate::control::{
    image::image_ids::identifier,
    wire::call::{Call, Refused},
    wire::constraints::{length, parse_digest, parse_tag},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::{
    error::CommitError,
    images::{
        manifest::{MAX_MANIFEST, ManifestError},
        push::{self, Push, PushError},
    },
};

pub(in crate::control) async fn put_image(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository_to_push(input).await?;
    let text = input.needed_text("imageManifest")?;
    length("imageManifest", text, 1, MAX_MANIFEST)?;
    let tag = input.text("imageTag")?.map(|tag| parse_tag("imageTag", tag)).transpose()?;
    let digest = input.text("imageDigest")?.map(|digest| parse_digest("imageDigest", digest)).transpose()?;
    let push = Push {
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        media_type: input.text("imageManifestMediaType")?.map(str::to_owned),
        tag: tag.clone(),
        digest,
    };
    let pushed =
        push::push(&call.state, &registry, &repository, push).await.map_err(|error| match error {
            PushError::Commit(CommitError::Deleted) => {
                Refused::from(CommitError::Deleted).into_api(&repository)
            }
            other => refused(other, &registry.id, &repository.name, tag.as_ref().map(|tag| tag.as_str())),
        })?;
    Ok(json!({ "image": {
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "imageId": identifier(&pushed.image.digest, tag.as_ref().map(|tag| tag.as_str())),
        "imageManifest": text,
        "imageManifestMediaType": pushed.image.media_type,
    }}))
}

fn refused(
    error: PushError,
    registry: &RegistryId,
    repository: &RepositoryName,
    tag: Option<&str>,
) -> ApiError {
    let account = &registry.account;
    let missing = |what: &str, digests: Vec<Digest>| {
        let digests = digests.iter().map(Digest::as_str).collect::<Vec<_>>().join(", ");
        format!(
            "{what} with digests '[{digests}]' required for pushing image into repository with name '{repository}' in the registry with id '{account}' do not exist"
        )
    };
    match error {
        PushError::Commit(error) => ApiError::server(&error),
        PushError::Manifest(error) => manifest(&error),
        PushError::DigestMismatch { actual } => ApiError::new(
            "ImageDigestDoesNotMatchException",
            format!(
                "The specified image digest does not match the digest of the image manifest, which is '{actual}'"
            ),
        ),
        PushError::LayersMissing(digests) => {
            ApiError::new("LayersNotFoundException", missing("Layers", digests))
        }
        PushError::ChildrenMissing(digests) => {
            ApiError::new("ReferencedImagesNotFoundException", missing("Images", digests))
        }
        PushError::TagImmutable { tag, .. } => ApiError::new(
            "ImageTagAlreadyExistsException",
            format!(
                "The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten because the tag is immutable."
            ),
        ),
        PushError::Exists(image) => ApiError::new(
            "ImageAlreadyExistsException",
            format!(
                "Image with digest '{}' and tag '{}' already exists in the repository with name '{repository}' in registry with id '{account}'",
                image.digest,
                tag.unwrap_or("null")
            ),
        ),
        PushError::SubjectRefused => ApiError::parameter(
            "ImageManifest",
            "Manifests with a subject are refused (switched on in the sandbox)",
        ),
    }
}

fn manifest(error: &ManifestError) -> ApiError {
    match error {
        ManifestError::TooLarge => ApiError::parameter(
            "imageManifest",
            format_args!("must have length less than or equal to {MAX_MANIFEST}"),
        ),
        ManifestError::Syntax(_) | ManifestError::NoMediaType => {
            ApiError::parameter("ImageManifest", "Invalid JSON syntax")
        }
        ManifestError::Unsupported(media_type) => {
            ApiError::parameter("imageManifestMediaType", format_args!("Unsupported media type {media_type}"))
        }
        ManifestError::Contradiction { inside, outside } => ApiError::parameter(
            "imageManifestMediaType",
            format_args!("{outside} does not match the media type {inside} in the manifest"),
        ),
    }
}

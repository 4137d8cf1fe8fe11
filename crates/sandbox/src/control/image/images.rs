//! `BatchGetImage`, which counts as a pull, and `BatchDeleteImage`.

use std::sync::atomic::Ordering::Relaxed;

use longshore_names::Digest;
use serde_json::{Value, json};

use crate::control::{
    image::image_ids::{ARCHIVED, Failure, ImageId, NOT_FOUND, REFERENCED, identifier},
    wire::call::{Call, Refused},
    wire::constraints::count,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::{
    StorageError, files,
    images::{blobs::digest_of, deletion, manifest},
    state::{Mutation, RepositoryState},
};

/// A manifest that was found, before its bytes are read.
struct Found {
    at: usize,
    digest: Digest,
    media_type: String,
}

/// Manifests, each as it was pushed. By tag, and when the caller names media types without the
/// stored one, in the other image format if that is named (User Guide, "image-manifest-formats").
pub(in crate::control) async fn batch_get_image(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let ids = ImageId::read_list(input)?.ok_or_else(|| input.missing("imageIds"))?;
    let accepted: Option<Vec<String>> = match input.texts("acceptedMediaTypes")? {
        Some(types) => {
            count("acceptedMediaTypes", &types, 1, 100)?;
            Some(types.into_iter().map(str::to_owned).collect())
        }
        None => None,
    };

    let (mut found, mut failures) = (Vec::new(), Vec::new());
    repository.read(|state| {
        for (at, id) in ids.iter().enumerate() {
            match id.find(state) {
                // The API model has no code of its own for it.
                Ok(image) if image.storage.status(call.now) != "ACTIVE" => {
                    failures.push(id.failed(ARCHIVED));
                }
                Ok(image) => {
                    found.push(Found {
                        at,
                        digest: image.digest.clone(),
                        media_type: image.media_type.clone(),
                    });
                }
                Err(failure) => failures.push(id.failed(failure)),
            }
        }
    });
    let blobs = registry.blobs.clone();
    let texts = files::blocking(move || -> Result<Vec<(Found, Vec<u8>)>, StorageError> {
        found.into_iter().map(|image| blobs.read(&image.digest).map(|bytes| (image, bytes))).collect()
    })
    .await
    .map_err(|error| ApiError::server(&error))?;

    let (mut images, mut pulled) = (Vec::new(), Vec::new());
    for (image, bytes) in texts {
        let id = &ids[image.at];
        let wanted =
            |media_type: &str| accepted.as_ref().is_none_or(|list| list.iter().any(|t| t == media_type));
        let (digest, media_type, bytes) = match id.has_tag() && !wanted(&image.media_type) {
            false => (image.digest.clone(), image.media_type, bytes),
            true => match manifest::convert(&bytes, &image.media_type, wanted) {
                Some((bytes, media_type)) => (digest_of(&bytes), media_type.to_owned(), bytes),
                None => (image.digest.clone(), image.media_type, bytes),
            },
        };
        let Ok(text) = String::from_utf8(bytes) else {
            failures.push(id.failed(NOT_FOUND));
            continue;
        };
        images.push(json!({
            "registryId": registry.id.account,
            "repositoryName": repository.name,
            "imageId": id.resolved(&digest),
            "imageManifest": text,
            "imageManifestMediaType": media_type,
        }));
        pulled.push(image.digest);
    }
    registry.counters.manifest_gets.fetch_add(pulled.len() as u64, Relaxed);
    let principal = call.principal();
    if registry.document().records_pulls_of(&principal.arns()) {
        repository.note_pulled(pulled, call.now).await;
    }
    Ok(json!({ "images": images, "failures": failures }))
}

/// Removes tags and images. By tag: the tag, and with the last tag the image. By digest: the image
/// with all its tags. The ids are processed in order, so manifests can be deleted after the list
/// that names them.
pub(in crate::control) async fn batch_delete_image(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let ids = ImageId::read_list(input)?.ok_or_else(|| input.missing("imageIds"))?;
    let decide = move |state: &RepositoryState| -> Result<_, Refused> {
        let mut rest = state.clone();
        let (mut group, mut deleted, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        for id in &ids {
            match delete(&rest, id) {
                Ok((mutation, gone)) => {
                    rest.apply(&mutation);
                    group.push(mutation);
                    deleted.extend(gone);
                }
                Err(failure) => failures.push(id.failed(failure)),
            }
        }
        Ok((group, (deleted, failures)))
    };
    let (deleted, failures) = deletion::commit(&call.state, &registry, &repository, decide)
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(json!({ "imageIds": deleted, "failures": failures }))
}

/// The change that one id asks for, and the identifiers that it deletes.
fn delete(state: &RepositoryState, id: &ImageId) -> Result<(Mutation, Vec<Value>), Failure> {
    let image = id.find(state)?;
    let digest = &image.digest;
    let (_, tag) = id.parse()?;
    let tags: Vec<&str> = state.tags_of(digest).map(|tag| tag.as_str()).collect();
    let only = |tag: &str| tags == [tag];
    match tag {
        Some(tag) if !only(tag.as_str()) => {
            let gone = vec![identifier(digest, Some(tag.as_str()))];
            Ok((Mutation::Untag { tag }, gone))
        }
        _ if state.parent_of(digest).is_some() => Err(REFERENCED),
        _ if tags.is_empty() => {
            Ok((Mutation::RemoveImage { digest: digest.clone() }, vec![identifier(digest, None)]))
        }
        _ => {
            let gone = tags.iter().map(|tag| identifier(digest, Some(tag))).collect();
            Ok((Mutation::RemoveImage { digest: digest.clone() }, gone))
        }
    }
}

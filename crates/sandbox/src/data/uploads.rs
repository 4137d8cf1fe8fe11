//! Uploading blobs: monolithic, in chunks, or without any upload by mounting.

use std::sync::Arc;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::{HeaderName, Method, StatusCode, header};
use longshore_names::{Digest, RepositoryName};
use uuid::Uuid;

use super::{Call, DIGEST_HEADER, access, empty, error::DataError};
use crate::{
    counters::LiveCounters,
    error::CommitError,
    images::uploads::{Upload, UploadError},
    state::{Mutation, Repository},
};

const UPLOAD_HEADER: HeaderName = HeaderName::from_static("docker-upload-uuid");

pub(super) async fn dispatch(
    call: &Call,
    name: &RepositoryName,
    id: &str,
    body: Body,
) -> Result<Response, DataError> {
    let action = match call.parts.method {
        Method::POST => "ecr:InitiateLayerUpload",
        Method::PUT => "ecr:CompleteLayerUpload",
        _ => "ecr:UploadLayerPart",
    };
    if id.is_empty() && call.parts.method == Method::POST {
        let repository = call.repository_to_push(name, action).await?;
        return begin(call, &repository, body).await;
    }
    let repository = call.repository(name, action)?;
    if id.is_empty() {
        return Err(DataError::method());
    }
    let known = Uuid::parse_str(id).ok();
    let found = known.and_then(|known| call.registry.uploads.find(&call.registry.id, name, known));
    let upload = found.ok_or_else(|| DataError::upload(id))?;
    match call.parts.method {
        Method::GET | Method::HEAD => {
            let received = upload.received().await;
            Ok(progress(call, &upload, StatusCode::NO_CONTENT, received))
        }
        Method::PATCH => patch(call, &upload, body).await,
        Method::PUT => {
            let digest = digest_parameter(call)?.ok_or_else(|| DataError::digest("digest is missing"))?;
            upload.append(content_range(call)?, counted(call, body), false).await?;
            finish(call, &repository, &upload, &digest).await
        }
        Method::DELETE => {
            call.registry.uploads.cancel(&upload).await;
            Ok(empty(StatusCode::NO_CONTENT, &[]))
        }
        _ => Err(DataError::method()),
    }
}

/// POST: mounts, takes the whole blob, or opens a session.
async fn begin(call: &Call, repository: &Arc<Repository>, body: Body) -> Result<Response, DataError> {
    if let Some(digest) = call.query.get("mount") {
        let digest: Digest = digest.parse().map_err(|e| DataError::digest(format!("{e}")))?;
        if let Some(response) = mount(call, repository, &digest).await? {
            return Ok(response);
        }
    }
    let digest = digest_parameter(call)?;
    let uploads = &call.registry.uploads;
    let upload = uploads.begin(&call.registry.id, &repository.name, call.state.clock.now()).await?;
    let Some(digest) = digest else { return Ok(progress(call, &upload, StatusCode::ACCEPTED, 0)) };
    let taken = upload.append(None, counted(call, body), false).await;
    if let Err(error) = taken {
        uploads.cancel(&upload).await;
        return Err(error.into());
    }
    finish(call, repository, &upload, &digest).await
}

/// Links a blob of another repository of this registry. `None`: the client has to upload it.
///
/// Conditions (User Guide, "blob-mounting"; containers-roadmap#2860): mounting is switched on, a
/// manifest of the source refers to the blob, both have the same encryption, and the caller may
/// download it from the source.
async fn mount(
    call: &Call,
    repository: &Arc<Repository>,
    digest: &Digest,
) -> Result<Option<Response>, DataError> {
    let Some(from) = call.query.get("from") else { return Ok(None) };
    if !call.registry.document().blob_mounting(call.state.switches().blob_mounting) {
        return Ok(None);
    }
    let Ok(from) = from.parse::<RepositoryName>() else { return Ok(None) };
    let Some(source) = call.registry.repository(&from) else { return Ok(None) };
    if access::permit(&call.state, &call.registry, &call.principal, "ecr:GetDownloadUrlForLayer", Some(&from))
        .is_err()
    {
        return Ok(None);
    }
    let (size, encryption) = source.read(|content| {
        let size = content.layers.get(digest).copied().filter(|_| content.is_referenced(digest));
        (size, (content.settings.encryption_type.clone(), content.settings.kms_key.clone()))
    });
    let Some(size) = size else { return Ok(None) };
    let own = repository
        .read(|content| (content.settings.encryption_type.clone(), content.settings.kms_key.clone()));
    if own != encryption {
        return Ok(None);
    }
    link(call, repository, digest, size).await?;
    LiveCounters::add(&call.registry.counters.mounts, 1);
    Ok(Some(created(call, &repository.name, digest)))
}

async fn patch(call: &Call, upload: &Arc<Upload>, body: Body) -> Result<Response, DataError> {
    let broken = call.state.switches().multi_patch_broken;
    if broken && upload.patches().await > 0 {
        let mut dropped = counted(call, body);
        while let Some(chunk) = dropped.next().await {
            chunk.map_err(|e| UploadError::Body(e.to_string()))?;
        }
        let received = upload.received().await;
        return Ok(progress(call, upload, StatusCode::CREATED, received));
    }
    let received = upload.append(content_range(call)?, counted(call, body), true).await?;
    let status = if broken { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    Ok(progress(call, upload, status, received))
}

async fn finish(
    call: &Call,
    repository: &Arc<Repository>,
    upload: &Arc<Upload>,
    digest: &Digest,
) -> Result<Response, DataError> {
    let size = call.registry.uploads.finish(upload, &call.registry.blobs, digest).await?;
    link(call, repository, digest, size).await?;
    call.registry.counters.uploaded(digest, size);
    Ok(created(call, &repository.name, digest))
}

/// Makes a stored blob part of the repository.
async fn link(
    call: &Call,
    repository: &Arc<Repository>,
    digest: &Digest,
    size: u64,
) -> Result<(), DataError> {
    let linked = digest.clone();
    let committed: Result<(), CommitError> = repository
        .commit(move |content| {
            let known = content.layers.contains_key(&linked);
            let group = if known { Vec::new() } else { vec![Mutation::Layer { digest: linked, size }] };
            Ok((group, ()))
        })
        .await;
    committed.map_err(|error| DataError::commit(error, &repository.name, &call.registry.id))?;
    call.wrote("CompleteLayerUpload", &repository.name, None, digest);
    Ok(())
}

/// The body, counted as it arrives.
fn counted(call: &Call, body: Body) -> impl Stream<Item = Result<Bytes, axum::Error>> + Unpin + use<> {
    let registry = call.registry.clone();
    body.into_data_stream().inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            LiveCounters::add(&registry.counters.blob_bytes_received, chunk.len() as u64);
        }
    })
}

fn digest_parameter(call: &Call) -> Result<Option<Digest>, DataError> {
    let Some(text) = call.query.get("digest") else { return Ok(None) };
    let digest: Digest = text.parse().map_err(|e| DataError::digest(format!("{e}")))?;
    if digest.algorithm() != longshore_names::Algorithm::Sha256 {
        return Err(DataError::digest("the algorithm must be sha256"));
    }
    Ok(Some(digest))
}

/// The start of `Content-Range: <start>-<end>`, which must fit the length if that is known.
fn content_range(call: &Call) -> Result<Option<u64>, DataError> {
    let Some(value) = call.parts.headers.get(header::CONTENT_RANGE) else { return Ok(None) };
    let invalid = || {
        DataError::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", "Content-Range is not <start>-<end>")
    };
    let text = value.to_str().map_err(|_| invalid())?;
    let text = text.strip_prefix("bytes ").unwrap_or(text);
    let text = text.split('/').next().unwrap_or(text);
    let (start, end) = text.split_once('-').ok_or_else(invalid)?;
    let (start, end): (u64, u64) =
        (start.trim().parse().map_err(|_| invalid())?, end.trim().parse().map_err(|_| invalid())?);
    let length =
        call.parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if end < start || length.is_some_and(|length| length != end - start + 1) {
        return Err(invalid());
    }
    Ok(Some(start))
}

fn progress(call: &Call, upload: &Upload, status: StatusCode, received: u64) -> Response {
    let path = format!("/v2/{}/blobs/uploads/{}", upload.repository, upload.id);
    empty(
        status,
        &[
            (header::LOCATION, call.url(&path)),
            (header::RANGE, format!("0-{}", received.saturating_sub(1))),
            (UPLOAD_HEADER, upload.id.to_string()),
            (header::CONTENT_LENGTH, "0".to_owned()),
        ],
    )
}

fn created(call: &Call, name: &RepositoryName, digest: &Digest) -> Response {
    empty(
        StatusCode::CREATED,
        &[
            (header::LOCATION, call.url(&format!("/v2/{name}/blobs/{digest}"))),
            (DIGEST_HEADER, digest.to_string()),
            (header::CONTENT_LENGTH, "0".to_owned()),
        ],
    )
}

//! Manifests: GET and HEAD by tag or digest, PUT.

use std::sync::Arc;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use longshore_names::{Digest, RepositoryName, Tag};

use super::{Call, DIGEST_HEADER, empty, error::DataError};
use crate::{
    counters::LiveCounters,
    files,
    images::{
        blobs::digest_of,
        manifest::{self, MAX_MANIFEST},
        push::{self, Push, PushError},
    },
    state::{ImageRecord, Repository},
};

const SUBJECT_HEADER: HeaderName = HeaderName::from_static("oci-subject");

enum Reference {
    Tag(Tag),
    Digest(Digest),
}

pub(super) async fn dispatch(
    call: &Call,
    name: &RepositoryName,
    reference: &str,
    body: Body,
) -> Result<Response, DataError> {
    let action = match call.parts.method {
        Method::GET | Method::HEAD => "ecr:BatchGetImage",
        Method::PUT => "ecr:PutImage",
        _ => return Err(DataError::method()),
    };
    let repository = match call.parts.method {
        Method::PUT => call.repository_to_push(name, action).await?,
        _ => call.repository(name, action)?,
    };
    let reference = if reference.contains(':') {
        Reference::Digest(reference.parse().map_err(|e| DataError::digest(format!("{e}")))?)
    } else {
        let parsed = Tag::for_input(reference).ok().filter(|tag| tag.as_str() == reference);
        Reference::Tag(parsed.ok_or_else(|| {
            DataError::parameter(
                "imageTag",
                "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9-._]{0,127}'",
            )
        })?)
    };
    if call.parts.method == Method::PUT {
        return put(call, &repository, reference, body).await;
    }
    get(call, &repository, &reference).await
}

async fn get(
    call: &Call,
    repository: &Arc<Repository>,
    reference: &Reference,
) -> Result<Response, DataError> {
    let image = repository.read(|content| match reference {
        Reference::Tag(tag) => content.by_tag(tag).cloned(),
        Reference::Digest(digest) => content.images.get(digest).cloned(),
    });
    let now = call.state.clock.now();
    // An image in the archive cannot be pulled until it is restored (User Guide, "archive_restore_image").
    let image =
        image.filter(|image| image.storage.status(now) == "ACTIVE").ok_or_else(DataError::manifest)?;
    let (blobs, digest) = (call.registry.blobs.clone(), image.digest.clone());
    let bytes = files::blocking(move || blobs.read(&digest)).await?;
    let (bytes, media_type, digest) = in_accepted_format(&call.parts.headers, reference, image, bytes);
    let length = bytes.len();
    let body = if call.parts.method == Method::HEAD {
        Body::empty()
    } else {
        if call.registry.document().records_pulls_of(&call.principal.arns()) {
            repository.note_pulled(vec![digest.stored.clone()], now).await;
        }
        LiveCounters::add(&call.registry.counters.manifest_gets, 1);
        Body::from(bytes)
    };
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    for (name, value) in [(header::CONTENT_TYPE, media_type), (DIGEST_HEADER, digest.sent.to_string())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

struct Digests {
    stored: Digest,
    sent: Digest,
}

/// By digest the bytes are always the stored ones. By tag an image is converted when the client
/// takes only the other format; the digest is then that of what is sent.
fn in_accepted_format(
    headers: &HeaderMap,
    reference: &Reference,
    image: ImageRecord,
    bytes: Vec<u8>,
) -> (Vec<u8>, String, Digests) {
    let accepted: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(|t| t.split(';').next().unwrap_or(t).trim())
        .collect();
    let accepts = |t: &str| {
        accepted.is_empty() || accepted.iter().any(|a| matches!(*a, "*/*" | "application/*") || *a == t)
    };
    if matches!(reference, Reference::Tag(_))
        && !accepts(&image.media_type)
        && let Some((converted, media_type)) = manifest::convert(&bytes, &image.media_type, accepts)
    {
        let sent = digest_of(&converted);
        return (converted, media_type.to_owned(), Digests { stored: image.digest, sent });
    }
    (bytes, image.media_type, Digests { stored: image.digest.clone(), sent: image.digest })
}

async fn put(
    call: &Call,
    repository: &Arc<Repository>,
    reference: Reference,
    body: Body,
) -> Result<Response, DataError> {
    let too_large = || {
        let message = format!("a manifest has at most {MAX_MANIFEST} bytes");
        DataError::new(StatusCode::PAYLOAD_TOO_LARGE, "MANIFEST_INVALID", message)
    };
    let announced =
        call.parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_MANIFEST) {
        return Err(too_large());
    }
    let bytes = axum::body::to_bytes(body, MAX_MANIFEST).await.map_err(|_| too_large())?;
    let media_type = call.parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let (tag, digest) = match reference {
        Reference::Tag(tag) => (Some(tag), None),
        Reference::Digest(digest) => (None, Some(digest)),
    };
    let wanted = Push { bytes, media_type: media_type.map(str::to_owned), tag: tag.clone(), digest };
    let image = match push::push(&call.state, &call.registry, repository, wanted).await {
        Ok(pushed) => {
            call.wrote("PutImage", &repository.name, tag.as_ref(), &pushed.image.digest);
            pushed.image
        }
        Err(PushError::Exists(image)) => *image,
        Err(error) => return Err(DataError::push(error, &repository.name, &call.registry.id)),
    };
    let shown = tag.map_or_else(|| image.digest.to_string(), |tag| tag.to_string());
    let mut headers = vec![
        (header::LOCATION, call.url(&format!("/v2/{}/manifests/{shown}", repository.name))),
        (DIGEST_HEADER, image.digest.to_string()),
        (header::CONTENT_LENGTH, "0".to_owned()),
    ];
    if let Some(subject) = image.subject {
        headers.push((SUBJECT_HEADER, subject.to_string()));
    }
    Ok(empty(StatusCode::CREATED, &headers))
}

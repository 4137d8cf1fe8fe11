//! The layer origin: a second loopback address that serves blobs under signed, expiring addresses,
//! as S3 does for ECR.

use std::{io::SeekFrom, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State as Extracted},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use longshore_names::{Digest, RegistryId};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::access;
use crate::{
    counters::LiveCounters,
    replication::distance,
    state::{Registry, State},
};

/// How long an address is valid.
const VALIDITY: TimeDelta = TimeDelta::hours(1);
const PURPOSE: &str = "layer-address";

/// The router of the layer origin's listener.
pub(crate) fn router(state: Arc<State>) -> Router {
    distance::far(Router::new().fallback(handle).with_state(state.clone()), &state)
}

/// A signed address of a blob of this registry; also the response of `GetDownloadUrlForLayer`.
///
/// Its host name differs from `asked`, the one that the client used, as S3's differs from ECR's:
/// Go's clients also send `Authorization` to another port of the same name, and S3 refuses that.
pub(crate) fn download_url(
    state: &State,
    registry: &RegistryId,
    digest: &Digest,
    asked: Option<&str>,
) -> String {
    let port = state.layer_port();
    let by_name =
        asked.and_then(|host| host.get(..9)).is_some_and(|name| name.eq_ignore_ascii_case("localhost"));
    let host = if by_name { "127.0.0.1" } else { "localhost" };
    let expires = (state.clock.now() + VALIDITY).timestamp();
    let path = format!("/{}/{}/{digest}", registry.account, registry.region);
    let signature = state.signing_key.sign(PURPOSE, format!("{path}\n{expires}").as_bytes());
    format!("http://{host}:{port}{path}?X-Sandbox-Expires={expires}&X-Sandbox-Signature={signature}")
}

async fn handle(Extracted(state): Extracted<Arc<State>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match answer(&state, &parts).await {
        Ok(response) => response,
        Err((status, code, message)) => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            );
            let mut response = (status, Body::from(body)).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
            response
        }
    }
}

type Refusal = (StatusCode, &'static str, &'static str);

const DENIED: Refusal = (StatusCode::FORBIDDEN, "AccessDenied", "Access Denied");
const MISSING: Refusal = (StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.");

async fn answer(state: &Arc<State>, request: &Parts) -> Result<Response, Refusal> {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        let message = "The specified method is not allowed against this resource.";
        return Err((StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message));
    }
    if request.headers.contains_key(header::AUTHORIZATION) {
        let message = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified";
        return Err((StatusCode::BAD_REQUEST, "InvalidArgument", message));
    }
    let query = access::query(request.uri.query()).map_err(|_| DENIED)?;
    let expires: i64 = query.get("X-Sandbox-Expires").and_then(|e| e.parse().ok()).ok_or(DENIED)?;
    let signature = query.get("X-Sandbox-Signature").ok_or(DENIED)?;
    let path = request.uri.path();
    if !state.signing_key.verify(PURPOSE, format!("{path}\n{expires}").as_bytes(), signature) {
        return Err(DENIED);
    }
    if expires <= state.clock.now().timestamp() {
        return Err((StatusCode::FORBIDDEN, "AccessDenied", "Request has expired"));
    }
    // The signature is valid, so the path is one that this sandbox wrote.
    let mut parts = path.trim_start_matches('/').splitn(3, '/');
    let mut next = || parts.next().unwrap_or_default();
    let (account, region, digest) = (next().parse(), next().parse(), next().parse::<Digest>());
    let (Ok(account), Ok(region), Ok(digest)) = (account, region, digest) else { return Err(MISSING) };
    let registry = state.registry(&RegistryId::new(account, region)).ok_or(MISSING)?;
    serve(registry, &digest, request.method == Method::HEAD, &request.headers).await
}

async fn serve(
    registry: Arc<Registry>,
    digest: &Digest,
    head: bool,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let mut file = tokio::fs::File::open(registry.blobs.path(digest)).await.map_err(|_| MISSING)?;
    let size = file.metadata().await.map_err(|_| MISSING)?.len();
    let (status, start, length) = match range(headers, size) {
        Range::Whole => (StatusCode::OK, 0, size),
        Range::Part { start, end } => (StatusCode::PARTIAL_CONTENT, start, end - start + 1),
        Range::Unsatisfiable => {
            let message = "The requested range is not satisfiable";
            return Err((StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", message));
        }
    };
    let body = if head {
        Body::empty()
    } else {
        file.seek(SeekFrom::Start(start)).await.map_err(|_| MISSING)?;
        let stream = ReaderStream::with_capacity(file.take(length), 256 * 1024);
        Body::from_stream(stream.inspect(move |chunk| {
            if let Ok(chunk) = chunk {
                LiveCounters::add(&registry.counters.blob_bytes_sent, chunk.len() as u64);
            }
        }))
    };
    let mut response = (status, body).into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if status == StatusCode::PARTIAL_CONTENT {
        let value = format!("bytes {start}-{}/{size}", start + length - 1);
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.insert(header::CONTENT_RANGE, value);
        }
    }
    Ok(response)
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    Part { start: u64, end: u64 },
    Unsatisfiable,
}

/// Reads a `Range` header (RFC 9110, 14.2). Anything but one range of bytes is ignored, as the RFC
/// allows.
fn range(headers: &HeaderMap, size: u64) -> Range {
    let text = headers.get(header::RANGE).and_then(|v| v.to_str().ok());
    let Some((first, last)) = text.and_then(|t| t.strip_prefix("bytes=")?.split_once('-')) else {
        return Range::Whole;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(start), Ok(end)) if end < start => Range::Whole,
        (Ok(start), _) if start >= size => Range::Unsatisfiable,
        (Ok(start), Ok(end)) => Range::Part { start, end: end.min(size - 1) },
        (Ok(start), Err(_)) if last.trim().is_empty() => Range::Part { start, end: size - 1 },
        (Err(_), Ok(0)) if first.trim().is_empty() => Range::Unsatisfiable,
        (Err(_), Ok(_)) if first.trim().is_empty() && size == 0 => Range::Unsatisfiable,
        (Err(_), Ok(tail)) if first.trim().is_empty() => {
            Range::Part { start: size.saturating_sub(tail), end: size - 1 }
        }
        _ => Range::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        for (text, expected) in [
            ("bytes=0-3", Range::Part { start: 0, end: 3 }),
            ("bytes=4-", Range::Part { start: 4, end: 9 }),
            ("bytes=4-100", Range::Part { start: 4, end: 9 }),
            ("bytes=-3", Range::Part { start: 7, end: 9 }),
            ("bytes=-30", Range::Part { start: 0, end: 9 }),
            ("bytes=10-", Range::Unsatisfiable),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=5-4", Range::Whole),
            ("bytes=0-1,3-4", Range::Whole),
            ("lines=1-2", Range::Whole),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(text));
            assert_eq!(range(&headers, 10), expected, "{text}");
        }
    }
}

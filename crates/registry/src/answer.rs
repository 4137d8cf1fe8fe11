//! Reading what a registry answers: bounded bodies, and OCI errors turned into ours.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_LENGTH, HeaderMap, HeaderName, RETRY_AFTER},
};
use serde::Deserialize;

use crate::Error;

/// Longest error document that is read.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// A small document that takes longer is given up, however steadily it trickles.
const DOCUMENT_TIME: Duration = Duration::from_secs(120);

/// What a request was about, for its errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) registry: &'a str,
    pub(crate) repository: &'a str,
    /// What was asked for, for example `tag 42`.
    pub(crate) what: &'a str,
    /// The request puts a manifest, so unknown content is what the manifest names.
    pub(crate) puts_manifest: bool,
}

impl<'a> About<'a> {
    pub(crate) fn new(registry: &'a str, repository: &'a str, what: &'a str) -> Self {
        Self { registry, repository, what, puts_manifest: false }
    }

    pub(crate) fn protocol(&self, message: impl Into<String>) -> Error {
        Error::Protocol { registry: self.registry.to_owned(), message: message.into() }
    }
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// An error answer, read once: the code and text of OCI's error document if it is one.
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads the answer; a body that cannot be read is as good as none.
    pub(crate) async fn read(registry: &str, response: Response, stall: Duration) -> Self {
        let status = response.status();
        let retry_after = retry_after(response.headers(), Utc::now());
        let body = bounded(registry, response, "the error", MAX_ERROR_BYTES, stall).await.unwrap_or_default();
        let (code, message) = match serde_json::from_slice::<Errors>(&body) {
            Ok(Errors { errors }) => match errors.into_iter().next() {
                Some(first) => (first.code, first.message),
                None => (String::new(), String::new()),
            },
            Err(_) => (String::new(), String::new()),
        };
        let code = printable(&code, 60);
        let message = match (printable(&message, 300), code.is_empty()) {
            (text, true) if text.is_empty() => status.to_string(),
            (text, true) => text,
            (text, false) if text.is_empty() => code.clone(),
            (text, false) => format!("{code}: {text}"),
        };
        Self { status, code, message, retry_after }
    }

    /// The error, if it is one that passes.
    pub(crate) fn passing(&self, about: About<'_>) -> Option<Error> {
        let Self { status, code, message, retry_after } = self;
        let (code, message) = (code.clone(), message.clone());
        let copy = Self { status: *status, code, message, retry_after: *retry_after };
        Some(copy.into_error(about)).filter(Error::is_retryable)
    }

    /// Our error for it.
    pub(crate) fn into_error(self, about: About<'_>) -> Error {
        let Self { status, code, message, retry_after } = self;
        let registry = about.registry.to_owned();
        let repository = about.repository.to_owned();
        match (code.as_str(), status.as_u16()) {
            (_, 429) | ("TOOMANYREQUESTS", _) => Error::Throttled { registry, message, retry_after },
            ("UNAUTHORIZED", 401) | (_, 401) => Error::Unauthorized { registry, message },
            ("DENIED", _) | (_, 403) => Error::Denied { registry, message },
            ("NAME_UNKNOWN", _) => Error::RepositoryNotFound { registry, repository },
            ("MANIFEST_BLOB_UNKNOWN" | "BLOB_UNKNOWN" | "MANIFEST_UNKNOWN", _) if about.puts_manifest => {
                Error::ReferencedContentMissing { registry, repository, message }
            }
            // The digest is computed from the bytes that were sent. docker-registry says so too when it
            // reads the entry of a child that another request is writing at that moment.
            ("DIGEST_INVALID", status) if about.puts_manifest => Error::Server { registry, status, message },
            ("MANIFEST_UNKNOWN" | "BLOB_UNKNOWN", _) | (_, 404) => {
                Error::NotFound { registry, repository, what: about.what.to_owned() }
            }
            ("UNSUPPORTED", _) | (_, 405) => Error::Unsupported { registry, message },
            (_, 500..) => Error::Server { registry, status: status.as_u16(), message },
            (_, status) => Error::Refused { registry, status, message },
        }
    }
}

/// What may be shown of a text that someone else wrote.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    longshore_names::shown(text.trim(), limit)
}

/// `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = DateTime::parse_from_rfc2822(text).ok()?;
    // A time that is over asks for no wait.
    Some((time.to_utc() - now).to_std().unwrap_or_default())
}

/// A header that is a number.
pub(crate) fn number(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// A whole body of at most `limit` bytes.
pub(crate) async fn bounded(
    registry: &str,
    response: Response,
    what: &str,
    limit: usize,
    stall: Duration,
) -> Result<Bytes, Error> {
    let too_large = || Error::TooLarge { registry: registry.to_owned(), what: what.to_owned(), limit };
    if number(response.headers(), CONTENT_LENGTH).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let read = async {
        let mut body = BytesMut::new();
        let mut stream = response.bytes_stream();
        loop {
            match tokio::time::timeout(stall, stream.next()).await {
                Err(_) => return Err(stalled(registry, stall)),
                Ok(None) => return Ok(body.freeze()),
                Ok(Some(Err(error))) => return Err(network(registry, error)),
                Ok(Some(Ok(chunk))) if body.len() + chunk.len() > limit => return Err(too_large()),
                Ok(Some(Ok(chunk))) => body.extend_from_slice(&chunk),
            }
        }
    };
    match tokio::time::timeout(DOCUMENT_TIME, read).await {
        Ok(result) => result,
        Err(_) => Err(stalled(registry, DOCUMENT_TIME)),
    }
}

/// No byte for too long.
pub(crate) fn stalled(registry: &str, time: Duration) -> Error {
    let message = format!("nothing came for {} s", time.as_secs_f32());
    Error::Network { registry: registry.to_owned(), message }
}

/// A failure of the connection. Addresses are left out: their queries may be signed.
pub(crate) fn network(registry: &str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let mut message = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Error::Network { registry: registry.to_owned(), message: printable(&message, 400) }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 01 Mar 2026 10:00:09 GMT", Some(9)),
            ("Sun, 01 Mar 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}

//! Reading a registry's responses: bounded bodies, and why a connection failed.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use longshore_names::shown;
use reqwest::{
    Response,
    header::{CONTENT_LENGTH, HeaderMap, HeaderName, RETRY_AFTER},
};
use url::Url;

use crate::{
    Error, RegistryErrorKind,
    net::{reach::OutOfReach, tls::Untrusted},
};

/// The longest time that a small document may take, however steadily it trickles.
const DOCUMENT_TIME: Duration = Duration::from_secs(120);

/// What a request was about, for its errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) registry: &'a str,
    pub(crate) repository: &'a str,
    /// What was asked for, for example `tag 42`.
    pub(crate) what: &'a str,
    /// What the request does, which decides what a 404 means.
    pub(crate) asked: Asked,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Reads or deletes something that may be missing.
    Read,
    /// Puts a manifest, so unknown content is what the manifest names.
    PutManifest,
    /// Uploads or mounts a blob.
    Upload,
}

impl<'a> About<'a> {
    pub(crate) fn new(registry: &'a str, repository: &'a str, what: &'a str) -> Self {
        Self { registry, repository, what, asked: Asked::Read }
    }

    pub(crate) fn protocol(&self, message: impl Into<String>) -> Error {
        RegistryErrorKind::Protocol { message: message.into() }.at(self.registry.to_owned())
    }
}

/// `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = DateTime::parse_from_rfc2822(text).ok()?;
    // A time in the past asks for no wait.
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
    let too_large = || RegistryErrorKind::TooLarge { what: what.to_owned(), limit }.at(registry.to_owned());
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

/// The error when no byte has arrived for too long.
pub(crate) fn stalled(registry: &str, time: Duration) -> Error {
    let message = format!("no data for {} s", time.as_secs_f32());
    RegistryErrorKind::Network { message }.at(registry.to_owned())
}

/// A failure of the connection. Addresses are left out: their queries may be signed.
pub(crate) fn network(registry: &str, error: reqwest::Error) -> Error {
    let host = error.url().and_then(host_of);
    let error = error.without_url();
    let mut message = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<OutOfReach>() {
            return RegistryErrorKind::OutOfReach { message: refused.to_string() }.at(registry.to_owned());
        }
        let tls = tls_error(cause);
        if let Some(problem) = tls.and_then(certificate) {
            let host = host.as_deref().unwrap_or(registry);
            let message = format!("the certificate of `{host}` {problem}");
            return RegistryErrorKind::Certificate { message }.at(registry.to_owned());
        }
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    RegistryErrorKind::Network { message: shown(&message, 400) }.at(registry.to_owned())
}

/// The TLS error inside a connection error, which may be wrapped several times.
fn tls_error<'a>(mut cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    while let Some(inner) = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        cause = inner;
    }
    cause.downcast_ref()
}

/// What is wrong with a certificate, as the end of a sentence about it.
fn certificate(error: &rustls::Error) -> Option<String> {
    use rustls::{AlertDescription as Alert, CertificateError as Wrong};
    Some(match error {
        rustls::Error::InvalidCertificate(Wrong::UnknownIssuer) => {
            "is signed by an authority that this machine does not trust".to_owned()
        }
        rustls::Error::InvalidCertificate(Wrong::Other(other)) if other.0.is::<Untrusted>() => {
            other.0.downcast_ref().map(Untrusted::sentence)?
        }
        rustls::Error::InvalidCertificate(Wrong::NotValidForName | Wrong::NotValidForNameContext { .. }) => {
            format!("is for another name ({})", shown(&error.to_string(), 300))
        }
        rustls::Error::InvalidCertificate(Wrong::Expired | Wrong::ExpiredContext { .. }) => {
            format!("has expired ({})", shown(&error.to_string(), 300))
        }
        rustls::Error::InvalidCertificate(_) => format!("is not valid ({})", shown(&error.to_string(), 300)),
        rustls::Error::AlertReceived(
            Alert::CertificateRequired | Alert::BadCertificate | Alert::UnknownCA,
        ) => "is accepted, but the host requires a client certificate that it did not get or does not accept"
            .to_owned(),
        _ => return None,
    })
}

/// `host` or `host:port` of an address.
pub(crate) fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
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

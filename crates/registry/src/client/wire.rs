//! Sending one request over the wire: redirects, time-outs, streams.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderValue, LOCATION},
};
use tokio::time::Instant;
use url::Url;

use crate::{
    BlobStream, Error, RegistryErrorKind,
    auth::authorize::Granted,
    client::exchange::{Answered, Lane, Request},
    client::host::Host,
    model::reference::is_loopback,
    net::answer::{self, About},
    net::trickle::Gauge,
};

const MOST_REDIRECTS: usize = 5;
/// How much of a redirect's body is read so that the connection can be used again.
const REDIRECT_BODY: usize = 16 * 1024;

impl Host {
    /// Sends once and follows redirects. `Authorization` goes to the host itself only.
    pub(crate) async fn transmit(&self, request: &Request<'_>, granted: &Granted) -> Result<Answered, Error> {
        let mut url = request.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let own = self.is_own(&url);
            let elsewhere = self.elsewhere(&url);
            let at = |error: Error| match &elsewhere {
                Some(elsewhere) => error.elsewhere(elsewhere),
                None => error,
            };
            let mut builder = self
                .clients
                .to(&url)?
                .request(request.method.clone(), url.clone())
                .headers(request.headers.clone())
                .header(ACCEPT_ENCODING, "identity");
            if own && let Some(value) = self.authorization_value(granted)? {
                builder = builder.header(AUTHORIZATION, value);
            }
            if let Some(body) = &request.body {
                builder = builder.body(body.clone());
            }
            self.counted(&self.counters.requests, 1);
            let stall = self.options.stall_timeout;
            let response = match tokio::time::timeout(stall, builder.send()).await {
                Err(_) => return Err(at(answer::stalled(&self.name, stall))),
                Ok(Err(error)) => return Err(at(answer::network(&self.name, error))),
                Ok(Ok(response)) => response,
            };
            if !response.status().is_redirection() {
                return Ok(Answered { response, elsewhere });
            }
            let next = self.next(&url, &response, request.about)?;
            if !request.follow && !self.is_own(&next) {
                return Ok(Answered { response, elsewhere });
            }
            if request.method != Method::GET && request.method != Method::HEAD {
                return Err(request
                    .about
                    .protocol(format!("a {} was redirected; only reads may be", request.method)));
            }
            // Failing to read it costs a connection and nothing else.
            answer::bounded(&self.name, response, "the redirect", REDIRECT_BODY, stall).await.ok();
            url = next;
        }
        Err(request.about.protocol(format!("more than {MOST_REDIRECTS} redirects")))
    }

    pub(crate) fn authorization_value(&self, granted: &Granted) -> Result<Option<HeaderValue>, Error> {
        let Some(secret) = &granted.value else { return Ok(None) };
        let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| {
            RegistryErrorKind::Unauthorized {
                message: "the credentials have a character that no header can carry".into(),
            }
            .at(self.name.clone())
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// The host of an address that is not the host's own, for errors.
    pub(crate) fn elsewhere(&self, url: &Url) -> Option<String> {
        if self.is_own(url) { None } else { answer::host_of(url) }
    }

    /// Whether an address has the host's scheme, name and port.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    fn next(&self, from: &Url, response: &Response, about: About<'_>) -> Result<Url, Error> {
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| about.protocol(format!("{} without a Location", response.status())))?;
        self.location(from, location, about)
    }

    /// Where a `Location` points, if we may connect there. The address itself is never shown: its
    /// query may be signed.
    pub(crate) fn location(&self, from: &Url, location: &str, about: About<'_>) -> Result<Url, Error> {
        let url = target(from, location, &self.base).map_err(|problem| about.protocol(problem))?;
        self.clients.reach.check(&url).map_err(|problem| {
            RegistryErrorKind::OutOfReach { message: problem.to_string() }.at(about.registry.to_owned())
        })?;
        Ok(url)
    }

    /// The body as it arrives; an error when nothing comes for too long.
    pub(crate) fn stream(self: &Arc<Self>, response: Response) -> BlobStream {
        let host = self.clone();
        let elsewhere = self.elsewhere(response.url());
        let body = Some((Box::pin(response.bytes_stream()), Gauge::new(host.options.least_rate)));
        Box::pin(futures::stream::unfold((host, body), move |(host, body)| {
            let elsewhere = elsewhere.clone();
            async move {
                let at = |error: Error| match &elsewhere {
                    Some(elsewhere) => error.elsewhere(elsewhere),
                    None => error,
                };
                let (mut body, mut gauge) = body?;
                let (stall, asked) = (host.options.stall_timeout, Instant::now());
                match tokio::time::timeout(stall, body.next()).await {
                    Err(_) => Some((Err(at(answer::stalled(&host.name, stall))), (host, None))),
                    Ok(None) => None,
                    Ok(Some(Err(error))) => {
                        let error = at(answer::network(&host.name, error));
                        host.pace(Lane::Read, Some(&error));
                        Some((Err(error), (host, None)))
                    }
                    Ok(Some(Ok(bytes))) => {
                        host.counted(&host.counters.bytes_down, bytes.len() as u64);
                        if gauge.is_trickle(asked.elapsed(), bytes.len() as u64) {
                            let error = at(host.options.least_rate.missed(&host.name));
                            return Some((Err(error), (host, None)));
                        }
                        Some((Ok(bytes), (host, Some((body, gauge)))))
                    }
                }
            }
        }))
    }

    /// A whole small document.
    pub(crate) async fn document(
        &self,
        response: Response,
        what: &str,
        limit: usize,
    ) -> Result<Bytes, Error> {
        let body = answer::bounded(&self.name, response, what, limit, self.options.stall_timeout).await?;
        self.counted(&self.counters.bytes_down, body.len() as u64);
        Ok(body)
    }
}

/// Where a `Location` seen at `from` points; `base` is the registry's own address.
fn target(from: &Url, location: &str, base: &Url) -> Result<Url, String> {
    let mut url = from.join(location).map_err(|error| format!("Location is not an address: {error}"))?;
    let refused = |why: &str| Err(format!("sent us to an address {why}"));
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return refused("that is not HTTP");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("with a user name in it");
    }
    url.set_fragment(None);
    if from.scheme() == "https" && url.scheme() == "http" {
        // A registry behind a TLS proxy often does not know that it is.
        if url.host_str() == base.host_str() && url.port().is_none() && base.port().is_none() {
            url.set_scheme("https").ok();
            return Ok(url);
        }
        let local = |url: &Url| url.host_str().is_some_and(is_loopback);
        if !(local(&url) && local(base)) {
            return refused("without encryption");
        }
    }
    Ok(url)
}

/// Whether `Content-Range: bytes <start>-…` begins at the offset that was requested.
pub(crate) fn begins_at(response: &Response, offset: u64) -> bool {
    response.status() == StatusCode::PARTIAL_CONTENT
        && response
            .headers()
            .get(reqwest::header::CONTENT_RANGE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.strip_prefix("bytes ")?.split('-').next()?.trim().parse::<u64>().ok())
            == Some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_gives_encryption_up() {
        let refused = "sent us to an address without encryption";
        for (from, location, base, expected) in [
            ("https://r.io/v2/", "https://s.io/x", "https://r.io/", Ok("https://s.io/x")),
            ("https://r.io/v2/", "/v2/x", "https://r.io/", Ok("https://r.io/v2/x")),
            ("https://r.io/v2/", "//s.io/x", "https://r.io/", Ok("https://s.io/x")),
            // A proxy in front of it speaks TLS, and the registry does not know.
            ("https://r.io/v2/", "http://r.io/v2/x", "https://r.io/", Ok("https://r.io/v2/x")),
            ("https://s.io/v2/", "http://r.io/v2/x", "https://r.io/", Ok("https://r.io/v2/x")),
            ("https://r.io/v2/", "http://r.io:8080/v2/x", "https://r.io/", Err(refused)),
            ("https://r.io:8443/v2/", "http://r.io/v2/x", "https://r.io:8443/", Err(refused)),
            ("https://r.io/v2/", "http://s.io/x", "https://r.io/", Err(refused)),
            ("https://s.io/v2/", "http://s.io/x", "http://r.io/", Err(refused)),
            ("https://r.io/v2/", "http://127.0.0.1/x", "https://r.io/", Err(refused)),
            ("https://localhost:1/v2/", "http://s.io/x", "https://localhost:1/", Err(refused)),
            (
                "https://localhost:1/v2/",
                "http://127.0.0.1:2/x",
                "https://localhost:1/",
                Ok("http://127.0.0.1:2/x"),
            ),
            // No encryption is lost where there was none.
            ("http://r.io/v2/", "http://s.io/x", "http://r.io/", Ok("http://s.io/x")),
            ("http://r.io/v2/", "https://s.io/x#f", "http://r.io/", Ok("https://s.io/x")),
            (
                "https://r.io/v2/",
                "ftp://r.io/x",
                "https://r.io/",
                Err("sent us to an address that is not HTTP"),
            ),
            (
                "https://r.io/v2/",
                "https://u:p@r.io/x",
                "https://r.io/",
                Err("sent us to an address with a user name in it"),
            ),
        ] {
            let found = target(&from.parse().unwrap(), location, &base.parse().unwrap());
            assert_eq!(
                found.as_ref().map(Url::as_str).map_err(String::as_str),
                expected,
                "{from} {location}"
            );
        }
    }
}

//! Sending one request over the wire: redirects, time-outs, streams.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderValue, LOCATION},
};
use url::Url;

use crate::{
    BlobStream, Error,
    answer::{self, About},
    auth::Granted,
    exchange::{Answered, Lane, Request},
    host::Host,
    reference::is_loopback,
};

const MOST_REDIRECTS: usize = 5;
/// Body of a redirect that is read so that the connection can be used again.
const REDIRECT_BODY: usize = 16 * 1024;

impl Host {
    /// Sends once and follows redirects. `Authorization` goes to the host itself only.
    pub(crate) async fn transmit(&self, request: &Request<'_>, granted: &Granted) -> Result<Answered, Error> {
        let mut url = request.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let own = self.is_own(&url);
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
                Err(_) => return Err(answer::stalled(&self.name, stall)),
                Ok(Err(error)) => return Err(answer::network(&self.name, error)),
                Ok(Ok(response)) => response,
            };
            if !response.status().is_redirection() {
                return Ok(Answered { response, own });
            }
            let next = self.next(&url, &response, request.about)?;
            if !request.follow && !self.is_own(&next) {
                return Ok(Answered { response, own });
            }
            if request.method != Method::GET && request.method != Method::HEAD {
                return Err(request
                    .about
                    .protocol(format!("a {} was redirected; only reading is", request.method)));
            }
            // Failing to read it costs a connection and nothing else.
            answer::bounded(&self.name, response, "the redirect", REDIRECT_BODY, stall).await.ok();
            url = next;
        }
        Err(request.about.protocol(format!("more than {MOST_REDIRECTS} redirects")))
    }

    pub(crate) fn authorization_value(&self, granted: &Granted) -> Result<Option<HeaderValue>, Error> {
        let Some(secret) = &granted.value else { return Ok(None) };
        let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| Error::Unauthorized {
            registry: self.name.clone(),
            message: "the credentials have a character that no header can carry".into(),
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
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

    /// Where a `Location` points, if it may be gone to. The address itself is never shown: its
    /// query may be signed.
    pub(crate) fn location(&self, from: &Url, location: &str, about: About<'_>) -> Result<Url, Error> {
        let mut url = from
            .join(location)
            .map_err(|error| about.protocol(format!("Location is no address: {error}")))?;
        let refused = |why: &str| Err(about.protocol(format!("sent us to an address {why}")));
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return refused("that is not HTTP");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("with a user name in it");
        }
        url.set_fragment(None);
        if from.scheme() == "https" && url.scheme() == "http" {
            // A registry behind a TLS proxy often does not know that it is.
            if url.host_str() == self.base.host_str() && url.port().is_none() && self.base.port().is_none() {
                url.set_scheme("https").ok();
                return Ok(url);
            }
            let local = |url: &Url| url.host_str().is_some_and(is_loopback);
            if !(local(&url) && local(&self.base)) {
                return refused("without encryption");
            }
        }
        Ok(url)
    }

    /// The body as it arrives; an error when nothing comes for too long.
    pub(crate) fn stream(self: &Arc<Self>, response: Response) -> BlobStream {
        let host = self.clone();
        let body = Some(Box::pin(response.bytes_stream()));
        Box::pin(futures::stream::unfold((host, body), |(host, body)| async move {
            let mut body = body?;
            let stall = host.options.stall_timeout;
            match tokio::time::timeout(stall, body.next()).await {
                Err(_) => Some((Err(answer::stalled(&host.name, stall)), (host, None))),
                Ok(None) => None,
                Ok(Some(Err(error))) => {
                    let error = answer::network(&host.name, error);
                    host.pace(Lane::Read, Some(&error));
                    Some((Err(error), (host, None)))
                }
                Ok(Some(Ok(bytes))) => {
                    host.counted(&host.counters.bytes_down, bytes.len() as u64);
                    Some((Ok(bytes), (host, Some(body))))
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

/// `Content-Range: bytes <start>-…` begins where it was asked to.
pub(crate) fn begins_at(response: &Response, offset: u64) -> bool {
    response.status() == StatusCode::PARTIAL_CONTENT
        && response
            .headers()
            .get(reqwest::header::CONTENT_RANGE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.strip_prefix("bytes ")?.split('-').next()?.trim().parse::<u64>().ok())
            == Some(offset)
}

//! One request to a host: authorization, a place among the requests under way, response, retries.

use bytes::Bytes;
use reqwest::{
    Method, Response, ResponseBuilderExt,
    header::{HeaderMap, HeaderValue},
};
use tokio::time::Instant;
use url::Url;

use crate::{
    Error, Host, RegistryErrorKind,
    auth::authorize::Granted,
    net::answer::{self, About},
    net::pacer::{Pacer, Permit},
    net::refusal::Refusal,
    net::retry::Tries,
};

/// Which of a host's limits a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Reads something.
    Read,
    /// Changes something small: a mount, a deletion.
    Write,
    /// Belongs to an upload that already has its place.
    Upload,
    /// Puts a manifest.
    Manifest,
}

/// One request whose body, if any, can be sent again.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) scopes: Vec<String>,
    pub(crate) about: About<'a>,
    /// Whether a redirect to another origin is followed or given back as it is.
    pub(crate) follow: bool,
    pub(crate) lane: Lane,
    /// The most bytes of a response body to read as part of the request, so that a connection that
    /// breaks in the middle of it is retried; `None` leaves the body to the caller.
    pub(crate) whole: Option<usize>,
}

/// The response after all retries.
pub(crate) enum Outcome {
    /// 2xx, or 3xx when redirects were not to be followed.
    Done(Response),
    /// Anything else.
    Refused(Refusal),
}

/// A response, and the host that sent it if that was another one.
pub(crate) struct Answered {
    pub(crate) response: Response,
    pub(crate) elsewhere: Option<String>,
}

impl Host {
    /// Sends, and turns every refusal into an error.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Response, Error> {
        let about = request.about;
        match self.exchange(request).await? {
            Outcome::Done(response) => Ok(response),
            Outcome::Refused(refusal) => Err(refusal.into_error(about)),
        }
    }

    /// Sends, retries where that may help, and returns the last response.
    pub(crate) async fn exchange(&self, request: Request<'_>) -> Result<Outcome, Error> {
        self.exchange_with(request, false).await
    }

    /// Sends once: the caller must check the outcome before it sends the request again.
    pub(crate) async fn exchange_once(&self, request: Request<'_>) -> Result<Outcome, Error> {
        self.exchange_with(request, true).await
    }

    async fn exchange_with(&self, request: Request<'_>, once: bool) -> Result<Outcome, Error> {
        let (tries, begun) = (Tries::shared_or(self.options.backoff), Instant::now());
        loop {
            self.rest.check()?;
            let mut result = tries.within(self.authorized(&request)).await;
            if let (Ok(Outcome::Done(_)), Some(limit)) = (&result, request.whole)
                && let Ok(Outcome::Done(response)) = result
            {
                result = self.read_whole(response, request.about.what, limit).await.map(Outcome::Done);
            }
            let error = match &result {
                Err(error) => error.clone(),
                Ok(Outcome::Refused(refusal)) => match refusal.passing(request.about) {
                    Some(error) => error,
                    None => return result,
                },
                Ok(Outcome::Done(_)) => return result,
            };
            self.rest.after(&error, &self.options.backoff);
            self.rest.check()?;
            let wait = if once { None } else { tries.after(&error) };
            let Some(wait) = wait else {
                self.rest.gave_up(&error, begun);
                return result;
            };
            tracing::debug!(registry = %self.name, %error, "trying again");
            tokio::time::sleep(wait).await;
        }
    }

    /// The same response with its body in memory.
    async fn read_whole(&self, response: Response, what: &str, limit: usize) -> Result<Response, Error> {
        let (status, headers) = (response.status(), response.headers().clone());
        let url = response.url().clone();
        let body = answer::bounded(&self.name, response, what, limit, self.options.stall_timeout).await?;
        let mut whole = http::Response::builder().url(url).body(body).map_err(|error| {
            RegistryErrorKind::Protocol { message: format!("the answer cannot be kept: {error}") }
                .at(self.name.clone())
        })?;
        *whole.status_mut() = status;
        *whole.headers_mut() = headers;
        Ok(whole.into())
    }

    async fn authorized(&self, request: &Request<'_>) -> Result<Outcome, Error> {
        let mut tries = 0;
        loop {
            let permit = match request.lane {
                Lane::Upload => None,
                lane => Some(self.place(lane).await),
            };
            // After the wait, so that the authorization has not expired by the time it is sent.
            let granted = self.auth.authorization(&self.clients, &request.scopes).await?;
            let answered = self.transmit(request, &granted).await;
            drop(permit);
            let Answered { response, elsewhere } = match answered {
                Ok(answered) => answered,
                Err(error) => {
                    self.pace(request.lane, Some(&error));
                    return Err(error);
                }
            };
            if response.status().is_success() || response.status().is_redirection() {
                self.pace(request.lane, None);
                return Ok(Outcome::Done(response));
            }
            let headers = response.headers().clone();
            let mut refusal = Refusal::read(&self.name, response, self.options.stall_timeout).await;
            let own = elsewhere.is_none();
            refusal.elsewhere = elsewhere;
            self.pace(request.lane, refusal.passing(request.about).as_ref());
            tries += 1;
            if own && tries <= 2 && self.try_again(&refusal, &headers, &granted, &request.scopes).await? {
                continue;
            }
            return Ok(Outcome::Refused(refusal));
        }
    }

    /// Whether other credentials may help after a refusal.
    pub(crate) async fn try_again(
        &self,
        refusal: &Refusal,
        headers: &HeaderMap<HeaderValue>,
        granted: &Granted,
        scopes: &[String],
    ) -> Result<bool, Error> {
        match refusal.status.as_u16() {
            401 => self.auth.learn(headers, granted, scopes).await,
            403 => self.auth.learn_denied(granted, &refusal.message).await,
            _ => Ok(false),
        }
    }

    /// A place among the requests under way.
    pub(crate) async fn place(&self, lane: Lane) -> Permit<'_> {
        let asked = Instant::now();
        let permit = self.pacer(lane).enter().await;
        Tries::excuse(asked.elapsed());
        permit
    }

    fn pacer(&self, lane: Lane) -> &Pacer {
        match lane {
            Lane::Read => &self.reads,
            Lane::Write | Lane::Upload => &self.uploads,
            Lane::Manifest => &self.manifests,
        }
    }

    /// Reports to a pacer how a request went. A registry that sends 429 and closes the connection
    /// at once looks like a broken connection, so a broken connection counts as too many requests
    /// too.
    pub(crate) fn pace(&self, lane: Lane, trouble: Option<&Error>) {
        if trouble.is_none() {
            self.rest.answered();
        }
        let pacer = self.pacer(lane);
        match trouble.map(Error::cause) {
            None => pacer.went_well(),
            // Longer waits are ignored here.
            Some(RegistryErrorKind::Throttled { retry_after, .. }) => {
                pacer.too_much(retry_after.filter(|wait| *wait <= self.options.backoff.cap));
            }
            Some(RegistryErrorKind::Network { .. } | RegistryErrorKind::Server { status: 503, .. }) => {
                pacer.too_much(None)
            }
            Some(_) => {}
        }
    }
}

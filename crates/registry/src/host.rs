//! One host: its connections, who we are there, how fast it may be asked, what it can do.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Method, Response,
    header::{HeaderMap, HeaderValue},
};
use serde::Serialize;
use url::Url;

use crate::{
    Backoff, CredentialProvider, Credentials, Error, Profile,
    answer::{About, Refusal},
    auth::{Authenticator, Granted},
    pacer::Pacer,
    profile::Learnt,
    reference::is_loopback,
    token::RealmRules,
};

/// How a host is reached.
#[derive(Clone)]
pub struct HostOptions {
    /// Who we are there.
    pub credentials: Arc<dyn CredentialProvider>,
    /// The user marked the host as insecure: plain HTTP. Loopback hosts always speak plain HTTP
    /// unless `address` says otherwise.
    pub insecure: bool,
    /// Where the host answers when its name does not say it, such as a sandbox's listener.
    pub address: Option<Url>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for an answer to begin, and between two bytes of it.
    pub stall_timeout: Duration,
    /// How long a registry may take to store a blob after its last byte.
    pub commit_timeout: Duration,
    /// Tries and waits for what is safe to repeat.
    pub backoff: Backoff,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            credentials: Arc::new(Credentials::Anonymous),
            insecure: false,
            address: None,
            connect_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(60),
            commit_timeout: Duration::from_secs(600),
            backoff: Backoff::default(),
        }
    }
}

/// What moved between us and a host since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// HTTP requests, redirects and token servers included.
    pub requests: u64,
    /// Bytes of blobs and manifests sent.
    pub bytes_up: u64,
    /// Bytes of blobs and manifests received.
    pub bytes_down: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU64,
    pub(crate) bytes_up: AtomicU64,
    pub(crate) bytes_down: AtomicU64,
}

/// Owns everything that belongs to one host and one principal; cheap to share.
pub struct Host {
    pub(crate) name: String,
    pub(crate) base: Url,
    pub(crate) client: reqwest::Client,
    pub(crate) auth: Authenticator,
    pub(crate) requests: Pacer,
    pub(crate) uploads: Pacer,
    pub(crate) learnt: Learnt,
    pub(crate) counters: Counters,
    pub(crate) options: HostOptions,
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
}

/// What came back after all retries.
pub(crate) enum Outcome {
    /// 2xx, or 3xx when redirects were not to be followed.
    Done(Response),
    /// Anything else.
    Refused(Refusal),
}

/// An answer, and whether it came from the host itself.
pub(crate) struct Answered {
    pub(crate) response: Response,
    pub(crate) own: bool,
}

impl Host {
    /// A host by its name, `host` or `host:port`.
    ///
    /// The process should install rustls' aws-lc-rs provider in `main`
    /// (`rustls::crypto::aws_lc_rs::default_provider().install_default()`), so that one provider
    /// serves every TLS connection.
    ///
    /// # Errors
    /// When the name is no host, or TLS cannot be set up on this machine.
    pub fn new(name: &str, options: HostOptions) -> Result<Arc<Self>, Error> {
        let wrong = |message: String| Error::Protocol { registry: name.to_owned(), message };
        let base = match &options.address {
            Some(address) => address.clone(),
            None => {
                let plain = options.insecure || is_loopback(name);
                // Docker Hub's registry does not answer under the name that references use.
                let host = if matches!(name, "docker.io" | "index.docker.io") {
                    "registry-1.docker.io"
                } else {
                    name
                };
                let address = format!("{}://{host}/", if plain { "http" } else { "https" });
                Url::parse(&address).map_err(|e| wrong(format!("`{name}` is not a host: {e}")))?
            }
        };
        let loopback = base.host_str().is_some_and(is_loopback);
        let encrypted = base.scheme() == "https";
        if !encrypted && !(base.scheme() == "http" && (loopback || options.insecure)) {
            return Err(wrong("plain HTTP is for this machine or for hosts marked insecure".into()));
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_gzip()
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(64)
            .pool_idle_timeout(Duration::from_secs(55))
            .tcp_keepalive(Duration::from_secs(30));
        if loopback {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|e| wrong(format!("the HTTP client cannot start: {e}")))?;
        let rules = RealmRules { loopback, insecure: options.insecure };
        Ok(Arc::new(Self {
            name: name.to_owned(),
            auth: Authenticator::new(name.to_owned(), options.credentials.clone(), rules),
            base,
            client,
            requests: Pacer::new(),
            uploads: Pacer::new(),
            learnt: Learnt::default(),
            counters: Counters::default(),
            options,
        }))
    }

    /// The name it was made with: its identity.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What moved so far.
    pub fn stats(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            requests: read(&self.counters.requests),
            bytes_up: read(&self.counters.bytes_up),
            bytes_down: read(&self.counters.bytes_down),
        }
    }

    /// What the registry was seen to be able to do.
    pub fn profile(&self) -> Profile {
        self.learnt.profile()
    }

    /// How many requests, and how many uploads, may be under way at once now.
    pub fn limits(&self) -> (usize, usize) {
        (self.requests.limit(), self.uploads.limit())
    }

    /// An address under `/v2/` of a repository; names have no character that needs escaping.
    pub(crate) fn url(&self, repository: &str, rest: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/v2/{repository}/{rest}", self.base.path().trim_end_matches('/')));
        url
    }

    /// Sends, and turns every refusal into an error.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Response, Error> {
        let about = request.about;
        match self.exchange(request).await? {
            Outcome::Done(response) => Ok(response),
            Outcome::Refused(refusal) => Err(refusal.into_error(about)),
        }
    }

    /// Sends, again where that may help, and gives back the last answer.
    pub(crate) async fn exchange(&self, request: Request<'_>) -> Result<Outcome, Error> {
        let mut failures = 0;
        loop {
            let result = self.authorized(&request).await;
            let error = match &result {
                Err(error) => error.clone(),
                Ok(Outcome::Refused(refusal)) => match refusal.passing(request.about) {
                    Some(error) => error,
                    None => return result,
                },
                Ok(Outcome::Done(_)) => return result,
            };
            failures += 1;
            let Some(wait) = self.options.backoff.after(failures, &error) else { return result };
            tracing::debug!(registry = %self.name, %error, failures, "trying again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn authorized(&self, request: &Request<'_>) -> Result<Outcome, Error> {
        let mut tries = 0;
        loop {
            let granted = self.auth.authorization(&self.client, &request.scopes).await?;
            let permit = self.requests.enter().await;
            let answered = self.transmit(request, &granted).await;
            drop(permit);
            let Answered { response, own } = match answered {
                Ok(answered) => answered,
                Err(error) => {
                    self.pace(Some(&error));
                    return Err(error);
                }
            };
            if response.status().is_success() || response.status().is_redirection() {
                self.pace(None);
                return Ok(Outcome::Done(response));
            }
            let headers = response.headers().clone();
            let refusal = Refusal::read(&self.name, response, self.options.stall_timeout).await;
            self.pace(refusal.passing(request.about).as_ref());
            tries += 1;
            if own && tries <= 2 && self.try_again(&refusal, &headers, &granted, &request.scopes).await? {
                continue;
            }
            return Ok(Outcome::Refused(refusal));
        }
    }

    /// Whether other credentials may turn a refusal around.
    async fn try_again(
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

    /// Tells the pacer how a request went.
    pub(crate) fn pace(&self, trouble: Option<&Error>) {
        match trouble {
            None => self.requests.went_well(),
            Some(Error::Throttled { retry_after, .. }) => {
                self.requests.too_much(retry_after.map(|wait| wait.min(self.options.backoff.cap)));
            }
            Some(Error::Network { .. } | Error::Server { status: 503, .. }) => self.requests.too_much(None),
            Some(_) => {}
        }
    }

    pub(crate) fn counted(&self, counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }
}

//! The HTTP clients of one host.

use std::{sync::OnceLock, time::Duration};

use url::Url;

use crate::{Error, answer, reference::is_loopback};

/// Connections that wait for their next request.
const IDLE: usize = 64;

/// Loading the machine's root certificates takes longer than a small copy on this machine, so a
/// registry that speaks plain HTTP here does without them until it sends us elsewhere.
pub(crate) struct Clients {
    registry: String,
    connect_timeout: Duration,
    /// For the host itself.
    own: reqwest::Client,
    /// For HTTPS elsewhere, where `own` knows no root certificates.
    elsewhere: Option<OnceLock<reqwest::Client>>,
}

impl Clients {
    pub(crate) fn new(registry: &str, base: &Url, connect_timeout: Duration) -> Result<Self, Error> {
        let loopback = base.host_str().is_some_and(is_loopback);
        let plain = loopback && base.scheme() == "http";
        let mut builder = builder(connect_timeout);
        if loopback {
            builder = builder.no_proxy();
        }
        if plain {
            builder = builder.tls_certs_only([]);
        }
        Ok(Self {
            registry: registry.to_owned(),
            connect_timeout,
            own: built(registry, builder)?,
            elsewhere: plain.then(OnceLock::new),
        })
    }

    /// The client for an address.
    pub(crate) fn to(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let Some(elsewhere) = self.elsewhere.as_ref().filter(|_| url.scheme() == "https") else {
            return Ok(&self.own);
        };
        if let Some(client) = elsewhere.get() {
            return Ok(client);
        }
        let client = built(&self.registry, builder(self.connect_timeout))?;
        Ok(elsewhere.get_or_init(|| client))
    }
}

fn builder(connect_timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_gzip()
        .connect_timeout(connect_timeout)
        .pool_max_idle_per_host(IDLE)
        .pool_idle_timeout(Duration::from_secs(55))
        .tcp_keepalive(Duration::from_secs(30))
}

fn built(registry: &str, builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    builder.build().map_err(|error| match answer::network(registry, error) {
        Error::Network { registry, message } => {
            Error::Local { registry, message: format!("the HTTP client cannot start: {message}") }
        }
        other => other,
    })
}

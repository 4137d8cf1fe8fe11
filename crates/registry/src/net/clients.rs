//! The HTTP clients of one host.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use url::Url;

use crate::{
    Error, HostOptions, Network, RegistryErrorKind,
    model::reference::is_loopback,
    net::answer,
    net::reach::{Reach, Resolver},
    net::tls::{self, Trust},
};

/// Idle connections that are kept for their next request.
const IDLE: usize = 64;

/// Loading the machine's root certificates takes longer than a small copy on this machine, so for a
/// registry that speaks plain HTTP here they are not loaded until it sends us elsewhere. A client
/// certificate for the host, and a skipped check of its certificate, apply to its own name only.
pub(crate) struct Clients {
    registry: String,
    network: Network,
    connect_timeout: Duration,
    /// The name of the host itself.
    name: Option<String>,
    /// The host itself speaks plain HTTP.
    plain: bool,
    /// For the host itself.
    own: reqwest::Client,
    /// The certificates and settings for checking other hosts.
    trust: Trust,
    /// For other hosts over HTTPS, where `own` is not for them.
    elsewhere: Option<OnceLock<reqwest::Client>>,
    /// The addresses that names may lead to.
    pub(crate) reach: Arc<Reach>,
}

impl Clients {
    pub(crate) fn new(
        registry: &str,
        base: &Url,
        trust: &Trust,
        options: &HostOptions,
    ) -> Result<Self, Error> {
        let loopback = base.host_str().is_some_and(is_loopback);
        let plain = loopback && base.scheme() == "http";
        let reach = Arc::new(Reach::new(base));
        let (network, connect_timeout) = (options.network.clone(), options.connect_timeout);
        let mut builder = builder(&network, connect_timeout, reach.clone());
        if plain {
            builder = builder.tls_certs_only([]);
        } else if !trust.is_usual() {
            builder = builder.tls_backend_preconfigured(tls::configuration(registry, trust)?);
        }
        let differs = plain || trust.identity.is_some() || trust.skip_verify;
        Ok(Self {
            registry: registry.to_owned(),
            network,
            connect_timeout,
            plain,
            name: base.host_str().map(str::to_owned),
            own: built(registry, builder)?,
            trust: trust.elsewhere(),
            elsewhere: differs.then(OnceLock::new),
            reach,
        })
    }

    /// The client for an address.
    pub(crate) fn to(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let is_own = url.host_str() == self.name.as_deref() && !self.plain;
        let Some(elsewhere) = self.elsewhere.as_ref().filter(|_| url.scheme() == "https" && !is_own) else {
            return Ok(&self.own);
        };
        if let Some(client) = elsewhere.get() {
            return Ok(client);
        }
        let mut builder = builder(&self.network, self.connect_timeout, self.reach.clone());
        if !self.trust.is_usual() {
            builder = builder.tls_backend_preconfigured(tls::configuration(&self.registry, &self.trust)?);
        }
        let client = built(&self.registry, builder)?;
        Ok(elsewhere.get_or_init(|| client))
    }
}

fn builder(network: &Network, connect_timeout: Duration, reach: Arc<Reach>) -> reqwest::ClientBuilder {
    network
        .applied(reqwest::Client::builder())
        .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .dns_resolver(Resolver(reach))
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
        Error { kind: RegistryErrorKind::Network { message }, registry } => {
            RegistryErrorKind::Local { message: format!("the HTTP client cannot start: {message}") }
                .at(registry)
        }
        other => other,
    })
}

//! How this program reaches the network: the same for registries, AWS's API and the providers of
//! credentials.

use std::{path::PathBuf, time::Duration};

use bytes::Bytes;

use super::{
    answer,
    proxy::{ProxyError, ProxyRules},
    tls::{self, Trust},
};
use crate::{Error, RegistryErrorKind, TlsOptions};

/// Certificates, proxies and time-outs. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Network {
    /// PEM files with certificates that are trusted besides the machine's own.
    pub ca_files: Vec<PathBuf>,
    /// Proxies.
    pub proxy: ProxyRules,
}

/// How long to wait for a connection to AWS's API.
const CONNECT: Duration = Duration::from_secs(5);
/// How long to wait between two bytes of its answer.
const READ: Duration = Duration::from_secs(15);

impl Network {
    /// What the environment of this process says: `AWS_CA_BUNDLE`, `HTTPS_PROXY`, `NO_PROXY` and the like.
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name the machine's own certificates.
    ///
    /// # Errors
    /// When a proxy is not an address.
    pub fn from_environment() -> Result<Self, ProxyError> {
        let variable = |name: &str| std::env::var(name).ok();
        let bundle = variable("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(PathBuf::from);
        Ok(Self { ca_files: bundle.into_iter().collect(), proxy: ProxyRules::of(variable)? })
    }

    /// A client for AWS's API. `name` is what errors call the other side.
    ///
    /// # Errors
    /// When a file has no certificates, or TLS cannot be set up on this machine.
    pub fn client(&self, name: &str) -> Result<reqwest::Client, Error> {
        let trust = Trust::load(
            name,
            name,
            &TlsOptions { ca_files: self.ca_files.clone(), ..TlsOptions::default() },
        )?;
        let mut builder = self
            .applied(reqwest::Client::builder())
            .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            .read_timeout(READ)
            .pool_idle_timeout(Duration::from_secs(55));
        if !trust.is_usual() {
            builder = builder.tls_backend_preconfigured(tls::configuration(name, &trust)?);
        }
        builder.build().map_err(|error| local(name, error))
    }

    /// The proxies in a client.
    pub(crate) fn applied(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        // Without the ones that reqwest finds, whose exceptions know no ports.
        let builder = builder.no_proxy();
        if self.proxy.is_empty() {
            return builder;
        }
        let rules = self.proxy.clone();
        builder.proxy(reqwest::Proxy::custom(move |url| rules.for_url(url).cloned()))
    }
}

/// TLS cannot be set up, such as without any trusted certificate of this machine.
fn local(name: &str, error: reqwest::Error) -> Error {
    match answer::network(name, error) {
        Error { kind: RegistryErrorKind::Network { message }, registry } => {
            RegistryErrorKind::Local { message }.at(registry)
        }
        other => other,
    }
}

/// A whole answer of at most `limit` bytes. `name` is what errors call the other side.
///
/// # Errors
/// `TooLarge`; when the connection ends, or nothing arrives for 15 seconds.
pub async fn bounded_answer(name: &str, response: reqwest::Response, limit: usize) -> Result<Bytes, Error> {
    answer::bounded(name, response, "the answer", limit, READ).await
}

/// The error of a request that had no response. Addresses are left out: they may be signed.
pub fn network_error(name: &str, error: reqwest::Error) -> Error {
    answer::network(name, error)
}

//! TLS beyond the machine's own root certificates: certificate authorities and client certificates
//! from files or from `certs.d`, and hosts whose certificate is not checked.

mod files;
mod untrusted;
mod verifier;

use std::{env, path::PathBuf, sync::Arc};

use rustls::{ClientConfig, crypto::CryptoProvider};

use crate::{Error, RegistryErrorKind, net::tls::verifier::Verifier};

pub(crate) use files::Trust;
pub(crate) use untrusted::Untrusted;

/// How a host's certificate is checked, and whether a host of this machine speaks TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// A host of this machine speaks TLS; others always do unless they are marked insecure.
    pub on_loopback: bool,
    /// PEM files with certificates that are trusted besides the machine's own.
    pub ca_files: Vec<PathBuf>,
    /// Directories with one directory per host, as docker's and containers' `certs.d`: `*.crt` are
    /// trusted, `NAME.cert` and `NAME.key` are shown to the host.
    pub certs_in: Vec<PathBuf>,
    /// The host's certificate is not checked. Anyone in between can read the credentials.
    pub skip_verify: bool,
}

impl TlsOptions {
    /// The `certs.d` directories of docker and of podman, skopeo and buildah on this machine: the
    /// user's before the system's.
    pub fn certs_of_this_machine() -> Vec<PathBuf> {
        let variable = |name: &str| env::var_os(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let docker = variable("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let config = variable("XDG_CONFIG_HOME").or_else(|| home.map(|home| home.join(".config")));
        let of_user = [
            config.as_ref().map(|config| config.join("containers/certs.d")),
            docker.map(|docker| docker.join("certs.d")),
            config.map(|config| config.join("docker/certs.d")),
        ];
        let of_system = ["/etc/containers/certs.d", "/etc/docker/certs.d"].map(PathBuf::from);
        of_user.into_iter().flatten().chain(of_system).collect()
    }
}

/// A TLS configuration with what is trusted besides the machine's own certificates.
pub(crate) fn configuration(registry: &str, trust: &Trust) -> Result<ClientConfig, Error> {
    let fail = |error: rustls::Error| {
        RegistryErrorKind::Local { message: format!("TLS cannot be set up: {error}") }.at(registry.to_owned())
    };
    let provider = CryptoProvider::get_default().cloned();
    let provider = provider.unwrap_or_else(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let verifier = Verifier::new(trust, provider.clone()).map_err(fail)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(fail)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    match &trust.identity {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, key)) => builder.with_client_auth_cert(chain.clone(), key.clone_key()).map_err(fail),
    }
}

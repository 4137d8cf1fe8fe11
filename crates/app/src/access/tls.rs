//! What a person says about TLS, for all hosts or for some.

use std::path::PathBuf;

use longshore_registry::TlsOptions;
use serde::{Deserialize, Serialize};

/// How hosts are spoken to over TLS. What lies in `certs.d` counts besides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsChoices {
    /// Every host of this machine speaks TLS.
    pub on_loopback: bool,
    /// These hosts of this machine do.
    pub hosts: Vec<String>,
    /// PEM files with certificates that are trusted besides the machine's own.
    pub ca_files: Vec<PathBuf>,
    /// Hosts whose certificate is not checked.
    pub skip_verify: Vec<String>,
}

impl TlsChoices {
    /// For one host, `host[:port]`.
    pub(super) fn of(&self, host: &str) -> TlsOptions {
        let has = |list: &[String]| list.iter().any(|known| known.eq_ignore_ascii_case(host));
        TlsOptions {
            on_loopback: self.on_loopback || has(&self.hosts),
            ca_files: self.ca_files.clone(),
            certs_in: TlsOptions::certs_of_this_machine(),
            skip_verify: has(&self.skip_verify),
        }
    }

    /// Adds what was said before.
    pub(crate) fn extend(&mut self, other: Self) {
        self.on_loopback |= other.on_loopback;
        self.hosts.extend(other.hosts);
        self.ca_files.extend(other.ca_files);
        self.skip_verify.extend(other.skip_verify);
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

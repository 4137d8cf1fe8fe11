//! TLS options from a person, for all hosts or for some.

use std::path::PathBuf;

use longshore_registry::TlsOptions;
use serde::{Deserialize, Serialize};

/// How hosts are accessed over TLS. The contents of `certs.d` apply too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsChoices {
    /// Every host of this machine speaks TLS.
    pub on_loopback: bool,
    /// These hosts of this machine speak TLS.
    pub hosts: Vec<String>,
    /// PEM files with certificates that are trusted in addition to the machine's own.
    pub ca_files: Vec<PathBuf>,
    /// Hosts whose certificate is not checked.
    pub skip_verify: Vec<String>,
}

impl TlsChoices {
    /// The options for one host, `host[:port]`.
    pub(super) fn of(&self, host: &str) -> TlsOptions {
        let has = |list: &[String]| list.iter().any(|known| known.eq_ignore_ascii_case(host));
        TlsOptions {
            on_loopback: self.on_loopback || has(&self.hosts),
            ca_files: self.ca_files.clone(),
            certs_in: TlsOptions::certs_of_this_machine(),
            skip_verify: has(&self.skip_verify),
        }
    }

    /// Adds earlier choices.
    pub(crate) fn extend(&mut self, other: Self) {
        self.on_loopback |= other.on_loopback;
        self.hosts.extend(other.hosts);
        self.ca_files.extend(other.ca_files);
        self.skip_verify.extend(other.skip_verify);
    }

    /// Whether nothing is chosen.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

//! How the app reaches the network.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a person set about the network, besides what the environment says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkSettings {
    /// A PEM file with certificates that are trusted besides the machine's own.
    pub ca_file: Option<String>,
    /// The proxy of everything that is not on this machine: an `http`, `https` or `socks5` address.
    pub proxy: Option<String>,
    /// What is reached without it, in the form of `NO_PROXY`.
    pub no_proxy: Option<String>,
}

/// The network settings, and whether they are in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkView {
    /// As they were set.
    pub settings: NetworkSettings,
    /// The environment names a proxy, which is used instead of the one that was set.
    pub proxy_of_environment: bool,
    /// They were changed, and are in effect once Longshore has been started again.
    pub restart: bool,
}

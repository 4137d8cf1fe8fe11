//! Where a running sandbox listens, and the keys: what its owner hands to clients.

use std::{fs, path::Path, time::Duration};

use longshore_names::{AccountId, Region, RegistryId};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpStream, time::timeout};

/// The file of a state directory that says where its sandbox listens.
pub(crate) const RUNNING: &str = "running.json";
/// How long a sandbox on this machine may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where a registry listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyRegistry {
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// The data plane's address, `http://127.0.0.1:<port>`.
    pub url: String,
}

/// An account's keys.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyCredential {
    /// The account.
    pub account: AccountId,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key. Random, valid in this sandbox only.
    pub secret_access_key: String,
}

impl std::fmt::Debug for ReadyCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("ReadyCredential");
        shown.field("account", &self.account).field("access_key_id", &self.access_key_id);
        shown.finish_non_exhaustive()
    }
}

/// Where everything listens; serialises as the line of `longshore sandbox serve --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Always `ready`.
    pub event: String,
    /// The control plane's address.
    pub control: String,
    /// One entry per account and Region.
    pub registries: Vec<ReadyRegistry>,
    /// One entry per account.
    pub credentials: Vec<ReadyCredential>,
}

impl Ready {
    /// What the sandbox of a state directory has written about itself, if it can be read. A
    /// sandbox that was killed leaves it behind.
    pub(crate) fn of_state(state: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(state.join(RUNNING)).ok()?).ok()
    }

    /// The sandbox that runs on a state directory, in any process; `None` when none answers.
    pub async fn of_running(state: &Path) -> Option<Self> {
        let state = state.to_owned();
        let read = tokio::task::spawn_blocking(move || Self::of_state(&state)).await;
        let ready = read.ok().flatten()?;
        let address = ready.control.strip_prefix("http://")?;
        let connected = timeout(PATIENCE, TcpStream::connect(address)).await;
        matches!(connected, Ok(Ok(_))).then_some(ready)
    }

    /// The data plane's address of a registry.
    pub fn registry_url(&self, registry: &RegistryId) -> Option<&str> {
        let found =
            self.registries.iter().find(|r| r.account == registry.account && r.region == registry.region);
        found.map(|r| r.url.as_str())
    }
}

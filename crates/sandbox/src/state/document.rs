//! `sandbox.json`: accounts, keys and ports.

use std::fmt;

use longshore_names::{AccountId, Region};
use serde::{Deserialize, Serialize};

pub(crate) const FORMAT: u32 = 1;

/// What survives a reset of the content: the accounts, and where they listen.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SandboxDocument {
    pub(crate) format: u32,
    /// Names the directory of the content; a reset begins a new one.
    pub(crate) generation: u64,
    /// Hexadecimal key for tokens and signed addresses.
    pub(crate) signing_key: String,
    pub(crate) control_port: Option<u16>,
    /// Where layers are served from.
    pub(crate) layer_port: Option<u16>,
    pub(crate) accounts: Vec<AccountDocument>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AccountDocument {
    pub(crate) account: AccountId,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) regions: Vec<RegionDocument>,
}

impl fmt::Debug for SandboxDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SandboxDocument");
        shown.field("generation", &self.generation).field("accounts", &self.accounts).finish_non_exhaustive()
    }
}

impl fmt::Debug for AccountDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("AccountDocument");
        shown.field("account", &self.account).field("regions", &self.regions).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RegionDocument {
    pub(crate) region: Region,
    pub(crate) port: Option<u16>,
    pub(crate) opted_in: bool,
}

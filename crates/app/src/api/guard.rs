//! What protects production: read-only accounts, and permits for unattended writes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{RegistryKey, Space};

/// What protects production.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Guard {
    /// Nothing is written to any registry.
    pub read_only: bool,
    /// Production accounts of the sandbox are protected like those of AWS.
    pub sandbox: bool,
    /// The protected accounts.
    pub accounts: Vec<GuardedAccount>,
    /// Permits, the first to expire first.
    pub permits: Vec<Permit>,
}

/// A production account, which is read-only until it is unlocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GuardedAccount {
    /// The account's space.
    pub space: Space,
    /// 12 digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Until when it can be changed; absent while it is read-only.
    pub unlocked_until: Option<DateTime<Utc>>,
}

/// Lets an unattended schedule write to one production registry until it expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Permit {
    /// Its id.
    pub id: String,
    /// The name of the rule when the permit was granted.
    pub rule: String,
    /// SHA-256 of the rule in canonical form, hexadecimal. A changed rule needs another permit.
    pub rule_hash: String,
    /// The only registry to which it applies.
    pub registry: RegistryKey,
    /// When it was granted.
    pub granted: DateTime<Utc>,
    /// When it expires.
    pub until: DateTime<Utc>,
}

/// Changes what protects production.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SetGuard {
    /// Nothing is written to any registry; unchanged when absent.
    #[serde(default)]
    #[ts(optional)]
    pub read_only: Option<bool>,
    /// Production accounts of the sandbox are protected like those of AWS; unchanged when absent.
    #[serde(default)]
    #[ts(optional)]
    pub sandbox: Option<bool>,
}

/// Makes a protected account writable for some time.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UnlockAccount {
    /// The account's space.
    pub space: Space,
    /// 12 digits.
    pub id: String,
    /// The account's name, as typed.
    pub confirm: String,
    /// For how long, 1 to 480 minutes.
    pub minutes: u32,
}

/// Grants a permit to a stored engine rule as it is now.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GrantPermit {
    /// The engine rule's id.
    pub rule: String,
    /// The production registry.
    pub registry: RegistryKey,
    /// For how long, 1 to 366 days.
    pub days: u32,
    /// The account's name, as typed.
    pub confirm: String,
}

/// Names a permit.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PermitKey {
    /// Its id.
    pub id: String,
}

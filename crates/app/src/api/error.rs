//! The one error shape that leaves the application.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::RegistryKey;

/// The side on which something is wrong, and so who can fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// What the person typed or chose.
    Input,
    /// The registry or account that content is read from.
    Source,
    /// The registry or account that content is written to.
    Destination,
    /// AWS or the sandbox, not as one of these sides.
    Service,
    /// This machine: disk, keychain, network, another instance of the app.
    ThisMachine,
}

/// Why a call failed. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct ApiError {
    /// Stable, in kebab case, the key of texts and actions: `repository-not-empty`.
    pub code: String,
    /// What happened, one sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Who can fix it.
    pub side: Side,
    /// The field of the request that is wrong, as a path: `destinations[0].account`.
    pub field: Option<String>,
}

/// Something to know about typed input, a rule, a policy or a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable code in kebab case.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The field it is about, as a path such as `filters[1]`.
    pub field: Option<String>,
    /// The finding, one sentence.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The registry that it is about, if the same may be found about several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub registry: Option<RegistryKey>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Can proceed, but probably not as intended.
    Warning,
    /// Cannot proceed.
    Error,
}

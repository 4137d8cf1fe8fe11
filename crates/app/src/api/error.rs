//! The one error shape that leaves the application.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// On which side something is wrong, so that it is clear who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// What the person typed or chose.
    Input,
    /// The registry or account that content is read from.
    Source,
    /// The registry or account that content is written to.
    Destination,
    /// AWS or the sandbox, with neither side meant.
    Service,
    /// This machine: disk, keychain, network, another copy of the app.
    ThisMachine,
}

/// Why a call failed. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct ApiError {
    /// Stable, in kebab case, for the table of texts and actions: `repository-not-empty`.
    pub code: String,
    /// What happened, one sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Who can mend it.
    pub side: Side,
    /// The field of the request that is wrong, as a path: `destinations[0].account`.
    pub field: Option<String>,
}

/// Something to know about what a person typed, a rule, a policy or a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable code in kebab case.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The field it is about, as a path such as `filters[1]`.
    pub field: Option<String>,
    /// What is so, one sentence.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Good to know.
    Note,
    /// May go ahead, but probably not as meant.
    Warning,
    /// Cannot go ahead.
    Error,
}

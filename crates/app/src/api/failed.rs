//! Replications that failed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ImageKey, RegistryKey};

/// A native replication that failed, as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FailedReplication {
    /// The image.
    pub image: ImageKey,
    /// The first of its tags.
    pub tag: Option<String>,
    /// Where it is not.
    pub destination: RegistryKey,
    /// ECR's code for the cause, if it gave one.
    pub failure_code: Option<String>,
}

/// Failed replications that a plan's policies allow from now on. ECR does not send them again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Unhealed {
    /// The first 20 of each destination, newest first.
    pub listed: Vec<FailedReplication>,
    /// The number of all of them.
    pub total: u32,
}

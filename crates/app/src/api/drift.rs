//! The settings of namesakes over many registries, side by side.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, RegistryKey, RepositorySetting};

/// Asks for a registry to be read now, for comparisons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookAt {
    /// The registry.
    pub registry: RegistryKey,
    /// Read the lifecycle policy and the policy of each repository too.
    pub policies: bool,
    /// Read the images of each repository too; no image is pulled.
    pub images: bool,
}

/// A registry was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookedAt {
    /// The registry.
    pub registry: RegistryKey,
    /// How many repositories it has.
    pub repositories: u32,
    /// How many of them could not be read as a whole.
    pub failed: u32,
    /// Why, of the first one.
    pub problem: Option<ApiError>,
}

/// Asks how the settings of repositories in other registries differ from those of their namesakes in a
/// reference registry, as they were last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetDrift {
    /// The registry whose settings count.
    pub reference: RegistryKey,
    /// The other registries.
    pub with: Vec<RegistryKey>,
}

/// Settings side by side: repositories by registries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// The reference first, then the other registries in the order of the request.
    pub places: Vec<DriftPlace>,
    /// Every repository of any of them, by name.
    pub rows: Vec<DriftRow>,
}

/// A registry in a comparison of settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DriftPlace {
    /// The registry.
    pub registry: RegistryKey,
    /// When its list of repositories was read; absent if it never was.
    pub as_of: Option<DateTime<Utc>>,
    /// When the policies of its repositories were read, the oldest; absent if some never were.
    pub policies_as_of: Option<DateTime<Utc>>,
    /// Why it could not be read the last time.
    pub problem: Option<ApiError>,
    /// How many repositories it has.
    pub repositories: u32,
    /// How many differ from their namesakes in the reference.
    pub different: u32,
    /// How many repositories of the reference it lacks.
    pub missing: u32,
    /// How many it has that the reference lacks.
    pub extra: u32,
    /// How many could not be compared as a whole, because policies were not read.
    pub unread: u32,
}

/// A repository name in every registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DriftRow {
    /// The name.
    pub name: String,
    /// One for each place, in the same order.
    pub cells: Vec<DriftCell>,
}

/// A repository in one registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DriftCell {
    /// How it compares.
    pub state: DriftState,
    /// The settings that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<RepositorySetting>>", optional)]
    pub settings: Vec<RepositorySetting>,
}

/// How a repository compares with its namesake in the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DriftState {
    /// It has the same settings; in the reference: it exists.
    Same,
    /// Some settings differ.
    Different,
    /// It does not exist here, and does in the reference.
    Missing,
    /// It exists here, and not in the reference.
    Extra,
    /// It exists neither here nor in the reference.
    Absent,
    /// It was not read as a whole; what was read is the same.
    Unread,
}

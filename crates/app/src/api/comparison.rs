//! Settings that replication does not carry, side by side.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{RegistryKey, RepositoryKey};

/// A setting of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RepositorySetting {
    /// Whether tags may move.
    TagMutability,
    /// Whether a push starts a scan.
    ScanOnPush,
    /// What expires.
    LifecyclePolicy,
    /// Who else may use it.
    RepositoryPolicy,
    /// Encryption at rest; cannot be changed.
    Encryption,
}

/// Asks for the settings of a repository beside those of its namesake in other registries.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CompareSettings {
    /// The repository.
    pub repository: RepositoryKey,
    /// The other registries.
    pub with: Vec<RegistryKey>,
}

/// The settings of a repository beside those of its namesakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingsComparison {
    /// The repository's own settings.
    pub settings: Vec<SettingValue>,
    /// One for each other registry.
    pub others: Vec<ComparedSettings>,
}

/// The settings of a namesake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ComparedSettings {
    /// The registry.
    pub registry: RegistryKey,
    /// Its settings; absent when it has no such repository, or cannot be read.
    pub settings: Option<Vec<SettingValue>>,
    /// Settings that differ.
    pub different: Vec<RepositorySetting>,
    /// Why it cannot be read.
    pub problem: Option<super::ApiError>,
}

/// A setting in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingValue {
    /// The setting.
    pub setting: RepositorySetting,
    /// For people; of a policy, its JSON.
    pub text: String,
}

//! Held stages and blocked builds.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::Space;

/// A service in a stage of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StageOfService {
    /// The space.
    pub space: Space,
    /// The path.
    pub path: String,
    /// The stage.
    pub stage: String,
    /// The service.
    pub service: String,
}

/// A stage to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HoldStage {
    /// The stage.
    pub stage: StageOfService,
    /// Why.
    pub reason: Option<String>,
}

/// A digest to block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BlockBuild {
    /// The space.
    pub space: Space,
    /// The digest.
    pub digest: String,
    /// Why.
    pub reason: String,
}

/// Names a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BuildKey {
    /// The space.
    pub space: Space,
    /// The digest.
    pub digest: String,
}

/// What is held and what is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotionHolds {
    /// Services whose stage is held.
    pub holds: Vec<HoldView>,
    /// Digests that are blocked on every path.
    pub blocks: Vec<BlockView>,
}

/// A held stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HoldView {
    /// The path.
    pub path: String,
    /// The stage.
    pub stage: String,
    /// The service.
    pub service: String,
    /// Who holds it.
    pub by: String,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// A blocked digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BlockView {
    /// The digest.
    pub digest: String,
    /// Who blocked it.
    pub by: String,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

//! The record of promotions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::GateView;
use crate::api::Space;

/// How to verify the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VerifyPromotions {
    /// The space.
    pub space: Space,
    /// An end of the record that was noted earlier, `NUMBER:HASH`.
    pub end: Option<String>,
}

/// The end of a record that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotionEnd {
    /// How many entries it has.
    #[ts(type = "number")]
    pub entries: u64,
    /// The hash of the last one; 64 zeros for none.
    pub hash: String,
    /// The number of the last entry that the keychain knows.
    #[ts(type = "number | null")]
    pub anchored: Option<u64>,
}

/// Which entries of the record are wanted; every given condition must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListPromotions {
    /// The space.
    pub space: Space,
    /// The path.
    pub path: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The digest, or at least the first 4 digits of it.
    pub digest: Option<String>,
    /// At this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only those that change what a stage has.
    pub moves_only: bool,
    /// A text in a tag, a reason, a service or the name of a person.
    pub text: Option<String>,
    /// At most so many, the newest.
    pub limit: Option<u32>,
}

/// An entry of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotionEntry {
    /// Its number, from 1.
    #[ts(type = "number")]
    pub sequence: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// When.
    pub at: DateTime<Utc>,
    /// `promoted`, `rolled_back`, `undone`, `held`, `resumed`, `blocked` or `unblocked`.
    pub event: String,
    /// Whether the stage is held from then on.
    pub holds: bool,
    /// Who.
    pub by: String,
    /// The path.
    pub path: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The build.
    pub digest: Option<String>,
    /// What was written.
    pub destinations: Vec<RecordedPlace>,
    /// The gates with their evidence.
    pub gates: Vec<GateView>,
    /// Why gates were overridden.
    pub override_reason: Option<String>,
    /// Who approved.
    pub approvers: Vec<String>,
    /// The SHA-256 of the plan.
    pub plan_hash: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What was written at one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecordedPlace {
    /// The registry.
    pub registry: String,
    /// The repository.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest that the tag named before.
    pub before: Option<String>,
}

/// A moment in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotionsAt {
    /// The space.
    pub space: Space,
    /// The moment.
    pub at: DateTime<Utc>,
}

/// Names an entry of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotionKey {
    /// The space.
    pub space: Space,
    /// Its number.
    #[ts(type = "number")]
    pub sequence: u64,
}

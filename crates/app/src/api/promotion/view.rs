//! A promotion as a plan shows it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The promotion that a plan does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotionView {
    /// The path.
    pub path: String,
    /// The stage that builds come from; the stage itself for a rollback.
    pub from: String,
    /// The stage to enter.
    pub stage: String,
    /// Who asks.
    pub requested_by: String,
    /// The digest of a release set.
    pub set: Option<String>,
    /// The builds.
    pub builds: Vec<PromotedBuild>,
    /// Services that a release set leaves out.
    pub skipped: Vec<SkippedService>,
}

/// One build of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotedBuild {
    /// The service.
    pub service: String,
    /// The build.
    pub digest: String,
    /// The tag that it gets.
    pub tag: Option<String>,
    /// Where it is read.
    pub source: String,
    /// The tag by which it was chosen.
    pub source_tag: Option<String>,
    /// The digest that the stage has now.
    pub before: Option<String>,
    /// The gates with their evidence.
    pub gates: Vec<GateView>,
    /// Whether it may begin.
    pub standing: PromotionStanding,
    /// Why it may not.
    pub reason: Option<String>,
    /// The hold of the stage, as a sentence.
    pub hold: Option<String>,
    /// Why gates were overridden.
    pub overridden: Option<String>,
    /// Whether the stage is held afterwards.
    pub holds: bool,
    /// What is written, and where.
    pub destinations: Vec<PromotedDestination>,
    /// The digests of signatures, SBOMs and attestations that are copied with it.
    pub referrers: Vec<String>,
    /// The SHA-256 of its plan.
    pub plan_hash: String,
}

/// What a promotion writes at one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotedDestination {
    /// The registry.
    pub registry: String,
    /// The repository.
    pub repository: String,
    /// Whether replication carries it there, so that it is not written.
    pub replicated: bool,
    /// The tags, the main one first.
    pub tags: Vec<PromotedTag>,
    /// The index of the step that copies the build there.
    pub copy_step: Option<u32>,
    /// The index of the step that writes the tags, or waits for them.
    pub tag_step: Option<u32>,
}

/// What becomes of a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotedTag {
    /// The tag.
    pub tag: String,
    /// What becomes of it.
    pub change: PromotedTagChange,
    /// The digest that it names now, if it names another one.
    pub from: Option<String>,
}

/// A service that a release set leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SkippedService {
    /// The service.
    pub service: String,
    /// Why.
    pub reason: String,
}

/// The answer of a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GateView {
    /// The gate, as in a path file.
    pub gate: String,
    /// The answer.
    pub state: GateStateView,
    /// What was found.
    pub evidence: String,
    /// What would satisfy it.
    pub satisfied_by: Option<String>,
    /// What was not checked.
    pub not_checked: Vec<String>,
    /// Whether it cannot be overridden.
    pub no_override: bool,
}

/// Whether a promotion may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PromotionStanding {
    /// Nothing stops it.
    Go,
    /// Gates stop it.
    Stopped,
    /// The stage is held.
    Held,
    /// The digest is blocked.
    Blocked,
}

/// What a promotion does to a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PromotedTagChange {
    /// It does not exist yet.
    Create,
    /// It names the build already.
    AlreadyThere,
    /// It names another digest, and is moved.
    Move,
    /// It names another digest, and cannot be moved.
    Refused,
}

/// The state of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum GateStateView {
    /// What was asked holds.
    Pass,
    /// It does not hold, or nobody can say.
    Fail,
    /// The evidence is missing, and the gate says `if_present`.
    Amber,
    /// It failed, and a person overrode it.
    Overridden,
}

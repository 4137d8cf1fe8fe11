//! Whether replication rules will work, and why not.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{PlanRequest, RegistryKey, RuleInput};

/// Asks whether rules of a registry will work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetReadiness {
    /// The registry that replicates.
    pub registry: RegistryKey,
    /// The rule's id; absent for every rule.
    pub rule: Option<String>,
    /// A rule that is not written yet, instead of those of the registry.
    #[serde(default)]
    #[ts(as = "Option<RuleInput>", optional)]
    pub planned: Option<RuleInput>,
}

/// Whether rules will work, asked now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// Whether every rule is ready.
    pub ready: bool,
    /// The rules.
    pub rules: Vec<RuleReadiness>,
}

/// Whether a rule will work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuleReadiness {
    /// The rule's id; absent for one that is not written yet, and when the rules could not be read.
    pub rule: Option<String>,
    /// The rule in one sentence, or that the rules could not be read.
    pub sentence: String,
    /// Nothing failed, and everything is known on which replication depends.
    pub ready: bool,
    /// The checks, in the order in which they are read.
    pub checks: Vec<ReadinessCheck>,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CheckOutcome {
    /// It is as it must be.
    Ok,
    /// Replication works, but probably not as wanted.
    Warning,
    /// Replication does not work.
    Failed,
    /// A fact is not known.
    Unknown,
    /// A receipt states that it is as it must be; Longshore has not seen it.
    Stated,
}

/// Where something has to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CheckPlace {
    /// In the registry that replicates, or its account.
    Source,
    /// In the registry that images are replicated to, or its account.
    Destination,
    /// In Longshore's own set-up.
    ThisMachine,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReadinessCheck {
    /// Stable name, such as `statement-missing`.
    pub id: String,
    /// What it found.
    pub outcome: CheckOutcome,
    /// Where something has to change.
    pub place: CheckPlace,
    /// The registry that it is about.
    pub registry: RegistryKey,
    /// What it found, in one or two sentences.
    pub text: String,
    /// What it was decided by.
    pub evidence: Vec<CheckEvidence>,
    /// What would make it ok.
    pub fix: Option<CheckFix>,
}

/// What a check was decided by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckEvidence {
    /// What was asked.
    pub request: String,
    /// What was answered, without secrets.
    pub answer: String,
}

/// What would make a check ok.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckFix {
    /// The kind, such as `add_statement`.
    pub kind: String,
    /// What to do, in a sentence.
    pub text: String,
    /// Plans that do it, in this order; empty where Longshore cannot.
    pub plans: Vec<PlanRequest>,
    /// A text to copy for the administrator of the other side.
    pub copy: Option<String>,
}

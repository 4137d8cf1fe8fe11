//! The answers of gates, and whether a promotion may go on.

use chrono::{DateTime, Utc};
use longshore_names::Digest;
use serde::{Deserialize, Serialize, Serializer};

use super::Gate;
use crate::{
    hold::{Block, Hold},
    names::Person,
};

/// The state of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateState {
    /// What was asked holds.
    Pass,
    /// It does not hold.
    Fail,
    /// Nobody can say; this stops like a failure, and is written as one.
    #[serde(skip)]
    NotKnown,
    /// The evidence is missing, and the gate says `if_present`.
    Amber,
    /// It failed, and a person overrode it with a reason.
    Overridden,
}

impl GateState {
    /// Whether it stops a promotion.
    pub fn stops(self) -> bool {
        matches!(self, Self::Fail | Self::NotKnown)
    }

    /// The word in JSON: `pass`, `fail`, `amber` or `overridden`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail | Self::NotKnown => "fail",
            Self::Amber => "amber",
            Self::Overridden => "overridden",
        }
    }
}

impl Serialize for GateState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The answer of one gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateAnswer {
    /// The key of the gate, such as `minimum_age`.
    pub gate: String,
    /// The state.
    pub state: GateState,
    /// What was found, in one or several sentences.
    pub evidence: String,
    /// What would satisfy it, as a sentence; only if it does not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfied_by: Option<String>,
    /// What was not checked, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_checked: Vec<String>,
    /// Whether it cannot be overridden.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_override: bool,
}

impl GateAnswer {
    fn new(gate: &Gate, state: GateState, evidence: String, satisfied_by: Option<String>) -> Self {
        Self {
            gate: gate.key().to_owned(),
            state,
            evidence,
            satisfied_by,
            not_checked: Vec::new(),
            no_override: gate.no_override,
        }
    }

    pub(super) fn pass(gate: &Gate, evidence: impl Into<String>) -> Self {
        Self::new(gate, GateState::Pass, evidence.into(), None)
    }

    pub(super) fn fail(gate: &Gate, evidence: impl Into<String>, satisfied_by: impl Into<String>) -> Self {
        Self::new(gate, GateState::Fail, evidence.into(), Some(satisfied_by.into()))
    }

    /// Missing evidence: a failure, or amber if the gate says `if_present`.
    pub(super) fn missing(gate: &Gate, evidence: impl Into<String>, satisfied_by: impl Into<String>) -> Self {
        let state = if gate.if_present { GateState::Amber } else { GateState::Fail };
        Self::new(gate, state, evidence.into(), Some(satisfied_by.into()))
    }

    /// Evidence that could not be read: not known, or amber if the gate says `if_present`.
    pub(super) fn not_known(
        gate: &Gate,
        evidence: impl Into<String>,
        satisfied_by: impl Into<String>,
    ) -> Self {
        let state = if gate.if_present { GateState::Amber } else { GateState::NotKnown };
        Self::new(gate, state, evidence.into(), Some(satisfied_by.into()))
    }

    pub(super) fn unchecked(mut self, what: impl Into<String>) -> Self {
        self.not_checked.push(what.into());
        self
    }
}

/// Someone goes on although a gate failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Who.
    pub by: Person,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why an override is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// There is no reason.
    #[error("an override needs a reason of 1 to 1,000 characters")]
    NoReason,
    /// A gate cannot be overridden.
    #[error("the gate `{0}` cannot be overridden")]
    NotAllowed(String),
    /// The digest is blocked.
    #[error("a blocked build cannot be promoted by an override")]
    Blocked,
}

impl OverrideError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoReason => "promotion-override-reason",
            Self::NotAllowed(_) => "promotion-override-refused",
            Self::Blocked => "promotion-blocked",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

/// How a promotion was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryPoint {
    /// A person chose this build.
    Manual,
    /// A person rolls the stage back.
    Rollback,
    /// A schedule.
    Schedule,
    /// A rule.
    Rule,
    /// A release set.
    ReleaseSet,
}

/// Whether the promotion may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing stops it.
    Go,
    /// Gates stop it: their keys.
    Stopped(Vec<String>),
    /// The stage is held, and this was not started by a person for this build: a sentence.
    Skipped(String),
    /// The digest is blocked: a sentence.
    Blocked(String),
}

/// The answers of all gates of a promotion, with hold and block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReport {
    /// The build.
    pub digest: Digest,
    /// The answers, in the order of the path file.
    pub answers: Vec<GateAnswer>,
    /// The hold of the stage.
    pub hold: Option<Hold>,
    /// The block of the digest.
    pub block: Option<Block>,
    /// The override, if there is one.
    pub overridden: Option<Override>,
}

impl GateReport {
    /// Whether the promotion may go on. A hold stops everything that was not started by a person for this
    /// build; a person who promotes into a held stage sees the hold in the plan.
    pub fn standing(&self, entry: EntryPoint) -> Standing {
        if let Some(block) = &self.block {
            return Standing::Blocked(block.sentence());
        }
        let by_person = matches!(entry, EntryPoint::Manual | EntryPoint::Rollback);
        if let Some(hold) = self.hold.as_ref().filter(|_| !by_person) {
            return Standing::Skipped(hold.sentence());
        }
        let stopping = self.answers.iter().filter(|answer| answer.state.stops());
        let stopping: Vec<String> = stopping.map(|answer| answer.gate.clone()).collect();
        if stopping.is_empty() { Standing::Go } else { Standing::Stopped(stopping) }
    }

    /// Marks every gate that stops as overridden. The evidence stays.
    ///
    /// # Errors
    /// Without a reason, for a gate that cannot be overridden, and for a blocked digest.
    pub fn override_by(&mut self, by: Override) -> Result<(), OverrideError> {
        let length = by.reason.trim().chars().count();
        if !(1..=1_000).contains(&length) || by.reason.contains(longshore_names::is_hidden) {
            return Err(OverrideError::NoReason);
        }
        if self.block.is_some() {
            return Err(OverrideError::Blocked);
        }
        let fixed = self.answers.iter().find(|answer| answer.state.stops() && answer.no_override);
        if let Some(fixed) = fixed {
            return Err(OverrideError::NotAllowed(fixed.gate.clone()));
        }
        let stopping: Vec<&mut GateAnswer> =
            self.answers.iter_mut().filter(|answer| answer.state.stops()).collect();
        if stopping.is_empty() {
            return Ok(());
        }
        stopping.into_iter().for_each(|answer| answer.state = GateState::Overridden);
        self.overridden = Some(by);
        Ok(())
    }
}

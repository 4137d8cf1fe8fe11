//! One entry of the record.

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};
use serde::{Deserialize, Serialize};

use crate::{
    gate::{GateAnswer, Override},
    hold::StageKey,
    names::{PathName, Person, Service, StageName},
    place::Place,
};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// A build entered a stage.
    Promoted {
        /// Whether the stage is held from then on: a person chose an older build.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        holds: bool,
    },
    /// A stage went back to an earlier build, and is held.
    RolledBack,
    /// A mistaken promotion was undone.
    Undone,
    /// A stage is held.
    Held,
    /// A stage is no longer held.
    Resumed,
    /// A digest is blocked on every path.
    Blocked,
    /// It is no longer blocked.
    Unblocked,
}

impl Event {
    /// Whether it changes what a stage runs.
    pub fn moves(self) -> bool {
        matches!(self, Self::Promoted { .. } | Self::RolledBack | Self::Undone)
    }
}

/// What was written at one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedDestination {
    /// Where.
    pub place: Place,
    /// The tag.
    pub tag: Option<Tag>,
    /// The digest that the tag named before; `None` if it did not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Digest>,
}

/// One entry, as it is stored. Its hash covers everything else, so that no field can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub sequence: u64,
    /// The hash of the entry before; 64 zeros for the first.
    pub previous: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Who did it: the ARN or another name.
    pub by: Person,
    /// The path; `None` for a block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathName>,
    /// The stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageName>,
    /// The service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<RecordedDestination>,
    /// The gates with their evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateAnswer>,
    /// The override, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
    /// Who approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Person>,
    /// The SHA-256 of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<String>,
    /// Why, for a rollback, a hold or a block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The SHA-256 of the canonical text of everything else, in hexadecimal.
    pub hash: String,
}

impl Entry {
    /// An entry that is not yet in a chain; [`Chain::append`](super::Chain::append) numbers and hashes it.
    pub fn new(event: Event, by: Person, at: DateTime<Utc>) -> Self {
        Self {
            sequence: 0,
            previous: String::new(),
            at,
            event,
            by,
            path: None,
            stage: None,
            service: None,
            digest: None,
            destinations: Vec::new(),
            gates: Vec::new(),
            overridden: None,
            approvers: Vec::new(),
            plan_hash: None,
            reason: None,
            hash: String::new(),
        }
    }

    /// The same entry about a service in a stage.
    #[must_use]
    pub fn about(mut self, path: PathName, stage: StageName, service: Service) -> Self {
        (self.path, self.stage, self.service) = (Some(path), Some(stage), Some(service));
        self
    }

    /// The same entry with a build.
    #[must_use]
    pub fn build(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// The same entry with a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The path, stage and service, if it has all.
    pub fn stage_key(&self) -> Option<StageKey> {
        Some((self.path.clone()?, self.stage.clone()?, self.service.clone()?))
    }

    /// Whether it is about this service in this stage.
    pub fn is_about(&self, path: &PathName, stage: &StageName, service: &Service) -> bool {
        self.path.as_ref() == Some(path)
            && self.stage.as_ref() == Some(stage)
            && self.service.as_ref() == Some(service)
    }

    /// Why a stage is held from this entry on.
    pub(crate) fn hold_reason(&self) -> String {
        match (&self.reason, self.event) {
            (Some(reason), _) => reason.clone(),
            (None, Event::RolledBack) => "it was rolled back".to_owned(),
            (None, _) => "an older build was chosen".to_owned(),
        }
    }
}

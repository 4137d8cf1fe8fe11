//! Stages that are held, and digests that are blocked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use longshore_names::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    names::{PathName, Person, Service, StageName},
    record::{Entry, Event},
};

/// A service's stage that schedules, rules and release sets skip until it is resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who holds it.
    pub by: Person,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// A digest that no path promotes. Stages that run it keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The digest.
    pub digest: Digest,
    /// Who blocked it.
    pub by: Person,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl Hold {
    /// The hold as a sentence.
    pub fn sentence(&self) -> String {
        let reason = longshore_names::shown(&self.reason, 300);
        format!("Held by {} since {}: {reason}", self.by, self.at.format("%Y-%m-%d %H:%M UTC"))
    }
}

impl Block {
    /// The block as a sentence.
    pub fn sentence(&self) -> String {
        let (digest, reason) = (self.digest.short(), longshore_names::shown(&self.reason, 300));
        format!("{digest} is blocked by {} since {}: {reason}", self.by, self.at.format("%Y-%m-%d %H:%M UTC"))
    }
}

/// A service in a stage of a path.
pub type StageKey = (PathName, StageName, Service);

/// What is held and what is blocked, as the record says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    stages: BTreeMap<StageKey, Hold>,
    digests: BTreeMap<Digest, Block>,
}

impl Holds {
    /// Reads a record from its beginning. A rollback holds its stage, and so does the manual promotion of
    /// an older build ([`Event::Promoted`] with `holds`).
    pub fn of<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Self {
        let mut holds = Self::default();
        for entry in entries {
            holds.apply(entry);
        }
        holds
    }

    /// Adds one more entry.
    pub fn apply(&mut self, entry: &Entry) {
        let key = entry.stage_key();
        let hold = || Hold { by: entry.by.clone(), at: entry.at, reason: entry.hold_reason() };
        match (&entry.event, key, &entry.digest) {
            (Event::Held | Event::RolledBack, Some(key), _)
            | (Event::Promoted { holds: true }, Some(key), _) => {
                self.stages.insert(key, hold());
            }
            (Event::Resumed, Some(key), _) => {
                self.stages.remove(&key);
            }
            (Event::Blocked, _, Some(digest)) => {
                let (by, at, reason) = (entry.by.clone(), entry.at, entry.reason.clone().unwrap_or_default());
                self.digests.insert(digest.clone(), Block { digest: digest.clone(), by, at, reason });
            }
            (Event::Unblocked, _, Some(digest)) => {
                self.digests.remove(digest);
            }
            _ => {}
        }
    }

    /// The hold of a service's stage.
    pub fn hold(&self, path: &PathName, stage: &StageName, service: &Service) -> Option<&Hold> {
        self.stages.get(&(path.clone(), stage.clone(), service.clone()))
    }

    /// The block of a digest.
    pub fn block(&self, digest: &Digest) -> Option<&Block> {
        self.digests.get(digest)
    }

    /// Every hold, by path, stage and service.
    pub fn stages(&self) -> impl Iterator<Item = (&StageKey, &Hold)> {
        self.stages.iter()
    }

    /// Every block.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.digests.values()
    }
}

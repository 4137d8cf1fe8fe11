//! The chain of entries: each has the hash of the one before.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Entry;
use crate::hash::{canonical, sha256_hex};

/// What the first entry has for the hash of the one before.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The end of a chain. Kept signed outside the database, it finds a deleted end and a history that was
/// written anew.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Anchor {
    /// The number of the last entry; 0 for none.
    pub sequence: u64,
    /// Its hash; 64 zeros for none.
    pub hash: String,
}

impl Anchor {
    /// The end of an empty chain.
    pub fn empty() -> Self {
        Self { sequence: 0, hash: GENESIS.to_owned() }
    }
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record is broken at entry {at}: {problem}")]
pub struct ChainBreak {
    /// The number that the entry should have, from 1.
    pub at: u64,
    /// What is wrong with it.
    pub problem: ChainProblem,
}

impl ChainBreak {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        "promotion-record-broken"
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainProblem {
    /// The row is not an entry.
    NotAnEntry(String),
    /// The row is an entry, but not as it was written.
    NotCanonical,
    /// Its content has another hash than it says.
    Changed,
    /// It has another number: one was removed, added or moved.
    Number(u64),
    /// It does not continue the entry before.
    Previous,
    /// It is earlier than the entry before.
    Earlier,
    /// The anchor knows this entry with another hash: the history was written anew.
    Rewritten,
    /// The anchor knows it, and it is not there: the end was removed.
    Removed,
}

impl fmt::Display for ChainProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEntry(why) => write!(f, "it cannot be read ({why})"),
            Self::NotCanonical => f.write_str("it is not as it was written"),
            Self::Changed => f.write_str("its content was changed"),
            Self::Number(found) => write!(f, "entry {found} is in its place"),
            Self::Previous => f.write_str("it does not continue the entry before"),
            Self::Earlier => f.write_str("it is earlier than the entry before"),
            Self::Rewritten => f.write_str("the history was written anew after it was anchored"),
            Self::Removed => f.write_str("it was anchored, and is gone"),
        }
    }
}

/// A chain whose every entry was verified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    entries: Vec<Entry>,
}

impl Chain {
    /// The entries, the first first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Its end.
    pub fn head(&self) -> Anchor {
        self.entries
            .last()
            .map_or_else(Anchor::empty, |last| Anchor { sequence: last.sequence, hash: last.hash.clone() })
    }

    /// Adds an entry; returns the row to store. A time before that of the last entry becomes that one's,
    /// so that a clock that was set back does not break the order.
    pub fn append(&mut self, entry: Entry) -> String {
        let (entry, row) = next(&self.head(), self.entries.last().map(|last| last.at), entry);
        self.entries.push(entry);
        row
    }
}

/// The entry that follows `last`, numbered and hashed, and the row to store: [`Chain::append`] for a caller
/// that has read only the end of a chain.
pub fn follow(last: Option<&Entry>, entry: Entry) -> (Entry, String) {
    let head =
        last.map_or_else(Anchor::empty, |last| Anchor { sequence: last.sequence, hash: last.hash.clone() });
    next(&head, last.map(|last| last.at), entry)
}

/// The entry that follows `head`, and its row.
fn next(head: &Anchor, last: Option<chrono::DateTime<chrono::Utc>>, mut entry: Entry) -> (Entry, String) {
    entry.sequence = head.sequence.saturating_add(1);
    entry.previous = head.hash.clone();
    entry.at = last.map_or(entry.at, |last| last.max(entry.at));
    entry.hash = hash_of(&entry);
    let row = canonical(&entry);
    (entry, row)
}

/// The SHA-256 of everything but the hash.
fn hash_of(entry: &Entry) -> String {
    let mut value = serde_json::to_value(entry).unwrap_or_default();
    if let Value::Object(object) = &mut value {
        object.shift_remove("hash");
    }
    sha256_hex(canonical(&value).as_bytes())
}

/// Verifies rows, the first first, and the anchor if there is one.
///
/// Every byte of a row counts: it has to be the canonical text of its entry.
///
/// # Errors
/// With the first entry that is wrong.
pub fn verify_rows<'r>(
    rows: impl IntoIterator<Item = &'r str>,
    anchor: Option<&Anchor>,
) -> Result<Chain, ChainBreak> {
    let mut chain = Chain::default();
    let mut head = Anchor::empty();
    for row in rows {
        let at = head.sequence + 1;
        let broken = |problem| ChainBreak { at, problem };
        let entry: Entry = serde_json::from_str(row).map_err(|error| {
            broken(ChainProblem::NotAnEntry(longshore_names::shown(&error.to_string(), 200)))
        })?;
        if canonical(&entry) != row {
            return Err(broken(ChainProblem::NotCanonical));
        }
        if hash_of(&entry) != entry.hash {
            return Err(broken(ChainProblem::Changed));
        }
        if entry.sequence != at {
            return Err(broken(ChainProblem::Number(entry.sequence)));
        }
        if entry.previous != head.hash {
            return Err(broken(ChainProblem::Previous));
        }
        if chain.entries.last().is_some_and(|last| entry.at < last.at) {
            return Err(broken(ChainProblem::Earlier));
        }
        if anchor.is_some_and(|anchor| anchor.sequence == at && anchor.hash != entry.hash) {
            return Err(broken(ChainProblem::Rewritten));
        }
        head = Anchor { sequence: at, hash: entry.hash.clone() };
        chain.entries.push(entry);
    }
    match anchor {
        Some(anchor) if anchor.sequence > head.sequence => {
            Err(ChainBreak { at: head.sequence + 1, problem: ChainProblem::Removed })
        }
        _ => Ok(chain),
    }
}

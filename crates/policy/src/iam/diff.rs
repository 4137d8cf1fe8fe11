//! The difference between two policies, by statement.

use serde::Serialize;

use super::{Policy, StatementView};
use crate::{DiffLine, json::same_json, line_diff};

/// A statement that replaces another one with the same Sid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatementChange {
    /// The old statement.
    pub before: StatementView,
    /// The new statement.
    pub after: StatementView,
}

/// The difference between two policies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyDiff {
    /// Statements that only the second policy has.
    pub added: Vec<StatementView>,
    /// Statements that only the first policy has.
    pub removed: Vec<StatementView>,
    /// Statements with the same Sid and different content.
    pub changed: Vec<StatementChange>,
    /// Statements that both have.
    pub kept: Vec<StatementView>,
    /// Fields other than the statements that differ.
    pub other_fields: Vec<String>,
    /// The pretty-printed documents, line by line.
    pub lines: Vec<DiffLine>,
}

impl PolicyDiff {
    /// Whether both mean the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
            && self.other_fields.is_empty()
    }
}

/// What changes from `before` to `after`; `None` is a registry without a policy.
pub fn diff(before: Option<&Policy>, after: Option<&Policy>) -> PolicyDiff {
    let mut added = after.map(Policy::statements).unwrap_or_default();
    let (mut unpaired, mut kept) = (Vec::new(), Vec::new());
    for statement in before.map(Policy::statements).unwrap_or_default() {
        match added.iter().position(|a| a.hash == statement.hash) {
            Some(at) => kept.push(added.remove(at)),
            None => unpaired.push(statement),
        }
    }
    let (mut changed, mut removed) = (Vec::new(), Vec::new());
    for before in unpaired {
        match added.iter().position(|a| before.sid.is_some() && a.sid == before.sid) {
            Some(at) => changed.push(StatementChange { before, after: added.remove(at) }),
            None => removed.push(before),
        }
    }
    let mut other_fields = Vec::new();
    if let (Some(before), Some(after)) = (before, after) {
        let keys = before.raw.keys().chain(after.raw.keys()).filter(|key| *key != "Statement");
        other_fields = keys.cloned().collect();
        other_fields.sort();
        other_fields.dedup();
        other_fields.retain(|key| match (before.raw.get(key), after.raw.get(key)) {
            (Some(a), Some(b)) => !same_json(a, b),
            _ => true,
        });
    }
    let text = |policy: Option<&Policy>| policy.map(Policy::pretty).unwrap_or_default();
    let lines = line_diff(&text(before), &text(after));
    PolicyDiff { added, removed, changed, kept, other_fields, lines }
}

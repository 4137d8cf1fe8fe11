//! The difference between two configurations, by rule.

use serde::Serialize;

use super::{ReplicationConfiguration, RuleView};
use crate::{DiffLine, json::same_json, line_diff};

/// A rule that replaces another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleChange {
    /// The old rule.
    pub before: RuleView,
    /// The new rule.
    pub after: RuleView,
}

/// The difference between two configurations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigurationDiff {
    /// Rules that only the second configuration has.
    pub added: Vec<RuleView>,
    /// Rules that only the first configuration has.
    pub removed: Vec<RuleView>,
    /// Rules that share their destinations or their filters but not the rest.
    pub changed: Vec<RuleChange>,
    /// Rules that both have.
    pub kept: Vec<RuleView>,
    /// Fields other than the rules that differ.
    pub other_fields: Vec<String>,
    /// The pretty-printed documents, line by line.
    pub lines: Vec<DiffLine>,
}

impl ConfigurationDiff {
    /// Whether both mean the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
            && self.other_fields.is_empty()
    }
}

/// What changes from `before` to `after`. Rules are compared by meaning, so a document that AWS
/// only wrote differently shows no difference.
pub fn diff(before: &ReplicationConfiguration, after: &ReplicationConfiguration) -> ConfigurationDiff {
    let mut added = after.rules();
    let (mut removed, mut kept) = (Vec::new(), Vec::new());
    for rule in before.rules() {
        match added.iter().position(|a| a.hash == rule.hash) {
            Some(at) => kept.push(added.remove(at)),
            None => removed.push(rule),
        }
    }
    let mut changed = Vec::new();
    let mut gone = Vec::new();
    for before in removed {
        match added.iter().position(|after| akin(&before, after)) {
            Some(at) => changed.push(RuleChange { before, after: added.remove(at) }),
            None => gone.push(before),
        }
    }
    let mut other_fields = before.unknown_fields();
    other_fields.extend(after.unknown_fields());
    other_fields.sort();
    other_fields.dedup();
    other_fields.retain(|key| match (before.raw.get(key), after.raw.get(key)) {
        (Some(a), Some(b)) => !same_json(a, b),
        _ => true,
    });
    let lines = line_diff(&before.pretty(), &after.pretty());
    ConfigurationDiff { added, removed: gone, changed, kept, other_fields, lines }
}

fn akin(a: &RuleView, b: &RuleView) -> bool {
    let destinations = |rule: &RuleView| {
        let mut all = rule.destinations.clone();
        all.sort();
        all
    };
    let filters = |rule: &RuleView| {
        let mut all: Vec<String> = rule.filters.iter().map(|f| f.filter.clone()).collect();
        all.sort();
        all
    };
    destinations(a) == destinations(b) || filters(a) == filters(b)
}

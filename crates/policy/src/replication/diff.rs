//! The difference of two configurations in rules.

use serde::Serialize;

use super::{ReplicationConfiguration, RuleView};
use crate::{DiffLine, json::same_json, line_diff};

/// A rule that stands for another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleChange {
    /// The rule as it was.
    pub before: RuleView,
    /// The rule as it is.
    pub after: RuleView,
}

/// The difference of two configurations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigurationDiff {
    /// Rules of the second only.
    pub added: Vec<RuleView>,
    /// Rules of the first only.
    pub removed: Vec<RuleView>,
    /// Rules that share their destinations or their filters but not the rest.
    pub changed: Vec<RuleChange>,
    /// Rules of both.
    pub kept: Vec<RuleView>,
    /// Fields beside the rules that differ.
    pub other_fields: Vec<String>,
    /// The pretty documents line by line.
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
/// wrote in another way shows no difference here.
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

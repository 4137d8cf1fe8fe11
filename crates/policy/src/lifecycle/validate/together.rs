//! The rules against each other.

use std::collections::BTreeMap;

use super::reader::Reader;
use crate::{
    FieldPath, Finding, Severity,
    lifecycle::{LifecycleRule, TagSelection},
};

type Placed<'r> = &'r (FieldPath, LifecycleRule);

impl Reader {
    pub(super) fn together(&mut self, rules: &[(FieldPath, LifecycleRule)]) {
        self.unique_priorities();
        for (i, rule) in rules.iter().enumerate() {
            self.any_last(rule, rules);
            self.same_tags(rule, &rules[..i]);
        }
        self.never_applied(rules);
    }

    fn unique_priorities(&mut self) {
        let all = std::mem::take(&mut self.priorities);
        let highest = all.iter().map(|(_, priority)| *priority).max().unwrap_or_default();
        let mut known: BTreeMap<u32, &FieldPath> = BTreeMap::new();
        for (at, priority) in &all {
            if let Some(other) = known.insert(*priority, at) {
                let text = format!("`{other}` has priority {priority} too; priorities must be unique.");
                let finding = Finding::error("lifecycle-priority", text).at(at.child("rulePriority"));
                self.push(finding.hint(format!("A free number is {}.", highest.saturating_add(1))));
            }
        }
    }

    fn any_last(&mut self, (at, rule): Placed<'_>, rules: &[(FieldPath, LifecycleRule)]) {
        let of_class = rules.iter().filter(|(_, other)| other.storage_class == rule.storage_class);
        let last = of_class.map(|(_, other)| other.priority).max().unwrap_or_default();
        if rule.tags == TagSelection::Any && last > rule.priority {
            let text = "A rule for any image must have the highest number, so that it is last.";
            let finding = Finding::error("lifecycle-any-last", text).at(at.child("rulePriority"));
            self.push(finding.hint(format!("Use a number above {last}.")));
        }
    }

    fn same_tags(&mut self, (at, rule): Placed<'_>, before: &[(FieldPath, LifecycleRule)]) {
        let twin = before
            .iter()
            .find(|(_, other)| other.storage_class == rule.storage_class && other.tags.same(&rule.tags));
        let Some((other, _)) = twin else { return };
        // The guide says so about prefixes and untagged images; it says nothing about the others.
        let documented = matches!(rule.tags, TagSelection::Prefixes { .. } | TagSelection::Untagged);
        let (severity, text) = if documented {
            (Severity::Error, format!("`{other}` selects the same tags; ECR allows one such rule."))
        } else {
            let text = format!("`{other}` selects the same tags, and the later rule acts on none of them.");
            (Severity::Warning, text)
        };
        let finding = Finding::new("lifecycle-same-tags", severity, text).at(at.child("selection"));
        self.push(finding.hint("Combine the rules, or let them select different tags."));
    }

    /// Rules for which earlier rules leave no image: an image whose tags a rule selects is out of reach
    /// of every later rule. What is an error already is not repeated.
    fn never_applied(&mut self, rules: &[(FieldPath, LifecycleRule)]) {
        for (at, rule) in rules {
            let earlier: Vec<Placed<'_>> = rules
                .iter()
                .filter(|(_, other)| {
                    other.storage_class == rule.storage_class
                        && other.priority < rule.priority
                        && other.tags != TagSelection::Any
                })
                .collect();
            if earlier.iter().any(|(_, other)| other.tags.same(&rule.tags)) {
                continue;
            }
            let by: Vec<Placed<'_>> = match earlier.iter().find(|(_, other)| other.tags.covers(&rule.tags)) {
                Some(other) => vec![other],
                None if rule.tags == TagSelection::Any => between_them(&earlier),
                None => Vec::new(),
            };
            let [first, rest @ ..] = by.as_slice() else { continue };
            let named = |(at, rule): Placed<'_>| format!("`{at}` (priority {})", rule.priority);
            let text = match rest {
                [] => format!(
                    "The rule never applies: {} comes first and selects every image that it selects.",
                    named(first)
                ),
                [second, ..] => format!(
                    "The rule never applies: {} and {} come first and select every image between them.",
                    named(first),
                    named(second)
                ),
            };
            let hint = format!("Remove the rule, or give it a priority below {}.", first.1.priority);
            self.warning("lifecycle-never-applies", at.child("selection"), text, hint);
        }
    }
}

/// A rule for untagged images and one for all tagged ones.
fn between_them<'r>(earlier: &[Placed<'r>]) -> Vec<Placed<'r>> {
    let untagged = earlier.iter().find(|(_, rule)| rule.tags == TagSelection::Untagged);
    let tagged = earlier.iter().find(|(_, rule)| rule.tags.covers_tagged());
    match (untagged, tagged) {
        (Some(untagged), Some(tagged)) => vec![*untagged, *tagged],
        _ => Vec::new(),
    }
}

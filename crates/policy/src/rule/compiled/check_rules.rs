//! Checks a rule as a whole, and rules against each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::rule::{
    CompiledDestination, CompiledRule, Create, Immutability, OnConflict, RepositoryPattern, RuleFile,
    compiled::naming::RepositoryNaming,
};
use crate::{FieldPath, Finding};

/// Names of rules: present, short and unique.
pub(in crate::rule) fn check_names(file: &RuleFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, rule) in file.rules.iter().enumerate() {
        let at = FieldPath::new("rules").item(i).child("name");
        let name = rule.name.trim();
        if name.is_empty() || name.chars().count() > 128 || name.contains(char::is_control) {
            let text = "A rule's name must have 1 to 128 characters on one line.";
            findings.push(Finding::error("rule-name", text).at(at));
        } else if let Some(first) = seen.insert(name, i) {
            let text = format!("Rule {} is called `{name}` too.", first + 1);
            findings
                .push(Finding::error("rule-name-twice", text).at(at).hint("Give each rule its own name."));
        }
    }
    findings
}

/// Rules that remove what another rule copies.
pub(in crate::rule) fn check_pruning(rules: &[(usize, CompiledRule)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, rule) in rules {
        if rule.prune().is_none() {
            continue;
        }
        let others: BTreeSet<&str> = rules
            .iter()
            .filter(|(j, other)| j != i && share_a_registry(rule, other))
            .map(|(_, other)| other.name())
            .collect();
        if let Some(other) = others.first() {
            let text = format!(
                "`{}` removes what it does not select, and `{other}` writes to the same registry: in repositories of both rules, tags that only the other one copies would be removed.",
                rule.name()
            );
            findings.push(
                Finding::warning("rule-prune-shared", text)
                    .at(FieldPath::new("rules").item(*i).child("prune"))
                    .hint("Give their repositories different names, or combine them into one rule."),
            );
        }
    }
    findings
}

fn share_a_registry(one: &CompiledRule, two: &CompiledRule) -> bool {
    one.destinations.iter().any(|a| two.destinations.iter().any(|b| a.registry.is_same(&b.registry)))
}

/// One rule as a whole.
pub(in crate::rule) fn check_rule(rule: &CompiledRule, at: &FieldPath) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, destination) in rule.destinations.iter().enumerate() {
        let at = at.child("destinations").item(i);
        if destination.registry.is_same(&rule.source) {
            findings.extend(same_registry(rule, destination, &at));
        }
        let twice =
            rule.rule.destinations[..i].iter().zip(&rule.destinations).position(|(written, other)| {
                other.registry.is_same(&destination.registry)
                    && written.rename == rule.rule.destinations[i].rename
                    && written.tags == rule.rule.destinations[i].tags
            });
        if let Some(first) = twice {
            let text = format!("Destination {} is the same.", first + 1);
            findings.push(Finding::error("rule-destination-twice", text).at(at.child("registry")));
        }
        if destination.on_conflict == OnConflict::Overwrite
            && let Create::Settings(settings) = &destination.create
            && settings.immutability == Some(Immutability::Immutable)
        {
            let text = "Repositories are created with immutable tags, and those are never moved: `overwrite` has no effect there.";
            findings.push(Finding::warning("rule-overwrite-immutable", text).at(at.child("on_conflict")));
        }
    }
    let needs_push_time = rule.tags.minimum_age.is_some()
        || rule.tags.pushed_after.is_some()
        || rule.tags.pushed_before.is_some();
    if needs_push_time && !rule.source.may_be_ecr() {
        let text = format!(
            "{} does not report push times, so no image can be proven old enough and none would be copied.",
            rule.source
        );
        findings.push(
            Finding::warning("rule-push-time-unknown", text)
                .at(at.child("source").child("tags"))
                .hint("Only ECR reports when an image was pushed."),
        );
    }
    findings
}

/// A rule that writes where it reads.
fn same_registry(rule: &CompiledRule, destination: &CompiledDestination, at: &FieldPath) -> Option<Finding> {
    let naming = &destination.naming;
    let renames_tags = !naming.map.is_empty() || naming.template.is_some();
    if matches!(naming.repository, RepositoryNaming::Same) {
        if renames_tags {
            return None;
        }
        let text = "The destination is the source, under the same names: there is nothing to copy.";
        return Some(
            Finding::error("rule-destination-is-source", text)
                .at(at.child("registry"))
                .hint("Add `rename` to copy inside one registry, or name another registry."),
        );
    }
    let selected_again = |name: &str| {
        let renamed = naming.repository.text(name);
        renamed != name
            && rule.repositories.iter().any(|m| m.fits(&renamed))
            && !rule.excluded.iter().any(|m| m.fits(&renamed))
    };
    // Example names for the patterns, as far as possible without the registry.
    let again = if rule.repositories.is_empty() {
        !rule.excluded.iter().any(|m| m.fits(&naming.repository.text("a/b")))
    } else {
        rule.rule.source.repositories.iter().any(|pattern| match pattern {
            RepositoryPattern::Exact(name) => selected_again(name),
            RepositoryPattern::Prefix(prefix) => {
                selected_again(prefix) || selected_again(&format!("{prefix}a"))
            }
            RepositoryPattern::Glob(_) | RepositoryPattern::Regex(_) => selected_again("a/b"),
        })
    };
    again.then(|| {
        let text = "The copies are in the source registry and this rule selects them too: each run would copy the copies again.";
        Finding::warning("rule-copies-selected", text)
            .at(at.child("rename"))
            .hint("Exclude the new names with `exclude`.")
    })
}

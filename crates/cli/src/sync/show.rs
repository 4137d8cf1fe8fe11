//! A rule's plan for display.

use std::collections::BTreeMap;

use longshore_app::transfer::{PrunePlan, RulePlan};
use serde_json::json;

use crate::{
    copy::{Names, expiry, plan as copy_plan},
    output, rule,
};

/// The names of every destination of a plan.
pub(super) fn names(plan: &RulePlan) -> Vec<Names> {
    plan.destinations.iter().map(|destination| Names::of(&destination.plan)).collect()
}

/// Prints what a rule selects and, with `whole`, everything that would be done.
pub(super) fn plan(plan: &RulePlan, whole: bool, as_json: bool) {
    let (name, choice) = (plan.rule.name(), &plan.choice);
    if as_json {
        output::json(&json!({
            "event": "rule", "rule": name, "selected": choice.selected(),
            "not_selected": choice.not_selected(), "missing": choice.missing, "notes": plan.notes,
            "not_looked_at": choice.unread.iter().map(|(name, failure)| json!({
                "repository": name, "error": failure,
            })).collect::<Vec<_>>(),
        }));
    } else {
        let (taken, all) = (choice.selected(), choice.selected() + choice.not_selected());
        let repositories = choice.selections.len();
        output::line(&format!("{name}: {taken} of {all} tags in {repositories} repositories."));
        reasons(plan)
            .iter()
            .for_each(|(reason, count)| output::line(&format!("  {count} not copied: {reason}")));
        plan.notes.iter().for_each(|note| output::line(&format!("  {note}")));
        choice.missing.iter().for_each(|name| output::line(&format!("  The source has no {name}.")));
        choice
            .unread
            .iter()
            .for_each(|(name, failure)| output::line(&format!("  {name}: {}", failure.in_words())));
    }
    if whole && as_json {
        rule::show(name, choice, true);
    }
    for destination in &plan.destinations {
        if whole {
            copy_plan::show(&destination.plan, as_json);
        }
        expiry::show(&destination.plan, whole, as_json);
        let names = Names::of(&destination.plan);
        for refused in &destination.refused {
            let (source, to) = (names.source(&refused.source), names.destination(&refused.destination));
            if as_json {
                output::json(&json!({
                    "event": "refused", "source": source, "destination": to, "error": refused.failure,
                }));
            } else {
                output::line(&format!(
                    "  refused     {source}: {} {}",
                    refused.failure.message, refused.failure.hint
                ));
            }
        }
        if let Some(prune) = destination.prune.as_ref().filter(|_| whole) {
            show_prune(prune, &names, as_json);
        }
    }
}

fn show_prune(prune: &PrunePlan, names: &Names, as_json: bool) {
    for removal in &prune.removals {
        let name = names.destination(&format!("{}:{}", removal.repository, removal.tag));
        if as_json {
            output::json(&json!({"event": "remove", "destination": name, "digest": removal.digest}));
        } else {
            output::line(&format!("  remove      {name}, which the rule no longer selects"));
        }
    }
    if !as_json && prune.is_over_cap() {
        let (count, cap) = (prune.removals.len(), prune.cap);
        output::line(&format!("  {count} tags would be removed, but the rule allows {cap}: none will be."));
    }
}

/// How many tags are not copied, by type of reason.
fn reasons(plan: &RulePlan) -> BTreeMap<String, usize> {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for selection in &plan.choice.selections {
        for tag in &selection.not_selected {
            *reasons.entry(tag.reason.code().replace('-', " ")).or_default() += 1;
        }
        if !selection.undecided.is_empty() {
            *reasons.entry("undecided".to_owned()).or_default() += selection.undecided.len();
        }
    }
    reasons
}

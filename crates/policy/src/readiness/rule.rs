//! The rule itself: limits, chains and loops.

use std::collections::BTreeSet;

use longshore_names::RegistryId;

use super::{Check, CheckSide, Facts, Fix, RegistryFacts, place};
use crate::{
    replication::{
        Driver, MAX_DESTINATIONS, MAX_RULES, ReplicationConfiguration, RuleDraft, driver, onward_of,
        rules_back,
    },
    sentence,
};

const SIDE: CheckSide = CheckSide::Source;

/// The source's configuration without the rule itself.
fn others(facts: &Facts, configuration: &ReplicationConfiguration) -> ReplicationConfiguration {
    let mut others = configuration.clone();
    if let Some(hash) = &facts.existing {
        // A rule that is not there leaves the others as they are.
        let _ = others.remove_rule(hash);
    }
    others
}

/// What ECR's limits say about the rule.
pub(super) fn limits(facts: &Facts, checks: &mut Vec<Check>) {
    let here = &facts.source.registry;
    let request = format!("DescribeRegistry in {}", place(here));
    let configuration = match facts.source.configuration.get() {
        Ok(configuration) => configuration,
        Err(reason) => {
            let what = format!("How much of ECR's limits is used in {}", place(here));
            return checks.push(Check::unknown("limits", SIDE, here, &what, (request, reason)));
        }
    };
    let others = others(facts, configuration);
    let rules = others.rules();
    let mut used: BTreeSet<&RegistryId> = rules.iter().flat_map(|rule| &rule.destinations).collect();
    used.extend(&facts.rule.destinations);
    let numbers = format!(
        "{} of {MAX_RULES} rules and {} of {MAX_DESTINATIONS} destinations",
        rules.len() + 1,
        used.len()
    );
    let engine = || Fix::UseEngine { registry: here.clone(), draft: facts.rule.clone() };
    if let Driver::Engine { reasons } = driver(&facts.rule, here, &others) {
        checks.extend(reasons.into_iter().map(|reason| {
            let id = match reason.code {
                "too-many-destinations" => "limit-destinations",
                "too-many-rules" => "limit-rules",
                "too-many-filters" => "limit-filters",
                _ => "not-native",
            };
            Check::failed(id, SIDE, here, reason.text).evidence(request.clone(), &numbers).fix(engine())
        }));
    } else if used.len() == MAX_DESTINATIONS || rules.len() + 1 == MAX_RULES {
        let full = if used.len() == MAX_DESTINATIONS { "limit-destinations" } else { "limit-rules" };
        let text = format!("With this rule {} has {numbers}; ECR takes no more.", place(here));
        checks.push(Check::warning(full, SIDE, here, text).evidence(request, &numbers).fix(engine()));
    } else {
        let text = format!("With this rule {} has {numbers}.", place(here));
        checks.push(Check::ok("limits", SIDE, here, text).evidence(request, &numbers));
    }
}

/// A destination that replicates further, or back.
pub(super) fn onward(facts: &Facts, destination: &RegistryFacts, checks: &mut Vec<Check>) {
    let (here, there) = (&facts.source.registry, &destination.registry);
    let request = || format!("DescribeRegistry in {}", place(there));
    let configuration = match destination.configuration.get() {
        Ok(configuration) => configuration,
        Err(reason) => {
            for (id, word) in [("chain", "further"), ("loop", "back")] {
                let what = format!("Whether {} replicates {word}", place(there));
                checks.push(Check::unknown(id, SIDE, there, &what, (request(), reason)));
            }
            return;
        }
    };
    let rules = configuration.pretty();
    let further: Vec<RegistryId> = onward_of(&facts.rule, here, configuration)
        .into_iter()
        .filter(|registry| !facts.rule.destinations.contains(registry))
        .collect();
    if further.is_empty() {
        let text = format!("No image is expected to go on from {}.", place(there));
        checks.push(Check::ok("chain", SIDE, there, text).evidence(request(), &rules));
    } else {
        let names: Vec<String> = further.iter().map(place).collect();
        let text = format!(
            "{} replicates further to {}, but replicated images are not replicated again.",
            place(there),
            sentence::list(&names, "and")
        );
        let mut draft = facts.rule.clone();
        draft.destinations.extend(further);
        let fix = Fix::EditRule { registry: here.clone(), rule: facts.existing.clone(), draft };
        checks.push(Check::warning("chain", SIDE, there, text).evidence(request(), &rules).fix(fix));
    }
    let back = rules_back(&facts.rule, here, configuration);
    let deletes = back.iter().any(|rule| rule.delete_replication == Some(true));
    let text = match (back.is_empty(), facts.rule.delete_replication, deletes) {
        (true, ..) => format!("{} does not replicate back.", place(there)),
        (false, true, true) => {
            let text = format!(
                "{} replicates back, and both rules replicate deletions: an image deleted on one side is \
                 deleted on both.",
                place(there)
            );
            let draft = RuleDraft { delete_replication: false, ..facts.rule.clone() };
            let fix = Fix::EditRule { registry: here.clone(), rule: facts.existing.clone(), draft };
            return checks.push(Check::failed("loop", SIDE, there, text).evidence(request(), rules).fix(fix));
        }
        (false, true, false) => format!("{} replicates back, without deletions.", place(there)),
        (false, false, true) => {
            format!("{} replicates back, and its deletions delete images here.", place(there))
        }
        (false, false, false) => {
            format!("{} replicates back: an image may originate on either side.", place(there))
        }
    };
    checks.push(Check::ok("loop", SIDE, there, text).evidence(request(), rules));
}

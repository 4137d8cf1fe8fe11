//! Checks a rule against what is known about source and destinations.

use std::collections::BTreeSet;

use longshore_names::RegistryId;

use super::{
    DestinationFacts, MatchPreview, PolicyFacts, ReplicationConfiguration, RuleContext, RuleDraft, RuleView,
    explain::deletes_too, preview, validate::Paths,
};
use crate::{
    FieldPath, Finding,
    registry_policy::{CREATE_REPOSITORY, PermissionCheck, check_replication},
    sentence,
};

/// The most names that a text lists; beyond that it only gives a number.
const SHOWN: usize = 5;

pub(super) fn check(draft: &RuleDraft, paths: Paths, context: &RuleContext, findings: &mut Vec<Finding>) {
    let matched = context.repositories.as_ref().map(|all| preview(&draft.filters, all));
    if let Some(matched) = &matched {
        check_matches(draft, matched, paths, findings);
    }
    for (i, destination) in draft.destinations.iter().enumerate() {
        if *destination == context.source {
            continue;
        }
        let at = paths.destinations().item(i);
        check_permission(draft, destination, matched.as_ref(), context, &at, findings);
        if let Some(facts) = context.destinations.get(destination) {
            check_repositories(destination, facts, matched.as_ref(), &at, findings);
            check_onward(draft, destination, facts, context, &at, findings);
        }
    }
    if draft.delete_replication {
        check_deletes(draft, paths, context, findings);
    }
}

fn check_matches(draft: &RuleDraft, matched: &MatchPreview, paths: Paths, findings: &mut Vec<Finding>) {
    for (i, filter) in draft.filters.iter().enumerate() {
        if matched.per_filter[i] == 0 {
            findings.push(
                Finding::warning(
                    "filter-matches-nothing",
                    format!("No repository begins with `{filter}` yet."),
                )
                .at(paths.filter(i)),
            );
        }
        let by_accident: Vec<String> = matched
            .matched
            .iter()
            .filter(|m| m.accidental && m.filter == Some(i))
            .map(|m| format!("`{}`", m.name))
            .collect();
        if !by_accident.is_empty() {
            findings.push(
                Finding::warning(
                    "filter-matches-others",
                    format!("`{filter}` also matches {}.", shortened(&by_accident)),
                )
                .at(paths.filter(i))
                .hint("A filter matches the beginning of names; end it with a separator to match fewer."),
            );
        }
    }
    if matched.images > 0 {
        let repositories = sentence::count(matched.matched.len(), "repository", "repositories");
        findings.push(
            Finding::warning(
                "existing-images",
                format!(
                    "{} images in {repositories} already exist; a rule copies only new pushes.",
                    matched.images
                ),
            )
            .hint("Copy them with a backfill after the rule is created."),
        );
    }
}

fn shortened(names: &[String]) -> String {
    if names.len() <= SHOWN {
        return sentence::list(names, "and");
    }
    format!("{} and {} more", names[..SHOWN].join(", "), names.len() - SHOWN)
}

fn check_permission(
    draft: &RuleDraft,
    destination: &RegistryId,
    matched: Option<&MatchPreview>,
    context: &RuleContext,
    at: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    if destination.account == context.source.account {
        return;
    }
    let facts = context.destinations.get(destination);
    let policy = match facts.map(|f| &f.policy) {
        None | Some(PolicyFacts::Unseen) => {
            findings.push(
                Finding::note(
                    "permission-unseen",
                    format!("Whether {destination} allows this cannot be read from here."),
                )
                .at(at.clone())
                .hint("Give the generated statement to the administrator of that account."),
            );
            return;
        }
        Some(PolicyFacts::None) => None,
        Some(PolicyFacts::Policy(policy)) => Some(policy),
    };
    let finding = match check_replication(policy, &context.source.account, destination, &draft.filters) {
        PermissionCheck::NotNeeded | PermissionCheck::Present { .. } => return,
        PermissionCheck::Missing => Finding::warning(
            "permission-missing",
            format!("{destination} does not allow account {} to replicate into it.", context.source.account),
        )
        .hint("Add the generated statement to the destination's registry policy."),
        PermissionCheck::Insufficient { missing } => {
            if missing.iter().all(|m| m.action == CREATE_REPOSITORY) && all_there(facts, matched) {
                return;
            }
            let list: Vec<String> =
                missing.iter().map(|m| format!("`{}` on `{}`", m.action, m.repositories)).collect();
            Finding::warning("permission-insufficient", format!("{destination} lacks {}.", shortened(&list)))
                .hint("Add the generated statement to the destination's registry policy.")
        }
        PermissionCheck::Unknown { reason } => Finding::note("permission-unknown", reason)
            .hint("Try it with one image: Longshore shows whether it arrives."),
    };
    findings.push(finding.at(at.clone()));
}

/// Whether every repository of the rule exists at the destination, so that none is created.
fn all_there(facts: Option<&DestinationFacts>, matched: Option<&MatchPreview>) -> bool {
    let (Some(there), Some(matched)) = (facts.and_then(|f| f.repositories.as_ref()), matched) else {
        return false;
    };
    !matched.matched.is_empty() && matched.matched.iter().all(|m| there.iter().any(|r| r.name == m.name))
}

fn check_repositories(
    destination: &RegistryId,
    facts: &DestinationFacts,
    matched: Option<&MatchPreview>,
    at: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    let Some(matched) = matched else { return };
    let there = facts.repositories.as_deref().unwrap_or_default();
    let wanted: BTreeSet<_> = matched.matched.iter().map(|m| &m.name).collect();
    let immutable: Vec<String> = there
        .iter()
        .filter(|r| r.immutable && wanted.contains(&r.name))
        .map(|r| format!("`{}`", r.name))
        .collect();
    if !immutable.is_empty() {
        findings.push(
            Finding::warning(
                "destination-immutable",
                format!("Tags are immutable in {} of {destination}.", shortened(&immutable)),
            )
            .at(at.clone())
            .hint("An image whose tag already exists at the destination arrives without that tag."),
        );
    }
    let absent = facts.repositories.is_some() && {
        let there: BTreeSet<_> = there.iter().map(|r| &r.name).collect();
        wanted.iter().any(|name| !there.contains(name))
    };
    if absent && facts.has_replication_template == Some(false) {
        findings.push(
            Finding::warning(
                "destination-no-template",
                format!("{destination} has no creation template for replication."),
            )
            .at(at.clone())
            .hint(
                "New repositories at the destination get mutable tags, AES-256, no policy and no lifecycle policy.",
            ),
        );
    }
}

fn takes_same(draft: &RuleDraft, rule: &RuleView) -> bool {
    draft.filters.is_empty()
        || rule.filters.is_empty()
        || draft.filters.iter().any(|mine| {
            rule.filters
                .iter()
                .any(|t| mine.as_str().starts_with(&t.filter) || t.filter.starts_with(mine.as_str()))
        })
}

/// The registries to which a destination with this configuration replicates what `draft` brings, apart
/// from `source`; each once.
pub(crate) fn onward_of(
    draft: &RuleDraft,
    source: &RegistryId,
    configuration: &ReplicationConfiguration,
) -> Vec<RegistryId> {
    let mut onward: Vec<RegistryId> = Vec::new();
    for rule in configuration.rules().iter().filter(|rule| takes_same(draft, rule)) {
        for next in &rule.destinations {
            if next != source && !onward.contains(next) {
                onward.push(next.clone());
            }
        }
    }
    onward
}

/// The rules by which a destination with this configuration replicates back what `draft` brings.
pub(crate) fn rules_back(
    draft: &RuleDraft,
    source: &RegistryId,
    configuration: &ReplicationConfiguration,
) -> Vec<RuleView> {
    let rules = configuration.rules().into_iter();
    rules.filter(|rule| takes_same(draft, rule) && rule.destinations.contains(source)).collect()
}

/// Chains end after one hop, and loops only confuse (rule 11).
fn check_onward(
    draft: &RuleDraft,
    destination: &RegistryId,
    facts: &DestinationFacts,
    context: &RuleContext,
    at: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    let Some(configuration) = &facts.configuration else { return };
    let onward: Vec<String> =
        onward_of(draft, &context.source, configuration).iter().map(ToString::to_string).collect();
    if !onward.is_empty() {
        findings.push(
            Finding::warning(
                "chain-ends",
                format!(
                    "{destination} replicates further to {}; replicated images are not replicated again.",
                    shortened(&onward)
                ),
            )
            .at(at.clone())
            .hint("Add those as destinations of this rule, or let Longshore's engine copy the images there."),
        );
    }
    if let Some(back) = rules_back(draft, &context.source, configuration).first() {
        let deletes = match (draft.delete_replication, back.delete_replication == Some(true)) {
            (true, true) => " Deletions are replicated in both directions.",
            (true, false) => " Deletions are replicated only from this registry to the destination.",
            (false, true) => " Deletions are replicated only from the destination to this registry.",
            (false, false) => "",
        };
        findings.push(
            Finding::warning("loop", format!("{destination} replicates back to this registry.{deletes}"))
                .at(at.clone())
                .hint("Pushes still work, but each image can originate in either registry."),
        );
    }
}

fn check_deletes(draft: &RuleDraft, paths: Paths, context: &RuleContext, findings: &mut Vec<Finding>) {
    findings.push(
        Finding::warning("delete-replication-on", deletes_too(draft.destinations.len()))
            .at(paths.delete())
            .hint("Leave it off unless the destination should be a mirror."),
    );
    let mut production: Vec<String> = draft
        .destinations
        .iter()
        .filter(|d| context.production.contains(&d.account))
        .map(ToString::to_string)
        .collect();
    production.dedup();
    if !production.is_empty() {
        findings.push(
            Finding::warning(
                "delete-replication-production",
                format!("{} is marked as production.", shortened(&production)),
            )
            .at(paths.delete())
            .hint("Type the account's name to confirm."),
        );
    }
}

//! Checks the parts of one rule, each alone and against the other rules.

use longshore_names::{AccountId, Prefix, Region, RegistryId};

use super::{DraftInput, FilterType, MAX_FILTERS, RuleContext, RuleDraft, RuleView, validate::Paths};
use crate::{FieldPath, Finding};

/// Checks the texts of a rule. Returns the draft if each can be read.
pub(super) fn check(
    input: &DraftInput,
    paths: Paths,
    context: &RuleContext,
) -> (Option<RuleDraft>, Vec<Finding>) {
    let mut findings = Vec::new();
    let destinations = check_destinations(input, paths, context, &mut findings);
    let filters = check_filters(input, paths, &mut findings);
    let draft = match (destinations, filters) {
        (Some(destinations), Some(filters)) => {
            Some(RuleDraft { destinations, filters, delete_replication: input.delete_replication })
        }
        _ => None,
    };
    (draft, findings)
}

/// A name as typed. In a document nothing is trimmed, so there it must be exact.
fn read<T: AsRef<str>>(
    text: &str,
    paths: Paths,
    parse: fn(&str) -> Result<T, longshore_names::NameError>,
) -> Result<T, String> {
    match parse(text) {
        Ok(name) if paths.is_document() && name.as_ref() != text => {
            Err(format!("`{}` should be `{}`.", text.escape_debug(), name.as_ref()))
        }
        Ok(name) => Ok(name),
        Err(error) => Err(crate::sentence::whole(&error.to_string())),
    }
}

fn check_destinations(
    input: &DraftInput,
    paths: Paths,
    context: &RuleContext,
    findings: &mut Vec<Finding>,
) -> Option<Vec<RegistryId>> {
    let mut registries: Vec<RegistryId> = Vec::new();
    let mut readable = true;
    if input.destinations.is_empty() {
        findings.push(
            Finding::error("destinations-empty", "The rule has no destination.")
                .at(paths.destinations())
                .hint("Add at least one account and Region."),
        );
        return None;
    }
    for (i, destination) in input.destinations.iter().enumerate() {
        let account = read(&destination.account, paths, AccountId::for_input);
        let region = read(&destination.region, paths, Region::for_input);
        if let Err(text) = &account {
            findings.push(Finding::error("account-id-invalid", text.clone()).at(paths.account(i)));
        }
        if let Err(text) = &region {
            findings.push(Finding::error("region-invalid", text.clone()).at(paths.region(i)));
        }
        let (Ok(account), Ok(region)) = (account, region) else {
            readable = false;
            continue;
        };
        let registry = RegistryId::new(account, region);
        let at = paths.destinations().item(i);
        if registry == context.source {
            findings.push(
                Finding::error("destination-is-source", "A registry cannot replicate to itself.")
                    .at(at)
                    .hint("Choose another Region or another account."),
            );
        } else if registries.contains(&registry) {
            findings.push(
                Finding::error("destination-duplicate", format!("{registry} is listed twice."))
                    .at(at)
                    .hint("Remove one of the two."),
            );
        } else {
            check_region(&registry, i, paths, context, findings);
        }
        registries.push(registry);
    }
    readable.then_some(registries)
}

fn check_region(
    registry: &RegistryId,
    i: usize,
    paths: Paths,
    context: &RuleContext,
    findings: &mut Vec<Finding>,
) {
    let (here, there) = (context.source.region.partition(), registry.region.partition());
    if here != there {
        findings.push(
            Finding::error(
                "partition-differs",
                format!(
                    "{} is in partition {there}, the source in {here}; ECR does not replicate between them.",
                    registry.region
                ),
            )
            .at(paths.region(i))
            .hint("Longshore's engine can copy there."),
        );
        return;
    }
    for (account, region) in [
        (&context.source.account, &registry.region),
        (&registry.account, &registry.region),
        (&registry.account, &context.source.region),
    ] {
        if context.enabled_regions.get(account).is_some_and(|enabled| !enabled.contains(region)) {
            findings.push(
                Finding::warning(
                    "region-not-enabled",
                    format!("Account {account} has not enabled {region}."),
                )
                .at(paths.region(i))
                .hint("Both Regions must be enabled in both accounts; enable it in the account's settings."),
            );
            if context.source.account == registry.account {
                break;
            }
        }
    }
}

fn check_filters(input: &DraftInput, paths: Paths, findings: &mut Vec<Finding>) -> Option<Vec<Prefix>> {
    if input.filters.is_empty() {
        findings.push(
            Finding::warning(
                "filter-none",
                "Without a filter every repository of this registry is replicated.",
            )
            .at(paths.filters())
            .hint("Add a prefix to limit the rule."),
        );
        return Some(Vec::new());
    }
    if input.filters.len() > MAX_FILTERS {
        findings.push(
            Finding::error(
                "too-many-filters",
                format!("The rule has {} filters; ECR allows {MAX_FILTERS}.", input.filters.len()),
            )
            .at(paths.filters())
            .hint("Use shorter prefixes, or split them into two rules."),
        );
    }
    let mut prefixes: Vec<Prefix> = Vec::new();
    let mut readable = true;
    for (i, text) in input.filters.iter().enumerate() {
        match read(text, paths, Prefix::for_input) {
            Err(problem) => {
                readable = false;
                findings.push(filter_error(text.trim(), problem).at(paths.filter(i)));
            }
            Ok(prefix) => {
                check_prefix(&prefix, &prefixes, paths.filter(i), findings);
                prefixes.push(prefix);
            }
        }
    }
    for (i, prefix) in prefixes.iter().enumerate() {
        // A longer prefix before the one that covers it is reported here; a later one when it is
        // read.
        if readable
            && let Some(cover) = prefixes
                .iter()
                .skip(i + 1)
                .find(|c| c.as_str() != prefix.as_str() && prefix.as_str().starts_with(c.as_str()))
        {
            findings.push(covered(prefix, cover).at(paths.filter(i)));
        }
    }
    readable.then_some(prefixes)
}

fn filter_error(text: &str, problem: String) -> Finding {
    if text.contains(['*', '?']) {
        let without: String = text.chars().filter(|c| !"*?".contains(*c)).collect();
        let finding = Finding::error("filter-glob", problem);
        return if without.is_empty() {
            finding.hint("Remove the filter to replicate everything.")
        } else {
            finding.hint(format!("Use `{without}`."))
        };
    }
    if text.chars().any(|c| c.is_ascii_uppercase()) {
        let finding = Finding::error("filter-upper-case", problem);
        let lower = text.to_lowercase();
        return match Prefix::for_input(&lower) {
            Ok(lower) => finding.hint(format!("Use `{lower}`.")),
            Err(_) => finding,
        };
    }
    if !(2..=256).contains(&text.chars().count()) {
        return Finding::error("filter-length", problem);
    }
    Finding::error("filter-invalid", problem)
}

fn covered(prefix: &Prefix, cover: &Prefix) -> Finding {
    Finding::warning("filter-covered", format!("`{cover}` already includes everything of `{prefix}`."))
        .hint("Remove one of the two.")
}

fn check_prefix(prefix: &Prefix, before: &[Prefix], at: FieldPath, findings: &mut Vec<Finding>) {
    let text = prefix.as_str();
    if before.contains(prefix) {
        findings.push(
            Finding::warning("filter-duplicate", format!("`{prefix}` occurs twice."))
                .at(at)
                .hint("Remove one of the two."),
        );
        return;
    }
    if let Some(cover) = before.iter().find(|c| text.starts_with(c.as_str())) {
        findings.push(covered(prefix, cover).at(at.clone()));
    }
    if text.starts_with(['.', '_', '-']) {
        findings.push(
            Finding::warning(
                "filter-odd-beginning",
                format!("No repository name begins with `{}`.", &text[..1]),
            )
            .at(at),
        );
    } else if !can_begin_a_name(text) {
        findings.push(
            Finding::warning("filter-never-matches", format!("No repository name can begin with `{prefix}`."))
                .at(at)
                .hint("One `.`, `_`, `__` or dashes separate letters and digits, and each part between slashes begins and ends with a letter or digit."),
        );
    }
}

/// Whether a valid name can continue from here: some short ending must make it valid.
fn can_begin_a_name(text: &str) -> bool {
    let room = 256usize.saturating_sub(text.len());
    ["", "a", "aa"]
        .iter()
        .filter(|ending| ending.len() <= room)
        .any(|ending| longshore_names::RepositoryName::for_input(&format!("{text}{ending}")).is_ok())
}

/// The same destination in another rule that matches some of the same repositories (rule 4).
pub(super) fn overlaps(draft: &RuleDraft, others: &[RuleView], paths: Paths, findings: &mut Vec<Finding>) {
    // The same rule is reported as that.
    let others: Vec<&RuleView> =
        others.iter().filter(|other| other.to_draft().as_ref() != Some(draft)).collect();
    for (i, destination) in draft.destinations.iter().enumerate() {
        for other in others.iter().filter(|other| other.destinations.contains(destination)) {
            let theirs: Vec<&str> = other.filters.iter().map(|f| f.filter.as_str()).collect();
            let common = draft.filters.is_empty()
                || theirs.is_empty()
                || draft.filters.iter().any(|mine| {
                    theirs.iter().any(|t| mine.as_str().starts_with(t) || t.starts_with(mine.as_str()))
                });
            if !common {
                continue;
            }
            let place = other.index + 1;
            findings.push(
                Finding::warning(
                    "destination-overlaps-rule",
                    format!("Rule {place} already sends some of these repositories to {destination}."),
                )
                .at(paths.destinations().item(i))
                .hint("Once is enough; extend that rule instead, or narrow the filters."),
            );
            if other.delete_replication.unwrap_or(false) != draft.delete_replication {
                findings.push(
                    Finding::warning(
                        "delete-replication-conflict",
                        format!("Rule {place} sends the same repositories with the other delete setting; AWS does not document which of the two wins."),
                    )
                    .at(paths.delete())
                    .hint("Use the same setting for both."),
                );
            }
        }
    }
}

/// Parts of a document's rule that a draft cannot have.
pub(super) fn shape(rule: &RuleView, paths: Paths, findings: &mut Vec<Finding>) {
    for part in &rule.unreadable {
        let at = paths.rule().child(part);
        findings.push(
            Finding::error("field-unreadable", format!("`{part}` is missing or has the wrong type.")).at(at),
        );
    }
    for part in &rule.unknown_fields {
        findings.push(unknown_field(paths.rule().child(part)));
    }
    if rule.raw.get("repositoryFilters").and_then(|f| f.as_array()).is_some_and(Vec::is_empty) {
        findings.push(
            Finding::error("filters-empty", "`repositoryFilters` is an empty list.")
                .at(paths.filters())
                .hint("Leave the key out to replicate all repositories."),
        );
    }
    for (i, filter) in rule.filters.iter().enumerate() {
        if let FilterType::Other(kind) = &filter.filter_type {
            findings.push(
                Finding::warning(
                    "filter-type-unknown",
                    format!("The filter type `{kind}` is not known here."),
                )
                .at(paths.filters().item(i).child("filterType"))
                .hint("ECR knows `PREFIX_MATCH`. The filter is kept as it is."),
            );
        }
    }
}

pub(super) fn unknown_field(at: FieldPath) -> Finding {
    Finding::note("unknown-field", format!("`{at}` is not known to this version; it is kept.")).at(at)
}

//! Validates a rule or a configuration (wizard rules 1 to 14), and holds the facts to check it
//! against.

use std::collections::{BTreeMap, BTreeSet};

use longshore_names::{AccountId, Region, RegistryId, RepositoryName};

use super::{
    DraftInput, MAX_DESTINATIONS, MAX_RULES, ReplicationConfiguration, RepositoryFacts, RuleDraft, RuleView,
    validate_facts, validate_rule,
};
use crate::{ContentHash, EditError, FieldPath, Finding, registry_policy::RegistryPolicy};

/// What is known about the registry of a rule. Unknown facts are not checked.
#[derive(Debug, Clone)]
pub struct RuleContext {
    /// The registry whose rule it is.
    pub source: RegistryId,
    /// Its configuration as last read.
    pub configuration: Option<ReplicationConfiguration>,
    /// The rule that the draft replaces, if one is edited.
    pub replacing: Option<ContentHash>,
    /// Its repositories.
    pub repositories: Option<Vec<RepositoryFacts>>,
    /// The Regions that each account has enabled.
    pub enabled_regions: BTreeMap<AccountId, BTreeSet<Region>>,
    /// What is known about each destination.
    pub destinations: BTreeMap<RegistryId, DestinationFacts>,
    /// Accounts that the user marked as production.
    pub production: BTreeSet<AccountId>,
}

impl RuleContext {
    /// A registry about which nothing else is known.
    pub fn new(source: RegistryId) -> Self {
        Self {
            source,
            configuration: None,
            replacing: None,
            repositories: None,
            enabled_regions: BTreeMap::new(),
            destinations: BTreeMap::new(),
            production: BTreeSet::new(),
        }
    }

    /// The rules that stay next to the draft.
    pub(super) fn other_rules(&self) -> Vec<RuleView> {
        let mut rules = self.configuration.as_ref().map(ReplicationConfiguration::rules).unwrap_or_default();
        if let Some(at) = rules.iter().rposition(|rule| Some(&rule.hash) == self.replacing.as_ref()) {
            rules.remove(at);
        }
        rules
    }
}

/// What is known about a destination's registry policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum PolicyFacts {
    /// It cannot be read from here.
    #[default]
    Unseen,
    /// There is none.
    None,
    /// This policy.
    Policy(RegistryPolicy),
}

/// A repository of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationRepository {
    /// Its name.
    pub name: RepositoryName,
    /// Whether its tags are immutable, with or without exclusions.
    pub immutable: bool,
}

/// What is known about a destination.
#[derive(Debug, Clone, Default)]
pub struct DestinationFacts {
    /// Its registry policy.
    pub policy: PolicyFacts,
    /// Its own replication configuration.
    pub configuration: Option<ReplicationConfiguration>,
    /// Its repositories.
    pub repositories: Option<Vec<DestinationRepository>>,
    /// Whether it has a creation template that applies to replication.
    pub has_replication_template: Option<bool>,
}

/// The field paths of a rule's parts, in a form or in a document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Paths {
    Draft,
    Document(usize),
}

impl Paths {
    pub(super) fn is_document(self) -> bool {
        matches!(self, Self::Document(_))
    }

    pub(super) fn rule(self) -> FieldPath {
        match self {
            Self::Draft => FieldPath::new(""),
            Self::Document(i) => FieldPath::new("rules").item(i),
        }
    }

    pub(super) fn destinations(self) -> FieldPath {
        self.rule().child("destinations")
    }

    pub(super) fn account(self, i: usize) -> FieldPath {
        self.destinations().item(i).child(if self.is_document() { "registryId" } else { "account" })
    }

    pub(super) fn region(self, i: usize) -> FieldPath {
        self.destinations().item(i).child("region")
    }

    pub(super) fn filters(self) -> FieldPath {
        self.rule().child(if self.is_document() { "repositoryFilters" } else { "filters" })
    }

    pub(super) fn filter(self, i: usize) -> FieldPath {
        let item = self.filters().item(i);
        if self.is_document() { item.child("filter") } else { item }
    }

    pub(super) fn delete(self) -> FieldPath {
        self.rule().child(if self.is_document() { "deleteReplication" } else { "delete_replication" })
    }
}

/// Reads a typed rule. Returns the draft if every text is valid. ECR accepts it if no finding is an
/// error; otherwise [`driver`](super::driver) says whether our engine can run it.
pub fn validate_draft(input: &DraftInput, context: &RuleContext) -> (Option<RuleDraft>, Vec<Finding>) {
    let paths = Paths::Draft;
    let (draft, mut findings) = validate_rule::check(input, paths, context);
    let others = context.other_rules();
    if others.len() >= MAX_RULES {
        findings.push(
            Finding::error("too-many-rules", format!("The registry has {} rules; ECR allows {MAX_RULES}.", others.len()))
                .hint("Put the filters into a rule with the same destinations, or let Longshore's engine run this rule."),
        );
    }
    if let Some(draft) = &draft {
        let all: BTreeSet<&RegistryId> =
            others.iter().flat_map(|rule| &rule.destinations).chain(&draft.destinations).collect();
        if all.len() > MAX_DESTINATIONS {
            findings.push(too_many_destinations(all.len()).at(paths.destinations()));
        }
        if others.iter().any(|rule| rule.hash == draft.hash()) {
            let error = EditError::AlreadyThere { what: "rule" };
            findings
                .push(Finding::error(error.code(), "The registry has this rule already.").hint(error.hint()));
        }
        validate_rule::overlaps(draft, &others, paths, &mut findings);
        validate_facts::check(draft, paths, context, &mut findings);
    }
    (draft, findings)
}

/// All problems of a whole configuration and notes about it, at fields such as
/// `rules[0].destinations[1].registryId`. The context's own configuration is not used.
pub fn validate_configuration(
    configuration: &ReplicationConfiguration,
    context: &RuleContext,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rules = configuration.rules();
    if rules.len() > MAX_RULES {
        findings.push(
            Finding::error(
                "too-many-rules",
                format!("The configuration has {} rules; ECR allows {MAX_RULES}.", rules.len()),
            )
            .at(FieldPath::new("rules"))
            .hint("Put filters of rules with the same destinations into one rule."),
        );
    }
    let all: BTreeSet<&RegistryId> = rules.iter().flat_map(|rule| &rule.destinations).collect();
    if all.len() > MAX_DESTINATIONS {
        findings.push(too_many_destinations(all.len()).at(FieldPath::new("rules")));
    }
    for rule in &rules {
        let paths = Paths::Document(rule.index);
        validate_rule::shape(rule, paths, &mut findings);
        let (draft, own) = validate_rule::check(&rule.to_input(), paths, context);
        let unread: Vec<FieldPath> = rule.unreadable.iter().map(|part| paths.rule().child(part)).collect();
        findings.extend(own.into_iter().filter(|f| f.field.as_ref().is_none_or(|at| !unread.contains(at))));
        if let Some(draft) = draft {
            validate_rule::overlaps(&draft, &rules[..rule.index], paths, &mut findings);
            validate_facts::check(&draft, paths, context, &mut findings);
        }
    }
    for field in configuration.unknown_fields() {
        findings.push(validate_rule::unknown_field(FieldPath::new(field)));
    }
    findings
}

fn too_many_destinations(number: usize) -> Finding {
    Finding::error(
        "too-many-destinations",
        format!("There are {number} different destinations over all rules; ECR allows {MAX_DESTINATIONS}."),
    )
    .hint("Leave some out, or let Longshore's engine run this rule.")
}

/// Checks that a configuration is still the one that a change was made for (rule 14).
///
/// # Errors
/// [`EditError::ChangedElsewhere`] when its meaning has changed.
pub fn check_unchanged(
    read: &ReplicationConfiguration,
    now: &ReplicationConfiguration,
) -> Result<(), EditError> {
    if read == now { Ok(()) } else { Err(EditError::ChangedElsewhere { what: "replication configuration" }) }
}

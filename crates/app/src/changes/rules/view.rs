//! A registry's replication configuration for display.

use std::collections::BTreeSet;

use longshore_names::{AccountId, ForeignText, RegistryId};
use longshore_policy::{
    self as policy,
    readiness::named,
    replication::{
        PolicyFacts, ReplicationConfiguration, RuleContext, RuleView as Rule, explain_rule,
        validate_configuration,
    },
};

use super::input;
use crate::{
    App,
    api::{
        ApiError, DestinationView, Finding, RegistryKey, ReplicationView, RuleView, Space, StatedPermission,
    },
    made::Made,
    plans::finding,
    requests::{Needed, stated},
};

impl App {
    /// The name that a person gave to an account of a space.
    pub(crate) fn namer(&self, space: Space) -> impl Fn(&AccountId) -> Option<String> + '_ {
        move |id| self.accounts.name(space, id.as_str()).filter(|name| name != id.as_str())
    }

    /// A registry's replication configuration, read now.
    ///
    /// # Errors
    /// The reason why it cannot be read.
    pub async fn replication(&self, registry: RegistryKey) -> Result<ReplicationView, ApiError> {
        let id = registry.id();
        let configuration = ReplicationConfiguration::from_value(self.read_replication(&registry).await?)?;
        let ours = self.made(Made::Rule, &registry).await?;
        let rule_names = self.rule_names(&registry).await?;
        let names: Vec<_> = self
            .inventory
            .repositories_of(&registry)
            .await?
            .into_iter()
            .filter_map(|row| row.name.parse().ok())
            .collect();
        let rules = configuration.rules();
        let destinations: BTreeSet<_> = rules.iter().flat_map(|rule| rule.destinations.clone()).collect();
        let mut context = RuleContext::new(id.clone());
        for destination in &destinations {
            let key = RegistryKey::of(registry.space, destination);
            let facts = input::destination_read(self, &key).await?;
            context.destinations.insert(destination.clone(), facts);
        }
        let findings = validate_configuration(&configuration, &context);
        let answers = self.answers(registry.space).await?;
        let stated = |rule: &Rule, destination: &RegistryId| {
            let draft = rule.to_draft()?;
            let needed = Needed { source: &id.account, destination, filters: &draft.filters };
            let facts = context.destinations.get(destination);
            let seen = facts.is_some_and(|facts| facts.policy != PolicyFacts::Unseen);
            Some(StatedPermission { seen, ..stated(&answers, needed)?.shown })
        };
        let view = |rule: &Rule| RuleView {
            id: rule.hash.to_string(),
            sentence: ForeignText::new(explain_rule(rule, &id, &self.namer(registry.space))).into(),
            destinations: rule
                .destinations
                .iter()
                .map(|destination| DestinationView {
                    registry: RegistryKey::of(registry.space, destination),
                    account_name: self.accounts.name(registry.space, destination.account.as_str()),
                    stated: stated(rule, destination),
                })
                .collect(),
            filters: rule.filters.iter().map(|filter| filter.filter.clone()).collect(),
            delete_replication: rule.delete_replication == Some(true),
            ours: ours.contains(rule.hash.as_str()),
            name: rule_names.get(rule.hash.as_str()).map(|named| named.name.clone()),
            note: rule_names.get(rule.hash.as_str()).and_then(|named| named.note.clone()),
            repositories: count(names.iter().filter(|name| rule.takes(name)).count()),
            findings: of_rule(self, &findings, &registry, rule)
                .into_iter()
                .filter(|found| !is_stated(found, rule, &stated))
                .collect(),
            json: longshore_policy::pretty(&rule.raw),
        };
        Ok(ReplicationView {
            registry: registry.clone(),
            document: configuration.pretty(),
            rules: rules.iter().map(view).collect(),
            destinations_used: count(destinations.len()),
            findings: findings.iter().filter(|found| rule_of(found).is_none()).map(finding).collect(),
            as_of: self.now(),
        })
    }
}

pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The rule that a finding about a document is about: its field starts with `rules[2]`.
fn rule_of(found: &policy::Finding) -> Option<usize> {
    index_after(found.field.as_ref()?.as_str(), "rules[")
}

/// The number after `start`, up to the bracket that closes it.
fn index_after(field: &str, start: &str) -> Option<usize> {
    field.strip_prefix(start)?.split_once(']')?.0.parse().ok()
}

/// A finding about a rule: with the names of accounts, and with the destination that it is about.
pub(super) fn placed(
    app: &App,
    source: &RegistryKey,
    destinations: &[Option<RegistryKey>],
    found: &policy::Finding,
) -> Finding {
    let shown = finding(found);
    let namer = app.namer(source.space);
    let index = shown.field.as_deref().and_then(|field| index_after(field, "destinations["));
    Finding {
        text: named(&shown.text, &namer),
        registry: index.and_then(|index| destinations.get(index)?.clone()),
        ..shown
    }
}

/// Whether a finding only says that a destination's policy cannot be read, and receipts state all of it.
fn is_stated(
    found: &Finding,
    rule: &Rule,
    stated: &dyn Fn(&Rule, &RegistryId) -> Option<StatedPermission>,
) -> bool {
    let by_receipt = |key: &RegistryKey| stated(rule, &key.id()).is_some_and(|of| of.missing.is_empty());
    found.code == "permission-unseen" && found.registry.as_ref().is_some_and(by_receipt)
}

/// Findings about one rule, with paths inside it.
fn of_rule(app: &App, findings: &[policy::Finding], source: &RegistryKey, rule: &Rule) -> Vec<Finding> {
    let destinations: Vec<_> =
        rule.destinations.iter().map(|id| Some(RegistryKey::of(source.space, id))).collect();
    let inside = |found: &policy::Finding| {
        let field = found.field.as_ref().and_then(|field| field.as_str().split_once("]."));
        let field = field.map(|(_, inside)| policy::FieldPath::new(inside));
        placed(app, source, &destinations, &policy::Finding { field, ..found.clone() })
    };
    findings.iter().filter(|found| rule_of(found) == Some(rule.index)).map(inside).collect()
}

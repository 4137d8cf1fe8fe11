//! A typed rule, parsed and checked against known facts.

use std::collections::BTreeMap;

use longshore_names::{AccountId, Region, RegistryId};
use longshore_policy::{
    ContentHash, Finding,
    registry_policy::RegistryPolicy,
    replication::{
        DestinationFacts, DestinationInput, DestinationRepository, DraftInput, PolicyFacts,
        ReplicationConfiguration, RuleContext, RuleDraft, validate_draft,
    },
};

use crate::{
    App,
    api::{ApiError, Environment, RegistryKey, RepositoryRow, RuleInput, Side},
    plans::{finding, finding_error},
};

/// The form in the shape that the policy crate reads.
pub(super) fn typed(rule: &RuleInput) -> DraftInput {
    DraftInput {
        destinations: rule
            .destinations
            .iter()
            .map(|typed| DestinationInput { account: typed.account.clone(), region: typed.region.clone() })
            .collect(),
        filters: rule.filters.clone(),
        delete_replication: rule.delete_replication,
    }
}

/// The registries that were typed, each at its place; `None` for one that is not valid.
pub(super) fn destinations(rule: &RuleInput) -> Vec<Option<RegistryKey>> {
    let key = |typed: &crate::api::DestinationInput| {
        let account = AccountId::for_input(&typed.account).ok()?;
        let region = Region::for_input(&typed.region).ok()?;
        Some(RegistryKey::of(rule.registry.space, &RegistryId::new(account, region)))
    };
    rule.destinations.iter().map(key).collect()
}

/// A typed rule as one of the source `at`, without any known fact.
///
/// # Errors
/// The first part of it that is not valid.
pub(crate) fn draft_of(rule: &RuleInput, at: &RegistryKey) -> Result<RuleDraft, ApiError> {
    let (draft, findings) = validate_draft(&typed(rule), &RuleContext::new(at.id()));
    let wrong = findings.iter().find(|found| found.severity == longshore_policy::Severity::Error);
    match (draft, wrong) {
        (Some(draft), None) => Ok(draft),
        (_, Some(wrong)) => Err(finding_error(&finding(wrong))),
        (None, None) => Err(ApiError::new("invalid-rule", Side::Input, "The rule is not complete.")),
    }
}

/// Parses a rule and checks it against the configuration that was last read. No network.
pub(super) async fn check(
    app: &App,
    rule: &RuleInput,
) -> Result<(Option<RuleDraft>, Vec<Finding>), ApiError> {
    let seen = app.inventory.replication_document(&rule.registry).await?;
    let configuration = seen.map(|seen| ReplicationConfiguration::from_value(seen.document)).transpose()?;
    check_at(app, rule, &rule.registry, configuration.as_ref(), &destination_facts(app, rule).await?).await
}

/// Parses a rule and checks it as one of the source `at`, which has this `configuration`.
pub(super) async fn check_at(
    app: &App,
    rule: &RuleInput,
    at: &RegistryKey,
    configuration: Option<&ReplicationConfiguration>,
    destinations: &BTreeMap<RegistryId, DestinationFacts>,
) -> Result<(Option<RuleDraft>, Vec<Finding>), ApiError> {
    let space = at.space;
    let mut context = RuleContext::new(at.id());
    context.configuration = configuration.cloned();
    context.replacing = rule.replaces.as_ref().map(ContentHash::from_text);
    context.repositories = super::preview::facts(app, at).await?;
    context.production = app
        .accounts
        .all()
        .iter()
        .filter(|known| known.account.space == space && known.account.environment == Environment::Production)
        .filter_map(|known| known.account.id.parse().ok())
        .collect();
    context.destinations = destinations.clone();
    Ok(validate_draft(&typed(rule), &context))
}

/// The known facts about the destinations of a rule.
pub(super) async fn destination_facts(
    app: &App,
    rule: &RuleInput,
) -> Result<BTreeMap<RegistryId, DestinationFacts>, ApiError> {
    let mut found = BTreeMap::new();
    for key in destinations(rule).into_iter().flatten() {
        let facts = destination(app, &key).await?;
        found.insert(key.id(), facts);
    }
    Ok(found)
}

/// Whether the app has the account of a registry, with its Region.
pub(super) fn known(app: &App, key: &RegistryKey) -> bool {
    app.accounts.registries(Some(key.space)).contains(key)
}

/// The known facts about a destination. The policy of one of the app's own accounts is read now if
/// it was never read; if that fails, the destination is shown as *cannot be seen*.
pub(super) async fn destination_read(app: &App, key: &RegistryKey) -> Result<DestinationFacts, ApiError> {
    if known(app, key)
        && app.inventory.policy_document(key).await?.is_none()
        && let Err(error) = app.read_policy(key).await
    {
        tracing::debug!(account = %key.account, region = %key.region, code = error.code, "policy unread");
    }
    destination(app, key).await
}

async fn destination(app: &App, key: &RegistryKey) -> Result<DestinationFacts, ApiError> {
    let mut facts = DestinationFacts::default();
    let mut seen = app.inventory.policy_document(key).await?.map(|seen| seen.document);
    // A command reads nothing in the background, and may act for accounts that are not connected.
    if seen.is_none() && app.command.is_some() {
        seen = app.read_policy(key).await.ok();
    }
    if let Some(document) = seen {
        facts.policy = match document.as_deref().map(RegistryPolicy::parse) {
            None => PolicyFacts::None,
            Some(Ok(policy)) => PolicyFacts::Policy(policy),
            Some(Err(_)) => PolicyFacts::Unseen,
        };
    }
    if let Some(seen) = app.inventory.replication_document(key).await? {
        facts.configuration = ReplicationConfiguration::from_value(seen.document).ok();
    }
    let rows = app.inventory.repositories_of(key).await?;
    if !rows.is_empty() {
        let repository = |row: RepositoryRow| {
            let immutable = row.mutability.immutable;
            Some(DestinationRepository { name: row.name.parse().ok()?, immutable })
        };
        facts.repositories = Some(rows.into_iter().filter_map(repository).collect());
    }
    Ok(facts)
}

/// The configuration without the rule that is being edited.
pub(super) fn others(
    configuration: Option<&ReplicationConfiguration>,
    replaces: Option<&String>,
) -> ReplicationConfiguration {
    let mut others = configuration.cloned().unwrap_or_else(ReplicationConfiguration::empty);
    if let Some(id) = replaces {
        // A rule that no longer exists leaves the others unchanged.
        let _ = others.remove_rule(&ContentHash::from_text(id));
    }
    others
}

//! Plans that write a replication configuration.

use std::collections::BTreeSet;

use longshore_names::RegistryId;
use longshore_policy::{
    ContentHash, EditError,
    registry_policy::{MAX_CHARACTERS, check_replication},
    replication::{ReplicationConfiguration, RuleDraft, explain_rule},
};

use super::{
    input,
    other_side::{Need, is_lacking},
    view,
};
use crate::{
    App,
    api::{ApiError, Finding, RegistryKey, RuleInput, Severity, Side},
    changes::documents::{WritePolicy, WriteReplication},
    documents::{find_rule, parse_policy},
    plans::{Content, Draft, account_name, finding_error, place},
    rule_names::{self, NamedRule},
    steps::DocumentChange,
};

/// Adds or edits a rule. Statements that it needs are written first: without them replication would
/// fail, and a failed image is not resent when they are added later.
pub(crate) async fn plan_put(
    app: &App,
    rule: &RuleInput,
    add_statements: &[RegistryKey],
    all_repositories: bool,
    create_repository: bool,
) -> Result<Content, ApiError> {
    let (_, context) = app.place(&rule.registry).await?;
    let before = ReplicationConfiguration::from_value(app.read_replication(&rule.registry).await?)?;
    if let Some(id) = &rule.replaces {
        // An edit of a rule that no longer exists is refused, whatever was typed.
        find_rule(&before, id)?;
    }
    look_at_destinations(app, rule).await;
    let (checked, findings) = input::check_with(app, rule, Some(&before)).await?;
    let destinations = input::destinations(rule);
    let mended = |found: &Finding| {
        let at = |index: usize| found.field.as_deref() == Some(&format!("destinations[{index}]"));
        found.code.starts_with("permission-")
            && rule.destinations.iter().enumerate().any(|(index, typed)| {
                at(index)
                    && add_statements.iter().any(|key| {
                        key.account.as_str() == typed.account.trim()
                            && key.region.as_str() == typed.region.trim()
                    })
            })
    };
    let placed = findings.iter().map(|found| view::placed(app, &rule.registry, &destinations, found));
    let findings: Vec<_> = placed.filter(|found| !mended(found)).collect();
    if let Some(error) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        return Err(finding_error(error));
    }
    let checked =
        checked.ok_or_else(|| ApiError::new("invalid-rule", Side::Input, "This is not a rule yet."))?;
    let here = app.accounts.label(&rule.registry);
    let title = match rule.replaces {
        Some(_) => format!("Change a replication rule of {here}"),
        None => format!("Add a replication rule to {here}"),
    };
    let mut draft = Draft::new(rule.registry.space, title);
    draft.content.findings = findings;
    let source = rule.registry.id();
    let wanted: BTreeSet<_> = add_statements.iter().collect();
    for key in &wanted {
        let known =
            checked.destinations.iter().any(|known| RegistryKey::of(rule.registry.space, known) == **key);
        if !known || key.account == rule.registry.account {
            let text = format!("{} is not a destination of this rule in another account.", place(app, key));
            return Err(ApiError::input("not-a-destination", "addStatements", text));
        }
    }
    for destination in &checked.destinations {
        let need = Need {
            source: &source,
            destination,
            prefixes: &checked.filters,
            all_repositories,
            create_repository,
        };
        let key = RegistryKey::of(rule.registry.space, destination);
        if wanted.contains(&key) {
            add_statement(app, &key, &need, &mut draft).await?;
        }
    }
    write_rule(app, rule, &checked, &source, &before, &mut draft, &context)?;
    Ok(draft.content)
}

/// Reads the destinations' policies if the app has an account for them, so that the findings about
/// them are up to date. A policy that cannot be read is reported as such.
async fn look_at_destinations(app: &App, rule: &RuleInput) {
    for typed in &rule.destinations {
        let (Ok(account), Ok(region)) = (typed.account.trim().parse(), typed.region.trim().parse()) else {
            continue;
        };
        let key = RegistryKey { space: rule.registry.space, account, region };
        if key.account != rule.registry.account
            && let Err(error) = app.read_policy(&key).await
        {
            tracing::debug!(code = error.code, "a destination's policy cannot be read");
        }
    }
}

async fn add_statement(
    app: &App,
    key: &RegistryKey,
    need: &Need<'_>,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let (connection, context) = app.place(key).await?;
    let text = connection.client.registry_policy().await?;
    let mut policy = parse_policy(text.as_deref())?;
    let check = check_replication(Some(&policy), &need.source.account, need.destination, need.asked());
    if !is_lacking(&check, need.create_repository) {
        draft.note("already-allowed", format!("{} already allows this.", place(app, key)));
        draft.about(key);
        return Ok(());
    }
    let statement = need.statement(&policy)?;
    let added = match policy.add_statement(&statement) {
        Ok(added) => added,
        Err(EditError::AlreadyThere { .. }) => {
            let text = format!("{} has the statement, but another one denies this.", place(app, key));
            draft.error("denied-there", text, "Check the denying statements in Permissions.");
            draft.about(key);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    too_long(&policy, app, key, draft);
    let change = DocumentChange {
        before: text,
        after: Some(policy.to_text()),
        made: vec![added.hash().to_string()],
        unmade: Vec::new(),
        named: Vec::new(),
    };
    draft.step(
        &context,
        format!(
            "Allow account {} to replicate into {}",
            account_name(app, key.space, &need.source.account),
            place(app, key)
        ),
        Some("Before the rule: an image pushed without it fails to replicate and is not resent.".into()),
        WritePolicy(change),
    );
    Ok(())
}

/// A policy that is longer than ECR accepts.
pub(crate) fn too_long(
    policy: &longshore_policy::registry_policy::RegistryPolicy,
    app: &App,
    key: &RegistryKey,
    draft: &mut Draft,
) {
    let length = policy.characters();
    if length > MAX_CHARACTERS {
        let text = format!(
            "The policy of {} would have {length} characters; ECR accepts {MAX_CHARACTERS}.",
            place(app, key)
        );
        draft.error("policy-too-long", text, "Remove or merge statements first.");
        draft.about(key);
    }
}

fn write_rule(
    app: &App,
    rule: &RuleInput,
    checked: &RuleDraft,
    source: &RegistryId,
    before: &ReplicationConfiguration,
    draft: &mut Draft,
    context: &crate::steps::Context,
) -> Result<(), ApiError> {
    let mut after = before.clone();
    let (hash, unmade) = match &rule.replaces {
        Some(id) => (after.replace_rule(&ContentHash::from_text(id), checked)?, vec![id.clone()]),
        None => (after.add_rule(checked)?, Vec::new()),
    };
    let sentence =
        after.rule(&hash).map(|rule_view| explain_rule(&rule_view, source, &app.namer(rule.registry.space)));
    let given = rule_names::typed(rule.name.as_deref(), rule.note.as_deref())?;
    let named = NamedRule {
        rule: hash.to_string(),
        replaces: rule.replaces.clone(),
        // An empty name takes the former one away.
        name: rule.name.as_ref().map(|_| given.as_ref().map(|of| of.name.clone()).unwrap_or_default()),
        note: given.and_then(|of| of.note),
    };
    let change = DocumentChange {
        before: Some(before.to_value().to_string()),
        after: Some(after.to_value().to_string()),
        made: vec![hash.to_string()],
        unmade,
        named: vec![named],
    };
    let text = format!("Write the replication configuration of {}", place(app, &rule.registry));
    draft.step(context, text, sentence, WriteReplication(change));
    Ok(())
}

/// Removes a rule and leaves everything else unchanged.
pub(crate) async fn plan_remove(app: &App, registry: &RegistryKey, rule: &str) -> Result<Content, ApiError> {
    let (_, context) = app.place(registry).await?;
    let before = ReplicationConfiguration::from_value(app.read_replication(registry).await?)?;
    let mut after = before.clone();
    let hash = ContentHash::from_text(rule);
    let view = find_rule(&before, rule)?;
    after.remove_rule(&hash)?;
    let mut draft =
        Draft::new(registry.space, format!("Remove a replication rule of {}", app.accounts.label(registry)));
    let sentence = explain_rule(&view, &registry.id(), &app.namer(registry.space));
    let change = DocumentChange {
        before: Some(before.to_value().to_string()),
        after: Some(after.to_value().to_string()),
        made: Vec::new(),
        unmade: vec![rule.to_owned()],
        named: Vec::new(),
    };
    let text = format!("Remove the rule from {}", place(app, registry));
    draft.step(&context, text, Some(sentence), WriteReplication(change));
    draft.content.stays.push("images and repositories that have already been replicated".into());
    draft.content.stays.push("statements at the destinations".into());
    draft.note("in-flight", "A replication in progress still completes.");
    Ok(draft.content)
}

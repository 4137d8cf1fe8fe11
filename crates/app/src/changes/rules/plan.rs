//! Plans that write a replication configuration.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use longshore_names::{AccountId, RepositoryName};
use longshore_policy::{
    ContentHash, EditError,
    registry_policy::MAX_CHARACTERS,
    replication::{ReplicationConfiguration, RuleDraft, explain_rule},
};

use super::{
    other_side::Need,
    sources::{self, Checked, Source},
};
use crate::{
    App,
    api::{ApiError, Finding, RegistryKey, RuleInput, Severity, Side, Space},
    changes::documents::{WritePolicy, WriteReplication},
    documents::{find_rule, parse_policy},
    plans::{Content, Draft, account_name, finding_error, place},
    rule_names::{self, NamedRule},
    steps::DocumentChange,
};

/// The most accounts that the text of a step names.
const MOST_NAMED: usize = 4;

/// Adds or edits a rule, in one or several registries. Statements that it needs are written first: without
/// them replication would fail, and a failed image is not resent when they are added later. Each document
/// is written once: the statement of a destination names the accounts of all sources.
pub(crate) async fn plan_put(
    app: &App,
    rule: &RuleInput,
    add_statements: &[RegistryKey],
    all_repositories: bool,
    create_repository: bool,
) -> Result<Content, ApiError> {
    let keys = sources::keys(rule)?;
    let sources = sources::read(app, &keys).await?;
    if let (Some(id), [source]) = (&rule.replaces, sources.as_slice()) {
        // An edit of a rule that no longer exists is refused, whatever was typed.
        find_rule(&source.before, id)?;
    }
    look_at_destinations(app, rule, &keys).await;
    look_at_sources(app, rule, &keys).await;
    let configurations = sources.iter().map(|source| (source.key.clone(), Some(&source.before))).collect();
    let checked = sources::check(app, rule, configurations).await?;
    let findings =
        unmended(rule, add_statements, sources::findings(app, rule, &checked, !add_statements.is_empty()));
    let error = findings.iter().find(|finding| finding.severity == Severity::Error);
    let typed = checked.first().and_then(|first| first.draft.clone());
    let typed = match (typed, error) {
        (Some(typed), None) => typed,
        // What is wrong at one of several sources is shown with the plan for the others.
        (Some(typed), Some(_)) if sources.len() > 1 => typed,
        (_, Some(error)) => return Err(finding_error(error)),
        (None, None) => return Err(ApiError::new("invalid-rule", Side::Input, "This is not a rule yet.")),
    };
    let mut draft = Draft::new(rule.registry.space, title(app, rule, &keys));
    draft.content.findings = findings;
    let is_written = |checked: &&Checked| !checked.has_it() && !checked.is_refused();
    let written: Vec<RegistryKey> =
        checked.iter().filter(is_written).map(|checked| checked.key.clone()).collect();
    let mut needs: BTreeMap<AccountId, Vec<usize>> = BTreeMap::new();
    let wanted: BTreeSet<_> = add_statements.iter().collect();
    for key in &wanted {
        let known =
            typed.destinations.iter().any(|known| RegistryKey::of(rule.registry.space, known) == **key);
        if !known || keys.iter().all(|source| source.account == key.account) {
            let text = format!("{} is not a destination of this rule in another account.", place(app, key));
            return Err(ApiError::input("not-a-destination", "addStatements", text));
        }
    }
    // A source that has the rule already may still lack the permission.
    let allowed: Vec<RegistryKey> =
        checked.iter().filter(|checked| !checked.is_refused()).map(|checked| checked.key.clone()).collect();
    for destination in &typed.destinations {
        let accounts = sources::accounts(&allowed, destination);
        let need = Need {
            accounts: &accounts,
            destination,
            prefixes: &typed.filters,
            all_repositories,
            create_repository,
        };
        let key = RegistryKey::of(rule.registry.space, destination);
        if wanted.contains(&key)
            && !accounts.is_empty()
            && let Some((step, accounts)) = add_statement(app, &key, &need, &mut draft).await?
        {
            accounts.into_iter().for_each(|account| needs.entry(account).or_default().push(step));
        }
    }
    for source in sources.iter().filter(|source| written.contains(&source.key)) {
        let needs = needs.get(&source.key.account).cloned().unwrap_or_default();
        write_rule(app, rule, &typed, source, &mut draft, needs)?;
    }
    if draft.content.steps.is_empty() && draft.content.refusal().is_none() {
        draft.note("nothing-to-do", "All of these registries have the rule already.");
    }
    Ok(draft.content)
}

fn title(app: &App, rule: &RuleInput, keys: &[RegistryKey]) -> String {
    match (keys, &rule.replaces) {
        ([one], Some(_)) => format!("Change a replication rule of {}", app.accounts.label(one)),
        ([one], None) => format!("Add a replication rule to {}", app.accounts.label(one)),
        (many, _) => format!("Add a replication rule to {} registries", many.len()),
    }
}

/// Findings without those about permissions that the plan's statements give.
fn unmended(rule: &RuleInput, add_statements: &[RegistryKey], findings: Vec<Finding>) -> Vec<Finding> {
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
    findings.into_iter().filter(|found| !mended(found)).collect()
}

/// Reads the destinations' policies if the app has an account for them, so that the findings about
/// them are up to date. A policy that cannot be read is reported as such.
async fn look_at_destinations(app: &App, rule: &RuleInput, keys: &[RegistryKey]) {
    let typed = rule.destinations.iter().filter_map(|typed| {
        let (account, region) = (typed.account.trim().parse().ok()?, typed.region.trim().parse().ok()?);
        Some(RegistryKey { space: rule.registry.space, account, region })
    });
    let foreign = |key: &RegistryKey| keys.iter().any(|source| source.account != key.account);
    let read = |key: RegistryKey| async move {
        if let Err(error) = app.read_policy(&key).await {
            tracing::debug!(code = error.code, "a destination's policy cannot be read");
        }
    };
    let keys: Vec<_> = typed.filter(foreign).collect();
    stream::iter(keys).for_each_concurrent(sources::AT_ONCE, read).await;
}

/// Reads what the rule takes of each source, so that the plan counts what is there.
async fn look_at_sources(app: &App, rule: &RuleInput, keys: &[RegistryKey]) {
    let taken = |name: &RepositoryName| {
        let filters = &rule.filters;
        filters.is_empty() || filters.iter().any(|prefix| name.as_str().starts_with(prefix.trim()))
    };
    let read = |key| app.read_aged(key, taken);
    stream::iter(keys).for_each_concurrent(sources::AT_ONCE, read).await;
}

/// Adds the statement for the accounts that lack it. Returns the step, and the accounts that need it.
async fn add_statement(
    app: &App,
    key: &RegistryKey,
    need: &Need<'_>,
    draft: &mut Draft,
) -> Result<Option<(usize, Vec<AccountId>)>, ApiError> {
    let (connection, context) = app.place(key).await?;
    let text = connection.client.registry_policy().await?;
    let mut policy = parse_policy(text.as_deref())?;
    let accounts = need.lacking(&policy);
    if accounts.is_empty() {
        draft.note("already-allowed", format!("{} already allows this.", place(app, key)));
        draft.about(key);
        return Ok(None);
    }
    let statement = need.statement(&policy, &accounts)?;
    let added = match policy.add_statement(&statement) {
        Ok(added) => added,
        Err(EditError::AlreadyThere { .. }) => {
            let text = format!("{} has the statement, but another one denies this.", place(app, key));
            draft.error("denied-there", text, "Check the denying statements in Permissions.");
            draft.about(key);
            return Ok(None);
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
    let who = accounts_in_words(app, key.space, &accounts);
    let text = format!("Allow {who} to replicate into {}", place(app, key));
    let reason = "Before the rule: an image pushed without it fails to replicate and is not resent.";
    let step = draft.row(&context, text, Some(reason.into()), WritePolicy(change), Vec::new());
    Ok(Some((step, accounts)))
}

/// `account A`, `accounts A and B`, `accounts A, B, C and 9 more`.
fn accounts_in_words(app: &App, space: Space, accounts: &[AccountId]) -> String {
    let names: Vec<_> = accounts.iter().map(|account| account_name(app, space, account)).collect();
    let (last, first) = match names.as_slice() {
        [one] => return format!("account {one}"),
        [first @ .., last] if names.len() <= MOST_NAMED => (last.clone(), first),
        all => {
            let shown = &all[..all.len().min(MOST_NAMED - 1)];
            (format!("{} more", all.len() - shown.len()), shown)
        }
    };
    format!("accounts {} and {last}", first.join(", "))
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
    source: &Source,
    draft: &mut Draft,
    needs: Vec<usize>,
) -> Result<(), ApiError> {
    let Source { key, context, before } = source;
    let mut after = before.clone();
    let (hash, unmade) = match &rule.replaces {
        Some(id) => (after.replace_rule(&ContentHash::from_text(id), checked)?, vec![id.clone()]),
        None => (after.add_rule(checked)?, Vec::new()),
    };
    let sentence =
        after.rule(&hash).map(|rule_view| explain_rule(&rule_view, &key.id(), &app.namer(key.space)));
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
    let text = format!("Write the replication configuration of {}", place(app, key));
    draft.row(context, text, sentence, WriteReplication(change), needs);
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

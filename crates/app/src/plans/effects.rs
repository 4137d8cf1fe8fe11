//! What the policies of a plan newly allow and deny.

use std::collections::HashMap;

use futures::{StreamExt, stream};
use longshore_names::{ForeignText, RegistryId, RepositoryName};
use longshore_policy::{
    iam::{
        PolicyChange, PolicyScope as Enforced, Triple, grouped_denials, grouped_sentences, newly_allowed,
        newly_denied, self_lock_out,
    },
    registry_policy::RegistryPolicy,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Content;
use crate::{
    App,
    api::{ApiError, Finding, PolicyScope, RegistryKey, Severity, Unhealed},
    steps::{Context, Step},
};

/// Registries that are asked for their scope at the same time.
const AT_ONCE: usize = 8;
/// The most failed replications that are listed for each destination.
const MOST: usize = 20;
const REPLICATE: &str = "ecr:ReplicateImage";

/// What the policy that a step writes newly allows and denies, in sentences.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyEffect {
    /// The index of the step.
    pub(crate) step: usize,
    pub(crate) newly_allowed: Vec<String>,
    pub(crate) newly_denied: Vec<String>,
}

/// Adds what each policy of the plan newly allows and denies, what it takes from the registry's own
/// account, and the failed replications that it allows from now on: ECR does not send them again.
pub(crate) async fn look_at_policies(app: &App, content: &mut Content) -> Result<(), ApiError> {
    let scopes = scopes(app, content).await;
    let several = scopes.len() > 1;
    let mut unhealed = Unhealed { listed: Vec::new(), total: 0 };
    for (index, step) in content.steps.iter().enumerate() {
        let (Some(context), Some(rewrite)) = (&step.context, step.action.policies()) else { continue };
        let here = &context.registry;
        let id = here.id();
        // A document that cannot be read counts as none: too much is listed rather than too little.
        let read = |text: Option<&str>| match rewrite.repository {
            Some(name) => on_repository(text?, &id, name),
            None => text.and_then(|text| RegistryPolicy::parse(text).ok()),
        };
        let (before, after) = (read(rewrite.before), read(rewrite.after));
        let of_registry = rewrite.repository.is_none();
        // Every action of a repository's policy is enforced; the scope is one of registry policies.
        let scope = match of_registry {
            true => scopes.get(here).copied().unwrap_or(Enforced::Unknown),
            false => Enforced::V2,
        };
        let change = match rewrite.upgrades_scope {
            true => PolicyChange::of_scope(&id, after.as_ref()),
            false => PolicyChange::of_policy(&id, before.as_ref(), after.as_ref(), scope),
        };
        let (allowed, denied) = (newly_allowed(&change), newly_denied(&change));
        if of_registry {
            let mut finding = lock_out(&change, context, rewrite.upgrades_scope);
            finding.iter_mut().filter(|_| several).for_each(|one| one.registry = Some(here.clone()));
            content.findings.extend(finding);
            look_for_unhealed(app, here, &allowed, &mut unhealed).await?;
        }
        let names = app.namer(here.space);
        let shown = |sentences: Vec<String>| {
            sentences.into_iter().map(|sentence| ForeignText::new(sentence).into()).collect()
        };
        content.effects.push(PolicyEffect {
            step: index,
            newly_allowed: shown(grouped_sentences(&allowed, &id, &names)),
            newly_denied: shown(grouped_denials(&denied, &id, &names)),
        });
    }
    content.unhealed = (unhealed.total > 0).then_some(unhealed);
    Ok(())
}

/// A repository's policy, with its repository as the resource of each statement, which has none there.
fn on_repository(text: &str, registry: &RegistryId, name: &RepositoryName) -> Option<RegistryPolicy> {
    let mut policy: Value = serde_json::from_str(text).ok()?;
    let arn = name.arn(&registry.account, &registry.region);
    let statements = match policy.get_mut("Statement")? {
        Value::Array(statements) => statements.iter_mut().collect(),
        one => vec![one],
    };
    for statement in statements.into_iter().filter_map(Value::as_object_mut) {
        if !statement.contains_key("NotResource") {
            statement.entry("Resource").or_insert_with(|| arn.to_string().into());
        }
    }
    RegistryPolicy::parse(&policy.to_string()).ok()
}

/// Which actions the policies enforce that the plan writes. A scope that cannot be read is unknown.
async fn scopes(app: &App, content: &Content) -> HashMap<RegistryKey, Enforced> {
    let is_of_registry = |step: &&Step| step.action.policies().is_some_and(|one| one.repository.is_none());
    let written = content.steps.iter().filter(is_of_registry);
    let mut registries: Vec<RegistryKey> =
        written.filter_map(|step| Some(step.context.as_ref()?.registry.clone())).collect();
    registries.sort();
    registries.dedup();
    let asked = registries.into_iter().map(|key| async move {
        let scope = PolicyScope::known(app.policy_scope(&key).await.ok());
        (key, scope)
    });
    stream::iter(asked).buffered(AT_ONCE).collect().await
}

/// What the registry's own account would newly lose. A change after which nobody could manage the policy
/// any more does not run.
fn lock_out(change: &PolicyChange<'_>, context: &Context, upgrades_scope: bool) -> Option<Finding> {
    let lost = self_lock_out(change, context.principal.as_deref())?;
    let way_out = match upgrades_scope {
        true => "First change or remove the statement; with scope V1 it does not apply to these calls.",
        false => "Limit the statement, so that it does not deny these calls to those who manage the policy.",
    };
    let condition = "Make sure that the condition does not apply to those who manage the policy.";
    let (code, severity, text, hint) = match &lost.management {
        Some(found) if found.certain => ("policy-lock-out", Severity::Error, found.sentence(), way_out),
        Some(found) => ("policy-lock-out-possible", Severity::Warning, found.sentence(), condition),
        None => ("policy-own-account", Severity::Warning, lost.sentence(), "Review what the policy denies."),
    };
    Some(Finding {
        code: code.into(),
        severity,
        field: None,
        text: ForeignText::new(text).into(),
        hint: Some(hint.into()),
        registry: None,
    })
}

/// Lists the failed replications to `here` that are newly allowed.
async fn look_for_unhealed(
    app: &App,
    here: &RegistryKey,
    allowed: &[Triple],
    all: &mut Unhealed,
) -> Result<(), ApiError> {
    let newly: Vec<Triple> = allowed.iter().filter(|triple| triple.action == REPLICATE).cloned().collect();
    if newly.is_empty() {
        return Ok(());
    }
    let id = here.id();
    let by = {
        let newly = newly.clone();
        move |account: &_| newly.iter().any(|triple| triple.principal.includes_account(account))
    };
    let fits = move |account: &_, repository: &_| {
        newly.iter().any(|triple| triple.is_about(account, REPLICATE, &id, repository))
    };
    if app.command.is_some() {
        app.ask_for_failures(here, by, &fits).await;
    }
    let (listed, total) = app.inventory.failed_to(here, MOST, fits).await?;
    all.listed.extend(listed);
    all.total += total;
    Ok(())
}

//! Plans that write a registry policy.

use longshore_policy::{
    ContentHash, DocumentError,
    registry_policy::{
        PolicyContext, RegistryPolicy, explain_statement, validate_policy, validate_statement_input,
    },
};

use super::merge::rebased;
use crate::{
    App,
    api::{ApiError, PolicyScope, RegistryKey, Severity, Side, StatementInput},
    changes::{documents::WritePolicy, in_progress::warn_of_policy},
    documents::{parse_policy, typed_statement},
    plans::{Content, Draft, finding, finding_error, place},
    steps::DocumentChange,
};

/// Adds a generated statement; all other statements stay unchanged.
pub(crate) async fn plan_add(app: &App, input: &StatementInput) -> Result<Content, ApiError> {
    let id = input.registry.id();
    let (_, context) = app.place(&input.registry).await?;
    let text = app.read_policy(&input.registry).await?;
    let policy = parse_policy(text.as_deref())?;
    let (wanted, findings) = validate_statement_input(&typed_statement(input), &id, Some(&policy));
    let findings: Vec<_> = findings.iter().map(finding).collect();
    if let Some(error) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        return Err(finding_error(error));
    }
    let wanted = wanted
        .ok_or_else(|| ApiError::new("invalid-statement", Side::Input, "This is not a statement yet."))?;
    let statement = wanted.statement();
    let mut after = policy;
    let added = after.add_statement(&statement)?;
    let mut draft = Draft::new(
        input.registry.space,
        format!("Add statement {} to {}", wanted.sid, app.accounts.label(&input.registry)),
    );
    draft.content.findings = findings;
    let sentence = explain_statement(&statement.view(), &id, &app.namer(input.registry.space));
    let change = DocumentChange {
        before: text,
        after: Some(after.to_text()),
        made: vec![added.hash().to_string()],
        unmade: Vec::new(),
        named: Vec::new(),
    };
    let words = format!("Add statement `{}` to the policy of {}", wanted.sid, place(app, &input.registry));
    draft.step(&context, words, Some(sentence), WritePolicy(change));
    stays(&after, 1, app, &input.registry, &mut draft);
    Ok(draft.content)
}

/// Removes a statement; the last one together with the policy, since ECR accepts no empty policy.
pub(crate) async fn plan_remove(
    app: &App,
    registry: &RegistryKey,
    statement: &str,
) -> Result<Content, ApiError> {
    let (_, context) = app.place(registry).await?;
    let text = app.read_policy(registry).await?;
    let policy = parse_policy(text.as_deref())?;
    let hash = ContentHash::from_text(statement);
    let view = policy.statement(&hash);
    let mut after = policy.clone();
    after.remove_statement(&hash)?;
    let mut draft =
        Draft::new(registry.space, format!("Remove a statement from {}", app.accounts.label(registry)));
    let id = registry.id();
    let sentence = view.map(|view| explain_statement(&view, &id, &app.namer(registry.space)));
    let change = DocumentChange {
        before: text,
        after: (!after.is_empty()).then(|| after.to_text()),
        made: Vec::new(),
        unmade: vec![statement.to_owned()],
        named: Vec::new(),
    };
    let words = format!("Remove a statement from the policy of {}", place(app, registry));
    draft.step(&context, words, sentence, WritePolicy(change));
    draft.warning(
        "replications-may-fail",
        "Images whose replication this statement allows will fail from now on.",
        Some("First remove the rule that replicates them."),
    );
    warn_of_policy(app, registry, &mut draft).await?;
    stays(&after, 0, app, registry, &mut draft);
    Ok(draft.content)
}

/// Replaces the whole policy with a text.
pub(crate) async fn plan_put(
    app: &App,
    registry: &RegistryKey,
    text: &str,
    base: Option<&str>,
) -> Result<Content, ApiError> {
    let id = registry.id();
    let edited = RegistryPolicy::parse(text).map_err(|error| not_a_policy(&error))?;
    let (_, context) = app.place(registry).await?;
    let before_text = app.read_policy(registry).await?;
    let (after, since) = match base {
        Some(base) => rebased(app, edited, base, before_text.as_deref())?,
        None => (edited, Vec::new()),
    };
    let before = before_text.as_deref().map(RegistryPolicy::parse).transpose()?;
    let mut policy_context = PolicyContext::new(id);
    policy_context.current = before.clone();
    policy_context.scope = PolicyScope::known(app.policy_scope(registry).await.ok());
    let findings: Vec<_> = validate_policy(&after, &policy_context).iter().map(finding).collect();
    if let Some(error) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        let mut error = finding_error(error);
        error.field = Some("text".into());
        return Err(error);
    }
    let mut draft =
        Draft::new(registry.space, format!("Replace the policy of {}", app.accounts.label(registry)));
    draft.content.findings = findings;
    if before.as_ref() == Some(&after) {
        draft.note("nothing-to-do", "The policy already says this.");
    }
    if !since.is_empty() {
        let text =
            format!("The policy has changed since you opened it; these changes stay: {}.", since.join("; "));
        draft.warning("changed-since-opened", text, Some("Review the changes before you run it."));
    }
    let known: Vec<_> = before.iter().flat_map(RegistryPolicy::statements).map(|known| known.hash).collect();
    let new: Vec<_> = after.statements().into_iter().map(|new| new.hash).collect();
    let change = DocumentChange {
        before: before_text,
        after: Some(after.to_text()),
        made: new.iter().filter(|hash| !known.contains(hash)).map(ToString::to_string).collect(),
        unmade: known.iter().filter(|hash| !new.contains(hash)).map(ToString::to_string).collect(),
        named: Vec::new(),
    };
    if !change.unmade.is_empty() {
        warn_of_policy(app, registry, &mut draft).await?;
    }
    let words = format!("Write the policy of {}", place(app, registry));
    draft.step(&context, words, None, WritePolicy(change));
    Ok(draft.content)
}

/// A text that is not a policy, with the position of the error.
pub(super) fn not_a_policy(error: &DocumentError) -> ApiError {
    let mut error = finding_error(&finding(&error.finding()));
    error.field = Some("text".into());
    error
}

fn stays(after: &RegistryPolicy, added: usize, app: &App, registry: &RegistryKey, draft: &mut Draft) {
    let count = after.statements().len().saturating_sub(added);
    if count > 0 {
        let words =
            if count == 1 { "1 other statement".to_owned() } else { format!("{count} other statements") };
        draft.content.stays.push(format!("{words} of {}", place(app, registry)));
    }
}

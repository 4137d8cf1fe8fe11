//! Plans that restore a document that a run replaced.

use longshore_policy::pretty;
use serde_json::Value;

use super::{WritePolicy, WriteReplication};
use crate::{
    App,
    api::{ApiError, Side},
    documents::{DocumentKind, changes, only_in, same_replication, value},
    plans::{Content, Draft, place},
    steps::DocumentChange,
    versions::store::{self, Version, WriteState},
};

pub(in crate::changes) async fn plan(app: &App, id: &str) -> Result<Content, ApiError> {
    let wanted = id.to_owned();
    let version = app.db.read(move |tx| Ok(store::version(tx, &wanted)?)).await?;
    let Some(version) = version else {
        return Err(ApiError::new("version-unknown", Side::Input, "This version does not exist."));
    };
    let registry = version.view.registry.clone();
    let (connection, context) = app.place(&registry).await?;
    let mut draft = Draft::new(
        registry.space,
        format!("Restore the {} of {}", version.view.kind, app.accounts.label(&registry)),
    );
    let from = version.view.at.format("%Y-%m-%d %H:%M UTC");
    let text = format!("Restore the {} of {} from before {from}", version.view.kind, place(app, &registry));
    match DocumentKind::of(&version.view.kind) {
        Some(DocumentKind::Replication) => {
            let before = connection.client.replication_configuration().await?;
            let after: Value = serde_json::from_str(version.text.as_deref().unwrap_or(r#"{"rules":[]}"#))?;
            if same_replication(&before, &after) {
                draft.note("nothing-to-do", "The configuration is the same as it was then.");
            }
            later(app, &version, DocumentKind::Replication, &before, &after, &mut draft).await?;
            let change = DocumentChange {
                before: Some(before.to_string()),
                after: Some(after.to_string()),
                made: Vec::new(),
                unmade: only_in(DocumentKind::Replication, &before, &after),
                named: Vec::new(),
            };
            draft.step(&context, text, None, WriteReplication(change));
        }
        Some(DocumentKind::Policy) => {
            let before = connection.client.registry_policy().await?;
            let (now, then) = (value(before.as_deref()), value(version.text.as_deref()));
            if DocumentKind::Policy.meaning(&registry).same(&now, &then) {
                draft.note("nothing-to-do", "The policy is the same as it was then.");
            }
            later(app, &version, DocumentKind::Policy, &now, &then, &mut draft).await?;
            let as_written = |document: &Value| DocumentKind::Policy.as_written(&registry, document);
            let unmade = only_in(DocumentKind::Policy, &now, &as_written(&then));
            let change =
                DocumentChange { before, after: version.text, made: Vec::new(), unmade, named: Vec::new() };
            draft.step(&context, text, None, WritePolicy(change));
        }
        None => {
            let text = format!("A {} cannot be restored.", pretty(&Value::from(version.view.kind)));
            return Err(ApiError::internal(text));
        }
    }
    if draft
        .content
        .steps
        .iter()
        .any(|step| step.action.document().is_some_and(|document| document.change.after.is_none()))
    {
        draft.warning(
            "policy-goes",
            "There was no policy then, so the current policy will be removed.",
            Some("Review the changes."),
        );
    }
    Ok(draft.content)
}

/// The origin of a change that no known write made.
fn elsewhere(perhaps: &[String]) -> String {
    match perhaps {
        [] => "outside Longshore".into(),
        runs => format!("{} or outside Longshore", runs.join(", ")),
    }
}

/// Warns about later changes that the restore would revert: those of each later run, and those that
/// were made outside Longshore in between.
async fn later(
    app: &App,
    version: &Version,
    kind: DocumentKind,
    now: &Value,
    then: &Value,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let (registry, name) = (version.view.registry.clone(), version.view.kind.clone());
    let from = version.view.id.clone();
    let all = app.db.read(move |tx| Ok(store::of_document(tx, &registry, &name)?)).await?;
    let since = all.into_iter().rev().skip_while(|known| known.view.id != from);
    let mut at: Option<Value> = None;
    // Runs since then with an unknown write: later differences may be theirs.
    let mut perhaps: Vec<String> = Vec::new();
    let mut said = Vec::new();
    let mut say = |who: String, from: &Value, to: &Value| {
        let as_written = |document: &Value| kind.as_written(&version.view.registry, document);
        let changed = changes(kind, &as_written(from), &as_written(to));
        if !changed.is_empty() {
            said.push(format!("{who}: {}", changed.join("; ")));
        }
    };
    for known in since {
        let is_first = known.view.id == version.view.id;
        if known.state == WriteState::NotWritten && !is_first {
            continue;
        }
        let found = kind.read(known.text.as_deref());
        if let Some(at) = &at {
            say(elsewhere(&perhaps), at, &found);
        }
        perhaps.clear();
        let run = format!("by the run {} of {}", known.title, known.view.at.format("%Y-%m-%d %H:%M UTC"));
        at = Some(match (known.state, &known.wrote) {
            (WriteState::Written, Some(wrote)) => {
                let wrote = kind.read(wrote.as_deref());
                if !is_first {
                    say(run, &found, &wrote);
                }
                wrote
            }
            (WriteState::NotWritten, _) => found,
            _ => {
                perhaps.push(run);
                found
            }
        });
    }
    say(elsewhere(&perhaps), at.as_ref().unwrap_or(then), now);
    if !said.is_empty() {
        let text = format!("This also reverts later changes: {}.", said.join(". "));
        draft.warning("later-changes", text, Some("Run it only if these changes should be reverted."));
    }
    Ok(())
}

//! Plans that write a document again that a run replaced.

use longshore_policy::pretty;
use serde_json::Value;

use crate::{
    App,
    api::{ApiError, Side},
    documents::{DocumentKind, same_policy, same_replication},
    plans::{Action, Content, DocumentChange, Draft, place},
    runs::store,
};

pub(super) async fn plan(app: &App, id: &str) -> Result<Content, ApiError> {
    let wanted = id.to_owned();
    let version = app.db.read(move |tx| Ok(store::version(tx, &wanted)?)).await?;
    let Some(version) = version else {
        return Err(ApiError::new("version-unknown", Side::Input, "This version is not known."));
    };
    let registry = version.view.registry;
    let (connection, context) = app.place(&registry).await?;
    let mut draft = Draft::new(registry.space, format!("Restore {}", version.view.kind));
    let from = version.view.at.format("%Y-%m-%d %H:%M UTC");
    let text = format!("Write the {} of {} as it was until {from}", version.view.kind, place(app, &registry));
    match DocumentKind::of(&version.view.kind) {
        Some(DocumentKind::Replication) => {
            let before = connection.client.replication_configuration().await?;
            let after: Value = serde_json::from_str(version.text.as_deref().unwrap_or(r#"{"rules":[]}"#))?;
            if same_replication(&before, &after) {
                draft.note("nothing-to-do", "The configuration is as it was then.");
            }
            let change = DocumentChange {
                before: Some(before.to_string()),
                after: Some(after.to_string()),
                made: Vec::new(),
                unmade: Vec::new(),
            };
            draft.step(&context, text, None, Action::WriteReplication(change));
        }
        Some(DocumentKind::Policy) => {
            let before = connection.client.registry_policy().await?;
            let parsed = |text: &Option<String>| -> Value {
                text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
            };
            if same_policy(&parsed(&before), &parsed(&version.text)) {
                draft.note("nothing-to-do", "The policy is as it was then.");
            }
            let change = DocumentChange { before, after: version.text, made: Vec::new(), unmade: Vec::new() };
            draft.step(&context, text, None, Action::WritePolicy(change));
        }
        None => {
            let text = format!("A {} cannot be restored.", pretty(&Value::from(version.view.kind)));
            return Err(ApiError::internal(text));
        }
    }
    if draft.content.steps.iter().any(|step| step.action.documents().is_some_and(|d| d.after.is_none())) {
        draft.warning(
            "policy-goes",
            "There was no policy then, so all of today's policy is removed.",
            Some("Look at the difference."),
        );
    }
    Ok(draft.content)
}

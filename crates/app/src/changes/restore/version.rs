//! Plans that restore a document that a run replaced.

use longshore_policy::pretty;
use serde_json::Value;

use super::step::Back;
use crate::{
    App,
    api::{ApiError, Side},
    documents::{DocumentKind, Setting, changes, read_now, what},
    plans::{Content, Draft, place},
    versions::store::{self, Version, WriteState},
};

pub(in crate::changes) async fn plan(app: &App, id: &str) -> Result<Content, ApiError> {
    let wanted = id.to_owned();
    let version = app.db.read(move |tx| Ok(store::version(tx, &wanted)?)).await?;
    let Some(version) = version else {
        return Err(ApiError::new("version-unknown", Side::Input, "This version does not exist."));
    };
    let kind = DocumentKind::of(&version.view.kind).ok_or_else(|| {
        let text = format!("A {} cannot be restored.", pretty(&Value::from(version.view.kind.as_str())));
        ApiError::internal(text)
    })?;
    let registry = version.view.registry.clone();
    let name = version.view.name.as_deref();
    let (connection, context) = app.place(&registry).await?;
    let title = format!("Restore the {}", what(kind, name, &app.accounts.label(&registry)));
    let mut draft = Draft::new(registry.space, title);
    let from = version.view.at.format("%Y-%m-%d %H:%M UTC");
    let at = place(app, &registry);
    let text = format!("Restore the {} from before {from}", what(kind, name, &at));
    let now = read_now(kind, name, &connection.client, &connection.services).await?;
    let back = Back { kind, registry: &registry, name, now, then: version.text.clone() };
    let is_same = back.is_same();
    if is_same {
        draft.note("nothing-to-do", format!("The {} is the same as it was then.", kind.as_str()));
    }
    let (now, then) = (kind.read(back.now.as_deref()), kind.read(back.then.as_deref()));
    later(app, &version, kind, &now, &then, &mut draft).await?;
    let reason = matches!(kind, DocumentKind::Setting(_)).then(|| setting_then(&back)).flatten();
    back.warn(&mut draft, &at);
    if !is_same || !matches!(kind, DocumentKind::Setting(_)) {
        let change = back.change(app, &mut draft).await?;
        draft.step_of(&context, text, reason, change);
    }
    Ok(draft.content)
}

/// What a setting becomes, for changes that show no document.
fn setting_then(back: &Back<'_>) -> Option<String> {
    let then = back.then.as_deref()?;
    let DocumentKind::Setting(Setting::TagMutability | Setting::ScanOnPush | Setting::BlobMounting) =
        back.kind
    else {
        return None;
    };
    Some(format!("It becomes `{then}` again."))
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
    let (view, from) = (version.view.clone(), version.view.id.clone());
    let of = move |tx: &rusqlite::Transaction<'_>| {
        Ok(store::of_document(tx, &view.registry, &view.kind, view.name.as_deref())?)
    };
    let all = app.db.read(of).await?;
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

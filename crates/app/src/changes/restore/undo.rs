//! Plans that undo what a run wrote, document by document.

use futures::{StreamExt, stream};
use serde_json::Value;

use super::step::Back;
use crate::{
    App,
    api::{ApiError, RegistryKey, Side},
    documents::{DocumentKind, changes, read_now, what},
    plans::{Content, Draft, Plan, account_name, place},
    runs::store as runs,
    steps::Context,
    versions::store::{self, Version},
};

/// Registries that are read at the same time.
const AT_ONCE: usize = 8;

/// A document that a run replaced: as it was before the run, and as the run left it.
struct Replaced {
    kind: DocumentKind,
    registry: RegistryKey,
    name: Option<String>,
    before: Option<String>,
    /// `None` if it is unknown.
    wrote: Option<Option<String>>,
    /// The last step that wrote it.
    step: usize,
}

/// A document as it is now.
enum Now {
    /// As the run left it.
    Ours(Context, Option<String>),
    /// As before the run.
    Before,
    /// Neither; the differences from what the run left.
    Other {
        differs: Vec<String>,
        ours_is_in_it: bool,
    },
    Unread(ApiError),
}

/// Restores every document that a run replaced, the last one first. A document that has been changed
/// since is named and left, and so is one that such a document still needs.
pub(in crate::changes) async fn plan(app: &App, run: &str) -> Result<Content, ApiError> {
    let id = run.to_owned();
    let (view, plan, versions) = app
        .db
        .read(move |tx| Ok((runs::run(tx, &id)?, runs::plan(tx, &id)?, store::of_run(tx, &id)?)))
        .await?;
    let (Some(view), Some(plan)) = (view, plan) else {
        return Err(ApiError::new("run-unknown", Side::Input, "This run does not exist."));
    };
    if runs::is_active(&view) {
        return Err(ApiError::new("run-under-way", Side::Input, "This run is under way.")
            .hint("Stop it, or wait for its end."));
    }
    let replaced = replaced(versions);
    if replaced.is_empty() {
        let text = "This run replaced no document, so there is nothing to undo.";
        return Err(ApiError::new("nothing-to-undo", Side::Input, text));
    }
    let mut draft = Draft::new(view.space, format!("Undo: {}", view.title));
    let looked: Vec<Now> = stream::iter(0..replaced.len())
        .map(|index| look(app, &replaced[index]))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut left: Vec<usize> = Vec::new();
    let mut rows: Vec<(usize, usize)> = Vec::new();
    for (one, now) in replaced.iter().zip(looked) {
        let at = place(app, &one.registry);
        let what = what(one.kind, one.name.as_deref(), &at);
        let (context, text) = match now {
            Now::Ours(context, text) => (context, text),
            Now::Before => {
                draft.note("nothing-to-do", format!("The {what} is as it was before this run."));
                continue;
            }
            Now::Other { differs, ours_is_in_it } => {
                let differs =
                    if differs.is_empty() { String::new() } else { format!(": {}", differs.join("; ")) };
                let text = format!("The {what} was changed since{differs}. It is left as it is.");
                draft.warning(
                    "changed-since",
                    text,
                    Some("Change it by hand if what this run added should go."),
                );
                if ours_is_in_it {
                    left.push(one.step);
                }
                continue;
            }
            Now::Unread(error) => {
                let text = format!("The {what} cannot be read and is left as it is: {}", error.message);
                draft.warning("document-unread", text, error.hint.as_deref());
                left.push(one.step);
                continue;
            }
        };
        // What was written first is needed by what was written after it.
        if left.iter().any(|&later| needs(&plan, later, one.step)) {
            let text = format!("The {what} is left as it is, because a document that is left needs it.");
            draft.warning("needed-by-left", text, Some("Undo again once that document can be restored."));
            continue;
        }
        let needed: Vec<usize> =
            rows.iter().filter(|(step, _)| needs(&plan, *step, one.step)).map(|(_, row)| *row).collect();
        let back = Back {
            kind: one.kind,
            registry: &one.registry,
            name: one.name.as_deref(),
            now: text,
            then: one.before.clone(),
        };
        if back.is_lost() {
            let text = format!("The {what} cannot come back: nobody knows its secret any more.");
            draft.warning("iam-key-gone", text, Some("Create a new access key."));
            continue;
        }
        back.warn(&mut draft, &at);
        let deed = back.deed(&account_name(app, one.registry.space, &one.registry.account));
        let change = back.change(app, &mut draft).await?;
        let text = deed.unwrap_or_else(|| format!("Restore the {what}"));
        let row = draft.row_of(&context, text, None, change, needed);
        rows.push((one.step, row));
    }
    Ok(draft.content)
}

/// The documents of a run, the last written one first.
fn replaced(versions: Vec<Version>) -> Vec<Replaced> {
    let mut all: Vec<Replaced> = Vec::new();
    for version in versions {
        let Some(kind) = DocumentKind::of(&version.view.kind) else { continue };
        let (registry, name) = (version.view.registry, version.view.name);
        let is_it =
            |known: &&mut Replaced| known.kind == kind && known.registry == registry && known.name == name;
        match all.iter_mut().find(is_it) {
            Some(known) => (known.wrote, known.step) = (version.wrote, version.step),
            None => all.push(Replaced {
                kind,
                registry,
                name,
                before: version.text,
                wrote: version.wrote,
                step: version.step,
            }),
        }
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.step));
    all
}

/// Whether the step `later` of a plan needed the step `earlier`.
fn needs(plan: &Plan, later: usize, earlier: usize) -> bool {
    match plan.content.steps.get(later).and_then(|step| step.needs.as_ref()) {
        Some(needed) => needed.contains(&earlier),
        None => earlier < later,
    }
}

async fn look(app: &App, one: &Replaced) -> Now {
    let found = async {
        let (connection, context) = app.place(&one.registry).await?;
        let (client, services) = (&connection.client, &connection.services);
        Ok::<_, ApiError>((context, read_now(one.kind, one.name.as_deref(), client, services).await?))
    };
    let (context, text) = match found.await {
        Ok(found) => found,
        Err(error) => return Now::Unread(error),
    };
    let (now, before) = (one.kind.read(text.as_deref()), one.kind.read(one.before.as_deref()));
    let wrote = one.wrote.as_ref().map(|wrote| one.kind.read(wrote.as_deref()));
    let meaning = one.kind.meaning(&one.registry);
    match wrote {
        Some(wrote) if meaning.same(&now, &wrote) => Now::Ours(context, text),
        _ if meaning.same(&now, &before) => Now::Before,
        Some(wrote) => {
            let as_written = |document: &Value| one.kind.as_written(&one.registry, document);
            let differs = changes(one.kind, &as_written(&wrote), &as_written(&now));
            Now::Other { differs, ours_is_in_it: meaning.holds(&now, &wrote, &before) }
        }
        None => Now::Other { differs: Vec::new(), ours_is_in_it: true },
    }
}

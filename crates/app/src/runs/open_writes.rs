//! Writes with an unknown outcome: the run was stopped, or the app ended, between the request and
//! the read-back. They are reported in the run and checked again when the app starts.

use std::sync::Arc;

use super::store as runs;
use crate::{
    App,
    api::{ApiError, AppEvent, RunState},
    documents::{DocumentKind, read_now},
    made::{self, Made},
    steps::{DocumentChange, Live},
    versions::store::{self, Version, WriteState},
};

const NOT_KNOWN: &str = "It is unknown whether this was written: the run stopped during the request. A retry \
                         checks before it writes; the previous version is stored.";
const WRITTEN: &str = "The run stopped during the request. A later check found that it was written.";
const NOT_WRITTEN: &str = "The run stopped during the request. A later check found that it was not written.";
const OTHERWISE: &str = "The run stopped during the request. A later check found a different document; the \
                         previous version is stored.";

/// Notes on a stopped step that its write may have been carried out.
pub(super) async fn stopped(app: &App, live: &Live, run: &str, step: usize) {
    let id = run.to_owned();
    let marked = app.db.write(move |tx| {
        let open: Vec<_> =
            store::open(tx, Some(id.as_str()))?.into_iter().filter(|version| version.step == step).collect();
        for version in &open {
            store::set_state(tx, &version.view.id, WriteState::Unknown)?;
        }
        Ok(!open.is_empty())
    });
    match marked.await {
        Ok(true) => live.update(|view| {
            if let Some(step) = view.steps.get_mut(step) {
                step.result = Some(NOT_KNOWN.into());
            }
        }),
        Ok(false) => {}
        Err(error) => tracing::warn!(code = error.code, "an open write could not be recorded"),
    }
}

/// Notes in the runs which writes an earlier process left with an unknown outcome.
pub(super) fn recover(connection: &rusqlite::Connection) -> Result<(), ApiError> {
    for version in store::open(connection, None)? {
        // A command that works beside this window looks after its own writes.
        if runs::run(connection, &version.run)?.is_some_and(|view| runs::is_active(&view)) {
            continue;
        }
        store::set_state(connection, &version.view.id, WriteState::Unknown)?;
        say(connection, &version, NOT_KNOWN)?;
    }
    Ok(())
}

/// Notes the outcome of a write on its step, unless the step succeeded later and reports it itself.
fn say(connection: &rusqlite::Connection, version: &Version, text: &str) -> rusqlite::Result<()> {
    let Some(mut view) = runs::run(connection, &version.run)? else { return Ok(()) };
    if let Some(step) = view.steps.get_mut(version.step)
        && !matches!(step.state, RunState::Done | RunState::Skipped)
    {
        step.result = Some(text.to_owned());
    }
    if !view.versions.contains(&version.view) {
        view.versions.push(version.view.clone());
    }
    runs::update(connection, &view)
}

impl App {
    /// Checks writes with an unknown outcome again. Those that cannot be read now stay unknown.
    pub(crate) async fn look_at_open_writes(self: &Arc<Self>) {
        let open = match self.db.read(|tx| Ok(store::open(tx, None)?)).await {
            Ok(open) => open,
            Err(error) => {
                tracing::warn!(code = error.code, "open writes could not be read");
                return;
            }
        };
        for version in open {
            if self.runs.get(&version.run).is_some() {
                continue;
            }
            if let Err(error) = self.look_at(&version).await {
                tracing::info!(code = error.code, "the outcome of a write stays unknown");
            }
        }
    }

    async fn look_at(&self, version: &Version) -> Result<(), ApiError> {
        let run = version.run.clone();
        let plan = self.db.read(move |tx| Ok(runs::plan(tx, &run)?)).await?;
        let step = plan.as_ref().and_then(|plan| plan.content.steps.get(version.step));
        // If its plan was removed with the history, the data stored with the version is used.
        let Some(change) = step
            .and_then(|step| step.action.document())
            .map(|document| document.change.clone())
            .or_else(|| written(version))
        else {
            return Ok(());
        };
        let Some(kind) = DocumentKind::of(&version.view.kind) else { return Ok(()) };
        let at = self.connection(&version.view.registry).await?;
        let name = version.view.name.as_deref();
        let now = kind.read(read_now(kind, name, &at.client, &at.services).await?.as_deref());
        let (wanted, before) = (kind.read(change.after.as_deref()), kind.read(change.before.as_deref()));
        let meaning = kind.meaning(&version.view.registry);
        let (text, state) = if meaning.same(&now, &wanted) || meaning.holds(&now, &wanted, &before) {
            (WRITTEN, WriteState::Written)
        } else if meaning.same(&now, &before) {
            (NOT_WRITTEN, WriteState::NotWritten)
        } else {
            (OTHERWISE, WriteState::Otherwise)
        };
        let (version, gone) = (version.clone(), change.unmade.clone());
        let made = Made::in_document(kind);
        let shown = self
            .db
            .write(move |tx| {
                store::set_state(tx, &version.view.id, state)?;
                if state == WriteState::Written {
                    made::remove_of(tx, made, &version.view.registry, &gone)?;
                }
                say(tx, &version, text)?;
                Ok(runs::run(tx, &version.run)?)
            })
            .await?;
        if let Some(run) = shown {
            self.events.send(AppEvent::Run { run: Box::new(run) });
        }
        Ok(())
    }
}

/// The change for which a version was stored, as far as the version contains it.
fn written(version: &Version) -> Option<DocumentChange> {
    let (before, after) = (version.text.clone(), version.wrote.clone()?);
    Some(DocumentChange::of(before, after))
}

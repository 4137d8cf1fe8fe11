//! A run in progress, as it is shown while it changes.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Outcome, RunImages};
use crate::api::{ApiError, RunState, RunStep, RunView, StepCounts, VersionView};

/// The view of a run, the token that stops it, and the signal for its changes.
#[derive(Debug)]
pub(crate) struct Live {
    view: Mutex<RunView>,
    pub(crate) changed: Notify,
    /// Cancelled by a person, or because the app is ending.
    pub(crate) cancel: CancellationToken,
    /// Its images, and what pauses and limits it.
    pub(crate) images: Arc<RunImages>,
    /// The app is closing: the run is to be resumed at the next start.
    pub(crate) closing: CancellationToken,
}

impl Live {
    pub(crate) fn new(view: RunView, images: Arc<RunImages>, closing: CancellationToken) -> Self {
        let cancel = closing.child_token();
        Self { view: Mutex::new(view), changed: Notify::new(), cancel, images, closing }
    }

    /// The view as it is now.
    pub(crate) fn view(&self) -> RunView {
        let mut view = self.view.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.images.show(&mut view);
        view
    }

    /// Changes the view and signals the change.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut RunView) -> T) -> T {
        let value = change(&mut self.view.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
        value
    }

    /// Whether a step has nothing left to do.
    pub(crate) fn is_finished(&self, index: usize) -> bool {
        let view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        view.steps.get(index).is_some_and(|step| matches!(step.state, RunState::Done | RunState::Skipped))
    }

    pub(crate) fn begin(&self, index: usize) {
        self.update(|view| {
            if let Some(step) = view.steps.get_mut(index) {
                *step = RunStep { state: RunState::Running, result: None, error: None, ..step.clone() };
            }
        });
    }

    pub(crate) fn finish(&self, index: usize, outcome: Outcome) {
        let (state, text) = match outcome {
            Outcome::Done(text) => (RunState::Done, text),
            Outcome::Skipped(text) => (RunState::Skipped, text),
        };
        self.update(|view| {
            if let Some(step) = view.steps.get_mut(index) {
                step.state = state;
                step.result = Some(text);
            }
        });
    }

    pub(crate) fn fail(&self, index: usize, error: &ApiError) {
        self.update(|view| {
            if let Some(step) = view.steps.get_mut(index) {
                step.state = RunState::Failed;
                step.error = Some(error.clone());
            }
            // The first one is the cause; a run that goes on may have more.
            view.error.get_or_insert_with(|| error.clone());
        });
    }

    /// Says why a step is not begun.
    pub(crate) fn leave(&self, index: usize, why: String) {
        self.update(|view| {
            if let Some(step) = view.steps.get_mut(index) {
                step.result = Some(why);
            }
        });
    }

    /// The first of these steps that did not succeed, in words.
    pub(crate) fn unmet(&self, mut needed: impl Iterator<Item = usize>) -> Option<String> {
        let view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        let step = |index: usize| view.steps.get(index);
        let open = needed.find(|&index| {
            step(index).is_some_and(|step| !matches!(step.state, RunState::Done | RunState::Skipped))
        });
        open.and_then(step).map(|step| step.text.clone())
    }

    /// The view of a run with this end.
    pub(crate) fn ended(&self, state: RunState, at: DateTime<Utc>) -> RunView {
        let mut view = self.view();
        view.state = state;
        view.ended = Some(at);
        view.waiting = None;
        view.can_cancel = false;
        view.can_retry = state != RunState::Done;
        if state == RunState::Done {
            // Something else may have uploaded a part meanwhile.
            view.bytes_total = view.bytes_moved;
        }
        let stop = |known: &mut RunState| {
            if *known == RunState::Running {
                *known = state;
            }
        };
        view.steps.iter_mut().for_each(|step| stop(&mut step.state));
        view.images.iter_mut().for_each(|image| stop(&mut image.state));
        view.counts = Some(StepCounts::of(&view.steps));
        view
    }

    pub(crate) fn replaced(&self, version: VersionView) {
        self.update(|view| view.versions.push(version));
    }

    pub(crate) fn not_replaced(&self, version: &str) {
        self.update(|view| view.versions.retain(|known| known.id != version));
    }
}

//! A run in progress, as it is shown while it changes.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::engine_images::EngineImages;
use crate::{
    App,
    api::{ApiError, RunImage, RunState, RunStep, RunView, VersionView},
    plans::{Action, Plan},
};

/// The result of a step that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something was changed; described in words.
    Done(String),
    /// There was nothing to do; described in words.
    Skipped(String),
}

/// The view of a run, the token that stops it, and the signal for its changes.
#[derive(Debug)]
pub(crate) struct Live {
    view: Mutex<RunView>,
    pub(crate) changed: Notify,
    /// Cancelled by a person, or because the app is ending.
    pub(crate) cancel: CancellationToken,
    /// Images of a run of an engine rule, once it has any.
    images: OnceLock<Arc<EngineImages>>,
    /// The app is ending: the run is to be resumed at the next start.
    pub(crate) closing: CancellationToken,
}

/// The initial view of a plan's run.
pub(crate) fn first_view(app: &App, id: &str, plan: &Plan, started: DateTime<Utc>) -> RunView {
    let content = &plan.content;
    let step = |step: &crate::plans::Step| RunStep {
        text: step.text.clone(),
        state: RunState::Waiting,
        result: None,
        error: None,
        registry: step.context.as_ref().map(|context| context.registry.clone()),
    };
    RunView {
        id: id.to_owned(),
        space: content.space,
        title: content.title.clone(),
        state: RunState::Running,
        started,
        ended: None,
        steps: content.steps.iter().map(step).collect(),
        images: images(app, plan),
        bytes_moved: 0,
        bytes_total: content.bytes_to_move,
        bytes_saved: 0,
        error: None,
        can_cancel: true,
        can_retry: false,
        versions: Vec::new(),
        engine: None,
        request: content.request.clone().map(Box::new),
    }
}

/// One image for each step that copies one, in the order of the steps.
fn images(app: &App, plan: &Plan) -> Vec<RunImage> {
    let image = |source: String, destination: String, digest: String| RunImage {
        source,
        destination,
        digest,
        state: RunState::Waiting,
        layers: Vec::new(),
        error: None,
    };
    let one = |step: &crate::plans::Step| {
        let place = app.accounts.label(&step.context.as_ref()?.registry);
        match &step.action {
            Action::Copy(copy) => {
                let tags: Vec<_> =
                    copy.tags.iter().map(|known| format!("{}:{}", copy.to, known.tag)).collect();
                let name = if tags.is_empty() { copy.to.to_string() } else { tags.join(", ") };
                let source = format!("{} {}", app.accounts.label(&copy.source.registry), copy.from);
                Some(image(source, format!("{place} {name}"), copy.digest.to_string()))
            }
            Action::PushSample { name, tag, digest, .. } => {
                Some(image("sample image".into(), format!("{place} {name}:{}", tag.tag), digest.to_string()))
            }
            _ => None,
        }
    };
    plan.content.steps.iter().filter_map(one).collect()
}

/// The index of the run's image that a step copies: the number of earlier steps that copy one.
pub(crate) fn image_of_step(plan: &Plan, index: usize) -> usize {
    let moves = |action: &Action| matches!(action, Action::Copy(_) | Action::PushSample { .. });
    plan.content.steps.iter().take(index).filter(|step| moves(&step.action)).count()
}

impl Live {
    pub(crate) fn new(view: RunView, closing: CancellationToken) -> Self {
        Self {
            view: Mutex::new(view),
            changed: Notify::new(),
            cancel: closing.child_token(),
            images: OnceLock::new(),
            closing,
        }
    }

    /// The view as it is now.
    pub(crate) fn view(&self) -> RunView {
        let mut view = self.view.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(images) = self.images.get() {
            images.show(&mut view);
        }
        view
    }

    /// From now on, shows the images of an engine rule's run.
    pub(crate) fn follow(&self, images: &Arc<EngineImages>) {
        if self.images.set(Arc::clone(images)).is_err() {
            tracing::debug!("a run has images already");
        }
        self.changed.notify_one();
    }

    /// The images of an engine rule's run, once it has any.
    pub(crate) fn images(&self) -> Option<&Arc<EngineImages>> {
        self.images.get()
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
            view.error = Some(error.clone());
        });
    }

    /// The view of a run with this end.
    pub(crate) fn ended(&self, state: RunState, at: DateTime<Utc>) -> RunView {
        let mut view = self.view();
        view.state = state;
        view.ended = Some(at);
        view.can_cancel = false;
        view.can_retry = state != RunState::Done;
        if state == RunState::Done && view.engine.is_some() {
            // Some of the planned bytes may have arrived by other means.
            view.bytes_total = view.bytes_moved;
        }
        let stop = |known: &mut RunState| {
            if *known == RunState::Running {
                *known = state;
            }
        };
        view.steps.iter_mut().for_each(|step| stop(&mut step.state));
        view.images.iter_mut().for_each(|image| stop(&mut image.state));
        view
    }

    pub(crate) fn replaced(&self, version: VersionView) {
        self.update(|view| view.versions.push(version));
    }

    pub(crate) fn not_replaced(&self, version: &str) {
        self.update(|view| view.versions.retain(|known| known.id != version));
    }
}

/// Prepares a failed or stopped run to be resumed: finished steps stay finished.
pub(crate) fn reopen(view: &mut RunView) {
    let again = |state: RunState| !matches!(state, RunState::Done | RunState::Skipped);
    for step in view.steps.iter_mut().filter(|step| again(step.state)) {
        *step = RunStep { state: RunState::Waiting, result: None, error: None, ..step.clone() };
    }
    for image in view.images.iter_mut().filter(|image| again(image.state)) {
        image.state = RunState::Waiting;
        image.error = None;
    }
    view.state = RunState::Running;
    view.ended = None;
    view.error = None;
    view.can_cancel = true;
    view.can_retry = false;
}

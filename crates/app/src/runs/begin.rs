//! What a run shows and holds when it begins, and when it is resumed.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    App,
    api::{RegistryKey, RunImage, RunState, RunStep, RunView},
    plans::Plan,
    steps::{Before, ExpectedImage, RunImages, Step},
    transfer::Steering,
};

/// The initial view of a plan's run.
pub(super) fn first_view(app: &App, id: &str, plan: &Plan, started: DateTime<Utc>) -> RunView {
    let content = &plan.content;
    let step = |step: &Step| RunStep {
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
        registries: registries(plan),
        images: images(app, plan),
        bytes_moved: 0,
        bytes_total: content.bytes_to_move,
        bytes_saved: 0,
        error: None,
        waiting: None,
        can_cancel: true,
        can_retry: false,
        versions: Vec::new(),
        unhealed: content.unhealed.clone(),
        transfer: None,
        rule: content.steps.iter().find_map(|step| step.action.rule()),
        request: content.request.clone().map(Box::new),
        counts: None,
    }
}

/// In the order of the steps.
fn registries(plan: &Plan) -> Vec<RegistryKey> {
    let mut found = Vec::new();
    for registry in plan.content.steps.iter().flat_map(Step::registries) {
        if !found.contains(&registry) {
            found.push(registry);
        }
    }
    found
}

/// One image for each step that copies one, in the order of the steps.
fn images(app: &App, plan: &Plan) -> Vec<RunImage> {
    let expected = |step: &Step| step.action.image(app, &step.context.as_ref()?.registry);
    let image = |ExpectedImage { source, destination, digest }| RunImage {
        source,
        destination,
        digest,
        state: RunState::Waiting,
        layers: Vec::new(),
        error: None,
    };
    plan.content.steps.iter().filter_map(expected).map(image).collect()
}

/// The images of a run that begins or is resumed, with what pauses and limits it.
pub(super) fn run_images(app: &App, plan: &Plan, view: &RunView) -> RunImages {
    let before = Before { moved: view.bytes_moved, saved: view.bytes_saved, to_move: view.bytes_total };
    let shared = vec![app.limits.bandwidth.clone()];
    if view.rule.is_none() {
        return RunImages::of_steps(&view.images, Steering::new(shared, None), before);
    }
    // Windows of the rule and of all runs, by the app's clock.
    let windows = plan.content.steps.iter().find_map(|step| step.action.windows()).unwrap_or_default();
    let (of_rule, weak) = (windows.clone(), app.me.clone());
    let open =
        move || weak.upgrade().is_none_or(|app| of_rule.is_open(app.now()) && app.limits.is_open(app.now()));
    let weak = app.me.clone();
    let opens = move || {
        let app = weak.upgrade()?;
        let own = windows.next_open(app.now())?;
        app.limits.opens(own)
    };
    let steering = Steering::new(shared, Some(Arc::new(open)));
    RunImages::of_rule(steering, before, Arc::new(opens))
}

/// Which of a run's images a step copies: the steps before it that copy one are counted.
pub(super) fn image_of_step(plan: &Plan, index: usize) -> usize {
    plan.content.steps.iter().take(index).filter(|step| step.action.copies_an_image()).count()
}

/// Prepares a failed or stopped run to be resumed: finished steps stay finished.
pub(super) fn reopen(view: &mut RunView) {
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
    view.counts = None;
    view.can_cancel = true;
    view.can_retry = false;
}

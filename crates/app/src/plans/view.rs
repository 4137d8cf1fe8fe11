//! A plan for display.

use longshore_names::ForeignText;
use longshore_policy::{
    LineKind,
    iam::{grouped_denials, grouped_sentences},
    indented, line_diff,
};

use super::{Plan, owned::managed_documents};
use crate::{
    App,
    api::{DiffKind, DiffLine, PlanView, StepView},
    steps::Step,
};

pub(crate) fn view(app: &App, plan: &Plan) -> PlanView {
    let content = &plan.content;
    PlanView {
        id: plan.id.clone(),
        hash: plan.hash(),
        space: content.space,
        title: content.title.clone(),
        steps: content.steps.iter().map(|one| step(app, one)).collect(),
        stays: content.stays.clone(),
        findings: content.findings.clone(),
        confirm: content.confirm.clone(),
        bytes_to_move: content.bytes_to_move,
        bytes_saved: content.bytes_saved,
        at: plan.at,
        engine: content.engine.clone(),
        expiry: content.expiry.clone(),
        managed: managed_documents(content),
        unhealed: content.unhealed.clone(),
        rows: content.has_rows(),
    }
}

fn step(app: &App, step: &Step) -> StepView {
    let documents = step.action.document().map(|document| document.change);
    let before = documents.and_then(|change| change.before.as_deref()).map(indented);
    let after = documents.and_then(|change| change.after.as_deref()).map(indented);
    let lines = match documents {
        Some(_) => line_diff(before.as_deref().unwrap_or_default(), after.as_deref().unwrap_or_default()),
        None => Vec::new(),
    };
    let line = |line: longshore_policy::DiffLine| DiffLine {
        kind: match line.kind {
            LineKind::Same => DiffKind::Same,
            LineKind::Added => DiffKind::Added,
            LineKind::Removed => DiffKind::Removed,
        },
        text: line.text,
    };
    let (newly_allowed, newly_denied) = newly(app, step);
    StepView {
        text: step.text.clone(),
        reason: step.reason.clone(),
        registry: step.context.as_ref().map(|context| context.registry.clone()),
        diff: lines.into_iter().map(line).collect(),
        before,
        after,
        permissions: step.action.permissions().iter().map(|&action| action.to_owned()).collect(),
        destructive: step.destructive,
        newly_allowed,
        newly_denied,
    }
}

/// What the step newly allows, and what it newly denies.
fn newly(app: &App, step: &Step) -> (Vec<String>, Vec<String>) {
    let Some(here) = step.context.as_ref().map(|context| &context.registry) else {
        return Default::default();
    };
    let (id, names) = (here.id(), app.namer(here.space));
    let shown = |sentences: Vec<String>| {
        sentences.into_iter().map(|sentence| ForeignText::new(sentence).into()).collect()
    };
    let allowed = grouped_sentences(&step.action.newly_allowed(here), &id, &names);
    let denied = grouped_denials(&step.action.newly_denied(here), &id, &names);
    (shown(allowed), shown(denied))
}

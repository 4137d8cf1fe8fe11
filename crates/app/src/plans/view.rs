//! A plan for display.

use longshore_policy::{LineKind, indented, line_diff};

use super::{Plan, PolicyEffect, owned::managed_documents};
use crate::{
    api::{DiffKind, DiffLine, PlanView, StepView},
    steps::Step,
};

pub(crate) fn view(plan: &Plan) -> PlanView {
    let content = &plan.content;
    let effect = |index| content.effects.iter().find(|effect| effect.step == index);
    let steps = content.steps.iter().enumerate().map(|(index, one)| step(one, effect(index))).collect();
    PlanView {
        id: plan.id.clone(),
        hash: plan.hash(),
        space: content.space,
        title: content.title.clone(),
        steps,
        stays: content.stays.clone(),
        findings: content.findings.clone(),
        confirm: content.confirm.clone(),
        production: content.production.clone(),
        bytes_to_move: content.bytes_to_move,
        bytes_saved: content.bytes_saved,
        at: plan.at,
        engine: content.engine.clone(),
        expiry: content.expiry.clone(),
        agree: content.agree.clone(),
        managed: managed_documents(content),
        unhealed: content.unhealed.clone(),
        promotion: content.promotion.clone(),
        rows: content.has_rows(),
    }
}

fn step(step: &Step, effect: Option<&PolicyEffect>) -> StepView {
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
    StepView {
        text: step.text.clone(),
        reason: step.reason.clone(),
        registry: step.context.as_ref().map(|context| context.registry.clone()),
        diff: lines.into_iter().map(line).collect(),
        before,
        after,
        permissions: step.action.permissions().iter().map(|&action| action.to_owned()).collect(),
        destructive: step.destructive,
        newly_allowed: effect.map(|effect| effect.newly_allowed.clone()).unwrap_or_default(),
        newly_denied: effect.map(|effect| effect.newly_denied.clone()).unwrap_or_default(),
    }
}

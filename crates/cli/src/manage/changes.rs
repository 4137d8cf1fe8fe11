//! A change from the command line: planned, shown, run to its end.

use std::time::Duration;

use longshore_app::api::{
    Finding, PlanRequest, PlanView, RunKey, RunPlan, RunState, RunStarted, RunView, Severity, StepView,
};
use serde_json::{Value, json};

use super::{arguments::Change, open::Managed};
use crate::{
    failure::{Failure, event_of},
    output,
};

/// Between two looks at a run.
const LOOK: Duration = Duration::from_millis(50);

/// Plans a change and shows the plan; without `--plan`, runs it and waits for its end. `more` adds to
/// the summary, from the plan.
pub(super) async fn make(
    managed: &Managed,
    request: PlanRequest,
    change: &Change,
    more: impl Fn(&PlanView) -> Value,
) -> Result<(), Failure> {
    let plan = managed.asking(async || managed.app.plan(request.clone()).await).await?;
    show_plan(&plan, managed.json);
    let mut summary = more(&plan);
    summary["event"] = "summary".into();
    summary["plan"] = change.plan.into();
    summary["title"] = plan.title.as_str().into();
    summary["confirm"] = plan.confirm.clone().into();
    if change.plan {
        if managed.json {
            summary["steps"] = plan.steps.len().into();
            output::summary(&summary);
        }
        return refusal(&plan).map_or(Ok(()), Err);
    }
    let request =
        RunPlan { plan: plan.id.clone(), hash: plan.hash, confirm: change.confirm.clone(), acknowledge: false };
    let RunStarted { run } = managed.app.run_plan(request).await?;
    let view = ended(managed, &run).await?;
    show_run(&view, managed.json);
    summary["run"] = run.into();
    summary["state"] = state(view.state).into();
    let error = view.error.clone().or_else(|| view.steps.iter().find_map(|step| step.error.clone()));
    if managed.json {
        summary["error"] = error.as_ref().map(event_of).into();
        output::summary(&summary);
    }
    match (view.state, error) {
        (RunState::Done | RunState::Skipped, _) => Ok(()),
        (_, Some(error)) => Err(error.into()),
        (_, None) => Err(Failure::Failed("The run did not complete.".into())),
    }
}

/// Waits for the end of a run. An interruption stops it, so that it can be resumed in the window.
async fn ended(managed: &Managed, run: &str) -> Result<RunView, Failure> {
    let key = RunKey { run: run.to_owned() };
    loop {
        let view = managed.app.run(key.clone()).await?;
        if !matches!(view.state, RunState::Waiting | RunState::Running) {
            return Ok(view);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The finding that prevents the plan from running.
fn refusal(plan: &PlanView) -> Option<Failure> {
    let found = plan.findings.iter().find(|finding| finding.severity == Severity::Error)?;
    let hint = found.hint.as_deref().map(|hint| format!("\n{hint}")).unwrap_or_default();
    Some(Failure::Failed(format!("{}{hint}", found.text)))
}

fn show_plan(plan: &PlanView, as_json: bool) {
    for step in &plan.steps {
        if as_json {
            output::json(&step_event(step));
        } else {
            output::line(&format!("- {}", step.text));
            step.reason.iter().for_each(|reason| output::line(&format!("  {reason}")));
        }
    }
    for Finding { code, severity, text, hint, .. } in &plan.findings {
        if as_json {
            output::json(&json!({
                "event": "finding", "code": code, "severity": severity, "text": text, "hint": hint,
            }));
        } else {
            output::note(&format!("{text} {}", hint.as_deref().unwrap_or_default()));
        }
    }
}

fn step_event(step: &StepView) -> Value {
    json!({
        "event": "plan_step", "text": step.text, "reason": step.reason,
        "account": step.registry.as_ref().map(|key| &key.account),
        "region": step.registry.as_ref().map(|key| &key.region),
        "before": document(step.before.as_deref()), "after": document(step.after.as_deref()),
        "permissions": step.permissions, "destructive": step.destructive,
    })
}

/// A document as JSON, with every member.
pub(super) fn document(text: Option<&str>) -> Value {
    let Some(text) = text else { return Value::Null };
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn show_run(view: &RunView, as_json: bool) {
    for step in &view.steps {
        if as_json {
            output::json(&json!({
                "event": "step", "text": step.text, "state": state(step.state), "result": step.result,
                "error": step.error.as_ref().map(event_of),
            }));
        } else if let Some(result) = &step.result {
            output::line(&format!("  {result}"));
        }
    }
}

/// The word for a state.
fn state(state: RunState) -> &'static str {
    match state {
        RunState::Waiting => "waiting",
        RunState::Running => "running",
        RunState::Done => "done",
        RunState::Skipped => "skipped",
        RunState::Failed => "failed",
        RunState::Cancelled => "cancelled",
        RunState::Interrupted => "interrupted",
    }
}

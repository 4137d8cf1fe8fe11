//! A change from the command line: planned, shown, run to its end.

use std::time::Duration;

use longshore_app::api::{
    ApiError, FailedReplication, Finding, ManagedDocument, PlanRequest, PlanView, RegistryKey, RepositoryKey,
    RunKey, RunPlan, RunStarted, RunState, RunView, Severity, Side, StepView, Unhealed,
};
use serde_json::{Value, json};

use super::{arguments::Change, open::Managed};
use crate::{
    failure::{Failure, event_of, in_lines},
    output,
};

/// Between two looks at a run.
const LOOK: Duration = Duration::from_millis(50);

/// A change that was planned and, without `--plan`, run to its end.
pub(super) struct Made {
    pub(super) plan: PlanView,
    pub(super) run: Option<RunView>,
    /// Why it is not done, or cannot be.
    pub(super) failure: Option<Failure>,
}

/// Plans a change and shows the plan; without `--plan`, runs it, shows its steps, and waits for its end.
pub(super) async fn carry_out(
    managed: &Managed,
    request: PlanRequest,
    change: &Change,
    keep_going: bool,
) -> Result<Made, Failure> {
    let plan = managed.asking(async || managed.app.plan(request.clone()).await).await?;
    show_plan(&plan, managed.json);
    check_confirmation(managed, &plan, &change.confirm).await?;
    if change.plan {
        let failure = refusal(&plan, &change.overrides);
        return Ok(Made { plan, run: None, failure });
    }
    let request = RunPlan {
        plan: plan.id.clone(),
        hash: plan.hash.clone(),
        confirm: (!change.confirm.is_empty()).then(|| change.confirm.join(", ")),
        acknowledge: false,
        managed: change.overrides.clone(),
        keep_going,
    };
    let RunStarted { run } = managed.app.run_plan(request).await.map_err(confirmed_here)?;
    let view = ended(managed, &run).await?;
    show_run(&view, plan.rows, managed.json);
    let failure = failure_of(&view, keep_going);
    Ok(Made { plan, run: Some(view), failure })
}

/// Why a run is not done. What goes on after a failure is incomplete if a part of it was done.
fn failure_of(view: &RunView, keep_going: bool) -> Option<Failure> {
    if matches!(view.state, RunState::Done | RunState::Skipped) {
        return None;
    }
    let error = view.error.clone().or_else(|| view.steps.iter().find_map(|step| step.error.clone()));
    let partly = keep_going && view.counts.is_some_and(|counts| counts.done > 0);
    Some(match error {
        Some(error) if partly => Failure::Incomplete(in_lines(&error)),
        Some(error) => error.into(),
        None => Failure::Failed("The run did not complete.".into()),
    })
}

/// As [`carry_out`], with a summary at the end. `more` adds to it, from the plan.
pub(super) async fn make(
    managed: &Managed,
    request: PlanRequest,
    change: &Change,
    more: impl Fn(&PlanView) -> Value,
) -> Result<(), Failure> {
    let made = carry_out(managed, request, change, false).await?;
    let more = more(&made.plan);
    end(managed, change, made, more)
}

/// Prints the summary of a change.
pub(super) fn end(managed: &Managed, change: &Change, made: Made, more: Value) -> Result<(), Failure> {
    let Made { plan, run, failure } = made;
    let mut summary = more;
    summary["event"] = "summary".into();
    summary["plan"] = change.plan.into();
    summary["title"] = plan.title.as_str().into();
    summary["confirm"] = plan.confirm.clone().into();
    summary["steps"] = plan.steps.len().into();
    summary["run"] = run.as_ref().map(|run| run.id.as_str()).into();
    summary["state"] = run.as_ref().map(|run| word(run.state)).into();
    if managed.json {
        if let Some(failure) = &failure {
            summary["error"] = failure.event();
        }
        output::summary(&summary);
    }
    failure.map_or(Ok(()), Err)
}

/// Refuses a name that the plan does not ask for: a typing error would seem to have confirmed something. The
/// names of the accounts that the plan changes are always accepted.
pub(crate) async fn check_confirmation(
    managed: &Managed,
    plan: &PlanView,
    given: &[String],
) -> Result<(), Failure> {
    let accounts = managed.app.accounts_in(managed.space).await?;
    let is_changed = |id: &str| {
        plan.steps.is_empty()
            || plan.steps.iter().filter_map(|step| step.registry.as_ref()).any(|at| at.account.as_str() == id)
    };
    let changed = accounts.into_iter().filter(|account| is_changed(&account.id));
    let mut names: Vec<String> = changed.flat_map(|account| [account.name, account.id]).collect();
    names.extend(plan.steps.iter().filter_map(|step| Some(step.registry.as_ref()?.account.to_string())));
    if let Some(asked) = &plan.confirm {
        names.push(asked.clone());
        names.extend(asked.split(", ").map(str::to_owned));
    }
    let is_right = |given: &str| {
        let mut parts = std::iter::once(given).chain(given.split(','));
        parts.any(|part| names.iter().any(|name| name.to_lowercase() == part.trim().to_lowercase()))
    };
    let Some(wrong) = given.iter().find(|given| !is_right(given)) else { return Ok(()) };
    let text = format!("`{}` is not what this change asks for.", longshore_names::shown(wrong, 200));
    let hint = match &plan.confirm {
        Some(asked) => format!("Confirm it with --confirm '{asked}'."),
        None => "Nothing has to be confirmed: leave --confirm out.".to_owned(),
    };
    Err(ApiError::input("confirmation-needed", "confirm", text).hint(hint).into())
}

/// How a change in production is confirmed here.
pub(crate) fn confirmed_here(error: ApiError) -> ApiError {
    match error.code.as_str() {
        "confirmation-needed" => {
            error.hint("Pass the name with --confirm NAME; with several accounts, one --confirm for each.")
        }
        _ => error,
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

/// The finding that prevents the plan from running. What manages a document has to change it.
pub(crate) fn refusal(plan: &PlanView, overrides: &[String]) -> Option<Failure> {
    let open = |one: &&ManagedDocument| !one.may_override || !overrides.contains(&one.label);
    if let Some(managed) = plan.managed.iter().find(open) {
        let found = plan.findings.iter().find(|finding| finding.code == "managed-elsewhere")?;
        let mut error = ApiError::new(&found.code, Side::Service, &found.text);
        error.hint = match managed.may_override {
            true => Some(format!(
                "Apply the patch where the document is managed, or change it here all the same with --override \
                 '{}'.",
                managed.label
            )),
            false => found.hint.clone(),
        };
        return Some(error.into());
    }
    let found = plan.findings.iter().find(|finding| finding.severity == Severity::Error)?;
    let hint = found.hint.as_deref().map(|hint| format!("\n{hint}")).unwrap_or_default();
    Some(Failure::Failed(format!("{}{hint}", found.text)))
}

pub(crate) fn show_plan(plan: &PlanView, as_json: bool) {
    for step in &plan.steps {
        if as_json {
            output::json(&step_event(step));
        } else {
            output::line(&format!("- {}", step.text));
            step.reason.iter().for_each(|reason| output::line(&format!("  {reason}")));
            list("Newly allowed", &step.newly_allowed);
            list("Newly denied", &step.newly_denied);
        }
    }
    plan.managed.iter().for_each(|one| show_managed(one, as_json));
    for found in &plan.findings {
        let Finding { code, severity, text, hint, .. } = found;
        if as_json {
            output::json(&json!({
                "event": "finding", "code": code, "severity": severity, "text": text, "hint": hint,
            }));
        } else {
            output::note(&in_one_line(found));
        }
    }
    plan.unhealed.iter().for_each(|unhealed| show_unhealed(unhealed, as_json));
    if let Some(confirm) = plan.confirm.as_ref().filter(|_| !as_json) {
        output::note(&format!("It changes production: it runs with --confirm '{confirm}'."));
    }
}

/// Failed images that the plan allows from now on, which ECR does not send again.
fn show_unhealed(unhealed: &Unhealed, as_json: bool) {
    let at = |key: &RegistryKey| format!("{}/{}", key.account, key.region);
    if !as_json {
        let total = match unhealed.total {
            1 => "1 failed image is".to_owned(),
            total => format!("{total} failed images are"),
        };
        output::note(&format!("{total} allowed from now on, but ECR does not send failed images again:"));
    }
    for FailedReplication { image, tag, destination, failure_code } in &unhealed.listed {
        let RepositoryKey { registry, repository } = &image.repository;
        if as_json {
            output::json(&json!({
                "event": "failed_image", "account": registry.account, "region": registry.region,
                "repository": repository, "tag": tag, "digest": image.digest, "failure_code": failure_code,
                "destination": {"account": destination.account, "region": destination.region},
            }));
            continue;
        }
        let name = match tag {
            Some(tag) => format!("{repository}:{tag}"),
            None => format!("{repository}@{}", image.digest),
        };
        output::note(&format!("- {}/{name} to {}", at(registry), at(destination)));
    }
    if let Some(first) = unhealed.listed.first().filter(|_| !as_json) {
        let (from, to) = (at(&first.image.repository.registry), at(&first.destination));
        output::note(&format!(
            "`longshore replication backfill {from} --to {to} --engine` copies what is missing."
        ));
    }
}

/// A finding with its hint.
pub(super) fn in_one_line(found: &Finding) -> String {
    match &found.hint {
        Some(hint) => format!("{} {hint}", found.text),
        None => found.text.clone(),
    }
}

/// Lines of a step below their title.
fn list(title: &str, lines: &[String]) {
    if !lines.is_empty() {
        output::line(&format!("  {title}:"));
    }
    lines.iter().for_each(|line| output::line(&format!("  - {line}")));
}

/// What the owner of a document has to change.
fn show_managed(managed: &ManagedDocument, as_json: bool) {
    let ManagedDocument { label, owner, may_override, file_name, diff, snippets, .. } = managed;
    if as_json {
        let snippets: Vec<Value> = snippets
            .iter()
            .map(|one| json!({"format": one.format, "text": one.text, "refusal": one.refusal}))
            .collect();
        output::json(&json!({
            "event": "managed", "document": label, "owner": super::owner::owner(owner),
            "may_override": may_override, "file_name": file_name, "diff": diff, "snippets": snippets,
        }));
        return;
    }
    output::line(diff.trim_end());
    snippets.iter().filter_map(|one| one.text.as_deref()).for_each(|text| output::line(text.trim_end()));
}

fn step_event(step: &StepView) -> Value {
    json!({
        "event": "plan_step", "text": step.text, "reason": step.reason,
        "account": step.registry.as_ref().map(|key| &key.account),
        "region": step.registry.as_ref().map(|key| &key.region),
        "before": document(step.before.as_deref()), "after": document(step.after.as_deref()),
        "permissions": step.permissions, "destructive": step.destructive,
        "newly_allowed": step.newly_allowed, "newly_denied": step.newly_denied,
    })
}

/// A document as JSON, with every member.
pub(super) fn document(text: Option<&str>) -> Value {
    let Some(text) = text else { return Value::Null };
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// A run of rows also names the step of each result, and how many came to which end.
fn show_run(view: &RunView, rows: bool, as_json: bool) {
    for step in &view.steps {
        if as_json {
            output::json(&json!({
                "event": "step", "text": step.text, "state": word(step.state), "result": step.result,
                "error": step.error.as_ref().map(event_of),
            }));
            continue;
        }
        if rows {
            output::line(&format!("{}: {}", word(step.state), step.text));
            step.error.iter().for_each(|error| output::line(&format!("  {}", error.message)));
        }
        step.result.iter().for_each(|result| output::line(&format!("  {result}")));
    }
    if let Some(counts) = view.counts.filter(|_| rows && !as_json) {
        output::line(&format!(
            "{} done, {} failed, {} not started.",
            counts.done, counts.failed, counts.not_started
        ));
    }
}

/// The word for a state.
pub(crate) fn word(state: RunState) -> &'static str {
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

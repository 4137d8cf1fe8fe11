//! `longshore promote` and `longshore rollback`

use std::{path::Path, time::Duration};

use longshore_app::{
    api::{
        ApiError, GateStateView, ListPromotions, PlanRequest, PlanView, PromotedBuild, PromotionStanding,
        PromotionView, RunKey, RunPlan, RunStarted, RunState, RunView,
    },
    promotion::{Exit, summary},
};
use serde_json::{Value, json};

use super::{
    arguments::{Making, Promote, Rollback},
    image,
};
use crate::{
    failure::{Failure, in_lines},
    files,
    manage::{
        Managed,
        changes::{check_confirmation, confirmed_here, refusal, show_plan, word},
    },
    output,
};

/// Between two looks at a run.
const LOOK: Duration = Duration::from_millis(50);
/// Between two evaluations with `--wait`.
const WAIT: Duration = Duration::from_secs(5);
/// The largest approval.
const LARGEST: u64 = 256 * 1024;

/// Promotes a build, or every service of a stage.
pub(crate) async fn promote(options: Promote) -> Result<(), Failure> {
    let Promote { path, image: named, set, to, tag, approvals, making, manage } = options;
    let approvals = approvals.iter().map(|file| approval(file)).collect::<Result<Vec<_>, Failure>>()?;
    let managed = Managed::open(manage).await?;
    let (space, override_reason) = (managed.space, making.override_reason.clone());
    let request = match (named, set) {
        (Some(named), _) => {
            let (service, build) = image(&named);
            PlanRequest::PromoteBuild {
                space,
                path,
                stage: to,
                service,
                build,
                tag,
                override_reason,
                approvals,
            }
        }
        (None, from) => {
            let from = from.unwrap_or_default();
            PlanRequest::PromoteSet { space, path, from, stage: to, override_reason, approvals }
        }
    };
    let done = make(&managed, request, &making).await;
    managed.app.close().await;
    done
}

/// Takes a stage back.
pub(crate) async fn rollback(options: Rollback) -> Result<(), Failure> {
    let Rollback { stage, to, reason, making, manage } = options;
    let managed = Managed::open(manage).await?;
    let request = PlanRequest::RollBack {
        space: managed.space,
        path: stage.path,
        stage: stage.stage,
        service: stage.service,
        build: to,
        reason,
        override_reason: making.override_reason.clone(),
    };
    let done = make(&managed, request, &making).await;
    managed.app.close().await;
    done
}

fn approval(file: &Path) -> Result<String, Failure> {
    let bytes = files::read(file, LARGEST)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::Failed(format!("{} is not text in UTF-8.", files::shown(file))))
}

/// A promotion that was planned, and maybe run.
struct Made {
    plan: PlanView,
    run: Option<RunView>,
    record: Vec<Option<String>>,
    exit: Exit,
    failure: Option<Failure>,
}

async fn make(managed: &Managed, request: PlanRequest, making: &Making) -> Result<(), Failure> {
    let stop = tokio::signal::ctrl_c();
    tokio::pin!(stop);
    let of_set = match &request {
        PlanRequest::PromoteSet { path, stage, .. } => Some((path.clone(), stage.clone())),
        _ => None,
    };
    let plan = tokio::select! {
        plan = planned(managed, request, making) => plan,
        _ = &mut stop => return Err(Failure::Interrupted),
    };
    let plan = match (plan, of_set) {
        (Err(Failure::Of(error)), Some((path, stage)))
            if ["promotion-set-empty", "promotion-set-stopped"].contains(&&*error.code) =>
        {
            return nothing_to_promote(managed, &error, &path, &stage);
        }
        (plan, _) => plan?,
    };
    let Some(promotion) = plan.promotion.clone() else {
        return Err(Failure::Failed("The plan says nothing about a promotion.".into()));
    };
    show_gates(&promotion, managed.json);
    show_plan(&plan, managed.json);
    check_confirmation(managed, &plan, &making.confirm).await?;
    let open = || promotion.builds.iter().map(|_| None).collect();
    let mut made = Made { plan, run: None, record: open(), exit: Exit::Done, failure: None };
    if let Some(stopped) = stopped(&promotion) {
        (made.exit, made.failure) = (Exit::StoppedByGate, Some(Failure::Incomplete(stopped)));
        return end(managed, &promotion, made);
    }
    if let Some(failure) = refusal(&made.plan, &[]) {
        (made.exit, made.failure) = (Exit::Failed, Some(failure));
        return end(managed, &promotion, made);
    }
    if making.plan {
        return end(managed, &promotion, made);
    }
    let request = RunPlan {
        plan: made.plan.id.clone(),
        hash: made.plan.hash.clone(),
        confirm: (!making.confirm.is_empty()).then(|| making.confirm.join(", ")),
        acknowledge: making.accept_expiry,
        managed: Vec::new(),
        keep_going: false,
    };
    let RunStarted { run } = match managed.app.run_plan(request).await {
        Ok(started) => started,
        Err(error) => {
            (made.exit, made.failure) = (Exit::Failed, Some(confirmed_here(error).into()));
            return end(managed, &promotion, made);
        }
    };
    let mut interrupted = false;
    let view = loop {
        let view = managed.app.run(RunKey { run: run.clone() }).await?;
        if !matches!(view.state, RunState::Waiting | RunState::Running) {
            break view;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = &mut stop, if !interrupted => {
                interrupted = true;
                managed.app.cancel_run(RunKey { run: run.clone() }).await?;
            }
        }
    };
    show_run(&view, managed.json);
    (made.exit, made.failure) = match view.state {
        RunState::Done | RunState::Skipped => (Exit::Done, None),
        RunState::Cancelled | RunState::Interrupted => (Exit::Interrupted, Some(Failure::Interrupted)),
        _ => failed(&view),
    };
    if made.exit == Exit::Done {
        made.record = recorded(managed, &promotion).await?;
    }
    made.run = Some(view);
    end(managed, &promotion, made)
}

/// The end of a release set in which no service goes on: all have their build there already, or holds and
/// blocks skip them.
fn nothing_to_promote(managed: &Managed, error: &ApiError, path: &str, stage: &str) -> Result<(), Failure> {
    let exit = if error.code == "promotion-set-stopped" { Exit::StoppedByGate } else { Exit::Done };
    if managed.json {
        output::summary(&json!({
            "event": "summary", "path": path, "stage": stage, "build": null, "tag": null, "gates": [],
            "destinations": [], "record": null, "builds": [], "exit": exit,
        }));
    }
    match exit {
        Exit::Done => {
            output::note(&error.message);
            Ok(())
        }
        _ => Err(Failure::Incomplete(in_lines(error))),
    }
}

/// A run that failed because a gate no longer lets it through is stopped by it.
fn failed(view: &RunView) -> (Exit, Option<Failure>) {
    let error = view.error.clone().or_else(|| view.steps.iter().find_map(|step| step.error.clone()));
    match error {
        Some(error) if ["promotion-gate", "promotion-held", "promotion-blocked"].contains(&&*error.code) => {
            (Exit::StoppedByGate, Some(Failure::Incomplete(in_lines(&error))))
        }
        Some(error) => (Exit::Failed, Some(Failure::Failed(in_lines(&error)))),
        None => (Exit::Failed, Some(Failure::Failed("The run did not complete.".into()))),
    }
}

/// The plan; with `--wait`, once nothing but time and other people can stop it.
async fn planned(managed: &Managed, request: PlanRequest, making: &Making) -> Result<PlanView, Failure> {
    let mut said = None;
    loop {
        let plan = managed.asking(async || managed.app.plan(request.clone()).await).await?;
        let stopped = plan.promotion.as_ref().and_then(stopped);
        match stopped.filter(|_| making.wait) {
            None => return Ok(plan),
            Some(why) if said.as_ref() != Some(&why) => {
                output::notes(&[format!("Waiting. {why}")], managed.json);
                said = Some(why);
            }
            Some(_) => {}
        }
        tokio::time::sleep(WAIT).await;
    }
}

/// Why gates, a hold or a block stop a promotion, with what would satisfy them.
fn stopped(promotion: &PromotionView) -> Option<String> {
    let open = promotion.builds.iter().filter(|build| build.standing != PromotionStanding::Go);
    let mut lines = Vec::new();
    for build in open {
        let failing = build.gates.iter().filter(|gate| gate.state == GateStateView::Fail);
        let before = lines.len();
        for gate in failing.filter(|_| build.standing == PromotionStanding::Stopped) {
            let satisfied = gate.satisfied_by.as_deref().unwrap_or_default();
            lines.push(format!("{} stops `{}`: {} {satisfied}", gate.gate, build.service, gate.evidence));
        }
        if lines.len() == before {
            lines.push(format!(
                "`{}` is stopped. {}",
                build.service,
                build.reason.as_deref().unwrap_or_default()
            ));
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n").trim_end().to_owned())
}

fn state(state: GateStateView) -> &'static str {
    match state {
        GateStateView::Pass => "pass",
        GateStateView::Fail => "fail",
        GateStateView::Amber => "amber",
        GateStateView::Overridden => "overridden",
    }
}

fn show_gates(promotion: &PromotionView, as_json: bool) {
    for build in &promotion.builds {
        let tag = build.tag.as_deref().unwrap_or("-");
        if as_json {
            continue;
        }
        output::line(&format!(
            "{} {} as {tag}: {} → {}",
            build.service, build.digest, promotion.from, promotion.stage
        ));
        for gate in &build.gates {
            output::line(&format!("  {:<10}  {}: {}", state(gate.state), gate.gate, gate.evidence));
            if let Some(satisfied) =
                gate.satisfied_by.as_deref().filter(|_| gate.state == GateStateView::Fail)
            {
                output::line(&format!("              {satisfied}"));
            }
        }
    }
    for skipped in &promotion.skipped {
        match as_json {
            true => output::json(&json!({
                "event": "skipped", "service": skipped.service, "reason": skipped.reason,
            })),
            false => output::line(&format!("{} is left out. {}", skipped.service, skipped.reason)),
        }
    }
}

fn show_run(view: &RunView, as_json: bool) {
    for step in &view.steps {
        if as_json {
            output::json(&json!({
                "event": "step", "text": step.text, "state": word(step.state), "result": step.result,
                "error": step.error.as_ref().map(crate::failure::event_of),
            }));
            continue;
        }
        let result = step.result.as_deref().map(|result| format!(" ({result})")).unwrap_or_default();
        output::line(&format!("{}: {}{result}", word(step.state), step.text));
    }
}

/// The hashes of the entries that a promotion left in the record.
async fn recorded(managed: &Managed, promotion: &PromotionView) -> Result<Vec<Option<String>>, ApiError> {
    let mut found = Vec::with_capacity(promotion.builds.len());
    for build in &promotion.builds {
        let request = ListPromotions {
            space: managed.space,
            path: Some(promotion.path.clone()),
            stage: Some(promotion.stage.clone()),
            service: Some(build.service.clone()),
            digest: Some(build.digest.clone()),
            from: None,
            until: None,
            moves_only: true,
            text: None,
            limit: Some(1),
        };
        let entry = managed.app.promotions(request).await?.into_iter().next();
        found.push(entry.filter(|one| one.plan_hash.as_ref() == Some(&build.plan_hash)).map(|one| one.hash));
    }
    Ok(found)
}

fn end(managed: &Managed, promotion: &PromotionView, made: Made) -> Result<(), Failure> {
    if managed.json {
        let mut events = Vec::with_capacity(promotion.builds.len());
        for (build, record) in promotion.builds.iter().zip(&made.record) {
            events.push(summary(promotion, build, made.run.as_ref(), record.clone(), made.exit)?);
        }
        output::summary(&last(promotion, events, &made));
    } else if made.exit == Exit::Done && made.run.is_some() {
        for (build, record) in promotion.builds.iter().zip(&made.record) {
            output::line(&done(promotion, build, record.as_deref()));
        }
    }
    made.failure.map_or(Ok(()), Err)
}

fn done(promotion: &PromotionView, build: &PromotedBuild, record: Option<&str>) -> String {
    let tag = build.tag.as_deref().map(|tag| format!(":{tag}")).unwrap_or_default();
    let record = record.map(|hash| format!(", record {}", &hash[..12])).unwrap_or_default();
    format!("{}{tag} is in {}{record}.", build.service, promotion.stage)
}

/// The summary: of one build as it is, of a set with every build.
fn last(promotion: &PromotionView, mut events: Vec<Value>, made: &Made) -> Value {
    let error = made.failure.as_ref().filter(|_| made.exit == Exit::Failed).map(Failure::event);
    let mut value = match (&promotion.set, events.len()) {
        (None, 1) => events.remove(0),
        _ => {
            let all = |key: &str| -> Vec<Value> {
                events.iter().filter_map(|event| event[key].as_array()).flatten().cloned().collect()
            };
            let mut value = json!({
                "event": "summary", "path": promotion.path, "stage": promotion.stage, "build": promotion.set,
                "tag": null, "gates": all("gates"), "destinations": all("destinations"),
                "record": events.last().map(|event| event["record"].clone()), "exit": made.exit,
            });
            for (event, build) in events.iter_mut().zip(&promotion.builds) {
                event["event"] = "build".into();
                event["service"] = build.service.as_str().into();
            }
            value["builds"] = events.into();
            value
        }
    };
    if let Some(error) = error {
        value["error"] = error;
    }
    value
}

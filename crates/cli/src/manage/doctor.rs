//! `longshore doctor`

use longshore_app::api::{CheckOutcome, CheckPlace, GetReadiness, ReadinessCheck};
use serde_json::{Value, json};

use super::{arguments::Doctor, open::Managed};
use crate::{failure::Failure, output};

/// Says whether rules of a registry will work.
pub(crate) async fn run(options: Doctor) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let (registry, rule) = (options.registry, options.rule);
    managed.through(async |managed| examine(managed, &registry, rule).await).await
}

#[derive(Default)]
struct Counts {
    ok: usize,
    warning: usize,
    failed: usize,
    unknown: usize,
    stated: usize,
}

async fn examine(managed: &Managed, registry: &str, rule: Option<String>) -> Result<(), Failure> {
    let registry = managed.registry(registry).await?;
    let rule = match rule {
        Some(text) => Some(super::replication::rule_of(managed, &registry, &text).await?),
        None => None,
    };
    let request = GetReadiness { registry: registry.clone(), rule };
    let found = managed.asking(async || managed.app.readiness(request.clone()).await).await?;
    let mut counts = Counts::default();
    for rule in &found.rules {
        if !managed.json {
            output::line(&rule.sentence);
        }
        for check in &rule.checks {
            let count = match check.outcome {
                CheckOutcome::Ok => &mut counts.ok,
                CheckOutcome::Warning => &mut counts.warning,
                CheckOutcome::Failed => &mut counts.failed,
                CheckOutcome::Unknown => &mut counts.unknown,
                CheckOutcome::Stated => &mut counts.stated,
            };
            *count += 1;
            report(&rule.rule, check, managed.json);
        }
    }
    let Counts { ok, warning, failed, unknown, stated } = counts;
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": registry.account, "region": registry.region, "ready": found.ready,
            "rules": found.rules.len(), "ok": ok, "warning": warning, "failed": failed, "unknown": unknown,
            "stated": stated,
        }));
    } else {
        let ready = if found.ready { "Ready" } else { "Not ready" };
        let by_receipt = if stated > 0 { format!(", {stated} stated by receipt") } else { String::new() };
        output::line(&format!(
            "{ready}: {ok} ok{by_receipt}, {warning} warnings, {failed} failed, {unknown} unknown."
        ));
    }
    match found.ready {
        true => Ok(()),
        false => Err(Failure::Failed("The registry is not ready to replicate.".into())),
    }
}

fn report(rule: &str, check: &ReadinessCheck, as_json: bool) {
    let state = match check.outcome {
        CheckOutcome::Ok => "ok",
        CheckOutcome::Warning => "warning",
        CheckOutcome::Failed => "failed",
        CheckOutcome::Unknown => "unknown",
        CheckOutcome::Stated => "stated",
    };
    let side = match check.place {
        CheckPlace::Source => "source",
        CheckPlace::Destination => "destination",
        CheckPlace::ThisMachine => "this_machine",
    };
    if as_json {
        let evidence: Vec<Value> =
            check.evidence.iter().map(|of| json!({"request": of.request, "answer": of.answer})).collect();
        let mut event = json!({
            "event": "check", "id": check.id, "state": state, "side": side, "text": check.text,
            "evidence": evidence, "rule": rule, "account": check.registry.account,
            "region": check.registry.region,
        });
        if let Some(fix) = &check.fix {
            event["fix"] = json!({
                "kind": fix.kind, "text": fix.text, "copy": fix.copy, "plans": fix.plans,
            });
        }
        output::json(&event);
        return;
    }
    output::line(&format!("  {state:<8} {}", check.text));
    if let Some(fix) = &check.fix {
        output::line(&format!("           Fix: {}", fix.text));
    }
}

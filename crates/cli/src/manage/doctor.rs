//! `longshore doctor`

use futures::{StreamExt, stream};
use longshore_app::api::{
    ApiError, CheckOutcome, CheckPlace, GetReadiness, Readiness, ReadinessCheck, RegistryKey, Side,
};
use serde_json::{Value, json};

use super::{
    arguments::Doctor,
    open::Managed,
    replication::{registries, rule_input, rule_of},
    repository::places,
};
use crate::{failure::Failure, output};

/// Registries that are examined at once.
const AT_ONCE: usize = 4;

/// Says whether rules of a registry will work, or of every registry that has some.
pub(crate) async fn run(options: Doctor) -> Result<(), Failure> {
    let managed = Managed::open(options.manage.clone()).await?;
    managed
        .through(async |managed| match &options.registry {
            Some(registry) => one(managed, registry, &options).await,
            None => every(managed).await,
        })
        .await
}

async fn one(managed: &Managed, registry: &str, options: &Doctor) -> Result<(), Failure> {
    let registry = managed.registry(registry).await?;
    let rule = match &options.rule {
        Some(text) => match rule_of(managed, &registry, text).await {
            // Rules that cannot be read are what the doctor says.
            Err(Failure::Of(error)) if error.side != Side::Input => Some(text.clone()),
            found => Some(found?),
        },
        None => None,
    };
    let planned = match registries(managed, &options.to).await? {
        to if to.is_empty() => None,
        to => Some(rule_input(&registry, &to, &options.prefixes, options.delete_replication)),
    };
    let request = GetReadiness { registry: registry.clone(), rule, planned };
    let found = managed.asking(async || managed.app.readiness(request.clone()).await).await?;
    let mut all = Counts::default();
    all.add(managed, &found);
    all.end(managed, json!({"account": registry.account, "region": registry.region}), "The registry is")
}

/// Every registry of the connected accounts that has rules, or whose rules cannot be read.
async fn every(managed: &Managed) -> Result<(), Failure> {
    let keys = places(managed, &[]).await?;
    let request =
        |registry: &RegistryKey| GetReadiness { registry: registry.clone(), rule: None, planned: None };
    let mut found = stream::iter(keys.clone())
        .map(|key| async move { managed.app.readiness(request(&key)).await })
        .buffered(AT_ONCE);
    let (mut all, mut examined) = (Counts::default(), 0);
    for key in &keys {
        let mut answer = found.next().await.expect("each registry has an answer");
        // One prompt at a time.
        if matches!(&answer, Err(error) if error.code == "mfa-code-needed") {
            answer = managed.asking(async || managed.app.readiness(request(key)).await).await;
        }
        let answer = match answer {
            Err(error) if error.code == "no-rules" => continue,
            answer => answer?,
        };
        examined += 1;
        if !managed.json {
            output::line(&format!("{}/{}", key.account, key.region));
        }
        all.add(managed, &answer);
    }
    if examined == 0 {
        let text = format!("None of {} registries has replication rules.", keys.len());
        return Err(ApiError::new("no-rules", Side::Input, text).into());
    }
    all.end(managed, json!({"registries": examined}), "At least one registry is")
}

#[derive(Default)]
struct Counts {
    rules: usize,
    not_ready: usize,
    ok: usize,
    warning: usize,
    failed: usize,
    unknown: usize,
    stated: usize,
}

impl Counts {
    /// Reports and counts what was found.
    fn add(&mut self, managed: &Managed, found: &Readiness) {
        self.not_ready += usize::from(!found.ready);
        self.rules += found.rules.len();
        for rule in &found.rules {
            if !managed.json {
                output::line(&rule.sentence);
            }
            for check in &rule.checks {
                let count = match check.outcome {
                    CheckOutcome::Ok => &mut self.ok,
                    CheckOutcome::Warning => &mut self.warning,
                    CheckOutcome::Failed => &mut self.failed,
                    CheckOutcome::Unknown => &mut self.unknown,
                    CheckOutcome::Stated => &mut self.stated,
                };
                *count += 1;
                report(rule.rule.as_deref(), check, managed.json);
            }
        }
    }

    /// Prints the sums; `of` is added to the summary, and `subject` is what is not ready.
    fn end(self, managed: &Managed, of: Value, subject: &str) -> Result<(), Failure> {
        let Self { rules, not_ready, ok, warning, failed, unknown, stated } = self;
        let ready = not_ready == 0;
        if managed.json {
            let mut summary = json!({
                "event": "summary", "ready": ready, "rules": rules, "ok": ok, "warning": warning,
                "failed": failed, "unknown": unknown, "stated": stated,
            });
            if let (Value::Object(summary), Value::Object(of)) = (&mut summary, of) {
                summary.extend(of);
            }
            output::summary(&summary);
        } else {
            let word = if ready { "Ready" } else { "Not ready" };
            let by_receipt = if stated > 0 { format!(", {stated} stated by receipt") } else { String::new() };
            output::line(&format!(
                "{word}: {ok} ok{by_receipt}, {warning} warnings, {failed} failed, {unknown} unknown."
            ));
        }
        match ready {
            true => Ok(()),
            false => Err(Failure::Failed(format!("{subject} not ready to replicate."))),
        }
    }
}

fn report(rule: Option<&str>, check: &ReadinessCheck, as_json: bool) {
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

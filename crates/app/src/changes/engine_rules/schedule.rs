//! Rules that run automatically: at their times, while the app is open. For a time that passed
//! while it was closed, the rule runs once.

use std::{panic::AssertUnwindSafe, sync::Arc};

use chrono::{DateTime, Utc};
use futures::FutureExt;

use super::{
    ended::incomplete,
    plan_view::{can_change, not_looked_at, nothing_selected, planned},
    running::note,
    store::{self, StoredRule},
};
use crate::{
    App,
    api::{ApiError, EngineRuleLast, RunState, Severity, Side},
    guard::Leave,
    plans::{Plan, finding_error},
    runs,
};

/// Runs schedules until the app closes.
pub(crate) fn keep_schedules(app: &Arc<App>) {
    let (weak, stop, every) = (app.me.clone(), app.stop.clone(), app.timing.schedule);
    let work = async move {
        if let Some(app) = weak.upgrade() {
            app.go_on_with_schedules().await;
        }
        while let Some(app) = weak.upgrade() {
            match AssertUnwindSafe(app.begin_what_is_due()).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(code = error.code, "schedules could not be checked");
                }
                Err(_) => tracing::error!("the check of schedules panicked; it will be retried"),
            }
            let bell = Arc::clone(&app.engine.bell);
            drop(app);
            tokio::select! {
                () = bell.notified() => {}
                () = tokio::time::sleep(every) => {}
            }
        }
    };
    app.tasks.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    });
}

impl App {
    /// Resumes interrupted runs that the app had started automatically, if the settings say so.
    async fn go_on_with_schedules(&self) {
        let wanted = self.engine_settings().await.is_ok_and(|settings| settings.go_on);
        if !wanted {
            return;
        }
        let found = self.db.read(|tx| Ok(runs::store::interrupted_by_schedule(tx)?)).await;
        for run in found.unwrap_or_default() {
            if let Err(error) = self.retry(run.id, false).await {
                tracing::warn!(code = error.code, "a run could not be resumed automatically");
            }
        }
    }

    async fn begin_what_is_due(&self) -> Result<(), ApiError> {
        let now = self.now();
        for stored in self.db.read(|tx| store::all(tx, None)).await? {
            let Ok(rule) = super::compiled(&stored) else { continue };
            let is_due = super::due(&stored, &rule).is_some_and(|due| due <= now);
            let is_busy = self.engine.running(&stored.id).is_some();
            if !is_due || is_busy || !self.engine.begin_planning(&stored.id) {
                continue;
            }
            // Calculated from now, however many times were missed.
            let id = stored.id.clone();
            let noted = self.db.write(move |tx| store::looked(tx, &id, now)).await;
            let Some(app) = self.me.upgrade().filter(|_| noted.is_ok()) else {
                self.engine.end_planning(&stored.id);
                return noted;
            };
            // A registry that does not answer holds up no other rule.
            let stop = self.stop.clone();
            self.tasks.spawn(async move {
                let work = AssertUnwindSafe(app.by_itself(&stored, now)).catch_unwind();
                let panicked = tokio::select! {
                    () = stop.cancelled() => false,
                    ended = work => ended.is_err(),
                };
                // Its next time is set, whatever happened at this one.
                app.engine.end_planning(&stored.id);
                if panicked {
                    app.panicked(&stored, now).await;
                }
            });
        }
        Ok(())
    }

    async fn by_itself(&self, stored: &StoredRule, now: DateTime<Utc>) {
        if let Err(error) = Box::pin(self.begin_by_itself(stored)).await {
            tracing::warn!(rule = stored.name, code = error.code, "a rule could not be run");
            note(self, &stored.id, failed(now, error)).await;
        }
    }

    /// Reports a rule whose planning panicked: in its history, and to the person.
    async fn panicked(&self, stored: &StoredRule, now: DateTime<Utc>) {
        let text = format!(
            "Rule `{}` stopped because of a bug in Longshore. It will run again at its next scheduled time.",
            stored.name
        );
        let error = ApiError::internal(text);
        tracing::error!(rule = stored.name, "a rule panicked");
        note(self, &stored.id, failed(now, error.clone())).await;
        self.notify(format!("Rule {} failed", stored.name), error.message).await;
    }

    /// Plans a rule and runs it if there is something to do.
    async fn begin_by_itself(&self, stored: &StoredRule) -> Result<(), ApiError> {
        let plan = planned(self, &stored.id, true).await?;
        let refused = plan.content.findings.iter().find(|found| found.severity == Severity::Error);
        if let Some(refused) = refused {
            return Err(finding_error(refused));
        }
        // Of the rule that was planned, which may have been saved again meanwhile.
        let hash = plan.content.steps.iter().find_map(|step| step.action.unattended());
        let leave = Leave { rule: hash.as_deref(), ..Leave::default() };
        if can_write(&plan)
            && let Err(error) = self.guard_plan(&plan.content, leave).await
        {
            drop((self.plans.take(&plan.id), self.engine.take(&plan.id)));
            return Err(error);
        }
        let expires = plan.content.expiry.as_ref().and_then(|expiry| expiry.acknowledge.first());
        if let Some(sentence) = expires {
            drop((self.plans.take(&plan.id), self.engine.take(&plan.id)));
            return Err(ApiError::new("expiry-not-accepted", Side::Destination, sentence.clone())
                .hint("Run the rule manually and confirm this in its plan."));
        }
        let left = self.engine.plan(&plan.id).map(|work| not_looked_at(&work.choice)).unwrap_or_default();
        if plan.content.engine.as_ref().is_some_and(|engine| engine.selected == 0 && !can_change(engine)) {
            drop((self.plans.take(&plan.id), self.engine.take(&plan.id)));
            return Err(incomplete(&left).unwrap_or_else(nothing_selected));
        }
        let taken = self.plans.take(&plan.id);
        let found = plan.content.engine.as_ref().map(|engine| (can_change(engine), &engine.totals));
        if !matches!(found, Some((true, _))) {
            drop(self.engine.take(&plan.id));
            if let Some((_, totals)) = found
                && totals.conflict + totals.unavailable > 0
            {
                let mut text = format!(
                    "Tags with a different image: {}; unavailable images: {}. Everything else is already at the destination.",
                    totals.conflict, totals.unavailable
                );
                if let Some(left) = incomplete(&left) {
                    text = format!("{text} {}", left.message);
                }
                return Err(ApiError::new("images-failed", Side::Destination, text));
            }
            if let Some(left) = incomplete(&left) {
                return Err(left);
            }
            let last = EngineRuleLast {
                run: None,
                at: self.now(),
                state: RunState::Skipped,
                text: "Everything that the rule selects is already at the destination.".into(),
                error: None,
            };
            note(self, &stored.id, last).await;
            return Ok(());
        }
        if let Some(plan) = taken {
            self.begin(plan).await?;
        }
        Ok(())
    }
}

/// Whether a run would change anything.
fn can_write(plan: &Plan) -> bool {
    plan.content.engine.as_ref().is_some_and(can_change)
}

fn failed(at: DateTime<Utc>, error: ApiError) -> EngineRuleLast {
    EngineRuleLast { run: None, at, state: RunState::Failed, text: error.message.clone(), error: Some(error) }
}

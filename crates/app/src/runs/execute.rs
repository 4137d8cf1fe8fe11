//! Carries out the steps of a plan, one after the other, and reports the progress.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use tokio::time::{Instant, sleep, timeout};

use super::{begin::image_of_step, open_writes, renewal::Waiting, store};
use crate::{
    App,
    api::{ApiError, AppEvent, RunState, RunView},
    owners,
    plans::Plan,
    steps::{Job, Live, Step},
};

/// How long a cancelled step may continue until it is dropped, so that a write in progress can
/// still be acknowledged.
const GRACE: Duration = Duration::from_millis(700);
/// The interval between two reports of the same run.
const TELL: Duration = Duration::from_millis(100);
/// How often renewed credentials are tried for one step.
const RENEWALS: usize = 5;
/// Plans with more steps are saved at most once in this interval: each save writes every step. What was done in
/// between is skipped when the run is resumed.
const SAVE_MANY: Duration = Duration::from_millis(250);
/// Steps that are saved one by one.
const FEW: usize = 100;
/// The interval between two saves of the same run during transfers.
const SAVE: Duration = Duration::from_secs(2);

/// Carries a plan out. Never panics and always ends the run.
pub(super) async fn carry_out(
    app: Arc<App>,
    live: Arc<Live>,
    run: String,
    plan: Arc<Plan>,
    waiting: Arc<Waiting>,
) {
    let work = AssertUnwindSafe(all_steps(&app, &live, &run, &plan, &waiting)).catch_unwind();
    tokio::pin!(work);
    let state = tokio::select! {
        state = &mut work => state.unwrap_or_else(|_| {
            let error = ApiError::internal("The run ended unexpectedly.");
            live.update(|view| {
                for step in view.steps.iter_mut().filter(|step| step.state == RunState::Running) {
                    step.state = RunState::Failed;
                    step.error = Some(error.clone());
                }
                view.error = Some(error);
            });
            RunState::Failed
        }),
        () = report(&app, &live) => RunState::Failed,
    };
    let view = live.ended(state, app.now());
    let (id, rows) = (run.clone(), live.images.ended(state));
    if !rows.is_empty() {
        let kept = app.db.write(move |tx| Ok(store::put_images(tx, &id, &rows)?)).await;
        if let Err(error) = kept {
            tracing::warn!(code = error.code, "the images of a run could not be saved");
        }
    }
    // A client that sees the end may resume the run at once, so it is stored and no longer in
    // progress before the end is reported.
    match write(&app, view.clone()).await {
        Ok(()) => app.runs.remove(&run),
        Err(error) => {
            tracing::warn!(code = error.code, "the end of a run could not be saved");
            live.update(|shown| *shown = view.clone());
        }
    }
    app.events.send(AppEvent::Run { run: Box::new(view.clone()) });
    app.run_ended(&view).await;
}

async fn all_steps(app: &Arc<App>, live: &Arc<Live>, run: &str, plan: &Plan, waiting: &Waiting) -> RunState {
    let mut failed = false;
    let few = plan.content.steps.len() <= FEW;
    let mut saved = Instant::now();
    for (index, step) in plan.content.steps.iter().enumerate() {
        if live.is_finished(index) {
            continue;
        }
        let unmet = match &step.needs {
            Some(needed) => live.unmet(needed.iter().copied()),
            None => live.unmet(0..index),
        };
        if let Some(unmet) = unmet {
            live.leave(index, format!("Not started, because this step is not done: {unmet}"));
            continue;
        }
        if let Some(ledger) = &app.ledger {
            ledger.add(run, index, step.writes());
        }
        // A step that copies pauses by itself, in the engine.
        if !step.action.copies_an_image() && step.action.rule().is_none() {
            tokio::select! {
                () = live.images.steering.while_paused() => {}
                () = live.cancel.cancelled() => {}
            }
        }
        if let Some(stopped) = stopped(live) {
            return stopped;
        }
        live.begin(index);
        if few || saved.elapsed() > SAVE_MANY {
            save(app, live).await;
            saved = Instant::now();
        }
        let context = step.context.as_ref();
        let image = image_of_step(plan, index);
        let job = Job { app, live, run, plan: &plan.id, context, image, index };
        let perform = async || {
            let work = async {
                may_write(app, plan, step).await?;
                step.action.perform(&job).await
            };
            until_cancelled(live, Box::pin(work)).await
        };
        let mut performed = perform().await;
        // What is already done is skipped by another try. Credentials that AWS accepts elsewhere and not here
        // end the run.
        for _ in 0..RENEWALS {
            let Some(Err(error)) = &performed else { break };
            let Some(context) = context.filter(|_| app.command.is_none() && error.is_for_a_person()) else {
                break;
            };
            if !waiting.for_account(context.registry.account.as_str()).await {
                break;
            }
            performed = perform().await;
        }
        match performed {
            Some(Ok(outcome)) => live.finish(index, outcome),
            // An error that only says that the run was stopped is no failure.
            Some(Err(_)) if stopped(live).is_some() => {
                open_writes::stopped(app, live, run, index).await;
                return stopped(live).unwrap_or(RunState::Cancelled);
            }
            Some(Err(error)) => {
                tracing::warn!(run, step = index, code = error.code, "step failed");
                let mut error = step.action.explain(&job, error);
                if let Some(context) = context {
                    error = app.with_cause_of_denial(&context.registry, error).await;
                }
                live.fail(index, &error);
                if !plan.content.keep_going {
                    return RunState::Failed;
                }
                failed = true;
            }
            None => {
                open_writes::stopped(app, live, run, index).await;
                return stopped(live).unwrap_or(RunState::Cancelled);
            }
        }
        if few {
            save(app, live).await;
        }
    }
    if failed { RunState::Failed } else { RunState::Done }
}

/// Something may manage a document now that nothing managed when the plan was made.
async fn may_write(app: &App, plan: &Plan, step: &Step) -> Result<(), ApiError> {
    for key in step.documents() {
        owners::may_write(app, &key, &plan.content.overrides).await?;
    }
    Ok(())
}

fn stopped(live: &Live) -> Option<RunState> {
    if live.closing.is_cancelled() {
        Some(RunState::Interrupted)
    } else {
        live.cancel.is_cancelled().then_some(RunState::Cancelled)
    }
}

/// Waits for a step; once the run is stopped, only a moment longer.
async fn until_cancelled<T>(live: &Live, step: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(step);
    tokio::select! {
        biased;
        value = &mut step => return Some(value),
        () = live.cancel.cancelled() => {}
    }
    timeout(GRACE, step).await.ok()
}

/// Notifies windows of changes, at most ten times a second, and saves from time to time. Never
/// ends.
async fn report(app: &App, live: &Live) {
    let mut saved = Instant::now();
    loop {
        live.changed.notified().await;
        app.events.send(AppEvent::Run { run: Box::new(live.view()) });
        if saved.elapsed() > SAVE {
            save(app, live).await;
            saved = Instant::now();
        }
        sleep(TELL).await;
    }
}

/// Writes the state of the run. A full disk does not end a run whose steps succeed.
async fn save(app: &App, live: &Live) {
    if let Err(error) = write(app, live.view()).await {
        tracing::warn!(code = error.code, "a run could not be saved");
    }
}

async fn write(app: &App, view: RunView) -> Result<(), ApiError> {
    app.db.write(move |tx| Ok(store::update(tx, &view)?)).await
}

//! Carries out the steps of a plan, one after the other, and reports the progress.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use longshore_names::RepositoryName;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Live,
    live::{Outcome, image_of_step},
    open_writes, store,
};
use crate::{
    App,
    api::{ApiError, AppEvent, RunState, RunView, Side},
    connection::Connection,
    engine_rules,
    made::Made,
    plans::{Action, Context, Plan, Step},
};

/// How long a cancelled step may continue until it is dropped, so that a write in progress can
/// still be acknowledged.
const GRACE: Duration = Duration::from_millis(700);
/// The interval between two reports of the same run.
const TELL: Duration = Duration::from_millis(100);
/// The interval between two saves of the same run during transfers.
const SAVE: Duration = Duration::from_secs(2);

/// A step in execution.
pub(crate) struct Job<'a> {
    pub(crate) app: &'a Arc<App>,
    pub(crate) live: &'a Arc<Live>,
    pub(crate) run: &'a str,
    pub(crate) context: &'a Context,
    /// The index of the run's image that this step copies.
    pub(crate) image: usize,
    /// The index of the step in the plan.
    pub(crate) index: usize,
}

impl Job<'_> {
    /// Shows the progress of the step.
    pub(crate) fn say(&self, text: String) {
        let index = self.index;
        self.live.update(|view| {
            if let Some(step) = view.steps.get_mut(index) {
                step.result = Some(text);
            }
        });
    }
}

/// These records only decide what is shown as ours, so a failure to store them does not fail the
/// step.
impl Job<'_> {
    pub(super) async fn remember(&self, kind: Made, names: Vec<String>) {
        let written = self.app.remember_made(self.run, kind, &self.context.registry, names).await;
        if let Err(error) = written {
            tracing::warn!(code = error.code, "created items could not be recorded");
        }
    }

    pub(super) async fn forget(&self, kind: Made, names: Vec<String>) {
        let written = self.app.forget_made(kind, &self.context.registry, names).await;
        if let Err(error) = written {
            tracing::warn!(code = error.code, "removed items could not be forgotten");
        }
    }

    pub(super) async fn forget_repository(&self, name: &RepositoryName) {
        let written = self.app.forget_made_repository(&self.context.registry, name).await;
        if let Err(error) = written {
            tracing::warn!(code = error.code, "a deleted repository could not be forgotten");
        }
    }
}

/// Carries a plan out. Never panics and always ends the run.
pub(crate) async fn carry_out(app: Arc<App>, live: Arc<Live>, run: String, plan: Arc<Plan>) {
    let work = AssertUnwindSafe(all_steps(&app, &live, &run, &plan)).catch_unwind();
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
        () = tell(&app, &live) => RunState::Failed,
    };
    let view = live.ended(state, app.now());
    if let Some(images) = live.images() {
        let (id, rows) = (run.clone(), images.ended(state));
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

async fn all_steps(app: &Arc<App>, live: &Arc<Live>, run: &str, plan: &Plan) -> RunState {
    for (index, step) in plan.content.steps.iter().enumerate() {
        if live.is_finished(index) {
            continue;
        }
        if let Some(ledger) = &app.ledger {
            ledger.add(run, index, step.writes());
        }
        if let Some(stopped) = stopped(live) {
            return stopped;
        }
        live.begin(index);
        save(app, live).await;
        let work = async {
            match (&step.action, &step.context) {
                (Action::WriteEngineRule(change), _) => Box::pin(engine_rules::write(app, change)).await,
                (Action::RunEngineRule(what), _) => {
                    Box::pin(engine_rules::run(app, live, &plan.id, what)).await
                }
                (_, None) => Err(ApiError::internal("A step does not say where it runs.")),
                (_, Some(context)) => {
                    let image = image_of_step(plan, index);
                    perform(&Job { app, live, run, context, image, index }, step).await
                }
            }
        };
        match until_cancelled(live, work).await {
            Some(Ok(outcome)) => live.finish(index, outcome),
            // An error that only says that the run was stopped is no failure.
            Some(Err(_)) if stopped(live).is_some() => {
                open_writes::stopped(app, live, run, index).await;
                return stopped(live).unwrap_or(RunState::Cancelled);
            }
            Some(Err(error)) => {
                tracing::warn!(run, step = index, code = error.code, "step failed");
                live.fail(index, &explained(app, live, step, error));
                return RunState::Failed;
            }
            None => {
                open_writes::stopped(app, live, run, index).await;
                return stopped(live).unwrap_or(RunState::Cancelled);
            }
        }
        save(app, live).await;
    }
    RunState::Done
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

/// When a rule could not be written, suggests restoring the statements that were just written for
/// it.
fn explained(app: &App, live: &Live, step: &Step, mut error: ApiError) -> ApiError {
    if matches!(step.action, Action::WriteReplication(_)) {
        let view = live.view();
        let here = step.context.as_ref().map(|context| &context.registry);
        let written: Vec<_> = view
            .versions
            .iter()
            .filter(|version| Some(&version.registry) != here)
            .map(|version| format!("{} of {}", version.kind, app.accounts.label(&version.registry)))
            .collect();
        if !written.is_empty() {
            let offer = format!(
                "The {} was already written for this rule; restore the previous version if it should not stay.",
                written.join(" and the ")
            );
            error.hint = Some(match error.hint {
                Some(hint) => format!("{hint} {offer}"),
                None => offer,
            });
        }
    }
    error
}

/// Notifies windows of changes, at most ten times a second, and saves from time to time. Never
/// ends.
async fn tell(app: &App, live: &Live) {
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

async fn perform(job: &Job<'_>, step: &Step) -> Result<Outcome, ApiError> {
    let connection = job.app.connection(&job.context.registry).await?;
    same_place(&connection, job.context).await?;
    if let Action::Copy(copy) = &step.action {
        same_place(&job.app.connection(&copy.source.registry).await?, &copy.source).await?;
    }
    let client = &connection.client;
    match &step.action {
        Action::CreateRepository { name, settings } => {
            super::repositories::create(job, client, name, settings).await
        }
        Action::DeleteRepository { name, images } => {
            super::repositories::delete(job, client, name, images).await
        }
        Action::DeleteImages { name, images, tags } => {
            super::images::delete_images(job, client, name, images, tags).await
        }
        Action::SetMutability { name, before, after } => {
            super::repositories::set_mutability(job, client, name, before, after).await
        }
        Action::SetBlobMounting { enabled } => super::repositories::set_blob_mounting(client, *enabled).await,
        Action::WriteReplication(change) => super::documents::write_replication(job, client, change).await,
        Action::WritePolicy(change) => super::documents::write_policy(job, client, change).await,
        Action::RuleIsGone { rule } => super::documents::rule_is_gone(client, rule).await,
        Action::Copy(copy) => super::copy::copy(job, copy).await,
        Action::PushSample { name, tag, expires, .. } => {
            super::copy::push_sample(job, name, tag, *expires).await
        }
        Action::WaitForReplication { names } => super::replicas::wait(job, client, names).await,
        Action::ClearReplicas { name, images } => super::replicas::clear(job, client, name, images).await,
        Action::WriteEngineRule(_) | Action::RunEngineRule(_) => {
            Err(ApiError::internal("An engine rule is not a step at one registry."))
        }
    }
}

/// A plan runs only against the endpoint, and as the principal, that it was made for.
pub(crate) async fn same_place(connection: &Connection, planned: &Context) -> Result<(), ApiError> {
    let now = crate::plans::context(connection).await;
    if now.endpoint == planned.endpoint && now.principal == planned.principal {
        return Ok(());
    }
    let words = |context: &Context| {
        let who = context.principal.as_deref().unwrap_or("an unknown caller");
        format!("{who} at {}", context.endpoint.as_deref().unwrap_or("AWS"))
    };
    let text = format!(
        "This plan was made for {}, and account {} is now used as {}.",
        words(planned),
        planned.registry.account,
        words(&now)
    );
    Err(ApiError::new("plan-for-another-place", Side::ThisMachine, text).hint("Plan it again."))
}

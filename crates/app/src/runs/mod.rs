//! Runs: plans that are being carried out, and the history of past ones.

mod begin;
mod execute;
mod open_writes;
mod owner;
mod renewal;
mod steering;
pub(crate) mod store;

pub(crate) use owner::Owner;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use longshore_names::RepositoryName;

use crate::{
    App,
    api::{
        ApiError, AppEvent, ListRuns, RegistryKey, RepositoryKey, RunKey, RunPlan, RunStarted, RunState,
        RunView, RunWindow, Side,
    },
    guard::Leave,
    notices::notice,
    plans::{Plan, confirms},
    steps::Live,
};

/// The number of runs that stay in the history, and for how long.
const MOST_KEPT: u32 = 1_000;
/// See [`MOST_KEPT`].
const KEPT: TimeDelta = TimeDelta::days(90);

/// Runs in progress in this process.
#[derive(Debug, Default)]
pub(crate) struct Runs(Mutex<HashMap<String, Arc<Live>>>);

impl Runs {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Live>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, id: &str) -> Option<Arc<Live>> {
        self.lock().get(id).cloned()
    }

    fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    /// The runs in progress.
    pub(crate) fn in_progress(&self) -> Vec<RunView> {
        let all: Vec<Arc<Live>> = self.lock().values().cloned().collect();
        all.iter().map(|live| live.view()).collect()
    }
}

impl App {
    /// Marks runs that an earlier process left unfinished as interrupted.
    pub(crate) async fn recover_runs(&self) -> Result<(), ApiError> {
        // A data directory has one window at a time; commands beside it have an owner.
        let (oldest, directory) = (self.now() - KEPT, self.data_directory.clone());
        let (count, gone) = self
            .db
            .write(move |tx| {
                let interrupted =
                    store::interrupt_unfinished(tx, |owner| owner::is_alive(&directory, owner))?;
                open_writes::recover(tx)?;
                Ok((interrupted, store::prune(tx, oldest, MOST_KEPT)?))
            })
            .await?;
        if count > 0 {
            tracing::info!(count, "runs were interrupted");
        }
        if gone > 0 {
            tracing::info!(gone, "old runs were removed");
        }
        Ok(())
    }

    /// Runs a plan. Returns at once; progress is sent as [`AppEvent::Run`].
    ///
    /// # Errors
    /// `plan-unknown`, `plan-differs`, `confirmation-needed`, `account-locked`, `read-only-mode`, `managed-elsewhere`, the
    /// plan's first finding that prevents the run, and when the run cannot be stored.
    pub async fn run_plan(&self, request: RunPlan) -> Result<RunStarted, ApiError> {
        let plan = self.kept_plan(&request.plan)?;
        if confirms(request.confirm.as_deref(), &plan.content) {
            // A command is one write; a window stays open.
            let named = if self.command.is_some() { plan.content.production.as_slice() } else { &[] };
            let leave = Leave { attended: true, named, rule: None };
            self.guard_plan(&plan.content, leave).await?;
        }
        let RunPlan { plan, hash, confirm, acknowledge, managed, keep_going } = request;
        let plan = self.take_plan(&plan, &hash, confirm.as_deref(), acknowledge, &managed, keep_going)?;
        self.begin(plan).await
    }

    /// Stores a run and starts it.
    pub(crate) async fn begin(&self, plan: Arc<Plan>) -> Result<RunStarted, ApiError> {
        let id = uuid::Uuid::now_v7().to_string();
        let view = begin::first_view(self, &id, &plan, self.now());
        let (kept, first, oldest) = (Arc::clone(&plan), view.clone(), self.now() - KEPT);
        let owner = self.owner.as_ref().map(|owner| owner.name().to_owned());
        let written = self.db.write(move |tx| {
            store::insert(tx, &kept, &first, owner.as_deref())?;
            // Each new run makes room for itself.
            Ok(store::prune(tx, oldest, MOST_KEPT)?)
        });
        if let Err(error) = written.await {
            // It did not start, and can be started once there is room.
            self.plans.put(Plan::clone(&plan), self.now());
            return Err(error);
        }
        self.start(view, plan)?;
        Ok(RunStarted { run: id })
    }

    fn start(&self, view: RunView, plan: Arc<Plan>) -> Result<(), ApiError> {
        // A run keeps the app alive; `close` ends it.
        let app = self.me.upgrade().ok_or_else(|| ApiError::internal("The app is closing."))?;
        let id = view.id.clone();
        self.snapshots.forget();
        self.events.send(AppEvent::Run { run: Box::new(view.clone()) });
        let images = Arc::new(begin::run_images(self, &plan, &view));
        let live = Arc::new(Live::new(view, images, self.stop.clone()));
        let waiting = renewal::Waiting::new(self, &live, &live.view());
        // A command ends instead, and says what to do.
        if self.command.is_none() {
            live.images.steering.renew_by(waiting.clone());
        }
        self.runs.lock().insert(id.clone(), Arc::clone(&live));
        self.tasks.spawn(execute::carry_out(app, live, id, plan, waiting));
        Ok(())
    }

    /// Runs, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn runs(&self, request: ListRuns) -> Result<RunWindow, ApiError> {
        let (total, mut rows) = self.db.read(move |tx| Ok(store::window(tx, &request)?)).await?;
        for row in &mut rows {
            if let Some(live) = self.runs.get(&row.id) {
                *row = live.view();
            }
        }
        Ok(RunWindow { total, rows })
    }

    /// One run.
    ///
    /// # Errors
    /// `run-unknown`.
    pub async fn run(&self, request: RunKey) -> Result<RunView, ApiError> {
        if let Some(live) = self.runs.get(&request.run) {
            return Ok(live.view());
        }
        let id = request.run;
        self.db.read(move |tx| Ok(store::run(tx, &id)?)).await?.ok_or_else(unknown)
    }

    /// Stops a run within a second; finished steps stay finished, and it can be resumed later. A
    /// run that has ended is not changed.
    ///
    /// # Errors
    /// `run-unknown`.
    pub async fn cancel_run(&self, request: RunKey) -> Result<(), ApiError> {
        match self.runs.get(&request.run) {
            Some(live) => {
                live.cancel.cancel();
                live.update(|view| view.can_cancel = false);
                Ok(())
            }
            None => self.run(request).await.map(drop),
        }
    }

    /// Retries what failed, or resumes a run that was stopped or interrupted. Finished steps are
    /// not repeated.
    ///
    /// # Errors
    /// `run-unknown`, `run-under-way`, `run-is-done`, `account-locked`, `read-only-mode`.
    pub async fn retry_run(&self, request: RunKey) -> Result<RunStarted, ApiError> {
        self.retry(request.run, true).await
    }

    /// As [`retry_run`](Self::retry_run); unattended, what a schedule began needs a permit.
    pub(crate) async fn retry(&self, id: String, attended: bool) -> Result<RunStarted, ApiError> {
        self.guard_retry(&id, attended).await?;
        // In progress, or ended when the disk was full and the end could not be stored.
        let shown = self.runs.get(&id).map(|live| live.view());
        if shown.as_ref().is_some_and(|view| view.ended.is_none()) {
            return Err(ApiError::new("run-under-way", Side::Input, "This run is under way."));
        }
        let wanted = id.clone();
        let known = self
            .db
            .write(move |tx| {
                if let Some(view) = &shown {
                    store::update(tx, view)?;
                }
                let Some(mut view) = store::run(tx, &wanted)? else { return Ok(None) };
                let Some(plan) = store::plan(tx, &wanted)? else { return Ok(None) };
                match view.state {
                    RunState::Done | RunState::Skipped => {
                        let text = "This run is done; there is nothing to retry.";
                        return Err(ApiError::new("run-is-done", Side::Input, text));
                    }
                    RunState::Waiting | RunState::Running => {
                        let text = "This run is under way.";
                        return Err(ApiError::new("run-under-way", Side::Input, text));
                    }
                    RunState::Failed | RunState::Cancelled | RunState::Interrupted => {}
                }
                begin::reopen(&mut view);
                store::update(tx, &view)?;
                Ok(Some((view, plan)))
            })
            .await?;
        let (view, plan) = known.ok_or_else(unknown)?;
        self.start(view, Arc::new(plan))?;
        Ok(RunStarted { run: id })
    }

    /// A run that is resumed is guarded like one that begins.
    async fn guard_retry(&self, id: &str, attended: bool) -> Result<(), ApiError> {
        let wanted = id.to_owned();
        let Some(plan) = self.db.read(move |tx| Ok(store::plan(tx, &wanted)?)).await? else { return Ok(()) };
        let rule = plan.content.steps.iter().find_map(|step| step.action.unattended());
        self.guard_plan(&plan.content, Leave { attended, named: &[], rule: rule.as_deref() }).await
    }

    /// Shows a desktop notification for the end of a run, if the person wants notifications.
    pub(crate) async fn run_ended(&self, view: &RunView) {
        let text = match view.state {
            RunState::Done => "Done.".to_owned(),
            RunState::Failed => match &view.error {
                Some(error) => format!("Failed: {}", error.message),
                None => "Failed.".to_owned(),
            },
            // The person who stopped it knows.
            _ => return,
        };
        if self.settings().await.is_ok_and(|settings| settings.notifications) {
            self.events.send(notice(&view.title, text));
        }
    }

    /// After repositories were added or removed: reads the registry again, so that windows show it
    /// at once. A failure here is shown on that registry by the next read.
    pub(crate) async fn registry_changed(&self, registry: &RegistryKey) {
        if let Err(error) = self.read_repositories(registry).await {
            tracing::debug!(code = error.code, "a registry could not be read after a change");
        }
    }

    /// After images were added or removed.
    pub(crate) async fn repository_changed(&self, registry: &RegistryKey, name: &RepositoryName) {
        let key = RepositoryKey { registry: registry.clone(), repository: name.to_string() };
        if let Err(error) = self.read_images(&key).await {
            tracing::debug!(code = error.code, "a repository could not be read after a change");
        }
        self.touch_statuses(registry);
    }

    /// After the replication configuration was written.
    pub(crate) async fn replication_changed(&self, registry: &RegistryKey) {
        if let Err(error) = self.read_replication(registry).await {
            tracing::debug!(code = error.code, "a configuration could not be read after a change");
        }
    }

    /// After the registry policy was written.
    pub(crate) async fn policy_changed(&self, registry: &RegistryKey) {
        if let Err(error) = self.read_policy(registry).await {
            tracing::debug!(code = error.code, "a policy could not be read after a change");
        }
    }
}

fn unknown() -> ApiError {
    ApiError::new("run-unknown", Side::Input, "This run does not exist.")
}

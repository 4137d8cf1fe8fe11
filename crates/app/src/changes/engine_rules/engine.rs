//! In-memory state of engine rules: plans that can be run, rules that are running, and the limits
//! of all runs.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::{
    api::{ApiError, Side},
    transfer::RulePlan,
};

/// Plans with many images that stay in memory; the oldest one is dropped.
const MOST_PLANS: usize = 4;

/// See the module.
pub(crate) struct Engine {
    plans: Mutex<VecDeque<(String, Arc<RulePlan>)>>,
    running: Mutex<HashMap<String, String>>,
    /// Rules that are being planned automatically.
    planning: Mutex<HashSet<String>>,
    pub(super) bell: Arc<Notify>,
    /// When the app was opened.
    pub(super) opened: DateTime<Utc>,
}

/// A rule that is running, until this is dropped.
pub(super) struct Running<'a> {
    engine: &'a Engine,
    rule: String,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        lock(&self.engine.running).remove(&self.rule);
    }
}

impl Engine {
    pub(crate) fn new(opened: DateTime<Utc>) -> Self {
        Self {
            plans: Mutex::default(),
            running: Mutex::default(),
            planning: Mutex::default(),
            bell: Arc::default(),
            opened,
        }
    }

    /// Triggers an immediate check of the schedules.
    pub(crate) fn wake(&self) {
        self.bell.notify_one();
    }

    /// Stores the work of a plan.
    pub(super) fn keep(&self, plan: &str, work: RulePlan) {
        let mut plans = lock(&self.plans);
        if plans.len() >= MOST_PLANS {
            plans.pop_front();
        }
        plans.push_back((plan.to_owned(), Arc::new(work)));
    }

    /// The work of a plan that has not been run.
    pub(super) fn plan(&self, plan: &str) -> Option<Arc<RulePlan>> {
        lock(&self.plans).iter().find(|(id, _)| id == plan).map(|(_, work)| Arc::clone(work))
    }

    /// Takes the work of a plan in order to run it. `None` when it is not stored, or another caller
    /// is reading it.
    pub(super) fn take(&self, plan: &str) -> Option<RulePlan> {
        let mut plans = lock(&self.plans);
        let place = plans.iter().position(|(id, _)| id == plan)?;
        plans.remove(place).and_then(|(_, work)| Arc::try_unwrap(work).ok())
    }

    /// The current run of a rule.
    pub(super) fn running(&self, rule: &str) -> Option<String> {
        lock(&self.running).get(rule).cloned()
    }

    /// Notes that a rule is running; each rule has at most one run at a time.
    pub(super) fn begin(&self, rule: &str, run: &str) -> Result<Running<'_>, ApiError> {
        let mut running = lock(&self.running);
        if running.contains_key(rule) {
            let text = "This rule is already running.";
            return Err(ApiError::new("rule-under-way", Side::Input, text));
        }
        running.insert(rule.to_owned(), run.to_owned());
        Ok(Running { engine: self, rule: rule.to_owned() })
    }

    /// Notes that a rule is being planned automatically; `false` when it already is.
    pub(super) fn begin_planning(&self, rule: &str) -> bool {
        lock(&self.planning).insert(rule.to_owned())
    }

    pub(super) fn end_planning(&self, rule: &str) {
        lock(&self.planning).remove(rule);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Outside control of a rule's run while it works, for all of its destinations together.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use chrono::{DateTime, Utc};
use futures::future::join_all;
use longshore_engine::{Bandwidth, Control, Renewal, Window};
use longshore_policy::rule::CompiledRule;
use tokio::sync::Notify;

/// Returns whether bytes may be transferred now.
pub type Open = Arc<dyn Fn() -> bool + Send + Sync>;

/// Pauses, limits and windows of a run. Clones control the same run.
#[derive(Clone, Default)]
pub struct Steering(Arc<Inner>);

#[derive(Default)]
struct Inner {
    held: Mutex<Held>,
    resumed: Notify,
    /// Bytes a second of all destinations together.
    rate: Bandwidth,
    /// Limits that other runs share.
    shared: Vec<Bandwidth>,
    open: Option<Open>,
    renewal: OnceLock<Arc<dyn Renewal>>,
}

#[derive(Default)]
struct Held {
    controls: Vec<Control>,
    paused: bool,
    concurrency: Option<usize>,
}

impl fmt::Debug for Steering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steering").field("paused", &self.is_paused()).finish_non_exhaustive()
    }
}

impl Steering {
    /// Controls a run that shares limits with others and transfers bytes only while `open` allows
    /// it, instead of in the rule's own windows.
    pub fn new(shared: Vec<Bandwidth>, open: Option<Open>) -> Self {
        Self(Arc::new(Inner { shared, open, ..Inner::default() }))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for other credentials in this way when a registry no longer accepts those of the run.
    pub fn renew_by(&self, renewal: Arc<dyn Renewal>) {
        self.held().controls.iter().for_each(|control| control.renew_by(renewal.clone()));
        if self.0.renewal.set(renewal).is_err() {
            tracing::debug!("the run already knows how to wait for credentials");
        }
    }

    /// The control of one more destination.
    pub fn control(&self) -> Control {
        let limits = self.0.shared.iter().cloned().chain([self.0.rate.clone()]).collect();
        let control = Control::sharing_all(limits);
        if let Some(renewal) = self.0.renewal.get() {
            control.renew_by(renewal.clone());
        }
        let mut held = self.held();
        control.set_concurrency(held.concurrency);
        if held.paused {
            control.pause();
        }
        if self.is_closed() {
            control.set_window(Window::Closed);
        }
        held.controls.push(control.clone());
        control
    }

    /// Sets limits: the given ones, otherwise the rule's own.
    pub(crate) fn limit(&self, rule: &CompiledRule, bandwidth: Option<u64>, concurrency: Option<usize>) {
        self.set_bandwidth(bandwidth.or(rule.bandwidth()));
        self.set_concurrency(concurrency.or(rule.concurrency().map(|count| count as usize)));
    }

    /// Keeps the current destinations within their windows; never ends.
    pub(crate) async fn keep_windows(&self, rule: &CompiledRule) {
        let (windows, open) = (rule.windows(), self.0.open.as_ref());
        if windows.is_always() && open.is_none() {
            return std::future::pending().await;
        }
        let allowed = |now: DateTime<Utc>| match open.map_or_else(|| windows.is_open(now), |open| open()) {
            true => Window::Open(None),
            false => Window::Closed,
        };
        let controls = self.held().controls.clone();
        join_all(controls.iter().map(|control| control.keep_windows(allowed))).await;
    }

    /// Whether a window forbids the run to transfer bytes.
    pub fn is_closed(&self) -> bool {
        self.0.open.as_ref().is_some_and(|open| !open())
    }

    /// Pauses it.
    pub fn pause(&self) {
        let mut held = self.held();
        held.paused = true;
        held.controls.iter().for_each(Control::pause);
    }

    /// Continues it.
    pub fn resume(&self) {
        let mut held = self.held();
        held.paused = false;
        held.controls.iter().for_each(Control::resume);
        self.0.resumed.notify_waiters();
    }

    /// Waits while it is paused.
    pub async fn while_paused(&self) {
        loop {
            let resumed = self.0.resumed.notified();
            if !self.is_paused() {
                return;
            }
            resumed.await;
        }
    }

    /// Whether a person paused it.
    pub fn is_paused(&self) -> bool {
        self.held().paused
    }

    /// Limits bytes a second of all destinations together.
    pub fn set_bandwidth(&self, rate: Option<u64>) {
        self.0.rate.set(rate);
    }

    /// Bytes a second of all destinations together.
    pub fn bandwidth(&self) -> Option<u64> {
        self.0.rate.rate()
    }

    /// Limits concurrent blobs for each destination.
    pub fn set_concurrency(&self, blobs: Option<usize>) {
        let mut held = self.held();
        held.concurrency = blobs;
        held.controls.iter().for_each(|control| control.set_concurrency(blobs));
    }

    /// Concurrent blobs for each destination.
    pub fn concurrency(&self) -> Option<usize> {
        self.held().concurrency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_steered_before_holds_for_destinations_that_come_later() {
        let steering = Steering::new(Vec::new(), Some(Arc::new(|| true)));
        steering.pause();
        steering.set_concurrency(Some(3));
        let control = steering.control();
        assert!(control.is_paused() && steering.is_paused() && !steering.is_closed());
        assert_eq!(control.concurrency(), Some(3));
        steering.resume();
        steering.set_concurrency(None);
        assert!(!control.is_paused());
        assert_eq!(control.concurrency(), None);
    }

    #[test]
    fn a_closed_window_holds_from_the_first_moment() {
        let steering = Steering::new(Vec::new(), Some(Arc::new(|| false)));
        assert!(steering.is_closed() && !steering.is_paused());
        assert!(steering.control().is_paused());
    }
}

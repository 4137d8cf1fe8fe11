//! Pauses a run and changes its speed and concurrency while it works.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::Bandwidth;

/// How often a schedule of windows is checked.
const WINDOWS_EVERY: Duration = Duration::from_secs(5);

/// Steers one run. Clones steer the same run.
///
/// Pausing stops new bytes within a second and keeps everything that was begun, so that
/// [`resume`](Self::resume) continues at once. Registries end an upload that is idle for some
/// minutes; such a blob then starts over, which does not count as a failure.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: watch::Sender<State>,
    /// How often the run was paused; an attempt that saw a pause is not counted.
    pauses: AtomicU64,
    own: Bandwidth,
    of_window: Bandwidth,
    shared: Vec<Bandwidth>,
    renewal: OnceLock<Arc<dyn Renewal>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct State {
    by_person: bool,
    by_window: bool,
    concurrency: Option<usize>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            state: watch::Sender::new(State::default()),
            pauses: AtomicU64::new(0),
            own: Bandwidth::default(),
            of_window: Bandwidth::default(),
            shared: Vec::new(),
            renewal: OnceLock::new(),
        }
    }
}

/// Waits for somebody when a registry no longer accepts the credentials of a run.
#[async_trait]
pub trait Renewal: fmt::Debug + Send + Sync {
    /// Whether the credentials for the registry of this name were renewed; returns when they are.
    async fn renewed(&self, registry: &str) -> bool;
}

/// What a schedule allows at a given time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The run may work, with at most this many bytes a second; `None` is no limit.
    Open(Option<u64>),
    /// The run waits.
    Closed,
}

impl Control {
    /// Not paused, no limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Not paused; stays within a limit that several runs share, besides its own.
    pub fn sharing(bandwidth: Bandwidth) -> Self {
        Self(Arc::new(Inner { shared: vec![bandwidth], ..Inner::default() }))
    }

    /// As [`sharing`](Self::sharing), with several limits, all of which apply.
    pub fn sharing_all(limits: Vec<Bandwidth>) -> Self {
        Self(Arc::new(Inner { shared: limits, ..Inner::default() }))
    }

    /// Waits for other credentials in this way, instead of failing; the first way stays.
    pub fn renew_by(&self, renewal: Arc<dyn Renewal>) {
        if self.0.renewal.set(renewal).is_err() {
            tracing::debug!("the run already knows how to wait for credentials");
        }
    }

    /// Whether the credentials for a registry that refused them were renewed.
    pub(crate) async fn renewed(&self, registry: &str) -> bool {
        match self.0.renewal.get() {
            Some(renewal) => renewal.renewed(registry).await,
            None => false,
        }
    }

    /// Stops until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.change(|state| state.by_person = true);
    }

    /// Continues, unless a window is closed.
    pub fn resume(&self) {
        self.change(|state| state.by_person = false);
    }

    /// Opens or closes the window in which the run may work. A person's pause and limit are
    /// separate.
    pub fn set_window(&self, window: Window) {
        if let Window::Open(rate) = window
            && self.0.of_window.rate() != rate
        {
            self.0.of_window.set(rate);
        }
        self.change(|state| state.by_window = window == Window::Closed);
    }

    /// Keeps the run within windows: asks `schedule` what is allowed at the current time, at once
    /// and every few seconds. Ends when it is dropped.
    pub async fn keep_windows(&self, schedule: impl Fn(DateTime<Utc>) -> Window + Send) {
        loop {
            self.set_window(schedule(Utc::now()));
            tokio::time::sleep(WINDOWS_EVERY).await;
        }
    }

    /// Whether the run is paused.
    pub fn is_paused(&self) -> bool {
        let state = *self.0.state.borrow();
        state.by_person || state.by_window
    }

    /// Limits this run's bytes a second; `None` is no limit.
    pub fn set_bandwidth(&self, rate: Option<u64>) {
        self.0.own.set(rate);
    }

    /// This run's own limit in bytes a second.
    pub fn bandwidth(&self) -> Option<u64> {
        self.0.own.rate()
    }

    /// Sets how many blobs may be in transfer, regardless of the limits on number and memory in the
    /// run's options; `None` leaves it to them. Transfers under way finish first.
    pub fn set_concurrency(&self, blobs: Option<usize>) {
        self.change(|state| state.concurrency = blobs.map(|count| count.max(1)));
    }

    /// The limit on concurrent blobs, if one was set.
    pub fn concurrency(&self) -> Option<usize> {
        self.0.state.borrow().concurrency
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.0.state.send_if_modified(|state| {
            let before = *state;
            change(state);
            let was = before.by_person || before.by_window;
            if !was && (state.by_person || state.by_window) {
                self.0.pauses.fetch_add(1, Ordering::Relaxed);
            }
            before != *state
        });
    }

    /// How often the run was paused so far.
    pub(crate) fn pauses(&self) -> u64 {
        self.0.pauses.load(Ordering::Relaxed)
    }

    /// Receives every change from now on.
    pub(crate) fn changes(&self) -> Changes {
        Changes(self.0.state.subscribe())
    }

    /// Whether bytes may be sent without waiting.
    pub(crate) fn is_free(&self) -> bool {
        self.limits().all(|limit| limit.rate().is_none()) && !self.is_paused()
    }

    fn limits(&self) -> impl Iterator<Item = &Bandwidth> {
        [&self.0.own, &self.0.of_window].into_iter().chain(&self.0.shared)
    }

    /// Waits while the run is paused.
    pub(crate) async fn unpaused(&self) {
        let mut states = self.0.state.subscribe();
        // The sender lives as long as `self`.
        states.wait_for(|state| !state.by_person && !state.by_window).await.ok();
    }

    /// Waits until this many bytes may be sent.
    pub(crate) async fn pass(&self, bytes: u64) {
        self.unpaused().await;
        for limit in self.limits() {
            limit.take(bytes).await;
        }
        // The run may have been paused while the bytes waited for their turn.
        self.unpaused().await;
    }
}

/// Reports changes of a [`Control`].
pub(crate) struct Changes(watch::Receiver<State>);

impl Changes {
    /// Waits for a change.
    pub(crate) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_person_and_a_window_pause_apart() {
        let control = Control::new();
        control.pause();
        control.set_window(Window::Closed);
        control.resume();
        assert!(control.is_paused(), "the window is closed");
        let mut waiting = Box::pin(control.pass(1));
        assert!(futures::poll!(&mut waiting).is_pending());
        control.set_window(Window::Open(Some(1_000)));
        assert!(!control.is_paused() && !control.is_free());
        tokio::time::timeout(Duration::from_secs(2), waiting).await.unwrap();
        assert_eq!((control.bandwidth(), control.pauses()), (None, 1));
        control.set_window(Window::Open(None));
        assert!(control.is_free());
    }

    #[tokio::test]
    async fn runs_that_share_a_limit_share_it() {
        let limit = Bandwidth::new(Some(10));
        let (one, other) = (Control::sharing(limit.clone()), Control::sharing(limit.clone()));
        one.pass(1_000_000).await;
        let mut waiting = Box::pin(other.pass(1));
        assert!(futures::poll!(&mut waiting).is_pending());
        limit.set(None);
        tokio::time::timeout(Duration::from_secs(2), waiting).await.unwrap();
    }

    #[tokio::test]
    async fn a_schedule_closes_and_opens() {
        let control = Control::new();
        let (asked, open) = (std::sync::atomic::AtomicBool::new(false), Window::Open(None));
        let keeping = control.keep_windows(|_| {
            asked.store(true, Ordering::Relaxed);
            Window::Closed
        });
        tokio::select! {
            () = keeping => {}
            () = async { while !control.is_paused() { tokio::task::yield_now().await } } => {}
        }
        assert!(asked.load(Ordering::Relaxed));
        control.set_window(open);
        assert!(!control.is_paused());
    }
}

//! What changes a rule's run from outside while it works, at all of its destinations together.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use longshore_engine::{Bandwidth, Control, Window};

/// Says whether bytes may move now.
pub type Open = Arc<dyn Fn() -> bool + Send + Sync>;

/// Pauses, limits and windows of a run. Clones steer the same run.
#[derive(Clone, Default)]
pub struct Steering(Arc<Inner>);

#[derive(Default)]
struct Inner {
    held: Mutex<Held>,
    /// Bytes a second of all destinations together.
    rate: Bandwidth,
    /// Limits that other runs share.
    shared: Vec<Bandwidth>,
    open: Option<Open>,
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
    /// Steers a run that shares limits with others and moves bytes only while `open` says so,
    /// instead of in the rule's own windows.
    pub fn new(shared: Vec<Bandwidth>, open: Option<Open>) -> Self {
        Self(Arc::new(Inner { shared, open, ..Inner::default() }))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The control of one more destination.
    pub fn control(&self) -> Control {
        let limits = self.0.shared.iter().cloned().chain([self.0.rate.clone()]).collect();
        let control = Control::sharing_all(limits);
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

    /// Says whether bytes may move now, where that is not the rule's own matter.
    pub(super) fn open(&self) -> Option<&Open> {
        self.0.open.as_ref()
    }

    /// Whether a window keeps the run from moving bytes.
    pub fn is_closed(&self) -> bool {
        self.0.open.as_ref().is_some_and(|open| !open())
    }

    /// Lets it stand still.
    pub fn pause(&self) {
        let mut held = self.held();
        held.paused = true;
        held.controls.iter().for_each(Control::pause);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        let mut held = self.held();
        held.paused = false;
        held.controls.iter().for_each(Control::resume);
    }

    /// Whether somebody paused it.
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

    /// Limits blobs under way for each destination.
    pub fn set_concurrency(&self, blobs: Option<usize>) {
        let mut held = self.held();
        held.concurrency = blobs;
        held.controls.iter().for_each(|control| control.set_concurrency(blobs));
    }

    /// Blobs under way for each destination.
    pub fn concurrency(&self) -> Option<usize> {
        self.held().concurrency
    }
}

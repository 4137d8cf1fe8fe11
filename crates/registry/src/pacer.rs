//! How many requests may be under way to one host.

use std::{sync::Mutex, time::Duration};

use tokio::{sync::Notify, time::Instant};

/// Where a host starts.
const START: f64 = 16.0;
/// Where growing ends.
const MOST: f64 = 64.0;

/// An adaptive limit: halved when the host says that it is too much, raised slowly on success.
///
/// A permit is held until the response's headers are there, never while a body streams: a copy
/// inside one host would otherwise wait for itself.
pub(crate) struct Pacer {
    state: Mutex<State>,
    freed: Notify,
}

struct State {
    limit: f64,
    in_flight: usize,
    not_before: Option<Instant>,
    halved: Option<Instant>,
}

/// A place among the requests under way.
pub(crate) struct Permit<'a>(&'a Pacer);

impl Pacer {
    pub(crate) fn new() -> Self {
        let state = State { limit: START, in_flight: 0, not_before: None, halved: None };
        Self { state: Mutex::new(state), freed: Notify::new() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits for a place, and for the time that the host asked for.
    pub(crate) async fn enter(&self) -> Permit<'_> {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            {
                let mut state = self.state();
                if (state.in_flight as f64) < state.limit.floor() {
                    state.in_flight += 1;
                    break;
                }
            }
            freed.await;
        }
        let permit = Permit(self);
        let wait = self.state().not_before;
        if let Some(time) = wait {
            tokio::time::sleep_until(time).await;
        }
        permit
    }

    /// The host answered well.
    pub(crate) fn went_well(&self) {
        let mut state = self.state();
        // One more place after as many successes as there are places.
        state.limit = (state.limit + 1.0 / state.limit).min(MOST);
        if (state.in_flight as f64) < state.limit.floor() {
            self.freed.notify_one();
        }
    }

    /// The host said that it is too much, or broke the connection. Many requests fail together,
    /// so within a second the limit is halved once.
    pub(crate) fn too_much(&self, retry_after: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.state();
        if state.halved.is_none_or(|then| now.duration_since(then) > Duration::from_secs(1)) {
            state.limit = (state.limit / 2.0).max(1.0);
            state.halved = Some(now);
        }
        if let Some(wait) = retry_after {
            let until = now + wait;
            state.not_before = Some(state.not_before.map_or(until, |old| old.max(until)));
        }
    }

    /// The limit now.
    pub(crate) fn limit(&self) -> usize {
        self.state().limit as usize
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_limit_halves_on_trouble_once_a_second_and_grows_on_success() {
        let pacer = Pacer::new();
        assert_eq!(pacer.limit(), 16);
        pacer.too_much(None);
        pacer.too_much(None);
        assert_eq!(pacer.limit(), 8);
        for _ in 0..9 {
            pacer.went_well();
        }
        assert_eq!(pacer.limit(), 9);
        for _ in 0..10_000 {
            pacer.went_well();
        }
        assert_eq!(pacer.limit(), 64);
    }

    #[tokio::test]
    async fn the_seventeenth_waits_until_one_is_done() {
        let pacer = Pacer::new();
        let mut held = Vec::new();
        for _ in 0..16 {
            held.push(pacer.enter().await);
        }
        let mut next = Box::pin(pacer.enter());
        assert!(futures::poll!(&mut next).is_pending());
        held.pop();
        next.await;
    }
}

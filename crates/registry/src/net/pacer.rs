//! How many requests of one kind may be under way to one host.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// The limit that a host starts with.
const START: usize = 16;
/// The highest limit.
const MOST: usize = 64;
/// Many requests fail together: within this time the limit is halved once.
const HALVED_ONCE: Duration = Duration::from_secs(1);

/// An adaptive limit: halved when the host reports too many requests, raised on success. Places are
/// given in order of arrival.
///
/// A permit for reading is held until the response's headers arrive, never while a body streams: a
/// copy inside one host would otherwise wait for itself.
pub(crate) struct Pacer {
    places: Semaphore,
    state: Mutex<State>,
}

struct State {
    limit: f64,
    /// All places, taken or free.
    granted: usize,
    /// Taken places that are removed when they are given back.
    owed: usize,
    held: usize,
    /// Nothing has gone wrong yet, so the limit is still being looked for.
    searching: bool,
    not_before: Option<Instant>,
    halved: Option<Instant>,
}

/// A place among the requests under way.
pub(crate) struct Permit<'a> {
    pacer: &'a Pacer,
    place: Option<SemaphorePermit<'a>>,
}

impl Pacer {
    pub(crate) fn new() -> Self {
        let state = State {
            limit: START as f64,
            granted: START,
            owed: 0,
            held: 0,
            searching: true,
            not_before: None,
            halved: None,
        };
        Self { places: Semaphore::new(START), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place, and for the time that the host asked for.
    pub(crate) async fn enter(&self) -> Permit<'_> {
        // The semaphore is never closed.
        let place = self.places.acquire().await.ok();
        self.state().held += 1;
        let permit = Permit { pacer: self, place };
        loop {
            let until = self.state().not_before;
            match until.filter(|until| *until > Instant::now()) {
                Some(until) => tokio::time::sleep_until(until).await,
                None => return permit,
            }
        }
    }

    /// The host responded successfully. A limit that is not nearly reached says nothing and stays.
    pub(crate) fn went_well(&self) {
        let mut state = self.state();
        if (state.held + 1) * 2 < state.granted {
            return;
        }
        // A half for each success doubles in a few rounds; later one place for a full round.
        let more = if state.searching { 0.5 } else { 1.0 / state.limit };
        state.limit = (state.limit + more).min(MOST as f64);
        self.match_limit(&mut state);
    }

    /// The host reported too many requests, or broke the connection.
    pub(crate) fn too_much(&self, retry_after: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.state();
        state.searching = false;
        if state.halved.is_none_or(|then| now.duration_since(then) > HALVED_ONCE) {
            state.limit = (state.limit / 2.0).max(1.0);
            state.halved = Some(now);
            self.match_limit(&mut state);
        }
        if let Some(wait) = retry_after {
            let until = now + wait;
            state.not_before = Some(state.not_before.map_or(until, |old| old.max(until)));
        }
    }

    /// Matches the number of places to the limit.
    fn match_limit(&self, state: &mut State) {
        let wanted = state.limit as usize;
        if wanted > state.granted {
            let more = wanted - state.granted;
            let kept = more.min(state.owed);
            state.owed -= kept;
            self.places.add_permits(more - kept);
        } else {
            let fewer = state.granted - wanted;
            state.owed += fewer - self.places.forget_permits(fewer);
        }
        state.granted = wanted;
    }

    /// The limit now.
    pub(crate) fn limit(&self) -> usize {
        self.state().granted
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.pacer.state();
        state.held -= 1;
        if state.owed > 0
            && let Some(place) = self.place.take()
        {
            state.owed -= 1;
            place.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many requests at once as there are places, all well.
    async fn round(pacer: &Pacer) {
        let mut held = Vec::new();
        for _ in 0..pacer.limit() {
            held.push(pacer.enter().await);
        }
        while held.pop().is_some() {
            pacer.went_well();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_is_found_soon_and_grows_slowly_after_trouble() {
        let pacer = Pacer::new();
        assert_eq!(pacer.limit(), 16);
        let mut rounds = 0;
        while pacer.limit() < 64 {
            round(&pacer).await;
            rounds += 1;
        }
        assert!(rounds <= 8, "{rounds} rounds");
        pacer.too_much(None);
        pacer.too_much(None);
        assert_eq!(pacer.limit(), 32, "many failures at once halve once");
        round(&pacer).await;
        assert!(pacer.limit() <= 33);
        for n in 0..10 {
            tokio::time::advance(Duration::from_millis(1001)).await;
            pacer.too_much(None);
            assert!(pacer.limit() >= 1, "{n}");
        }
        assert_eq!(pacer.limit(), 1);
    }

    #[tokio::test]
    async fn a_limit_that_is_not_reached_stays() {
        let pacer = Pacer::new();
        for _ in 0..1000 {
            drop(pacer.enter().await);
            pacer.went_well();
        }
        assert_eq!(pacer.limit(), 16);
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

    #[tokio::test]
    async fn places_that_are_taken_go_when_they_are_given_back() {
        let pacer = Pacer::new();
        let mut held = Vec::new();
        for _ in 0..16 {
            held.push(pacer.enter().await);
        }
        pacer.too_much(None);
        held.truncate(8);
        let mut next = Box::pin(pacer.enter());
        assert!(futures::poll!(&mut next).is_pending(), "eight are taken, and no more may be");
        held.pop();
        held.push(next.await);
        held.clear();
        round(&pacer).await;
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_enters_before_the_time_that_was_asked_for() {
        let pacer = Pacer::new();
        pacer.too_much(Some(Duration::from_secs(5)));
        let before = Instant::now();
        pacer.enter().await;
        assert!(before.elapsed() >= Duration::from_secs(5));
    }
}

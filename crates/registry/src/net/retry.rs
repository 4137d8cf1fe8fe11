//! How often to try, how long to wait before the next try, and one budget for all layers that try.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rand::Rng;
use tokio::time::Instant;

use crate::{Error, RegistryErrorKind};

/// After this long without progress nothing is retried. Together with the time that one try may
/// stall, it stays below three minutes.
const SILENCE: Duration = Duration::from_secs(110);
/// Fewer new bytes than this are not progress: a trickle ends as a stall does.
const PROGRESS: u64 = 64 * 1024;

/// Exponential waiting with full jitter, bounded in number and in length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The total number of tries, including the first.
    pub attempts: u32,
    /// Upper bound of the first wait; it doubles with every further one.
    pub base: Duration,
    /// No wait is longer. A registry that asks for a longer one is not tried again.
    pub cap: Duration,
}

/// The only place that says how often something is tried, by whichever layer.
impl Default for Backoff {
    fn default() -> Self {
        Self { attempts: 6, base: Duration::from_millis(250), cap: Duration::from_secs(20) }
    }
}

impl Backoff {
    /// How long to wait after failure number `failures` (from 1), or `None` to give up: the error
    /// is not transient, there were enough tries, or the registry asks for a wait beyond
    /// [`cap`](Self::cap).
    pub fn after(&self, failures: u32, error: &Error) -> Option<Duration> {
        if failures >= self.attempts || !error.is_retryable() || self.is_beyond(error) {
            return None;
        }
        let bound = self.base.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(self.cap);
        let jitter = bound.mul_f64(rand::rng().random_range(0.0..=1.0));
        match error.cause() {
            RegistryErrorKind::Throttled { retry_after: Some(asked), .. } => {
                Some(*asked + jitter.min(self.base))
            }
            _ => Some(jitter),
        }
    }

    /// Whether the registry asks for a wait beyond [`cap`](Self::cap).
    pub(crate) fn is_beyond(&self, error: &Error) -> bool {
        matches!(error.cause(), RegistryErrorKind::Throttled { retry_after: Some(asked), .. } if *asked > self.cap)
    }
}

tokio::task_local! {
    static SHARED: Arc<Tries>;
}

/// The tries that one piece of work has left, such as the transfer of a blob. All layers that it
/// passes through share them, so that retries of one layer do not multiply those of another.
#[derive(Debug)]
pub struct Tries {
    backoff: Backoff,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    failures: u32,
    /// When the work last made progress.
    since: Instant,
    /// How far it had got then, in bytes.
    furthest: u64,
}

impl Tries {
    /// Tries as `backoff` says.
    pub fn new(backoff: Backoff) -> Arc<Self> {
        let state = State { failures: 0, since: Instant::now(), furthest: 0 };
        Arc::new(Self { backoff, state: Mutex::new(state) })
    }

    /// The tries of the work that this is part of; otherwise new ones, as `backoff` says.
    pub fn shared_or(backoff: Backoff) -> Arc<Self> {
        SHARED.try_with(Arc::clone).unwrap_or_else(|_| Self::new(backoff))
    }

    /// Whether this is part of work that has tries of its own.
    pub fn are_shared() -> bool {
        SHARED.try_with(|_| ()).is_ok()
    }

    /// Runs a part of the work: every retry within `work` counts against these tries.
    pub async fn within<F: Future>(self: &Arc<Self>, work: F) -> F::Output {
        SHARED.scope(self.clone(), work).await
    }

    /// How long to wait after a failure, or `None` to give up.
    pub fn after(&self, error: &Error) -> Option<Duration> {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        let wait = self.backoff.after(state.failures, error)?;
        (state.since.elapsed() + wait < SILENCE).then_some(wait)
    }

    /// Bytes up to `offset` have arrived. Enough of them that no earlier try delivered are progress
    /// and reset the count of failures.
    pub fn moved(&self, offset: u64) {
        let mut state = self.state();
        if offset.saturating_sub(state.furthest) >= PROGRESS {
            *state = State { failures: 0, since: Instant::now(), furthest: offset };
        }
    }

    /// The time that the work waited for its turn here does not count as silence of the registry.
    pub fn excuse(waited: Duration) {
        // Work without tries of its own has nothing to excuse.
        let _ = SHARED.try_with(|tries| {
            let mut state = tries.state();
            state.since = (state.since + waited).min(Instant::now());
        });
    }

    /// Forgets failures that do not count, such as those of a paused run.
    pub fn forgive(&self) {
        let mut state = self.state();
        (state.failures, state.since) = (0, Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken() -> Error {
        RegistryErrorKind::Network { message: "reset".into() }.at("r")
    }

    #[test]
    fn waits_grow_up_to_the_cap_and_end() {
        let backoff = Backoff { attempts: 4, base: Duration::from_secs(1), cap: Duration::from_secs(3) };
        for (failures, bound) in [(1, 1), (2, 2), (3, 3)] {
            let wait = backoff.after(failures, &broken()).unwrap();
            assert!(wait <= Duration::from_secs(bound), "{failures}: {wait:?}");
        }
        assert_eq!(backoff.after(4, &broken()), None);
    }

    #[test]
    fn what_does_not_pass_is_not_tried_again() {
        let denied = RegistryErrorKind::Denied { message: "no".into() }.at("r");
        assert_eq!(Backoff::default().after(1, &denied), None);
    }

    #[test]
    fn a_wait_that_the_registry_asks_for_is_honoured_or_ends_the_tries() {
        let backoff = Backoff { attempts: 3, base: Duration::from_millis(1), cap: Duration::from_secs(10) };
        let throttled = |s| {
            RegistryErrorKind::Throttled { message: String::new(), retry_after: Some(Duration::from_secs(s)) }
                .at("r")
        };
        let wait = backoff.after(1, &throttled(4)).unwrap();
        assert!(wait >= Duration::from_secs(4) && wait < Duration::from_secs(5));
        assert!(backoff.after(1, &throttled(10)).is_some());
        assert_eq!(backoff.after(1, &throttled(4000)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn all_layers_together_have_the_tries_of_one() {
        let backoff = Backoff { attempts: 5, base: Duration::from_millis(1), cap: Duration::from_millis(2) };
        let (tries, mut sent) = (Tries::new(backoff), 0);
        // An outer layer retries what an inner one has already retried.
        loop {
            let inner = async {
                let tries = Tries::shared_or(Backoff::default());
                loop {
                    sent += 1;
                    let Some(wait) = tries.after(&broken()) else { return };
                    tokio::time::sleep(wait).await;
                }
            };
            tries.within(inner).await;
            if tries.after(&broken()).is_none() {
                break;
            }
        }
        assert_eq!(sent, 5);
        assert!(!Tries::are_shared());
    }

    #[tokio::test(start_paused = true)]
    async fn new_bytes_begin_the_count_anew_and_bytes_that_were_seen_do_not() {
        let tries = Tries::new(Backoff { attempts: 3, ..Backoff::default() });
        for round in 1..=10 {
            assert!(tries.after(&broken()).is_some() && tries.after(&broken()).is_some());
            tries.moved(round * PROGRESS);
        }
        assert!(tries.after(&broken()).is_some() && tries.after(&broken()).is_some());
        tries.moved(PROGRESS);
        assert_eq!(tries.after(&broken()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_and_a_trickle_end_within_three_minutes_in_all() {
        let begun = Instant::now();
        for trickle in [0, 100] {
            let (tries, mut rounds) = (Tries::new(Backoff { attempts: 50, ..Backoff::default() }), 0);
            loop {
                // One stall time passes for each try.
                tokio::time::advance(Duration::from_secs(60)).await;
                rounds += 1;
                tries.moved(trickle * rounds);
                if tries.after(&broken()).is_none() {
                    break;
                }
            }
            assert!(rounds <= 2, "{rounds}");
        }
        assert!(begun.elapsed() <= Duration::from_secs(2 * 180));
    }
}

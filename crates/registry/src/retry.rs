//! How often and how long to wait before the next try.

use std::time::Duration;

use rand::Rng;

use crate::Error;

/// Exponential waiting with full jitter, bounded in number and in length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Tries altogether, the first included.
    pub attempts: u32,
    /// Upper bound of the first wait; it doubles with every further one.
    pub base: Duration,
    /// No wait is longer, whatever the registry asks for.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { attempts: 5, base: Duration::from_millis(250), cap: Duration::from_secs(20) }
    }
}

impl Backoff {
    /// How long to wait after failure number `failures` (from 1), or `None` to give up: the error
    /// is not one that passes, or there were enough tries. A `Retry-After` is honoured up to
    /// [`cap`](Self::cap).
    pub fn after(&self, failures: u32, error: &Error) -> Option<Duration> {
        if failures >= self.attempts || !error.is_retryable() {
            return None;
        }
        let bound = self.base.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(self.cap);
        let jitter = bound.mul_f64(rand::rng().random_range(0.0..=1.0));
        match error.kind() {
            Error::Throttled { retry_after: Some(asked), .. } => {
                Some((*asked).min(self.cap) + jitter.min(self.base))
            }
            _ => Some(jitter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken() -> Error {
        Error::Network { registry: "r".into(), message: "reset".into() }
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
        let denied = Error::Denied { registry: "r".into(), message: "no".into() };
        assert_eq!(Backoff::default().after(1, &denied), None);
    }

    #[test]
    fn a_wait_that_the_registry_asks_for_is_honoured_within_the_cap() {
        let backoff = Backoff { attempts: 3, base: Duration::from_millis(1), cap: Duration::from_secs(10) };
        let throttled = |s| Error::Throttled {
            registry: "r".into(),
            message: String::new(),
            retry_after: Some(Duration::from_secs(s)),
        };
        let wait = backoff.after(1, &throttled(4)).unwrap();
        assert!(wait >= Duration::from_secs(4) && wait < Duration::from_secs(5));
        assert!(backoff.after(1, &throttled(4000)).unwrap() < Duration::from_secs(11));
    }
}

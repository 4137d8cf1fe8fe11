//! The sandbox's time: the system's, or one that tests move.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// A clock that can be moved and frozen. Clones share one time.
///
/// Everything in the sandbox that depends on time (tokens, signatures of requests and of layer
/// addresses, replication delay, throttling) asks this clock, so a test reaches the end of a
/// twelve-hour token without waiting.
#[derive(Debug, Clone)]
pub struct Clock {
    setting: Arc<watch::Sender<Setting>>,
}

#[derive(Debug, Clone, Copy)]
struct Setting {
    offset: TimeDelta,
    frozen_at: Option<DateTime<Utc>>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::with(Setting { offset: TimeDelta::zero(), frozen_at: None })
    }

    /// A clock that stands still at `instant` until it is moved.
    pub fn frozen(instant: DateTime<Utc>) -> Self {
        Self::with(Setting { offset: TimeDelta::zero(), frozen_at: Some(instant) })
    }

    fn with(setting: Setting) -> Self {
        Self { setting: Arc::new(watch::Sender::new(setting)) }
    }

    /// The time now.
    pub fn now(&self) -> DateTime<Utc> {
        let setting = *self.setting.borrow();
        setting.frozen_at.unwrap_or_else(Utc::now) + setting.offset
    }

    /// Moves the clock forward by `step` and wakes everything that waits for a time.
    pub fn advance(&self, step: Duration) {
        let step = TimeDelta::from_std(step).unwrap_or(TimeDelta::MAX);
        self.setting.send_modify(|s| s.offset = s.offset.checked_add(&step).unwrap_or(s.offset));
    }

    /// Waits until the clock shows `instant`, on its own or by being moved.
    pub async fn sleep_until(&self, instant: DateTime<Utc>) {
        let mut moved = self.setting.subscribe();
        loop {
            moved.borrow_and_update();
            let Ok(left) = (instant - self.now()).to_std() else { return };
            if left.is_zero() {
                return;
            }
            let frozen = moved.borrow().frozen_at.is_some();
            tokio::select! {
                () = tokio::time::sleep(left), if !frozen => {}
                changed = moved.changed() => if changed.is_err() { return },
            }
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn moving_a_frozen_clock_wakes_a_sleeper() {
        let clock = Clock::frozen(DateTime::UNIX_EPOCH);
        let sleeper = clock.clone();
        let task = tokio::spawn(async move {
            sleeper.sleep_until(DateTime::UNIX_EPOCH + TimeDelta::hours(12)).await;
            sleeper.now()
        });
        clock.advance(Duration::from_secs(12 * 3600));
        assert_eq!(task.await.unwrap(), DateTime::UNIX_EPOCH + TimeDelta::hours(12));
    }
}

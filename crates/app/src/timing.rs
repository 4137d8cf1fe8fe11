//! The clock and the intervals, so that tests need not wait.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use longshore_ecr::WriteTiming;

/// A source of the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Utc::now))
    }

    /// Any other clock.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// The intervals of polling.
#[derive(Debug, Clone)]
pub struct Timing {
    /// The clock.
    pub clock: Clock,
    /// Between two reads of what is on the screen, and of replications in progress.
    pub visible: Duration,
    /// Between two reads of the list of repositories of a registry that is not on the screen.
    pub background: Duration,
    /// Between two background reads of a repository's images, for each registry: its budget of
    /// calls.
    pub background_call: Duration,
    /// The age at which images of a repository that is not on the screen are read again.
    pub stale: Duration,
    /// The same for a repository that a replication rule covers: its pushes are replicated to other
    /// registries, and a person may be waiting for that.
    pub stale_replicated: Duration,
    /// The longest delay between the scheduled time of a rule and its start.
    pub schedule: Duration,
    /// How long a write verifies itself.
    pub writes: WriteTiming,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            visible: Duration::from_secs(3),
            background: Duration::from_secs(60),
            background_call: Duration::from_millis(500),
            stale: Duration::from_secs(15 * 60),
            stale_replicated: Duration::from_secs(20),
            schedule: Duration::from_secs(2),
            writes: WriteTiming::default(),
        }
    }
}

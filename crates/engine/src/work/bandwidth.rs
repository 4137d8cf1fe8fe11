//! A limit in bytes a second, for one run or shared by several.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// Every wait is checked again after this time, so that a wrong rate never lasts for long.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The burst that is allowed after a pause, as a fraction of a second's bytes.
const BURST_SECONDS: f64 = 0.1;

/// A limit in bytes a second that can be changed at any time. Clones share the limit, so that
/// several runs can use it together.
#[derive(Debug, Clone, Default)]
pub struct Bandwidth(Arc<Bucket>);

#[derive(Debug, Default)]
struct Bucket {
    /// Bytes a second; 0 means no limit.
    rate: AtomicU64,
    level: Mutex<Option<Level>>,
    changed: Notify,
}

/// Bytes that may be sent now; a negative number is borrowed from the future.
#[derive(Debug)]
struct Level {
    bytes: f64,
    at: Instant,
}

impl Bandwidth {
    /// A limit of this many bytes a second; `None` or 0 is no limit.
    pub fn new(rate: Option<u64>) -> Self {
        let bandwidth = Self::default();
        bandwidth.0.rate.store(rate.unwrap_or(0), Ordering::Relaxed);
        bandwidth
    }

    /// Changes the limit from now on, also for pieces that are waiting.
    pub fn set(&self, rate: Option<u64>) {
        self.0.rate.store(rate.unwrap_or(0), Ordering::Relaxed);
        *self.level() = None;
        self.0.changed.notify_waiters();
    }

    /// The limit in bytes a second.
    pub fn rate(&self) -> Option<u64> {
        Some(self.0.rate.load(Ordering::Relaxed)).filter(|rate| *rate > 0)
    }

    fn level(&self) -> MutexGuard<'_, Option<Level>> {
        self.0.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this many bytes may be sent.
    pub(crate) async fn take(&self, bytes: u64) {
        loop {
            let mut changed = std::pin::pin!(self.0.changed.notified());
            changed.as_mut().enable();
            let Some(wait) = self.try_take(bytes, Instant::now()) else { return };
            tokio::select! {
                () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
                () = changed => {}
            }
        }
    }

    /// Takes the bytes, or returns how long to wait. A piece may be larger than a burst: it is sent
    /// when nothing is owed, and the next piece waits longer.
    fn try_take(&self, bytes: u64, now: Instant) -> Option<Duration> {
        let rate = self.rate()? as f64;
        let mut level = self.level();
        let burst = rate * BURST_SECONDS;
        let level = level.get_or_insert(Level { bytes: burst, at: now });
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        level.bytes = (level.bytes + passed * rate).min(burst);
        level.at = now;
        if level.bytes >= 0.0 {
            level.bytes -= bytes as f64;
            return None;
        }
        Some(Duration::from_secs_f64((-level.bytes / rate).min(LONGEST_WAIT.as_secs_f64())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_rate_goes_over_a_longer_time() {
        let bandwidth = Bandwidth::new(Some(1_000_000));
        let (begin, mut now, mut went) = (Instant::now(), Instant::now(), 0_u64);
        while went < 10_000_000 {
            match bandwidth.try_take(256 * 1024, now) {
                None => went += 256 * 1024,
                Some(wait) => now += wait + Duration::from_micros(10),
            }
        }
        let seconds = now.duration_since(begin).as_secs_f64();
        assert!((9.4..10.5).contains(&seconds), "{went} bytes took {seconds} s");
    }

    #[test]
    fn a_rest_is_not_saved_up() {
        let bandwidth = Bandwidth::new(Some(1_000));
        let begin = Instant::now();
        assert_eq!(bandwidth.try_take(10, begin), None);
        let later = begin + Duration::from_secs(3600);
        let went = (0..).take_while(|_| bandwidth.try_take(10, later).is_none()).count();
        assert!(went <= 12, "a tenth of a second's bytes and one piece, not an hour's: {went}");
    }

    #[tokio::test]
    async fn a_waiting_piece_goes_when_the_limit_is_lifted() {
        let bandwidth = Bandwidth::new(Some(1));
        bandwidth.take(1_000_000).await;
        let mut waiting = Box::pin(bandwidth.take(1));
        assert!(futures::poll!(&mut waiting).is_pending());
        bandwidth.set(None);
        tokio::time::timeout(Duration::from_secs(2), waiting).await.unwrap();
        assert_eq!(bandwidth.rate(), None);
    }
}

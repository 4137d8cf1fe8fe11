//! The lowest rate of a connection, since bytes that arrive one by one keep a transfer alive for
//! ever.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use tokio::time::Instant;

use crate::{Error, RegistryErrorKind};

/// The least that a connection must deliver while we wait for the other side. Time in which this
/// side holds back does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeastRate {
    /// Bytes of a connection.
    pub bytes: u64,
    /// In this time.
    pub over: Duration,
}

/// 1 KiB a second, over a minute.
impl Default for LeastRate {
    fn default() -> Self {
        Self { bytes: 60 * 1024, over: Duration::from_secs(60) }
    }
}

impl LeastRate {
    /// The error of a connection that delivered less.
    pub(crate) fn missed(&self, registry: &str) -> Error {
        let message =
            format!("fewer than {} bytes moved in {} s of waiting", self.bytes, self.over.as_secs_f32());
        RegistryErrorKind::Network { message }.at(registry.to_owned())
    }
}

/// Compares a connection with the least rate.
#[derive(Debug)]
pub(crate) struct Gauge {
    least: LeastRate,
    waited: Duration,
    bytes: u64,
}

impl Gauge {
    pub(crate) fn new(least: LeastRate) -> Self {
        Self { least, waited: Duration::ZERO, bytes: 0 }
    }

    /// Whether the bytes so far are too few over the time that counts; `bytes` arrived after a
    /// wait.
    pub(crate) fn is_trickle(&mut self, waited: Duration, bytes: u64) -> bool {
        self.waited += waited;
        self.bytes += bytes;
        if self.waited < self.least.over {
            return false;
        }
        let less = self.bytes < self.least.bytes;
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        less
    }
}

/// For how long the receiver of a body held back.
#[derive(Debug, Default)]
pub(crate) struct Receiver(Mutex<(Duration, Option<Instant>)>);

impl Receiver {
    fn state(&self) -> std::sync::MutexGuard<'_, (Duration, Option<Instant>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It received a piece, and from now on we wait for it.
    pub(crate) fn has_some(&self) {
        self.state().1 = Some(Instant::now());
    }

    /// It asks for more: from now on it waits for us.
    pub(crate) fn asks(&self) {
        let mut state = self.state();
        if let Some(since) = state.1.take() {
            state.0 += since.elapsed();
        }
    }

    /// The time since the last call.
    pub(crate) fn take(&self) -> Duration {
        let mut state = self.state();
        let now = Instant::now();
        let current = state.1.as_mut().map(|since| now - std::mem::replace(since, now));
        std::mem::take(&mut state.0) + current.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_now_and_then_is_a_trickle_and_a_slow_line_is_none() {
        let minute = |bytes: u64| {
            let mut gauge = Gauge::new(LeastRate::default());
            (0..60).any(|_| gauge.is_trickle(Duration::from_secs(1), bytes))
        };
        assert!(minute(1) && minute(1000));
        assert!(!minute(1024) && !minute(1_000_000));
        let mut gauge = Gauge::new(LeastRate::default());
        assert!(!gauge.is_trickle(Duration::from_secs(59), 0), "too early to say");
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_receivers_time_counts() {
        let receiver = Receiver::default();
        tokio::time::advance(Duration::from_secs(100)).await;
        assert_eq!(receiver.take(), Duration::ZERO, "it waits for the first piece");
        receiver.has_some();
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(receiver.take(), Duration::from_secs(10));
        tokio::time::advance(Duration::from_secs(5)).await;
        receiver.asks();
        tokio::time::advance(Duration::from_secs(100)).await;
        assert_eq!(receiver.take(), Duration::from_secs(5));
    }
}

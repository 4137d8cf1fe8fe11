//! The rate of a transfer, and the time left.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use crate::api::TimeLeft;

/// The span over which the rate is measured.
const SPAN: Duration = Duration::from_secs(20);
/// The interval between two samples.
const EVERY: Duration = Duration::from_secs(1);

/// Samples of the transferred bytes.
#[derive(Debug, Default)]
pub(super) struct Meter(VecDeque<(Instant, u64)>);

impl Meter {
    /// Adds a sample of the bytes transferred until `now`.
    pub(super) fn note(&mut self, now: Instant, moved: u64) {
        if self.0.back().is_some_and(|(at, _)| now.duration_since(*at) < EVERY) {
            return;
        }
        self.0.push_back((now, moved));
        while self.0.front().is_some_and(|(at, _)| now.duration_since(*at) > SPAN) {
            self.0.pop_front();
        }
    }

    /// Forgets the samples, because nothing is transferred.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Bytes a second.
    pub(super) fn rate(&self) -> Option<u64> {
        let (first, last) = (self.0.front()?, self.0.back()?);
        rate(*first, *last)
    }

    /// The time for `left` bytes, at the rates of the best and of the worst third of the span.
    pub(super) fn left(&self, left: u64) -> Option<TimeLeft> {
        let stretch = (self.0.len() / 3).max(1);
        let rates: Vec<u64> = (stretch..self.0.len())
            .filter_map(|end| rate(*self.0.get(end - stretch)?, *self.0.get(end)?))
            .collect();
        let (best, worst) = (rates.iter().max()?, rates.iter().min()?);
        if *worst == 0 {
            return None;
        }
        Some(TimeLeft { least: left.div_ceil(*best), most: left.div_ceil(*worst) })
    }
}

fn rate(first: (Instant, u64), last: (Instant, u64)) -> Option<u64> {
    let took = last.0.duration_since(first.0).as_millis();
    let moved = u128::from(last.1.saturating_sub(first.1));
    (took > 0).then(|| u64::try_from(moved * 1_000 / took).unwrap_or(u64::MAX))
}

//! How fast bytes move, and how long it will go on.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use crate::api::TimeLeft;

/// What the rate is taken over.
const SPAN: Duration = Duration::from_secs(20);
/// Between two samples.
const EVERY: Duration = Duration::from_secs(1);

/// Samples of the bytes that were moved.
#[derive(Debug, Default)]
pub(super) struct Meter(VecDeque<(Instant, u64)>);

impl Meter {
    /// Notes how much was moved until `now`.
    pub(super) fn note(&mut self, now: Instant, moved: u64) {
        if self.0.back().is_some_and(|(at, _)| now.duration_since(*at) < EVERY) {
            return;
        }
        self.0.push_back((now, moved));
        while self.0.front().is_some_and(|(at, _)| now.duration_since(*at) > SPAN) {
            self.0.pop_front();
        }
    }

    /// Forgets, since nothing moves.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Bytes a second.
    pub(super) fn rate(&self) -> Option<u64> {
        let (first, last) = (self.0.front()?, self.0.back()?);
        rate(*first, *last)
    }

    /// How long `left` bytes take, as in the best and in the worst third of the span.
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

//! When a host is left alone: it asked for a long wait, or it has been silent for long.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::{Backoff, Error, RegistryErrorKind};

/// After this long without a response to any try of a request, a host is silent.
const SILENT: Duration = Duration::from_secs(100);
/// How long a silent host is left alone, so that waiting requests fail soon instead of one after
/// the other.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// Whether a host rests, and why.
pub(crate) struct Rest(Mutex<State>);

struct State {
    until: Option<(Instant, Error)>,
    answered: Instant,
}

impl Rest {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { until: None, answered: Instant::now() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reason, while the host rests.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.state().until {
            Some((until, reason)) if *until > Instant::now() => Err(reason.clone()),
            _ => Ok(()),
        }
    }

    /// The host gave a response that is not a failure.
    pub(crate) fn answered(&self) {
        self.state().answered = Instant::now();
    }

    /// A host that asks for a longer wait than `backoff` allows gets it, and its error names the
    /// time.
    pub(crate) fn after(&self, error: &Error, backoff: &Backoff) {
        let Error { kind: RegistryErrorKind::Throttled { message, retry_after: Some(wait) }, registry } =
            error
        else {
            return;
        };
        if !backoff.is_beyond(error) {
            return;
        }
        let message = format!("{message}; it asks to wait {}", in_words(*wait, Utc::now()));
        let reason = RegistryErrorKind::Throttled { message, retry_after: Some(*wait) }.at(registry.clone());
        // An endless wait is treated as one day.
        let until = Instant::now() + (*wait).min(Duration::from_secs(24 * 3600));
        self.state().until = Some((until, reason));
    }

    /// All tries of a request failed. The first was sent at `begun`.
    pub(crate) fn gave_up(&self, error: &Error, begun: Instant) {
        let mut state = self.state();
        let silent = begun.elapsed() >= SILENT && state.answered.elapsed() >= SILENT;
        if matches!(error.cause(), RegistryErrorKind::Network { .. }) && silent {
            state.until = Some((Instant::now() + LEFT_ALONE, error.clone()));
        }
    }
}

/// `1 h 30 min, until 2026-11-28 21:30 UTC`.
fn in_words(wait: Duration, now: DateTime<Utc>) -> String {
    let seconds = wait.as_secs();
    let length = match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    match chrono::TimeDelta::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait)) {
        Some(until) => format!("{length}, until {}", until.format("%Y-%m-%d %H:%M UTC")),
        None => length,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(seconds: u64) -> Error {
        let retry_after = Some(Duration::from_secs(seconds));
        RegistryErrorKind::Throttled { message: "quota".into(), retry_after }.at("r")
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_cap_ends_the_work_at_once_and_names_the_time() {
        let (rest, backoff) = (Rest::new(), Backoff::default());
        rest.after(&throttled(5), &backoff);
        assert!(rest.check().is_ok(), "it is waited for");
        rest.after(&throttled(5400), &backoff);
        let text = rest.check().unwrap_err().to_string();
        assert!(
            text.contains("quota; it asks to wait 1 h 30 min, until 20") && text.ends_with("UTC"),
            "{text}"
        );
        tokio::time::advance(Duration::from_secs(5401)).await;
        assert!(rest.check().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_was_silent_for_long_is_left_alone_for_a_while() {
        let rest = Rest::new();
        let silence = RegistryErrorKind::Network { message: "nothing came".into() }.at("r");
        let begun = Instant::now();
        rest.gave_up(&silence, begun);
        assert!(rest.check().is_ok(), "it failed at once");
        tokio::time::advance(SILENT).await;
        rest.answered();
        rest.gave_up(&silence, begun);
        assert!(rest.check().is_ok(), "it answered to others");
        tokio::time::advance(SILENT).await;
        rest.gave_up(&silence, Instant::now());
        assert!(rest.check().is_ok(), "it may have slept, and was asked only now");
        rest.gave_up(&silence, begun);
        assert!(rest.check().is_err());
        tokio::time::advance(LEFT_ALONE).await;
        assert!(rest.check().is_ok());
    }

    #[test]
    fn a_wait_without_end_has_no_time() {
        let now = "2026-11-28T20:00:00Z".parse().unwrap();
        assert_eq!(in_words(Duration::from_secs(90), now), "1 min, until 2026-11-28 20:01 UTC");
        assert!(!in_words(Duration::MAX, now).contains("until"));
    }
}

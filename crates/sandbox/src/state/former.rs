//! Values that are still read after a write: ECR's reads follow its writes some seconds later.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

/// The former values that readers may still get, each until its time. They are not stored on disk:
/// after a restart every read is current.
#[derive(Debug)]
pub(crate) struct Former<T>(Mutex<VecDeque<(DateTime<Utc>, T)>>);

impl<T> Default for Former<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Former<T> {
    /// `value` was replaced, and is read until `until`.
    pub(crate) fn keep(&self, value: T, until: DateTime<Utc>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((until, value));
    }

    /// The former value that is still read at `now`, if there is one.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Option<T> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while held.front().is_some_and(|(until, _)| *until <= now) {
            held.pop_front();
        }
        held.front().map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn each_value_is_read_until_its_time_in_the_order_of_the_writes() {
        let start = DateTime::UNIX_EPOCH;
        let at = |seconds| start + TimeDelta::seconds(seconds);
        let former = Former::default();
        assert_eq!(former.at(start), None);
        former.keep("first", at(5));
        former.keep("second", at(7));
        assert_eq!(
            (former.at(at(4)), former.at(at(5)), former.at(at(7))),
            (Some("first"), Some("second"), None)
        );
    }
}

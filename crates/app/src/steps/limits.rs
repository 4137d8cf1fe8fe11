//! Limits of all runs together, from the settings.

use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};
use longshore_policy::rule::Windows;

use crate::transfer::Bandwidth;

/// Bytes a second of all runs together, and when runs of engine rules may upload.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) bandwidth: Bandwidth,
    windows: RwLock<Option<Windows>>,
}

impl Limits {
    pub(crate) fn set_windows(&self, windows: Windows) {
        *self.windows.write().unwrap_or_else(PoisonError::into_inner) = Some(windows);
    }

    /// Whether runs of engine rules may upload at `now`.
    pub(crate) fn is_open(&self, now: DateTime<Utc>) -> bool {
        let windows = self.windows.read().unwrap_or_else(PoisonError::into_inner);
        windows.as_ref().is_none_or(|windows| windows.is_open(now))
    }

    /// When they may upload again.
    pub(crate) fn opens(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let windows = self.windows.read().unwrap_or_else(PoisonError::into_inner);
        windows.as_ref().map_or(Some(now), |windows| windows.next_open(now))
    }
}

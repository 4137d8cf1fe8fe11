//! Values as a person writes them: rates, durations, times, platforms, registries.

pub(crate) mod bandwidth;
pub(crate) mod duration;
pub(crate) mod moment;
pub(crate) mod platform;
pub(crate) mod registry;

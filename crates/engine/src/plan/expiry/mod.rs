//! What lifecycle policies of a destination would delete after a copy.

pub(crate) mod forecast;
pub(crate) mod lifecycle;

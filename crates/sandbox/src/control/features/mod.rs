//! Operations on what a registry does by itself: caching, scanning, signing, recording pulls.

pub(crate) mod cache_rules;
pub(crate) mod exclusions;
pub(crate) mod scanning_rules;
pub(crate) mod signing;

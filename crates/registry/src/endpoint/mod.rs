//! What the engine sees of a registry: two small traits, and capabilities that a registry may have.
//!
//! One value stands for one registry as one principal sees it, and lives as long as a run, so that
//! connections, tokens and pacing are shared over all its repositories.

pub(crate) mod optional;
pub(crate) mod sink;
pub(crate) mod source;

/// Single requests under way at once for one lookup of many items.
const ASKED_AT_ONCE: usize = 32;

//! Paths, tags, gates, approvals and the record, decided from given facts.
#![allow(clippy::unwrap_used)]

mod approvals;
mod barrier;
mod boards;
mod common;
mod gates;
mod paths;
mod plans;
mod record;
mod rollback;
mod schemes;
mod search;
mod sets;
mod stages;

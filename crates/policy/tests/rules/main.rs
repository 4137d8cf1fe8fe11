//! The user's own rule: its file, what it selects, who carries it out, when.
#![allow(clippy::unwrap_used)]

mod file;
mod hostile;
mod kubernetes;
mod lifecycle;
mod round_trip;
mod selection;
mod times;
mod who_runs_it;

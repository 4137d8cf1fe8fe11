//! The user's own rule: its file, what it selects, who carries it out, when.

mod file;
mod hostile;
mod kubernetes;
mod lifecycle;
mod round_trip;
mod selection;
mod times;
mod who_runs_it;

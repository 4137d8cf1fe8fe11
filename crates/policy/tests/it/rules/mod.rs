//! The user's own rule: its file, what it selects, what runs it, and when.

mod file;
mod hostile;
mod kubernetes;
mod round_trip;
mod selection;
mod times;
mod who_runs_it;

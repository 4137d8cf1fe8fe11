//! Removes what a replication set-up created, in an order that loses nothing.
//!
//! The order matters: with delete replication, deleting at the source first would delete in
//! production. So the clean-up waits for replications in progress, removes the rule and reads it
//! back; then it removes the statements, the destination repositories, and the source repositories
//! last.

mod candidates;
mod perform;
mod plan;
mod replicated;
mod snapshots;
mod statements;

pub(crate) use plan::{Wish, plan};
pub(crate) use snapshots::Snapshots;

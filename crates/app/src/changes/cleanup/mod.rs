//! Takes back what a replication set-up made, in the order that loses nothing.
//!
//! The order matters: with delete replication, deleting at the source first would delete in
//! production. So: wait for what is on its way, remove the rule, read back, then the statements,
//! the destination repositories, and the source repositories last.

mod came;
mod candidates;
mod looks;
mod perform;
mod plan;
mod statements;

pub(crate) use looks::Looks;
pub(crate) use plan::{Wish, plan};

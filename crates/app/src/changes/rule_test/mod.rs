//! Testing a replication rule with a tiny image in a repository of its own, which is removed afterwards.

mod perform;
mod plan;

pub(crate) use plan::plan;

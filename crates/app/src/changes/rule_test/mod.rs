//! Testing a replication rule with a tiny image in a repository of its own, which is removed afterwards.

mod may_delete;
mod perform;
mod plan;

pub(crate) use plan::plan;

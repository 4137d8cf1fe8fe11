//! Repository creation templates: the settings of repositories that replication creates.

mod perform;
mod plan;

pub(crate) use plan::{plan_delete, plan_put};

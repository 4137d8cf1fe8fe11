//! Repository creation templates: the settings of repositories that replication creates.

mod perform;
mod plan;
mod view;

pub(in crate::changes) use perform::{CreateTemplate, DeleteTemplate, ReplaceTemplate};
pub(crate) use plan::{plan_delete, plan_put};

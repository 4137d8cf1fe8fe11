//! Repository creation templates: the settings of repositories that replication creates.

mod perform;
mod plan;
mod text;
mod view;

pub(in crate::changes) use text::mutability_members;

pub(crate) use plan::{plan_delete, plan_put};

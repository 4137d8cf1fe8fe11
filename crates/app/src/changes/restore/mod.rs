//! Plans that restore what runs replaced: one version, or everything of a run.

mod step;
mod undo;
mod version;

pub(in crate::changes) use undo::plan as plan_undo;
pub(in crate::changes) use version::plan as plan_version;

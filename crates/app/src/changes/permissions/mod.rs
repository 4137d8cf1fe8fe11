//! Registry policies: their meaning, statements that are generated, texts that are pasted, and the
//! plans that write them. Repositories have policies of the same form.

mod merge;
mod opened;
mod plan;
mod preview;
mod repository;
mod text;
mod view;

pub(crate) use opened::{Opened, base};
pub(crate) use plan::{plan_add, plan_put, plan_remove};
pub(in crate::changes) use repository::checked_repository_policy;
pub(crate) use repository::plan_put_repository;

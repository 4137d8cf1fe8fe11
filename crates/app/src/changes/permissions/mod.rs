//! Registry policies: their meaning, statements that are generated, texts that are pasted, and the
//! plans that write them.

mod merge;
mod opened;
mod plan;
mod preview;
mod text;
mod view;

pub(crate) use opened::{Opened, base};
pub(crate) use plan::{plan_add, plan_put, plan_remove};

//! Settings of repositories that replication does not carry: side by side, and made equal.

mod compare;
mod drift;
mod equal;
mod many;
mod perform;
mod plan;
mod read;
mod view;

pub(crate) use many::{Wish, plan as plan_all_equal};
pub(in crate::changes) use perform::{SetRepositoryPolicy, SetScanOnPush};
pub(crate) use plan::plan_equal;
pub(in crate::changes) use read::complete_of;

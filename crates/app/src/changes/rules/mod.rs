//! Replication rules: what is configured, what a rule would do while it is typed, what the other
//! side needs, and the plans that write them.

mod input;
mod other_side;
mod plan;
mod preview;
mod referrers;
mod view;

pub(crate) use plan::{plan_put, plan_remove};

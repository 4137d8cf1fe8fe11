//! Replication rules: the configured ones, the effect of a rule while it is typed, the needs of its
//! destinations, and the plans that write rules.

mod input;
mod other_side;
mod plan;
mod preview;
mod referrers;
mod sources;
mod view;

pub(crate) use input::draft_of;
pub(crate) use plan::{plan_put, plan_remove};
pub(crate) use preview::sentence;

//! Settings of repositories that replication does not carry: side by side, and made equal.

mod perform;
mod plan;
mod read;
mod view;

pub(in crate::changes) use perform::SetScanOnPush;
pub(crate) use plan::plan_equal;

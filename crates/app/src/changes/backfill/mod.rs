//! Bringing over images that were there before a rule: by ECR's own backfill, or by the engine.

mod perform;
mod plan;
mod view;
mod way;

pub(crate) use plan::{plan_start, plan_stop};

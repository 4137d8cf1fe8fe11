//! Deletes at a destination what a rule no longer selects: planned, then carried out.

pub(crate) mod prune_plan;
pub(crate) mod prune_run;

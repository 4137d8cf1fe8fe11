//! Two registries side by side: what the second lacks, whether it can stand in for the first, and plans that
//! copy what is missing.

mod list;
mod needed;
mod plan;
mod store;
mod view;

pub(crate) use plan::plan_copy;

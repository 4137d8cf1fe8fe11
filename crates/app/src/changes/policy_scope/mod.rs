//! The scope of a registry's policy: what it is, and its upgrade from V1 to V2.

mod perform;
mod plan;
mod read;

pub(crate) use plan::plan_upgrade;

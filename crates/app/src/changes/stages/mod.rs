//! Promotion along paths: a build, or all builds of a stage, enters the next one; a stage goes back to an
//! earlier build. Every digest is copied everywhere and proven before any tag is written.

mod check;
mod copy;
mod plan;
mod record;
mod replicated;
mod steps;
mod tag;

pub(crate) use plan::{plan_build, plan_set};

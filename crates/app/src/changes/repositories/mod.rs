//! Repositories: created, deleted, their tag mutability, and blob mounting of their registry.

mod create;
mod perform;
pub(super) mod plan;

pub(in crate::changes) use create::{Complete, plan as plan_create_many, rows};
pub(in crate::changes) use perform::gone;
pub(crate) use perform::{ALREADY_GONE, CreateRepository, DeleteRepository, SetBlobMounting, SetMutability};
pub(in crate::changes) use plan::mutability_words;

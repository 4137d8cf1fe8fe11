//! What each element of a statement holds: principals, actions, resources, conditions.

mod action;
mod arn;
mod condition;
mod principal;
mod resource;
mod value;

pub(in crate::iam) use arn::Arn;
pub(super) use condition::{Claim, claims};

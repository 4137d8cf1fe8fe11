//! IAM: users, groups, roles and policies, what belongs to them, and access keys.

mod answers;
mod belongings;
mod create;
mod delete;
mod grants;
mod input;
mod key;
mod new_keys;
mod perform;
mod plan;
mod view;

pub(crate) use new_keys::NewKeys;
pub(in crate::changes) use perform::WriteIam;
pub(crate) use plan::plan;

//! Who manages the documents of registries.
//!
//! Longshore does not write a document that CloudFormation, Terraform or another person manages: its owner
//! would revert the change, or the change would revert the owner's. The owner is found by asking
//! CloudFormation, by reading a Terraform state file that the user named, or by a mark that the user set. The
//! user can also declare that an owner no longer manages the document; this applies to that owner only.

mod commands;
mod find;
mod patch;
mod store;
mod words;

pub(crate) use find::{hides_an_owner, may_write, ownership};
pub(crate) use patch::managed;
pub(crate) use words::{label, managed_text, way_out};

//! Who manages the documents of registries.
//!
//! A document that CloudFormation, Terraform or somebody else manages is read-only here: what Longshore
//! writes to it would be reverted by its owner, or would revert what the owner wrote. Three sources tell:
//! CloudFormation, which is asked; a Terraform state, which a person names; a mark that a person sets. A
//! person may also declare that the owner no longer manages the document; that holds for this owner only.

mod commands;
mod find;
mod patch;
mod store;
mod words;

pub(crate) use find::{may_write, ownership};
pub(crate) use patch::managed;
pub(crate) use words::{label, managed_text, way_out};

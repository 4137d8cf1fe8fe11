//! What a Terraform state says that Terraform manages in a registry.
//!
//! A person names the file. It is read and never written, its path is all that is stored, and of its
//! contents only addresses and names of ECR's resources stay in memory: states hold secrets.

mod files;
mod state;

pub(crate) use files::StateFiles;

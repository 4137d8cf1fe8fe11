//! The permission document of one registry.
//!
//! Source: ECR API model 2015-09-21, `PutRegistryPolicy`; user guide, "Private registry
//! permissions"; IAM policy grammar. A registry has one document, replaced as a whole.

mod actions;
mod canonical;
mod check;
mod clean;
mod commands;
mod condition;
mod diff;
mod document;
mod edit;
mod evaluate;
mod explain;
mod fix;
mod fixes;
mod generate;
mod merge;
mod paste;
mod principal;
mod proposed_sid;
mod resource;
mod statement;
mod validate;
mod validate_condition;
mod validate_principal;
mod validate_resource;

pub use crate::paste::{DocumentKind, Wrapping};
pub use check::{MissingPermission, PermissionCheck, check_replication, serves_replication};
pub use diff::{PolicyDiff, StatementChange, diff};
pub use document::RegistryPolicy;
pub use edit::Added;
pub use evaluate::{Decision, Mismatch, Request, StatementRef, evaluate};
pub use explain::explain_statement;
pub use fix::Fix;
pub use generate::{CrossAccountReplication, RepositoryScope, StatementInput, validate_statement_input};
pub use merge::merge;
pub use paste::{PasteCheck, PasteKind, check_pasted};
pub use principal::Principal;
pub use statement::{Effect, Element, Statement, StatementView};
pub use validate::{PolicyContext, PolicyScope, validate_policy};

/// A document has at most this many characters, not counting whitespace between tokens.
pub const MAX_CHARACTERS: usize = 10_240;

/// The Sid that ECR's console proposes for cross-account replication.
pub const DEFAULT_SID: &str = "ReplicationAccessCrossAccount";

/// Copy an image here from another registry. AWS only; no client can call it.
pub const REPLICATE_IMAGE: &str = "ecr:ReplicateImage";
/// Create a repository, including the one that a replicated image needs.
pub const CREATE_REPOSITORY: &str = "ecr:CreateRepository";

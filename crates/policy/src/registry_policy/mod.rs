//! The permission document of one registry.
//!
//! Source: ECR API model 2015-09-21, `PutRegistryPolicy`; user guide, "Private registry
//! permissions". A registry has one document, replaced as a whole. Its language is that of
//! [`iam`](crate::iam); here is what only a registry's policy has: the statement that native
//! replication needs, generated and checked.

mod check;
mod generate;

pub use crate::iam::{
    Added, AllowError, Allowing, CREATE_REPOSITORY, Decision, DeniedCall, Effect, Element, Fix, Grantee,
    LockOut, MAX_CHARACTERS, ManagementLost, Mismatch, Orphan, PasteCheck, PasteKind, PolicyChange,
    PolicyContext, PolicyDiff, PolicyScope, PolicySide, Principal, PrincipalsRemoved, REPLICATE_IMAGE,
    Request, Resource, Statement, StatementChange, StatementRef, StatementView, Triple, check_pasted, diff,
    evaluate, explain_statement, grouped_denials, grouped_sentences, merge, newly_allowed, newly_denied,
    paste::DEFAULT_SID, self_lock_out, statement_for, validate_policy,
};
pub use crate::paste::{DocumentKind, Wrapping};
pub use check::{MissingPermission, PermissionCheck, check_replication, serves_replication};
pub use generate::{CrossAccountReplication, RepositoryScope, StatementInput, validate_statement_input};

/// The policy of a registry.
pub type RegistryPolicy = crate::iam::Policy;

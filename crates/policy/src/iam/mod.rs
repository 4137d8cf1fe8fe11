//! Resource policies of ECR in the language of IAM: read, edited, compared, evaluated, validated,
//! explained, and taken from what people paste.
//!
//! Source: IAM policy grammar and evaluation logic; ECR user guide, "Private registry permissions" and
//! "Repository policies". What a registry policy alone has is in
//! [`registry_policy`](crate::registry_policy).
//!
//! * reading: `document`, `statement`, `principal`, `resource`, `actions`, `canonical`
//! * writing: `edit`, `merge`, `diff`, `orphans`
//! * meaning: `evaluate`, `condition`, `explain` in sentences; `newly`: what a change newly allows and denies;
//!   `allow`: the statement that would allow a denied call; `authorize`: what all policies of a caller and a
//!   resource allow together
//! * [`lint`]: what is wrong in documents of every kind, as pasted; `reference`: the actions, resource types and
//!   condition keys of AWS
//! * `build`: documents from what should be possible
//! * `validate`: what is wrong in the policy of a registry; `paste`: what people paste, and how it is fixed

pub(crate) mod actions;
mod allow;
pub mod authorize;
pub mod build;
mod canonical;
pub(crate) mod condition;
mod diff;
mod document;
pub(crate) mod edit;
pub(crate) mod evaluate;
mod explain;
pub mod lint;
mod merge;
pub(crate) mod newly;
mod orphans;
pub(crate) mod paste;
pub(crate) mod principal;
pub(crate) mod reference;
pub(crate) mod resource;
pub(crate) mod statement;
pub(crate) mod validate;

pub use actions::{CREATE_REPOSITORY, REPLICATE_IMAGE};
pub use allow::{AllowError, Allowing, DeniedCall, PolicySide, statement_for};
pub use diff::{PolicyDiff, StatementChange, diff};
pub use document::Policy;
pub use edit::Added;
pub use evaluate::{Decision, Mismatch, Request, StatementRef, evaluate};
pub use explain::{ExplainedDocument, ExplainedStatement, ExplainedText, explain_statement, explain_text};
pub use merge::merge;
pub use newly::{
    Grantee, LockOut, ManagementLost, PolicyChange, Resource, Triple, grouped_denials, grouped_sentences,
    newly_allowed, newly_denied, self_lock_out,
};
pub use orphans::{Orphan, PrincipalsRemoved};
pub use paste::{Fix, PasteCheck, PasteKind, check_pasted};
pub use principal::Principal;
pub use statement::{Effect, Element, Statement, StatementView};
pub use validate::{PolicyContext, PolicyScope, validate_policy};

/// A document has at most this many characters, not counting whitespace between tokens.
pub const MAX_CHARACTERS: usize = 10_240;

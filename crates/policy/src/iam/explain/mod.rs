//! Explains statements in plain sentences.
//!
//! * `statement`: a statement of the policy of a registry, as the window shows it
//! * `kinds`: a statement of any kind of policy
//! * `condition`: a condition in words
//! * `text`: every statement in a pasted text

mod condition;
mod kinds;
mod statement;
mod text;

pub use statement::explain_statement;
pub(super) use statement::resource;
pub use text::{ExplainedDocument, ExplainedStatement, ExplainedText, explain_text};

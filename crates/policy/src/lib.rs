//! ECR's replication and permission documents as pure values: parse, build, validate, explain,
//! evaluate, compare, export.
//!
//! * [`replication`]: the replication configuration of one registry and its rules.
//! * [`iam`]: resource policies: statements, evaluation, validation, fixes of what people paste.
//! * [`registry_policy`]: the permission document of a registry.
//! * [`readiness`]: whether a replication rule will work, and what to do if not.
//! * [`request`]: requests and receipts between two teams.
//! * [`rule`]: the user's own rule, which can express more than ECR.
//! * [`lifecycle`]: lifecycle policies of repositories: check, explain, and preview what they would expire.
//! * [`deletion`]: which images rules delete, what protects them, and what goes with them.
//! * [`expected`]: the images that one team expects another team's registry to have.
//! * [`export`]: a whole document as AWS CLI, JSON, Terraform or CloudFormation.
//! * [`paste`]: extracts documents from commands, Terraform, templates and Markdown.
//! * [`references`]: the images that files refer to.
//! * [`pair`]: two registries side by side.
//! * [`Finding`]: a problem or a note, and its field.
//!
//! A rule and a statement have no id in ECR, so each *is* its content: it is found again by the
//! [`ContentHash`] of its canonical form, which ignores everything that AWS may rewrite. Documents
//! keep every field that this version does not know.
//!
//! ```
//! use longshore_policy::replication::{DraftInput, ReplicationConfiguration, RuleContext, validate_draft};
//!
//! let source = longshore_names::RegistryId::new("111122223333".parse()?, "us-west-2".parse()?);
//! let mut configuration = ReplicationConfiguration::parse(r#"{"rules":[]}"#)?;
//! let input = DraftInput::new(&[("444455556666", "us-west-2")], &["prod-microservice"]);
//! let (draft, findings) = validate_draft(&input, &RuleContext::new(source));
//! assert!(findings.iter().all(|finding| !finding.is_error()));
//! let hash = configuration.add_rule(&draft.ok_or("not a rule")?)?;
//! assert_eq!(configuration.rules()[0].hash, hash);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not for: reading or writing anything. There is no I/O, no async and no clock here.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cost;
pub mod deletion;
mod edit_error;
pub mod expected;
pub mod export;
mod finding;
pub mod iam;
mod json;
pub mod lifecycle;
mod line_diff;
mod number_text;
pub mod pair;
pub mod paste;
mod pattern;
pub mod readiness;
pub mod references;
pub mod registry_policy;
pub mod replication;
pub mod request;
pub mod rule;
mod sentence;
mod unified_diff;

pub use edit_error::EditError;
pub use finding::{FieldPath, Finding, Position, Severity, has_errors};
pub use json::{
    ContentHash, DocumentError, JsonError, canonical_text, indented, minified, parse as parse_json, pretty,
    same_json,
};
pub use line_diff::{DiffLine, LineKind, line_diff};
pub use unified_diff::{file_diff, unified_diff};

//! Documents from people and AWS: read, evaluated, changed and written.
#![allow(clippy::unwrap_used)]

mod authorize;
mod build;
mod common;
mod deletion;
mod denied;
mod evaluation_table;
mod explained;
mod export;
mod export_shell;
mod grid;
mod keep_everything;
mod lifecycle;
mod lint;
mod newly_allowed;
mod pasted;
mod pasted_complete;
mod pasted_fixes;
mod pasted_whole;
mod policy_scope;
mod readiness;
mod references;
mod registry_policy;
mod replication_document;
mod replication_rules;
mod requests;
mod rules;

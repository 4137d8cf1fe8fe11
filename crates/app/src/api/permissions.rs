//! Registry policies.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, Finding, RegistryKey};

/// A registry's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    /// The registry.
    pub registry: RegistryKey,
    /// The document, indented JSON; absent when there is none.
    pub document: Option<String>,
    /// Its statements.
    pub statements: Vec<StatementView>,
    /// Characters when minified, of 10,240.
    pub length: u32,
    /// Findings about the whole document.
    pub findings: Vec<Finding>,
    /// When it was read.
    pub as_of: DateTime<Utc>,
    /// Identifies the document as it was read; *Save* and *Merge* send it back.
    pub base: String,
    /// Which of its actions ECR enforces; absent if that could not be read.
    pub scope: Option<PolicyScope>,
    /// Why the scope could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub scope_problem: Option<ApiError>,
}

/// The actions that ECR enforces in a registry's policy (account setting `REGISTRY_POLICY_SCOPE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum PolicyScope {
    /// Those of replication and pull-through caches.
    V1,
    /// Every action of ECR.
    V2,
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatementView {
    /// Hash of the statement's canonical content.
    pub id: String,
    /// Its Sid, if it has one.
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// The statement in one sentence.
    pub sentence: String,
    /// Principals as written.
    pub principals: Vec<String>,
    /// Actions as written.
    pub actions: Vec<String>,
    /// Resources as written.
    pub resources: Vec<String>,
    /// Whether this app made it.
    pub ours: bool,
    /// Findings about this statement.
    pub findings: Vec<Finding>,
    /// The statement as indented JSON.
    pub json: String,
}

/// Statement types that can be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum StatementType {
    /// *Replication - cross account*.
    ReplicationCrossAccount,
}

/// A statement as it was typed or chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatementInput {
    /// The registry whose policy it goes into.
    pub registry: RegistryKey,
    /// Type.
    pub statement_type: StatementType,
    /// As typed.
    pub sid: String,
    /// Source accounts, as typed.
    pub accounts: Vec<String>,
    /// Prefixes of repositories, as typed; ignored with `all_repositories`.
    pub prefixes: Vec<String>,
    /// Every repository instead of the prefixes.
    pub all_repositories: bool,
    /// Whether ECR may create repositories.
    pub create_repository: bool,
}

/// The effect of a statement, requested while typing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatementPreview {
    /// Indented JSON; absent while it is not valid.
    pub statement: Option<String>,
    /// The statement in one sentence.
    pub sentence: Option<String>,
    /// What is wrong or worth knowing.
    pub findings: Vec<Finding>,
    /// Sid of a statement that already allows all of this.
    pub already_allowed_by: Option<String>,
    /// An unused Sid, when the typed one belongs to a different statement.
    pub free_sid: Option<String>,
    /// The whole document with it, indented JSON.
    pub document: Option<String>,
    /// Characters of the whole document when minified, of 10,240.
    pub length: Option<u32>,
}

/// Asks about a text that a person pasted or edited.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckPolicyText {
    /// The registry whose policy it is meant for.
    pub registry: RegistryKey,
    /// As typed.
    pub text: String,
    /// Ids of the chosen fixes. Fixes that do not change the policy's meaning are always applied.
    #[serde(default)]
    pub fixes: Vec<String>,
}

/// Something that can be fixed in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PolicyFix {
    /// The id by which it is chosen.
    pub id: String,
    /// Stable code of the finding that it resolves.
    pub code: String,
    /// What it does, one sentence.
    pub what: String,
    /// What it makes the policy allow that the text as written does not; absent when nothing.
    pub newly_allows: Option<String>,
    /// Whether it is applied without being chosen.
    pub applied: bool,
}

/// The meaning of a pasted text, and its findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckedPolicyText {
    /// What the text is, one sentence.
    pub summary: String,
    /// What is wrong or worth knowing.
    pub findings: Vec<Finding>,
    /// Line of a syntax error, from 1.
    pub line: Option<u32>,
    /// Column of a syntax error, from 1.
    pub column: Option<u32>,
    /// The text with the repairs that do not change its meaning and with the chosen fixes, as
    /// indented JSON; absent when there is nothing to repair or it cannot be repaired.
    pub mended: Option<String>,
    /// Everything that can be fixed, applied or not.
    pub fixes: Vec<PolicyFix>,
    /// Whether the text could be written as it is.
    pub writable: bool,
}

/// Appends the statements of a text to a registry's policy, for the editor.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MergePolicy {
    /// The registry.
    pub registry: RegistryKey,
    /// A policy, as typed.
    pub text: String,
    /// [`PolicyView::base`] of the policy that the person saw, or that `draft` was made from.
    pub base: String,
    /// A policy that is being edited: the statements are appended to this one instead.
    #[serde(default)]
    #[ts(optional)]
    pub draft: Option<String>,
}

/// A policy with the statements of another one; not written yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MergedPolicy {
    /// The document, indented JSON.
    pub text: String,
    /// The policy that it was merged into, as read now; for a draft, the base of the draft.
    pub base: String,
    /// What another client changed since the person saw the policy, one sentence part each.
    pub changed_since: Vec<String>,
}

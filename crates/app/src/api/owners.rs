//! Who manages a document: Longshore, or something else that would overwrite what Longshore writes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, ExportFormat, RegistryKey};

/// A document of a registry that something else may manage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "document")]
pub enum OwnedDocument {
    /// The replication configuration.
    Replication,
    /// The registry policy.
    Policy,
    /// A repository with its settings.
    Repository {
        /// Its name.
        name: String,
    },
    /// The policy of a repository.
    RepositoryPolicy {
        /// The repository's name.
        name: String,
    },
    /// The lifecycle policy of a repository.
    LifecyclePolicy {
        /// The repository's name.
        name: String,
    },
    /// A repository creation template.
    Template {
        /// Its prefix.
        prefix: String,
    },
}

/// Names a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DocumentKey {
    /// The registry.
    pub registry: RegistryKey,
    /// The document.
    pub document: OwnedDocument,
}

/// How it is known who manages a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum OwnerSource {
    /// CloudFormation names its stack.
    CloudFormation,
    /// A Terraform state lists it.
    Terraform,
    /// A person marked it.
    Mark,
}

/// What manages a document instead of Longshore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// How it is known.
    pub source: OwnerSource,
    /// The stack, the address in the state, or the note of the mark.
    pub name: String,
    /// The resource in the stack's template, or the path of the state.
    pub detail: Option<String>,
}

/// Who manages a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Ownership {
    /// The document.
    pub key: DocumentKey,
    /// The document as a person types it: `policy:111122223333/us-west-2`.
    pub label: String,
    /// What manages it; absent when Longshore may write it.
    pub owner: Option<Owner>,
    /// What would manage it, if a person had not said that it no longer does.
    pub released: Option<Owner>,
    /// Why it is not known whether something manages it.
    pub unknown: Vec<ApiError>,
}

/// Marks a document as managed elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MarkDocument {
    /// The document.
    pub key: DocumentKey,
    /// By what or by whom, as typed.
    pub note: String,
}

/// A document that a plan would write and that something else manages: what its owner has to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ManagedDocument {
    /// The document.
    pub key: DocumentKey,
    /// As a person types it to change the document all the same.
    pub label: String,
    /// What manages it.
    pub owner: Owner,
    /// Whether a person may change it all the same, for one plan.
    pub may_override: bool,
    /// A file name for the difference.
    pub file_name: String,
    /// The difference, in the unified format.
    pub diff: String,
    /// The document afterwards, in the formats of its owner.
    pub snippets: Vec<Snippet>,
}

/// A document in the format of another tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Snippet {
    /// The format.
    pub format: ExportFormat,
    /// The text; absent when the format cannot express the document.
    pub text: Option<String>,
    /// Why it cannot.
    pub refusal: Option<String>,
}

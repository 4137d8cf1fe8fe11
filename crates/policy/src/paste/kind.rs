//! The kind of a document.

use serde::Serialize;
use serde_json::Value;

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// The policy of a registry.
    RegistryPolicy,
    /// One statement, or a list of statements.
    Statement,
    /// The policy of one repository.
    RepositoryPolicy,
    /// A lifecycle policy.
    LifecyclePolicy,
    /// A replication configuration.
    ReplicationConfiguration,
    /// A policy for IAM identities: what a user or role may do.
    IdentityPolicy,
    /// The trust policy of a role.
    TrustPolicy,
    /// Something else.
    Other,
}

impl DocumentKind {
    /// The kind as a phrase for sentences.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::RegistryPolicy => "a registry policy",
            Self::Statement => "a statement",
            Self::RepositoryPolicy => "the policy of a repository",
            Self::LifecyclePolicy => "a lifecycle policy",
            Self::ReplicationConfiguration => "a replication configuration",
            Self::IdentityPolicy => "an IAM policy for users and roles",
            Self::TrustPolicy => "the trust policy of a role",
            Self::Other => "another document",
        }
    }
}

/// Whether an object is a statement.
pub(super) fn is_statement(value: &Value) -> bool {
    ["Effect", "Action", "NotAction"].iter().any(|key| value.get(key).is_some())
        && value.get("Statement").is_none()
}

/// Whether an object is a rule of a lifecycle policy.
pub(super) fn is_lifecycle_rule(value: &Value) -> bool {
    ["rulePriority", "selection"].iter().any(|key| value.get(key).is_some())
}

/// Every string of an element of the statements.
fn texts<'v>(statements: &[&'v Value], key: &str) -> Vec<&'v str> {
    let all = statements.iter().filter_map(|s| s.get(key));
    all.flat_map(|value| match value {
        Value::String(text) => vec![text.as_str()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    })
    .collect()
}

/// The kind of `value`, given the hints of its wrapping.
pub(super) fn kind_of(value: &Value, said: Option<DocumentKind>, has_repository: bool) -> DocumentKind {
    if let Some(said) = said.filter(|said| *said != DocumentKind::RegistryPolicy) {
        return said;
    }
    let rules = value.get("rules").or(value.get("Rules")).and_then(Value::as_array);
    if let Some(rules) = rules {
        let lifecycle = rules.iter().any(is_lifecycle_rule);
        return if lifecycle {
            DocumentKind::LifecyclePolicy
        } else {
            DocumentKind::ReplicationConfiguration
        };
    }
    if has_repository {
        return DocumentKind::RepositoryPolicy;
    }
    if value.get("replicationConfiguration").is_some() {
        return DocumentKind::ReplicationConfiguration;
    }
    let bare = is_statement(value)
        || value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(is_statement));
    let statements: Vec<&Value> = match value.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => match value {
            Value::Array(list) if bare => list.iter().collect(),
            one if bare => vec![one],
            _ => return DocumentKind::Other,
        },
    };
    let actions = texts(&statements, "Action");
    let lower: Vec<String> = actions.iter().map(|action| action.to_ascii_lowercase()).collect();
    let has =
        |key: &str| statements.iter().any(|s| s.get(key).is_some() || s.get(format!("Not{key}")).is_some());
    // A policy for users and roles that names the roles they may assume has resources and no principal.
    let assumes = lower.iter().any(|action| action.starts_with("sts:assumerole"));
    if assumes && (has("Principal") || !has("Resource")) {
        return DocumentKind::TrustPolicy;
    }
    let registry_only = ["ecr:replicateimage", "ecr:batchimportupstreamimage", "ecr:createrepository"];
    let names_registry = lower
        .iter()
        .any(|action| registry_only.contains(&action.as_str()) || action == "ecr:*" || action == "*");
    // A document with actions that only a registry policy can have is one, even if other parts are
    // missing.
    if said.is_none()
        && !statements.is_empty()
        && statements.iter().all(|s| s.is_object() && s.as_object().is_some_and(|o| !o.is_empty()))
    {
        if !has("Principal") && has("Resource") && !lower.is_empty() {
            return DocumentKind::IdentityPolicy;
        }
        if has("Principal")
            && !has("Resource")
            && !names_registry
            && lower.iter().any(|a| a.starts_with("ecr:"))
        {
            return DocumentKind::RepositoryPolicy;
        }
    }
    if bare { DocumentKind::Statement } else { DocumentKind::RegistryPolicy }
}

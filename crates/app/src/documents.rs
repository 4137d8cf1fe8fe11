//! The whole documents of a registry, replication configuration and policy: which is which, when
//! two mean the same, and how a rule is found in one.

use longshore_policy::{
    ContentHash, DocumentError,
    registry_policy::RegistryPolicy,
    replication::{ReplicationConfiguration, RuleView},
};
use serde_json::Value;

use crate::api::{ApiError, Side};

/// What a document is, as `VersionView::kind` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    Replication,
    Policy,
}

impl DocumentKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Replication => "replication configuration",
            Self::Policy => "registry policy",
        }
    }

    pub(crate) fn of(kind: &str) -> Option<Self> {
        [Self::Replication, Self::Policy].into_iter().find(|known| known.as_str() == kind)
    }
}

/// Whether two replication configurations mean the same.
pub(crate) fn same_replication(a: &Value, b: &Value) -> bool {
    let read = |value: &Value| ReplicationConfiguration::from_value(value.clone());
    match (read(a), read(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => longshore_policy::same_json(a, b),
    }
}

/// Whether two policies mean the same; null stands for none.
pub(crate) fn same_policy(a: &Value, b: &Value) -> bool {
    if a.is_null() || b.is_null() {
        return a.is_null() && b.is_null();
    }
    let read = |value: &Value| RegistryPolicy::from_value(value.clone());
    match (read(a), read(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => longshore_policy::same_json(a, b),
    }
}

/// The policy of a registry from its text; none when there is none.
pub(crate) fn parse_policy(text: Option<&str>) -> Result<RegistryPolicy, DocumentError> {
    text.map_or_else(|| Ok(RegistryPolicy::empty()), RegistryPolicy::parse)
}

/// The rule of this content.
pub(crate) fn find_rule(configuration: &ReplicationConfiguration, id: &str) -> Result<RuleView, ApiError> {
    configuration.rule(&ContentHash::from_text(id)).ok_or_else(|| {
        let text = "The rule is no longer there as it was: it was changed or removed elsewhere.";
        ApiError::new("changed-elsewhere", Side::Source, text).hint("Look at the rules as they are now.")
    })
}

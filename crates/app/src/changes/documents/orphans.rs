//! Principals that no longer exist. ECR shows them in a policy, and refuses to write them.

use longshore_policy::registry_policy::RegistryPolicy;

use crate::api::{Finding, Severity};

/// A policy is written whole, with all principals that it names.
pub(super) fn warning(policy: Option<&str>) -> Option<Finding> {
    let policy = RegistryPolicy::parse(policy?).ok()?;
    let orphans = policy.orphaned_principals();
    if orphans.is_empty() {
        return None;
    }
    let ids: Vec<String> = orphans.iter().map(|id| format!("`{id}`")).collect();
    let text = format!("The policy names users or roles that no longer exist: {}.", ids.join(", "));
    let hint =
        "ECR may refuse the whole policy (`Principal not found`). Remove them first: Permissions, JSON.";
    Some(Finding {
        code: "principal-orphaned".into(),
        severity: Severity::Warning,
        field: None,
        text: longshore_names::ForeignText::new(text).into(),
        hint: Some(hint.into()),
        registry: None,
    })
}

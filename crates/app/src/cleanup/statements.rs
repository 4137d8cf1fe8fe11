//! Statements that let a rule's images in.

use longshore_names::AccountId;
use longshore_policy::registry_policy::{Effect, Element, Principal, RegistryPolicy, StatementView};

/// Whether a statement lets `source` replicate: an allow that names the account and an action
/// that replicates.
pub(super) fn lets_in(statement: &StatementView, source: &AccountId) -> bool {
    let replicates = |action: &String| {
        let action = action.to_ascii_lowercase();
        action == "*" || action == "ecr:*" || action == "ecr:replicateimage"
    };
    statement.effect == Effect::Allow
        && statement.accounts().contains(source)
        && matches!(&statement.actions, Element::Only(actions) if actions.iter().any(replicates))
}

/// Everybody else that a statement names, as text.
pub(super) fn others(statement: &StatementView, source: &AccountId) -> Vec<String> {
    statement
        .principals
        .items()
        .iter()
        .filter_map(|principal| match principal {
            Principal::Account { account, .. } if account == source => None,
            Principal::Account { account, .. } => Some(account.to_string()),
            Principal::Everyone => Some("*".into()),
            Principal::Aws(arn) => Some(arn.clone()),
            Principal::Other { kind, value } => Some(format!("{kind} {value}")),
        })
        .collect()
}

/// The policy of a registry from its text; none when there is none.
pub(crate) fn read(text: Option<&str>) -> Result<RegistryPolicy, longshore_policy::DocumentError> {
    text.map_or_else(|| Ok(RegistryPolicy::empty()), RegistryPolicy::parse)
}

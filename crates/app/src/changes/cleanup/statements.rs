//! Statements that allow a rule's images to be replicated.

use longshore_names::{AccountId, RegistryId};
use longshore_policy::{
    registry_policy::{Effect, Element, Principal, StatementView, serves_replication},
    replication::RuleView,
};

use crate::api::CleanUpReason;

/// Whether a statement allows `source` to replicate: an `Allow` that names the account and an
/// action that replicates.
pub(super) fn lets_in(statement: &StatementView, source: &AccountId) -> bool {
    let replicates = |action: &String| {
        let action = action.to_ascii_lowercase();
        action == "*" || action == "ecr:*" || action == "ecr:replicateimage"
    };
    statement.effect == Effect::Allow
        && statement.accounts().contains(source)
        && matches!(&statement.actions, Element::Only(actions) if actions.iter().any(replicates))
}

/// Why a statement is initially chosen, or not.
pub(super) fn reason(
    statement: &StatementView,
    ours: bool,
    source: &AccountId,
    destination: &RegistryId,
    rule: &RuleView,
    others: &[RuleView],
) -> CleanUpReason {
    let serves = |rule: &RuleView| {
        // A filter of an unknown type may match anything.
        let prefixes = rule.prefixes().unwrap_or_default();
        rule.destinations.contains(destination)
            && serves_replication(statement, source, destination, &prefixes)
    };
    if !ours {
        CleanUpReason::MadeByOthers
    } else if !serves(rule) {
        CleanUpReason::Unrelated
    } else if others.iter().any(serves) {
        CleanUpReason::OtherRule
    } else {
        CleanUpReason::Made
    }
}

/// All other principals that a statement names, as text.
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

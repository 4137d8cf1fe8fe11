//! Checks whether a destination's policy allows a rule.

use longshore_names::{AccountId, Prefix, RegistryId};
use serde::Serialize;

use super::RegistryPolicy;
use crate::iam::{
    CREATE_REPOSITORY, Effect, Element, REPLICATE_IMAGE, StatementView,
    evaluate::{action_fits, has_variable, never_holds, uncertainty},
    resource::repository_arn,
};
use crate::pattern;

/// A permission that a rule needs and the policy does not grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingPermission {
    /// The action.
    pub action: &'static str,
    /// The repositories, such as `prod-microservice*`.
    pub repositories: String,
    /// The Sid or the number of a statement that denies it explicitly.
    pub denied_by: Option<String>,
    /// Why a statement that would allow it does not count: its condition never holds.
    pub never: Option<String>,
}

/// Whether a destination's policy allows a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PermissionCheck {
    /// Source and destination are in one account: no statement is needed.
    NotNeeded,
    /// Everything is allowed.
    Present {
        /// The Sids (or numbers) of the statements that allow it.
        by: Vec<String>,
    },
    /// Only a part is allowed.
    Insufficient {
        /// The permissions that are missing.
        missing: Vec<MissingPermission>,
    },
    /// Nothing is allowed, or there is no policy.
    Missing,
    /// It depends on a condition, or the policy cannot be read.
    Unknown {
        /// What it depends on.
        reason: String,
    },
}

/// Checks whether images may be replicated from `source` into `destination`, for every repository
/// whose name begins with one of `prefixes` (any repository if there are none), and whether missing
/// repositories may be created. `None` is a registry without a policy.
pub fn check_replication(
    policy: Option<&RegistryPolicy>,
    source: &AccountId,
    destination: &RegistryId,
    prefixes: &[Prefix],
) -> PermissionCheck {
    if *source == destination.account {
        return PermissionCheck::NotNeeded;
    }
    let Some(policy) = policy else { return PermissionCheck::Missing };
    let statements = policy.statements();
    let begins: Vec<&str> =
        if prefixes.is_empty() { vec![""] } else { prefixes.iter().map(Prefix::as_str).collect() };
    let (mut by, mut missing, mut allowed, mut unknown) = (Vec::new(), Vec::new(), 0, None);
    for action in [REPLICATE_IMAGE, CREATE_REPOSITORY] {
        for begin in &begins {
            match one(&statements, source, destination, action, begin) {
                One::Allowed(names) => {
                    allowed += usize::from(action == REPLICATE_IMAGE);
                    by.extend(names.into_iter().filter(|name| !by.contains(name)).collect::<Vec<_>>());
                }
                One::Unknown(reason) => unknown = unknown.or(Some(reason)),
                One::Missing { denied_by, never } => {
                    let repositories = format!("{begin}*");
                    missing.push(MissingPermission { action, repositories, denied_by, never });
                }
            }
        }
    }
    // A statement was meant to allow or deny it. Report that, not only that nothing allows it.
    let denied = missing.iter().any(|m| m.denied_by.is_some() || m.never.is_some());
    match (missing.is_empty(), unknown) {
        (true, None) => PermissionCheck::Present { by },
        (_, Some(reason)) => PermissionCheck::Unknown { reason },
        (false, None) if allowed == 0 && !denied => PermissionCheck::Missing,
        (false, None) => PermissionCheck::Insufficient { missing },
    }
}

/// Whether a statement allows `source` to replicate into some repositories of `destination` whose
/// name begins with one of `prefixes` (any repository if there are none).
pub fn serves_replication(
    statement: &StatementView,
    source: &AccountId,
    destination: &RegistryId,
    prefixes: &[Prefix],
) -> bool {
    let here = destination.region.partition();
    let arn = |begin: &str| repository_arn(destination, begin);
    let begins: Vec<String> =
        if prefixes.is_empty() { vec![arn("")] } else { prefixes.iter().map(|p| arn(p.as_str())).collect() };
    let reaches = begins.iter().any(|arn| match &statement.resources {
        Element::Missing => false,
        Element::Unreadable => true,
        Element::Only(items) => items.iter().any(|r| has_variable(r) || pattern::overlaps_prefix(r, arn)),
        Element::AllBut(items) => !items.iter().any(|r| pattern::covers_prefix(r, arn)),
    });
    reaches
        && statement.effect == Effect::Allow
        && statement.principals.covers(|p| p.covers(source, here))
        && statement.actions.covers(|a| action_fits(a, REPLICATE_IMAGE))
}

enum One {
    Allowed(Vec<String>),
    Missing { denied_by: Option<String>, never: Option<String> },
    Unknown(String),
}

/// Checks one action on all names that begin with `begin`.
fn one(
    statements: &[StatementView],
    source: &AccountId,
    destination: &RegistryId,
    action: &str,
    begin: &str,
) -> One {
    let here = destination.region.partition();
    let arn = repository_arn(destination, begin);
    let speaks = |s: &&StatementView| {
        let principal =
            s.principals == Element::Unreadable || s.principals.covers(|p| p.covers(source, here));
        principal && (s.actions == Element::Unreadable || s.actions.covers(|a| action_fits(a, action)))
    };
    // A deny counts if it matches any of the names, an allow only if it matches all of them.
    let reaches_any = |s: &&StatementView| match &s.resources {
        Element::Missing => false,
        Element::Unreadable => true,
        Element::Only(items) => items.iter().any(|r| has_variable(r) || pattern::overlaps_prefix(r, &arn)),
        Element::AllBut(items) => !items.iter().any(|r| pattern::covers_prefix(r, &arn)),
    };
    let reaches_all = |s: &&StatementView| match &s.resources {
        Element::Missing => false,
        Element::Unreadable => true,
        Element::Only(items) => items.iter().any(|r| has_variable(r) || pattern::covers_prefix(r, &arn)),
        Element::AllBut(items) => !items.iter().any(|r| pattern::overlaps_prefix(r, &arn)),
    };
    let never = |s: &StatementView| never_holds(s, source, destination, action);
    let open = |s: &StatementView| uncertainty(s, source, destination, action);
    let all = |effect: Effect| statements.iter().filter(speaks).filter(move |s| s.effect == effect);
    let denying: Vec<&StatementView> =
        all(Effect::Deny).filter(reaches_any).filter(|s| never(s).is_none()).collect();
    let (allowing, in_vain): (Vec<&StatementView>, Vec<&StatementView>) =
        all(Effect::Allow).filter(reaches_all).partition(|s| never(s).is_none());
    if let Some(deny) = denying.iter().find(|s| open(s).is_none()) {
        return One::Missing { denied_by: Some(name(deny)), never: None };
    }
    if allowing.is_empty() {
        return One::Missing { denied_by: None, never: in_vain.first().and_then(|s| never(s)) };
    }
    if let Some(reason) = denying.first().and_then(|s| open(s)) {
        return One::Unknown(reason);
    }
    match allowing.iter().find(|s| open(s).is_none()) {
        Some(allow) => One::Allowed(vec![name(allow)]),
        None => One::Unknown(allowing.first().and_then(|s| open(s)).unwrap_or_default()),
    }
}

fn name(statement: &StatementView) -> String {
    match &statement.sid {
        Some(sid) => sid.clone(),
        None => format!("statement {}", statement.index + 1),
    }
}

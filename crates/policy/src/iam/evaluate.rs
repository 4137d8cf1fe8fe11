//! Decides whether an account may do something in a registry.
//!
//! Source: IAM user guide, "Policy evaluation logic": a statement applies if principal, action,
//! resource and condition match; a Deny that applies wins over every Allow; without either the
//! answer is no.

use longshore_names::{AccountId, RegistryId, RepositoryName};
use serde::Serialize;

use super::{
    Effect, Element, Policy, StatementView,
    condition::{Verdict, judge},
};
use crate::pattern;

/// The question.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The account that wants to do something.
    pub source: &'a AccountId,
    /// The registry whose policy is evaluated.
    pub destination: &'a RegistryId,
    /// The repository in it.
    pub repository: &'a RepositoryName,
    /// The action, such as `ecr:ReplicateImage`.
    pub action: &'a str,
}

/// A statement of the evaluated policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementRef {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
}

impl StatementRef {
    pub(crate) fn of(statement: &StatementView) -> Self {
        Self { index: statement.index, sid: statement.sid.clone() }
    }
}

/// A part of a statement that does not match the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mismatch {
    /// It names other principals.
    Principal,
    /// It names other actions.
    Action,
    /// It names other repositories, another registry, or nothing.
    Resource,
    /// Its condition never holds for this request.
    Condition,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Allowed {
        /// The statement that allows it.
        by: StatementRef,
    },
    /// No, explicitly.
    Denied {
        /// The statement that denies it.
        by: StatementRef,
    },
    /// No, because nothing allows it.
    NotAllowed {
        /// The allowing statement that comes closest.
        closest: Option<StatementRef>,
        /// The parts of it that do not match.
        missing: Vec<Mismatch>,
    },
    /// It depends on something that the document alone does not show.
    Unknown {
        /// The statement it depends on.
        by: StatementRef,
        /// On what.
        reason: String,
    },
}

impl Decision {
    /// Whether it is a plain yes.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Whether a pattern contains an IAM variable, whose value only AWS knows.
pub(crate) fn has_variable(pattern: &str) -> bool {
    pattern.contains("${")
}

/// Why the condition of this statement never holds for `source` in `here`.
pub(crate) fn never_holds(
    statement: &StatementView,
    source: &AccountId,
    here: &RegistryId,
    action: &str,
) -> Option<String> {
    match judge(statement.condition.as_ref()?, source, here, action) {
        Verdict::Never(reason) => Some(format!("Statement {} never applies: {reason}.", statement.phrase())),
        Verdict::Holds | Verdict::Depends(_) => None,
    }
}

/// Why the document alone does not show whether this statement applies, given that the rest
/// matches.
pub(crate) fn uncertainty(
    statement: &StatementView,
    source: &AccountId,
    here: &RegistryId,
    action: &str,
) -> Option<String> {
    let verdict = statement.condition.as_ref().map(|condition| judge(condition, source, here, action));
    if let Some(Verdict::Depends(keys)) = verdict {
        let mut keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        keys.dedup();
        let on = if keys.is_empty() { "its condition".into() } else { crate::sentence::list(&keys, "and") };
        return Some(format!("Statement {} applies only under a condition on {on}.", statement.phrase()));
    }
    let unreadable = statement.principals == Element::Unreadable
        || statement.actions == Element::Unreadable
        || statement.resources == Element::Unreadable;
    if unreadable {
        return Some(format!("Statement {} has a part that cannot be read.", statement.phrase()));
    }
    let variable = statement.resources.items().iter().find(|r| has_variable(r));
    variable.map(|r| format!("Statement {} uses the variable in `{r}`.", statement.phrase()))
}

pub(crate) fn action_fits(pattern: &str, action: &str) -> bool {
    pattern::matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// The parts of `statement` that do not match. A part that cannot be read or decided counts as a
/// match.
fn mismatches(statement: &StatementView, request: &Request<'_>) -> Vec<Mismatch> {
    let here = request.destination.region.partition();
    let arn = request.repository.arn(&request.destination.account, &request.destination.region);
    let fits_resource = statement.resources.covers(|r| pattern::matches(r, &arn))
        || statement.resources.items().iter().any(|r| has_variable(r));
    let checks = [
        (
            Mismatch::Principal,
            statement.principals == Element::Unreadable
                || statement.principals.covers(|p| p.covers(request.source, here)),
        ),
        (
            Mismatch::Action,
            statement.actions == Element::Unreadable
                || statement.actions.covers(|a| action_fits(a, request.action)),
        ),
        (Mismatch::Resource, statement.resources == Element::Unreadable || fits_resource),
        (
            Mismatch::Condition,
            never_holds(statement, request.source, request.destination, request.action).is_none(),
        ),
    ];
    checks.into_iter().filter(|(_, fits)| !fits).map(|(mismatch, _)| mismatch).collect()
}

/// Whether `policy` allows another account to do something in its registry.
///
/// Only the document is evaluated: what an account may do in its own registry also depends on its
/// identity policies.
pub fn evaluate(policy: &Policy, request: &Request<'_>) -> Decision {
    let statements = policy.statements();
    let fitting = |effect: &Effect| -> Vec<&StatementView> {
        statements.iter().filter(|s| s.effect == *effect && mismatches(s, request).is_empty()).collect()
    };
    let (denying, allowing) = (fitting(&Effect::Deny), fitting(&Effect::Allow));
    let open = |s: &StatementView| uncertainty(s, request.source, request.destination, request.action);
    let certain = |s: &&&StatementView| open(s).is_none();
    if let Some(deny) = denying.iter().find(certain) {
        return Decision::Denied { by: StatementRef::of(deny) };
    }
    let unknown = |statement: &StatementView| Decision::Unknown {
        by: StatementRef::of(statement),
        reason: open(statement).unwrap_or_default(),
    };
    if allowing.is_empty() {
        let closest = statements
            .iter()
            .filter(|s| s.effect == Effect::Allow)
            .map(|s| (mismatches(s, request), s))
            .min_by_key(|(missing, _)| missing.len());
        return match closest {
            Some((missing, s)) => Decision::NotAllowed { closest: Some(StatementRef::of(s)), missing },
            None => Decision::NotAllowed { closest: None, missing: Vec::new() },
        };
    }
    if let Some(deny) = denying.first() {
        return unknown(deny);
    }
    match allowing.iter().find(certain) {
        Some(allow) => Decision::Allowed { by: StatementRef::of(allow) },
        None => unknown(allowing[0]),
    }
}

//! What scope V1 refuses in a policy, and what it does not enforce.
//!
//! Source: ECR user guide, "Private registry permissions": V1 enforces three actions and refuses other
//! ones; `ecr:*` can be written all the same.

use super::{PolicyContext, PolicyScope, V1_ACTIONS};
use crate::{
    FieldPath, Finding,
    iam::{Element, StatementView, actions, evaluate::action_fits},
    sentence,
};

/// Findings about the actions of a statement in a registry of scope V1. `stands` says that ECR has the
/// statement already.
pub(super) fn check(
    statement: &StatementView,
    context: &PolicyContext,
    stands: bool,
    field: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    if context.scope != PolicyScope::V1 {
        return;
    }
    let refused = |action: &&String| !is_in_v1(action) && !action.eq_ignore_ascii_case("ecr:*");
    let refused: Vec<&String> = statement.actions.items().iter().filter(refused).collect();
    if !stands && !refused.is_empty() {
        findings.extend(refused.into_iter().map(|action| {
            let text = format!("This registry's policy scope is V1, which does not know `{action}`.");
            Finding::error("action-outside-scope", text).at(field.clone()).hint(format!(
                "Use only {}, or upgrade the policy scope to V2.",
                sentence::list(&quoted(&V1_ACTIONS), "and")
            ))
        }));
        return;
    }
    findings.extend(without_effect(statement).map(|text| {
        Finding::warning("action-without-effect", text)
            .at(field.clone())
            .hint("Upgrade the policy scope: its plan shows what becomes effective.")
    }));
}

/// What a statement says and scope V1 does not enforce, in a sentence; `None` for nothing.
fn without_effect(statement: &StatementView) -> Option<String> {
    let covers = |action: &str| statement.actions.covers(|pattern| action_fits(pattern, action));
    let enforced: Vec<&str> = V1_ACTIONS.into_iter().filter(|action| covers(action)).collect();
    let named = statement.actions.items();
    let fits_v1 = |pattern: &str| V1_ACTIONS.iter().any(|action| action_fits(pattern, action));
    let beyond = actions::allowable().any(|action| !is_in_v1(&action) && covers(&action));
    let other: Vec<&str> = named.iter().map(String::as_str).filter(|named| !fits_v1(named)).collect();
    let only = matches!(statement.actions, Element::Only(_));
    if !beyond && (other.is_empty() || !only) {
        return None;
    }
    if enforced.is_empty() {
        return Some("The statement has no effect until the policy scope of this registry is V2.".into());
    }
    if only && named.iter().all(|action| !action.contains(['*', '?'])) {
        let verb = if other.len() == 1 { "has" } else { "have" };
        let other = sentence::list(&quoted(&other), "and");
        return Some(format!("{other} {verb} no effect until the policy scope of this registry is V2."));
    }
    let enforced = sentence::list(&quoted(&enforced), "and");
    Some(format!("Until the policy scope of this registry is V2, the statement is about {enforced} only."))
}

/// Whether it is the name of an action that V1 enforces.
fn is_in_v1(action: &str) -> bool {
    V1_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action))
}

fn quoted(all: &[&str]) -> Vec<String> {
    all.iter().map(|action| format!("`{action}`")).collect()
}

//! What a policy says to one caller about one action: resources that are allowed or denied if some
//! tests hold.

use std::collections::BTreeSet;

use longshore_names::RegistryId;

use super::{
    extent::{Extent, of_element},
    who::{Names, Who},
};
use crate::{
    iam::{
        Effect, Element, Policy, PolicyScope, StatementRef, StatementView,
        condition::{self, Judged, Test},
        evaluate::{action_fits, has_variable},
        validate::V1_ACTIONS,
    },
    json,
};

/// Tests that the document does not decide, each as a phrase such as "`aws:PrincipalOrgID` is
/// `o-1`". The same test is the same phrase.
pub(super) type Tests = BTreeSet<String>;

/// A policy with the actions that its registry evaluates.
pub(super) struct Side {
    statements: Vec<StatementView>,
    scope: PolicyScope,
}

impl Side {
    pub(super) fn new(policy: Option<&Policy>, scope: PolicyScope) -> Self {
        Self { statements: policy.map(Policy::statements).unwrap_or_default(), scope }
    }

    /// The actions that its statements name and that may be newer than the list of known ones.
    pub(super) fn named_actions(&self) -> impl Iterator<Item = &str> {
        let all = self.statements.iter().flat_map(|statement| statement.actions.items());
        let whole = |action: &&String| {
            !action.contains(['*', '?', '$']) && action.to_ascii_lowercase().starts_with("ecr:")
        };
        all.filter(whole).map(String::as_str)
    }

    /// What the policy says to `who` about `action`.
    pub(super) fn clauses(&self, who: &Who, action: &str, here: &RegistryId) -> Clauses {
        let mut clauses = Clauses::default();
        if self.scope == PolicyScope::V1 && !V1_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action))
        {
            return clauses;
        }
        for statement in &self.statements {
            let Some(tests) = applies(statement, who, action, here) else { continue };
            let clause = Clause { statement: statement.index, tests };
            match statement.effect {
                Effect::Allow => clauses.allows.push(clause),
                Effect::Deny => clauses.denies.push(clause),
                Effect::Other(_) => {}
            }
        }
        clauses
    }

    pub(super) fn resources(&self, clause: &Clause) -> Vec<Extent> {
        self.statement(clause).map(|s| of_element(&s.resources)).unwrap_or_default()
    }

    pub(super) fn statement(&self, clause: &Clause) -> Option<&StatementView> {
        self.statements.get(clause.statement)
    }

    pub(super) fn reference(&self, clause: &Clause) -> Option<StatementRef> {
        self.statement(clause).map(StatementRef::of)
    }
}

/// A statement that is about a caller and an action, if these tests hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clause {
    pub(super) statement: usize,
    pub(super) tests: Tests,
}

/// The statements of a policy about a caller and an action.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clauses {
    pub(super) allows: Vec<Clause>,
    pub(super) denies: Vec<Clause>,
}

/// The tests under which `statement` is about this caller and action; `None` if it never is.
fn applies(statement: &StatementView, who: &Who, action: &str, here: &RegistryId) -> Option<Tests> {
    let mut tests = Tests::new();
    // The same part is the same fact in both policies, wherever its statement stands.
    let unreadable = |key: &str| {
        let part =
            [key.to_owned(), format!("Not{key}")].iter().find_map(|key| statement.raw.get(key)).cloned();
        let text = json::canonical_text(&part.unwrap_or_default());
        format!("`{key}` of {} applies", longshore_names::shown(&text, 300))
    };
    match who.named_by(statement, here) {
        Names::No => return None,
        Names::Yes => {}
        Names::Perhaps if statement.principals == Element::Unreadable => {
            tests.insert(unreadable("Principal"));
        }
        Names::Perhaps => {
            tests.insert("a `NotPrincipal` that does not name its account applies to it".into());
        }
    }
    match &statement.actions {
        Element::Unreadable => {
            tests.insert(unreadable("Action"));
        }
        actions if actions.covers(|pattern| action_fits(pattern, action)) => {}
        _ => return None,
    }
    if statement.resources == Element::Unreadable {
        tests.insert(unreadable("Resource"));
    }
    let variables = statement.resources.items().iter().filter(|resource| has_variable(resource));
    tests.extend(variables.map(|resource| format!("the variable in `{resource}` fits")));
    if let Some(raw) = &statement.condition {
        match who.judged(raw, here, action) {
            Judged::Holds => {}
            Judged::Never(_) => return None,
            Judged::If(open) if open.is_empty() => {
                tests.insert(unreadable("Condition"));
            }
            Judged::If(open) => tests.extend(open.iter().map(phrase)),
        }
    }
    Some(tests)
}

/// A test as a phrase; the same for tests that mean the same.
fn phrase(test: &Test) -> String {
    let key = condition::spelled(&test.key);
    let values: BTreeSet<String> = test.values.iter().map(|value| format!("`{value}`")).collect();
    let values = crate::sentence::list(&values.into_iter().collect::<Vec<_>>(), "or");
    match test.operator.as_str() {
        "StringEquals" => format!("`{key}` is {values}"),
        "StringNotEquals" => format!("`{key}` is not {values}"),
        "StringLike" => format!("`{key}` is like {values}"),
        operator => format!("`{key}` passes `{operator}` with {values}"),
    }
}

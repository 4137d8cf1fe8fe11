//! Statements that would make a destination allow the rule. Each is tried before it is offered.

use longshore_names::Prefix;
use serde_json::Value;

use super::{Fix, RegistryFacts, statement::Case};
use crate::{
    iam::{
        Policy, Statement, StatementView,
        paste::{DEFAULT_SID, with_fixes},
        resource::retargeted as arn_here,
    },
    registry_policy::{CrossAccountReplication, PermissionCheck, RepositoryScope, check_replication},
};

/// The generated statement, under a free Sid.
pub(super) fn add(case: &Case<'_>) -> Option<Fix> {
    let registry = case.destination.registry.clone();
    let sid = case.policy.map_or_else(|| DEFAULT_SID.to_owned(), |policy| policy.free_sid(DEFAULT_SID));
    let filters = &case.facts.rule.filters;
    let repositories = match filters.is_empty() {
        true => RepositoryScope::All,
        false => RepositoryScope::Prefixes(filters.clone()),
    };
    let wanted = CrossAccountReplication {
        sid,
        sources: vec![case.facts.source.registry.account.clone()],
        destination: registry.clone(),
        repositories,
        create_repository: true,
    };
    Some(Fix::AddStatement { registry, statement: wanted.statement() })
}

/// The statement with `ecr:CreateRepository`.
pub(super) fn with_create(case: &Case<'_>, one: &StatementView) -> Option<Fix> {
    replaced(case, one, &fixed(case, one, &["create-repository-missing"])?)
}

/// The statement on repositories of this registry.
pub(super) fn retargeted(case: &Case<'_>, one: &StatementView) -> Option<Fix> {
    let moved = fixed(case, one, &["resource-elsewhere", "create-repository-missing"])?;
    replaced(case, one, &moved).or_else(|| replaced(case, one, &covering(case, &moved)?))
}

/// The statement on every repository that the rule takes.
pub(super) fn widened(case: &Case<'_>, one: &StatementView) -> Option<Fix> {
    let complete = fixed(case, one, &["create-repository-missing"])?;
    replaced(case, one, &covering(case, &complete)?)
}

/// The statement without what never holds in its condition, or without its condition.
pub(super) fn without_condition(case: &Case<'_>, one: &StatementView) -> Option<Fix> {
    let tests = fixed(case, one, &["condition-never", "create-repository-missing"])?;
    let mut bare = tests.to_value();
    bare.as_object_mut()?.shift_remove("Condition");
    let bare = Statement::from_value(bare).ok()?;
    replaced(case, one, &tests).or_else(|| replaced(case, one, &bare))
}

/// The policy without the Deny, or with what is left of it for other accounts.
pub(super) fn without_deny(case: &Case<'_>, deny: &StatementView) -> Option<Fix> {
    let registry = case.destination.registry.clone();
    let statement = Statement::from_value(deny.raw.clone()).ok()?;
    let mut alone = Policy::of_statement(&statement);
    let source = [case.facts.source.registry.account.clone()];
    let removed = alone.remove_accounts(&deny.hash, &source);
    let left = match removed {
        Ok(Some(_)) => alone.statements().pop().and_then(|one| Statement::from_value(one.raw).ok()),
        Ok(None) | Err(_) => None,
    };
    Some(Fix::RemoveDeny { registry, repository: None, hash: deny.hash.clone(), left })
}

/// The statement of another Region here. It is moved only if nobody needs it there: it names no other
/// principal, and the source is known to replicate nothing there.
pub(super) fn moved(case: &Case<'_>, from: &RegistryFacts, one: &StatementView) -> Option<Fix> {
    let source = &case.facts.source;
    let alone = one.accounts() == [source.registry.account.clone()] && one.principals.items().len() == 1;
    let rules = source.configuration.known().map(|configuration| configuration.rules());
    let unused =
        rules.is_some_and(|rules| !rules.iter().any(|rule| rule.destinations.contains(&from.registry)));
    let here = fixed(case, one, &["resource-elsewhere", "create-repository-missing"]);
    let fits = here.and_then(|here| {
        let sid = here.view().sid.unwrap_or_else(|| DEFAULT_SID.to_owned());
        let here = here.with_sid(&case.policy.map_or_else(|| sid.clone(), |policy| policy.free_sid(&sid)));
        if is_enough(case, None, &here) { Some(here) } else { covering(case, &here) }
    });
    match fits.filter(|_| alone && unused).filter(|here| is_enough(case, None, here)) {
        Some(statement) => Some(Fix::MoveStatement {
            from: from.registry.clone(),
            hash: one.hash.clone(),
            registry: case.destination.registry.clone(),
            statement,
        }),
        None => add(case),
    }
}

/// The statement with the fixes of these codes, as pasted texts get them.
fn fixed(case: &Case<'_>, one: &StatementView, codes: &[&str]) -> Option<Statement> {
    let statement = Statement::from_value(one.raw.clone()).ok()?;
    let policy = with_fixes(&Policy::of_statement(&statement), &case.destination.registry, codes);
    policy.statements().pop().and_then(|one| Statement::from_value(one.raw).ok())
}

/// The statement with the rule's prefixes among its resources.
fn covering(case: &Case<'_>, statement: &Statement) -> Option<Statement> {
    let mut raw = statement.to_value();
    let own = raw.get("Resource").and_then(crate::iam::principal::texts)?;
    let filters = &case.facts.rule.filters;
    let begins: Vec<&str> =
        if filters.is_empty() { vec![""] } else { filters.iter().map(Prefix::as_str).collect() };
    let mut all = own;
    for begin in begins {
        let arn = arn_here(&format!("repository/{begin}*"), &case.destination.registry)?;
        let covers = |one: &String| crate::pattern::covers_prefix(one, arn.trim_end_matches('*'));
        if !all.iter().any(covers) {
            all.retain(|one| !crate::pattern::matches(&arn, one));
            all.push(arn);
        }
    }
    raw.as_object_mut()?.insert("Resource".into(), Value::from(all));
    Statement::from_value(raw).ok()
}

/// The replacement, if with it the destination allows the rule.
fn replaced(case: &Case<'_>, one: &StatementView, statement: &Statement) -> Option<Fix> {
    is_enough(case, Some(one), statement).then(|| Fix::ReplaceStatement {
        registry: case.destination.registry.clone(),
        hash: one.hash.clone(),
        statement: statement.clone(),
    })
}

/// Whether the policy allows the rule with `statement`, in the place of `instead` if there is one.
fn is_enough(case: &Case<'_>, instead: Option<&StatementView>, statement: &Statement) -> bool {
    let mut policy = case.policy.cloned().unwrap_or_else(Policy::empty);
    let done = match instead {
        Some(one) => policy.replace_statement(&one.hash, statement).is_ok(),
        None => policy.add_statement(statement).is_ok(),
    };
    let facts = case.facts;
    let check = || {
        let (source, here) = (&facts.source.registry.account, &case.destination.registry);
        check_replication(Some(&policy), source, here, &facts.rule.filters)
    };
    done && matches!(check(), PermissionCheck::Present { .. })
}

//! Whether the calls that Longshore makes are allowed: to change the rule, to test it, to repair it.

use serde_json::{Value, json};

use super::{
    AskedBy, CallAnswer, CallFact, Check, CheckSide, Facts, Fix, Identity, Purpose, RegistryFacts, place,
};
use crate::{iam::resource::repository_arn, sentence};

const ID: &str = "permission";
/// How many actions a sentence names; the evidence has all.
const NAMED: usize = 5;

/// One check for the calls of each registry.
pub(super) fn check(facts: &Facts, destinations: &[&RegistryFacts], checks: &mut Vec<Check>) {
    let source = std::iter::once((&facts.source, CheckSide::Source));
    let all = source.chain(destinations.iter().map(|one| (*one, CheckSide::Destination)));
    for (registry, side) in all {
        let id = &registry.registry;
        let Err(reason) = registry.calls.get().map(|calls| checks.push(one(facts, registry, side, calls)))
        else {
            continue;
        };
        let what = format!("Whether every call is allowed in {}", place(id));
        let request = format!("Calls in {}", place(id));
        checks.push(Check::unknown(ID, side, id, &what, (request, reason)));
    }
}

fn one(facts: &Facts, registry: &RegistryFacts, side: CheckSide, calls: &[CallFact]) -> Check {
    let denied: Vec<&CallFact> =
        calls.iter().filter(|call| matches!(call.answer, CallAnswer::Denied { .. })).collect();
    let untried: Vec<&CallFact> =
        calls.iter().filter(|call| matches!(call.answer, CallAnswer::Untried(_))).collect();
    let check = match (denied.is_empty(), untried.first().map(|call| &call.answer)) {
        (false, _) => refused(facts, registry, side, &denied),
        (true, Some(CallAnswer::Untried(reason))) => {
            let id = &registry.registry;
            let what = format!("Whether {} in {}", is_allowed(&untried, ""), place(id));
            Check::undecided(ID, side, id, &what, reason)
        }
        (true, _) => allowed(registry, side, calls),
    };
    calls.iter().fold(check, |check, call| check.evidence(request(call), answer(call)))
}

/// `ecr:DeleteRepository on repository/prod-test (simulated by IAM)`
fn request(call: &CallFact) -> String {
    let on = match call.resource.rsplit_once(':') {
        Some((_, resource)) => format!(" on {resource}"),
        None => String::new(),
    };
    format!("{}{on} ({})", call.action, call.how.phrase())
}

fn answer(call: &CallFact) -> &str {
    match &call.answer {
        CallAnswer::Allowed => "allowed",
        CallAnswer::Denied { text, .. } | CallAnswer::Untried(text) => text,
    }
}

fn allowed(registry: &RegistryFacts, side: CheckSide, calls: &[CallFact]) -> Check {
    let id = &registry.registry;
    let number = sentence::count(calls.len(), "call is", "calls are");
    let simulated = calls.iter().filter(|call| call.how == AskedBy::Simulating).count();
    let how = match simulated {
        0 => String::new(),
        some => format!(", {some} of them as IAM simulates it"),
    };
    Check::ok(ID, side, id, format!("{number} allowed in {}{how}.", place(id)))
}

fn refused(facts: &Facts, registry: &RegistryFacts, side: CheckSide, denied: &[&CallFact]) -> Check {
    let id = &registry.registry;
    let text = format!("{} in {}.", is_allowed(denied, " not"), place(id));
    let stops = |purpose: Purpose| match purpose {
        Purpose::Examine => true,
        // A rule that exists works without the calls that would change it.
        Purpose::Rule | Purpose::Statement => facts.existing.is_none(),
        _ => false,
    };
    let check = match denied.iter().any(|call| stops(call.purpose)) {
        true => Check::failed(ID, side, id, text),
        false => {
            let mut purposes: Vec<Purpose> = denied.iter().map(|call| call.purpose).collect();
            purposes.sort();
            purposes.dedup();
            let words: Vec<String> = purposes.into_iter().map(|one| one.phrase().to_owned()).collect();
            let cannot = sentence::list(&words, "or");
            let text = format!("{text} The rule works without, but Longshore cannot {cannot}.");
            Check::warning(ID, side, id, text)
        }
    };
    check.fix(allowing(facts, registry, denied))
}

/// ``"`a` and `b` are not allowed"``
fn is_allowed(calls: &[&CallFact], not: &str) -> String {
    let mut actions: Vec<String> = Vec::new();
    for call in calls {
        let action = format!("`{}`", call.action);
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    let verb = if actions.len() == 1 { "is" } else { "are" };
    if actions.len() > NAMED {
        let more = actions.split_off(NAMED - 1).len();
        actions.push(format!("{more} more actions"));
    }
    format!("{} {verb}{not} allowed", sentence::list(&actions, "and"))
}

/// The statements that allow what is denied, unless a statement denies it explicitly: one for repositories,
/// one for what has no resource.
fn allowing(facts: &Facts, registry: &RegistryFacts, denied: &[&CallFact]) -> Option<Fix> {
    let missing = |call: &&&CallFact| matches!(call.answer, CallAnswer::Denied { explicit: false, .. });
    let (of_repositories, others): (Vec<&CallFact>, Vec<&CallFact>) =
        denied.iter().filter(missing).copied().partition(|call| call.resource.contains(":repository/"));
    let id = &registry.registry;
    let prefixes = facts.rule.filters.iter().map(|prefix| repository_arn(id, &format!("{prefix}*")));
    let mut covered: Vec<String> = prefixes.collect();
    if covered.is_empty() {
        covered.push(repository_arn(id, "*"));
    }
    let statement = |calls: Vec<&CallFact>, resource: Value| {
        let mut actions: Vec<&str> = calls.iter().map(|call| call.action.as_str()).collect();
        actions.sort_unstable();
        actions.dedup();
        let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
        (!actions.is_empty()).then_some(statement)
    };
    let statements: Vec<Value> = [statement(of_repositories, json!(covered)), statement(others, json!("*"))]
        .into_iter()
        .flatten()
        .collect();
    // The policies of the caller are in the caller's account.
    let account = match registry.identity.get() {
        Ok(Identity::Proven { account, .. }) => account.clone(),
        _ => id.account.clone(),
    };
    (!statements.is_empty()).then_some(Fix::AllowCalls { account, statements })
}

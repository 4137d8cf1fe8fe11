//! Who acts, and whether that is allowed what a set-up needs.

use serde_json::json;

use super::{AskedBy, CallAnswer, CallFact, Check, CheckSide, Facts, Fix, Identity, RegistryFacts, place};
use crate::sentence;

/// One check for each account.
pub(super) fn identities(facts: &Facts, destinations: &[&RegistryFacts], checks: &mut Vec<Check>) {
    let mut seen = Vec::new();
    for registry in std::iter::once(&facts.source).chain(destinations.iter().copied()) {
        let (id, account) = (&registry.registry, &registry.registry.account);
        if seen.contains(&account) {
            continue;
        }
        seen.push(account);
        let side = CheckSide::ThisMachine;
        let request = format!("GetCallerIdentity for {account}");
        let again = || Fix::SignInAgain { account: account.clone() };
        checks.push(match registry.identity.get() {
            Err(reason) => {
                Check::unknown("identity", side, id, &format!("Who acts in account {account}"), reason)
            }
            Ok(Identity::Proven { account: proven, principal }) if proven == account => {
                let text = format!("Longshore acts in account {account} as `{principal}`.");
                Check::ok("identity", side, id, text).evidence(request, principal)
            }
            Ok(Identity::Proven { account: proven, principal }) => {
                let text = format!("The credentials for account {account} belong to account {proven}.");
                Check::failed("identity", side, id, text).evidence(request, principal).fix(again())
            }
            Ok(Identity::Refused { text }) => {
                let said = format!("AWS does not accept the credentials for account {account}.");
                Check::failed("identity", side, id, said).evidence(request, text).fix(again())
            }
        });
    }
}

/// The calls of each registry.
pub(super) fn calls(facts: &Facts, destinations: &[&RegistryFacts], checks: &mut Vec<Check>) {
    let source = std::iter::once((&facts.source, CheckSide::Source));
    let all = source.chain(destinations.iter().map(|one| (*one, CheckSide::Destination)));
    for (registry, side) in all {
        let id = &registry.registry;
        let what = format!("Whether every call is allowed in {}", place(id));
        let calls = match registry.calls.get() {
            Ok(calls) => calls,
            Err(reason) => {
                checks.push(Check::unknown("permission", side, id, &what, reason));
                continue;
            }
        };
        checks.push(permission(facts, registry, side, calls));
    }
}

/// One check for the calls of a registry.
fn permission(facts: &Facts, registry: &RegistryFacts, side: CheckSide, calls: &[CallFact]) -> Check {
    let id = &registry.registry;
    let actions = |wanted: &dyn Fn(&CallFact) -> bool| -> Vec<String> {
        calls.iter().filter(|call| wanted(call)).map(|call| format!("`{}`", call.action)).collect()
    };
    let is_denied = |call: &CallFact| matches!(call.answer, CallAnswer::Denied { .. });
    let denied = actions(&is_denied);
    let untried = actions(&|call| matches!(call.answer, CallAnswer::Untried(_)));
    let mut check = if !denied.is_empty() {
        let named = sentence::list(&denied, "and");
        let verb = if denied.len() == 1 { "is" } else { "are" };
        let text = format!("{named} {verb} not allowed in {}.", place(id));
        // A rule that exists works without the calls that would change it.
        let reads = calls.iter().any(|call| is_denied(call) && call.how == AskedBy::Reading);
        let check = match facts.existing.is_some() && !reads {
            true => {
                let text = format!("{text} The rule works without, but Longshore cannot change it.");
                Check::warning("permission", side, id, text)
            }
            false => Check::failed("permission", side, id, text),
        };
        check.fix(allowing(registry, calls))
    } else if !untried.is_empty() {
        let what = format!("Whether {} is allowed in {}", sentence::list(&untried, "and"), place(id));
        let reasons = calls.iter().find_map(|call| match &call.answer {
            CallAnswer::Untried(reason) => Some(reason.as_str()),
            _ => None,
        });
        Check::unknown("permission", side, id, &what, reasons.unwrap_or_default())
    } else {
        let number = sentence::count(calls.len(), "call is", "calls are");
        let simulated = calls.iter().filter(|call| call.how == AskedBy::Simulating).count();
        let how = match simulated {
            0 => String::new(),
            some => format!(", {some} of them as IAM simulates it"),
        };
        Check::ok("permission", side, id, format!("{number} allowed in {}{how}.", place(id)))
    };
    for call in calls {
        let answer = match &call.answer {
            CallAnswer::Allowed => "allowed",
            CallAnswer::Denied { text, .. } | CallAnswer::Untried(text) => text,
        };
        check = check.evidence(format!("{} ({})", call.action, call.how.phrase()), answer);
    }
    check
}

/// The statement that allows what is denied, unless a statement denies it explicitly.
fn allowing(registry: &RegistryFacts, calls: &[CallFact]) -> Option<Fix> {
    let missing = |call: &&CallFact| matches!(call.answer, CallAnswer::Denied { explicit: false, .. });
    let actions: Vec<&str> = calls.iter().filter(missing).map(|call| call.action.as_str()).collect();
    if actions.is_empty() {
        return None;
    }
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    Some(Fix::AllowCalls { account: registry.registry.account.clone(), statement })
}

/// The role that replication uses.
pub(super) fn service_role(facts: &Facts, checks: &mut Vec<Check>) {
    let (id, side) = (&facts.source.registry, CheckSide::Source);
    const ROLE: &str = "AWSServiceRoleForECRReplication";
    let request = format!("GetRole {ROLE} in account {}", id.account);
    checks.push(match facts.source.service_role.get() {
        Err(reason) => {
            Check::unknown("service-role", side, id, &format!("Whether the role `{ROLE}` exists"), reason)
        }
        Ok(true) => Check::ok("service-role", side, id, format!("The role `{ROLE}` exists."))
            .evidence(request, "It exists."),
        Ok(false) if facts.existing.is_none() => {
            let text = format!("ECR creates the role `{ROLE}` with the first rule.");
            Check::ok("service-role", side, id, text).evidence(request, "NoSuchEntity")
        }
        Ok(false) => {
            let text = format!("The role `{ROLE}`, which ECR replicates with, does not exist.");
            let account = id.account.clone();
            let copy = "aws iam create-service-linked-role --aws-service-name replication.ecr.amazonaws.com";
            let fix = Fix::CreateServiceRole { account, copy: copy.into() };
            Check::warning("service-role", side, id, text).evidence(request, "NoSuchEntity").fix(fix)
        }
    });
}

//! Who acts, and whether that is allowed what a set-up needs.

use super::{CallAnswer, Check, CheckSide, Facts, Fix, Identity, RegistryFacts, place};
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
        let codes = |wanted: fn(&CallAnswer) -> bool| -> Vec<String> {
            calls
                .iter()
                .filter(|call| wanted(&call.answer))
                .map(|call| format!("`{}`", call.action))
                .collect()
        };
        let denied = codes(|answer| matches!(answer, CallAnswer::Denied(_)));
        let untried = codes(|answer| matches!(answer, CallAnswer::Untried(_)));
        let mut check = if !denied.is_empty() {
            let text = format!("{} is not allowed in {}.", sentence::list(&denied, "and"), place(id));
            Check::failed("permission", side, id, text)
        } else if !untried.is_empty() {
            let reason = format!("{} cannot be tried without doing it", sentence::list(&untried, "and"));
            Check::unknown("permission", side, id, &what, &reason)
        } else {
            let number = sentence::count(calls.len(), "call is", "calls are");
            Check::ok("permission", side, id, format!("{number} allowed in {}.", place(id)))
        };
        for call in calls {
            let answer = match &call.answer {
                CallAnswer::Allowed => "allowed",
                CallAnswer::Denied(text) | CallAnswer::Untried(text) => text,
            };
            check = check.evidence(format!("{} ({})", call.action, call.how), answer);
        }
        checks.push(check);
    }
}

/// The role that replication uses.
pub(super) fn service_role(facts: &Facts, checks: &mut Vec<Check>) {
    let (id, side) = (&facts.source.registry, CheckSide::Source);
    const ROLE: &str = "AWSServiceRoleForECRReplication";
    checks.push(match facts.source.service_role.get() {
        Err(reason) => {
            Check::unknown("service-role", side, id, &format!("Whether the role `{ROLE}` exists"), reason)
        }
        Ok(true) => Check::ok("service-role", side, id, format!("The role `{ROLE}` exists.")),
        Ok(false) if facts.existing.is_none() => {
            let text = format!("ECR creates the role `{ROLE}` with the first rule.");
            Check::ok("service-role", side, id, text)
        }
        Ok(false) => {
            let text = format!("The role `{ROLE}`, which ECR replicates with, does not exist.");
            Check::warning("service-role", side, id, text)
        }
    });
}

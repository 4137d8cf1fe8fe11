//! Who acts, and the role that ECR replicates with.

use super::{Check, CheckSide, Facts, Fix, Identity, RegistryFacts};

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
            Err(reason) => Check::unknown(
                "identity",
                side,
                id,
                &format!("Who acts in account {account}"),
                (request, reason),
            ),
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

/// The role that replication uses.
pub(super) fn service_role(facts: &Facts, checks: &mut Vec<Check>) {
    let (id, side) = (&facts.source.registry, CheckSide::Source);
    const ROLE: &str = "AWSServiceRoleForECRReplication";
    let request = format!("GetRole {ROLE} in account {}", id.account);
    checks.push(match facts.source.service_role.get() {
        Err(reason) => Check::unknown(
            "service-role",
            side,
            id,
            &format!("Whether the role `{ROLE}` exists"),
            (request, reason),
        ),
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

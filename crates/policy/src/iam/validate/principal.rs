//! Validates the principals of a statement.

use longshore_names::Partition;

use crate::iam::{
    Effect, Element, Principal, StatementView,
    principal::{orphan, service_linked},
    validate::PolicyContext,
};
use crate::{FieldPath, Finding};

pub(crate) fn check(
    statement: &StatementView,
    context: &PolicyContext,
    at: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    let field = at.child("Principal");
    match &statement.principals {
        Element::Missing => findings.push(
            Finding::error("principal-missing", "`Principal` is missing.")
                .at(field.clone())
                .hint("Name the accounts, such as {\"AWS\": \"arn:aws:iam::111122223333:root\"}."),
        ),
        Element::Unreadable => findings.push(
            Finding::error("principal-invalid", "`Principal` cannot be read.")
                .at(field.clone())
                .hint("It is `\"*\"` or an object such as {\"AWS\": […]}."),
        ),
        Element::Only(all) | Element::AllBut(all) if all.is_empty() => {
            findings.push(Finding::error("accounts-empty", "No principal is named.").at(field.clone()));
        }
        Element::Only(_) | Element::AllBut(_) => {}
    }
    for (found, what) in [
        (matches!(statement.principals, Element::AllBut(_)), "NotPrincipal"),
        (matches!(statement.resources, Element::AllBut(_)), "NotResource"),
    ] {
        if found && statement.effect == Effect::Allow {
            let (code, whom) = match what {
                "NotPrincipal" => ("not-principal-allow", "to everyone except those named"),
                _ => ("not-resource-allow", "everywhere except in what is named"),
            };
            let text = format!("`{what}` with `Allow` allows this {whom}.");
            findings.push(
                Finding::warning(code, text).at(at.child(what)).hint("Name what is meant, without `Not`."),
            );
        }
    }
    let mut seen = Vec::new();
    for principal in statement.principals.items() {
        match principal {
            Principal::Account { account, partition } => {
                if *account == context.registry.account && matches!(statement.principals, Element::Only(_)) {
                    findings.push(
                        Finding::warning("own-account", format!("{account} is the registry's own account."))
                            .at(field.clone())
                            .hint("Replication inside one account needs no statement."),
                    );
                }
                if seen.contains(&(account.clone(), partition.clone())) {
                    findings.push(
                        Finding::note("account-duplicate", format!("{account} is named twice."))
                            .at(field.clone()),
                    );
                }
                seen.push((account.clone(), partition.clone()));
                let here = context.registry.region.partition();
                if let Some(other) = partition.as_deref().filter(|p| *p != here.id()) {
                    findings.push(
                        Finding::error(
                            "principal-partition",
                            format!("The principal is in partition `{other}`, the registry in `{here}`."),
                        )
                        .at(field.clone())
                        .hint(format!("Use `{}`.", account.root_arn(here))),
                    );
                }
            }
            Principal::Aws(text) => {
                let here = context.registry.region.partition();
                findings.extend(of_aws(text, Some(here)).map(|finding| finding.at(field.clone())));
            }
            Principal::Other { kind, value } if kind == "Service" && statement.effect == Effect::Allow => {
                findings.extend(service(value, statement).map(|finding| finding.at(field.clone())));
            }
            Principal::Everyone if statement.effect == Effect::Allow && statement.condition.is_none() => {
                findings.push(
                    Finding::warning("principal-everyone", "The statement allows this to everyone.")
                        .at(field.clone())
                        .hint("Name accounts, or add a condition on `aws:PrincipalOrgID`."),
                );
            }
            _ => {}
        }
    }
}

/// What is wrong with a principal of AWS that is no account: a user, a role, a session, or a text that
/// names nobody. `here` is the partition that it has to be in.
pub(crate) fn of_aws(text: &str, here: Option<Partition>) -> Option<Finding> {
    if let Some(kind) = orphan(text) {
        let finding = Finding::error(
            "principal-orphaned",
            format!("`{text}` is the id of a {kind} that no longer exists."),
        );
        return Some(finding.hint("ECR refuses a policy that names it (`Principal not found`). Remove it."));
    }
    if !text.starts_with("arn:") || text.contains(['<', '{', '*', ' ']) {
        let finding =
            Finding::error("account-id-invalid", format!("`{text}` is neither an account nor an ARN."));
        return Some(finding.hint("An account is 12 digits or `arn:aws:iam::111122223333:root`."));
    }
    if text.contains(":iam::") && !names_account(text) {
        let finding =
            Finding::error("account-id-invalid", format!("`{text}` has no account id of 12 digits."));
        return Some(finding.hint("Is it a placeholder that was not filled in?"));
    }
    if text.contains(":assumed-role/") {
        let finding = Finding::warning(
            "principal-session",
            format!("`{text}` is one session of a role; the role's other sessions are not allowed."),
        );
        return Some(
            finding.hint("Name the role itself, such as `arn:aws:iam::111122223333:role/deployer`."),
        );
    }
    if service_linked(text).is_some() {
        let finding = Finding::warning(
            "principal-service-linked-role",
            format!("`{text}` is a service-linked role, which AWS uses in its own account."),
        );
        return Some(finding.hint("Name the source account, such as `arn:aws:iam::111122223333:root`."));
    }
    let here = here?;
    let other = other_partition(text, here)?;
    let finding = Finding::error(
        "principal-partition",
        format!("The principal is in partition `{other}`, the registry in `{here}`."),
    );
    Some(finding.hint(format!("Principals here begin with `arn:{}:`.", here.id())))
}

fn names_account(arn: &str) -> bool {
    arn.split(':').nth(4).is_some_and(|part| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The partition of an IAM ARN, if it is not `here`.
fn other_partition(arn: &str, here: Partition) -> Option<&str> {
    let mut parts = arn.split(':');
    let partition = parts.nth(1)?;
    let iam = matches!(parts.next()?, "iam" | "sts");
    (iam && partition != here.id()).then_some(partition)
}

/// A service as principal: it acts for any of its customers unless the condition limits them.
pub(crate) fn service(name: &str, statement: &StatementView) -> Option<Finding> {
    let tests = statement.condition.as_ref().and_then(crate::iam::condition::tests).unwrap_or_default();
    let sources = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"];
    let bound = tests.iter().any(|test| sources.iter().any(|key| test.is(key)));
    if name.starts_with("replication.ecr.") {
        let finding = Finding::warning(
            "principal-service",
            format!("Replication does not call as the service `{name}`, but as the source account."),
        );
        let hint = if bound {
            "Name the source account as principal."
        } else {
            "Name the source account as principal; without a condition on `aws:SourceAccount` a service acts for any account."
        };
        return Some(finding.hint(hint));
    }
    (!bound).then(|| {
        Finding::warning("principal-service", format!("The service `{name}` may do this for any account."))
            .hint("Add a condition on `aws:SourceAccount` or `aws:SourceArn`.")
    })
}

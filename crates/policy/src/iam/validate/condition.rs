//! Validates a statement's condition, as far as its keys and operators show.

use crate::iam::{
    CREATE_REPOSITORY, Effect, Principal, REPLICATE_IMAGE, StatementView,
    condition::{self, Test},
    evaluate::action_fits,
};
use crate::{FieldPath, Finding};

pub(crate) fn check(statement: &StatementView, at: &FieldPath, findings: &mut Vec<Finding>) {
    let Some(raw) = &statement.condition else { return };
    let field = at.child("Condition");
    let Some(tests) = condition::tests(raw) else {
        let finding = Finding::error("condition-invalid", "`Condition` cannot be read.");
        findings.push(finding.at(field).hint("It is {\"operator\": {\"key\": \"value\"}}."));
        return;
    };
    for test in &tests {
        findings.extend(operator(test).map(|finding| finding.at(field.clone())));
        findings.extend(key(test).map(|finding| finding.at(field.clone())));
        findings.extend(values(test).map(|finding| finding.at(field.clone())));
    }
    let replicates = [REPLICATE_IMAGE, CREATE_REPOSITORY]
        .iter()
        .any(|action| statement.actions.covers(|pattern| action_fits(pattern, action)));
    let services_only = !statement.principals.items().is_empty()
        && statement.principals.items().iter().all(|p| matches!(p, Principal::Other { .. }));
    if statement.effect == Effect::Allow && replicates && !services_only {
        for test in tests.iter().filter(|test| condition::never_for_replication(test)) {
            findings.push(
                Finding::warning(
                    "condition-never",
                    format!("Replication never carries `{}`, so this statement never allows it.", test.key),
                )
                .at(field.clone())
                .hint("Use `aws:PrincipalAccount` for the source account, or no condition."),
            );
        }
    }
    let everyone = statement.principals.items().contains(&Principal::Everyone);
    let narrows = |test: &Test| !condition::is_everybody(test);
    if statement.effect == Effect::Allow && everyone && !tests.is_empty() && !tests.iter().any(narrows) {
        let text = format!("Every account meets the condition on `{}`: `*` is any value.", tests[0].key);
        findings.push(
            Finding::warning("principal-everyone", format!("The statement allows this to everyone. {text}"))
                .at(at.child("Principal"))
                .hint("Name the organisation's id, or accounts."),
        );
    }
}

fn operator(test: &Test) -> Option<Finding> {
    if condition::is_known_operator(&test.operator) {
        return None;
    }
    let finding = Finding::error(
        "condition-operator-unknown",
        format!("`{}` is not a condition operator.", test.operator),
    );
    Some(match condition::nearest_operator(&test.operator) {
        Some(meant) => finding.hint(format!("Use `{meant}`.")),
        None => finding.hint("For example `StringEquals` or `StringLike`."),
    })
}

fn key(test: &Test) -> Option<Finding> {
    if test.is("aws:SourceIp") {
        let finding = Finding::warning("source-ip", "The condition is on `aws:SourceIp`.");
        return Some(
            finding.hint("Over dual-stack endpoints the address may be IPv6, which it must allow too."),
        );
    }
    if condition::is_known_key(&test.key) {
        return None;
    }
    let finding =
        Finding::warning("condition-key-unknown", format!("`{}` is not a known condition key.", test.key));
    Some(match condition::nearest_key(&test.key) {
        Some(meant) => finding
            .hint(format!("Use `{meant}`. AWS accepts the name as it is, but the condition never holds.")),
        None => finding.hint("AWS accepts any name, but a condition on a missing key does not hold."),
    })
}

fn values(test: &Test) -> Option<Finding> {
    if condition::is_everybody(test) {
        let text = format!("`{}` of `*` on `{}` matches everyone who has the key.", test.operator, test.key);
        return Some(Finding::warning("condition-everyone", text).hint("Name the values that are meant."));
    }
    let literal = ["StringEquals", "StringNotEquals"].contains(&test.plain_operator());
    let wild = test.values.iter().find(|value| value.contains('*') && !value.contains("${"));
    let wild = wild.filter(|_| literal)?;
    let like = test.operator.replace("Equals", "Like");
    let text = format!("`{}` treats the `*` in `{wild}` as a plain character.", test.operator);
    Some(Finding::warning("condition-wildcard", text).hint(format!("Use `{like}` for patterns.")))
}

//! Validates the resources of a statement.

use serde_json::Value;

use crate::iam::{
    Element, StatementView,
    resource::{is_here, names_repositories, retargeted},
    validate::PolicyContext,
};
use crate::{FieldPath, Finding};

pub(crate) fn check(
    statement: &StatementView,
    context: &PolicyContext,
    at: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    let registry = &context.registry;
    let here = registry.region.partition();
    let wanted = format!("arn:{}:ecr:{}:{}:repository/…", here.id(), registry.region, registry.account);
    let field = at.child("Resource");
    match &statement.resources {
        Element::Missing => findings.push(
            Finding::error("resource-missing", "`Resource` is missing; without it the statement is refused.")
                .at(field.clone())
                .hint(format!("Add `{}`.", wanted.replace('…', "*"))),
        ),
        Element::Unreadable => {
            findings.push(Finding::error("resource-invalid", "`Resource` cannot be read.").at(field.clone()));
        }
        Element::Only(_) | Element::AllBut(_) => {}
    }
    let single =
        !statement.raw.get("Resource").or(statement.raw.get("NotResource")).is_some_and(Value::is_array);
    for (i, resource) in statement.resources.items().iter().enumerate() {
        let field = if single { field.clone() } else { field.item(i) };
        let problem = |code, what: String| {
            Finding::error(code, what).at(field.clone()).hint(format!("Use `{wanted}` here."))
        };
        if resource == "*" {
            continue;
        }
        let parts: Vec<&str> = resource.splitn(6, ':').collect();
        let ["arn", partition, "ecr", region, account, rest] = parts.as_slice() else {
            if is_here(resource, registry) {
                continue;
            }
            let finding = match retargeted(resource, registry) {
                Some(arn) => Finding::error(
                    "resource-invalid",
                    format!("`{resource}` is not an ECR repository's ARN; ECR accepts it, without effect."),
                )
                .at(field.clone())
                .hint(format!("Use `{arn}`.")),
                None => problem("resource-invalid", format!("`{resource}` is not an ECR repository's ARN.")),
            };
            findings.push(finding);
            continue;
        };
        let open = |part: &str| part.contains(['*', '?', '$']);
        if *partition != here.id() && !open(partition) {
            findings.push(problem(
                "resource-wrong-partition",
                format!("`{partition}` is not the registry's partition, `{here}`."),
            ));
        }
        if *region != registry.region.as_str() && !open(region) {
            findings.push(problem(
                "resource-wrong-region",
                format!("The resource is in {region}, the registry in {}.", registry.region),
            ));
        }
        if *account != registry.account.as_str() && !open(account) {
            findings.push(problem(
                "resource-wrong-account",
                format!("The resource is in account {account}, the registry in {}.", registry.account),
            ));
        }
        if !names_repositories(rest) {
            findings
                .push(problem("resource-invalid", format!("`{rest}` does not begin with `repository/`.")));
        }
    }
}

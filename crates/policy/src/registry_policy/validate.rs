//! What is wrong with a registry policy (wizard rules 15 to 21).

use std::collections::BTreeMap;

use longshore_names::RegistryId;
use serde_json::Value;

use super::{
    Effect, Element, MAX_CHARACTERS, Principal, RegistryPolicy, StatementView, evaluate::action_fits,
    generate::sid_problem,
};
use crate::{FieldPath, Finding, Severity};

/// What the registry lets a policy speak about (`REGISTRY_POLICY_SCOPE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyScope {
    /// Replication and pull-through cache only.
    V1,
    /// Every ECR action.
    V2,
    /// Nobody asked yet.
    #[default]
    Unknown,
}

/// What is known of the registry whose policy is checked.
#[derive(Debug, Clone)]
pub struct PolicyContext {
    /// The registry.
    pub registry: RegistryId,
    /// What its policy may speak about.
    pub scope: PolicyScope,
    /// The policy that ECR holds now. What ECR accepted once is not an error in what stands already.
    pub current: Option<RegistryPolicy>,
}

impl PolicyContext {
    /// A registry of which nothing else is known.
    pub fn new(registry: RegistryId) -> Self {
        Self { registry, scope: PolicyScope::Unknown, current: None }
    }
}

/// The actions that a policy of scope V1 may name (user guide, "Private registry permissions").
const V1_ACTIONS: [&str; 3] = ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"];

/// Everything that is wrong with `policy` or worth knowing, at fields such as
/// `Statement[1].Resource[0]`.
pub fn validate_policy(policy: &RegistryPolicy, context: &PolicyContext) -> Vec<Finding> {
    let mut findings = Vec::new();
    let characters = policy.characters();
    if characters > MAX_CHARACTERS {
        findings.push(
            Finding::error(
                "policy-too-long",
                format!("The policy has {characters} characters; ECR takes {MAX_CHARACTERS}."),
            )
            .hint("Put accounts that need the same into one statement, or use fewer and shorter resources."),
        );
    }
    if policy.is_empty() {
        findings.push(
            Finding::error("policy-empty", "The policy has no statement.").hint("Delete the policy instead."),
        );
    }
    match policy.raw.get("Version").and_then(Value::as_str) {
        Some("2012-10-17") => {}
        Some(other) => findings.push(
            Finding::warning("version-old", format!("The policy language version is `{other}`."))
                .at(FieldPath::new("Version"))
                .hint("Use `2012-10-17`."),
        ),
        None => findings.push(
            Finding::warning("version-missing", "`Version` is missing.")
                .at(FieldPath::new("Version"))
                .hint("Use `2012-10-17`."),
        ),
    }
    let statements = policy.statements();
    let mut first_of: BTreeMap<&str, usize> = BTreeMap::new();
    for statement in &statements {
        let mut own = check_statement(statement, context);
        if let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty()) {
            let first = *first_of.entry(sid).or_insert(statement.index);
            if first != statement.index {
                own.push(
                    Finding::error("sid-duplicate", format!("The statement id `{sid}` is there twice."))
                        .at(path(statement.index).child("Sid"))
                        .hint(format!("`{}` is free.", policy.free_sid(sid))),
                );
            }
        }
        let stands = context.current.as_ref().is_some_and(|now| now.statement(&statement.hash).is_some());
        for finding in &mut own {
            if stands && finding.severity == Severity::Error {
                finding.severity = Severity::Warning;
            }
        }
        findings.extend(own);
    }
    findings
}

pub(super) fn path(index: usize) -> FieldPath {
    FieldPath::new("Statement").item(index)
}

fn check_statement(statement: &StatementView, context: &PolicyContext) -> Vec<Finding> {
    let at = path(statement.index);
    let mut findings = Vec::new();
    match &statement.sid {
        Some(sid) => findings.extend(sid_problem(sid).map(|f| f.at(at.child("Sid")))),
        None => findings.push(
            Finding::note("sid-missing", "The statement has no id.")
                .at(at.child("Sid"))
                .hint("An id makes it easier to speak about."),
        ),
    }
    if let Effect::Other(other) = &statement.effect {
        let text = if other.is_empty() {
            "`Effect` is missing.".to_owned()
        } else {
            format!("`{other}` is not an effect.")
        };
        let finding = Finding::error("effect-invalid", text);
        findings.push(finding.at(at.child("Effect")).hint("Use `Allow` or `Deny`."));
    }
    check_principals(statement, context, &at, &mut findings);
    check_actions(statement, context, &at, &mut findings);
    check_resources(statement, context, &at, &mut findings);
    if mentions_source_ip(statement.condition.as_ref()) {
        findings.push(
            Finding::warning("source-ip", "The condition is on `aws:SourceIp`.")
                .at(at.child("Condition"))
                .hint("Over dual-stack endpoints the address may be IPv6, which it must allow too."),
        );
    }
    findings
}

fn check_principals(
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
                if seen.contains(account) {
                    findings.push(
                        Finding::note("account-duplicate", format!("{account} is named twice."))
                            .at(field.clone()),
                    );
                }
                seen.push(account.clone());
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
            Principal::Aws(text) if !text.starts_with("arn:") || text.contains(['<', '{', '*', ' ']) => {
                findings.push(
                    Finding::error(
                        "account-id-invalid",
                        format!("`{text}` is neither an account nor an ARN."),
                    )
                    .at(field.clone())
                    .hint("An account is 12 digits or `arn:aws:iam::111122223333:root`."),
                );
            }
            Principal::Aws(text) if text.contains(":iam::") && !names_account(text) => findings.push(
                Finding::error("account-id-invalid", format!("`{text}` has no account id of 12 digits."))
                    .at(field.clone())
                    .hint("Is it a placeholder that is still to be filled in?"),
            ),
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

fn names_account(arn: &str) -> bool {
    arn.split(':').nth(4).is_some_and(|part| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit()))
}

fn check_actions(
    statement: &StatementView,
    context: &PolicyContext,
    at: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    let field = at.child("Action");
    match &statement.actions {
        Element::Missing => {
            findings.push(Finding::error("action-missing", "`Action` is missing.").at(field.clone()));
        }
        Element::Unreadable => {
            findings.push(Finding::error("action-invalid", "`Action` cannot be read.").at(field.clone()));
        }
        Element::Only(_) | Element::AllBut(_) => {}
    }
    for action in statement.actions.items() {
        if action == "*" || action.eq_ignore_ascii_case("ecr:*") {
            findings.push(
                Finding::warning("action-everything", format!("`{action}` is every action."))
                    .at(field.clone())
                    .hint("Name the actions that are needed."),
            );
        } else if !action.to_ascii_lowercase().starts_with("ecr:") {
            findings.push(
                Finding::error("action-invalid", format!("`{action}` is not an ECR action."))
                    .at(field.clone()),
            );
        }
        let in_v1 = V1_ACTIONS.iter().any(|known| action_fits(action, known)) && !action.contains(['*', '?']);
        if context.scope == PolicyScope::V1 && !in_v1 {
            findings.push(
                Finding::error(
                    "action-outside-scope",
                    format!("This registry's policy scope is V1, which does not know `{action}`."),
                )
                .at(field.clone())
                .hint(format!("V1 takes {} only.", V1_ACTIONS.map(|a| format!("`{a}`")).join(", "))),
            );
        }
    }
}

fn check_resources(
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
            findings
                .push(problem("resource-invalid", format!("`{resource}` is not an ECR repository's ARN.")));
            continue;
        };
        let open = |part: &str| part.contains(['*', '?', '$']);
        if *partition != here.id() && !open(partition) {
            findings.push(problem(
                "resource-wrong-partition",
                format!("`{partition}` is another partition than the registry's, `{here}`."),
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
        if !rest.starts_with("repository/") && !open(rest) {
            findings
                .push(problem("resource-invalid", format!("`{rest}` does not begin with `repository/`.")));
        }
    }
}

fn mentions_source_ip(condition: Option<&Value>) -> bool {
    let operators = condition.and_then(Value::as_object).into_iter().flat_map(|o| o.values());
    operators
        .filter_map(Value::as_object)
        .any(|keys| keys.keys().any(|key| key.eq_ignore_ascii_case("aws:SourceIp")))
}

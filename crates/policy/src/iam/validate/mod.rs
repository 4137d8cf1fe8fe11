//! Validates a registry policy (wizard rules 15 to 21).

mod condition;
pub(crate) mod principal;
mod resource;
mod scope;

use std::collections::BTreeMap;

use longshore_names::RegistryId;
use serde_json::Value;

use crate::{
    FieldPath, Finding, Severity,
    iam::{
        Effect, Element, MAX_CHARACTERS, Policy, StatementView,
        actions::{self, TOKEN},
        paste::clean,
    },
};

/// The actions that the registry allows in a policy (`REGISTRY_POLICY_SCOPE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyScope {
    /// Replication and pull-through cache only.
    V1,
    /// Every ECR action.
    V2,
    /// Not read yet.
    #[default]
    Unknown,
}

/// What is known about the registry whose policy is checked.
#[derive(Debug, Clone)]
pub struct PolicyContext {
    /// The registry.
    pub registry: RegistryId,
    /// The actions that its policy may name.
    pub scope: PolicyScope,
    /// The current policy in ECR. A part that ECR has already accepted is not an error.
    pub current: Option<Policy>,
}

impl PolicyContext {
    /// A registry about which nothing else is known.
    pub fn new(registry: RegistryId) -> Self {
        Self { registry, scope: PolicyScope::Unknown, current: None }
    }
}

/// The actions that a policy of scope V1 may name (user guide, "Private registry permissions").
pub(crate) const V1_ACTIONS: [&str; 3] =
    ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"];

/// All problems of `policy` and notes about it, at fields such as
/// `Statement[1].Resource[0]`.
pub fn validate_policy(policy: &Policy, context: &PolicyContext) -> Vec<Finding> {
    let mut findings = Vec::new();
    let characters = policy.characters();
    if characters > MAX_CHARACTERS {
        findings.push(
            Finding::error(
                "policy-too-long",
                format!("The policy has {characters} characters; ECR allows {MAX_CHARACTERS}."),
            )
            .hint("Put accounts that need the same permissions into one statement, or use fewer and shorter resources."),
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
        let stands = context.current.as_ref().is_some_and(|now| now.statement(&statement.hash).is_some());
        let mut own = check_statement(statement, context, stands);
        if let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty()) {
            let first = *first_of.entry(sid).or_insert(statement.index);
            if first != statement.index {
                own.push(
                    Finding::error("sid-duplicate", format!("The statement id `{sid}` occurs twice."))
                        .at(path(statement.index).child("Sid"))
                        .hint(format!("`{}` is free.", policy.free_sid(sid))),
                );
            }
        }
        for finding in &mut own {
            if stands && finding.severity == Severity::Error {
                finding.severity = Severity::Warning;
            }
        }
        findings.extend(own);
    }
    findings
}

pub(crate) fn path(index: usize) -> FieldPath {
    FieldPath::new("Statement").item(index)
}

/// `stands` says that ECR has the statement already.
fn check_statement(statement: &StatementView, context: &PolicyContext, stands: bool) -> Vec<Finding> {
    let at = path(statement.index);
    let mut findings = Vec::new();
    match &statement.sid {
        Some(sid) => findings.extend(sid_problem(sid).map(|f| f.at(at.child("Sid")))),
        None => findings.push(
            Finding::note("sid-missing", "The statement has no id.")
                .at(at.child("Sid"))
                .hint("An id makes it easier to refer to."),
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
    principal::check(statement, context, &at, &mut findings);
    check_actions(statement, &at, &mut findings);
    scope::check(statement, context, stands, &at.child("Action"), &mut findings);
    resource::check(statement, context, &at, &mut findings);
    condition::check(statement, &at, &mut findings);
    misspelt(statement, &at, &mut findings);
    findings
}

fn check_actions(statement: &StatementView, at: &FieldPath, findings: &mut Vec<Finding>) {
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
    if let (Element::AllBut(all), Effect::Allow) = (&statement.actions, &statement.effect) {
        let but: Vec<String> = all.iter().map(|action| format!("`{action}`")).collect();
        findings.push(
            Finding::warning(
                "not-action-allow",
                format!(
                    "`NotAction` with `Allow` allows everything but {}.",
                    crate::sentence::list(&but, "and")
                ),
            )
            .at(at.child("NotAction"))
            .hint("Name the actions that are needed under `Action`."),
        );
    }
    for action in statement.actions.items() {
        if action == "*" || action.eq_ignore_ascii_case("ecr:*") {
            findings.push(
                Finding::warning("action-everything", format!("`{action}` is every action."))
                    .at(field.clone())
                    .hint("Name the actions that are needed."),
            );
        } else if !action.to_ascii_lowercase().starts_with("ecr:") {
            let finding = Finding::error("action-invalid", format!("`{action}` is not an ECR action."))
                .at(field.clone());
            findings.push(match actions::nearest(action) {
                Some(meant) => finding.hint(format!("Use `{meant}`.")),
                None => finding,
            });
        } else if action.eq_ignore_ascii_case(TOKEN) && matches!(statement.actions, Element::Only(_)) {
            findings.push(
                Finding::error(
                    "action-token",
                    format!("ECR refuses a resource policy that names `{TOKEN}`."),
                )
                .at(field.clone())
                .hint("Allow it in the IAM policies of the users and roles, on `*`."),
            );
        } else if !actions::is_known(action) {
            findings.push(unknown_action(action).at(field.clone()));
        }
    }
}

/// An action that ECR does not have. One that is close to a known action is a typo; any other may
/// be newer than this list.
fn unknown_action(action: &str) -> Finding {
    match actions::nearest(action) {
        Some(meant) => Finding::error("action-unknown", format!("ECR has no action `{action}`."))
            .hint(format!("Use `{meant}`.")),
        None => Finding::warning("action-unknown", format!("`{action}` is not a known ECR action."))
            .hint("ECR refuses actions that it does not have."),
    }
}

/// Elements whose names are close to those of the policy language.
fn misspelt(statement: &StatementView, at: &FieldPath, findings: &mut Vec<Finding>) {
    let Some(object) = statement.raw.as_object() else { return };
    for key in &statement.unknown_fields {
        if let Some(meant) = clean::spelling(key, object) {
            let finding =
                Finding::error("field-misspelt", format!("`{key}` is not an element of a statement."));
            findings.push(finding.at(at.child(key)).hint(format!("Use `{meant}`.")));
        }
    }
}

/// Why `sid` cannot be a statement id: letters and digits only (IAM reference, "Sid").
pub(crate) fn sid_problem(sid: &str) -> Option<Finding> {
    if sid.is_empty() {
        let finding = Finding::error("sid-empty", "The statement id is empty.");
        return Some(finding.hint("Give it a name of letters and digits."));
    }
    let other = sid.chars().find(|c| !c.is_ascii_alphanumeric())?;
    let fixed: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
    let finding = Finding::error(
        "sid-characters",
        format!("A statement id has letters and digits only, not `{}`.", other.escape_default()),
    );
    Some(if fixed.is_empty() { finding } else { finding.hint(format!("Use `{fixed}`.")) })
}

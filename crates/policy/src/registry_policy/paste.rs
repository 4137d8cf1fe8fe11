//! *Paste and check*: a statement or policy from a guide, made fit for one registry.

use longshore_names::RegistryId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    CREATE_REPOSITORY, DEFAULT_SID, Effect, Element, Principal, REPLICATE_IMAGE, RegistryPolicy,
    StatementView, commands,
    evaluate::action_fits,
    principal::texts,
    validate::{PolicyContext, path, validate_policy},
};
use crate::{Finding, json};

/// What a pasted text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PasteKind {
    /// A whole policy.
    Policy,
    /// One statement.
    Statement,
    /// A command or a host name.
    Command,
    /// Something else.
    Unknown,
}

/// What was found in a pasted text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PasteCheck {
    /// What it is.
    pub kind: PasteKind,
    /// What is wrong with it, in the words of the text as pasted.
    pub findings: Vec<Finding>,
    /// The policy as far as it could be read, unchanged.
    pub document: Option<RegistryPolicy>,
    /// The policy as it should be for this registry; `None` when nothing needs mending or nothing
    /// could be read.
    pub mended: Option<RegistryPolicy>,
    /// What stays wrong after mending.
    pub remaining: Vec<Finding>,
}

/// More than any policy needs, blanks and all.
const MAX_PASTED: usize = 64 * 1024;

/// Looks at a text that somebody pasted as the policy (or a statement of it) of `registry`.
pub fn check_pasted(text: &str, registry: &RegistryId) -> PasteCheck {
    let unknown =
        |kind, findings| PasteCheck { kind, findings, document: None, mended: None, remaining: Vec::new() };
    if text.len() > MAX_PASTED {
        let finding = Finding::error("text-too-long", format!("The text has more than {MAX_PASTED} bytes."));
        return unknown(PasteKind::Unknown, vec![finding]);
    }
    let trimmed = text.trim();
    if commands::looks_like_one(trimmed) {
        return unknown(PasteKind::Command, commands::check(trimmed));
    }
    let mut findings = Vec::new();
    let value = match read(text, &mut findings) {
        Ok(value) => value,
        Err(finding) => {
            let found = commands::check(trimmed);
            if !trimmed.contains(['{', '[']) && !found.is_empty() {
                return unknown(PasteKind::Command, found);
            }
            findings.push(*finding);
            return unknown(PasteKind::Unknown, findings);
        }
    };
    let is_statement = |v: &Value| v.get("Effect").is_some() || v.get("Action").is_some();
    let (kind, policy) = match &value {
        Value::Array(list) if !list.is_empty() && list.iter().all(is_statement) => {
            (PasteKind::Policy, around(list.clone()))
        }
        one if is_statement(one) && one.get("Statement").is_none() => {
            (PasteKind::Statement, around(vec![value.clone()]))
        }
        _ => (PasteKind::Policy, value.clone()),
    };
    let policy = match RegistryPolicy::from_value(policy) {
        Ok(policy) => policy,
        Err(error) => {
            findings.push(error.finding());
            return unknown(PasteKind::Unknown, findings);
        }
    };
    let context = PolicyContext::new(registry.clone());
    findings.extend(validate_policy(&policy, &context));
    for statement in policy.statements() {
        findings.extend(from_guides(&statement));
    }
    let mended = mend(&policy, registry);
    let text_mended = findings.iter().any(|f| f.code == "typographic-quotes");
    let changed = text_mended
        || kind == PasteKind::Statement
        || !json::same_json(&mended.to_value(), &policy.to_value());
    let remaining = validate_policy(&mended, &context).into_iter().filter(Finding::is_error).collect();
    PasteCheck { kind, findings, document: Some(policy), mended: changed.then_some(mended), remaining }
}

/// Statements with a policy around them.
fn around(statements: Vec<Value>) -> Value {
    let mut policy = Map::new();
    policy.insert("Version".into(), "2012-10-17".into());
    policy.insert("Statement".into(), Value::Array(statements));
    Value::Object(policy)
}

/// Reads the text, and if that fails once more with the quotes and blanks of a word processor
/// replaced.
fn read(text: &str, findings: &mut Vec<Finding>) -> Result<Value, Box<Finding>> {
    let invalid = |error: json::JsonError| Box::new(crate::DocumentError::Json(error).finding());
    let first = match json::parse(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let quotes = ['\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{2033}', '\u{ab}', '\u{bb}'];
    if !text.contains(quotes) && !text.contains(['\u{a0}', '\u{feff}', '\u{200b}']) {
        return Err(invalid(first));
    }
    let (line, column) = (first.line, first.column);
    let plain = text.replace(quotes, "\"").replace('\u{a0}', " ").replace(['\u{feff}', '\u{200b}'], "");
    let value = json::parse(&plain).map_err(invalid)?;
    findings.push(
        Finding::warning("typographic-quotes", "The text has typographic quotes or blanks.")
            .in_text(line, column)
            .hint("They are replaced by plain ones in the mended document."),
    );
    Ok(value)
}

/// What guides leave out although ECR accepts it.
fn from_guides(statement: &StatementView) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at = path(statement.index);
    if lacks_create(statement) {
        findings.push(
            Finding::warning(
                "create-repository-missing",
                "`ecr:CreateRepository` is missing: images arrive only in repositories that are there already.",
            )
            .at(at.child("Action"))
            .hint("Add it, or create the repositories beforehand."),
        );
    }
    let bare = |p: &Principal| matches!(p, Principal::Account { partition: None, .. });
    if statement.principals.items().iter().any(bare) {
        findings.push(
            Finding::note(
                "principal-bare",
                "A bare account id means the whole account; AWS writes it as an ARN.",
            )
            .at(at.child("Principal")),
        );
    }
    findings
}

fn lacks_create(statement: &StatementView) -> bool {
    let Element::Only(actions) = &statement.actions else { return false };
    let names = |action: &str| actions.iter().any(|pattern| action_fits(pattern, action));
    statement.effect == Effect::Allow && names(REPLICATE_IMAGE) && !names(CREATE_REPOSITORY)
}

/// The policy with everything put right that can be put right without asking.
fn mend(policy: &RegistryPolicy, registry: &RegistryId) -> RegistryPolicy {
    let mut raw = Map::new();
    raw.insert("Version".into(), "2012-10-17".into());
    raw.extend(policy.raw.clone());
    raw.insert("Version".into(), "2012-10-17".into());
    let mut statements: Vec<Value> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for statement in policy.statements() {
        let mut fixed = mend_statement(&statement, registry);
        let wanted = fixed.get("Sid").and_then(Value::as_str).unwrap_or(DEFAULT_SID).to_owned();
        let mut sid = wanted.clone();
        let mut next = 2;
        while taken.contains(&sid) {
            sid = format!("{wanted}{next}");
            next += 1;
        }
        taken.push(sid.clone());
        let mut ordered = Map::new();
        ordered.insert("Sid".into(), sid.into());
        fixed.shift_remove("Sid");
        ordered.extend(fixed);
        statements.push(Value::Object(ordered));
    }
    raw.insert("Statement".into(), Value::Array(statements));
    RegistryPolicy { raw }
}

fn mend_statement(statement: &StatementView, registry: &RegistryId) -> Map<String, Value> {
    let mut fixed = statement.raw.as_object().cloned().unwrap_or_default();
    let sid: String =
        statement.sid.iter().flat_map(|sid| sid.chars()).filter(char::is_ascii_alphanumeric).collect();
    let sid = if sid.is_empty() { DEFAULT_SID.to_owned() } else { sid };
    fixed.insert("Sid".into(), sid.into());
    if lacks_create(statement) {
        let mut actions = statement.actions.items().to_vec();
        actions.insert(0, CREATE_REPOSITORY.into());
        fixed.insert("Action".into(), actions.into());
    }
    let partition = registry.region.partition();
    if let Some(Value::Object(kinds)) = fixed.get_mut("Principal")
        && let Some(aws) = kinds.get_mut("AWS")
    {
        for_each_text(aws, &|text| match text.parse::<longshore_names::AccountId>() {
            Ok(account) => account.root_arn(partition),
            Err(_) => text.to_owned(),
        });
    }
    let prefix = format!("arn:{}:ecr:{}:{}:", partition.id(), registry.region, registry.account);
    match fixed.get_mut("Resource") {
        None if statement.resources == Element::Missing => {
            let all = Value::from(format!("{prefix}repository/*"));
            fixed.insert("Resource".into(), Value::Array(vec![all]));
        }
        Some(resource) if texts(resource).is_some() => for_each_text(resource, &|text| moved(text, &prefix)),
        _ => {}
    }
    fixed
}

/// The resource in this registry; `*` and what is no ECR ARN stay.
fn moved(resource: &str, prefix: &str) -> String {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "ecr", region, account, rest] => {
            let open = [partition, region, account].iter().any(|part| part.contains(['*', '?', '$']));
            if open { resource.to_owned() } else { format!("{prefix}{rest}") }
        }
        _ => resource.to_owned(),
    }
}

fn for_each_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(list) => list.iter_mut().for_each(|v| for_each_text(v, change)),
        _ => {}
    }
}

//! Tests the evaluation by a table with one row for each documented rule.

use longshore_policy::iam::authorize::{Answer, StatementAt};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Case, all, all_for, policy};

/// One rule, and a question that it decides. Statements may be short: `allow` and `deny` are about
/// everything, `other` is about another service, `allow:PRINCIPAL` is of a resource policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: String,
    source: String,
    expected: Expected,
    principal: Option<String>,
    action: Option<String>,
    resource: Option<String>,
    identity: Option<Vec<Value>>,
    resource_policy: Option<Vec<Value>>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
    scp: Option<Vec<Value>>,
    rcp: Option<Vec<Value>>,
    #[serde(default)]
    context: Map<String, Value>,
    #[serde(default)]
    complete: bool,
}

/// What is expected; what is left out does not matter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    decision: String,
    /// `identity-0#1`: the second statement of the first identity policy.
    #[serde(default, deserialize_with = "present")]
    by: Option<Option<String>>,
    also: Option<Vec<String>>,
    layer: Option<String>,
    keys: Option<Vec<String>>,
    unseen: Option<Vec<String>>,
}

/// A null that is written is something else than nothing.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn statement(short: &Value) -> Value {
    let Some(text) = short.as_str() else { return short.clone() };
    match text.split_once(':') {
        Some(("allow", principal)) => all_for("Allow", principal),
        Some(("deny", principal)) => all_for("Deny", principal),
        _ if text == "other" => json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
        _ => all(if text == "deny" { "Deny" } else { "Allow" }),
    }
}

/// A list of statements, or a whole policy.
fn document(short: &Value) -> Value {
    match short.as_array() {
        Some(statements) => policy(statements.iter().map(statement).collect::<Vec<_>>()),
        None => short.clone(),
    }
}

fn case(row: &Row) -> Case {
    let mut case = Case::new();
    let several = |list: &Option<Vec<Value>>| list.as_ref().map(|all| all.iter().map(document).collect());
    let one = |list: &Option<Vec<Value>>| {
        list.as_ref()
            .map(|all| if all.is_empty() { vec![] } else { vec![document(&Value::from(all.clone()))] })
    };
    let given = |text: &Option<String>, other: &str| text.clone().unwrap_or_else(|| other.to_owned());
    case.principal = given(&row.principal, &case.principal);
    case.action = given(&row.action, &case.action);
    case.resource = given(&row.resource, &case.resource);
    case.identity = several(&row.identity);
    case.scp = several(&row.scp);
    case.rcp = several(&row.rcp);
    case.resource_policy = one(&row.resource_policy);
    case.boundary = one(&row.boundary);
    case.session = one(&row.session);
    for (key, values) in &row.context {
        let values = values.as_array().cloned().unwrap_or_else(|| vec![values.clone()]);
        let values = values.iter().map(|value| value.as_str().unwrap().to_owned());
        case.context.extend(values.map(|value| (key.clone(), value)));
    }
    case.complete = row.complete;
    case
}

/// `identity-0#1`; without the number where a layer has one document.
fn short(at: &StatementAt) -> String {
    let single = ["boundary", "session"].iter().any(|word| at.document.starts_with(word));
    let document = if single { at.document.trim_end_matches("-0") } else { &at.document };
    format!("{document}#{}", at.index)
}

fn check(row: &Row, answer: &Answer) {
    let Expected { decision, by, also, layer, keys, unseen } = &row.expected;
    let rule = format!("{} ({}): {answer:?}", row.rule, row.source);
    assert_eq!(serde_json::to_value(answer.decision).unwrap(), **decision, "{rule}");
    if let Some(by) = by {
        assert_eq!(answer.by.as_ref().map(short), *by, "{rule}");
    }
    if let Some(also) = also {
        assert_eq!(answer.also.iter().map(short).collect::<Vec<_>>(), *also, "{rule}");
    }
    if let Some(layer) = layer {
        assert_eq!(answer.layer.map(|layer| layer.word()), Some(layer.as_str()), "{rule}");
    }
    if let Some(keys) = keys {
        assert_eq!(answer.keys, *keys, "{rule}");
    }
    if let Some(unseen) = unseen {
        assert_eq!(answer.unseen.iter().map(|layer| layer.word()).collect::<Vec<_>>(), *unseen, "{rule}");
    }
    assert!(answer.reason.ends_with('.') && !answer.reason.contains("  "), "{rule}");
}

#[test]
fn every_documented_rule_holds() {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../../authorize_rules.json")).unwrap();
    assert!(rows.len() > 150);
    let mut failed = Vec::new();
    for row in &rows {
        let answer = case(row).ask();
        if let Err(panic) = std::panic::catch_unwind(|| check(row, &answer)) {
            failed.push(panic.downcast_ref::<String>().cloned().unwrap_or_default());
        }
    }
    assert!(failed.is_empty(), "{} of {} rules:\n{}", failed.len(), rows.len(), failed.join("\n\n"));
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../../authorize_rules.json")).unwrap();
    let mut names: Vec<&str> = rows.iter().map(|row| row.rule.as_str()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(rows.iter().all(|row| !row.source.is_empty()));
}

#[test]
fn reasons_are_sentences_for_administrators() {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../../authorize_rules.json")).unwrap();
    let mut told: Vec<String> = rows.iter().map(|row| case(row).ask()).map(|answer| answer.reason).collect();
    told.sort();
    told.dedup();
    insta::assert_snapshot!(told.join("\n"));
}

//! Decides when two statements are the same.

use serde_json::{Map, Value};

use super::principal::{self, Principal, texts};
use crate::{ContentHash, json::sort_as_set, number_text};

/// The statement's canonical form. It does not distinguish a scalar from a list of one, the order
/// of lists, an account id from its root ARN (in the partition of the statement's resources), `"*"`
/// from `{"AWS": "*"}`, the case of actions, or a condition's `true` from `"true"`.
pub(crate) fn canonical(statement: &Value) -> Value {
    let Value::Object(statement) = statement else { return statement.clone() };
    let mut canonical = Map::new();
    let partition = partition(statement);
    for (key, value) in statement {
        let value = match key.as_str() {
            "Principal" | "NotPrincipal" => principals(value, &partition),
            "Action" | "NotAction" => set_of(value, str::to_ascii_lowercase),
            "Resource" | "NotResource" => set_of(value, str::to_owned),
            "Condition" => condition(value),
            _ => value.clone(),
        };
        canonical.insert(key.clone(), value);
    }
    Value::Object(canonical)
}

pub(crate) fn hash(statement: &Value) -> ContentHash {
    ContentHash::of_canonical(&canonical(statement))
}

/// The canonical form without the principals, in which statements to be merged may differ.
pub(crate) fn without_principals(statement: &Value) -> Value {
    let mut rest = canonical(statement);
    if let Value::Object(object) = &mut rest {
        object.shift_remove("Principal");
    }
    rest
}

/// The whole document: statements are a set, and a single one counts as a list of one.
pub(crate) fn canonical_document(document: &Map<String, Value>) -> Value {
    let mut copy = document.clone();
    if let Some(statements) = copy.get_mut("Statement") {
        let mut set: Vec<Value> = match &*statements {
            Value::Array(list) => list.iter().map(canonical).collect(),
            one => vec![canonical(one)],
        };
        sort_as_set(&mut set);
        *statements = Value::Array(set);
    }
    Value::Object(copy)
}

fn as_set(mut list: Vec<Value>) -> Value {
    sort_as_set(&mut list);
    list.dedup();
    Value::Array(list)
}

fn set_of(value: &Value, change: impl Fn(&str) -> String) -> Value {
    match texts(value) {
        Some(list) => as_set(list.iter().map(|text| Value::String(change(text))).collect()),
        None => value.clone(),
    }
}

/// The partition of bare account ids: that of the first ARN among the resources, else among the
/// principals, else the commercial one.
pub(crate) fn partition(statement: &Map<String, Value>) -> String {
    let resources =
        ["Resource", "NotResource"].iter().filter_map(|key| statement.get(*key)).filter_map(texts);
    let principals = ["Principal", "NotPrincipal"]
        .iter()
        .filter_map(|key| statement.get(*key))
        .filter_map(|value| value.get("AWS"))
        .filter_map(texts);
    let of = |arn: String| {
        let partition = arn.strip_prefix("arn:")?.split(':').next()?.to_owned();
        partition.starts_with("aws").then_some(partition)
    };
    resources.chain(principals).flatten().find_map(of).unwrap_or_else(|| "aws".into())
}

fn principals(value: &Value, here: &str) -> Value {
    let Some(list) = principal::read(value) else { return value.clone() };
    let entry = |p: &Principal| {
        Value::String(match p {
            Principal::Everyone => "*".into(),
            // The commercial partition is left out, because stored hashes of statements depend on
            // it.
            Principal::Account { account, partition } => match partition.as_deref().unwrap_or(here) {
                "aws" => format!("account {account}"),
                other => format!("account {account} of {other}"),
            },
            Principal::Aws(arn) => format!("aws {arn}"),
            Principal::Other { kind, value } => format!("other {kind} {value}"),
        })
    };
    as_set(list.iter().map(entry).collect())
}

fn condition(value: &Value) -> Value {
    let Value::Object(operators) = value else { return value.clone() };
    let text = |v: &Value| match v {
        Value::Bool(b) => Value::String(b.to_string()),
        Value::Number(n) => Value::String(n.to_string()),
        Value::String(text) => Value::String(number_text::plain(text).to_owned()),
        other => other.clone(),
    };
    let values = |v: &Value| match v {
        Value::Array(list) => as_set(list.iter().map(text).collect()),
        Value::Object(_) => v.clone(),
        one => Value::Array(vec![text(one)]),
    };
    operators
        .iter()
        .map(|(operator, keys)| {
            let keys = match keys {
                Value::Object(keys) => keys.iter().map(|(k, v)| (k.clone(), values(v))).collect(),
                other => other.clone(),
            };
            (operator.clone(), keys)
        })
        .collect()
}

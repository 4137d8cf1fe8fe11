//! Repairs of how a policy is written: invisible characters, misspelt keys and words. Its meaning
//! stays the same.

use longshore_names::did_you_mean;
use serde_json::{Map, Value, json};

use super::fix::{Change, Fix};
use crate::iam::{Policy, statement::KNOWN, validate::path};
use crate::{
    FieldPath,
    paste::text::{is_double_quote, is_invisible, is_odd_blank, is_single_quote},
};

/// The repaired policy, and the repairs.
pub(crate) fn cleaned(policy: &Policy) -> (Policy, Vec<Fix>) {
    let mut fixes = Vec::new();
    let mut raw = policy.raw.clone();
    if let Some(Value::String(version)) = raw.get_mut("Version") {
        *version = plain(version);
    }
    let statements: Vec<Value> =
        policy.raw_statements().into_iter().enumerate().map(|(i, s)| statement(i, s, &mut fixes)).collect();
    raw.insert("Statement".into(), Value::Array(statements));
    (Policy { raw }, fixes)
}

fn done(code: &'static str, field: FieldPath, what: String) -> Fix {
    Fix::repair(code, field, what, Change::Done)
}

fn statement(index: usize, raw: &Value, fixes: &mut Vec<Fix>) -> Value {
    let Value::Object(object) = raw else { return raw.clone() };
    let at = path(index);
    let mut out = Map::new();
    for (key, value) in object {
        let meant = spelling(key, object).filter(|meant| !out.contains_key(meant));
        if let Some(meant) = &meant {
            fixes.push(done("field-misspelt", at.child(key), format!("`{key}` becomes `{meant}`.")));
        }
        let key = meant.unwrap_or_else(|| key.clone());
        let clean = match key.as_str() {
            "Sid" => value.clone(),
            "Condition" => keys_and_values(value, &edges),
            _ => keys_and_values(value, &plain),
        };
        if clean != *value {
            let what = format!("Invisible characters, quotes and spaces are removed from `{key}`.");
            fixes.push(done("invisible-character", at.child(&key), what));
        }
        let value = match key.as_str() {
            "Effect" => effect(&clean),
            "Principal" | "NotPrincipal" => principal(&clean),
            _ => clean.clone(),
        };
        if value != clean {
            let what = match key.as_str() {
                "Effect" => format!("The effect becomes {value}."),
                _ => "AWS principals are moved under `AWS`.".to_owned(),
            };
            let code = if key == "Effect" { "effect-invalid" } else { "principal-invalid" };
            fixes.push(done(code, at.child(&key), what));
        }
        out.insert(key, value);
    }
    Value::Object(out)
}

/// The known key that `key` is meant to be, unless the object has that key too.
pub(crate) fn spelling(key: &str, object: &Map<String, Value>) -> Option<String> {
    if KNOWN.contains(&key) {
        return None;
    }
    let clean = plain(key);
    let exact = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(&clean));
    let near = || {
        let known = did_you_mean(&clean, KNOWN)?;
        // At most two wrong letters: a field that AWS adds later is not mistaken for a known one.
        let close = clean.len().abs_diff(known.len()) <= 1 && clean.len() > 4;
        close.then_some(known)
    };
    let meant = exact.or_else(near)?;
    (!object.contains_key(meant)).then(|| meant.to_owned())
}

/// The new name of `key`, unless another key of the object would be lost.
fn renamed(key: &str, object: &Map<String, Value>, change: &dyn Fn(&str) -> String) -> String {
    let new = change(key);
    let taken = object.keys().any(|other| other != key && (*other == new || change(other) == new));
    if taken { key.to_owned() } else { new }
}

fn odd(c: char) -> bool {
    is_invisible(c) || is_odd_blank(c) || is_double_quote(c) || is_single_quote(c)
}

/// Removes everything that cannot be in an ARN, an action or a keyword of the policy language.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !is_invisible(*c) && !is_odd_blank(*c)).collect();
    text.trim_matches(|c: char| c.is_whitespace() || odd(c)).to_owned()
}

/// Removes invisible characters, and whitespace at both ends.
fn edges(text: &str) -> String {
    let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    text.trim_matches(|c: char| is_odd_blank(c)).to_owned()
}

fn keys_and_values(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(list) => list.iter().map(|item| keys_and_values(item, change)).collect(),
        Value::Object(object) => {
            let kept = object.iter();
            kept.map(|(key, value)| (renamed(key, object, change), keys_and_values(value, change))).collect()
        }
        other => other.clone(),
    }
}

fn effect(value: &Value) -> Value {
    match value.as_str() {
        Some(word) if word.eq_ignore_ascii_case("allow") => "Allow".into(),
        Some(word) if word.eq_ignore_ascii_case("deny") => "Deny".into(),
        _ => value.clone(),
    }
}

/// Principals without their kind.
fn principal(value: &Value) -> Value {
    let aws = |text: &str| {
        text.starts_with("arn:") && text.contains(":iam::")
            || (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()))
    };
    match value {
        Value::String(text) if aws(text) => json!({ "AWS": text }),
        Value::Array(list) if !list.is_empty() && list.iter().all(|v| v.as_str().is_some_and(aws)) => {
            json!({ "AWS": list })
        }
        Value::Object(kinds) if kinds.len() == 1 => match kinds.iter().next() {
            Some((kind, who)) if kind != "AWS" && kind.eq_ignore_ascii_case("aws") => json!({ "AWS": who }),
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

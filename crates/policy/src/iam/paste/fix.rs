//! Fixes for a policy, one at a time.
//!
//! A fix that keeps the policy's meaning is applied. A fix that would allow more than is written is
//! offered with what it newly allows, and is applied only when the user chooses it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::FieldPath;
use crate::iam::{Policy, edit::scalar_or_list, principal::texts};

/// One fix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fix {
    /// The id by which it is chosen; the same for the same text.
    pub id: String,
    /// The code of the finding that it resolves.
    pub code: &'static str,
    /// The field that it changes.
    pub field: FieldPath,
    /// What it does, in one sentence.
    pub what: String,
    /// What the policy newly allows with it; `None` for nothing.
    pub newly_allows: Option<String>,
    /// Whether it is applied without being chosen.
    pub applied: bool,
    #[serde(skip)]
    pub(crate) change: Change,
}

impl Fix {
    /// A fix that keeps the policy's meaning.
    pub(crate) fn repair(code: &'static str, field: FieldPath, what: String, change: Change) -> Self {
        let id = format!("{code}@{field}");
        Self { id, code, field, what, newly_allows: None, applied: true, change }
    }

    /// A change that allows more.
    #[must_use]
    pub(crate) fn widening(mut self, newly_allows: String) -> Self {
        self.newly_allows = Some(newly_allows);
        self.applied = false;
        self
    }

    /// A change that removes something, made on request only.
    #[must_use]
    pub(crate) fn on_request(mut self) -> Self {
        self.applied = false;
        self
    }
}

/// A change of one place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Already made in the base.
    Done,
    /// The language version.
    Version,
    /// An element of a statement, whole.
    Set { statement: usize, key: &'static str, value: Value },
    /// A string of an element is replaced or removed. `Principal` is its `AWS` list.
    Text { statement: usize, key: &'static str, from: String, to: Option<String> },
    /// A string is added before the others of an element.
    Add { statement: usize, key: &'static str, text: String },
    /// A condition key or operator is replaced or removed.
    Condition { statement: usize, operator: String, key: String, to: Option<(String, String)> },
    /// The statement is removed.
    Drop { statement: usize },
}

/// The policy with `fixes` made.
pub(crate) fn apply<'f>(policy: &Policy, fixes: impl Iterator<Item = &'f Fix>) -> Policy {
    let mut raw = policy.raw.clone();
    let mut statements: Vec<Value> = policy.raw_statements().into_iter().cloned().collect();
    let mut dropped = Vec::new();
    for fix in fixes {
        make(&fix.change, &mut raw, &mut statements, &mut dropped);
    }
    let mut index = 0;
    statements.retain(|_| {
        index += 1;
        !dropped.contains(&(index - 1))
    });
    raw.insert("Statement".into(), Value::Array(statements));
    Policy { raw }
}

fn make(change: &Change, raw: &mut Map<String, Value>, statements: &mut [Value], dropped: &mut Vec<usize>) {
    match change {
        Change::Done => {}
        Change::Version => {
            let mut ordered = Map::new();
            ordered.insert("Version".into(), "2012-10-17".into());
            raw.shift_remove("Version");
            ordered.append(raw);
            *raw = ordered;
        }
        Change::Drop { statement } => dropped.push(*statement),
        Change::Set { statement, key, value } => {
            if let Some(Value::Object(object)) = statements.get_mut(*statement) {
                set(object, key, value.clone());
            }
        }
        Change::Add { statement, key, text } => {
            if let Some(Value::Object(object)) = statements.get_mut(*statement)
                && let Some(mut all) = object.get(*key).and_then(texts)
                && !all.contains(text)
            {
                all.insert(0, text.clone());
                object.insert((*key).into(), all.into());
            }
        }
        Change::Text { statement, key, from, to } => {
            if let Some(Value::Object(object)) = statements.get_mut(*statement) {
                let element = if *key == "Principal" {
                    object.get_mut(*key).and_then(|kinds| kinds.get_mut("AWS"))
                } else {
                    object.get_mut(*key)
                };
                if let Some(element) = element {
                    replace(element, from, to.as_deref());
                }
            }
        }
        Change::Condition { statement, operator, key, to } => {
            if let Some(Value::Object(object)) = statements.get_mut(*statement) {
                condition(object, operator, key, to.as_ref());
            }
        }
    }
}

/// The element; a new Sid is put first.
fn set(object: &mut Map<String, Value>, key: &str, value: Value) {
    if key != "Sid" || object.contains_key(key) {
        object.insert(key.into(), value);
        return;
    }
    let mut ordered = Map::new();
    ordered.insert(key.into(), value);
    ordered.append(object);
    *object = ordered;
}

fn replace(element: &mut Value, from: &str, to: Option<&str>) {
    let Some(all) = texts(element) else { return };
    let mut left: Vec<String> = Vec::new();
    for text in all {
        let text = if text == from { to.map(str::to_owned) } else { Some(text) };
        left.extend(text.filter(|text| !left.contains(text)));
    }
    *element = if element.is_array() { left.into() } else { scalar_or_list(left) };
}

fn condition(object: &mut Map<String, Value>, operator: &str, key: &str, to: Option<&(String, String)>) {
    let Some(Value::Object(operators)) = object.get_mut("Condition") else { return };
    let is_taken = |(operator, key): &(String, String)| {
        operators.get(operator).and_then(Value::as_object).is_some_and(|keys| keys.contains_key(key))
    };
    if to.is_some_and(is_taken) {
        return;
    }
    let Some(Value::Object(keys)) = operators.get_mut(operator) else { return };
    let Some(values) = keys.shift_remove(key) else { return };
    let empty = keys.is_empty();
    if empty {
        operators.shift_remove(operator);
    }
    if let Some((operator, key)) = to {
        let keys = operators.entry(operator.clone()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(keys) = keys {
            keys.insert(key.clone(), values);
        }
    }
    if operators.is_empty() {
        object.shift_remove("Condition");
    }
}

//! Decides when two rules are the same.

use serde_json::{Map, Value, json};

use crate::{ContentHash, json::sort_as_set};

/// The rule's canonical form: destinations and filters are sets, defaults are left out, unknown
/// fields stay as they are.
pub(crate) fn canonical(rule: &Value) -> Value {
    let Value::Object(rule) = rule else { return rule.clone() };
    let mut canonical = Map::new();
    for (key, value) in rule {
        match (key.as_str(), value) {
            ("repositoryFilters", Value::Array(list)) if list.is_empty() => {}
            ("repositoryFilters" | "deleteReplication", Value::Null) => {}
            ("deleteReplication", off) if *off == json!({ "enabled": false }) => {}
            ("destinations" | "repositoryFilters", Value::Array(list)) => {
                let mut set = list.clone();
                sort_as_set(&mut set);
                canonical.insert(key.clone(), Value::Array(set));
            }
            _ => {
                canonical.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(canonical)
}

pub(crate) fn hash(rule: &Value) -> ContentHash {
    ContentHash::of_canonical(&canonical(rule))
}

/// The whole document's canonical form: rules are a set too.
pub(crate) fn canonical_document(document: &Map<String, Value>) -> Value {
    let mut copy = document.clone();
    if let Some(Value::Array(rules)) = copy.get_mut("rules") {
        for rule in rules.iter_mut() {
            *rule = canonical(rule);
        }
        sort_as_set(rules);
    }
    Value::Object(copy)
}

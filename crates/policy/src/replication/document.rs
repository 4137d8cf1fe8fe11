//! The configuration as a document, which keeps every field that this version does not know.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::{RuleView, canonical};
use crate::{ContentHash, DocumentError, json};

/// A replication configuration: `{"rules": [...]}` and any other fields from ECR.
///
/// Equality is by meaning: the order of keys, rules, destinations and filters does not count.
#[derive(Debug, Clone)]
pub struct ReplicationConfiguration {
    pub(super) raw: Map<String, Value>,
}

impl ReplicationConfiguration {
    /// A configuration without rules, as every new registry has.
    pub fn empty() -> Self {
        let mut raw = Map::new();
        raw.insert("rules".into(), Value::Array(Vec::new()));
        Self { raw }
    }

    /// Reads ECR's JSON: the bare object, the input of `PutReplicationConfiguration` or the output
    /// of `DescribeRegistry`.
    ///
    /// # Errors
    /// When the text is not JSON (with its place) or its `rules` are not a list of objects.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        Self::from_value(json::parse(text)?)
    }

    /// As [`parse`](Self::parse), from a value that is already parsed.
    ///
    /// # Errors
    /// When `rules` are not a list of objects.
    pub fn from_value(value: Value) -> Result<Self, DocumentError> {
        let Value::Object(mut object) = value else {
            return Err(DocumentError::shape(
                "document",
                "a replication configuration must be an object with `rules`",
            ));
        };
        if !object.contains_key("rules") {
            match object.shift_remove("replicationConfiguration") {
                Some(Value::Object(inner)) => object = inner,
                // A registry that never had one may return nothing.
                Some(Value::Null) => return Ok(Self::empty()),
                None if object.contains_key("registryId") => return Ok(Self::empty()),
                Some(_) => {
                    return Err(DocumentError::shape("replicationConfiguration", "this must be an object"));
                }
                None => {}
            }
        }
        match object.get("rules") {
            None if object.contains_key("Statement") => Err(DocumentError::shape(
                "document",
                "this is a permission policy, not a replication configuration",
            )),
            None => Err(DocumentError::shape(
                "rules",
                "`rules` is missing; it must be a list, empty for no replication",
            )),
            Some(Value::Array(rules)) => match rules.iter().position(|rule| !rule.is_object()) {
                Some(index) => {
                    Err(DocumentError::shape(&format!("rules[{index}]"), "a rule must be an object"))
                }
                None => Ok(Self { raw: object }),
            },
            Some(_) => Err(DocumentError::shape("rules", "`rules` must be a list")),
        }
    }

    /// The bare document as it is sent.
    pub fn to_value(&self) -> Value {
        Value::Object(self.raw.clone())
    }

    /// The input of `PutReplicationConfiguration`.
    pub fn to_request(&self) -> Value {
        json!({ "replicationConfiguration": self.raw })
    }

    /// The bare document for people.
    pub fn pretty(&self) -> String {
        json::pretty(&self.to_value())
    }

    /// The canonical form as text; equal for configurations with the same meaning.
    pub fn canonical_text(&self) -> String {
        json::canonical_text(&canonical::canonical_document(&self.raw))
    }

    /// The hash of the canonical form.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of_canonical(&canonical::canonical_document(&self.raw))
    }

    pub(super) fn raw_rules(&self) -> &[Value] {
        self.raw.get("rules").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The parsed rules, in the document's order.
    pub fn rules(&self) -> Vec<RuleView> {
        self.raw_rules().iter().enumerate().map(|(index, raw)| RuleView::read(index, raw)).collect()
    }

    /// The rule with this content.
    pub fn rule(&self, hash: &ContentHash) -> Option<RuleView> {
        self.rules().into_iter().find(|rule| rule.hash == *hash)
    }

    /// Fields other than `rules`, which this version does not know but keeps.
    pub fn unknown_fields(&self) -> Vec<String> {
        self.raw.keys().filter(|key| *key != "rules").cloned().collect()
    }
}

impl PartialEq for ReplicationConfiguration {
    fn eq(&self, other: &Self) -> bool {
        self.canonical_text() == other.canonical_text()
    }
}

impl Eq for ReplicationConfiguration {}

impl Serialize for ReplicationConfiguration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for ReplicationConfiguration {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

//! The policy as a document, which keeps every field that this version does not know.

use serde_json::{Map, Value};

use super::{LifecycleRule, validate};
use crate::{DocumentError, Finding, has_errors, json};

/// A lifecycle policy: `{"rules": […]}`.
#[derive(Debug, Clone, PartialEq)]
pub struct LifecyclePolicy {
    raw: Map<String, Value>,
}

impl LifecyclePolicy {
    /// Reads a policy's JSON, or the output of `GetLifecyclePolicy`, which contains it as a string.
    ///
    /// # Errors
    /// When the text is not JSON (with its place) or has no `rules`.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        Self::from_value(json::parse(text)?)
    }

    /// As [`parse`](Self::parse), from a value that is already parsed.
    ///
    /// # Errors
    /// When there is no list `rules`.
    pub fn from_value(value: Value) -> Result<Self, DocumentError> {
        match value.get("lifecyclePolicyText") {
            Some(Value::String(text)) if value.get("rules").is_none() => Self::bare(json::parse(text)?),
            _ => Self::bare(value),
        }
    }

    fn bare(value: Value) -> Result<Self, DocumentError> {
        let Value::Object(raw) = value else {
            return Err(DocumentError::shape(
                "document",
                "a lifecycle policy must be an object with `rules`",
            ));
        };
        match raw.get("rules") {
            Some(Value::Array(_)) => Ok(Self { raw }),
            Some(_) => Err(DocumentError::shape("rules", "`rules` must be a list of rules")),
            None => Err(DocumentError::shape("rules", "`rules` is missing")),
        }
    }

    /// The document's JSON.
    pub fn to_value(&self) -> Value {
        Value::Object(self.raw.clone())
    }

    /// The document without whitespace, as it is sent and as its length is counted.
    pub fn to_text(&self) -> String {
        json::minified(&self.to_value())
    }

    /// The document for people.
    pub fn pretty(&self) -> String {
        json::pretty(&self.to_value())
    }

    /// The rules as they are in the document.
    pub(super) fn raw_rules(&self) -> &[Value] {
        self.raw.get("rules").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The fields other than `rules`.
    pub(super) fn other_fields(&self) -> impl Iterator<Item = &str> {
        self.raw.keys().map(String::as_str).filter(|key| *key != "rules")
    }

    /// The rules by priority, the first to apply first.
    ///
    /// # Errors
    /// All problems: the effect of a policy with another shape is unknown.
    pub fn rules(&self) -> Result<Vec<LifecycleRule>, Vec<Finding>> {
        let (mut rules, findings) = validate::read(self);
        if has_errors(&findings) {
            return Err(findings);
        }
        rules.sort_by_key(|rule| rule.priority);
        Ok(rules)
    }
}

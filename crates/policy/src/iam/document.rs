//! The policy as a document, which keeps every field that this version does not know.

use longshore_names::{AccountId, Partition};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{
    Statement, StatementView, canonical,
    principal::{Principal, orphan},
};
use crate::{ContentHash, DocumentError, json};

/// A registry policy: `{"Version": …, "Statement": […]}` and any other fields.
///
/// Equality is by meaning: it ignores order, and treats a scalar like a list of one and an account
/// id like its root ARN.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) raw: Map<String, Value>,
}

impl Policy {
    /// A policy without statements. ECR does not accept one: delete the policy instead.
    pub fn empty() -> Self {
        let mut raw = Map::new();
        raw.insert("Version".into(), "2012-10-17".into());
        raw.insert("Statement".into(), Value::Array(Vec::new()));
        Self { raw }
    }

    /// A policy of one statement.
    pub fn of_statement(statement: &Statement) -> Self {
        let mut policy = Self::empty();
        policy.raw.insert("Statement".into(), Value::Array(vec![statement.to_value()]));
        policy
    }

    /// Reads a policy's JSON, or the output of `GetRegistryPolicy`, which contains it as a string.
    ///
    /// # Errors
    /// When the text is not JSON (with its place) or has no `Statement` of objects.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        Self::from_value(json::parse(text)?)
    }

    /// As [`parse`](Self::parse), from a value that is already parsed.
    ///
    /// # Errors
    /// When there is no `Statement` of objects.
    pub fn from_value(value: Value) -> Result<Self, DocumentError> {
        let Value::Object(object) = value else {
            return Err(DocumentError::shape("document", "a policy must be an object with `Statement`"));
        };
        let Some(statements) = object.get("Statement") else {
            return match object.get("policyText") {
                Some(Value::String(text)) => Self::bare(json::parse(text)?),
                _ if object.contains_key("rules") || object.contains_key("replicationConfiguration") => {
                    Err(DocumentError::shape("document", "this is a replication configuration, not a policy"))
                }
                _ => Err(DocumentError::shape("Statement", "`Statement` is missing")),
            };
        };
        match statements {
            Value::Object(_) => Ok(Self { raw: object }),
            Value::Array(list) => match list.iter().position(|s| !s.is_object()) {
                Some(i) => {
                    Err(DocumentError::shape(&format!("Statement[{i}]"), "a statement must be an object"))
                }
                None => Ok(Self { raw: object }),
            },
            _ => Err(DocumentError::shape("Statement", "`Statement` must be a list of statements")),
        }
    }

    /// The policy inside a `policyText`, which cannot contain another one.
    fn bare(value: Value) -> Result<Self, DocumentError> {
        if value.get("Statement").is_none() {
            return Err(DocumentError::shape("policyText", "`Statement` is missing"));
        }
        Self::from_value(value)
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

    /// The canonical form as text; equal for policies with the same meaning.
    pub fn canonical_text(&self) -> String {
        json::canonical_text(&canonical::canonical_document(&self.raw))
    }

    /// The hash of the canonical form.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of_canonical(&canonical::canonical_document(&self.raw))
    }

    /// How many characters it has when sent.
    pub fn characters(&self) -> usize {
        self.to_text().chars().count()
    }

    /// The policy as AWS returns it from a registry of `partition`: a bare account id becomes that
    /// account's root ARN.
    #[must_use]
    pub fn as_written_in(&self, partition: Partition) -> Self {
        let mut raw = self.raw.clone();
        match raw.get_mut("Statement") {
            Some(Value::Array(list)) => list.iter_mut().for_each(|one| whole_principals(one, partition)),
            Some(one) => whole_principals(one, partition),
            None => {}
        }
        Self { raw }
    }

    pub(crate) fn raw_statements(&self) -> Vec<&Value> {
        match self.raw.get("Statement") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        }
    }

    /// The parsed statements, in the document's order.
    pub fn statements(&self) -> Vec<StatementView> {
        self.raw_statements().into_iter().enumerate().map(|(i, raw)| StatementView::read(i, raw)).collect()
    }

    /// The statement with this content.
    pub fn statement(&self, hash: &ContentHash) -> Option<StatementView> {
        self.statements().into_iter().find(|s| s.hash == *hash)
    }

    /// The statement with the content of this one, whatever its Sid is.
    pub fn statement_like(&self, wanted: &Statement) -> Option<StatementView> {
        let same = |known: &StatementView| match &known.sid {
            Some(sid) => wanted.with_sid(sid).hash() == known.hash,
            None => wanted.hash() == known.hash,
        };
        self.statements().into_iter().find(same)
    }

    /// The ids of deleted users and roles in it, each once. ECR keeps returning them, but refuses a
    /// document that sends them back (`Principal not found`).
    pub fn orphaned_principals(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for statement in self.statements() {
            for principal in statement.principals.items() {
                if let Principal::Aws(id) = principal
                    && orphan(id).is_some()
                    && !found.contains(id)
                {
                    found.push(id.clone());
                }
            }
        }
        found
    }

    /// Whether no statement is left, so that the policy must be deleted instead of written.
    pub fn is_empty(&self) -> bool {
        self.raw_statements().is_empty()
    }
}

fn whole_principals(statement: &mut Value, partition: Partition) {
    let arn = |text: &mut Value| {
        if let Some(account) = text.as_str().and_then(|text| text.parse::<AccountId>().ok()) {
            *text = account.root_arn(partition).into();
        }
    };
    for key in ["Principal", "NotPrincipal"] {
        match statement.get_mut(key).and_then(|principals| principals.get_mut("AWS")) {
            Some(Value::Array(list)) => list.iter_mut().for_each(arn),
            Some(one) => arn(one),
            None => {}
        }
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.canonical_text() == other.canonical_text()
    }
}

impl Eq for Policy {}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Policy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

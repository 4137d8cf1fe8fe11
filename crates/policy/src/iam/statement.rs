//! One statement, raw and parsed.

use longshore_names::AccountId;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{
    canonical,
    principal::{self, Principal, texts},
};
use crate::{ContentHash, DocumentError, json};

/// A statement as it is in a document, including fields that this version does not know.
///
/// Equality is by meaning; see [`StatementView::hash`].
#[derive(Debug, Clone)]
pub struct Statement(pub(crate) Map<String, Value>);

impl Statement {
    /// Reads a statement's JSON.
    ///
    /// # Errors
    /// When the text is not a JSON object.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        Self::from_value(json::parse(text)?)
    }

    /// As [`parse`](Self::parse), from a value.
    ///
    /// # Errors
    /// When it is not an object.
    pub fn from_value(value: Value) -> Result<Self, DocumentError> {
        match value {
            Value::Object(object) => Ok(Self(object)),
            _ => Err(DocumentError::shape("Statement", "a statement must be an object")),
        }
    }

    /// The statement's JSON.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The same statement with another Sid.
    #[must_use]
    pub fn with_sid(&self, sid: &str) -> Self {
        let mut ordered = Map::new();
        ordered.insert("Sid".into(), sid.into());
        ordered.extend(self.0.clone().into_iter().filter(|(key, _)| key != "Sid"));
        Self(ordered)
    }

    /// The hash of the canonical content.
    pub fn hash(&self) -> ContentHash {
        canonical::hash(&self.to_value())
    }

    /// The parsed statement.
    pub fn view(&self) -> StatementView {
        StatementView::read(0, &self.to_value())
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.hash() == other.hash()
    }
}

impl Eq for Statement {}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, which wins.
    Deny,
    /// Another or no effect, so it does nothing.
    Other(String),
}

/// An element that lists what it includes, or what it excludes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "items", rename_all = "snake_case")]
pub enum Element<T> {
    /// Neither form is present.
    Missing,
    /// It is present but cannot be read.
    Unreadable,
    /// These.
    Only(Vec<T>),
    /// All but these (`NotPrincipal`, `NotAction`, `NotResource`).
    AllBut(Vec<T>),
}

impl<T> Element<T> {
    fn read(raw: &Value, key: &str, parse: impl Fn(&Value) -> Option<Vec<T>>) -> Self {
        if let Some(value) = raw.get(key) {
            return parse(value).map_or(Self::Unreadable, Self::Only);
        }
        match raw.get(format!("Not{key}")) {
            Some(value) => parse(value).map_or(Self::Unreadable, Self::AllBut),
            None => Self::Missing,
        }
    }

    /// The items of either form.
    pub fn items(&self) -> &[T] {
        match self {
            Self::Missing | Self::Unreadable => &[],
            Self::Only(items) | Self::AllBut(items) => items,
        }
    }

    /// Whether the element covers something, given a test for one item.
    pub(crate) fn covers(&self, covered: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Missing | Self::Unreadable => false,
            Self::Only(items) => items.iter().any(covered),
            Self::AllBut(items) => !items.iter().any(covered),
        }
    }
}

/// A parsed statement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatementView {
    /// Its place in the document, from 0; not an identity.
    pub index: usize,
    /// What identifies it: the hash of its canonical content.
    pub hash: ContentHash,
    /// The statement id.
    pub sid: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// Its principals.
    pub principals: Element<Principal>,
    /// Its actions.
    pub actions: Element<String>,
    /// Its resources.
    pub resources: Element<String>,
    /// Its conditions, as they are in the document.
    pub condition: Option<Value>,
    /// Fields that this version does not know; they are kept.
    pub unknown_fields: Vec<String>,
    /// The statement as it is in the document.
    pub raw: Value,
}

pub(crate) const KNOWN: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl StatementView {
    pub(crate) fn read(index: usize, raw: &Value) -> Self {
        let effect = match raw.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            other => Effect::Other(other.unwrap_or_default().to_owned()),
        };
        let conditions =
            raw.get("Condition").filter(|c| !c.is_null() && c.as_object().is_none_or(|o| !o.is_empty()));
        Self {
            index,
            hash: canonical::hash(raw),
            sid: raw.get("Sid").and_then(Value::as_str).map(str::to_owned),
            effect,
            principals: Element::read(raw, "Principal", principal::read),
            actions: Element::read(raw, "Action", texts),
            resources: Element::read(raw, "Resource", texts),
            condition: conditions.cloned(),
            unknown_fields: raw
                .as_object()
                .map(|o| o.keys().filter(|k| !KNOWN.contains(&k.as_str())).cloned().collect())
                .unwrap_or_default(),
            raw: raw.clone(),
        }
    }

    /// The whole accounts that it names.
    pub fn accounts(&self) -> Vec<AccountId> {
        let account = |p: &Principal| match p {
            Principal::Account { account, .. } => Some(account.clone()),
            _ => None,
        };
        self.principals.items().iter().filter_map(account).collect()
    }

    /// The Sid, or the number if it has none, as a phrase for sentences.
    pub(crate) fn phrase(&self) -> String {
        match &self.sid {
            Some(sid) => format!("`{sid}`"),
            None => format!("number {}", self.index + 1),
        }
    }
}

//! A value as it was pasted, with positions.

use serde_json::{Map, Value};

use super::text::Text;
use crate::{FieldPath, Position, number_text};

/// A value and its position.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    /// A JSON number, as written.
    Number(String),
    Text(Text),
    List(Vec<Node>),
    /// Keys in the order of the text.
    Map(Vec<(Text, Node)>),
}

impl Node {
    pub(crate) fn new(at: Position, kind: Kind) -> Self {
        Self { at, kind }
    }

    pub(crate) fn text(text: Text) -> Self {
        Self { at: text.at(0), kind: Kind::Text(text) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Kind::Map(entries) = &self.kind else { return None };
        entries.iter().find(|(k, _)| k.chars().iter().copied().eq(key.chars())).map(|(_, node)| node)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn entries(&self) -> &[(Text, Self)] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    pub(crate) fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    pub(crate) fn as_text(&self) -> Option<&Text> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    pub(crate) fn string(&self) -> Option<String> {
        self.as_text().map(ToString::to_string)
    }

    /// The string at `key`, if there is one.
    pub(crate) fn string_of(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Self::string)
    }

    pub(crate) fn value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Number(number) => number_text::value(number),
            Kind::Text(text) => Value::String(text.to_string()),
            Kind::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Kind::Map(entries) => {
                let object: Map<String, Value> =
                    entries.iter().map(|(key, node)| (key.to_string(), node.value())).collect();
                Value::Object(object)
            }
        }
    }

    /// The value of the field `path`.
    pub(crate) fn find(&self, path: &FieldPath) -> Option<&Self> {
        let mut node = self;
        for step in steps(path) {
            node = match step.strip_suffix(']') {
                Some(index) => node.items().get(index.parse::<usize>().ok()?)?,
                None => node.get(step)?,
            };
        }
        Some(node)
    }

    /// The position of the field `path`, or of the deepest part of it that exists.
    pub(crate) fn place(&self, path: &FieldPath) -> Position {
        let mut node = self;
        let mut at = self.at;
        for step in steps(path) {
            let next = match step.strip_suffix(']') {
                // A single statement or string may replace a list of one.
                Some(index) => match &node.kind {
                    Kind::List(items) => index.parse::<usize>().ok().and_then(|i| items.get(i)),
                    _ => Some(node),
                },
                None => {
                    let key = node.entries().iter().find(|(key, _)| key.to_string() == step);
                    key.map(|(key, node)| {
                        at = key.at(0);
                        node
                    })
                }
            };
            let Some(next) = next else { break };
            if step.ends_with(']') {
                at = next.at;
            }
            node = next;
        }
        at
    }
}

/// The keys of a path, and its positions in lists with a `]` at the end.
fn steps(path: &FieldPath) -> impl Iterator<Item = &str> {
    path.as_str().split(['.', '[']).filter(|step| !step.is_empty())
}

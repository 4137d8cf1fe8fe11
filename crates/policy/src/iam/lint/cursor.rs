//! A value of a document with its position in the pasted text, and its place in the document.

use crate::{
    Position,
    paste::{
        node::{Kind, Node},
        text::{is_invisible, is_odd_blank},
    },
};

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// In the pasted text.
    pub(super) at: Position,
    /// In the document, as a JSON Pointer (RFC 6901).
    pub(super) pointer: String,
}

/// A string and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) spot: Spot,
}

/// A value and where it is.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    pub(super) node: &'a Node,
    pub(super) spot: Spot,
}

/// An entry of an object.
pub(super) struct Entry<'a> {
    pub(super) key: String,
    /// Where the key is.
    pub(super) spot: Spot,
    pub(super) value: Cursor<'a>,
}

impl<'a> Cursor<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self { node, spot: Spot { at: begin(node), pointer: String::new() } }
    }

    fn child(&self, node: &'a Node, step: &str) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        Self { node, spot: Spot { at: begin(node), pointer: format!("{}/{step}", self.spot.pointer) } }
    }

    /// The entries of an object; none for anything else.
    pub(super) fn entries(&self) -> Vec<Entry<'a>> {
        let entry = |(key, node): &'a (_, Node)| {
            let key: &crate::paste::text::Text = key;
            let value = self.child(node, &key.to_string());
            let spot = Spot { at: key.at(0), pointer: value.spot.pointer.clone() };
            Entry { key: key.to_string(), spot, value }
        };
        self.node.entries().iter().map(entry).collect()
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.node.get(key).map(|node| self.child(node, key))
    }

    /// Where `key` is, or this value if it has no such key.
    pub(super) fn key(&self, key: &str) -> Spot {
        let found = self.entries().into_iter().find(|entry| entry.key == key);
        found.map_or_else(|| self.spot.clone(), |entry| entry.spot)
    }

    /// The elements of a list; anything else is itself the only one.
    pub(super) fn items(&self) -> Vec<Self> {
        match &self.node.kind {
            Kind::List(items) => {
                items.iter().enumerate().map(|(i, n)| self.child(n, &i.to_string())).collect()
            }
            _ => vec![self.clone()],
        }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.kind, Kind::List(_))
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self.node.kind, Kind::Map(_))
    }

    /// The string with its place, without invisible characters, which are findings of their own; `None`
    /// for anything else.
    pub(super) fn word(&self) -> Option<Word> {
        Some(Word { text: visible(&self.node.string()?), spot: self.spot.clone() })
    }

    /// The strings among the elements.
    pub(super) fn words(&self) -> Vec<Word> {
        self.items().iter().filter_map(Self::word).collect()
    }
}

/// A text without invisible characters and unusual spaces.
pub(super) fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c) && !is_odd_blank(*c)).collect()
}

/// Where a value begins; a string begins after its quote, as keys do.
fn begin(node: &Node) -> Position {
    node.as_text().map_or(node.at, |text| text.at(0))
}

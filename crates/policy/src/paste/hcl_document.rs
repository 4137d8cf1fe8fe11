//! `data "aws_iam_policy_document"` as the JSON that Terraform generates from it.

use super::{
    hcl_expression::{Block, Body, Value},
    node::{Kind, Node},
    text::Text,
};
use crate::Position;

/// The parts of a block that could not be read, with their positions.
pub(super) type Unread = Vec<(String, Position)>;

/// The policy, and its parts that depend on something outside the text.
pub(super) fn policy(block: &Block) -> (Node, Unread) {
    let mut unread = Vec::new();
    let at = block.at;
    let version = match block.body.attribute("version") {
        Some(value) => plain(value, &mut unread),
        None => word("2012-10-17", at),
    };
    let mut entries = vec![(key("Version", at), version)];
    if let Some(id) = block.body.attribute("policy_id") {
        entries.push((key("Id", at), plain(id, &mut unread)));
    }
    for name in [
        "source_policy_documents",
        "override_policy_documents",
        "source_json",
        "override_json",
        "for_each",
        "count",
    ] {
        if block.body.attribute(name).is_some() {
            unread.push((name.to_owned(), at));
        }
    }
    let mut statements = Vec::new();
    for inner in &block.body.blocks {
        match inner.kind.as_str() {
            "statement" => statements.push(statement(inner, &mut unread)),
            "dynamic" => unread.push((format!("dynamic \"{}\"", inner.labels.join("\" \"")), inner.at)),
            _ => {}
        }
    }
    entries.push((key("Statement", at), Node::new(at, Kind::List(statements))));
    (Node::new(at, Kind::Map(entries)), unread)
}

fn statement(block: &Block, unread: &mut Unread) -> Node {
    let at = block.at;
    let body = &block.body;
    let mut entries = Vec::new();
    if let Some(sid) = body.attribute("sid") {
        entries.push((key("Sid", at), plain(sid, unread)));
    }
    let effect = body.attribute("effect").map_or_else(|| word("Allow", at), |value| plain(value, unread));
    entries.push((key("Effect", at), effect));
    for (name, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principals) = principals(body, name, at, unread) {
            entries.push((key(element, at), principals));
        }
    }
    for (name, element) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(value) = body.attribute(name) {
            entries.push((key(element, at), plain(value, unread)));
        }
    }
    if let Some(conditions) = conditions(body, at, unread) {
        entries.push((key("Condition", at), conditions));
    }
    for inner in body.blocks.iter().filter(|inner| inner.kind == "dynamic") {
        unread.push((format!("dynamic \"{}\"", inner.labels.join("\" \"")), inner.at));
    }
    Node::new(at, Kind::Map(entries))
}

fn principals(body: &Body, name: &str, at: Position, unread: &mut Unread) -> Option<Node> {
    let mut kinds: Vec<(Text, Node)> = Vec::new();
    for block in body.blocks.iter().filter(|block| block.kind == name) {
        let kind = block.body.attribute("type").map(|value| plain(value, unread));
        let kind = kind.and_then(|node| node.as_text().cloned()).unwrap_or_default();
        let who =
            block.body.attribute("identifiers").map_or_else(|| word("", at), |value| plain(value, unread));
        if kind.to_string() == "*" {
            return Some(word("*", block.at));
        }
        join(&mut kinds, kind, who);
    }
    (!kinds.is_empty()).then(|| Node::new(at, Kind::Map(kinds)))
}

fn conditions(body: &Body, at: Position, unread: &mut Unread) -> Option<Node> {
    let mut operators: Vec<(Text, Node)> = Vec::new();
    for block in body.blocks.iter().filter(|block| block.kind == "condition") {
        let mut text = |name: &str| {
            let value = block.body.attribute(name).map(|value| plain(value, unread));
            value.and_then(|node| node.as_text().cloned()).unwrap_or_default()
        };
        let (test, variable) = (text("test"), text("variable"));
        let values =
            block.body.attribute("values").map_or_else(|| word("", at), |value| plain(value, unread));
        match operators.iter_mut().find(|(known, _)| known.to_string() == test.to_string()) {
            Some((_, Node { kind: Kind::Map(keys), .. })) => join(keys, variable, values),
            _ => operators.push((test, Node::new(block.at, Kind::Map(vec![(variable, values)])))),
        }
    }
    (!operators.is_empty()).then(|| Node::new(at, Kind::Map(operators)))
}

/// Adds the values of a block to those of earlier blocks with the same name, as Terraform does.
fn join(known: &mut Vec<(Text, Node)>, name: Text, values: Node) {
    let Some((_, before)) = known.iter_mut().find(|(known, _)| known.to_string() == name.to_string()) else {
        known.push((name, values));
        return;
    };
    let listed = |node: Node| match node.kind {
        Kind::List(items) => items,
        _ => vec![node],
    };
    let mut all = listed(before.clone());
    all.extend(listed(values));
    before.kind = Kind::List(all);
}

pub(super) fn key(name: &str, at: Position) -> Text {
    let mut text = Text::default();
    text.push_str(name, at);
    text
}

pub(super) fn word(name: &str, at: Position) -> Node {
    let text = key(name, at);
    Node { at, kind: Kind::Text(text) }
}

pub(super) fn plain(value: &Value, unread: &mut Unread) -> Node {
    match value {
        Value::Node(node) => node.clone(),
        Value::Reference(name, at) | Value::File(name, at) => {
            unread.push((name.clone(), *at));
            word(&format!("${{{name}}}"), *at)
        }
    }
}

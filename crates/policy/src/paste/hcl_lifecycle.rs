//! `data "aws_ecr_lifecycle_policy_document"` as the JSON that Terraform generates from it.
//!
//! Source: documentation of the AWS provider.

use super::{
    hcl_document::{Unread, key, plain, word},
    hcl_expression::{Block, Body},
    node::{Kind, Node},
    text::Text,
};
use crate::Position;

const SELECTION: [(&str, &str); 7] = [
    ("tag_status", "tagStatus"),
    ("tag_pattern_list", "tagPatternList"),
    ("tag_prefix_list", "tagPrefixList"),
    ("storage_class", "storageClass"),
    ("count_type", "countType"),
    ("count_unit", "countUnit"),
    ("count_number", "countNumber"),
];

/// The policy, and its parts that depend on something outside the text.
pub(super) fn policy(block: &Block) -> (Node, Unread) {
    let mut unread = Vec::new();
    let mut rules = Vec::new();
    for inner in &block.body.blocks {
        match inner.kind.as_str() {
            "rule" => rules.push(rule(inner, &mut unread)),
            "dynamic" => unread.push((format!("dynamic \"{}\"", inner.labels.join("\" \"")), inner.at)),
            _ => {}
        }
    }
    for name in ["for_each", "count"] {
        if block.body.attribute(name).is_some() {
            unread.push((name.to_owned(), block.at));
        }
    }
    let rules = Node::new(block.at, Kind::List(rules));
    (Node::new(block.at, Kind::Map(vec![(key("rules", block.at), rules)])), unread)
}

fn rule(block: &Block, unread: &mut Unread) -> Node {
    let at = block.at;
    let mut entries =
        attributes(&block.body, &[("priority", "rulePriority"), ("description", "description")], at, unread);
    let selection = inner(&block.body, "selection", &SELECTION, at, unread).unwrap_or_default();
    entries.push((key("selection", at), Node::new(at, Kind::Map(selection))));
    let known = [("type", "type"), ("target_storage_class", "targetStorageClass")];
    let action = inner(&block.body, "action", &known, at, unread);
    // The provider's own default.
    let action = action.unwrap_or_else(|| vec![(key("type", at), word("expire", at))]);
    entries.push((key("action", at), Node::new(at, Kind::Map(action))));
    Node::new(at, Kind::Map(entries))
}

/// The attributes of the inner block `name`, if there is one.
fn inner(
    body: &Body,
    name: &str,
    known: &[(&str, &str)],
    at: Position,
    unread: &mut Unread,
) -> Option<Vec<(Text, Node)>> {
    let block = body.blocks.iter().find(|block| block.kind == name)?;
    Some(attributes(&block.body, known, at, unread))
}

/// Attributes under their names in JSON; unknown ones keep theirs.
fn attributes(body: &Body, known: &[(&str, &str)], at: Position, unread: &mut Unread) -> Vec<(Text, Node)> {
    let mut entries = Vec::new();
    for (name, value) in &body.attributes {
        let in_json = known.iter().find(|(written, _)| written == name).map_or(name.as_str(), |(_, to)| to);
        let value = plain(value, unread);
        // A null attribute is one that is left out.
        if !matches!(value.kind, Kind::Null) {
            let at = if matches!(value.kind, Kind::Map(_)) { at } else { value.at };
            entries.push((key(in_json, at), value));
        }
    }
    entries
}

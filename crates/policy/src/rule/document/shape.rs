//! Checks a tree against the schema: every unknown, missing or mistyped value is reported at its
//! position, all at once.

use std::collections::HashMap;

use longshore_names::did_you_mean;
use serde_json::{Map, Value};

use crate::rule::document::tree::{Kind, Node};
use crate::{FieldPath, Finding, Position, sentence};

/// The most findings to report; more would not help.
const MAX_FINDINGS: usize = 100;

/// The result of checking a tree.
pub(in crate::rule) struct Shaped {
    /// The tree as JSON; it matches the schema if there are no findings.
    pub(in crate::rule) value: Value,
    /// Everything that does not match.
    pub(in crate::rule) findings: Vec<Finding>,
    /// Where each field stands.
    pub(in crate::rule) places: Places,
}

/// The position of each field in a text.
#[derive(Debug, Default)]
pub struct Places(HashMap<String, Position>);

impl Places {
    /// The position of `field`, or of its parent if it is missing.
    pub fn of(&self, field: &FieldPath) -> Option<Position> {
        let mut path = field.as_str();
        loop {
            if let Some(position) = self.0.get(path) {
                return Some(*position);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }
}

pub(in crate::rule) fn shape(schema: &Value, tree: &Node) -> Shaped {
    let mut shaper = Shaper { schema, findings: Vec::new(), places: Places::default() };
    shaper.places.0.insert(String::new(), tree.at);
    let value = shaper.node(schema, tree, &FieldPath::new(""), "the file");
    let mut findings = shaper.findings;
    findings.sort_by_key(|finding| finding.position.map(|at| (at.line, at.column)));
    Shaped { value, findings, places: shaper.places }
}

struct Shaper<'s> {
    schema: &'s Value,
    findings: Vec<Finding>,
    places: Places,
}

impl<'s> Shaper<'s> {
    fn report(&mut self, finding: Finding, field: &FieldPath, at: Position) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding.at(field.clone()).in_text(at.line, at.column));
        }
    }

    /// A schema with its reference resolved.
    fn resolve(&self, schema: &'s Value) -> &'s Value {
        match schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#')) {
            Some(pointer) => self.schema.pointer(pointer).unwrap_or(schema),
            None => schema,
        }
    }

    /// `what` is the value's name in sentences.
    fn node(&mut self, schema: &'s Value, node: &Node, path: &FieldPath, what: &str) -> Value {
        let schema = self.resolve(schema);
        self.places.0.entry(path.as_str().to_owned()).or_insert(node.at);
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            return self.choice(choices, node, path, what);
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            return self.word(&words, node, path, what);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") if schema.get("properties").is_some() => self.object(schema, node, path, what),
            Some("object") => self.map(schema, node, path, what),
            Some("array") => self.list(schema, node, path, what),
            Some("boolean") => self.boolean(node, path, what),
            Some("integer") => self.integer(schema, node, path, what),
            _ => self.text(node, path, what),
        }
    }

    fn wrong(&mut self, node: &Node, path: &FieldPath, what: &str, wanted: &str) -> Value {
        let found = match &node.kind {
            _ if node.is_nothing() => "nothing".to_owned(),
            Kind::Scalar { text, .. } => format!("`{}`", shown(text)),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        };
        let text = format!("{what} must be {wanted}, not {found}.");
        self.report(Finding::error("wrong-type", text), path, node.at);
        Value::Null
    }

    fn text(&mut self, node: &Node, path: &FieldPath, what: &str) -> Value {
        match &node.kind {
            Kind::Scalar { text, .. } if !node.is_nothing() => Value::String(text.clone()),
            _ => self.wrong(node, path, what, "a string"),
        }
    }

    fn boolean(&mut self, node: &Node, path: &FieldPath, what: &str) -> Value {
        match &node.kind {
            Kind::Scalar { text, quoted: false } if text == "true" => Value::Bool(true),
            Kind::Scalar { text, quoted: false } if text == "false" => Value::Bool(false),
            _ => self.wrong(node, path, what, "`true` or `false`"),
        }
    }

    fn integer(&mut self, schema: &Value, node: &Node, path: &FieldPath, what: &str) -> Value {
        let number = match &node.kind {
            Kind::Scalar { text, quoted: false } if text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse::<u32>().ok()
            }
            _ => None,
        };
        let Some(number) = number else {
            return self.wrong(node, path, what, "a whole number");
        };
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
        let (least, most) = (bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(u64::from(u32::MAX)));
        if !(least..=most).contains(&u64::from(number)) {
            let text = if least == most {
                format!("{what} must be {least}, not {number}.")
            } else {
                format!("{what} must be a number from {least} to {most}, not {number}.")
            };
            self.report(Finding::error("out-of-range", text), path, node.at);
        }
        Value::from(number)
    }

    fn word(&mut self, words: &[&str], node: &Node, path: &FieldPath, what: &str) -> Value {
        match &node.kind {
            Kind::Scalar { text, .. } if words.contains(&text.as_str()) => Value::String(text.clone()),
            Kind::Scalar { text, .. } if !node.is_nothing() => {
                let known = sentence::list(&quoted(words), "or");
                let text_ = format!("{what} must be {known}, not `{}`.", shown(text));
                let finding = hinted(Finding::error("unknown-word", text_), text, words);
                self.report(finding, path, node.at);
                Value::Null
            }
            _ => {
                let known = sentence::list(&quoted(words), "or");
                self.wrong(node, path, what, &known)
            }
        }
    }

    fn list(&mut self, schema: &'s Value, node: &Node, path: &FieldPath, what: &str) -> Value {
        let Kind::List(items) = &node.kind else {
            return self.wrong(node, path, what, "a list");
        };
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(10_000);
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        if items.len() as u64 > most || (items.len() as u64) < least {
            let text = format!("{what} has {} items; it must have {least} to {most}.", items.len());
            self.report(Finding::error("out-of-range", text), path, node.at);
        }
        let Some(of) = schema.get("items") else { return Value::Null };
        let what = format!("an item of {what}");
        items.iter().enumerate().map(|(i, item)| self.node(of, item, &path.item(i), &what)).collect()
    }

    /// A mapping with free keys, such as labels.
    fn map(&mut self, schema: &'s Value, node: &Node, path: &FieldPath, what: &str) -> Value {
        let (Kind::Map(entries), Some(of)) = (&node.kind, schema.get("additionalProperties")) else {
            return self.wrong(node, path, what, "a mapping of keys to values");
        };
        let mut object = Map::new();
        for (key, at, value) in entries {
            // The key is not part of the path, because it may contain dots and brackets.
            let shaped = self.node(of, value, path, &format!("`{}`", shown(key)));
            if object.insert(key.clone(), shaped).is_some() {
                self.duplicate(key, path, *at);
            }
        }
        Value::Object(object)
    }

    fn duplicate(&mut self, key: &str, path: &FieldPath, at: Position) {
        let text = format!("The key `{}` occurs twice.", shown(key));
        self.report(Finding::error("duplicate-key", text), path, at);
    }

    fn unknown(&mut self, key: &str, known: &[&str], path: &FieldPath, at: Position, what: &str) {
        let text = format!("There is no key `{}` in {what}.", shown(key));
        self.report(hinted(Finding::error("unknown-key", text), key, known), path, at);
    }

    fn object(&mut self, schema: &'s Value, node: &Node, path: &FieldPath, what: &str) -> Value {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return Value::Null;
        };
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        let Kind::Map(entries) = &node.kind else {
            let keys = sentence::list(&quoted(&known), "and");
            return self.wrong(node, path, what, &format!("a mapping with the keys {keys}"));
        };
        let mut object = Map::new();
        for (key, at, value) in entries {
            let Some(of) = properties.get(key) else {
                self.unknown(key, &known, path, *at, what);
                continue;
            };
            let field = path.child(key);
            if object.contains_key(key) {
                self.duplicate(key, &field, *at);
                continue;
            }
            let shaped = self.node(of, value, &field, &format!("`{key}`"));
            object.insert(key.clone(), shaped);
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for key in required.filter_map(Value::as_str) {
            if !object.contains_key(key) {
                let text = format!("The key `{key}` is missing in {what}.");
                self.report(Finding::error("missing-key", text), path, node.at);
            }
        }
        Value::Object(object)
    }

    /// One of several words, or a mapping with one of several keys.
    fn choice(&mut self, choices: &'s [Value], node: &Node, path: &FieldPath, what: &str) -> Value {
        let words: Vec<&str> = choices.iter().flat_map(words_of).collect();
        let keyed: Vec<(&str, &'s Value)> = choices
            .iter()
            .filter_map(|choice| choice.get("properties")?.as_object()?.iter().next())
            .map(|(key, of)| (key.as_str(), of))
            .collect();
        if keyed.is_empty() {
            return self.word(&words, node, path, what);
        }
        let keys: Vec<&str> = keyed.iter().map(|(key, _)| *key).collect();
        // Any text, as in `repositories: "prod-{service}"`.
        let is_free = |choice: &Value| {
            choice.get("type").is_some_and(|kind| kind == "string") && words_of(choice).is_empty()
        };
        match &node.kind {
            Kind::Scalar { text, .. } if !node.is_nothing() && choices.iter().any(is_free) => {
                Value::String(text.clone())
            }
            Kind::Map(entries) => {
                let [(key, at, value)] = entries.as_slice() else {
                    let keys = sentence::list(&quoted(&keys), "or");
                    let text = format!(
                        "{} must have exactly one of the keys {keys}, not {}.",
                        sentence::capital(what),
                        entries.len()
                    );
                    self.report(Finding::error("one-key", text), path, node.at);
                    return Value::Null;
                };
                let Some((_, of)) = keyed.iter().find(|(known, _)| known == key) else {
                    self.unknown(key, &keys, path, *at, what);
                    return Value::Null;
                };
                let shaped = self.node(of, value, &path.child(key), &format!("`{key}`"));
                Value::Object(Map::from_iter([(key.clone(), shaped)]))
            }
            Kind::Scalar { text, .. } if words.contains(&text.as_str()) => Value::String(text.clone()),
            _ => {
                let mut wanted = quoted(&words);
                let example = keys.first().copied().unwrap_or_default();
                wanted.push(format!(
                    "a mapping with one of the keys {}, such as `{example}: …`",
                    sentence::list(&quoted(&keys), "or")
                ));
                self.wrong(node, path, what, &sentence::list(&wanted, "or"))
            }
        }
    }
}

/// The words of a choice; none for a mapping.
fn words_of(choice: &Value) -> Vec<&str> {
    match (choice.get("const"), choice.get("enum")) {
        (Some(Value::String(word)), _) => vec![word],
        (_, Some(Value::Array(words))) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn quoted(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| format!("`{word}`")).collect()
}

fn hinted(finding: Finding, text: &str, known: &[&str]) -> Finding {
    match did_you_mean(text, known.iter().copied()) {
        Some(near) => finding.hint(format!("Did you mean `{near}`?")),
        None => finding.hint(format!("Known: {}.", sentence::list(&quoted(known), "and"))),
    }
}

/// Foreign text, shortened and with nothing hidden in it.
fn shown(text: &str) -> String {
    longshore_names::shown(text, 60)
}

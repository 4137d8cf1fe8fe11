//! JSON for documents: strict reading with positions, one canonical form, content hashes.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::number_text::{carried, restored};

/// Far more bytes than any document that ECR accepts.
const MAX_BYTES: usize = 1024 * 1024;

/// The SHA-256 of a rule's or statement's canonical form, in hexadecimal. It replaces the id that
/// ECR does not assign.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(String);

impl ContentHash {
    /// The hash of a value that is already in canonical form.
    pub(crate) fn of_canonical(value: &Value) -> Self {
        Self(hex::encode(Sha256::digest(canonical_text(value).as_bytes())))
    }

    /// A hash as stored or sent. An invalid one simply matches nothing.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that is not JSON, with the position of the error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct JsonError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The problem.
    pub problem: String,
    /// What to do about it, if that is clear.
    pub hint: Option<String>,
}

/// Text or a value that is not the expected document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// JSON of the wrong shape.
    #[error("{path}: {problem}")]
    Shape {
        /// The field, `document` for the whole.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl DocumentError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json(_) => "json-invalid",
            Self::Shape { .. } => "document-shape",
        }
    }

    pub(crate) fn shape(path: &str, problem: impl Into<String>) -> Self {
        Self::Shape { path: path.into(), problem: problem.into() }
    }

    /// The error as a finding, with its position.
    pub fn finding(&self) -> crate::Finding {
        match self {
            Self::Json(error) => {
                let finding =
                    crate::Finding::error(self.code(), error.to_string()).in_text(error.line, error.column);
                match &error.hint {
                    Some(hint) => finding.hint(hint.clone()),
                    None => finding,
                }
            }
            Self::Shape { path, problem } => crate::Finding::error(self.code(), format!("{path}: {problem}"))
                .at(crate::FieldPath::new(path.clone())),
        }
    }
}

/// Reads JSON strictly: a key that occurs twice in one object is an error, because one of the two
/// would be lost when the document is written.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    if text.len() > MAX_BYTES {
        let problem = format!("the text has {} bytes; a document has at most {MAX_BYTES}", text.len());
        return Err(JsonError { line: 1, column: 1, problem, hint: None });
    }
    let read = |text: &str| serde_json::from_str::<Strict>(text).map(|strict| strict.0);
    let value = read(text).map_err(|error| explain(text, &error))?;
    match carried(text) {
        Cow::Borrowed(_) => Ok(value),
        Cow::Owned(text) => read(&text).map_err(|error| explain(&text, &error)),
    }
}

fn explain(text: &str, error: &serde_json::Error) -> JsonError {
    let (mut line, mut column) = (error.line().max(1), error.column().max(1));
    let full = error.to_string();
    let mut problem = full.rsplit_once(" at line ").map_or(full.as_str(), |(head, _)| head).to_owned();
    let mut hint = None;
    let offset = byte_offset(text, line, column);
    let before = text.get(..offset).unwrap_or(text);
    let at = text.get(offset.saturating_sub(1)..).and_then(|rest| rest.chars().next());
    if problem == "trailing comma" {
        if let Some(comma) = before.rfind(',') {
            line = before[..comma].matches('\n').count() + 1;
            column = comma - before[..comma].rfind('\n').map_or(0, |newline| newline + 1) + 1;
        }
        problem = "there is a comma after the last element".into();
        hint = Some("Remove this comma.".into());
    } else if let Some(key) = problem.strip_suffix("` occurs twice in the same object") {
        // The error is behind the key.
        let key = format!("\"{}\"", key.trim_start_matches('`'));
        let begin = text.split('\n').take(line - 1).map(|l| l.len() + 1).sum::<usize>();
        let found = before.rfind(&key).and_then(|at| at.checked_sub(begin));
        column = found.map_or(column, |at| at + 2);
    } else if text.contains(['\u{201c}', '\u{201d}', '\u{201e}']) {
        hint = Some("The text has typographic quotes; JSON needs straight ones (\").".into());
    } else if at == Some('\'') {
        hint = Some("JSON strings need double quotes.".into());
    } else if problem.starts_with("EOF") {
        problem = "the text ends before the document is complete".into();
        hint = Some("Is the last bracket or quote missing?".into());
    }
    let start = text.split('\n').take(line - 1).map(|l| l.len() + 1).sum::<usize>();
    let column = text
        .get(start..)
        .and_then(|rest| rest.get(..column.min(rest.len())))
        .map_or(column, |shown| shown.chars().count().max(1));
    JsonError { line, column, problem, hint }
}

fn byte_offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split('\n').take(line - 1).map(|l| l.len() + 1).sum();
    let mut offset = (start + column).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// A value whose objects have no duplicate keys.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Strict, E> {
        Ok(Strict(Value::Bool(v)))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_str<E>(self, v: &str) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_string<E>(self, v: String) -> Result<Strict, E> {
        Ok(Strict(v.into()))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strict, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(Strict(Value::Array(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("`{key}` occurs twice in the same object")));
            }
            let Strict(value) = map.next_value()?;
            object.insert(key, value);
        }
        Ok(Strict(Value::Object(object)))
    }
}

/// The value with the keys of every object sorted, without whitespace.
pub fn canonical_text(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    restored(text)
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(object) => {
            let ordered: BTreeMap<&str, &Value> = object.iter().map(|(k, v)| (k.as_str(), v)).collect();
            out.push('{');
            for (i, (key, value)) in ordered.into_iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                out.push_str(&Value::from(key).to_string());
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(list) => {
            out.push('[');
            for (i, value) in list.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                write_canonical(value, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// Sorts a list by the canonical text of its elements, for lists that are sets.
pub(crate) fn sort_as_set(list: &mut [Value]) {
    list.sort_by_cached_key(canonical_text);
}

/// Whether two values are equal, ignoring the order of keys.
pub fn same_json(a: &Value, b: &Value) -> bool {
    canonical_text(a) == canonical_text(b)
}

/// The value for people: indented by two spaces, keys in their own order.
pub fn pretty(value: &Value) -> String {
    restored(format!("{value:#}"))
}

/// A document's text for people, as [`pretty`] writes it; unchanged if it is not JSON.
pub fn indented(text: &str) -> String {
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| pretty(&value))
}

/// The value without whitespace, as it is sent and as its length is counted.
pub fn minified(value: &Value) -> String {
    restored(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_comma_is_shown_where_it_is() {
        let error = parse("{\n  \"rules\": [\n    1,\n  ]\n}").unwrap_err();
        assert_eq!((error.line, error.column), (3, 6));
        assert_eq!(error.problem, "there is a comma after the last element");
        assert_eq!(error.hint.as_deref(), Some("Remove this comma."));
    }

    #[test]
    fn places_count_characters_and_hints_name_the_usual_slips() {
        let error = parse("{\"é\": 'x'}").unwrap_err();
        assert_eq!((error.line, error.column), (1, 7));
        assert_eq!(error.hint.as_deref(), Some("JSON strings need double quotes."));
        let error = parse("{\u{201c}a\u{201d}: 1}").unwrap_err();
        assert!(error.hint.unwrap().contains("typographic"));
        let error = parse("{\"a\": [1").unwrap_err();
        assert_eq!(error.problem, "the text ends before the document is complete");
    }

    #[test]
    fn a_key_twice_is_refused() {
        let error = parse("{\n\"a\": 1,\n\"a\": 2}").unwrap_err();
        assert_eq!(error.problem, "`a` occurs twice in the same object");
        assert_eq!(error.line, 3);
    }

    #[test]
    fn depth_and_size_are_bounded() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&" ".repeat(MAX_BYTES + 1)).unwrap_err().problem.contains("bytes"));
    }

    #[test]
    fn the_order_of_keys_does_not_count_but_the_order_of_lists_does() {
        let a = parse(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#).unwrap();
        let b = parse(r#"{"b":{"d":null,"c":[1,2]},"a":1}"#).unwrap();
        assert!(same_json(&a, &b));
        assert_eq!(ContentHash::of_canonical(&a), ContentHash::of_canonical(&b));
        assert!(!same_json(&a, &parse(r#"{"a":1,"b":{"c":[2,1],"d":null}}"#).unwrap()));
    }
}

//! Reading an awsJson1.1 input: typed members, each with its place for error texts.
//!
//! As AWS's own front end does: `null` counts as absent, unknown members are ignored, a member of
//! the wrong type is a `SerializationException` before any rule is checked.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Map, Value};

use crate::control::wire::error::{ApiError, ApiResult};

/// A JSON object of the input, and its place in it.
#[derive(Clone)]
pub(in crate::control) struct Members<'a> {
    map: &'a Map<String, Value>,
    place: String,
    /// The same place for every element of a list, such as `rules[]`.
    path: String,
    /// The paths that were read, of the whole input.
    read: Arc<Mutex<BTreeSet<String>>>,
}

impl<'a> Members<'a> {
    /// The input itself.
    pub(in crate::control) fn root(map: &'a Map<String, Value>) -> Self {
        Self { map, place: String::new(), path: String::new(), read: Arc::default() }
    }

    /// The members of the input that were not read, such as `tags[].Key`.
    pub(in crate::control) fn unread(&self) -> BTreeSet<String> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sent = BTreeSet::new();
        paths(self.map, "", &mut sent);
        sent.difference(&read).cloned().collect()
    }

    /// The value as it arrived.
    pub(in crate::control) fn raw(&self) -> &'a Map<String, Value> {
        self.map
    }

    /// The place of member `name`, for example `replicationConfiguration.rules`.
    pub(in crate::control) fn place(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(join(&self.path, name));
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A string, if present.
    pub(in crate::control) fn text(&self, name: &str) -> ApiResult<Option<&'a str>> {
        self.get(name).map(as_text).transpose()
    }

    /// A string that the model requires.
    pub(in crate::control) fn needed_text(&self, name: &str) -> ApiResult<&'a str> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A whole number, if present.
    pub(in crate::control) fn number(&self, name: &str) -> ApiResult<Option<i64>> {
        self.get(name)
            .map(|value| match value {
                Value::Number(number) => number
                    .as_i64()
                    .or_else(|| number.as_f64().filter(|f| f.is_finite()).map(|f| f as i64))
                    .ok_or_else(|| not("DECIMAL_VALUE", "a Long")),
                other => Err(not(kind(other), "a Long")),
            })
            .transpose()
    }

    /// A whole number that the model requires.
    pub(in crate::control) fn needed_number(&self, name: &str) -> ApiResult<i64> {
        self.number(name)?.ok_or_else(|| self.missing(name))
    }

    /// `true` or `false`, if present.
    pub(in crate::control) fn flag(&self, name: &str) -> ApiResult<Option<bool>> {
        self.get(name)
            .map(|value| match value {
                Value::Bool(flag) => Ok(*flag),
                other => Err(not(kind(other), "a Boolean")),
            })
            .transpose()
    }

    /// A structure, if present.
    pub(in crate::control) fn structure(&self, name: &str) -> ApiResult<Option<Members<'a>>> {
        let path = join(&self.path, name);
        self.get(name).map(|value| self.inner(value, self.place(name), path)).transpose()
    }

    /// A structure that the model requires.
    pub(in crate::control) fn needed_structure(&self, name: &str) -> ApiResult<Members<'a>> {
        self.structure(name)?.ok_or_else(|| self.missing(name))
    }

    /// A list of strings, if present.
    pub(in crate::control) fn texts(&self, name: &str) -> ApiResult<Option<Vec<&'a str>>> {
        self.list(name)?.map(|list| list.iter().map(as_text).collect()).transpose()
    }

    /// A list of structures, if present. Each is placed as `name.N.member`, counted from 1.
    pub(in crate::control) fn structures(&self, name: &str) -> ApiResult<Option<Vec<Members<'a>>>> {
        let place = |at: usize| format!("{}.{}.member", self.place(name), at + 1);
        self.list(name)?
            .map(|list| {
                let path = format!("{}[]", join(&self.path, name));
                list.iter()
                    .enumerate()
                    .map(|(at, value)| self.inner(value, place(at), path.clone()))
                    .collect()
            })
            .transpose()
    }

    /// As [`Members::structures`], for a list that the model requires.
    pub(in crate::control) fn needed_structures(&self, name: &str) -> ApiResult<Vec<Members<'a>>> {
        self.structures(name)?.ok_or_else(|| self.missing(name))
    }

    fn inner(&self, value: &'a Value, place: String, path: String) -> ApiResult<Members<'a>> {
        match value {
            Value::Object(map) => Ok(Members { map, place, path, read: self.read.clone() }),
            Value::Null => Err(ApiError::parameter(&place, "must not be null")),
            _ => Err(serialization("Expected null")),
        }
    }

    fn list(&self, name: &str) -> ApiResult<Option<&'a Vec<Value>>> {
        self.get(name)
            .map(|value| match value {
                Value::Array(list) => Ok(list),
                _ => Err(serialization("Expected list or null")),
            })
            .transpose()
    }

    /// The error for a required member that is missing.
    pub(in crate::control) fn missing(&self, name: &str) -> ApiError {
        ApiError::parameter(&self.place(name), "must not be null")
    }
}

/// The input of a call: an object, or nothing at all.
pub(in crate::control) fn parse_input(body: &[u8]) -> ApiResult<Map<String, Value>> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(serialization("Start of structure or map found where not expected.")),
        Err(_) => Err(ApiError::new("SerializationException", "The request body is not valid JSON.")),
    }
}

fn as_text(value: &Value) -> ApiResult<&str> {
    match value {
        Value::String(text) => Ok(text),
        Value::Array(_) | Value::Object(_) => {
            Err(serialization("Start of structure or map found where not expected."))
        }
        other => Err(not(kind(other), "a String")),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn paths(map: &Map<String, Value>, path: &str, found: &mut BTreeSet<String>) {
    for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        let path = join(path, name);
        match value {
            Value::Object(inner) => paths(inner, &path, found),
            Value::Array(list) => {
                let inside = format!("{path}[]");
                list.iter().filter_map(Value::as_object).for_each(|inner| paths(inner, &inside, found));
            }
            _ => {}
        }
        found.insert(path);
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) | Value::Object(_) => "START_OF_STRUCTURE",
    }
}

fn not(found: &str, wanted: &str) -> ApiError {
    serialization(&format!("{found} can not be converted to {wanted}"))
}

fn serialization(message: &str) -> ApiError {
    ApiError::new("SerializationException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(text: &str) -> Map<String, Value> {
        parse_input(text.as_bytes()).unwrap()
    }

    #[test]
    fn null_is_absent_and_the_wrong_type_is_named() {
        let map = input(r#"{"a":null,"b":5,"c":["x"],"d":{"e":true}}"#);
        let members = Members::root(&map);
        assert_eq!(members.text("a").unwrap(), None);
        assert_eq!(
            members.text("b").unwrap_err().to_string(),
            "SerializationException: NUMBER_VALUE can not be converted to a String"
        );
        assert_eq!(members.texts("c").unwrap(), Some(vec!["x"]));
        let error = members.needed_structure("d").unwrap().needed_text("f").unwrap_err();
        assert_eq!(
            error.message,
            "Invalid parameter at 'd.f' failed to satisfy constraint: 'must not be null'"
        );
    }

    #[test]
    fn what_nobody_looked_at_is_named() {
        let map = input(r#"{"a":1,"b":null,"c":[{"d":1,"e":2},{"d":1}],"f":{"g":{"h":1}},"i":["x"]}"#);
        let members = Members::root(&map);
        assert_eq!(members.number("a").unwrap(), Some(1));
        for each in members.needed_structures("c").unwrap() {
            each.needed_number("d").unwrap();
        }
        members.needed_structure("f").unwrap().needed_structure("g").unwrap();
        assert_eq!(members.unread(), BTreeSet::from(["c[].e", "f.g.h", "i"].map(str::to_owned)));
    }

    #[test]
    fn a_body_that_is_not_an_object_is_refused_and_no_body_is_empty() {
        assert!(parse_input(b"").unwrap().is_empty());
        assert_eq!(parse_input(b"[1]").unwrap_err().code, "SerializationException");
        assert_eq!(parse_input(b"{\"a\":}").unwrap_err().code, "SerializationException");
    }
}

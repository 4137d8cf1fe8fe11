//! Reads a foreign JSON object field by field, and remembers the fields that nobody asked for.

use chrono::{DateTime, SecondsFormat, Utc};
use longshore_names::{AccountId, RegistryId, is_hidden, shown};
use serde_json::{Map, Value};

use super::{MAX_BYTES, RequestError};
use crate::{ContentHash, json};

/// Reads a file whose `longshore` is `kind/1` and whose `hash` is right.
pub(super) fn open(text: &str, kind: &'static str) -> Result<(Value, ContentHash), RequestError> {
    if text.len() > MAX_BYTES {
        return Err(RequestError::TooLarge { bytes: text.len() });
    }
    let value = json::parse(text)?;
    let found = value.get("longshore").and_then(Value::as_str);
    match found.and_then(|found| found.split_once('/')) {
        Some((name, "1")) if name == kind => {}
        Some((name, version)) if name == kind => {
            return Err(RequestError::Version { found: shown(version, 50) });
        }
        _ => return Err(RequestError::OtherKind { wanted: kind }),
    }
    no_hidden("", &value)?;
    let computed = hash_of(&value);
    let written = value.get("hash").and_then(Value::as_str);
    let written = written.ok_or_else(|| RequestError::Missing { field: "hash".into() })?;
    if written != computed.as_str() {
        let (written, computed) = (shown(written, 100), computed.to_string());
        return Err(RequestError::HashDiffers { written, computed });
    }
    Ok((value, computed))
}

/// The hash of a file's content: of everything but `hash`, in canonical form.
pub(super) fn hash_of(value: &Value) -> ContentHash {
    let mut content = value.clone();
    if let Value::Object(object) = &mut content {
        object.shift_remove("hash");
    }
    ContentHash::of_canonical(&content)
}

/// A file's text: `content` with its hash, for people to read.
pub(super) fn closed(mut content: Map<String, Value>) -> (String, ContentHash) {
    content.shift_remove("hash");
    let hash = ContentHash::of_canonical(&Value::Object(content.clone()));
    content.insert("hash".into(), hash.as_str().into());
    (json::pretty(&Value::Object(content)) + "\n", hash)
}

/// Refuses characters that nobody sees, which could make a document look like another one. Reasons and
/// notes may have line ends.
fn no_hidden(at: &str, value: &Value) -> Result<(), RequestError> {
    let lines = ["reason", "by.note"].contains(&at);
    let hidden =
        |text: &str, lines: bool| text.chars().any(|c| is_hidden(c) && !(lines && "\n\t".contains(c)));
    match value {
        Value::String(text) if hidden(text, lines) => Err(RequestError::Hidden { field: at.to_owned() }),
        Value::Array(list) => {
            list.iter().enumerate().try_for_each(|(i, one)| no_hidden(&format!("{at}[{i}]"), one))
        }
        Value::Object(object) => object.iter().try_for_each(|(key, one)| {
            let path = path(at, &shown(key, 100));
            if hidden(key, false) { Err(RequestError::Hidden { field: path }) } else { no_hidden(&path, one) }
        }),
        _ => Ok(()),
    }
}

fn path(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// An object whose fields are taken one by one.
pub(super) struct Fields {
    at: String,
    left: Map<String, Value>,
}

impl Fields {
    /// The object `value`, which is at the path `at`.
    pub(super) fn of(at: &str, value: Value) -> Result<Self, RequestError> {
        match value {
            Value::Object(left) => Ok(Self { at: at.to_owned(), left }),
            _ => Err(RequestError::Invalid { field: at.to_owned(), problem: "it must be an object".into() }),
        }
    }

    pub(super) fn path(&self, key: &str) -> String {
        path(&self.at, key)
    }

    pub(super) fn invalid(&self, key: &str, problem: impl Into<String>) -> RequestError {
        RequestError::Invalid { field: self.path(key), problem: problem.into() }
    }

    /// A field that may be missing or null.
    pub(super) fn optional(&mut self, key: &str) -> Option<Value> {
        self.left.shift_remove(key).filter(|value| !value.is_null())
    }

    pub(super) fn required(&mut self, key: &str) -> Result<Value, RequestError> {
        let field = self.path(key);
        self.optional(key).ok_or(RequestError::Missing { field })
    }

    /// A text of at most `max` characters.
    pub(super) fn optional_text(&mut self, key: &str, max: usize) -> Result<Option<String>, RequestError> {
        match self.optional(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= max => Ok(Some(text)),
            Some(Value::String(_)) => {
                Err(self.invalid(key, format!("the text has more than {max} characters")))
            }
            Some(_) => Err(self.invalid(key, "it must be a text")),
        }
    }

    pub(super) fn text(&mut self, key: &str, max: usize) -> Result<String, RequestError> {
        let field = self.path(key);
        self.optional_text(key, max)?.ok_or(RequestError::Missing { field })
    }

    /// A name that is parsed, such as an account id.
    pub(super) fn name<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        key: &str,
    ) -> Result<T, RequestError> {
        let text = self.text(key, 2_048)?;
        text.parse().map_err(|error: T::Err| self.invalid(key, error.to_string()))
    }

    pub(super) fn time(&mut self, key: &str) -> Result<DateTime<Utc>, RequestError> {
        let text = self.text(key, 64)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|time| time.with_timezone(&Utc))
            .map_err(|_| self.invalid(key, "it is not a time such as `2026-12-31T08:00:00Z`"))
    }

    /// The SHA-256 of something, in hexadecimal.
    pub(super) fn optional_hash(&mut self, key: &str) -> Result<Option<ContentHash>, RequestError> {
        let Some(text) = self.optional_text(key, 64)? else { return Ok(None) };
        let digits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !digits {
            return Err(self.invalid(key, "it is not a SHA-256 of 64 hexadecimal digits"));
        }
        Ok(Some(ContentHash::from_text(text)))
    }

    /// An ARN, or nothing.
    pub(super) fn optional_arn(&mut self, key: &str) -> Result<Option<String>, RequestError> {
        let text = self.optional_text(key, 2_048)?;
        match text {
            Some(text) if !text.starts_with("arn:") => Err(self.invalid(key, "it is not an ARN")),
            text => Ok(text),
        }
    }

    /// `{"account": …, "region": …}`.
    pub(super) fn registry(
        &mut self,
        key: &str,
        unknown: &mut Vec<String>,
    ) -> Result<RegistryId, RequestError> {
        let mut fields = Self::of(&self.path(key), self.required(key)?)?;
        let account: AccountId = fields.name("account")?;
        let registry = RegistryId::new(account, fields.name("region")?);
        fields.end(unknown);
        Ok(registry)
    }

    /// Names the fields that were not taken.
    pub(super) fn end(self, unknown: &mut Vec<String>) {
        unknown.extend(self.left.keys().map(|key| path(&self.at, &shown(key, 100))));
    }
}

pub(super) fn registry_value(registry: &RegistryId) -> Value {
    serde_json::json!({ "account": registry.account.as_str(), "region": registry.region.as_str() })
}

pub(super) fn time_value(time: DateTime<Utc>) -> Value {
    time.to_rfc3339_opts(SecondsFormat::Secs, true).into()
}

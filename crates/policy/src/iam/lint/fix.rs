//! Fixes as changes of the document, in the form of JSON Patch (RFC 6902).

use serde::Serialize;
use serde_json::Value;

/// A fix of one finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LintFix {
    /// What it does, in one sentence.
    pub text: String,
    /// The changes of the document, in this order.
    pub patch: Vec<PatchOperation>,
}

/// One change. Paths are JSON Pointers into the document as it was found in the text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum PatchOperation {
    /// A member is added; `-` at the end of a path is a new last element.
    Add {
        /// Where.
        path: String,
        /// The value.
        value: Value,
    },
    /// A value is replaced.
    Replace {
        /// Where.
        path: String,
        /// The new value.
        value: Value,
    },
    /// A value is removed.
    Remove {
        /// Where.
        path: String,
    },
    /// A value gets another place.
    Move {
        /// Where it is.
        from: String,
        /// Where it comes to be.
        path: String,
    },
}

impl LintFix {
    pub(super) fn new(text: impl Into<String>, patch: Vec<PatchOperation>) -> Self {
        Self { text: text.into(), patch }
    }

    /// A value instead of the one at `pointer`.
    pub(super) fn replace(pointer: &str, value: impl Into<Value>, text: impl Into<String>) -> Self {
        Self::new(text, vec![PatchOperation::Replace { path: pointer.into(), value: value.into() }])
    }

    pub(super) fn add(path: String, value: impl Into<Value>, text: impl Into<String>) -> Self {
        Self::new(text, vec![PatchOperation::Add { path, value: value.into() }])
    }

    pub(super) fn remove(pointer: &str, text: impl Into<String>) -> Self {
        Self::new(text, vec![PatchOperation::Remove { path: pointer.into() }])
    }

    /// Another name for the key at `pointer`.
    pub(super) fn rename(pointer: &str, name: &str, text: impl Into<String>) -> Self {
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let path = format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"));
        Self::new(text, vec![PatchOperation::Move { from: pointer.into(), path }])
    }

    /// The document with this fix; `None` if it is not the document that was found.
    pub fn applied(&self, document: &Value) -> Option<Value> {
        let mut fixed = document.clone();
        for operation in &self.patch {
            match operation {
                PatchOperation::Add { path, value } => add(&mut fixed, path, value.clone())?,
                PatchOperation::Replace { path, value } => *fixed.pointer_mut(path)? = value.clone(),
                PatchOperation::Remove { path } => drop(remove(&mut fixed, path)?),
                PatchOperation::Move { from, path } => {
                    let value = remove(&mut fixed, from)?;
                    add(&mut fixed, path, value)?;
                }
            }
        }
        Some(fixed)
    }
}

/// The container of a path, and the last step.
fn place<'v>(document: &'v mut Value, path: &str) -> Option<(&'v mut Value, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((document.pointer_mut(parent)?, last.replace("~1", "/").replace("~0", "~")))
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    match place(document, path)? {
        (Value::Object(object), key) => {
            object.insert(key, value);
        }
        (Value::Array(list), end) if end == "-" => list.push(value),
        (Value::Array(list), index) => {
            let index: usize = index.parse().ok().filter(|index| *index <= list.len())?;
            list.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<Value> {
    match place(document, path)? {
        (Value::Object(object), key) => object.shift_remove(&key),
        (Value::Array(list), index) => {
            let index: usize = index.parse().ok().filter(|index| *index < list.len())?;
            Some(list.remove(index))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_is_made_in_its_order_or_not_at_all() {
        let document = json!({ "a": ["x", "y"], "b/c": 1 });
        let fix = LintFix::new(
            "",
            vec![
                PatchOperation::Remove { path: "/a/0".into() },
                PatchOperation::Add { path: "/a/-".into(), value: json!("z") },
                PatchOperation::Move { from: "/b~1c".into(), path: "/d".into() },
            ],
        );
        assert_eq!(fix.applied(&document), Some(json!({ "a": ["y", "z"], "d": 1 })));
        for path in ["/a/2", "/none/0", "/b~1c/x"] {
            assert_eq!(LintFix::remove(path, "").applied(&document), None, "{path}");
        }
        assert_eq!(
            LintFix::rename("/b~1c", "d", "").applied(&document),
            Some(json!({"a": ["x", "y"], "d": 1}))
        );
    }
}

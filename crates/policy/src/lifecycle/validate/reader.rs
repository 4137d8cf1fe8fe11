//! Reads the values of a policy and collects what is wrong with them.

use longshore_names::did_you_mean;
use serde_json::{Map, Value};

use crate::{FieldPath, Finding, sentence};

/// The findings so far.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) findings: Vec<Finding>,
    /// The priority of each rule that has one, also of rules that cannot be read otherwise.
    pub(super) priorities: Vec<(FieldPath, u32)>,
}

impl Reader {
    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn error(&mut self, code: &'static str, at: FieldPath, text: impl Into<String>) {
        self.push(Finding::error(code, text).at(at));
    }

    pub(super) fn warning(
        &mut self,
        code: &'static str,
        at: FieldPath,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Finding::warning(code, text).at(at).hint(hint));
    }

    /// A key that is not one of `known`. ECR refuses it today, but a later ECR may not.
    pub(super) fn unknown(&mut self, at: FieldPath, key: &str, known: &[&str]) {
        let text = format!("`{key}` is not a known field; ECR refuses policies with unknown fields.");
        let hint = match did_you_mean(key, known.iter().copied()) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "Remove the field.".to_owned(),
        };
        self.warning("lifecycle-unknown-field", at, text, hint);
    }

    /// An object; keys other than `known` are reported.
    pub(super) fn object<'v>(
        &mut self,
        value: Option<&'v Value>,
        at: &FieldPath,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(Value::Object(object)) = value else {
            self.error(
                "lifecycle-shape",
                at.clone(),
                "This must be an object, but it is missing or something else.",
            );
            return None;
        };
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            self.unknown(at.child(key), key, known);
        }
        Some(object)
    }

    /// The value of a field that can be left out. `null`, which templates write for an absent value, is
    /// reported and counts as absent.
    pub(super) fn optional<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        at: &FieldPath,
        key: &str,
    ) -> Option<&'v Value> {
        let value = object.get(key)?;
        if !value.is_null() {
            return Some(value);
        }
        let finding = Finding::error("lifecycle-null", format!("`{key}` is null, which ECR refuses."));
        self.push(finding.at(at.child(key)).hint("Leave the field out."));
        None
    }

    /// A word from a list, with its meaning.
    pub(super) fn word<T: Copy>(
        &mut self,
        value: Option<&Value>,
        at: FieldPath,
        words: &[(&str, T)],
    ) -> Option<T> {
        let found = value.and_then(Value::as_str);
        let meaning = words.iter().find(|(word, _)| Some(*word) == found).map(|(_, meaning)| *meaning);
        if meaning.is_none() {
            let quoted: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let text = format!("The value must be {}.", sentence::list(&quoted, "or"));
            let finding = Finding::error("lifecycle-word", text).at(at);
            let near = found.and_then(|found| did_you_mean(found, words.iter().map(|(word, _)| *word)));
            self.push(match near {
                Some(near) => finding.hint(format!("Did you mean `{near}`?")),
                None => finding,
            });
        }
        meaning
    }

    /// A whole number of at least 1.
    pub(super) fn positive(&mut self, value: Option<&Value>, at: FieldPath) -> Option<u32> {
        let whole = |number: u64| u32::try_from(number).ok().filter(|number| *number > 0);
        if let Some(number) = value.and_then(Value::as_u64).and_then(whole) {
            return Some(number);
        }
        let written = value.and_then(Value::as_str).and_then(|text| whole(text.trim().parse().ok()?));
        self.push(match written {
            Some(number) => Finding::error("lifecycle-number", "The number is in quotes, so it is text.")
                .at(at)
                .hint(format!("Write {number} without quotes.")),
            None => Finding::error("lifecycle-number", "This must be a whole number of at least 1.").at(at),
        });
        None
    }

    /// A list of at least one string, none of them empty.
    pub(super) fn texts(&mut self, value: &Value, at: &FieldPath) -> Option<Vec<String>> {
        let texts: Option<Vec<String>> = value.as_array().filter(|list| !list.is_empty()).and_then(|list| {
            list.iter().map(|text| text.as_str().filter(|t| !t.is_empty()).map(str::to_owned)).collect()
        });
        if texts.is_none() {
            let finding = Finding::error("lifecycle-tags", "This must be a list of at least one string.");
            let finding = finding.at(at.clone());
            self.push(match value.as_str().filter(|text| !text.is_empty()) {
                Some(text) => finding.hint(format!("Write {}.", serde_json::json!([text]))),
                None => finding,
            });
        }
        texts
    }
}

//! Parses a rule file.

use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::rule::{
    RuleFile,
    compiled::compile,
    document::{shape, shape::Places, tidy, tree},
};
use crate::{Finding, has_errors};

/// A file read by its schema.
#[derive(Debug)]
pub struct Typed<T> {
    /// The file; `None` if a finding is an error.
    pub file: Option<T>,
    /// Everything that does not match, in the order of the text.
    pub findings: Vec<Finding>,
    /// Where each field stands.
    pub places: Places,
}

impl<T> Typed<T> {
    /// Adds findings of a check of the file's meaning, at the positions of their fields, and drops
    /// the file if one is an error.
    #[must_use]
    pub fn checked(mut self, mut findings: Vec<Finding>) -> Self {
        for finding in &mut findings {
            finding.position = finding.field.as_ref().and_then(|field| self.places.of(field));
        }
        findings.append(&mut self.findings);
        findings.sort_by_key(|finding| finding.position.map(|at| (at.line, at.column)));
        if has_errors(&findings) {
            self.file = None;
        }
        Self { findings, ..self }
    }
}

/// Reads YAML (or JSON, which is also YAML) by a schema of [`schema_of`](crate::rule::schema_of): size,
/// depth and number of values are bounded for any text.
pub fn read_typed<T: DeserializeOwned>(text: &str, schema: &Value) -> Typed<T> {
    // Nothing is copied for a text that is too long; `tree::read` reports it.
    let (text, blanks) = if text.len() <= tree::MAX_BYTES {
        tidy::blanks(&crate::paste::clean(text))
    } else {
        (text.to_owned(), None)
    };
    let mut findings: Vec<Finding> = blanks.into_iter().collect();
    let mut tree = match tree::read(&text) {
        Ok(tree) => tree,
        Err(finding) => {
            findings.push(finding);
            return Typed { file: None, findings, places: Places::default() };
        }
    };
    tidy::names(&mut tree, &mut findings);
    let shaped = shape::shape(schema, &tree);
    findings.extend(shaped.findings);
    findings.sort_by_key(|finding| finding.position.map(|at| (at.line, at.column)));
    if has_errors(&findings) {
        return Typed { file: None, findings, places: shaped.places };
    }
    match serde_json::from_value(shaped.value) {
        Ok(file) => Typed { file: Some(file), findings, places: shaped.places },
        Err(error) => {
            let title = schema.get("title").and_then(Value::as_str).unwrap_or("the expected file");
            let text = format!("This is not {title}: {error}.");
            Typed { file: None, findings: vec![Finding::error("rules-shape", text)], places: shaped.places }
        }
    }
}

/// Reads rules from YAML (or JSON, which is also YAML). Returns the file if there is no error, and
/// all findings, each with its line and column.
///
/// Size, depth and number of values are bounded for any text.
pub fn read_rules(text: &str) -> (Option<RuleFile>, Vec<Finding>) {
    // The schema is constant, but expensive to generate.
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let read = read_typed::<RuleFile>(text, SCHEMA.get_or_init(crate::rule::schema));
    let meaning = read.file.as_ref().map(compile::check).unwrap_or_default();
    let read = read.checked(meaning);
    (read.file, read.findings)
}

/// [`read_rules`] for callers that need either rules or an error.
///
/// # Errors
/// With all findings about the text.
pub fn parse_rules(text: &str) -> Result<RuleFile, Vec<Finding>> {
    match read_rules(text) {
        (Some(file), _) => Ok(file),
        (None, findings) => Err(findings),
    }
}

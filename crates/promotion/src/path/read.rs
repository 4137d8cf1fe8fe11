//! Reads and writes path files.

use std::sync::OnceLock;

use longshore_policy::{
    Finding, has_errors,
    rule::{read_typed, schema_of, yaml_document},
};
use serde_json::Value;

use super::{Path, PathFile, compile::compile};

/// The JSON Schema (draft 2020-12) of a path file, for editors; it is also what [`read_paths`] reads by.
pub fn schema() -> Value {
    schema_of::<PathFile>()
}

/// Reads paths from YAML (or JSON, which is also YAML). Returns them if there is no error, and all
/// findings, each with its line and column.
///
/// Size, depth and number of values are bounded for any text.
pub fn read_paths(text: &str) -> (Option<Vec<Path>>, Vec<Finding>) {
    // The schema is constant, but expensive to generate.
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let mut read = read_typed::<PathFile>(text, SCHEMA.get_or_init(schema));
    for finding in read.findings.iter_mut().filter(|finding| finding.code == "yaml-empty") {
        finding.hint = Some("A file begins with `paths:`.".to_owned());
    }
    let (paths, meaning) = match &read.file {
        Some(file) => compile(file),
        None => (None, Vec::new()),
    };
    let read = read.checked(meaning);
    (paths.filter(|_| !has_errors(&read.findings)), read.findings)
}

/// A path file as YAML, always in the same form; [`read_paths`] reads the same paths from it.
pub fn paths_to_yaml(file: &PathFile) -> String {
    yaml_document(&serde_json::to_value(file).unwrap_or_default())
}

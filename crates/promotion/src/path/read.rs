//! Reads and writes path files.

use std::sync::OnceLock;

use longshore_policy::{
    Finding,
    rule::{read_typed, schema_of, yaml_document},
};
use serde_json::Value;

use super::{Path, PathFile, compile::compile};

/// The JSON Schema (draft 2020-12) of a path file, for editors; it is also what [`read_paths`] reads by.
pub fn schema() -> Value {
    schema_of::<PathFile>()
}

/// A path file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct PathFileRead {
    /// The file as it is written, for an editor.
    pub file: PathFile,
    /// What it means.
    pub paths: Vec<Path>,
}

/// Reads a path file from YAML (or JSON, which is also YAML). Returns it if there is no error, and all
/// findings, each with its line and column.
///
/// Size, depth and number of values are bounded for any text.
pub fn read_path_file(text: &str) -> (Option<PathFileRead>, Vec<Finding>) {
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
    let whole = read.file.zip(paths).map(|(file, paths)| PathFileRead { file, paths });
    (whole, read.findings)
}

/// [`read_path_file`] for callers that need the paths only.
pub fn read_paths(text: &str) -> (Option<Vec<Path>>, Vec<Finding>) {
    let (read, findings) = read_path_file(text);
    (read.map(|read| read.paths), findings)
}

/// A path file as YAML, always in the same form; [`read_paths`] reads the same paths from it.
pub fn paths_to_yaml(file: &PathFile) -> String {
    yaml_document(&serde_json::to_value(file).unwrap_or_default())
}

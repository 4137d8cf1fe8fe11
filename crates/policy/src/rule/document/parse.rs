//! Parses a rule file.

use std::sync::OnceLock;

use serde_json::Value;

use crate::rule::{RuleFile, compiled::compile, document::shape, document::tidy, document::tree};
use crate::{Finding, has_errors};

/// Reads rules from YAML (or JSON, which is also YAML). Returns the file if there is no error, and
/// all findings, each with its line and column.
///
/// Size, depth and number of values are bounded for any text.
pub fn read_rules(text: &str) -> (Option<RuleFile>, Vec<Finding>) {
    // The schema is constant, but expensive to generate.
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    // Nothing is copied for a text that is too long; `tree::read` reports it.
    let (text, blanks) = if text.len() <= tree::MAX_BYTES {
        tidy::blanks(&crate::paste::clean(text))
    } else {
        (text.to_owned(), None)
    };
    let mut tidied: Vec<Finding> = blanks.into_iter().collect();
    let mut tree = match tree::read(&text) {
        Ok(tree) => tree,
        Err(finding) => {
            tidied.push(finding);
            return (None, tidied);
        }
    };
    tidy::names(&mut tree, &mut tidied);
    let shaped = shape::shape(SCHEMA.get_or_init(crate::rule::schema), &tree);
    if has_errors(&shaped.findings) || has_errors(&tidied) {
        let mut findings = tidied;
        findings.extend(shaped.findings);
        findings.sort_by_key(|finding| finding.position.map(|at| (at.line, at.column)));
        return (None, findings);
    }
    let file: RuleFile = match serde_json::from_value(shaped.value) {
        Ok(file) => file,
        Err(error) => {
            return (None, vec![Finding::error("rules-shape", format!("This is not a rule file: {error}."))]);
        }
    };
    let mut findings = compile::check(&file);
    for finding in &mut findings {
        finding.position = finding.field.as_ref().and_then(|field| shaped.places.of(field));
    }
    findings.extend(tidied);
    findings.sort_by_key(|finding| finding.position.map(|at| (at.line, at.column)));
    if has_errors(&findings) { (None, findings) } else { (Some(file), findings) }
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

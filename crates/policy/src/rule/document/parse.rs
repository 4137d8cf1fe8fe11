//! A rule file out of its text.

use std::sync::OnceLock;

use serde_json::Value;

use crate::rule::{RuleFile, compiled::compile, document::shape, document::tidy, document::tree};
use crate::{Finding, has_errors};

/// Reads rules from YAML (or JSON, which is YAML too): the file when nothing stands in its way, and
/// everything that is wrong or worth knowing, each at its line and column.
///
/// Bounded in size, depth and number of values, whatever the text is.
pub fn read_rules(text: &str) -> (Option<RuleFile>, Vec<Finding>) {
    // The schema is a constant that takes some work to write down.
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    // Before anything is copied: `tree::read` says that a text is too long.
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
            return (None, vec![Finding::error("rules-shape", format!("These are no rules: {error}."))]);
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

/// [`read_rules`] for callers that want rules or nothing.
///
/// # Errors
/// With everything that is wrong, and with what else is worth knowing about the text.
pub fn parse_rules(text: &str) -> Result<RuleFile, Vec<Finding>> {
    match read_rules(text) {
        (Some(file), _) => Ok(file),
        (None, findings) => Err(findings),
    }
}

//! Findings as lines.

use std::path::Path;

use longshore_app::{lifecycle::Severity, transfer::Finding};
use serde_json::json;

use crate::{files, output};

/// The findings of a check, counted.
#[derive(Default, Clone, Copy)]
pub(super) struct Counts {
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) notes: usize,
}

impl Counts {
    pub(super) fn of(findings: &[Finding]) -> Self {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        }
    }

    /// `2 errors and 1 warning`; `None` if there is neither.
    pub(super) fn in_words(self) -> Option<String> {
        let counted = |number, one: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            more => Some(format!("{more} {one}s")),
        };
        match (counted(self.errors, "error"), counted(self.warnings, "warning")) {
            (Some(errors), Some(warnings)) => Some(format!("{errors} and {warnings}")),
            (one, other) => one.or(other),
        }
    }
}

/// Prints findings in the order of the file.
pub(super) fn findings(file: &Path, findings: &[Finding], as_json: bool) {
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "info",
        };
        if as_json {
            let mut event = json!({
                "event": "finding", "code": finding.code, "severity": severity, "position": finding.position,
                "text": finding.text,
            });
            if let Some(field) = finding.field.as_ref().filter(|field| !field.as_str().is_empty()) {
                event["field"] = field.as_str().into();
            }
            if let Some(fix) = &finding.hint {
                event["fix"] = fix.as_str().into();
            }
            output::json(&event);
            continue;
        }
        let place = finding.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        let fix = finding.hint.as_deref().map(|fix| format!(" {fix}")).unwrap_or_default();
        output::line(&format!("{}{place}: {severity}: {}{fix}", files::shown(file), finding.text));
    }
}

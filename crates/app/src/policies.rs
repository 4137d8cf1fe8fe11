//! Policies as they were pasted: checked and explained. Nothing is asked, stored or opened.

pub use longshore_policy::{
    Finding, Position, Severity,
    iam::{
        ExplainedDocument, ExplainedStatement, ExplainedText, PolicyScope, explain_text,
        lint::{LIST_DATE, LintFinding, LintOptions, LintReport, LintedDocument, MAX_TEXT, PolicyKind, lint},
    },
    paste::{Wrapping, decode},
};

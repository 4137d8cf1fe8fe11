//! Every statement in a pasted text, in plain sentences.

use super::kinds;
use crate::{
    Finding, Position,
    iam::{
        Effect, StatementView,
        lint::{self, LintOptions, PolicyKind},
    },
    paste::Wrapping,
};

/// The statements in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedText {
    /// The policies, in the order of the text.
    pub documents: Vec<ExplainedDocument>,
    /// Problems of the text around them, and documents that are no policies, each with its position.
    pub findings: Vec<Finding>,
    /// The wrappings that were removed, outermost first.
    pub unwrapped: Vec<Wrapping>,
}

/// One policy.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedDocument {
    /// The kind as which it is explained.
    pub kind: PolicyKind,
    /// The repository whose policy it is, if the text says so.
    pub repository: Option<String>,
    /// Where it begins.
    pub position: Position,
    /// Its statements.
    pub statements: Vec<ExplainedStatement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedStatement {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// `Allow`, `Deny`, or what it has instead; empty for nothing.
    pub effect: String,
    /// What it does, in one sentence.
    pub text: String,
}

/// Explains every statement of the policies in a text. Their kind is recognised if it is not given.
pub fn explain_text(text: &str, options: &LintOptions) -> ExplainedText {
    let opened = lint::open(text, options);
    let mut documents = Vec::new();
    for one in opened.documents {
        let kind = one.kind;
        let explain = |view: &StatementView| ExplainedStatement {
            index: view.index,
            sid: view.sid.clone(),
            effect: match &view.effect {
                Effect::Allow => "Allow".to_owned(),
                Effect::Deny => "Deny".to_owned(),
                Effect::Other(other) => other.clone(),
            },
            text: kinds::explain(view, kind, options.registry.as_ref()),
        };
        documents.push(ExplainedDocument {
            kind,
            repository: one.repository,
            position: one.position,
            statements: one.statements.iter().map(explain).collect(),
        });
    }
    ExplainedText { documents, findings: opened.findings, unwrapped: opened.unwrapped }
}

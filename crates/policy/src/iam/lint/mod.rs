//! Checks policy documents of every kind as they were pasted: policies of registries, of repositories,
//! of users and roles, and trust policies.
//!
//! Source: IAM reference, "Grammar of the IAM JSON policy language" and "IAM and AWS STS quotas"; ECR user
//! guide; for names, the table of AWS's Service Authorization Reference of the day [`LIST_DATE`]. What is
//! newer than the table is no error.
//!
//! ```
//! use longshore_policy::iam::lint::{LintOptions, PolicyKind, lint};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement":
//!   {"Effect": "Allow", "Action": "ecr:PutImagee", "Resource": "*"}}"#;
//! let report = lint(text, &LintOptions::default());
//! assert_eq!(report.documents[0].kind, Some(PolicyKind::Identity));
//! let found = &report.findings[0];
//! assert_eq!((found.finding.code, found.position().line), ("action-unknown", 2));
//! assert!(found.fix.is_some());
//! ```

mod cursor;
mod document;
mod elements;
mod fix;
mod kind;
mod risk;
mod shadow;
mod statement;
mod trust;

use longshore_names::RegistryId;

pub(in crate::iam) use self::elements::Arn;
use self::{
    cursor::{Cursor, Spot},
    statement::Seen,
};
pub use self::{
    document::size,
    fix::{LintFix, PatchOperation},
    kind::PolicyKind,
};
pub use super::reference::DATE as LIST_DATE;
use super::{PolicyScope, StatementView};
use crate::{
    Finding, Position, Severity,
    paste::{self, Document, DocumentKind, Pasted, Wrapping},
    sentence,
};

/// The longest text that is read, in bytes: twice the longest document of IAM.
pub const MAX_TEXT: usize = 256 * 1024;

/// The most findings of one text. More say nothing new.
const MAX_FINDINGS: usize = 500;

/// What is known about the documents besides their text.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    /// The kind of the documents; `None` to recognise it.
    pub kind: Option<PolicyKind>,
    /// The account and Region that the documents are for.
    pub registry: Option<RegistryId>,
    /// The actions that the policy of the registry may name.
    pub scope: PolicyScope,
}

/// What was found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct LintReport {
    /// The documents, in the order of the text.
    pub documents: Vec<LintedDocument>,
    /// The findings, by document and position.
    pub findings: Vec<LintFinding>,
    /// The wrappings that were removed, outermost first.
    pub unwrapped: Vec<Wrapping>,
}

impl LintReport {
    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|found| found.finding.severity == severity).count()
    }
}

/// A document that was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct LintedDocument {
    /// The kind as which it was checked; `None` if it is no policy of IAM.
    pub kind: Option<PolicyKind>,
    /// The kind as a phrase for sentences.
    pub phrase: &'static str,
    /// The repository whose policy it is, if the text says so.
    pub repository: Option<String>,
    /// How many statements it has.
    pub statements: usize,
    /// Where it begins.
    pub position: Position,
    /// The document, to which fixes apply.
    pub value: serde_json::Value,
}

/// A finding in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct LintFinding {
    /// The document, by its place in the report; `None` for the text around the documents.
    pub document: Option<usize>,
    /// The finding, with its position.
    pub finding: Finding,
    /// The place in the document as a JSON Pointer.
    pub pointer: Option<String>,
    /// How to fix it, if that is clear.
    pub fix: Option<LintFix>,
}

impl LintFinding {
    /// Where it is in the text: the beginning, if it is about all of it.
    pub fn position(&self) -> Position {
        self.finding.position.unwrap_or(Position { line: 1, column: 1 })
    }
}

/// Checks every document in a text.
pub fn lint(text: &str, options: &LintOptions) -> LintReport {
    let (pasted, findings) = read(text, options);
    let around = |finding| LintFinding { document: None, finding, pointer: None, fix: None };
    let mut all: Vec<LintFinding> = findings.into_iter().map(around).collect();
    let mut documents = Vec::new();
    for (index, document) in pasted.documents.iter().enumerate() {
        let (linted, found) = one(index, document, options);
        documents.push(linted);
        all.extend(found);
    }
    if documents.iter().any(|document| document.kind.is_some()) {
        all.iter_mut().for_each(|found| beside_policies(found, &documents));
    }
    all.truncate(MAX_FINDINGS);
    LintReport { documents, findings: all, unwrapped: pasted.unwrapped }
}

/// Beside policies that are checked, another document is only worth knowing.
fn beside_policies(found: &mut LintFinding, documents: &[LintedDocument]) {
    let of = found.document.and_then(|at| documents.get(at));
    if of.is_some_and(|document| document.kind.is_none()) {
        found.finding.severity = Severity::Note;
    }
}

/// The documents of a text, and the findings about what is around them.
fn read(text: &str, options: &LintOptions) -> (Pasted, Vec<Finding>) {
    let mut pasted = paste::read_for(text, options.registry.as_ref(), MAX_TEXT);
    let mut findings = std::mem::take(&mut pasted.findings);
    if pasted.documents.is_empty() {
        if let Some(misspelt) = document::misspelt(text) {
            findings = vec![misspelt];
        } else if !text.contains(['{', '[', ':', '=']) {
            let finding = Finding::error("document-shape", "The text has no policy.");
            findings = vec![finding.hint("Paste a policy as JSON, or what contains one.")];
        }
    }
    let has_documents = !pasted.documents.is_empty();
    let findings = findings.into_iter().map(|finding| of_wrapping(finding, has_documents)).collect();
    (pasted, findings)
}

/// The kind as which a document is read.
struct Chosen {
    kind: PolicyKind,
    /// It is not the kind that was given.
    differs: Option<Finding>,
}

fn choose(document: &Document, options: &LintOptions) -> Result<Chosen, Finding> {
    let found = kind::recognised(document).map_err(|what| not_a_policy(what, options.kind))?;
    match options.kind {
        None => Ok(Chosen { kind: found, differs: None }),
        Some(given) if !kind::contradicts(document, found, given) => {
            Ok(Chosen { kind: given, differs: None })
        }
        Some(given) => {
            let text = format!("This is {}, not {}; it is read as that.", found.phrase(), given.phrase());
            let hint = match found {
                PolicyKind::Repository => {
                    "It says who may use one repository; the policy of a registry names repositories."
                }
                PolicyKind::Registry => {
                    "It says who may do something in a registry, and names its repositories."
                }
                PolicyKind::Identity => "It names no principal, so it belongs to users and roles.",
                PolicyKind::Trust => "It says who may assume a role, and belongs to that role.",
                PolicyKind::Other => "Its actions are not ECR's.",
            };
            let differs = Finding::error("document-kind", text).hint(hint);
            Ok(Chosen { kind: found, differs: Some(differs) })
        }
    }
}

/// A document of ECR that has a command of its own.
fn not_a_policy(what: DocumentKind, given: Option<PolicyKind>) -> Finding {
    let hint = match what {
        DocumentKind::LifecyclePolicy => "`longshore lifecycle lint` checks it.",
        DocumentKind::ReplicationConfiguration => {
            "`longshore replication` shows and changes it, `longshore doctor` examines it."
        }
        _ => "A policy has `Statement`.",
    };
    let finding = match given {
        Some(given) => {
            let text = format!("This is {}, not {}.", what.phrase(), given.phrase());
            Finding::error("document-kind", text)
        }
        None => {
            let text = format!("This is {}, not a policy of IAM; it is not read here.", what.phrase());
            Finding::warning("document-not-a-policy", text)
        }
    };
    finding.hint(hint)
}

/// A text that was read without checking its statements.
pub(super) struct Opened {
    pub(super) documents: Vec<OpenedDocument>,
    /// About what is around the documents, and about kinds.
    pub(super) findings: Vec<Finding>,
    pub(super) unwrapped: Vec<Wrapping>,
}

/// A policy in a text.
pub(super) struct OpenedDocument {
    pub(super) kind: PolicyKind,
    pub(super) repository: Option<String>,
    pub(super) position: Position,
    pub(super) statements: Vec<StatementView>,
}

/// The policies in a text.
pub(super) fn open(text: &str, options: &LintOptions) -> Opened {
    let (pasted, mut findings) = read(text, options);
    let mut documents = Vec::new();
    for document in &pasted.documents {
        let root = Cursor::root(&document.node);
        let at = root.spot.at;
        let placed = |finding: Finding| finding.in_text(at.line, at.column);
        match choose(document, options) {
            Err(finding) => findings.push(placed(finding)),
            Ok(chosen) => {
                findings.extend(chosen.differs.map(placed));
                let items = root.get("Statement").unwrap_or(root).items();
                let views = items.iter().enumerate().filter(|(_, item)| item.is_object());
                documents.push(OpenedDocument {
                    kind: chosen.kind,
                    repository: document.repository.clone(),
                    position: at,
                    statements: views.map(|(i, item)| StatementView::read(i, &item.node.value())).collect(),
                });
            }
        }
    }
    Opened { documents, findings, unwrapped: pasted.unwrapped }
}

/// A finding about the wrapping, in words that fit a check.
fn of_wrapping(finding: Finding, has_documents: bool) -> Finding {
    let Finding { code, position, text, .. } = &finding;
    let again = match *code {
        // A value that the text does not have is not checked.
        "variable-unreadable" if has_documents => Finding::note("variable-unreadable", text.clone()),
        "json-invalid" if text.contains("occurs twice in the same") => {
            Finding::error("element-duplicate", text.clone()).hint("Keep one of the two.")
        }
        _ => Finding { text: text.clone(), ..finding.clone() },
    };
    let position = position.or(Some(Position { line: 1, column: 1 }));
    Finding { position, text: without_place(&again.text), ..again }
}

/// A text without the position at its beginning, which a finding has beside it.
fn without_place(text: &str) -> String {
    let rest = text.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    match rest {
        Some((place, problem)) if place.contains("column ") => sentence::whole(problem),
        _ => text.to_owned(),
    }
}

fn one(index: usize, document: &Document, options: &LintOptions) -> (LintedDocument, Vec<LintFinding>) {
    let root = Cursor::root(&document.node);
    let mut linter = Linter {
        kind: PolicyKind::Other,
        registry: options.registry.as_ref(),
        scope: options.scope,
        document: index,
        out: Vec::new(),
    };
    let mut linted = LintedDocument {
        kind: None,
        phrase: document.kind.phrase(),
        repository: document.repository.clone(),
        statements: 0,
        position: root.spot.at,
        value: document.value.clone(),
    };
    match choose(document, options) {
        Err(finding) => {
            linter.push(&root.spot, finding);
            return (linted, linter.out);
        }
        Ok(chosen) => {
            linter.kind = chosen.kind;
            if let Some(differs) = chosen.differs {
                linter.push(&root.spot, differs);
            }
        }
    }
    linted.kind = Some(linter.kind);
    linted.phrase = linter.kind.phrase();
    linter.invisible(&root);
    let statements = linter.document(&root, document);
    linted.statements = statements.len();
    linter.out.sort_by_key(|found| (found.position().line, found.position().column));
    (linted, linter.out)
}

/// Checks one document.
struct Linter<'a> {
    kind: PolicyKind,
    registry: Option<&'a RegistryId>,
    scope: PolicyScope,
    document: usize,
    out: Vec<LintFinding>,
}

impl Linter<'_> {
    /// Whether further findings would be left out.
    fn is_full(&self) -> bool {
        self.out.len() >= MAX_FINDINGS
    }

    fn push(&mut self, spot: &Spot, finding: Finding) {
        self.push_fixed(spot, finding, None);
    }

    fn push_fixed(&mut self, spot: &Spot, finding: Finding, fix: Option<LintFix>) {
        if self.is_full() {
            return;
        }
        let finding = finding.in_text(spot.at.line, spot.at.column);
        let same = |known: &LintFinding| {
            known.finding.code == finding.code
                && known.finding.position == finding.position
                && known.finding.text == finding.text
        };
        if !self.out.iter().any(same) {
            let pointer = Some(spot.pointer.clone());
            self.out.push(LintFinding { document: Some(self.document), finding, pointer, fix });
        }
    }

    fn statements(&mut self, statements: &[Seen<'_>]) {
        for statement in statements {
            if self.is_full() {
                return;
            }
            self.statement(statement);
            self.principals(statement);
            self.actions(statement);
            self.resources(statement);
            self.conditions(statement);
        }
        if self.is_full() {
            return;
        }
        if self.kind == PolicyKind::Trust {
            self.trust(statements);
        }
        self.shadowed(statements);
        self.risks(statements);
    }
}

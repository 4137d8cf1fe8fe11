//! Checks a lifecycle policy in whatever it was pasted or saved with.

use serde_json::Value;

use super::{LifecyclePolicy, MAX_CHARACTERS, validate};
use crate::{
    FieldPath, Finding, Position, Severity,
    paste::{self, Document, DocumentKind, Wrapping},
};

/// A value that the text does not contain.
const UNREADABLE: &str = "variable-unreadable";

/// More than a template with a policy needs.
const MAX_BYTES: usize = 1024 * 1024;

/// The result of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Lint {
    /// Problems and notes in the order of the text, each with a position.
    pub findings: Vec<Finding>,
    /// The wrappings that were removed.
    pub unwrapped: Vec<Wrapping>,
    /// How many lifecycle policies the text has, readable or not. None: there is nothing to check.
    pub found: usize,
    /// The policies that could be read, whether ECR would accept them or not.
    pub policies: Vec<LifecyclePolicy>,
}

impl Lint {
    /// How many rules all policies have.
    pub fn rules(&self) -> usize {
        self.policies.iter().map(|policy| policy.raw_rules().len()).sum()
    }
}

/// As [`lint`], for the content of a file in UTF-8 or UTF-16, with or without a byte order mark.
pub fn lint_bytes(bytes: &[u8]) -> Lint {
    let text = match paste::decode(bytes) {
        Ok(text) => text,
        Err(finding) => {
            return Lint { findings: vec![finding], unwrapped: Vec::new(), found: 0, policies: Vec::new() };
        }
    };
    let mut found = lint(&text);
    if text.as_bytes() != bytes && !found.unwrapped.contains(&Wrapping::Encoding) {
        found.unwrapped.insert(0, Wrapping::Encoding);
    }
    found
}

/// Checks every lifecycle policy in a text: JSON, YAML, commands of the AWS CLI and their output,
/// Terraform, CloudFormation, Markdown.
pub fn lint(text: &str) -> Lint {
    let pasted = paste::read_anywhere(text, MAX_BYTES);
    let (ours, others): (Vec<&Document>, Vec<&Document>) =
        pasted.documents.iter().partition(|document| is_ours(document));
    let mut findings = pasted.findings;
    let mut policies = Vec::new();
    let plain = pasted.unwrapped.is_empty();
    for document in &ours {
        let mut own = Vec::new();
        match LifecyclePolicy::from_value(document.value.clone()) {
            Ok(policy) => {
                own.extend(validate(&policy));
                own.extend(whitespace(&policy, text).filter(|_| plain));
                policies.push(policy);
            }
            Err(error) => own.push(error.finding()),
        }
        own.extend(odd_characters(document));
        let own: Vec<Finding> = own.into_iter().map(|finding| placed(finding, document)).collect();
        // A value that is not in the text is reported as that, and not for its form too.
        let is_open = |finding: &Finding| finding.field.as_ref().is_some_and(|at| document.has_variable(at));
        let has_unreadable = findings.iter().any(|finding| finding.code == UNREADABLE);
        findings.extend(own.into_iter().filter(|finding| !has_unreadable || !is_open(finding)));
        unimportant(&mut findings, document);
    }
    if ours.is_empty() {
        findings.extend(others.iter().take(1).map(|document| not_ours(document)));
    }
    for finding in &mut findings {
        finding.position.get_or_insert(Position { line: 1, column: 1 });
    }
    findings.sort_by_key(|finding| finding.position.map(|at| (at.line, at.column)));
    Lint { findings, unwrapped: pasted.unwrapped, found: ours.len(), policies }
}

/// Whether a document is, or is meant to be, a lifecycle policy.
fn is_ours(document: &Document) -> bool {
    let replicates = |rule: &Value| rule.get("destinations").is_some();
    match (document.kind, document.value.get("rules")) {
        (DocumentKind::LifecyclePolicy, _) => true,
        (DocumentKind::ReplicationConfiguration | DocumentKind::Other, Some(rules)) => {
            !rules.as_array().is_some_and(|rules| rules.iter().any(replicates))
        }
        _ => false,
    }
}

fn not_ours(document: &Document) -> Finding {
    let text = format!("This is {}, not a lifecycle policy.", document.kind.phrase());
    let at = document.place(&FieldPath::new(""));
    let finding = Finding::error("not-a-lifecycle-policy", text).in_text(at.line, at.column);
    finding.hint("A lifecycle policy is an object with `rules`, each with `rulePriority` and `selection`.")
}

/// A file that is sent as it is counts with its blanks.
fn whitespace(policy: &LifecyclePolicy, text: &str) -> impl Iterator<Item = Finding> + use<> {
    let (written, without) = (text.trim().chars().count(), policy.to_text().chars().count());
    let finding = (written > MAX_CHARACTERS && without <= MAX_CHARACTERS).then(|| {
        let text = format!(
            "The text has {written} characters with its whitespace, and {without} without; ECR allows {MAX_CHARACTERS}."
        );
        let finding = Finding::warning("lifecycle-too-long", text).at(FieldPath::new(""));
        finding.hint("Send the policy without whitespace.")
    });
    finding.into_iter()
}

fn odd_characters(document: &Document) -> Vec<Finding> {
    let odd = document.odd_characters().into_iter().take(20);
    odd.map(|(field, c, at)| {
        let text = format!("There is an invisible character here, U+{:04X}.", u32::from(c));
        let finding = match field.as_str().ends_with("description") {
            true => Finding::note("invisible-character", text),
            false => Finding::error("invisible-character", text),
        };
        finding.at(field).in_text(at.line, at.column).hint("Delete it.")
    })
    .collect()
}

/// The finding with its position in the text.
fn placed(finding: Finding, document: &Document) -> Finding {
    if finding.position.is_some() {
        return finding;
    }
    let whole = FieldPath::new("");
    let at = document.place(finding.field.as_ref().unwrap_or(&whole));
    finding.in_text(at.line, at.column)
}

/// What a description says changes nothing: its variables are only noted if no other value has one.
fn unimportant(findings: &mut [Finding], document: &Document) {
    let mut without = document.value.clone();
    for rule in without.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
        rule.as_object_mut().map(|rule| rule.remove("description"));
    }
    if !without.to_string().contains("${") {
        let unreadable = findings.iter_mut().filter(|finding| finding.code == UNREADABLE);
        unreadable.for_each(|finding| finding.severity = Severity::Note);
    }
}

//! Pasted policy documents of every kind, and what a check finds in them.
//!
//! The cases are in `tests/lint`. Each has the kind as which it is read, what is given (`given`, `for`,
//! `scope`), the text, or the name of a file in `tests/pasted/policies`, and its findings: severity, code,
//! position, and `fix` if it has one.

mod fixes;
mod hostile;
mod mutations;
mod sizes;
mod table;

use longshore_names::RegistryId;
use longshore_policy::{
    Severity,
    iam::lint::{LintFinding, LintOptions, LintReport, PolicyKind, lint},
    paste::decode,
    registry_policy::PolicyScope,
};

/// The files with cases.
const FILES: [(&str, &str); 7] = [
    ("guide", include_str!("../../lint/guide.txt")),
    ("resource_policies", include_str!("../../lint/resource_policies.txt")),
    ("identity", include_str!("../../lint/identity.txt")),
    ("trust", include_str!("../../lint/trust.txt")),
    ("conditions", include_str!("../../lint/conditions.txt")),
    ("wrapped", include_str!("../../lint/wrapped.txt")),
    ("pasted", include_str!("../../lint/pasted.txt")),
];

/// One case of the table.
struct Case {
    name: String,
    kind: String,
    options: LintOptions,
    text: String,
    findings: Vec<String>,
}

impl Case {
    fn read(block: &str) -> Self {
        let (head, rest) = block.split_once("\n---\n").unwrap_or_else(|| panic!("{block}"));
        let (text, findings) = rest.rsplit_once("\n---").unwrap_or_else(|| panic!("{block}"));
        let mut lines = head.lines();
        let name = lines.next().unwrap().to_owned();
        let (mut kind, mut options) = (String::new(), LintOptions::default());
        for line in lines {
            match line.split_once(": ").unwrap_or_else(|| panic!("{name}: {line}")) {
                ("kind", value) => kind = value.to_owned(),
                ("given", value) => options.kind = Some(kind_of(value)),
                ("for", value) => options.registry = Some(registry_of(value)),
                ("scope", "V1") => options.scope = PolicyScope::V1,
                _ => panic!("{name}: {line}"),
            }
        }
        let text = text.strip_prefix("file: ").map_or_else(|| text.to_owned(), file);
        let findings = findings.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Self { name, kind, options, text, findings }
    }

    fn report(&self) -> LintReport {
        lint(&self.text, &self.options)
    }
}

/// The cases of one file, or of all.
fn cases(of: Option<&str>) -> Vec<Case> {
    let files = FILES.iter().filter(|(name, _)| of.is_none_or(|of| of == *name));
    files.flat_map(|(_, text)| text.split("=== ").skip(1).map(Case::read).collect::<Vec<_>>()).collect()
}

fn kind_of(word: &str) -> PolicyKind {
    match word {
        "registry" => PolicyKind::Registry,
        "repository" => PolicyKind::Repository,
        "identity" => PolicyKind::Identity,
        "trust" => PolicyKind::Trust,
        _ => panic!("{word}"),
    }
}

fn registry_of(text: &str) -> RegistryId {
    let (account, region) = text.split_once('/').unwrap();
    crate::common::registry(account, region)
}

fn file(name: &str) -> String {
    let path = format!("{}/tests/pasted/policies/{name}", env!("CARGO_MANIFEST_DIR"));
    decode(&std::fs::read(path).unwrap()).unwrap()
}

fn told(found: &LintFinding) -> String {
    let letter = match found.finding.severity {
        Severity::Error => 'E',
        Severity::Warning => 'W',
        Severity::Note => 'N',
    };
    let (at, fix) = (found.position(), if found.fix.is_some() { " fix" } else { "" });
    format!("{letter} {} {}:{}{fix}", found.finding.code, at.line, at.column)
}

fn kinds(report: &LintReport) -> String {
    let word = |kind: Option<PolicyKind>| match kind {
        Some(kind) => serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned(),
        None => "none".to_owned(),
    };
    let words: Vec<String> = report.documents.iter().map(|document| word(document.kind)).collect();
    if words.is_empty() { "none".into() } else { words.join(" ") }
}

//! `longshore policy lint`

use longshore_app::policies::{LIST_DATE, LintFinding, LintReport, LintedDocument, Severity, lint};
use serde_json::{Value, json};

use super::{arguments::PolicyText, input};
use crate::{failure::Failure, output};

/// Checks the policies in a file. Ends with 3 if there are errors or warnings.
pub(super) fn run(arguments: &PolicyText, as_json: bool) -> Result<(), Failure> {
    let input = input::read(arguments)?;
    let report = match input.text {
        Ok(text) => lint(&text, &input.options),
        Err(finding) => LintReport {
            documents: Vec::new(),
            findings: vec![LintFinding { document: None, finding: *finding, pointer: None, fix: None }],
            unwrapped: Vec::new(),
        },
    };
    if as_json {
        report.findings.iter().for_each(|found| output::json(&event(found)));
        output::summary(&summary(&report, input.options.kind.is_some()));
    } else {
        lines(&input.name, &report).iter().for_each(|line| output::line(line));
    }
    match verdict(&report) {
        Some(found) => Err(Failure::Incomplete(format!("{} has {found}.", input.name))),
        None => Ok(()),
    }
}

/// `2 errors and 1 warning`; `None` if there are neither.
fn verdict(report: &LintReport) -> Option<String> {
    let count = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        several => Some(format!("{several} {word}s")),
    };
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    let all: Vec<String> = count(errors, "error").into_iter().chain(count(warnings, "warning")).collect();
    (!all.is_empty()).then(|| all.join(" and "))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    }
}

/// The report for people.
fn lines(name: &str, report: &LintReport) -> Vec<String> {
    let mut lines = Vec::new();
    for LintedDocument { phrase, statements, position: at, kind, .. } in &report.documents {
        let count =
            if *statements == 1 { "1 statement".to_owned() } else { format!("{statements} statements") };
        let what = if kind.is_some() { format!("{phrase}, {count}") } else { (*phrase).to_owned() };
        lines.push(format!("{name}:{}:{}: {what}.", at.line, at.column));
    }
    for found in &report.findings {
        let (at, finding) = (found.position(), &found.finding);
        lines.push(format!(
            "{name}:{}:{}: {}: {} [{}]",
            at.line,
            at.column,
            word(finding.severity),
            finding.text,
            finding.code
        ));
        match (&found.fix, &finding.hint) {
            (Some(fix), _) => lines.push(format!("  fix: {}", fix.text)),
            (None, Some(hint)) => lines.push(format!("  {hint}")),
            (None, None) => {}
        }
    }
    if verdict(report).is_none() {
        lines.push(format!("{name}: no errors and no warnings."));
    }
    lines
}

/// A finding for programs.
fn event(found: &LintFinding) -> Value {
    let (at, finding) = (found.position(), &found.finding);
    let mut event = json!({
        "event": "finding", "code": finding.code, "severity": word(finding.severity),
        "position": {"line": at.line, "column": at.column}, "text": finding.text,
    });
    let optional = [
        ("hint", finding.hint.as_ref().map(|hint| json!(hint))),
        ("fix", found.fix.as_ref().map(|fix| json!(fix))),
        ("document", found.document.map(|index| json!(index))),
        ("path", found.pointer.as_ref().map(|pointer| json!(pointer))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            event[name] = value;
        }
    }
    event
}

fn summary(report: &LintReport, kind_given: bool) -> Value {
    let documents: Vec<Value> = report
        .documents
        .iter()
        .map(|document| {
            json!({
                "kind": document.kind, "what": document.phrase, "repository": document.repository,
                "statements": document.statements,
                "position": {"line": document.position.line, "column": document.position.column},
            })
        })
        .collect();
    json!({
        "event": "summary", "kind": report.documents.first().and_then(|document| document.kind),
        "kind_given": kind_given, "documents": documents, "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning), "infos": report.count(Severity::Note),
        "unwrapped": report.unwrapped, "list": LIST_DATE,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use longshore_app::policies::LintOptions;

    use super::*;

    const TYPO: &str = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\",\n \"Action\": \"ecr:PutImagee\", \"Resource\": \"*\"}}";

    fn report(text: &str) -> LintReport {
        lint(text, &LintOptions::default())
    }

    #[test]
    fn a_finding_has_its_place_and_its_fix_for_programs_and_for_people() {
        let report = report(TYPO);
        assert_eq!(
            event(&report.findings[0]),
            json!({
                "event": "finding", "code": "action-unknown", "severity": "error",
                "position": {"line": 2, "column": 13}, "text": "There is no action `ecr:PutImagee`.",
                "hint": "Use `ecr:PutImage`.", "document": 0, "path": "/Statement/Action",
                "fix": {
                    "text": "`ecr:PutImagee` becomes `ecr:PutImage`.",
                    "patch": [{"op": "replace", "path": "/Statement/Action", "value": "ecr:PutImage"}],
                },
            })
        );
        assert_eq!(
            lines("p.json", &report),
            [
                "p.json:1:1: an IAM policy for users and roles, 1 statement.",
                "p.json:2:13: error: There is no action `ecr:PutImagee`. [action-unknown]",
                "  fix: `ecr:PutImagee` becomes `ecr:PutImage`.",
            ]
        );
        assert_eq!(verdict(&report).as_deref(), Some("1 error"));
        let all = summary(&report, false);
        assert_eq!(
            (&all["kind"], &all["errors"], &all["warnings"]),
            (&json!("identity"), &json!(1), &json!(0))
        );
        assert_eq!(all["documents"][0]["statements"], 1);
    }

    #[test]
    fn notes_alone_are_clean() {
        let clean = report(&TYPO.replace("ecr:PutImagee", "ecr:GetAuthorizationToken"));
        assert_eq!(verdict(&clean), None);
        assert_eq!(lines("-", &clean)[1], "-: no errors and no warnings.");
        let noted = report(&TYPO.replace("ecr:PutImagee", "ecr:Frobnicate"));
        assert_eq!((noted.findings.len(), verdict(&noted)), (1, None));
        assert!(lines("-", &noted)[1].contains(": info: `ecr:Frobnicate` is not in our list of "));
    }
}

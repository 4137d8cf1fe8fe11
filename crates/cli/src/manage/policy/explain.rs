//! `longshore policy explain`

use longshore_app::policies::{ExplainedText, Finding, Severity, explain_text};
use serde_json::{Value, json};

use super::{arguments::PolicyText, input};
use crate::{failure::Failure, output};

/// Explains the policies in a file.
pub(super) fn run(arguments: &PolicyText, as_json: bool) -> Result<(), Failure> {
    let input = input::read(arguments)?;
    let text = input.text.map_err(|finding| unusable(&input.name, &finding))?;
    let explained = explain_text(&text, &input.options);
    let problem = explained.findings.iter().find(|finding| finding.severity != Severity::Note);
    if explained.documents.is_empty() {
        return Err(match problem.or(explained.findings.first()) {
            Some(finding) => unusable(&input.name, finding),
            None => Failure::Failed(format!("{} has no policy.", input.name)),
        });
    }
    if as_json {
        events(&explained).iter().for_each(output::json);
        output::summary(&summary(&explained, input.options.kind.is_some()));
    } else {
        let problems = explained.findings.iter().filter(|finding| finding.severity != Severity::Note);
        problems.for_each(|finding| output::note(&placed(&input.name, finding)));
        lines(&explained).iter().for_each(|line| output::line(line));
    }
    Ok(())
}

/// A text without a policy.
fn unusable(name: &str, finding: &Finding) -> Failure {
    let hint = finding.hint.as_deref().map(|hint| format!("\n{hint}")).unwrap_or_default();
    Failure::Failed(format!("{}{hint}", placed(name, finding)))
}

fn placed(name: &str, finding: &Finding) -> String {
    let at = finding.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    format!("{name}{at}: {}", finding.text)
}

/// The sentences for people.
fn lines(explained: &ExplainedText) -> Vec<String> {
    let mut lines = Vec::new();
    for document in &explained.documents {
        let of = document.repository.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default();
        lines.push(format!("{}{of}:", longshore_names::capital(document.kind.phrase())));
        for statement in &document.statements {
            let name = statement.sid.as_ref().filter(|sid| !sid.is_empty());
            let name = name.map_or_else(|| (statement.index + 1).to_string(), Clone::clone);
            lines.push(format!("  {name}: {}", statement.text));
        }
    }
    lines
}

/// The statements for programs.
fn events(explained: &ExplainedText) -> Vec<Value> {
    let of = |(at, document): (usize, &longshore_app::policies::ExplainedDocument)| {
        let event = move |statement: &longshore_app::policies::ExplainedStatement| {
            json!({
                "event": "statement", "document": at, "index": statement.index, "sid": statement.sid,
                "effect": statement.effect, "text": statement.text,
            })
        };
        document.statements.iter().map(event).collect::<Vec<_>>()
    };
    explained.documents.iter().enumerate().flat_map(of).collect()
}

fn summary(explained: &ExplainedText, kind_given: bool) -> Value {
    let documents: Vec<Value> = explained
        .documents
        .iter()
        .map(|document| {
            json!({
                "kind": document.kind, "what": document.kind.phrase(), "repository": document.repository,
                "statements": document.statements.len(),
                "position": {"line": document.position.line, "column": document.position.column},
            })
        })
        .collect();
    let statements: usize = explained.documents.iter().map(|document| document.statements.len()).sum();
    let mut summary = json!({
        "event": "summary", "kind": explained.documents.first().map(|document| document.kind),
        "kind_given": kind_given, "documents": documents, "statements": statements,
        "unwrapped": explained.unwrapped,
    });
    let problem = |finding: &&Finding| finding.severity != Severity::Note;
    let problems: Vec<&str> =
        explained.findings.iter().filter(problem).map(|finding| finding.text.as_str()).collect();
    if !problems.is_empty() {
        summary["problems"] = json!(problems);
    }
    summary
}

#[cfg(test)]
mod tests {
    use longshore_app::policies::LintOptions;

    use super::*;

    #[test]
    fn every_statement_has_a_sentence_and_its_number() {
        let text = r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "Token", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
            {"Effect": "Deny", "Action": "ecr:DeleteRepository", "Resource": "*"}]}"#;
        let explained = explain_text(text, &LintOptions::default());
        assert_eq!(
            lines(&explained),
            [
                "An IAM policy for users and roles:",
                "  Token: Users and roles with this policy may sign in to ECR (`ecr:GetAuthorizationToken`).",
                "  2: Users and roles with this policy must not use `ecr:DeleteRepository` on any repository.",
            ]
        );
        let events = events(&explained);
        assert_eq!(
            (&events[1]["index"], &events[1]["effect"], &events[1]["sid"]),
            (&json!(1), &json!("Deny"), &json!(null))
        );
        let summary = summary(&explained, false);
        assert_eq!((&summary["kind"], &summary["statements"]), (&json!("identity"), &json!(2)));
    }
}

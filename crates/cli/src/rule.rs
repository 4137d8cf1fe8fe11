//! `longshore rule …`

use std::path::Path;

use chrono::Utc;
use longshore_app::{
    access::Endpoints,
    api::ApiError,
    transfer::{
        Choice, CompiledRule, Driver, Finding, Rules, choose, decide, decode, explain, rule_source, schema,
    },
};
use serde_json::json;

use crate::{
    arguments::{CheckRule, ExplainRule, Rule},
    copy,
    failure::Failure,
    output,
};

/// Runs a command about rules.
pub(crate) async fn run(command: Rule) -> Result<(), Failure> {
    match command {
        Rule::Explain(options) => explain_rules(options).await,
        Rule::Check(CheckRule { file, json }) => {
            let rules = read(&file, json)?;
            let count = rules.rules.len();
            if json {
                output::summary(
                    &json!({"event": "summary", "rules": count, "findings": rules.findings.len()}),
                );
            } else {
                output::line(&format!("{}: {}", file.display(), verdict(count, rules.findings.len())));
            }
            Ok(())
        }
        Rule::Schema => {
            let text = serde_json::to_string_pretty(&schema()).map_err(std::io::Error::from)?;
            output::line(&text);
            Ok(())
        }
    }
}

/// The result of a check, in a sentence.
fn verdict(rules: usize, findings: usize) -> String {
    let rules = if rules == 1 { "1 rule".to_owned() } else { format!("{rules} rules") };
    let found = match findings {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        several => format!("{several} findings"),
    };
    format!("{rules}, {found}.")
}

/// Reads a rule file; errors and other findings are printed with their line.
pub(crate) fn read(file: &Path, as_json: bool) -> Result<Rules, Failure> {
    let name = file.display();
    let bytes = std::fs::read(file).map_err(|error| {
        ApiError::input("file-unreadable", "file", format!("{name} cannot be read: {error}."))
    })?;
    let unusable = |count: usize| {
        let found = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
        let text = format!("{name} cannot be used: {found}.");
        let error = ApiError::input("rules-invalid", "file", text);
        error.hint("Each finding says what to change; `longshore rule check` checks it again.")
    };
    let text = decode(&bytes).map_err(|finding| {
        report(file, &finding, as_json);
        unusable(1)
    })?;
    match Rules::read(&text) {
        Ok(rules) => {
            rules.findings.iter().for_each(|finding| report(file, finding, as_json));
            Ok(rules)
        }
        Err(findings) => {
            findings.iter().for_each(|finding| report(file, finding, as_json));
            Err(unusable(findings.len()).into())
        }
    }
}

fn report(file: &Path, finding: &Finding, as_json: bool) {
    if as_json {
        let mut value = serde_json::to_value(finding).unwrap_or_default();
        value["event"] = "finding".into();
        output::json(&value);
        return;
    }
    let place = finding.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    let hint = finding.hint.as_deref().map(|hint| format!(" {hint}")).unwrap_or_default();
    output::note(&format!("{}{place}: {}{hint}", file.display(), finding.text));
}

async fn explain_rules(options: ExplainRule) -> Result<(), Failure> {
    let ExplainRule { file, rules, images, json, open } = options;
    let rules = read(&file, json)?.only(&rules)?;
    let endpoints = Endpoints::new(copy::endpoint_options(open).await?);
    let mut chosen = Vec::new();
    for rule in &rules.rules {
        explain_one(&endpoints, rule, json).await;
        if images {
            let source = rule_source(&endpoints, rule).await?;
            let choice = choose(&source, rule, Utc::now()).await.map_err(ApiError::from)?;
            show(rule.name(), &choice, json);
            chosen.push(choice);
        }
    }
    if json {
        let selected: usize = chosen.iter().map(Choice::selected).sum();
        output::summary(&json!({"event": "summary", "rules": rules.rules.len(), "selected": selected}));
    }
    Ok(())
}

async fn explain_one(endpoints: &Endpoints, rule: &CompiledRule, as_json: bool) {
    let sentences = explain(rule, &|_| None);
    let driver = decide(endpoints, rule).await.driver;
    if as_json {
        output::json(&json!({
            "event": "rule", "rule": rule.name(), "sentences": sentences, "decision": driver,
        }));
        return;
    }
    output::line(&format!("{}:", rule.name()));
    sentences.iter().for_each(|sentence| output::line(&format!("  {sentence}")));
    match driver {
        Driver::Native { reason } => output::line(&format!("  Native: {reason}")),
        Driver::Engine { reasons } => {
            output::line("  Engine, because");
            for reason in reasons {
                let change = reason.to_native.map(|change| format!(" {change}")).unwrap_or_default();
                output::line(&format!("  - {}{change}", reason.text));
            }
        }
        _ => {}
    }
}

/// Prints for every tag whether it is copied.
pub(crate) fn show(rule: &str, choice: &Choice, as_json: bool) {
    for selection in &choice.selections {
        let repository = &selection.repository;
        for selected in &selection.selected {
            let tag = &selected.tag;
            if as_json {
                output::json(&json!({
                    "event": "selected", "rule": rule, "repository": repository, "tag": tag,
                    "digest": selected.digest, "pushed": selected.pushed,
                }));
            } else {
                output::line(&format!("  {repository}:{tag}: copied"));
            }
        }
        for other in &selection.not_selected {
            let (tag, reason) = (&other.tag, other.reason.to_string());
            if as_json {
                output::json(&json!({
                    "event": "not_selected", "rule": rule, "repository": repository, "tag": tag,
                    "code": other.reason.code(), "reason": reason,
                }));
            } else {
                output::line(&format!("  {repository}:{tag}: {reason}"));
            }
        }
        for other in &selection.undecided {
            let tag = &other.tag;
            if as_json {
                output::json(&json!({
                    "event": "not_selected", "rule": rule, "repository": repository, "tag": tag,
                    "code": "undecided", "reason": UNDECIDED,
                }));
            } else {
                output::line(&format!("  {repository}:{tag}: {UNDECIDED}"));
            }
        }
    }
    for repository in &choice.missing {
        let reason = "the source has no such repository";
        if as_json {
            output::json(&json!({
                "event": "not_selected", "rule": rule, "repository": repository, "tag": null,
                "code": "repository-not-found", "reason": reason,
            }));
        } else {
            output::line(&format!("  {repository}: {reason}"));
        }
    }
}

const UNDECIDED: &str = "not copied: the source does not provide what the rule asks for";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(text: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rules.yaml");
        std::fs::write(&file, text).unwrap();
        match read(&file, false) {
            Ok(rules) => Ok(verdict(rules.rules.len(), rules.findings.len())),
            Err(failure) => Err(failure.to_string()),
        }
    }

    #[test]
    fn a_rule_file_of_any_editor_is_read_and_odd_quotes_are_not_nothing() {
        let plain = "version: 1\nrules:\n- name: prod\n  source: {registry: 111122223333/us-west-2, repositories: [{prefix: prod-}]}\n  \
                     destinations: [{registry: 'localhost:5000'}]\n";
        let (nothing, one) = ("1 rule, no findings.", "1 rule, 1 finding.");
        assert_eq!(check(plain.as_bytes()).as_deref(), Ok(nothing));
        assert_eq!(
            check(format!("\u{feff}{}", plain.replace('\n', "\r\n")).as_bytes()).as_deref(),
            Ok(nothing)
        );
        let little: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(plain.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(check(&little).as_deref(), Ok(nothing));
        let big: Vec<u8> =
            [0xfe, 0xff].into_iter().chain(plain.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(check(&big).as_deref(), Ok(nothing));
        let quoted = plain.replace("prod-}", "\u{201c}prod-\u{201d}}");
        assert_eq!(check(quoted.as_bytes()).as_deref(), Ok(one));
        let half = plain.replace("prod-}", "\u{201c}prod-}");
        assert!(check(half.as_bytes()).is_err_and(|text| text.contains("cannot be used: 1 finding.")));
        let windows: Vec<u8> = plain
            .replace("prod-}", "\u{1}prod-\u{2}}")
            .bytes()
            .map(|b| match b {
                1 => 0x93,
                2 => 0x94,
                b => b,
            })
            .collect();
        assert!(check(&windows).is_err_and(|text| text.contains("cannot be used: 1 finding.")));
    }
}

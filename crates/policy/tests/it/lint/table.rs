//! Every case of the table, and what holds for all of them.

use std::collections::BTreeSet;

use regex::Regex;

use super::{cases, kinds, told};

#[test]
fn every_document_has_exactly_these_findings() {
    let all = cases(None);
    assert!(all.len() >= 150, "{}", all.len());
    let mut wrong = Vec::new();
    for case in &all {
        let report = case.report();
        let found: Vec<String> = report.findings.iter().map(told).collect();
        if (&kinds(&report), &found) != (&case.kind, &case.findings) {
            wrong.push(format!(
                "{}: {} {found:#?}\nnot {} {:#?}",
                case.name,
                kinds(&report),
                case.kind,
                case.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_examples_of_the_guide_and_the_managed_policies_have_no_error() {
    let guide = cases(Some("guide"));
    for name in [
        "FullAccess",
        "PowerUser",
        "ReadOnly",
        "PullOnly",
        "ECRReplicationServiceRolePolicy",
        "AWSECRPullThroughCache_ServiceRolePolicy",
        "ECRTemplateServiceRolePolicy",
    ] {
        assert!(guide.iter().any(|case| case.name.ends_with(name)), "{name}");
    }
    for case in guide {
        let report = case.report();
        let errors: Vec<String> =
            report.findings.iter().filter(|found| found.finding.is_error()).map(told).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.name);
    }
}

#[test]
fn every_finding_says_what_it_is_about_and_has_an_entry_among_the_codes() {
    let mut seen = BTreeSet::new();
    for case in cases(None) {
        for found in case.report().findings {
            let finding = &found.finding;
            seen.insert(finding.code);
            assert!(longshore_codes::find(finding.code).is_some(), "{}", finding.code);
            let texts = [Some(&finding.text), finding.hint.as_ref(), found.fix.as_ref().map(|fix| &fix.text)];
            for text in texts.into_iter().flatten() {
                assert!(text.ends_with(['.', '?', '!']), "{}: {text}", case.name);
                assert!(
                    text.starts_with(|c: char| c.is_uppercase() || c == '`' || c.is_ascii_digit()),
                    "{}: {text}",
                    case.name
                );
            }
            let at = finding.position.unwrap_or_else(|| panic!("{}: {finding:?}", case.name));
            let line = case.text.trim_start_matches('\u{feff}').split('\n').nth(at.line - 1);
            let line = line.unwrap_or_else(|| panic!("{}: {finding:?}", case.name));
            assert!(at.column <= line.chars().count() + 1, "{}: {finding:?}", case.name);
        }
    }
    let missing: Vec<String> = codes().into_iter().filter(|code| !seen.contains(code.as_str())).collect();
    // Lengths have tests of their own.
    assert_eq!(missing, ["policy-size", "policy-too-long"], "these have no case");
}

/// The codes in the sources of the check.
fn codes() -> BTreeSet<String> {
    let literal = Regex::new(
        r#"Finding::(?:error|warning|note|new)\(\s*"([a-z0-9-]+)"|\("([a-z]+(?:-[a-z0-9]+)+)", (?:Severity|ArnPart)"#,
    );
    let literal = literal.unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/iam/lint");
    let mut folders = vec![std::path::PathBuf::from(folder)];
    let mut codes = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let found = literal.captures_iter(&text).filter_map(|found| found.get(1).or(found.get(2)));
            codes.extend(found.map(|code| code.as_str().to_owned()));
        }
    }
    assert!(codes.len() > 60, "{codes:?}");
    codes
}

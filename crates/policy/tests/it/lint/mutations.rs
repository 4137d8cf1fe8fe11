//! One slip in an example of the guide is found at its place, with the word that was meant.

use longshore_policy::iam::lint::{LintFinding, LintReport};

use super::{Case, cases, told};

/// A slip: what the word was, what it is now, and where it begins.
struct Slip {
    was: String,
    is: String,
    text: String,
    line: usize,
    column: usize,
}

/// Each word that `pick` accepts, with a slip in it.
fn slips(case: &Case, pick: impl Fn(&str) -> bool, slip: impl Fn(&str) -> Vec<String>) -> Vec<Slip> {
    let mut all = Vec::new();
    let mut at = 0;
    // Strings are at odd places; the examples have no escapes.
    for (index, part) in case.text.split('"').enumerate() {
        if index % 2 == 1 && pick(part) {
            let before = &case.text[..at];
            for is in slip(part) {
                let text = format!("{before}{is}{}", &case.text[at + part.len()..]);
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
                all.push(Slip { was: part.to_owned(), is, text, line, column });
            }
        }
        at += part.len() + 1;
    }
    all
}

/// A letter is doubled, left out, replaced, or swapped with the next one, in the middle of the word.
fn typed(word: &str) -> Vec<String> {
    let at = word.len() * 2 / 3;
    let (head, tail) = (&word[..at], &word[at..]);
    let (first, second) = (&tail[..1], &tail[1..2]);
    let mut all = vec![format!("{head}{first}{tail}"), format!("{head}{}", &tail[1..])];
    all.push(format!("{head}q{}", &tail[1..]));
    if first != second {
        all.push(format!("{head}{second}{first}{}", &tail[2..]));
    }
    all
}

fn check(case: &Case, slip: &Slip) -> LintReport {
    longshore_policy::iam::lint::lint(&slip.text, &case.options)
}

/// The finding of `codes` at the place of the slip.
fn found<'r>(case: &Case, slip: &Slip, report: &'r LintReport, codes: &[&str]) -> &'r LintFinding {
    let here = |found: &&LintFinding| {
        let at = found.position();
        codes.contains(&found.finding.code) && (at.line, at.column) == (slip.line, slip.column)
    };
    report.findings.iter().find(here).unwrap_or_else(|| {
        let all: Vec<String> = report.findings.iter().map(told).collect();
        panic!("{}: `{}` at {}:{} is not found: {all:?}", case.name, slip.is, slip.line, slip.column)
    })
}

fn is_action(word: &str) -> bool {
    let services = ["ecr:", "iam:", "kms:", "sts:", "signer:", "inspector2:"];
    services.iter().any(|head| word.starts_with(head))
        && !word.contains(['*', '/'])
        && word.matches(':').count() == 1
        && !["iam:AWSServiceName"].contains(&word)
}

#[test]
fn a_slip_in_an_action_is_found_with_the_action_that_was_meant() {
    let mut count = 0;
    for case in cases(Some("guide")) {
        for slip in slips(&case, is_action, typed) {
            if slip.was.starts_with("ecr:ResourceTag") {
                continue;
            }
            count += 1;
            let report = check(&case, &slip);
            let found = found(&case, &slip, &report, &["action-unknown", "action-invalid"]);
            assert!(found.finding.is_error(), "{}: {}", case.name, told(found));
            let fix = found.fix.as_ref().unwrap_or_else(|| panic!("{}: {}", case.name, slip.is));
            assert!(fix.text.contains(&format!("`{}`", slip.was)), "{}: {fix:?}", slip.is);
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn a_slip_in_the_service_of_an_action_is_found() {
    let of_service = |word: &str| word.starts_with("ecr:") && is_action(word);
    let swapped = |word: &str| vec![word.replacen("ecr:", "erc:", 1), word.replacen("ecr:", "eccr:", 1)];
    let mut count = 0;
    for case in cases(Some("guide")) {
        for slip in slips(&case, of_service, swapped) {
            if slip.was.starts_with("ecr:ResourceTag") {
                continue;
            }
            count += 1;
            let report = check(&case, &slip);
            let found = found(&case, &slip, &report, &["action-unknown", "action-invalid"]);
            assert!(found.finding.is_error() && found.fix.is_some(), "{}: {}", case.name, told(found));
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_slip_in_a_condition_key_or_operator_is_found() {
    let mut count = 0;
    let keys = |word: &str| word.starts_with("aws:") || word == "iam:AWSServiceName";
    let operators = |word: &str| ["StringEquals", "StringLike", "ArnLike", "NotIpAddress"].contains(&word);
    for case in cases(Some("guide")) {
        let of_keys = slips(&case, keys, |word| {
            let end = word.find('/').unwrap_or(word.len());
            let spelled = typed(&word[..end]);
            spelled.into_iter().map(|head| head + &word[end..]).collect()
        });
        for slip in of_keys {
            count += 1;
            let report = check(&case, &slip);
            let found = found(&case, &slip, &report, &["condition-key-unknown"]);
            assert!(found.finding.is_error() && found.fix.is_some(), "{}: {}", slip.is, told(found));
        }
        for slip in slips(&case, operators, typed) {
            count += 1;
            let report = check(&case, &slip);
            let found = found(&case, &slip, &report, &["condition-operator-unknown"]);
            assert!(found.finding.hint.as_ref().unwrap().contains(&slip.was), "{}", slip.is);
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn a_slip_in_any_part_of_an_arn_is_found() {
    let mut count = 0;
    let arns = |word: &str| word.starts_with("arn:aws:ecr:us-") || word.starts_with("arn:aws:iam::1");
    let part = |word: &str| -> Vec<String> {
        let parts: Vec<&str> = word.splitn(6, ':').collect();
        let with = |index: usize, new: &str| {
            let mut parts = parts.clone();
            parts[index] = new;
            parts.join(":")
        };
        let mut all = vec![
            with(0, "anr"),
            with(1, "awss"),
            with(2, if parts[2] == "ecr" { "erc" } else { "iaam" }),
            with(4, &parts[4][1..]),
            with(4, &format!("{}0", parts[4])),
        ];
        if parts[2] == "ecr" {
            all.push(with(3, &parts[3].replacen("west", "wset", 1).replacen("east", "esat", 1)));
            all.push(with(5, &parts[5].replacen("repository/", "repositroy/", 1)));
            // Everything of a registry is all of its repositories.
            all.extend(
                parts[5].strip_prefix("repository/").filter(|name| *name != "*").map(|name| with(5, name)),
            );
        }
        all
    };
    for case in cases(Some("guide")) {
        for slip in slips(&case, arns, part) {
            count += 1;
            let report = check(&case, &slip);
            let codes =
                ["resource-invalid", "account-id-invalid", "principal-partition", "principal-invalid"];
            let found = found(&case, &slip, &report, &codes);
            assert!(found.finding.is_error(), "{}: {}", slip.is, told(found));
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_slip_in_an_element_or_an_effect_is_found() {
    let elements = |word: &str| ["Effect", "Principal", "Action", "Resource", "Condition"].contains(&word);
    let mut count = 0;
    for case in cases(Some("guide")) {
        for slip in slips(&case, elements, typed) {
            count += 1;
            let report = check(&case, &slip);
            assert!(found(&case, &slip, &report, &["field-misspelt"]).finding.is_error(), "{}", slip.is);
        }
        for slip in slips(&case, |word| ["Allow", "Deny"].contains(&word), typed) {
            count += 1;
            let report = check(&case, &slip);
            assert!(found(&case, &slip, &report, &["effect-invalid"]).fix.is_some(), "{}", slip.is);
        }
    }
    assert!(count > 300, "{count}");
}

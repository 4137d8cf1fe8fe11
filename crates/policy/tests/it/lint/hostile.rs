//! Texts that are made to be slow, deep or odd.

use std::time::{Duration, Instant};

use longshore_policy::iam::lint::{LintOptions, MAX_TEXT, PolicyKind, lint};
use proptest::prelude::*;
use serde_json::json;

fn quick(text: &str, kind: Option<PolicyKind>) -> usize {
    let start = Instant::now();
    let report = lint(text, &LintOptions { kind, ..LintOptions::default() });
    assert!(start.elapsed() < Duration::from_secs(20), "{:?} for {} bytes", start.elapsed(), text.len());
    report.findings.len()
}

#[test]
fn large_documents_are_checked_in_time_and_the_findings_are_bounded() {
    let statement = |i: usize| {
        json!({ "Sid": format!("S{i}"), "Effect": "Allow", "Action": ["ecr:PutImagee", "ecr:*Image", "ecr:B*"],
                "Resource": [format!("arn:aws:ecr:us-wset-2:111122223333:repository/{i}*{i}*"), "*"] })
    };
    let many = json!({ "Version": "2012-10-17", "Statement": (0..900).map(statement).collect::<Vec<_>>() });
    assert_eq!(quick(&many.to_string(), Some(PolicyKind::Identity)), 500);
    let actions: Vec<String> = (0..9_000).map(|i| format!("ecr:*{i}*a*b")).collect();
    let long = json!({ "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": actions, "Resource": "*" } });
    assert!(quick(&long.to_string(), None) <= 500);
    let stars = json!({ "Version": "2012-10-17", "Statement": (0..40).map(|i| json!({
        "Effect": "Allow", "Action": format!("ecr:{}", "*a".repeat(1_000 + i)), "Resource": "*" })).collect::<Vec<_>>() });
    quick(&stars.to_string(), None);
    assert!(quick(&"x".repeat(MAX_TEXT + 1), None) > 0);
    for open in ["[", "{\"Statement\":[", "{\"a\":", "\"", "${", "arn:"] {
        quick(&open.repeat(MAX_TEXT / open.len()), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_of_a_policys_letters_is_read_without_a_panic(text in "[\\{\\}\\[\\]\",: SEATPRCcrein*é\u{200b}]{0,80}") {
        lint(&text, &LintOptions::default());
    }

    #[test]
    fn any_value_in_any_element_is_read_without_a_panic(value in "[a-z:*${}/é\u{a0}]{0,30}", list in any::<bool>()) {
        let odd = if list { json!([value, 7, null, {}]) } else { json!(value) };
        for element in ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"] {
            let mut statement = json!({ "Effect": "Allow", "Principal": { "AWS": odd }, "Action": odd, "Resource": odd,
                "Condition": { value.clone(): { value.clone(): odd } } });
            statement[element] = odd.clone();
            for kind in [PolicyKind::Registry, PolicyKind::Repository, PolicyKind::Identity, PolicyKind::Trust] {
                let text = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
                lint(&text, &LintOptions { kind: Some(kind), ..LintOptions::default() });
            }
        }
    }
}

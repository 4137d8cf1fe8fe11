//! Limits of length, by kind.

use longshore_policy::{
    Severity,
    iam::lint::{LintOptions, PolicyKind, lint},
};
use serde_json::{Value, json};

/// A policy with exactly this many characters without white space.
fn of_length(kind: PolicyKind, length: usize) -> Value {
    let mut statement = json!({ "Sid": "A", "Effect": "Allow", "Action": "ecr:ListImages" });
    if kind == PolicyKind::Trust {
        statement["Action"] = "sts:AssumeRole".into();
    } else {
        statement["Resource"] = "arn:aws:ecr:us-west-2:111122223333:repository/app".into();
    }
    if kind != PolicyKind::Identity {
        statement["Principal"] = json!({ "AWS": "arn:aws:iam::777788889999:role/x" });
    }
    let mut policy = json!({ "Version": "2012-10-17", "Id": "", "Statement": [statement] });
    policy["Id"] = "i".repeat(length - policy.to_string().len()).into();
    assert_eq!(policy.to_string().len(), length);
    policy
}

/// The findings about length, with or without white space in between.
fn found(kind: PolicyKind, length: usize) -> Vec<(&'static str, Severity)> {
    let policy = of_length(kind, length);
    let options = LintOptions { kind: Some(kind), ..LintOptions::default() };
    let of = |text: &str| -> Vec<_> {
        let report = lint(text, &options);
        assert_eq!(report.documents[0].kind, Some(kind), "{:?}", report.findings);
        let sizes = report.findings.iter().filter(|f| f.finding.code.starts_with("policy-"));
        sizes.map(|f| (f.finding.code, f.finding.severity)).collect()
    };
    let (dense, pretty) = (of(&policy.to_string()), of(&longshore_policy::pretty(&policy)));
    assert_eq!(dense, pretty, "white space does not count");
    dense
}

#[test]
fn each_kind_has_its_limits() {
    let (long, size) = (("policy-too-long", Severity::Error), "policy-size");
    for (kind, length, expected) in [
        (PolicyKind::Registry, 10_240, None),
        (PolicyKind::Registry, 10_241, Some(long)),
        (PolicyKind::Repository, 10_240, None),
        (PolicyKind::Repository, 10_241, Some(long)),
        (PolicyKind::Identity, 2_048, None),
        (PolicyKind::Identity, 2_049, Some((size, Severity::Note))),
        (PolicyKind::Identity, 6_144, Some((size, Severity::Note))),
        (PolicyKind::Identity, 6_145, Some(long)),
        (PolicyKind::Identity, 131_073, Some(long)),
        (PolicyKind::Trust, 2_048, None),
        (PolicyKind::Trust, 2_049, Some((size, Severity::Warning))),
        (PolicyKind::Trust, 8_192, Some((size, Severity::Warning))),
        (PolicyKind::Trust, 8_193, Some(long)),
    ] {
        assert_eq!(found(kind, length), expected.into_iter().collect::<Vec<_>>(), "{kind:?} {length}");
    }
}

//! The whole report: what stops, overrides, holds, blocks, the summary.

use longshore_promotion::{
    DestinationSummary, Exit, Summary,
    barrier::DestinationState,
    gate::{EntryPoint, GateReport, GateState, Override, Standing, evaluate},
    hold::{Block, Hold},
};
use serde_json::json;

use super::{facts, gate};
use crate::common::{at, digest, person, place, tag};

fn report(gates: &[&str]) -> GateReport {
    let gates: Vec<_> = gates.iter().map(|text| gate(text)).collect();
    GateReport {
        digest: digest('a'),
        answers: evaluate(&gates, &facts()),
        hold: None,
        block: None,
        overridden: None,
    }
}

fn by(reason: &str) -> Override {
    Override { by: person("alice"), reason: reason.into(), at: at("2026-02-01T10:00:00Z") }
}

#[test]
fn failed_and_unknown_gates_stop() {
    let report = report(&[
        "{ minimum_age: 1h }",
        "{ approvals: 1 }",
        "{ signature: { key: a } }",
        "{ scan: { max_severity: low }, if_present: true }",
    ]);
    let states: Vec<GateState> = report.answers.iter().map(|answer| answer.state).collect();
    assert_eq!(states, [GateState::Pass, GateState::Fail, GateState::NotKnown, GateState::Amber]);
    let standing = report.standing(EntryPoint::Manual);
    assert_eq!(standing, Standing::Stopped(vec!["approvals".into(), "signature".into()]));
    assert_eq!(Exit::of_standing(&standing).map(Exit::code), Some(3));
}

#[test]
fn an_override_needs_a_reason_and_keeps_the_evidence() {
    let mut report = report(&["{ minimum_age: 3h }", "{ tag_scheme: semver }"]);
    for wrong in ["", "  ", &"x".repeat(1_001), "a\u{202e}b"] {
        assert_eq!(report.override_by(by(wrong)).unwrap_err().code(), "promotion-override-reason");
    }
    let evidence = report.answers[0].evidence.clone();
    report.override_by(by("the shop is down")).unwrap();
    assert_eq!((report.answers[0].state, report.answers[1].state), (GateState::Overridden, GateState::Pass));
    assert_eq!(report.answers[0].evidence, evidence);
    assert_eq!(report.standing(EntryPoint::Manual), Standing::Go);
    assert_eq!(report.overridden.unwrap().reason, "the shop is down");
}

#[test]
fn some_gates_and_blocks_cannot_be_overridden() {
    let mut fixed = report(&["{ approvals: 1, no_override: true }"]);
    assert_eq!(fixed.override_by(by("hurry")).unwrap_err().code(), "promotion-override-refused");
    let mut blocked = report(&["{ approvals: 1 }"]);
    blocked.block = Some(Block {
        digest: digest('a'),
        by: person("bob"),
        at: at("2026-02-01T09:00:00Z"),
        reason: "CVE".into(),
    });
    assert_eq!(blocked.override_by(by("hurry")).unwrap_err().code(), "promotion-blocked");
    let standing = blocked.standing(EntryPoint::Rollback);
    assert_eq!(
        standing,
        Standing::Blocked("sha256:aaaaaaaaaaaa is blocked by bob since 2026-02-01 09:00 UTC: CVE".into())
    );
}

#[test]
fn a_hold_skips_what_no_person_started() {
    let mut held = report(&[]);
    held.hold =
        Some(Hold { by: person("bob"), at: at("2026-02-01T09:00:00Z"), reason: "it was rolled back".into() });
    for entry in [EntryPoint::Schedule, EntryPoint::Rule, EntryPoint::ReleaseSet] {
        assert!(
            matches!(held.standing(entry), Standing::Skipped(text) if text.starts_with("Held by bob since"))
        );
    }
    assert_eq!(held.standing(EntryPoint::Manual), Standing::Go);
    assert_eq!(held.standing(EntryPoint::Rollback), Standing::Go);
}

#[test]
fn the_summary_has_the_form_of_the_command_line() {
    let report = report(&["{ tag_scheme: semver }", "{ signature: { key: a } }"]);
    let there = place("444455556666/us-west-2", "prod-api");
    let done = DestinationSummary::new(
        &there,
        Some(tag("1.4.2")),
        digest('a'),
        &DestinationState::Tagged(digest('a')),
    );
    let (path, stage) = ("shop".parse().unwrap(), "production".parse().unwrap());
    let summary =
        Summary::new((&path, &stage), Some(tag("1.4.2")), &report, vec![done], Some("ff".into()), Exit::Done);
    assert_eq!(
        serde_json::to_value(&summary).unwrap(),
        json!({
            "event": "summary", "path": "shop", "stage": "production", "build": digest('a'), "tag": "1.4.2",
            "gates": [
                { "gate": "tag_scheme", "state": "pass", "evidence": "The tag `1.4.2` has the scheme semantic version." },
                {
                    "gate": "signature", "state": "fail",
                    "evidence": "The signatures were not read: Longshore did not look.",
                    "satisfied_by": "The build must be signed by the key `a`.",
                },
            ],
            "destinations": [{
                "registry": "444455556666/us-west-2", "repository": "prod-api",
                "tag": "1.4.2", "digest": digest('a'), "state": "tagged",
            }],
            "record": "ff", "exit": 0,
        })
    );
}

#[test]
fn a_report_reads_as_sentences() {
    let file = include_str!("../full.yaml");
    let path = &crate::common::paths(file)[0];
    let gates = path.stages.iter().flat_map(|stage| &stage.gates);
    let answers = evaluate(&gates.cloned().collect::<Vec<_>>(), &facts());
    let lines = answers.iter().map(|answer| {
        let way_out =
            answer.satisfied_by.as_deref().map(|text| format!("\n    -> {text}")).unwrap_or_default();
        let unchecked: String =
            answer.not_checked.iter().map(|text| format!("\n    not checked: {text}")).collect();
        format!("{} {}\n    {}{way_out}{unchecked}\n", answer.gate, answer.state.as_str(), answer.evidence)
    });
    insta::assert_snapshot!("gate_report", lines.collect::<String>());
}

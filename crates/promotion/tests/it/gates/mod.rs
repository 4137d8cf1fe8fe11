//! Each gate passing, failing and without evidence.

mod image;
mod outside;
mod previous;
mod proof;
mod report;
mod scan;

use std::collections::{BTreeMap, BTreeSet};

use longshore_promotion::{
    gate::{
        BuildFacts, Evidence, Gate, GateAnswer, GateFacts, GateState, PlatformFacts, PreviousFacts, evaluate,
    },
    scheme::TagScheme,
};

use crate::common::{at, digest, image, paths, place, tag};

/// The gate that a path file has as `text`.
pub(crate) fn gate(text: &str) -> Gate {
    let file = format!(
        "paths:\n  - name: shop\n    stages:\n      - {{ name: a, registry: ghcr.io }}\n      - name: b\n        registry: quay.io\n        gates:\n          - {text}\n"
    );
    paths(&file)[0].stages[1].gates[0].clone()
}

/// A build of which everything is known and good.
pub(crate) fn facts() -> GateFacts {
    let mut build = BuildFacts::unknown(digest('a'), Some(tag("1.4.2")));
    build.labels = Evidence::Known(map(&[("git-commit", "0a1b2c3")]));
    build.annotations = Evidence::Known(map(&[("team", "shop")]));
    let platform =
        |name: &str, digit, bytes| PlatformFacts { platform: name.into(), digest: digest(digit), bytes };
    build.platforms = Evidence::Known(vec![
        platform("linux/amd64", '1', 80_000_000),
        platform("linux/arm64/v8", '2', 90_000_000),
    ]);
    let images =
        vec![image('a', "1.4.2", "2026-02-01T08:00:00Z"), image('b', "1.4.1", "2026-01-01T08:00:00Z")];
    GateFacts {
        now: at("2026-02-01T10:00:00Z"),
        build,
        previous: Some(PreviousFacts {
            stage: "a".parse().unwrap(),
            images: vec![(place("ghcr.io", "api"), Evidence::Known(images))],
        }),
        scheme: Some(TagScheme::SEMVER),
        trusted: BTreeSet::new(),
        runs: BTreeMap::new(),
        approvals: Vec::new(),
    }
}

pub(crate) fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The answer of one gate; a sentence of evidence, and what would satisfy it unless it passes.
pub(crate) fn answer(text: &str, change: impl FnOnce(&mut GateFacts)) -> GateAnswer {
    let mut facts = facts();
    change(&mut facts);
    let answer = evaluate(&[gate(text)], &facts).remove(0);
    assert!(answer.evidence.ends_with(['.', '?']) && !answer.evidence.contains(".."), "{}", answer.evidence);
    assert_eq!(answer.satisfied_by.is_none(), answer.state == GateState::Pass, "{answer:?}");
    assert!(answer.satisfied_by.as_ref().is_none_or(|text| text.ends_with('.')), "{answer:?}");
    answer
}

pub(crate) fn state(text: &str, change: impl FnOnce(&mut GateFacts)) -> GateState {
    answer(text, change).state
}

#[track_caller]
pub(crate) fn says(answer: &GateAnswer, state: GateState, evidence: &str, way_out: &str) {
    assert_eq!(answer.state, state, "{answer:?}");
    assert!(answer.evidence.contains(evidence), "{answer:?}");
    assert!(answer.satisfied_by.as_deref().unwrap_or_default().contains(way_out), "{answer:?}");
}

#[test]
fn missing_evidence_stops_unless_the_gate_says_if_present() {
    let unknown = |facts: &mut GateFacts| {
        facts.build = BuildFacts::unknown(digest('a'), None);
        facts.previous.as_mut().unwrap().images[0].1 = Evidence::NotKnown("access denied".into());
    };
    let none = |facts: &mut GateFacts| {
        let build = &mut facts.build;
        (build.labels, build.annotations, build.platforms) =
            (Evidence::Missing, Evidence::Missing, Evidence::Missing);
        (build.scans, build.signatures, build.attestations) =
            (Evidence::Missing, Evidence::Missing, Evidence::Missing);
        facts.previous.as_mut().unwrap().images[0].1 = Evidence::Missing;
    };
    for gate in [
        "minimum_age: 1h",
        "in_previous_stage: true",
        "not_superseded: true",
        "labels: { a: b }",
        "annotations: { a: b }",
        "platforms: [linux/amd64]",
        "maximum_size: 1GB",
        "scan: { max_severity: medium }",
        "signature: { key: release }",
        "attestation: { predicate_type: x, signed_by: { key: release } }",
        "command: { run: [check] }",
        "webhook: { url: \"https://example.com\" }",
    ] {
        let is_external = gate.starts_with("command") || gate.starts_with("webhook");
        let strict = format!("{{ {gate} }}");
        let lenient = format!("{{ {gate}, if_present: true }}");
        assert_eq!(state(&strict, unknown), GateState::NotKnown, "{gate}");
        assert_eq!(state(&lenient, unknown), GateState::Amber, "{gate}");
        assert_eq!(
            state(&strict, none),
            if is_external { GateState::NotKnown } else { GateState::Fail },
            "{gate}"
        );
        assert_eq!(state(&lenient, none), GateState::Amber, "{gate}");
    }
}

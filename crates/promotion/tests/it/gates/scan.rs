//! The registry's scan, each platform by itself.

use longshore_promotion::gate::{
    ChildScan, Evidence, GateAnswer, GateState, ScanState, Vulnerability, VulnerabilitySeverity,
};

use super::{answer, says};
use crate::common::{at, digest};

fn complete(when: &str, found: &[(&str, &str)]) -> ScanState {
    let one = |(id, word): &(&str, &str)| Vulnerability {
        id: (*id).into(),
        severity: VulnerabilitySeverity::from_ecr(word),
    };
    ScanState::Complete { at: at(when), found: found.iter().map(one).collect() }
}

fn scanned(gate: &str, amd: ScanState, arm: Option<ScanState>) -> GateAnswer {
    answer(gate, |facts| {
        let child = |digit, state| ChildScan { digest: digest(digit), state };
        let children = [Some(child('1', amd)), arm.map(|arm| child('2', arm))];
        facts.build.scans = Evidence::Known(children.into_iter().flatten().collect());
    })
}

const TODAY: &str = "2026-02-01T09:00:00Z";
const MEDIUM: &str = "{ scan: { max_severity: medium, max_age: 7d } }";

fn clean() -> ScanState {
    complete(TODAY, &[("CVE-1", "MEDIUM"), ("CVE-2", "LOW")])
}

#[test]
fn nothing_above_a_severity_passes() {
    let found = scanned(MEDIUM, clean(), Some(clean()));
    says(
        &found,
        GateState::Pass,
        "linux/amd64: nothing above `medium` (2026-02-01 09:00 UTC); linux/arm64/v8: nothing",
        "",
    );
    assert!(found.not_checked.is_empty());
    let any_age = scanned("{ scan: { max_severity: medium } }", clean(), Some(clean()));
    assert_eq!(any_age.not_checked, ["The age of the scan was not checked."]);
}

#[test]
fn one_platform_is_enough_to_fail() {
    let bad = || complete(TODAY, &[("CVE-9", "HIGH")]);
    says(
        &scanned(MEDIUM, clean(), Some(bad())),
        GateState::Fail,
        "linux/arm64/v8: CVE-9 (high)",
        "Fix what is above `medium`",
    );
    for word in ["CRITICAL", "UNDEFINED", "UNTRIAGED", "NEW-WORD"] {
        let state = complete(TODAY, &[("CVE-9", word)]);
        says(&scanned(MEDIUM, state, Some(clean())), GateState::Fail, "CVE-9 (critical)", "");
    }
    let none = "{ scan: { max_severity: none } }";
    says(
        &scanned(none, complete(TODAY, &[("X", "INFORMATIONAL")]), Some(complete(TODAY, &[]))),
        GateState::Fail,
        "X (informational)",
        "",
    );
    let many: Vec<(&str, &str)> = vec![("CVE-9", "HIGH"); 9];
    says(&scanned(MEDIUM, complete(TODAY, &many), Some(clean())), GateState::Fail, "and 4 more", "");
}

#[test]
fn missing_unsupported_and_stale_scans_do_not_pass() {
    for (state, evidence) in [
        (ScanState::Missing, "linux/arm64/v8: no scan"),
        (ScanState::InProgress, "the scan is not complete"),
        (ScanState::Unsupported("UnsupportedImageError".into()), "cannot scan it (UnsupportedImageError)"),
        (ScanState::Failed("ScanNotFound".into()), "the scan failed (ScanNotFound)"),
        (complete("2026-01-20T00:00:00Z", &[]), "the scan is 12 days old; 7 days are allowed"),
        (complete("2026-02-03T00:00:00Z", &[]), "the clock of this computer is behind"),
    ] {
        says(
            &scanned(MEDIUM, clean(), Some(state.clone())),
            GateState::Fail,
            evidence,
            "Scan every platform",
        );
        let lenient = "{ scan: { max_severity: medium, max_age: 7d }, if_present: true }";
        says(&scanned(lenient, clean(), Some(state)), GateState::Amber, evidence, "");
    }
    says(
        &scanned(MEDIUM, clean(), None),
        GateState::Fail,
        "linux/arm64/v8: no scan of sha256:222222222222",
        "",
    );
    let unread = answer(MEDIUM, |facts| {
        facts.build.platforms = Evidence::not_asked();
        let child = ChildScan { digest: digest('1'), state: clean() };
        facts.build.scans = Evidence::Known(vec![child]);
    });
    says(&unread, GateState::Fail, "platforms of the image were not read", "");
}

#[test]
fn an_allowed_vulnerability_is_accepted_until_its_date() {
    let gate = |until: &str| {
        format!(
            "{{ scan: {{ max_severity: medium, max_age: 7d, allow: [{{ id: CVE-9, until: {until}, reason: not reachable }}] }} }}"
        )
    };
    let bad = || complete(TODAY, &[("CVE-9", "CRITICAL")]);
    says(
        &scanned(&gate("2026-02-02"), bad(), Some(clean())),
        GateState::Pass,
        "nothing above `medium`, 1 allowed by the path file",
        "",
    );
    says(
        &scanned(&gate("2026-02-01"), bad(), Some(clean())),
        GateState::Fail,
        "CVE-9 (allowed until 2026-02-01)",
        "",
    );
    let other = complete(TODAY, &[("CVE-90", "CRITICAL")]);
    says(&scanned(&gate("2026-02-02"), other, Some(clean())), GateState::Fail, "CVE-90 (critical)", "");
}

#[test]
fn a_scan_of_another_image_proves_nothing() {
    let found = answer(MEDIUM, |facts| {
        let children = ['1', '3'].map(|digit| ChildScan { digest: digest(digit), state: clean() });
        facts.build.scans = Evidence::Known(children.to_vec());
    });
    says(&found, GateState::Fail, "linux/arm64/v8: no scan of sha256:222222222222", "Scan every platform");
}

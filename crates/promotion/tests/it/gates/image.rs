//! The image itself: tag, labels, annotations, platforms, size.

use longshore_promotion::gate::{Evidence, GateState};

use super::{answer, map, says};
use crate::common::tag;

#[test]
fn a_tag_has_its_scheme() {
    let semver = "{ tag_scheme: semver }";
    says(&answer(semver, |_| ()), GateState::Pass, "The tag `1.4.2` has the scheme semantic version.", "");
    let other = answer(semver, |facts| facts.build.tag = Some(tag("fix-7")));
    says(
        &other,
        GateState::Fail,
        "`fix-7` does not have the scheme",
        "Give the build a tag such as `1.4.2`.",
    );
    let moving = answer(semver, |facts| facts.build.tag = Some(tag("latest")));
    says(&moving, GateState::Fail, "`latest` is a moving tag", "the tag that stays with it");
    says(
        &answer(semver, |facts| facts.build.tag = None),
        GateState::Fail,
        "by its digest",
        "Give the build a tag",
    );
}

#[test]
fn an_empty_label_asks_for_the_build_arg() {
    let gate = "{ labels: { git-commit: \"[0-9a-f]{7,40}\" } }";
    says(&answer(gate, |_| ()), GateState::Pass, "The label `git-commit` is `0a1b2c3`.", "");
    let with = |value: &str| {
        answer(gate, |facts| facts.build.labels = Evidence::Known(map(&[("git-commit", value)])))
    };
    says(
        &with(""),
        GateState::Fail,
        "The label `git-commit` is empty: has the build ARG the same name?",
        "Build the image with the label",
    );
    says(&with("main"), GateState::Fail, "is `main`, which does not match `[0-9a-f]{7,40}`", "");
    says(&with("0a1b2c3 "), GateState::Fail, "does not match", "");
    let without = answer(gate, |facts| facts.build.labels = Evidence::Known(map(&[])));
    says(&without, GateState::Fail, "The label `git-commit` is missing.", "");
    // An empty label is there, so `if_present` does not excuse it.
    let lenient = answer("{ labels: { git-commit: x }, if_present: true }", |facts| {
        facts.build.labels = Evidence::Known(map(&[("git-commit", "")]));
    });
    says(&lenient, GateState::Fail, "is empty", "");
    let hidden = with("a\u{202e}b\u{1b}[2J");
    assert!(!hidden.evidence.contains('\u{1b}') && !hidden.evidence.contains('\u{202e}'));
}

#[test]
fn annotations_are_asked_alike() {
    says(
        &answer("{ annotations: { team: shop } }", |_| ()),
        GateState::Pass,
        "The annotation `team` is `shop`.",
        "",
    );
    says(
        &answer("{ annotations: { team: web } }", |_| ()),
        GateState::Fail,
        "does not match `web`",
        "the annotation `team`",
    );
    says(
        &answer("{ annotations: { a: b, c: d } }", |_| ()),
        GateState::Fail,
        "`a` is missing. The annotation `c`",
        "the annotations `a` and `c`",
    );
}

#[test]
fn platforms_are_all_there() {
    says(
        &answer("{ platforms: [linux/amd64, linux/arm64] }", |_| ()),
        GateState::Pass,
        "linux/amd64 and linux/arm64/v8",
        "",
    );
    says(
        &answer("{ platforms: [linux/arm64/v7] }", |_| ()),
        GateState::Fail,
        "but not linux/arm64/v7",
        "Build the image for linux/arm64/v7 too.",
    );
    says(
        &answer("{ platforms: [windows/amd64, linux/s390x] }", |_| ()),
        GateState::Fail,
        "windows/amd64 and linux/s390x",
        "",
    );
}

#[test]
fn the_largest_platform_counts() {
    says(
        &answer("{ maximum_size: 90MB }", |_| ()),
        GateState::Pass,
        "linux/arm64/v8, has 90.0 MB; 90.0 MB are allowed.",
        "",
    );
    says(
        &answer("{ maximum_size: 85MB }", |_| ()),
        GateState::Fail,
        "90.0 MB; 85.0 MB",
        "smaller by 5.00 MB",
    );
}

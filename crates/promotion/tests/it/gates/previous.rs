//! The stage before: age, presence, later builds.

use longshore_promotion::{
    Since,
    gate::{Evidence, GateFacts, GateState},
};

use super::{answer, says};
use crate::common::{at, image, place, tags};

fn images(facts: &mut GateFacts) -> &mut Vec<longshore_promotion::StagedImage> {
    match &mut facts.previous.as_mut().unwrap().images[0].1 {
        Evidence::Known(images) => images,
        _ => panic!("not known"),
    }
}

#[test]
fn the_age_counts_from_the_push() {
    let one = answer("{ minimum_age: 1h }", |_| ());
    says(&one, GateState::Pass, "in the stage before for 2 hours (pushed 2026-02-01 08:00 UTC).", "");
    let exact = answer("{ minimum_age: 2h }", |_| ());
    says(&exact, GateState::Pass, "2 hours", "");
    let young = answer("{ minimum_age: 3h }", |_| ());
    says(
        &young,
        GateState::Fail,
        "2 hours",
        "Wait until 2026-02-01 11:00 UTC; it must be there for 3 hours.",
    );
}

#[test]
fn the_latest_arrival_and_the_registry_clock_count() {
    let two = answer("{ minimum_age: 1h }", |facts| {
        let late = image('a', "1.4.2", "2026-02-01T09:30:00Z");
        facts.previous.as_mut().unwrap().images.push((place("quay.io", "api"), Evidence::Known(vec![late])));
    });
    says(&two, GateState::Fail, "30 minutes", "10:30 UTC");
    let seen = answer("{ minimum_age: 1h }", |facts| {
        images(facts)[0].since = Some(Since::FirstSeen(at("2026-02-01T08:00:00Z")));
    });
    says(
        &seen,
        GateState::Pass,
        "first seen 2026-02-01 08:00 UTC, because the registry has no push times",
        "",
    );
    let unknown = answer("{ minimum_age: 1h }", |facts| images(facts)[0].since = None);
    says(&unknown, GateState::NotKnown, "It is not known since when", "Connect the registry");
}

#[test]
fn a_clock_that_is_behind_is_said() {
    let behind = answer("{ minimum_age: 1h }", |facts| facts.now = at("2026-01-31T08:00:00Z"));
    says(&behind, GateState::NotKnown, "the clock of this computer is behind", "Set the clock");
}

#[test]
fn every_destination_of_the_stage_before_has_the_build() {
    says(
        &answer("{ in_previous_stage: true }", |_| ()),
        GateState::Pass,
        "The stage `a` has sha256:aaaaaaaaaaaa in ghcr.io/api.",
        "",
    );
    let half = answer("{ in_previous_stage: true }", |facts| {
        let other = Evidence::Known(vec![image('b', "1.4.1", "2026-01-01T08:00:00Z")]);
        facts.previous.as_mut().unwrap().images.push((place("quay.io", "api"), other));
    });
    says(
        &half,
        GateState::Fail,
        "does not have sha256:aaaaaaaaaaaa in quay.io/api.",
        "Promote the build to `a` first.",
    );
    let denied = answer("{ in_previous_stage: true }", |facts| {
        let other = Evidence::NotKnown("access denied".into());
        facts.previous.as_mut().unwrap().images.push((place("quay.io", "api"), other));
    });
    says(&denied, GateState::NotKnown, "quay.io/api (access denied)", "access to the stage before");
    let first = answer("{ in_previous_stage: true }", |facts| facts.previous = None);
    says(&first, GateState::Fail, "first stage", "");
}

#[test]
fn a_later_build_supersedes() {
    says(&answer("{ not_superseded: true }", |_| ()), GateState::Pass, "has no later build", "");
    let later = answer("{ not_superseded: true }", |facts| images(facts)[1].tags = tags("1.5.0"));
    says(&later, GateState::Fail, "a later build, `1.5.0`", "Promote `1.5.0` instead.");
    // Its push was earlier, but the scheme has an order.
    let by_time = answer("{ not_superseded: true }", |facts| {
        facts.scheme = None;
        images(facts)[1] = image('b', "main-2", "2026-02-01T09:00:00Z");
    });
    says(&by_time, GateState::Fail, "`main-2`", "");
    let unsure = answer("{ not_superseded: true }", |facts| {
        facts.scheme = None;
        images(facts)[1].since = None;
    });
    says(&unsure, GateState::NotKnown, "which of two builds is later", "tag scheme that has an order");
}

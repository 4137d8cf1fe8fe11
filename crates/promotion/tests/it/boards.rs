//! The board comes from registries; the record only says who, and what was changed outside.

use longshore_policy::lifecycle::InUse;
use longshore_promotion::{
    Build, Spared, StagedImage,
    board::{Cell, Drift, StageFacts, row},
    gate::Evidence,
    hold::Holds,
    record::{Entry, Event, RollbackTarget},
    spared,
};

use crate::{
    common::{at, digest, image, paths, person, place, shop, tag},
    record::promoted,
};

fn cells(
    dev: Vec<StagedImage>,
    west: Vec<StagedImage>,
    east: Evidence<Vec<StagedImage>>,
    entries: &[Entry],
) -> Vec<Cell> {
    let path = shop();
    let facts = [
        StageFacts {
            stage: &path.stages[0],
            images: vec![(place("111122223333/us-west-2", "dev-api"), Evidence::Known(dev))],
        },
        StageFacts {
            stage: &path.stages[1],
            images: vec![
                (place("444455556666/us-west-2", "prod-api"), Evidence::Known(west)),
                (place("444455556666/eu-west-1", "prod-api"), east),
            ],
        },
    ];
    row(&path.name, &"api".parse().unwrap(), &facts, entries, &Holds::of(entries))
}

fn dev() -> Vec<StagedImage> {
    vec![
        image('a', "1.4.2", "2026-02-01T08:00:00Z"),
        image('b', "1.4.3", "2026-02-02T08:00:00Z"),
        image('c', "1.5.0 latest", "2026-02-03T08:00:00Z"),
        image('d', "", "2026-02-04T08:00:00Z"),
    ]
}

fn prod(digit: char) -> Vec<StagedImage> {
    vec![image(digit, "1.4.2", "2026-02-05T08:00:00Z")]
}

#[test]
fn a_cell_says_what_is_there_and_how_far_behind() {
    let entries = [promoted("api", 'a', "2026-02-05T08:00:00Z")];
    let cells = cells(dev(), prod('a'), Evidence::Known(prod('a')), &entries);
    assert_eq!(
        (&cells[0].digest, &cells[0].tag, cells[0].behind),
        (&Some(digest('c')), &Some(tag("1.5.0")), None)
    );
    let production = &cells[1];
    assert_eq!(
        (&production.digest, &production.tag, production.behind),
        (&Some(digest('a')), &Some(tag("1.4.2")), Some(2))
    );
    assert_eq!(production.by, Some(person("alice@example.com")));
    assert!(production.drift.is_empty() && production.differing.is_empty() && production.hold.is_none());
}

#[test]
fn a_tag_that_was_moved_or_removed_outside_is_drift() {
    let entries = [promoted("api", 'a', "2026-02-05T08:00:00Z")];
    let moved = &cells(dev(), prod('b'), Evidence::Known(prod('b')), &entries)[1];
    assert!(
        matches!(&moved.drift[..], [Drift::Moved { found, recorded, .. }] if *found == digest('b') && *recorded == digest('a'))
    );
    assert_eq!(
        (&moved.digest, &moved.by),
        (&Some(digest('b')), &None),
        "the registry counts, not the record"
    );
    let gone = &cells(dev(), vec![], Evidence::Known(vec![]), &entries)[1];
    assert!(matches!(&gone.drift[..], [Drift::Gone { .. }]));
    assert_eq!((&gone.digest, gone.behind), (&None, Some(3)));
}

#[test]
fn destinations_that_differ_or_are_closed_are_said() {
    let differ = &cells(dev(), prod('a'), Evidence::Known(prod('b')), &[])[1];
    assert!(
        differ.differing[0].ends_with("has another build, sha256:bbbbbbbbbbbb."),
        "{:?}",
        differ.differing
    );
    let closed = &cells(dev(), prod('a'), Evidence::NotKnown("access denied".into()), &[])[1];
    assert!(closed.differing[0].ends_with("could not be read: access denied."));
    let empty = &cells(dev(), vec![], Evidence::Known(vec![]), &[])[1];
    assert!(empty.differing.is_empty() && empty.digest.is_none());
}

#[test]
fn holds_and_blocks_are_marked() {
    let mut rolled = promoted("api", 'a', "2026-02-05T08:00:00Z");
    rolled.event = Event::RolledBack;
    let block = Entry::new(Event::Blocked, person("bob"), at("2026-02-06T08:00:00Z"))
        .build(digest('a'))
        .because("CVE");
    let cell = &cells(dev(), prod('a'), Evidence::Known(prod('a')), &[rolled, block])[1];
    assert!(cell.hold.is_some() && cell.block.as_ref().unwrap().reason == "CVE");
}

#[test]
fn a_build_has_all_its_names() {
    let (one, two) = (place("ghcr.io", "api"), place("quay.io", "prod-api"));
    let builds = Build::gather([
        (one.clone(), image('a', "1.4.2", "2026-02-01T08:00:00Z")),
        (two.clone(), image('a', "1.4.2 1.4", "2026-02-02T08:00:00Z")),
        (one.clone(), image('b', "1.4.3", "2026-02-02T08:00:00Z")),
    ]);
    assert_eq!(builds.len(), 2);
    let build = &builds[&digest('a')];
    assert_eq!(build.names.keys().collect::<Vec<_>>(), [&one, &two]);
    assert_eq!(build.tags(), [&tag("1.4"), &tag("1.4.2")]);
}

#[test]
fn a_stage_and_its_rollback_target_are_spared() {
    let path = &paths(crate::common::SHOP)[0];
    let cell = &cells(dev(), prod('a'), Evidence::Known(prod('a')), &[])[1];
    let target = RollbackTarget { digest: digest('f'), tag: None, entry: 1, skipped: vec![], drifted: false };
    let service = "api".parse().unwrap();
    let used =
        spared([Spared { path, stage: &path.stages[1], service: &service, cell, rollback: Some(&target) }]);
    let here = &used[&place("444455556666/eu-west-1", "prod-api")];
    let by = |digit| here.used_by(digest(digit).as_str(), &[]);
    assert_eq!(by('a').unwrap(), "the stage `production` of the path `shop` for `api`");
    assert_eq!(by('f').unwrap(), "the next rollback of `api` in the stage `production` of the path `shop`");
    assert_eq!(by('b'), None);
    let source = &used[&place("111122223333/us-west-2", "dev-api")];
    assert!(source.used_by(digest('f').as_str(), &[]).is_some(), "the source keeps the rollback target too");
}

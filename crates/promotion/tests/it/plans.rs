//! Plans: their hash, and what has changed since.

use std::collections::{BTreeMap, BTreeSet};

use longshore_promotion::{
    Place,
    gate::Evidence,
    path::TagChange,
    plan::{Changed, PlannedDestination, PlannedSource, PromotionPlan, RepositoryNow},
};

use crate::common::{digest, image, place, shop, tag};

fn source() -> Place {
    place("111122223333/us-west-2", "dev-api")
}

fn target() -> Place {
    place("444455556666/us-west-2", "prod-api")
}

fn plan() -> PromotionPlan {
    PromotionPlan {
        path: "shop".parse().unwrap(),
        path_hash: shop().hash,
        stage: "production".parse().unwrap(),
        service: "api".parse().unwrap(),
        digest: digest('a'),
        source: PlannedSource { place: source(), tag: Some(tag("1.4.2")) },
        destinations: vec![PlannedDestination {
            place: target(),
            replicated: false,
            tags: vec![
                (tag("1.4.2"), TagChange::Create),
                (tag("1.4"), TagChange::Move { from: digest('b') }),
            ],
        }],
        referrers: vec![],
    }
}

type Now = BTreeMap<Place, Evidence<RepositoryNow>>;

fn repository(tags: &[(&str, char)]) -> Evidence<RepositoryNow> {
    let tags: BTreeMap<_, _> = tags.iter().map(|(name, digit)| (tag(name), digest(*digit))).collect();
    Evidence::Known(RepositoryNow { digests: tags.values().cloned().collect::<BTreeSet<_>>(), tags })
}

fn now() -> Now {
    BTreeMap::from([(source(), repository(&[("1.4.2", 'a')])), (target(), repository(&[("1.4", 'b')]))])
}

fn changed(alter: impl FnOnce(&mut Now)) -> Vec<String> {
    let mut now = now();
    alter(&mut now);
    plan().changed(&shop().hash, &now).iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_has_changed() {
    assert_eq!(changed(|_| ()), [""; 0]);
    let half_done = |now: &mut Now| drop(now.insert(target(), repository(&[("1.4.2", 'a'), ("1.4", 'b')])));
    assert_eq!(changed(half_done), [""; 0], "an interrupted run can go on");
}

#[test]
fn a_source_that_moved_or_is_gone_is_found() {
    let moved = changed(|now| drop(now.insert(source(), repository(&[("1.4.2", 'c'), ("old", 'a')]))));
    assert_eq!(moved, ["The source's tag `1.4.2` names sha256:cccccccccccc now."]);
    let untagged = changed(|now| drop(now.insert(source(), repository(&[("old", 'a')]))));
    assert_eq!(untagged, ["The source's tag `1.4.2` does not exist now."]);
    let gone = format!("{} no longer has the build.", source());
    assert_eq!(changed(|now| drop(now.insert(source(), repository(&[("1.4.2", 'c')])))), [gone.as_str()]);
    assert_eq!(changed(|now| drop(now.insert(source(), Evidence::Missing))), [gone.as_str()]);
}

#[test]
fn a_destination_that_someone_else_changed_is_found() {
    let found = changed(|now| drop(now.insert(target(), repository(&[("1.4.2", 'c')]))));
    assert_eq!(
        found,
        [
            format!("The tag `1.4.2` in {} names sha256:cccccccccccc now.", target()),
            format!("The tag `1.4` in {} does not exist now.", target())
        ]
    );
    let closed = changed(|now| drop(now.insert(target(), Evidence::NotKnown("access denied".into()))));
    assert_eq!(closed, [format!("{} could not be read again: access denied.", target())]);
    assert_eq!(plan().changed("other", &now()), [Changed::Path]);
    assert_eq!(plan().changed(&shop().hash, &BTreeMap::new()).len(), 2, "nobody looked");
}

#[test]
fn the_hash_is_of_every_field() {
    let original = plan().hash();
    let alter = |change: &dyn Fn(&mut PromotionPlan)| {
        let mut plan = plan();
        change(&mut plan);
        plan.hash()
    };
    for (i, hash) in [
        alter(&|plan| plan.path = "other".parse().unwrap()),
        alter(&|plan| plan.path_hash = String::new()),
        alter(&|plan| plan.stage = "dev".parse().unwrap()),
        alter(&|plan| plan.service = "web".parse().unwrap()),
        alter(&|plan| plan.digest = digest('b')),
        alter(&|plan| plan.source.place = target()),
        alter(&|plan| plan.source.tag = None),
        alter(&|plan| plan.destinations[0].place = source()),
        alter(&|plan| plan.destinations[0].replicated = true),
        alter(&|plan| plan.destinations[0].tags[1].1 = TagChange::Create),
        alter(&|plan| plan.referrers = vec![digest('e')]),
    ]
    .into_iter()
    .enumerate()
    {
        assert_ne!(hash, original, "{i}");
    }
    assert_eq!(plan().hash(), original);
}

#[test]
fn a_refused_tag_is_named() {
    let mut plan = plan();
    assert!(plan.refused().is_empty());
    plan.destinations[0].tags[0].1 =
        TagChange::Refused { from: digest('b'), reason: "It is immutable.".into() };
    assert_eq!(plan.refused(), [(&target(), &tag("1.4.2"), "It is immutable.")]);
}

#[test]
fn an_older_build_is_known_by_its_tag_or_its_time() {
    let semver = longshore_promotion::scheme::TagScheme::SEMVER;
    let (one, two) =
        (image('a', "1.4.2", "2026-02-02T08:00:00Z"), image('b', "1.5.0", "2026-02-01T08:00:00Z"));
    assert_eq!(
        (one.is_later_than(&two, Some(&semver)), two.is_later_than(&one, Some(&semver))),
        (Some(false), Some(true))
    );
    assert_eq!((one.is_later_than(&two, None), two.is_later_than(&one, None)), (Some(true), Some(false)));
    let unknown = longshore_promotion::StagedImage { since: None, ..one.clone() };
    assert_eq!(unknown.is_later_than(&two, None), None);
}

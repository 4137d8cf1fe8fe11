//! All digests first, everywhere, proven; only then any tag.

use longshore_promotion::{
    Place,
    barrier::{Barrier, DestinationState, NextStep},
};

use crate::common::{digest, place};

fn there(region: &str) -> Place {
    place(&format!("444455556666/{region}"), "prod-api")
}

fn three() -> (Barrier, [Place; 3]) {
    let places = ["eu-west-1", "us-east-1", "us-west-2"].map(there);
    (Barrier::new(digest('a'), places.clone().map(|place| (place, false))), places)
}

#[test]
fn no_tag_moves_before_every_digest_is_proven() {
    let (mut barrier, places) = three();
    for (i, place) in places.iter().enumerate() {
        assert!(!barrier.is_open(), "{i} of 3 are proven");
        assert_eq!(barrier.next(), NextStep::Prove(places[i..].to_vec()));
        barrier.note(place, DestinationState::Copying);
        assert!(!barrier.is_open());
        barrier.note(place, DestinationState::Proven);
    }
    assert_eq!(barrier.next(), NextStep::Tag(places.to_vec()));
    for place in &places {
        assert_ne!(barrier.next(), NextStep::Done);
        barrier.note(place, DestinationState::Tagged(digest('a')));
    }
    assert_eq!(barrier.next(), NextStep::Done);
}

#[test]
fn a_failure_at_any_destination_leaves_every_tag() {
    for failing in 0..3 {
        let (mut barrier, places) = three();
        for (i, place) in places.iter().enumerate() {
            let state =
                if i == failing { DestinationState::Failed("429".into()) } else { DestinationState::Proven };
            barrier.note(place, state);
        }
        assert_eq!(barrier.next(), NextStep::Stopped(vec![(places[failing].clone(), "429".into())]));
        assert!(!barrier.is_open());
        barrier.resume();
        assert_eq!(barrier.next(), NextStep::Prove(vec![places[failing].clone()]));
        barrier.note(&places[failing], DestinationState::Proven);
        assert_eq!(barrier.next(), NextStep::Tag(places.to_vec()));
    }
}

#[test]
fn a_failure_while_tags_are_written_is_resumed() {
    for failing in 0..3 {
        let (mut barrier, places) = three();
        places.iter().for_each(|place| barrier.note(place, DestinationState::Proven));
        for (i, place) in places.iter().enumerate() {
            let state = if i == failing {
                DestinationState::Failed("denied".into())
            } else {
                DestinationState::Tagged(digest('a'))
            };
            barrier.note(place, state);
        }
        assert_eq!(barrier.next(), NextStep::Resume(vec![(places[failing].clone(), "denied".into())]));
        barrier.resume();
        assert_eq!(barrier.next(), NextStep::Tag(vec![places[failing].clone()]));
        barrier.note(&places[failing], DestinationState::Tagged(digest('a')));
        assert_eq!(barrier.next(), NextStep::Done);
    }
}

#[test]
fn another_digest_under_the_tag_is_a_failure() {
    let (mut barrier, places) = three();
    places.iter().for_each(|place| barrier.note(place, DestinationState::Proven));
    barrier.note(&places[0], DestinationState::Tagged(digest('b')));
    let NextStep::Resume(failed) = barrier.next() else { panic!("{:?}", barrier.next()) };
    assert_eq!(failed[0].1, "the tag names another image, sha256:bbbbbbbbbbbb");
}

#[test]
fn replication_is_waited_for_and_never_written() {
    let (own, carried) = (there("us-west-2"), there("eu-west-1"));
    let mut barrier = Barrier::new(digest('a'), [(own.clone(), false), (carried.clone(), true)]);
    assert_eq!(barrier.next(), NextStep::Prove(vec![own.clone()]));
    barrier.note(&own, DestinationState::Proven);
    assert_eq!(barrier.next(), NextStep::Tag(vec![own.clone()]));
    barrier.note(&own, DestinationState::Tagged(digest('a')));
    assert_eq!(barrier.next(), NextStep::AwaitReplication(vec![carried.clone()]));
    barrier.note(&carried, DestinationState::Tagged(digest('a')));
    assert_eq!(barrier.next(), NextStep::Done);
}

#[test]
fn a_tag_that_someone_else_wrote_proves_nothing() {
    let (mut barrier, places) = three();
    places.iter().for_each(|place| barrier.note(place, DestinationState::Tagged(digest('a'))));
    assert_eq!(barrier.next(), NextStep::Prove(places.to_vec()));
    barrier.note(&there("sa-east-1"), DestinationState::Proven);
    assert_eq!(barrier.states().count(), 3, "a place that is none of its own is ignored");
}

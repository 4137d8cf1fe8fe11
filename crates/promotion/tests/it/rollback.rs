//! Which build a stage goes back to, and how a promotion is undone.

use std::collections::BTreeMap;

use longshore_names::Digest;
use longshore_promotion::{
    Place,
    gate::EntryPoint,
    hold::Holds,
    record::{
        Chain, Entry, Event, NoRollback, NoUndo, RollbackTarget, UndoStep, rollback_target, undo_steps,
    },
    scheme::TagMutability,
};

use proptest::prelude::*;

use crate::{
    common::{at, digest, person, place, tag},
    record::promoted,
};

/// `a b <a !b` : promoted, promoted, rolled back to a, blocked.
fn chain(text: &str) -> Chain {
    let mut chain = Chain::default();
    for (i, word) in text.split_whitespace().enumerate() {
        let when = format!("2026-02-{:02}T08:00:00Z", i + 1);
        let digit = word.chars().last().unwrap();
        let mut entry = promoted("api", digit, &when);
        match word.chars().next() {
            Some('<') => entry.event = Event::RolledBack,
            Some('!') => entry = Entry::new(Event::Blocked, person("bob"), at(&when)).build(digest(digit)),
            Some('?') => entry = Entry::new(Event::Unblocked, person("bob"), at(&when)).build(digest(digit)),
            _ => {}
        }
        chain.append(entry);
    }
    chain
}

fn target(text: &str, current: Option<char>, gone: &str) -> Result<RollbackTarget, NoRollback> {
    let chain = chain(text);
    let gone: Vec<Digest> = gone.chars().map(digest).collect();
    let current = current.map(digest);
    let (path, stage, service) =
        ("shop".parse().unwrap(), "production".parse().unwrap(), "api".parse().unwrap());
    rollback_target(
        chain.entries(),
        (&path, &stage, &service),
        current.as_ref(),
        &Holds::of(chain.entries()),
        &|digest| !gone.contains(digest),
    )
}

#[test]
fn a_rollback_goes_one_build_back_and_a_second_one_further() {
    for (history, current, expected, drifted) in [
        ("a b", 'b', 'a', false),
        ("a b c", 'c', 'b', false),
        ("a b b b", 'b', 'a', false),
        ("a b c <b", 'b', 'a', false),
        ("a b c <b d", 'd', 'b', false),
        ("a b a", 'a', 'b', false),
        ("a b c !b", 'c', 'a', false),
        ("a b c !b ?b", 'c', 'b', false),
        ("a b c", 'f', 'c', true),
        ("a b c", 'b', 'a', true),
    ] {
        let found = target(history, Some(current), "").unwrap();
        assert_eq!((found.digest, found.drifted), (digest(expected), drifted), "{history}");
    }
    assert_eq!(target("a b", None, "").unwrap().digest, digest('b'), "nothing is there: the last build");
    let found = target("a b c !b", Some('c'), "").unwrap();
    assert_eq!(
        (found.skipped, found.tag, found.entry),
        (vec![(digest('b'), "it is blocked")], Some(tag("1.4.2")), 1)
    );
}

#[test]
fn a_rollback_says_when_there_is_nothing() {
    assert_eq!(target("", Some('a'), "").unwrap_err().code(), "promotion-rollback-nothing");
    assert_eq!(target("a", Some('a'), "").unwrap_err().code(), "promotion-rollback-nothing");
    let gone = target("a b c", Some('c'), "ab").unwrap_err();
    assert_eq!(
        (gone.code(), gone.to_string().contains("none of the 2 earlier builds")),
        ("promotion-rollback-gone", true)
    );
    assert_eq!(target("a b c", Some('c'), "b").unwrap().digest, digest('a'));
}

#[test]
fn a_rollback_holds_its_stage_until_it_is_resumed() {
    let (path, stage, api) = ("shop".parse().unwrap(), "production".parse().unwrap(), "api".parse().unwrap());
    let mut chain = chain("a b <a");
    let holds = Holds::of(chain.entries());
    let hold = holds.hold(&path, &stage, &api).unwrap();
    assert_eq!(hold.sentence(), "Held by alice@example.com since 2026-02-03 08:00 UTC: it was rolled back");
    assert!(holds.hold(&path, &"dev".parse().unwrap(), &api).is_none());
    chain.append(promoted("api", 'c', "2026-02-04T08:00:00Z"));
    assert!(Holds::of(chain.entries()).hold(&path, &stage, &api).is_some(), "a promotion does not resume");
    let resumed = Entry::new(Event::Resumed, person("bob"), at("2026-02-05T08:00:00Z"));
    chain.append(resumed.about(path.clone(), stage.clone(), api.clone()));
    assert!(Holds::of(chain.entries()).hold(&path, &stage, &api).is_none());
    let mut older = promoted("api", 'a', "2026-02-06T08:00:00Z");
    older.event = Event::Promoted { holds: true };
    chain.append(older);
    assert_eq!(Holds::of(chain.entries()).stages().count(), 1, "an older build by hand holds");
    assert_ne!(EntryPoint::Manual, EntryPoint::Rollback);
}

fn now(
    digit: char,
    mutability: TagMutability,
) -> BTreeMap<Place, (BTreeMap<longshore_names::Tag, Digest>, TagMutability)> {
    let tags = BTreeMap::from([(tag("1.4.2"), digest(digit))]);
    BTreeMap::from([(place("444455556666/us-west-2", "prod-api"), (tags, mutability))])
}

#[test]
fn a_mistaken_promotion_is_undone_where_the_tag_can_be_moved() {
    let mut entry = promoted("api", 'b', "2026-02-01T08:00:00Z");
    let steps = undo_steps(&entry, &now('b', TagMutability::Immutable)).unwrap();
    assert!(matches!(steps.as_slice(), [UndoStep::Remove { .. }]), "a new tag is removed");
    entry.destinations[0].before = Some(digest('a'));
    let steps = undo_steps(&entry, &now('b', TagMutability::Mutable)).unwrap();
    assert!(matches!(steps.as_slice(), [UndoStep::MoveBack { to, .. }] if *to == digest('a')));
    assert!(matches!(undo_steps(&entry, &now('b', TagMutability::Immutable)), Err(NoUndo::Immutable { .. })));
    assert!(matches!(undo_steps(&entry, &now('c', TagMutability::Mutable)), Err(NoUndo::Moved { .. })));
    assert!(matches!(undo_steps(&entry, &BTreeMap::new()), Err(NoUndo::Moved { .. })));
    entry.destinations[0].before = Some(digest('b'));
    assert_eq!(undo_steps(&entry, &now('b', TagMutability::Immutable)), Ok(vec![]));
    entry.event = Event::RolledBack;
    assert_eq!(
        undo_steps(&entry, &now('b', TagMutability::Mutable)).unwrap_err().code(),
        "promotion-undo-entry"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rollback_never_takes_the_current_a_blocked_or_a_lost_build(
        words in proptest::collection::vec("[a-e]|<[a-e]|![a-e]|\\?[a-e]", 0..12),
        current in "[a-f]",
        gone in "[a-e]{0,2}",
    ) {
        let history = words.join(" ");
        let current = current.chars().next().unwrap();
        if let Ok(found) = target(&history, Some(current), &gone) {
            prop_assert_ne!(&found.digest, &digest(current));
            prop_assert!(!gone.chars().any(|lost| digest(lost) == found.digest));
            let blocked = Holds::of(chain(&history).entries());
            prop_assert!(blocked.block(&found.digest).is_none());
            let entered = words.iter().any(|word| !word.starts_with(['!', '?']) && word.ends_with(&found.digest.hex()[..1]));
            prop_assert!(entered, "it was in the stage");
        }
    }
}

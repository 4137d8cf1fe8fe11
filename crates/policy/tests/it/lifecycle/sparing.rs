//! Images in use, and the reasons of decisions.

use longshore_policy::lifecycle::{AgeFrom, InUse, UsedImages, Why, evaluate_sparing};

use super::*;

/// The images that are acted on, and those that are spared with their user.
fn spared(
    rules: &[Value],
    images: &[LifecycleImage],
    in_use: &dyn InUse,
) -> (Vec<char>, Vec<(char, String)>) {
    let rules = policy(rules.iter().cloned().collect()).rules().unwrap();
    let found = evaluate_sparing(&rules, images, now(), in_use);
    let name = |of: &Digest| ('A'..='Z').find(|name| digest(*name) == *of).unwrap();
    let acted = found.actions.iter().map(|action| name(&action.digest)).collect();
    (acted, found.spared.into_iter().map(|of| (name(&of.action.digest), of.used_by)).collect())
}

#[test]
fn an_image_in_use_is_spared_and_still_counts() {
    let images = [image('A', 9, &["1"]), image('B', 8, &["2"]), image('C', 7, &["3"])];
    let mut used = UsedImages::default();
    used.tag("2", "the service `web`");
    used.digest(digest('C').to_string(), "the service `api`");
    let (acted, left) = spared(&[count(1, any(), 1)], &images, &used);
    assert_eq!(acted, ['A'], "nothing goes in place of B");
    assert_eq!(left, [('B', "the service `web`".to_owned())], "C stays anyway");
}

#[test]
fn what_follows_an_image_in_use_or_is_listed_by_it_stays_too() {
    let index = LifecycleImage { members: vec![digest('B')], ..image('A', 9, &["1"]) };
    let signature = LifecycleImage { subject: Some(digest('A')), ..image('C', 9, &[]) };
    let of_signature = LifecycleImage { subject: Some(digest('C')), ..image('D', 9, &[]) };
    let images = [index, image('B', 9, &[]), signature, of_signature];
    let nothing = UsedImages::default();
    assert_eq!(spared(&[age(1, any(), 1)], &images, &nothing).0, ['A', 'B', 'C', 'D']);
    let mut used = UsedImages::default();
    used.tag("1", "a deployment");
    let (acted, left) = spared(&[age(1, any(), 1)], &images, &used);
    assert_eq!((acted, left.len()), (Vec::new(), 1));
    // A signature that something reads by its digest, with what refers to it.
    let mut used = UsedImages::default();
    used.digest(digest('C').to_string(), "an audit");
    let (acted, left) = spared(&[age(1, any(), 1)], &images, &used);
    assert_eq!((acted, left[0].0), (vec!['A', 'B'], 'C'));
}

#[test]
fn several_sources_are_asked_and_the_first_that_knows_a_user_names_it() {
    let of = |tag: &str, by: &str| {
        let mut used = UsedImages::default();
        used.tag(tag, by);
        used
    };
    let (stages, files) = (of("1", "the stage Prod"), of("1", "deploy.yaml"));
    let all: Vec<&dyn InUse> = vec![&stages, &files];
    let (_, left) = spared(&[age(1, any(), 1)], &[image('A', 9, &["1"])], &all);
    assert_eq!(left, [('A', "the stage Prod".to_owned())]);
}

#[test]
fn every_decision_says_what_decided() {
    let images = [image('A', 9, &["1"]), image('B', 8, &["1"]), image('C', 31, &[]), image('D', 7, &["1"])];
    let rules = policy(json!([count(1, prefixes(&["1"]), 2), age(2, untagged(), 30)])).rules().unwrap();
    let found = evaluate(&rules, &images, now());
    let why: Vec<&Why> = found.iter().map(|action| &action.why).collect();
    let pushed = now() - TimeDelta::days(31);
    assert_eq!(
        why,
        [
            &Why::Count { keep: 2, place: 3, selected: 3 },
            &Why::Age { days: 30, from: AgeFrom::Push, since: pushed }
        ]
    );
    let sentences: Vec<String> = why.iter().map(|why| why.sentence(now())).collect();
    assert_eq!(
        sentences,
        [
            "It is the 3rd newest of 3 images that the rule selects, and the rule keeps 2.",
            "It was pushed on 2026-10-21, 31 days earlier; the rule's limit is 30 days.",
        ]
    );
}

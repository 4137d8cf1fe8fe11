//! A tag is moved only when that is allowed, and everything that was put is checked at the end.

use std::{sync::Arc, time::Duration};

use longshore_engine::{CopyRequest, Event, How, ImageEnd, Kind, OnConflict, RunEnd, RunOutcome, plan, run};
use longshore_names::Digest;

use crate::{
    planning::watched::Watched,
    support::{
        ListIs, Memory,
        images::{blob, context, layer, name, request},
    },
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Images `0` to `count - 1` of `a`, to `b` under the same tags.
fn source(count: u8) -> (Memory, CopyRequest) {
    let dev = Memory::new("dev");
    let tags: Vec<(String, String)> = (0..count).map(|n| (format!("a:{n}"), format!("b:{n}"))).collect();
    for n in 0..count {
        dev.with_image("a", &n.to_string(), &[&layer(n, 1_000)]);
    }
    let pairs: Vec<(&str, &str)> = tags.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    (dev, request(&pairs))
}

async fn copy(dev: &Memory, prod: &Memory, request: &CopyRequest) -> RunOutcome {
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), request).await.unwrap();
    tokio::time::timeout(PATIENCE, run(plan, context(&source, &sink))).await.unwrap().unwrap()
}

fn code(outcome: &RunOutcome, image: usize) -> &str {
    outcome.images[image].error.as_ref().map_or("", |error| error.code.as_str())
}

#[tokio::test]
async fn a_tag_that_the_list_does_not_show_is_asked_for_and_stays() {
    // Few tags are not listed, many are; the answer is the same.
    for (count, list) in [1, 5]
        .into_iter()
        .flat_map(|count| [ListIs::Empty, ListIs::Missing, ListIs::Refused].map(|list| (count, list)))
    {
        for on_conflict in [OnConflict::Fail, OnConflict::Skip] {
            let (dev, mut request) = source(count);
            request.on_conflict = on_conflict;
            let prod = Memory::new("prod");
            let theirs = prod.with_image("b", "0", &[b"theirs"]);
            prod.list_is(list);
            let outcome = copy(&dev, &prod, &request).await;
            assert_eq!(prod.tag(&name("b"), "0"), Some(theirs.digest), "{list:?} {count}");
            let expected = match on_conflict {
                OnConflict::Skip => (ImageEnd::Skipped, ""),
                _ => (ImageEnd::Conflict, "tag-conflict"),
            };
            assert_eq!((outcome.images[0].end, code(&outcome, 0)), expected, "{list:?} {count}");
            for n in 1..count {
                assert!(prod.tag(&name("b"), &n.to_string()).is_some(), "{list:?}: {n}");
            }
        }
    }
}

/// Copies one image; while its layer is held, `happens` changes the destination.
async fn during_the_upload(
    request: CopyRequest,
    prod: &Memory,
    uploads: u32,
    happens: impl FnOnce(&Memory),
) -> RunOutcome {
    let (dev, _) = source(1);
    prod.hold(&blob(&layer(0, 1_000)).digest);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
    let running = tokio::spawn(run(plan, context(&source, &sink)));
    tokio::time::timeout(PATIENCE, prod.uploads_at_gate(uploads)).await.unwrap();
    happens(prod);
    prod.release(&blob(&layer(0, 1_000)).digest);
    tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap().unwrap()
}

#[tokio::test]
async fn a_tag_that_somebody_pushes_during_the_upload_is_a_conflict_even_where_tags_may_be_moved() {
    for on_conflict in [OnConflict::Fail, OnConflict::Overwrite] {
        let (_, mut request) = source(1);
        request.on_conflict = on_conflict;
        let prod = Memory::new("prod");
        let mut theirs = None;
        let push = |prod: &Memory| theirs = Some(prod.with_image("b", "0", &[b"theirs"]).digest);
        let outcome = during_the_upload(request, &prod, 2, push).await;
        assert_eq!((outcome.summary.end, code(&outcome, 0)), (RunEnd::Incomplete, "tag-conflict"));
        assert_eq!(prod.tag(&name("b"), "0"), theirs);
        assert!(prod.puts().is_empty(), "nothing was put over it: {:?}", prod.puts());
    }
}

#[tokio::test]
async fn a_tag_is_moved_away_from_the_digest_that_the_plan_showed_and_from_no_other() {
    for moved_meanwhile in [false, true] {
        let (_, mut request) = source(1);
        request.on_conflict = OnConflict::Overwrite;
        let prod = Memory::new("prod");
        prod.with_image("b", "0", &[b"old"]);
        // The destination already has the configuration.
        let outcome = during_the_upload(request, &prod, 1, |prod| {
            if moved_meanwhile {
                prod.with_image("b", "0", &[b"newer"]);
            }
        })
        .await;
        let expected = if moved_meanwhile { "tag-conflict" } else { "" };
        assert_eq!((code(&outcome, 0), prod.puts().len()), (expected, usize::from(!moved_meanwhile)));
    }
}

#[tokio::test]
async fn a_put_without_an_answer_is_looked_at_before_it_is_sent_again() {
    for somebody_was_quicker in [false, true] {
        let (dev, request) = source(1);
        let prod = Memory::new("prod");
        let theirs = prod.with_image("b", "other", &[b"theirs"]).digest;
        prod.answer_nothing("0", somebody_was_quicker.then_some(&theirs));
        let outcome = copy(&dev, &prod, &request).await;
        if somebody_was_quicker {
            assert_eq!((code(&outcome, 0), prod.tag(&name("b"), "0")), ("tag-conflict", Some(theirs)));
            assert!(prod.puts().is_empty());
        } else {
            assert_eq!((outcome.summary.end, prod.puts().len()), (RunEnd::Done, 1), "sent once");
            let tag = outcome.images[0].proof.iter().find(|proof| proof.kind == Kind::Tag).unwrap();
            assert_eq!(tag.how, How::Asked, "a put without a response was asked for");
        }
    }
}

#[tokio::test]
async fn a_registry_that_acknowledges_and_forgets_is_found() {
    for count in [1, 2, 6] {
        for forgotten in [0, count - 1] {
            let (dev, request) = source(count);
            let prod = Memory::new("prod");
            prod.forget(&forgotten.to_string());
            let outcome = copy(&dev, &prod, &request).await;
            assert_eq!((outcome.summary.end, outcome.summary.failed), (RunEnd::Incomplete, 1), "{count}");
            let place = usize::from(forgotten);
            assert_eq!((outcome.images[place].end, code(&outcome, place)), (ImageEnd::Failed, "not-kept"));
            let message = &outcome.images[place].error.as_ref().unwrap().message;
            assert!(message.contains(&format!("prod acknowledged `{forgotten}` of `b`")), "{message}");
        }
    }
}

#[tokio::test]
async fn a_tag_that_somebody_moves_after_the_last_put_is_no_success() {
    let (dev, request) = source(1);
    let prod = Memory::new("prod");
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
    let mut context = context(&source, &sink);
    let registry = prod.clone();
    context.reporter = Arc::new(move |event: Event| {
        if matches!(event, Event::Finished { .. }) {
            registry.with_image("b", "0", &[b"theirs"]);
        }
    });
    let outcome = run(plan, context).await.unwrap();
    assert_eq!((outcome.summary.end, code(&outcome, 0)), (RunEnd::Incomplete, "tag-moved"));
    let theirs: Option<Digest> = prod.tag(&name("b"), "0");
    assert_ne!(theirs, outcome.images[0].digest, "and it stays theirs");
}

/// Six tags are more than are asked for one by one, so one list answers for them.
#[tokio::test]
async fn a_tag_of_many_that_is_moved_after_its_put_is_no_success_where_the_list_tells_digests() {
    let (dev, request) = source(6);
    let prod = Watched::new(Memory::new("prod")).telling_digests();
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
    let mut context = context(&source, &sink);
    let registry = prod.memory.clone();
    context.reporter = Arc::new(move |event: Event| {
        if matches!(event, Event::Finished { image: 4 }) {
            registry.with_image("b", "4", &[b"theirs"]);
        }
    });
    let outcome = tokio::time::timeout(PATIENCE, run(plan, context)).await.unwrap().unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Incomplete, 5));
    assert_eq!((outcome.images[4].end, code(&outcome, 4)), (ImageEnd::Failed, "tag-moved"));
    let theirs: Option<Digest> = prod.memory.tag(&name("b"), "4");
    assert_ne!(theirs, outcome.images[4].digest, "and it stays theirs");
}

//! What a run does, also when registries fail.

use std::sync::Arc;

use longshore_engine::{Event, How, ImageEnd, Kind, OnConflict, RunEnd, RunOutcome, missing, plan, run};
use longshore_registry::Source;

use crate::support::{
    Memory,
    images::{Told, blob, context, image_of, index_of, item, layer, name, request},
};

async fn copy(source: &Memory, sink: &Memory, pairs: &[(&str, &str)]) -> RunOutcome {
    let (source, sink) = (source.arc(), sink.arc());
    let plan = plan(source.clone(), sink.clone(), &request(pairs)).await.unwrap();
    run(plan, context(&source, &sink)).await.unwrap()
}

#[tokio::test]
async fn an_index_arrives_whole_with_its_tag_last() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").strict_repositories());
    let shared = layer(9, 300_000);
    let children =
        [dev.with_image("a", "amd", &[&shared]), dev.with_image("a", "arm", &[&shared, &layer(2, 10)])];
    let index = index_of(&[&children[0], &children[1]]);
    dev.add_manifest(&name("a"), &index, Some("1"));
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:2")])).await.unwrap();
    let image = plan.images[0].clone();
    let told = Arc::new(Told::default());
    let mut context = context(&source, &sink);
    context.reporter = told.clone();
    let outcome = run(plan, context).await.unwrap();

    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert_eq!(outcome.summary.copied, 1);
    assert_eq!(prod.tag(&name("b"), "2"), Some(index.digest.clone()));
    assert_eq!(prod.manifest(&name("b"), &index.digest).await.unwrap(), index);
    assert_eq!(prod.uploads_of(&blob(&shared).digest), 1, "a layer that two platforms share moves once");
    let puts = prod.puts();
    assert_eq!(puts.len(), 3);
    assert_eq!(puts[2], (index.digest.clone(), Some("2".parse().unwrap())));
    assert!(puts[..2].iter().all(|(_, tag)| tag.is_none()));
    assert_eq!(outcome.summary.bytes_moved, image.bytes_to_move);

    assert!(missing(&image, &outcome.images[0].proof).is_empty());
    let tag = outcome.images[0].proof.iter().find(|proof| proof.kind == Kind::Tag).unwrap();
    assert_eq!((tag.how, &tag.digest), (How::Acknowledged, &index.digest));

    let events = told.events();
    assert!(matches!(events.first(), Some(Event::Planned { images: 1, .. })));
    assert!(matches!(events.last(), Some(Event::Ended { summary }) if *summary == outcome.summary));
    let position = |wanted: fn(&Event) -> bool| events.iter().position(wanted).unwrap();
    let uploaded = events.iter().rposition(|event| matches!(event, Event::Uploaded { .. })).unwrap();
    let verified = position(|event| matches!(event, Event::Verified { .. }));
    assert!(position(|event| matches!(event, Event::Started { .. })) < uploaded && uploaded < verified);
    assert!(verified < position(|event| matches!(event, Event::Finished { .. })));
    let shared = blob(&shared);
    let last = events.iter().rev().find_map(|event| match event {
        Event::Bytes { digest, moved, total, .. } if *digest == shared.digest => Some((*moved, *total)),
        _ => None,
    });
    assert_eq!(last, Some((300_000, 300_000)));
}

#[tokio::test]
async fn a_second_run_does_nothing() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "1", &[&layer(1, 10)]);
    copy(&dev, &prod, &[("a:1", "a:1")]).await;
    let (uploads, puts) = (prod.uploads(), prod.puts());
    let outcome = copy(&dev, &prod, &[("a:1", "a:1")]).await;
    assert_eq!((outcome.summary.end, outcome.summary.skipped), (RunEnd::Done, 1));
    assert_eq!((prod.uploads(), prod.puts()), (uploads, puts));
}

#[tokio::test]
async fn a_layer_goes_to_a_registry_once_and_is_mounted_elsewhere() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").strict_repositories());
    let base = layer(1, 200_000);
    for n in 0..10_u8 {
        dev.with_image("a", &format!("{n}"), &[&base, &layer(n + 10, 100)]);
    }
    let pairs: Vec<(String, String)> =
        (0..10).map(|n| (format!("a:{n}"), format!("{}:{n}", ["x", "y", "z"][n % 3]))).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let outcome = copy(&dev, &prod, &pairs).await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 10));
    assert_eq!(prod.uploads_of(&blob(&base).digest), 1);
    assert_eq!(prod.mounts(), 2);
    assert_eq!(outcome.summary.bytes_saved, 9 * 200_000);
}

#[tokio::test]
async fn without_mounting_each_repository_gets_the_bytes_once() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").no_mounting());
    let base = layer(1, 2_000);
    dev.with_image("a", "1", &[&base]);
    let outcome = copy(&dev, &prod, &[("a:1", "x:1"), ("a:1", "y:1"), ("a:1", "x:2")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert_eq!(prod.uploads_of(&blob(&base).digest), 2);
}

#[tokio::test]
async fn within_a_registry_no_layer_byte_moves() {
    let registry = Memory::new("r").strict_repositories();
    let image = registry.with_image("dev", "42", &[&layer(1, 100_000)]);
    let outcome = copy(&registry, &registry, &[("dev:42", "prod:21"), ("dev:42", "dev:stable")]).await;
    assert_eq!((outcome.summary.mounted, outcome.summary.retagged), (1, 1));
    assert_eq!((outcome.summary.bytes_moved, registry.uploads().len()), (0, 0));
    assert_eq!(registry.tag(&name("prod"), "21"), Some(image.digest.clone()));
    assert_eq!(registry.tag(&name("dev"), "stable"), Some(image.digest));

    let declining = Memory::new("r").no_mounting();
    let image = declining.with_image("dev", "42", &[&layer(1, 100_000)]);
    let outcome = copy(&declining, &declining, &[("dev:42", "prod:21")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert!(outcome.summary.bytes_moved > 100_000);
    assert_eq!(declining.tag(&name("prod"), "21"), Some(image.digest));
}

#[tokio::test]
async fn wrong_bytes_are_never_written_as_good() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let bad = layer(1, 100_000);
    dev.with_image("a", "bad", &[&bad]);
    dev.with_image("a", "good", &[&layer(2, 10)]);
    dev.corrupt(&blob(&bad).digest);
    let outcome = copy(&dev, &prod, &[("a:bad", "a:bad"), ("a:good", "a:good")]).await;
    assert_eq!(
        (outcome.summary.end, outcome.summary.failed, outcome.summary.copied),
        (RunEnd::Incomplete, 1, 1)
    );
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("digest-mismatch", longshore_engine::Side::Source));
    assert!(!prod.has_blob(&name("a"), &blob(&bad).digest));
    assert_eq!(prod.tag(&name("a"), "bad"), None);
}

#[tokio::test]
async fn a_broken_source_goes_on_inside_the_same_upload() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let content = layer(1, 200_000);
    dev.with_image("a", "1", &[&content]);
    let digest = blob(&content).digest;
    dev.break_once(&digest, 100_000);
    let outcome = copy(&dev, &prod, &[("a:1", "a:1")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert_eq!(dev.opened(&digest), [0, 100_000]);
    assert_eq!(prod.uploads_of(&digest), 1);
}

#[tokio::test]
async fn a_failed_upload_is_tried_again_with_a_new_stream_and_not_for_ever() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "1", &[&layer(1, 10)]);
    prod.refuse_uploads(2);
    assert_eq!(copy(&dev, &prod, &[("a:1", "a:1")]).await.summary.end, RunEnd::Done);
    dev.with_image("a", "2", &[&layer(2, 10)]);
    prod.refuse_uploads(1_000);
    let outcome = copy(&dev, &prod, &[("a:2", "a:2")]).await;
    assert_eq!(outcome.images[0].error.as_ref().unwrap().code, "server");
    assert_eq!(outcome.images[0].end, ImageEnd::Failed);
}

#[tokio::test]
async fn content_that_was_believed_to_be_there_is_uploaded() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let content = layer(1, 1_000);
    let children = [dev.with_image("a", "amd", &[&content])];
    dev.add_manifest(&name("a"), &index_of(&[&children[0]]), Some("1"));
    prod.create(&name("a"));
    prod.lie_about(&blob(&content).digest);
    let outcome = copy(&dev, &prod, &[("a:1", "a:1")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images[0].error);
    assert!(prod.has_blob(&name("a"), &blob(&content).digest));
    assert!(prod.tag(&name("a"), "1").is_some());
}

#[tokio::test]
async fn a_taken_tag_stays_unless_it_may_be_moved_and_an_immutable_one_stays_always() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let new = dev.with_image("a", "1", &[&layer(1, 10)]);
    let old = prod.with_image("a", "1", &[&layer(2, 10)]);
    let outcome = copy(&dev, &prod, &[("a:1", "a:1")]).await;
    assert_eq!((outcome.summary.conflicts, outcome.summary.end), (1, RunEnd::Incomplete));
    assert_eq!(prod.tag(&name("a"), "1"), Some(old.digest.clone()));

    let mut request = request(&[("a:1", "a:1")]);
    request.on_conflict = OnConflict::Overwrite;
    let immutable = Memory::new("immutable").immutable();
    immutable.with_image("a", "1", &[&layer(2, 10)]);
    for (registry, expected) in [(&prod, Ok(new.digest.clone())), (&immutable, Err("tag-immutable"))] {
        let (source, sink) = (dev.arc(), registry.arc());
        let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
        let outcome = run(plan, context(&source, &sink)).await.unwrap();
        match expected {
            Ok(digest) => assert_eq!(registry.tag(&name("a"), "1"), Some(digest)),
            Err(code) => {
                assert_eq!(outcome.images[0].error.as_ref().unwrap().code, code);
                assert_eq!(registry.tag(&name("a"), "1"), Some(old.digest.clone()));
            }
        }
    }
}

#[tokio::test]
async fn a_tag_that_somebody_pushed_after_the_plan_is_not_moved() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "1", &[&layer(1, 10)]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1")])).await.unwrap();
    // A plan from a file or from another day: what it says about tags may no longer hold.
    let stored = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    let theirs = prod.with_image("a", "1", &[&layer(7, 10)]);
    let outcome = run(stored, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.images[0].end, ImageEnd::Conflict);
    assert_eq!(prod.tag(&name("a"), "1"), Some(theirs.digest));
    assert!(prod.uploads().is_empty());
}

#[tokio::test]
async fn what_was_planned_is_copied_although_the_sources_tag_moved() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let planned = dev.with_image("a", "1", &[&layer(1, 10)]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1")])).await.unwrap();
    dev.add_manifest(&name("a"), &image_of("later", &[]).0, Some("1"));
    // A stored plan has no manifests in memory.
    let stored = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    run(stored, context(&source, &sink)).await.unwrap();
    assert_eq!(prod.tag(&name("a"), "1"), Some(planned.digest));
}

#[tokio::test]
async fn a_denied_repository_fails_alone_and_says_where() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "1", &[&layer(1, 10)]);
    prod.deny(&name("no"));
    let outcome = copy(&dev, &prod, &[("a:1", "no:1"), ("a:1", "yes:1")]).await;
    assert_eq!((outcome.summary.failed, outcome.summary.copied), (1, 1));
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("denied", longshore_engine::Side::Destination));
}

#[tokio::test]
async fn a_plan_runs_on_its_own_registries_only() {
    let (dev, prod, other) = (Memory::new("dev"), Memory::new("prod"), Memory::new("other"));
    dev.with_image("a", "1", &[&layer(1, 10)]);
    let plan = plan(dev.arc(), prod.arc(), &request(&[("a:1", "a:1")])).await.unwrap();
    let error = run(plan, context(&dev.arc(), &other.arc())).await.unwrap_err();
    assert_eq!(error.code(), "other-registry");
    assert!(other.uploads().is_empty());
}

#[tokio::test]
async fn an_image_is_copied_by_digest_without_a_tag() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let image = dev.with_image("a", "1", &[&layer(1, 10)]);
    let mut by_digest = item("a:1", "a:1");
    by_digest.reference = image.digest.as_str().parse().unwrap();
    by_digest.tag = None;
    let request = longshore_engine::CopyRequest::new(vec![by_digest]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert_eq!(prod.puts(), [(image.digest, None)]);
}

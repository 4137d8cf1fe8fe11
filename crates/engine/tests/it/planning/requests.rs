//! How many requests plans and runs need.

use std::sync::Arc;

use longshore_engine::{
    Action, CopyItem, CopyRequest, Event, OnConflict, Order, RunEnd, RunOutcome, plan, run,
};
use longshore_registry::Source;

use super::watched::{Watched, sum};
use crate::support::{
    Memory,
    images::{Told, blob, context, image_of, index_of, layer, name, request},
};

/// Tags of one repository, each with three layers of its own and five that all tags share.
fn tags(registry: &Memory, repository: &str, count: usize) {
    let shared: Vec<Vec<u8>> = (0..5).map(|n| layer(n, 4_000)).collect();
    for n in 0..count {
        let own: Vec<Vec<u8>> = (0..3).map(|k| format!("layer {k} of {n}").into_bytes()).collect();
        let layers: Vec<&[u8]> = own.iter().chain(&shared).map(Vec::as_slice).collect();
        registry.with_image(repository, &format!("t{n}"), &layers);
    }
}

/// All tags of the repository, as a caller lists them.
async fn everything(source: &Watched, repository: &str) -> CopyRequest {
    let listed = source.list(&name(repository)).await.unwrap();
    let item = |listed| CopyItem::listed(name(repository), listed, name("mirror"));
    CopyRequest::new(listed.into_iter().map(item).collect())
}

async fn copy(source: &Watched, sink: &Watched, request: &CopyRequest) -> RunOutcome {
    let (source, sink) = (source.arc(), sink.arc());
    let plan = plan(source.clone(), sink.clone(), request).await.unwrap();
    run(plan, context(&source, &sink)).await.unwrap()
}

#[tokio::test]
async fn a_hundred_tags_with_shared_layers_take_few_requests_and_the_second_time_one_for_each_tag() {
    let (dev, prod) = (Watched::new(Memory::new("dev")), Watched::new(Memory::new("prod")));
    tags(&dev.memory, "team/app", 100);
    let request = everything(&dev, "team/app").await;
    let outcome = copy(&dev, &prod, &request).await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 100));
    let (read, written) = (dev.requests(), prod.requests());
    // 100 manifests, 405 blobs: each once; one list on each side.
    assert_eq!((read["list"], read["get"], read["blob"]), (1, 100, 405));
    // At the end one list more shows every tag that was put.
    assert_eq!((written["list"], written["upload"], written["put"]), (2, 810, 100));
    // Each tag is asked for once, right before it is put.
    assert_eq!((written["head"], sum(&read) + sum(&written)), (100, 1_518), "{read:?} {written:?}");

    let request = everything(&dev, "team/app").await;
    let outcome = copy(&dev, &prod, &request).await;
    assert_eq!((outcome.summary.end, outcome.summary.skipped), (RunEnd::Done, 100));
    let (read, written) = (dev.requests(), prod.requests());
    assert_eq!((read["head"], written["head"]), (100, 100));
    assert_eq!(sum(&read) + sum(&written), 202, "{read:?} {written:?}");
}

#[tokio::test]
async fn registries_that_tell_digests_in_their_list_are_asked_nothing_more_when_nothing_is_to_do() {
    let dev = Watched::new(Memory::new("dev")).telling_digests();
    let prod = Watched::new(Memory::new("prod")).telling_digests();
    tags(&dev.memory, "team/app", 20);
    copy(&dev, &prod, &everything(&dev, "team/app").await).await;
    dev.requests();
    prod.requests();
    let outcome = copy(&dev, &prod, &everything(&dev, "team/app").await).await;
    assert_eq!(outcome.summary.skipped, 20);
    assert_eq!((sum(&dev.requests()), sum(&prod.requests())), (1, 1));
}

#[tokio::test]
async fn what_is_there_already_is_asked_for_once_and_a_moved_tag_is_resolved_before_it_is_put() {
    let (dev, prod) = (Watched::new(Memory::new("dev")), Watched::new(Memory::new("prod")));
    tags(&dev.memory, "team/app", 10);
    for n in 0..10 {
        prod.memory.with_image("mirror", &format!("other{n}"), &[&layer(n, 4_000)]);
    }
    prod.memory.with_image("mirror", "t0", &[&layer(0, 4_000)]);
    let mut request = everything(&dev, "team/app").await;
    request.on_conflict = OnConflict::Overwrite;
    dev.requests();
    let outcome = copy(&dev, &prod, &request).await;
    assert_eq!(outcome.summary.copied, 10, "{:?}", outcome.images);
    let (read, written) = (dev.requests(), prod.requests());
    // t0 is resolved on both sides; it is fetched by the digest that was found.
    assert_eq!((read["head"], read["get"]), (1, 10));
    // 45 distinct blobs are requested once for the plan. t0 is resolved for the plan, and every tag
    // before it is put. The content that the destination had, five layers and one configuration, is
    // requested again at the end of the run, and one list has the tags.
    assert_eq!((written["list"], written["head"]), (2, 1 + 10));
    assert_eq!(written["blob head"], 45 + 6);
    assert_eq!(written["upload"], 2 * 39);
}

#[tokio::test]
async fn where_age_counts_the_oldest_push_is_put_first_and_one_after_the_other() {
    let (dev, prod) = (Watched::new(Memory::new("dev")), Watched::new(Memory::new("prod")));
    tags(&dev.memory, "team/app", 12);
    for n in 0..12_i64 {
        // In an order that is neither the list's nor its reverse; one push has no date.
        let day = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days((n * 7) % 12);
        if n != 5 {
            dev.pushed(&format!("t{n}"), day);
        }
    }
    let mut request = everything(&dev, "team/app").await;
    request.order = Order::Pushed;
    let outcome = copy(&dev, &prod, &request).await;
    assert_eq!(outcome.summary.copied, 12);
    let put: Vec<String> =
        prod.memory.puts().into_iter().filter_map(|(_, tag)| tag).map(|tag| tag.to_string()).collect();
    let mut expected: Vec<i64> = (0..12).filter(|n| *n != 5).collect();
    expected.sort_by_key(|n| (n * 7) % 12);
    expected.push(5);
    assert_eq!(put, expected.iter().map(|n| format!("t{n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_image_into_a_repository_with_very_many_tags_does_not_list_them() {
    let (dev, prod) = (Watched::new(Memory::new("dev")), Watched::new(Memory::new("prod")));
    dev.memory.with_image("a", "1", &[&layer(1, 10)]);
    let outcome = copy(&dev, &prod, &request(&[("a:1", "a:1")])).await;
    assert_eq!(outcome.summary.copied, 1);
    let (read, written) = (dev.requests(), prod.requests());
    assert_eq!(written["list"], 1, "whether it exists and is filled");
    assert_eq!(written["head"], 2, "before it is put, and at the end");
    assert!(!written.contains_key("blob head"), "{written:?}");
    // The last one checks whether the source's tag has moved.
    assert_eq!((read["get"], read["head"]), (1, 1));
}

#[tokio::test]
async fn a_retag_is_one_manifest() {
    let registry = Watched::new(Memory::new("r"));
    let image = registry.memory.with_image("dev", "42", &[&layer(1, 10)]);
    let outcome = copy(&registry, &registry, &request(&[("dev:42", "dev:stable")])).await;
    assert_eq!(outcome.summary.retagged, 1);
    let requests = registry.requests();
    assert_eq!((requests["get"], requests["put"]), (1, 1));
    assert!(!requests.contains_key("blob") && !requests.contains_key("blob head"), "{requests:?}");
    assert_eq!(registry.memory.tag(&name("dev"), "stable"), Some(image.digest));
}

#[tokio::test]
async fn indexes_that_share_children_read_each_once() {
    let (dev, prod) = (Watched::new(Memory::new("dev")), Watched::new(Memory::new("prod")));
    let children = [dev.memory.with_image("a", "x", &[&layer(1, 10)]), dev.memory.with_image("a", "y", &[])];
    for n in 0..10 {
        let own = dev.memory.with_image("a", &format!("own{n}"), &[&layer(9, 10)]);
        let index = index_of(&[&children[0], &children[1], &own]);
        dev.memory.add_manifest(&name("a"), &index, Some(&format!("i{n}")));
    }
    let pairs: Vec<String> = (0..10).map(|n| format!("a:i{n}")).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|tag| (tag.as_str(), tag.as_str())).collect();
    let outcome = copy(&dev, &prod, &request(&pairs)).await;
    assert_eq!(outcome.summary.copied, 10);
    assert_eq!(dev.requests()["get"], 10 + 2 + 10);
    assert_eq!(prod.requests()["put"], 10 + 2 + 10);
}

#[tokio::test]
async fn a_tag_that_is_to_stay_is_kept_and_is_no_failure() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "1", &[&layer(1, 10)]);
    let theirs = prod.with_image("a", "1", &[&layer(2, 10)]);
    let mut request = request(&[("a:1", "a:1")]);
    request.on_conflict = OnConflict::Skip;
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
    assert_eq!(plan.images[0].action, Action::Keep { existing: theirs.digest.clone() });
    assert_eq!((plan.totals.keep, plan.totals.conflict), (1, 0));
    assert!(plan.images[0].explanation.contains("and stays, as requested"));
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.skipped), (RunEnd::Done, 1));
    assert_eq!(prod.tag(&name("a"), "1"), Some(theirs.digest));
}

#[tokio::test]
async fn an_immutable_tag_is_never_moved_and_the_conflict_says_where_it_is() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").immutable());
    dev.with_image("a", "1", &[&layer(1, 10)]);
    let theirs = prod.with_image("a", "1", &[&layer(2, 10)]);
    let mut request = request(&[("a:1", "a:1")]);
    request.on_conflict = OnConflict::Overwrite;
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.conflicts), (RunEnd::Incomplete, 1));
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!(error.code, "tag-immutable");
    assert!(error.message.contains(theirs.digest.as_str()), "{}", error.message);
    assert_eq!(prod.tag(&name("a"), "1"), Some(theirs.digest));
}

#[tokio::test]
async fn when_the_sources_tag_moves_the_plans_digest_is_copied_and_that_is_said() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let planned = dev.with_image("a", "1", &[&layer(1, 10)]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1")])).await.unwrap();
    let later = image_of("later", &[]).0;
    dev.add_manifest(&name("a"), &later, Some("1"));
    let told = Arc::new(Told::default());
    let mut context = context(&source, &sink);
    context.reporter = told.clone();
    run(plan, context).await.unwrap();
    assert_eq!(prod.tag(&name("a"), "1"), Some(planned.digest.clone()));
    let moved = Event::SourceMoved { image: 0, planned: planned.digest, now: Some(later.digest) };
    assert!(told.events().contains(&moved));
}

#[tokio::test]
async fn a_layer_that_may_not_be_distributed_stays_where_its_manifest_says() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let config = br#"{"os":"windows"}"#;
    let foreign = blob(&layer(7, 5_000));
    let mut entry = serde_json::to_value(&foreign).unwrap();
    entry["mediaType"] = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip".into();
    entry["urls"] = serde_json::json!(["https://example.com/layer"]);
    let document = serde_json::json!({
        "schemaVersion": 2, "mediaType": longshore_registry::media_types::OCI_MANIFEST,
        "config": blob(config), "layers": [entry, blob(&layer(1, 10)), blob(&layer(1, 10))],
    });
    let image = crate::support::images::manifest(longshore_registry::media_types::OCI_MANIFEST, &document);
    dev.add_blob(&name("a"), &blob(config), config);
    dev.add_blob(&name("a"), &blob(&layer(1, 10)), &layer(1, 10));
    dev.add_manifest(&name("a"), &image, Some("1"));
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1")])).await.unwrap();
    assert_eq!((plan.totals.foreign, plan.images[0].blobs.len()), (1, 3), "the doubled layer counts once");
    assert!(plan.images[0].explanation.contains("may not be distributed"), "{}", plan.images[0].explanation);
    assert!(plan.images[0].bytes_to_move < 100);
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(prod.tag(&name("a"), "1"), Some(image.digest));
    assert!(dev.opened(&foreign.digest).is_empty() && !prod.has_blob(&name("a"), &foreign.digest));
}

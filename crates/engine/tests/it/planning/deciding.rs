//! The content of plans.

use longshore_engine::{Action, CopyPlan, OnConflict, Way, plan};
use longshore_registry::media_types;
use serde_json::json;

use crate::support::{
    Memory,
    images::{index_of, layer, manifest, name, request},
};

async fn planned(source: &Memory, sink: &Memory, pairs: &[(&str, &str)]) -> CopyPlan {
    plan(source.arc(), sink.arc(), &request(pairs)).await.unwrap()
}

#[tokio::test]
async fn every_image_gets_its_action_and_a_reason() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").strict_repositories());
    let base = layer(1, 100_000);
    let same = dev.with_image("a", "same", &[&base]);
    dev.with_image("a", "new", &[&base, &layer(2, 50_000)]);
    dev.with_image("a", "taken", &[&layer(3, 10)]);
    prod.with_image("a", "same", &[&base]);
    let other = prod.with_image("a", "taken", &[&layer(4, 10)]);
    let pairs = [
        ("a:same", "a:same"),
        ("a:new", "a:new"),
        ("a:taken", "a:taken"),
        ("a:none", "a:none"),
        ("a:new", "b:1"),
    ];
    let plan = planned(&dev, &prod, &pairs).await;

    let words: Vec<&str> = plan.images.iter().map(|image| image.action.word()).collect();
    assert_eq!(words, ["skip", "copy", "conflict", "unavailable", "copy"]);
    assert_eq!(plan.images[0].digest.as_ref(), Some(&same.digest));
    assert!(plan.images[0].explanation.contains("nothing to do"));
    assert_eq!(plan.images[2].action, Action::Conflict { existing: other.digest });
    assert!(plan.images[3].explanation.contains("has no `none` in `a`"), "{}", plan.images[3].explanation);
    // The destination has the base layer, but not the new one and the configuration.
    assert_eq!(plan.images[1].bytes_present, 100_000);
    assert!(plan.images[1].bytes_to_move > 50_000 && plan.images[1].bytes_to_move < 51_000);
    assert!(plan.images[1].explanation.contains("100 kB already there"), "{}", plan.images[1].explanation);
    // In the other repository, the blobs of the first image are mounted after it.
    let ways: Vec<&Way> = plan.images[4].blobs.iter().map(|blob| &blob.way).collect();
    let after = |after| Way::Mount { from: name("a"), after };
    assert_eq!(ways, [&after(Some(1)), &after(None), &after(Some(1))]);
    assert_eq!(plan.create_repositories, [name("b")]);
    assert_eq!(
        (plan.totals.copy, plan.totals.skip, plan.totals.conflict, plan.totals.unavailable),
        (2, 1, 1, 1)
    );
    assert!(prod.uploads().is_empty() && prod.puts().is_empty(), "a plan changes nothing");
}

#[tokio::test]
async fn within_one_registry_images_are_retagged_or_mounted() {
    let registry = Memory::new("r");
    registry.with_image("dev", "42", &[&layer(1, 5_000)]);
    let plan = planned(&registry, &registry, &[("dev:42", "dev:latest"), ("dev:42", "prod:21")]).await;
    assert_eq!(plan.images[0].action, Action::Retag);
    assert!(plan.images[0].blobs.is_empty());
    assert_eq!(plan.images[1].action, Action::Mount);
    assert!(plan.images[1].bytes_to_mount > 5_000 && plan.images[1].bytes_to_move == 0);

    let mut request = request(&[("dev:42", "prod:21")]);
    request.mounting = false;
    let plan = longshore_engine::plan(registry.arc(), registry.arc(), &request).await.unwrap();
    assert_eq!(plan.images[0].action, Action::Copy);
    assert!(plan.totals.bytes_to_move > 5_000 && plan.totals.bytes_to_mount == 0);
}

#[tokio::test]
async fn a_tag_is_moved_only_when_that_is_asked_for() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "1", &[&layer(1, 10)]);
    let old = prod.with_image("a", "1", &[&layer(2, 10)]);
    let mut request = request(&[("a:1", "a:1")]);
    request.on_conflict = OnConflict::Overwrite;
    let plan = plan(dev.arc(), prod.arc(), &request).await.unwrap();
    assert_eq!(plan.images[0].action, Action::Copy);
    assert_eq!(plan.images[0].replaces, Some(old.digest.clone()));
    assert!(plan.images[0].explanation.contains(&old.digest.short()));
}

#[tokio::test]
async fn two_images_for_one_name_do_not_push_each_other_aside() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let first = dev.with_image("a", "1", &[&layer(1, 10)]);
    dev.with_image("a", "2", &[&layer(2, 10)]);
    dev.add_manifest(&name("a"), &first, Some("same"));
    let mut request = request(&[("a:1", "b:x"), ("a:2", "b:x"), ("a:same", "b:x")]);
    request.on_conflict = OnConflict::Overwrite;
    let plan = plan(dev.arc(), prod.arc(), &request).await.unwrap();
    let words: Vec<&str> = plan.images.iter().map(|image| image.action.word()).collect();
    assert_eq!(words, ["copy", "conflict", "copy"]);
    assert_eq!(plan.images[1].action, Action::Conflict { existing: first.digest });
    assert!(plan.images[1].explanation.contains("an earlier image of the plan takes this name"));
}

#[tokio::test]
async fn an_index_is_planned_with_children_first() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let shared = layer(9, 1_000);
    let children =
        [dev.with_image("a", "amd", &[&shared]), dev.with_image("a", "arm", &[&shared, &layer(2, 10)])];
    let index = index_of(&[&children[0], &children[1]]);
    dev.add_manifest(&name("a"), &index, Some("1"));
    let plan = planned(&dev, &prod, &[("a:1", "a:1")]).await;
    let image = &plan.images[0];
    assert_eq!(image.manifests.len(), 3);
    assert_eq!(image.manifests[2].descriptor.digest, index.digest);
    assert_eq!(image.manifests[1].platform.as_ref().unwrap().to_string(), "linux/arm64");
    assert_eq!(image.blobs.len(), 4, "two configurations, the shared layer once, the other layer");
}

#[tokio::test]
async fn images_that_cannot_be_copied_do_not_hinder_the_others() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "good", &[&layer(1, 10)]);
    let lost = crate::support::images::image_of("lost", &[]).0;
    dev.add_manifest(&name("a"), &index_of(&[&lost]), Some("sparse"));
    dev.add_manifest(&name("a"), &manifest(media_types::OCI_MANIFEST, &json!({"evil": true})), Some("evil"));
    // An index that names itself would have no end; deeper and deeper ones have none in practice.
    let mut deep = dev.with_image("a", "leaf", &[]);
    for _ in 0..5 {
        deep = index_of(&[&deep]);
        dev.add_manifest(&name("a"), &deep, Some("deep"));
    }
    let pairs = [("a:sparse", "a:1"), ("a:evil", "a:2"), ("a:deep", "a:3"), ("a:good", "a:4")];
    let plan = planned(&dev, &prod, &pairs).await;
    let codes: Vec<String> = plan
        .images
        .iter()
        .map(|image| match &image.action {
            Action::Unavailable { failure } => failure.code.clone(),
            action => action.word().into(),
        })
        .collect();
    assert_eq!(codes, ["not-found", "manifest-unreadable", "manifest-too-complex", "copy"]);
}

#[tokio::test]
async fn a_plan_survives_json_and_its_hash_changes_with_it() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "1", &[&layer(1, 10)]);
    let plan = planned(&dev, &prod, &[("a:1", "a:1"), ("a:1", "b:1")]).await;
    let back: CopyPlan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(back.images, plan.images);
    assert_eq!(back.content_hash().unwrap(), plan.content_hash().unwrap());
    let other = planned(&dev, &prod, &[("a:1", "a:2")]).await;
    assert_ne!(other.content_hash().unwrap(), plan.content_hash().unwrap());
}

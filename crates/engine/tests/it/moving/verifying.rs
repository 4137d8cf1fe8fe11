//! What `verify` proves, and the record that it can be given later.

use std::sync::Arc;

use longshore_engine::{Event, Record, VerifyItem, VerifyOptions, VerifyOutcome, missing, plan, run, verify};
use longshore_registry::Descriptor;

use crate::support::{
    Memory,
    images::{Told, blob, context, image_of, index_of, layer, name, request},
};

fn item(image: &str) -> VerifyItem {
    let (repository, tag) = image.split_once(':').unwrap();
    VerifyItem::new(name(repository), tag.parse().unwrap())
}

async fn verified(registry: &Memory, images: &[&str], options: VerifyOptions) -> VerifyOutcome {
    let items: Vec<VerifyItem> = images.iter().map(|image| item(image)).collect();
    verify(registry.arc(), &items, options).await
}

fn codes(outcome: &VerifyOutcome) -> Vec<&str> {
    let mut codes: Vec<&str> = outcome.problems.iter().map(|problem| problem.code.as_str()).collect();
    codes.sort_unstable();
    codes
}

/// Two children that share a layer, under an index.
fn filled() -> (Memory, Vec<u8>, Vec<u8>) {
    let registry = Memory::new("r");
    let (shared, own) = (layer(1, 50_000), layer(2, 70_000));
    let children =
        [registry.with_image("a", "amd", &[&shared]), registry.with_image("a", "arm", &[&shared, &own])];
    registry.add_manifest(&name("a"), &index_of(&[&children[0], &children[1]]), Some("1"));
    (registry, shared, own)
}

#[tokio::test]
async fn everything_is_counted_once_and_deep_reads_every_byte() {
    let (registry, shared, own) = filled();
    let told = Arc::new(Told::default());
    let options = VerifyOptions { reporter: told.clone(), ..VerifyOptions::default() };
    let outcome = verified(&registry, &["a:1", "a:amd"], options).await;
    assert!(outcome.is_right(), "{outcome:?}");
    // Three manifests, two configurations, two layers.
    assert_eq!((outcome.images, outcome.checked, outcome.bytes), (2, 7, 0));
    assert!(told.events().contains(&Event::Checked { image: 1 }));
    assert!(registry.opened(&blob(&own).digest).is_empty(), "no byte is read without need");
    let deep = VerifyOptions { deep: true, ..VerifyOptions::default() };
    let outcome = verified(&registry, &["a:1"], deep).await;
    assert!(outcome.is_right() && outcome.bytes > (shared.len() + own.len()) as u64, "{outcome:?}");
    assert_eq!(registry.opened(&blob(&shared).digest), [0], "a shared layer is read once");
}

#[tokio::test]
async fn what_is_gone_or_wrong_is_found() {
    let (registry, shared, own) = filled();
    registry.remove_blob(&name("a"), &blob(&shared).digest);
    // Other bytes of the same length, and bytes of another length.
    registry.corrupt(&blob(&own).digest);
    let short = layer(9, 1_000);
    registry.with_image("b", "short", &[&short]);
    let cut = Descriptor { size: 1_000, ..blob(&short) };
    registry.add_blob(&name("b"), &cut, &short[..900]);
    let outcome = verified(&registry, &["a:1", "b:short", "b:none"], VerifyOptions::default()).await;
    assert_eq!((outcome.missing, outcome.mismatched, outcome.failed), (2, 1, 0));
    assert_eq!(codes(&outcome), ["missing", "missing", "size-mismatch"]);
    assert!(!outcome.is_right());
    let deep = VerifyOptions { deep: true, ..VerifyOptions::default() };
    let outcome = verified(&registry, &["a:1"], deep).await;
    assert_eq!(codes(&outcome), ["digest-mismatch", "missing"]);
    let lost = image_of("lost", &[]).0;
    registry.add_manifest(&name("c"), &index_of(&[&lost]), Some("sparse"));
    let outcome = verified(&registry, &["c:sparse"], VerifyOptions::default()).await;
    assert_eq!(codes(&outcome), ["missing"], "a child that is gone");
}

#[tokio::test]
async fn two_registries_are_compared_tag_by_tag() {
    let (registry, _, _) = filled();
    let other = Memory::new("other");
    let options = || VerifyOptions { against: Some(other.arc()), ..VerifyOptions::default() };
    assert_eq!(codes(&verified(&registry, &["a:amd"], options()).await), ["missing"]);
    other.with_image("a", "amd", &[&layer(7, 10)]);
    let outcome = verified(&registry, &["a:amd"], options()).await;
    assert_eq!((codes(&outcome), outcome.mismatched), (vec!["differs"], 1));
    other.with_image("a", "amd", &[&layer(1, 50_000)]);
    assert!(verified(&registry, &["a:amd"], options()).await.is_right());
}

#[tokio::test]
async fn a_record_says_how_everything_is_known_and_can_be_checked_later() {
    let (dev, prod, folder) = (Memory::new("dev"), Memory::new("prod"), tempfile::tempdir().unwrap());
    dev.with_image("a", "1", &[&layer(1, 1_000)]);
    dev.with_image("a", "2", &[&layer(2, 1_000)]);
    prod.with_image("b", "2", &[&layer(2, 1_000)]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:1"), ("a:2", "b:2")])).await.unwrap();
    let image = plan.images[0].clone();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    let path = folder.path().join("record.json");
    Record::of(&outcome).write(&path).unwrap();
    let record = Record::read(&path).unwrap();
    assert_eq!(record, Record::of(&outcome));
    assert_eq!((record.source.as_str(), record.planned.copy, record.planned.skip), ("dev", 1, 1));
    assert!(missing(&image, &record.images[0].proof).is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");

    let items = record.items().unwrap();
    assert_eq!(items.len(), 2);
    assert!(verify(prod.arc(), &items, VerifyOptions::default()).await.is_right());
    prod.with_image("b", "1", &[&layer(7, 10)]);
    prod.remove_blob(&name("b"), &blob(&layer(2, 1_000)).digest);
    let outcome = verify(prod.arc(), &items, VerifyOptions::default()).await;
    assert_eq!(codes(&outcome), ["differs", "missing"]);
}

#[tokio::test]
async fn a_record_that_cannot_be_written_or_read_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.json");
    std::fs::write(&path, "{\"form\": \"something\"}").unwrap();
    assert_eq!(Record::read(&path).unwrap_err().code(), "report");
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[])).await.unwrap();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    let record = Record::of(&outcome);
    let nowhere = folder.path().join("none/record.json");
    assert_eq!(record.write(&nowhere).unwrap_err().code(), "report");
    record.write(&path).unwrap();
    assert_eq!(Record::read(&path).unwrap(), record);
}

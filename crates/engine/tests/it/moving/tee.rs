//! Several destinations of one source.

use std::time::Duration;

use longshore_engine::{CopyPlan, RunContext, RunEnd, plan, run_many};

use crate::support::{
    Memory,
    images::{blob, context, layer, name, request},
};

const SOON: Duration = Duration::from_secs(30);
/// More than the distance that the readers of one blob may be apart.
const BIG: usize = 10_000_000;

async fn to(dev: &Memory, destinations: &[&Memory], tags: &[&str]) -> Vec<(CopyPlan, RunContext)> {
    let pairs: Vec<(String, String)> =
        tags.iter().map(|tag| (format!("a:{tag}"), format!("b:{tag}"))).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let mut runs = Vec::new();
    for destination in destinations {
        // Each opens the source itself, as callers do.
        let (source, sink) = (dev.arc(), destination.arc());
        let plan = plan(source.clone(), sink.clone(), &request(&pairs)).await.unwrap();
        runs.push((plan, context(&source, &sink)));
    }
    runs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_destinations_read_each_blob_of_the_source_once() {
    let dev = Memory::new("dev");
    let shared = layer(1, BIG);
    let mut blobs = vec![shared.clone()];
    for n in 0..20_u8 {
        let own = layer(n, 1_000 + usize::from(n));
        dev.with_image("a", &n.to_string(), &[&shared, &own]);
        blobs.push(own);
    }
    let tags: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let destinations: Vec<Memory> = (0..4).map(|n| Memory::new(&format!("prod{n}"))).collect();
    let runs = to(&dev, &destinations.iter().collect::<Vec<_>>(), &tags).await;
    let outcomes = tokio::time::timeout(SOON, run_many(runs)).await.unwrap();
    assert_eq!(outcomes.len(), 4);
    for (outcome, destination) in outcomes.into_iter().zip(&destinations) {
        let outcome = outcome.unwrap();
        assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 20));
        assert_eq!(outcome.destination, *longshore_registry::Source::name(destination));
        assert_eq!(destination.uploads_of(&blob(&shared).digest), 1);
    }
    for content in blobs {
        assert_eq!(dev.opened(&blob(&content).digest), [0], "read once, from the beginning");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_paused_is_let_go_and_reads_the_rest_for_itself() {
    let dev = Memory::new("dev");
    let content = layer(1, BIG);
    dev.with_image("a", "1", &[&content]);
    let (quick, paused) = (Memory::new("quick"), Memory::new("paused"));
    let runs = to(&dev, &[&quick, &paused], &["1"]).await;
    let control = runs[1].1.control.clone();
    // A little of it gets through, so that it has joined.
    control.set_bandwidth(Some(200_000));
    let running = tokio::spawn(run_many(runs));
    tokio::time::timeout(SOON, quick.uploaded(2)).await.unwrap();
    assert_eq!(paused.uploads_of(&blob(&content).digest), 0);
    control.set_bandwidth(None);
    let outcomes = tokio::time::timeout(SOON, running).await.unwrap().unwrap();
    for outcome in outcomes {
        assert_eq!(outcome.unwrap().summary.end, RunEnd::Done);
    }
    let opened = dev.opened(&blob(&content).digest);
    assert!(opened.len() == 2 && opened[0] == 0 && opened[1] > 0, "the rest with a range: {opened:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_fails_or_is_stopped_does_not_hold_up_the_others() {
    let dev = Memory::new("dev");
    let content = layer(1, BIG);
    dev.with_image("a", "1", &[&content]);
    let (good, denied, stopped) = (Memory::new("good"), Memory::new("denied"), Memory::new("stopped"));
    let runs = to(&dev, &[&denied, &good, &stopped], &["1"]).await;
    denied.deny(&name("b"));
    stopped.hold(&blob(&content).digest);
    let cancel = runs[2].1.cancel.clone();
    let running = tokio::spawn(run_many(runs));
    tokio::time::timeout(SOON, good.uploaded(2)).await.unwrap();
    cancel.cancel();
    let outcomes = tokio::time::timeout(SOON, running).await.unwrap().unwrap();
    let ends: Vec<RunEnd> = outcomes.into_iter().map(|outcome| outcome.unwrap().summary.end).collect();
    assert_eq!(ends, [RunEnd::Incomplete, RunEnd::Done, RunEnd::Cancelled]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_breaks_is_read_on_for_all_of_them() {
    let dev = Memory::new("dev");
    let content = layer(1, BIG);
    dev.with_image("a", "1", &[&content]);
    dev.break_once(&blob(&content).digest, 3_000_000);
    let (one, other) = (Memory::new("one"), Memory::new("other"));
    let runs = to(&dev, &[&one, &other], &["1"]).await;
    let outcomes = tokio::time::timeout(SOON, run_many(runs)).await.unwrap();
    assert!(outcomes.into_iter().all(|outcome| outcome.unwrap().summary.end == RunEnd::Done));
    assert_eq!(dev.opened(&blob(&content).digest), [0, 3_000_000]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_bytes_reach_no_destination_and_each_reads_once_more_for_itself() {
    let dev = Memory::new("dev");
    let (once, always) = (layer(1, 200_000), layer(2, 200_000));
    dev.with_image("a", "1", &[&once]);
    dev.with_image("a", "2", &[&always]);
    dev.corrupt_once(&blob(&once).digest);
    dev.corrupt(&blob(&always).digest);
    let destinations = [Memory::new("one"), Memory::new("other")];
    let runs = to(&dev, &[&destinations[0], &destinations[1]], &["1", "2"]).await;
    let outcomes = tokio::time::timeout(SOON, run_many(runs)).await.unwrap();
    for (outcome, destination) in outcomes.into_iter().zip(&destinations) {
        let outcome = outcome.unwrap();
        assert_eq!((outcome.summary.copied, outcome.summary.failed), (1, 1));
        assert_eq!(outcome.images[1].error.as_ref().unwrap().code, "digest-mismatch");
        assert!(!destination.has_blob(&name("b"), &blob(&always).digest));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destination_that_needs_less_is_not_waited_for() {
    let dev = Memory::new("dev");
    let shared = layer(1, BIG);
    dev.with_image("a", "1", &[&shared]);
    let (empty, filled, retained) = (Memory::new("empty"), Memory::new("filled"), Memory::new("retained"));
    filled.with_image("b", "old", &[&shared]);
    let runs = to(&dev, &[&filled, &empty, &retained], &["1"]).await;
    let outcomes = tokio::time::timeout(SOON, run_many(runs)).await.unwrap();
    assert!(outcomes.into_iter().all(|outcome| outcome.unwrap().summary.end == RunEnd::Done));
    assert_eq!((filled.uploads_of(&blob(&shared).digest), dev.opened(&blob(&shared).digest)), (0, vec![0]));
}

/// One reader is paused before it asks for anything. With one big blob the other reader fills that
/// blob's buffer, and with many small ones the buffer of all blobs together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_never_comes_is_let_go() {
    let big = vec![BIG];
    let small = vec![3_000_000; 14];
    for sizes in [big, small] {
        let dev = Memory::new("dev");
        let contents: Vec<Vec<u8>> = sizes.iter().zip(1..).map(|(size, seed)| layer(seed, *size)).collect();
        let layers: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
        dev.with_image("a", "1", &layers);
        let (quick, absent) = (Memory::new("quick"), Memory::new("absent"));
        let runs = to(&dev, &[&quick, &absent], &["1"]).await;
        let control = runs[1].1.control.clone();
        control.pause();
        let running = tokio::spawn(run_many(runs));
        tokio::time::timeout(SOON, quick.uploaded(sizes.len() + 1)).await.unwrap();
        assert!(absent.uploads().is_empty());
        control.resume();
        for outcome in tokio::time::timeout(SOON, running).await.unwrap().unwrap() {
            assert_eq!(outcome.unwrap().summary.end, RunEnd::Done);
        }
        assert_eq!(absent.uploads().len(), sizes.len() + 1);
    }
}

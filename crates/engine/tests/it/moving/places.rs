//! Which images wait and which are transferred.

use std::{sync::Arc, time::Duration};

use longshore_engine::{Event, Order, RunEnd, plan, run};

use crate::support::{
    Memory,
    images::{Told, blob, context, layer, name, request},
};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn images_that_wait_for_a_blob_of_another_keep_nobody_from_moving() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let base = layer(1, 50_000);
    let pairs: Vec<(String, String)> = (0..100)
        .map(|n| (format!("a:{n}"), format!("{}:{n}", if n == 0 { "first" } else { "second" })))
        .collect();
    for n in 0..100_u8 {
        dev.with_image("a", &n.to_string(), &[&base, &layer(n + 50, 300 + usize::from(n))]);
    }
    prod.hold(&blob(&base).digest);
    let (source, sink) = (dev.arc(), prod.arc());
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let plan = plan(source.clone(), sink.clone(), &request(&pairs)).await.unwrap();
    let mut context = context(&source, &sink);
    context.options.blobs = 2;
    let running = tokio::spawn(run(plan, context));
    // The base occupies one of two slots; everything else goes through the other one.
    tokio::time::timeout(SOON, prod.uploaded(200)).await.unwrap();
    assert_eq!((prod.uploads_of(&blob(&base).digest), prod.mounts()), (0, 0));
    assert!(prod.tag(&name("second"), "7").is_none());
    prod.release(&blob(&base).digest);
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 100));
    assert_eq!((prod.uploads_of(&blob(&base).digest), prod.mounts()), (1, 1));
}

#[tokio::test]
async fn where_any_blob_can_be_mounted_the_first_image_need_not_be_complete() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").mounts_anything());
    let (base, slow) = (layer(1, 5_000), layer(2, 70_000));
    dev.with_image("a", "1", &[&base, &slow]);
    dev.with_image("a", "2", &[&base]);
    prod.hold(&blob(&slow).digest);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "x:1"), ("a:2", "y:2")])).await.unwrap();
    let mut context = context(&source, &sink);
    let (sender, mut finished) = tokio::sync::mpsc::unbounded_channel();
    context.reporter = Arc::new(move |event: Event| {
        if let Event::Finished { image } = event {
            sender.send(image).unwrap();
        }
    });
    let running = tokio::spawn(run(plan, context));
    let first = tokio::time::timeout(SOON, finished.recv()).await.unwrap();
    assert_eq!((first, prod.mounts()), (Some(1), 1), "mounted while the first image is incomplete");
    prod.release(&blob(&slow).digest);
    assert_eq!(running.await.unwrap().unwrap().summary.copied, 2);
}

#[tokio::test]
async fn one_source_without_the_blob_does_not_fail_those_that_read_it_elsewhere() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let shared = layer(1, 5_000);
    dev.with_image("broken", "1", &[&shared]);
    dev.with_image("whole", "2", &[&shared]);
    dev.remove_blob(&name("broken"), &blob(&shared).digest);
    let (source, sink) = (dev.arc(), prod.arc());
    let pairs = [("broken:1", "x:1"), ("whole:2", "x:2")];
    let plan = plan(source.clone(), sink.clone(), &request(&pairs)).await.unwrap();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!((outcome.summary.failed, outcome.summary.copied), (1, 1));
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("not-found", longshore_engine::Side::Source));
    assert!(prod.tag(&name("x"), "2").is_some() && prod.tag(&name("x"), "1").is_none());
}

#[tokio::test]
async fn a_big_blob_is_told_of_at_its_beginning_and_end_and_not_for_every_piece() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let big = layer(1, 4_000_000);
    dev.with_image("a", "1", &[&big]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1")])).await.unwrap();
    let told = Arc::new(Told::default());
    let mut context = context(&source, &sink);
    context.reporter = told.clone();
    let began = std::time::Instant::now();
    run(plan, context).await.unwrap();
    let most = 3 + began.elapsed().as_millis() / 100;
    let moved: Vec<u64> = told
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Bytes { moved, total: 4_000_000, .. } => Some(moved),
            _ => None,
        })
        .collect();
    assert_eq!((moved.first(), moved.last()), (Some(&0), Some(&4_000_000)));
    assert!((moved.len() as u128) <= most, "{moved:?} for 245 pieces");
}

#[tokio::test]
async fn as_many_blobs_are_under_way_as_the_limit_says_and_no_more() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let layers: Vec<Vec<u8>> = (0..20).map(|n| layer(n, 1_000)).collect();
    let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
    dev.with_image("a", "1", &layers);
    prod.close_gate_after(0);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1")])).await.unwrap();
    let context = context(&source, &sink);
    context.control.set_concurrency(Some(3));
    let control = context.control.clone();
    let running = tokio::spawn(run(plan, context));
    tokio::time::timeout(SOON, prod.uploads_at_gate(3)).await.unwrap();
    let fourth = tokio::time::timeout(Duration::from_millis(50), prod.uploads_at_gate(1)).await;
    assert!(fourth.is_err(), "a fourth one is under way");
    control.set_concurrency(Some(8));
    tokio::time::timeout(SOON, prod.uploads_at_gate(5)).await.unwrap();
    prod.open_gate();
    assert_eq!(running.await.unwrap().unwrap().summary.end, RunEnd::Done);
}

/// Numbers that look random and are the same each time.
fn dice(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap()
}

#[tokio::test]
async fn whatever_images_share_everything_ends_and_moves_once() {
    for seed in 0..8_u64 {
        let mut seed = seed;
        let dev = Memory::new("dev");
        let prod = Memory::new("prod").strict_repositories();
        let any_mount = seed % 2 == 1;
        let prod = if any_mount { prod.mounts_anything() } else { prod };
        let layers: Vec<Vec<u8>> = (0..30_u8).map(|n| layer(n, 200 + usize::from(n) * 37)).collect();
        let bad = blob(&layers[7]).digest;
        dev.corrupt(&bad);
        let (mut pairs, mut broken) = (Vec::new(), 0);
        for n in 0..150 {
            let chosen: Vec<usize> = (0..1 + dice(&mut seed) % 4).map(|_| dice(&mut seed) % 30).collect();
            let contents: Vec<&[u8]> = chosen.iter().map(|at| layers[*at].as_slice()).collect();
            dev.with_image("a", &n.to_string(), &contents);
            broken += usize::from(chosen.contains(&7));
            pairs.push((format!("a:{n}"), format!("r{}:{n}", dice(&mut seed) % 6)));
        }
        let (source, sink) = (dev.arc(), prod.arc());
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let mut request = request(&pairs);
        if seed % 3 == 0 {
            request.order = Order::Pushed;
        }
        let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
        let mut context = context(&source, &sink);
        context.options.blobs = 1 + dice(&mut seed) % 9;
        let outcome = tokio::time::timeout(SOON, run(plan, context)).await.unwrap().unwrap();
        assert_eq!((outcome.summary.copied, outcome.summary.failed), (150 - broken, broken));
        let failures = outcome.images.iter().filter_map(|image| image.error.as_ref());
        assert!(failures.into_iter().all(|failure| failure.code == "digest-mismatch"));
        let mut uploads = prod.uploads();
        let all = uploads.len();
        uploads.sort();
        uploads.dedup();
        assert_eq!(uploads.len(), all, "nothing goes to a repository twice");
        // Where only named blobs are mounted, one of an image that failed is uploaded once more.
        let most = layers.iter().map(|content| prod.uploads_of(&blob(content).digest)).max();
        assert!(!any_mount || most == Some(1), "nor to the registry, as it mounts");
    }
}

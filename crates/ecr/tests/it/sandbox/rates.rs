//! ECR's rates and expiring tokens, with the sandbox as strict as ECR.

use std::time::{Duration, Instant};

use bytes::Bytes;
use longshore_ecr::EcrEndpoint;
use longshore_names::Algorithm;
use longshore_registry::{BlobStream, Descriptor, Manifest, Sink, Source, digest_of};
use longshore_sandbox::Clock;

use super::world::{DEV, LAYER, World, counters, image, name, push, siblings, tag};

async fn put_all(endpoints: &[&EcrEndpoint], manifests: &[Manifest]) {
    let puts = manifests.iter().enumerate().map(|(number, manifest)| {
        let endpoint = endpoints[number % endpoints.len()];
        async move {
            let tag = tag(&number.to_string());
            endpoint.push_manifest(&name("app"), manifest, Some(&tag)).await.unwrap();
        }
    });
    futures::future::join_all(puts).await;
}

#[tokio::test]
async fn manifests_keep_to_ecrs_rate_whoever_puts_them() {
    let world = World::start_switched(Clock::system(), &["throttling"]).await;
    let (one, other) = (world.endpoint(DEV).await, world.endpoint(DEV).await);
    one.ensure_repository(&name("app")).await.unwrap();
    let image = image("paced ");
    push(&one, &name("app"), &image, None).await;
    let start = Instant::now();

    put_all(&[&one, &other], &siblings(&image, 40)).await;

    assert_eq!(counters(&world, DEV).throttled, 0, "{:?}", world.sandbox.traffic());
    let time = start.elapsed().as_secs_f64();
    assert!((3.6..6.0).contains(&time), "40 at ten a second: {time}");
}

#[tokio::test]
async fn a_rate_that_others_use_up_slows_down_and_loses_nothing() {
    let world = World::start_switched(Clock::system(), &["throttling"]).await;
    let (dev, stranger) = (world.endpoint(DEV).await, world.client(DEV));
    dev.ensure_repository(&name("app")).await.unwrap();
    let image = image("crowded ");
    push(&dev, &name("app"), &image, None).await;
    let manifests = siblings(&image, 30);
    let (ours, theirs) = manifests.split_at(15);

    // Another program that knows of no rate; it is throttled too, and retries on its own.
    let others = theirs.iter().map(|manifest| {
        let stranger = &stranger;
        async move { stranger.put_image(&name("app"), manifest, None).await }
    });
    let endpoints = [&*dev];
    tokio::join!(put_all(&endpoints, ours), futures::future::join_all(others));

    assert!(counters(&world, DEV).throttled > 0);
    assert_eq!(dev.tags(&name("app")).await.unwrap().len(), 15);
}

#[tokio::test]
async fn a_share_of_the_rate_is_kept() {
    let world = World::start().await;
    let dev =
        EcrEndpoint::connect(world.client(DEV), Default::default()).await.unwrap().with_rate_share(0.25);
    dev.ensure_repository(&name("app")).await.unwrap();
    let image = image("shared ");
    push(&dev, &name("app"), &image, None).await;
    let start = Instant::now();

    put_all(&[&dev], &siblings(&image, 6)).await;

    let time = start.elapsed().as_secs_f64();
    assert!(time >= 2.3, "six at 2.5 a second after the one before: {time}");
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_once_however_many_need_it() {
    // Signed requests may be five minutes off, so the clock may be moved by less.
    let clock = Clock::system();
    let world = World::start_switched(clock.clone(), &["token-life=200s"]).await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    let push_some = async |round: u32| {
        let pushes = (0..40).map(|number| {
            let (dev, repository) = (&dev, &repository);
            async move {
                let bytes = Bytes::from(format!("layer {round}/{number}"));
                let digest = digest_of(Algorithm::Sha256, &bytes);
                let blob = Descriptor { media_type: LAYER.into(), digest, size: bytes.len() as u64 };
                let body: BlobStream = Box::pin(futures::stream::iter([Ok(bytes)]));
                dev.push_blob(repository, &blob, body).await.unwrap();
            }
        });
        futures::future::join_all(pushes).await;
    };
    push_some(0).await;
    assert_eq!(dev.client().calls().of("GetAuthorizationToken"), 1);

    clock.advance(Duration::from_secs(201));
    push_some(1).await;

    assert_eq!(dev.client().calls().of("GetAuthorizationToken"), 2);
    let refused = world.sandbox.counters()[&super::world::registry(DEV)].requests;
    assert!(refused > 160, "some were refused and sent again: {refused}");
    assert_eq!(counters(&world, DEV).blob_uploads, 80);
}

#[tokio::test]
async fn a_clock_that_jumps_by_hours_is_found_out_and_signed_around() {
    let clock = Clock::system();
    let world = World::start_switched(clock.clone(), &["token-life=1h"]).await;
    let dev = world.endpoint(DEV).await;
    dev.ensure_repository(&name("app")).await.unwrap();
    let image = image("early ");
    push(&dev, &name("app"), &image, Some(&tag("1"))).await;
    let calls = |operation: &str| dev.client().calls().of(operation);
    let (puts, tokens) = (calls("PutImage"), calls("GetAuthorizationToken"));

    // The client sees its own clock six hours behind, and its password has expired.
    clock.advance(Duration::from_secs(6 * 3600));
    let again = siblings(&image, 2);
    dev.push_manifest(&name("app"), &again[0], Some(&tag("2"))).await.unwrap();
    push(&dev, &name("app"), &super::world::image("late "), Some(&tag("3"))).await;
    dev.push_manifest(&name("app"), &again[1], Some(&tag("4"))).await.unwrap();

    assert_eq!(dev.tags(&name("app")).await.unwrap().len(), 4);
    assert_eq!(calls("PutImage") - puts, 4, "one was refused and sent again, the others were right at once");
    assert_eq!(calls("GetAuthorizationToken") - tokens, 1);
    assert_eq!(dev.client().caller_identity().await.unwrap().account.as_str(), DEV, "STS too");
}

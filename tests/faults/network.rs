//! Faults of networks and busy servers, which a copy survives.

use longshore_engine::RunEnd;

use crate::{
    proxy::Fault,
    world::{World, layer},
};

/// Big enough not to fit into the buffers on the way.
const BIG: usize = 6_000_000;

/// Copies an image after `break_something` has prepared the proxies; it must arrive complete.
async fn survives(break_something: impl FnOnce(&World)) -> World {
    let world = World::new().await;
    let manifest = world.image("dev/app:1", &[&layer(1, BIG), &layer(2, 1_000)]).await;
    break_something(&world);
    let outcome = world.copy(&[("dev/app:1", "prod/app:1")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.arrived("prod/app:1").await, Some(manifest.digest.clone()));
    for content in [layer(1, BIG), layer(2, 1_000)] {
        let blob = crate::world::descriptor("", &content).digest;
        assert!(world.has_blob("prod/app", &blob).await);
    }
    let hits = world.source_proxy.hits() + world.sink_proxy.hits();
    assert!(hits > 0, "nothing went wrong, so nothing was tested");
    world
}

/// Where a connection can break, at the source and at the destination.
const READS: [(&str, &str); 2] = [("GET", "/manifests/"), ("GET", "/blobs/sha256")];
const WRITES: [(&str, &str); 3] =
    [("POST", "/blobs/uploads/"), ("PUT", "/blobs/uploads/"), ("PUT", "/manifests/")];

#[tokio::test]
async fn connection_reset_before_any_request_at_the_source() {
    for (method, path) in READS {
        survives(|world| world.source_proxy.fail(method, path, 2, Fault::ResetBefore)).await;
    }
}

#[tokio::test]
async fn connection_reset_in_any_answer_of_the_source() {
    for (method, path) in READS {
        survives(|world| world.source_proxy.fail(method, path, 2, Fault::ResetInBody(0))).await;
        survives(|world| world.source_proxy.fail(method, path, 2, Fault::ResetInBody(100))).await;
    }
    let far = Fault::ResetInBody(BIG - 1);
    survives(|world| world.source_proxy.fail("GET", "/blobs/sha256", 1, far)).await;
}

#[tokio::test]
async fn connection_reset_before_any_request_at_the_destination() {
    for (method, path) in WRITES {
        survives(|world| world.sink_proxy.fail(method, path, 2, Fault::ResetBefore)).await;
    }
}

#[tokio::test]
async fn connection_reset_in_any_request_to_the_destination() {
    for at in [0, 1, 50_000] {
        let fault = Fault::ResetInRequest(at);
        survives(|world| world.sink_proxy.fail("PUT", "/blobs/uploads/", 2, fault)).await;
    }
    survives(|world| world.sink_proxy.fail("PUT", "/manifests/", 1, Fault::ResetInRequest(10))).await;
}

#[tokio::test]
async fn connection_reset_instead_of_any_answer_of_the_destination() {
    // The registry has handled the request, and we do not know it.
    for (method, path) in WRITES {
        survives(|world| world.sink_proxy.fail(method, path, 2, Fault::ResetInsteadOfAnswer)).await;
    }
}

#[tokio::test]
async fn connection_reset_while_the_plan_looks_at_the_destination() {
    survives(|world| {
        world.sink_proxy.fail("GET", "/tags/list", 2, Fault::ResetBefore);
    })
    .await;
}

#[tokio::test]
async fn a_truncated_body_goes_on_where_it_ended() {
    let world =
        survives(|world| world.source_proxy.fail("GET", "/blobs/sha256", 1, Fault::CutBody(70_000))).await;
    let down = world.source_proxy.count("GET", "/blobs/sha256");
    assert!(down <= 4, "only the rest was read again, with a Range: {down} reads");
    survives(|world| world.source_proxy.fail("GET", "/manifests/", 1, Fault::CutBody(20))).await;
}

#[tokio::test]
async fn a_stalled_stream_is_given_up_and_opened_again() {
    survives(|world| world.source_proxy.fail("GET", "/blobs/sha256", 2, Fault::StallInBody(70_000))).await;
    survives(|world| world.source_proxy.fail("GET", "/manifests/", 1, Fault::StallBeforeAnswer)).await;
    survives(|world| world.sink_proxy.fail("POST", "/blobs/uploads/", 1, Fault::StallBeforeAnswer)).await;
}

fn too_many(retry_after: Option<&str>) -> Fault {
    let headers = retry_after.map(|value| format!("Retry-After: {value}")).into_iter().collect();
    Fault::Answer("429 Too Many Requests", headers, br#"{"errors":[{"code":"TOOMANYREQUESTS"}]}"#.to_vec())
}

#[tokio::test]
async fn too_many_requests_with_and_without_retry_after() {
    for (method, path) in READS {
        survives(|world| world.source_proxy.fail(method, path, 3, too_many(None))).await;
        survives(|world| world.source_proxy.fail(method, path, 1, too_many(Some("0")))).await;
    }
    for (method, path) in WRITES {
        survives(|world| world.sink_proxy.fail(method, path, 3, too_many(None))).await;
        survives(|world| world.sink_proxy.fail(method, path, 1, too_many(Some("0")))).await;
    }
}

#[tokio::test]
async fn a_storm_of_too_many_requests_is_weathered() {
    let world = World::new().await;
    let mut pairs = Vec::new();
    for n in 0..20_u8 {
        let reference = format!("dev/app:{n}");
        world.image(&reference, &[&layer(n, 20_000), &layer(100, 50_000)]).await;
        pairs.push((reference, format!("prod/app:{n}")));
    }
    // Every fourth request for a while, on both sides.
    for n in 0..15 {
        world.source_proxy.fail_after("GET", "/", 3 * n, 1, too_many(None));
        world.sink_proxy.fail_after("PUT", "/", 3 * n, 1, too_many(None));
        world.sink_proxy.fail_after("POST", "/", 3 * n, 1, too_many(None));
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let outcome = world.copy(&pairs).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(outcome.summary.copied, 20);
    assert!(world.sink_proxy.hits() >= 10);
}

#[tokio::test]
async fn bursts_of_server_errors() {
    for status in ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable"] {
        let failing = || Fault::Answer(status, Vec::new(), b"<html>a proxy's page</html>".to_vec());
        for (method, path) in READS {
            survives(|world| world.source_proxy.fail(method, path, 3, failing())).await;
        }
        for (method, path) in WRITES {
            survives(|world| world.sink_proxy.fail(method, path, 3, failing())).await;
        }
    }
}

#[tokio::test]
async fn a_server_that_never_recovers_ends_the_image_and_names_the_side() {
    let world = World::new().await;
    world.image("dev/app:1", &[&layer(1, 1_000)]).await;
    let plan = world.plan(&[("dev/app:1", "prod/app:1")]).await;
    let failing = Fault::Answer("503 Service Unavailable", Vec::new(), Vec::new());
    world.sink_proxy.fail("PUT", "/blobs/", usize::MAX, failing);
    let outcome = world.run(plan).await;
    assert_eq!(outcome.summary.end, RunEnd::Incomplete);
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("server", longshore_engine::Side::Destination));
    assert_eq!(world.arrived("prod/app:1").await, None);
}

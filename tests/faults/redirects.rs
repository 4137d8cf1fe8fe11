//! Where a registry may redirect us, and whether credentials are sent there.

use std::sync::Arc;

use longshore_engine::{RunEnd, Side, plan, run};
use longshore_registry::{Credentials, HostOptions, HttpRegistry, Secret};

use crate::{
    proxy::{Fault, FaultProxy},
    world::{World, context, layer, options, request, within},
};

fn to(location: &str) -> Fault {
    Fault::Answer("307 Temporary Redirect", vec![format!("Location: {location}")], Vec::new())
}

/// The source with a name and a password.
fn with_password(world: &World) -> Arc<HttpRegistry> {
    let credentials = Credentials::Basic { user: "reader".into(), password: Secret::new("hunter2") };
    let options = HostOptions { credentials: Arc::new(credentials), ..options() };
    Arc::new(HttpRegistry::connect(&world.source_proxy.host, options).unwrap())
}

#[tokio::test]
async fn a_redirect_to_another_host_is_followed_without_the_credentials() {
    let world = World::new().await;
    let image = world.image("dev/app:1", &[&layer(1, 50_000)]).await;
    let storage = FaultProxy::before(&world.from.host).await;
    // The registry asks for credentials first, as registries do.
    let challenge = vec!["WWW-Authenticate: Basic realm=\"test\"".to_owned()];
    world.source_proxy.fail(
        "GET",
        "/manifests/",
        1,
        Fault::Answer("401 Unauthorized", challenge, Vec::new()),
    );
    let blob = crate::world::descriptor("", &layer(1, 50_000)).digest;
    let location = format!("http://{}/v2/dev/app/blobs/{blob}", storage.host);
    world.source_proxy.fail("GET", blob.as_str(), 1, to(&location));
    let source = with_password(&world);
    let request = request(&[("dev/app:1", "prod/app:1")]);
    let plan = within(plan(source.clone(), world.sink(), &request)).await.unwrap();
    let outcome = within(run(plan, context(source, world.sink()))).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.arrived("prod/app:1").await, Some(image.digest));
    assert!(world.source_proxy.seen().iter().any(|seen| seen.authorized), "no request was authorized");
    let there = storage.seen();
    assert!(!there.is_empty() && there.iter().all(|seen| !seen.authorized), "{there:?}");
}

async fn refused(location: impl Fn(&World) -> String) {
    let world = World::new().await;
    world.image("dev/app:1", &[&layer(1, 50_000)]).await;
    let blob = crate::world::descriptor("", &layer(1, 50_000)).digest;
    world.source_proxy.fail("GET", blob.as_str(), usize::MAX, to(&location(&world)));
    let outcome = world.copy(&[("dev/app:1", "prod/app:1")]).await;
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("protocol", Side::Source), "{}", error.message);
    assert_eq!(world.arrived("prod/app:1").await, None);
}

#[tokio::test]
async fn a_redirect_in_a_circle_ends() {
    refused(|world| {
        let blob = crate::world::descriptor("", &layer(1, 50_000)).digest;
        format!("http://{}/v2/dev/app/blobs/{blob}", world.source_proxy.host)
    })
    .await;
}

#[tokio::test]
async fn a_redirect_to_a_file_or_another_scheme_is_refused() {
    refused(|_| "file:///etc/passwd".into()).await;
    refused(|_| "ftp://127.0.0.1/x".into()).await;
    refused(|_| "unix:/run/docker.sock".into()).await;
}

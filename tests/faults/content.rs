//! Wrong content, and unusual images.

use std::sync::Arc;

use longshore_engine::{Event, OnConflict, RunEnd, Side, run};
use longshore_names::Algorithm;
use longshore_registry::{Descriptor, Manifest, Sink, digest_of, media_types};
use serde_json::json;

use crate::{
    proxy::Fault,
    world::{World, context, descriptor, layer, manifest, name, push_blob, push_image, put, request, within},
};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

#[tokio::test]
async fn wrong_bytes_once_are_read_again_from_scratch() {
    let world = World::new().await;
    let manifest = world.image("dev/app:1", &[&layer(1, 300_000)]).await;
    let blob = descriptor(LAYER, &layer(1, 300_000)).digest;
    world.source_proxy.fail("GET", blob.as_str(), 1, Fault::FlipByte(150_000));
    let outcome = world.copy(&[("dev/app:1", "prod/app:1")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.source_proxy.count("GET", blob.as_str()), 2);
    assert_eq!(world.arrived("prod/app:1").await, Some(manifest.digest));
}

#[tokio::test]
async fn wrong_bytes_always_are_an_error_that_names_the_source_and_are_never_kept() {
    let world = World::new().await;
    world.image("dev/app:1", &[&layer(1, 300_000)]).await;
    let blob = descriptor(LAYER, &layer(1, 300_000)).digest;
    world.source_proxy.fail("GET", blob.as_str(), usize::MAX, Fault::FlipByte(150_000));
    let outcome = world.copy(&[("dev/app:1", "prod/app:1")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Incomplete);
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("digest-mismatch", Side::Source));
    assert!(error.message.contains(&world.source_proxy.host), "{}", error.message);
    assert_eq!(world.source_proxy.count("GET", blob.as_str()), 2, "once more from scratch, then no more");
    assert!(!world.has_blob("prod/app", &blob).await);
    assert_eq!(world.arrived("prod/app:1").await, None);
}

#[tokio::test]
async fn a_manifest_with_wrong_bytes_is_not_copied() {
    let world = World::new().await;
    world.image("dev/app:1", &[&layer(1, 1_000)]).await;
    world.source_proxy.fail("GET", "/manifests/", usize::MAX, Fault::FlipByte(40));
    let plan = world.plan(&[("dev/app:1", "prod/app:1")]).await;
    let outcome = world.run(plan).await;
    assert_eq!(outcome.summary.failed, 1);
    assert_eq!(outcome.images[0].error.clone().unwrap().side, Side::Source);
    assert_eq!(world.arrived("prod/app:1").await, None);
}

#[tokio::test]
async fn a_manifest_over_4_mib_is_refused_before_it_is_read() {
    let world = World::new().await;
    world.image("dev/app:1", &[&layer(1, 1_000)]).await;
    let headers = vec![format!("Content-Type: {}", media_types::OCI_MANIFEST)];
    let huge = Fault::Answer("200 OK", headers, vec![b' '; 4 * 1024 * 1024 + 1]);
    world.source_proxy.fail("GET", "/manifests/", usize::MAX, huge);
    let outcome = world.copy(&[("dev/app:1", "prod/app:1")]).await;
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("too-large", Side::Source));
}

/// An index of indexes of indexes …
async fn nested(world: &World, depth: usize) -> Manifest {
    let registry = world.behind_source();
    let mut inner = push_image(&registry, "dev/app:leaf", &[&layer(1, 1_000)]).await;
    for level in 0..depth {
        let document = json!({
            "schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [inner.descriptor()],
        });
        inner = manifest(media_types::OCI_INDEX, &document);
        put(&registry, "dev/app", Some(&format!("level{level}")), &inner).await;
    }
    inner
}

#[tokio::test]
async fn indexes_in_indexes_are_copied_and_too_many_are_an_error() {
    let world = World::new().await;
    let index = nested(&world, 2).await;
    let outcome = world.copy(&[("dev/app:level1", "prod/app:1")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.arrived("prod/app:1").await, Some(index.digest));
    nested(&world, 12).await;
    let outcome = world.copy(&[("dev/app:level11", "prod/app:deep")]).await;
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("manifest-too-complex", Side::Source));
}

#[tokio::test]
async fn an_index_that_names_itself_ends() {
    // No content contains its own digest, so only a lying server can do this.
    let world = World::new().await;
    let image = world.image("dev/app:1", &[&layer(1, 1_000)]).await;
    let index = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [{
            "mediaType": media_types::OCI_INDEX, "digest": image.digest, "size": image.bytes.len(),
        }],
    });
    let headers = vec![format!("Content-Type: {}", media_types::OCI_INDEX)];
    let answer = Fault::Answer("200 OK", headers, index.to_string().into_bytes());
    world.source_proxy.fail("GET", "/manifests/", usize::MAX, answer);
    let outcome = world.copy(&[("dev/app:1", "prod/app:1")]).await;
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("digest-mismatch", Side::Source));
}

/// Pushes an image with these layer descriptors to the source.
async fn image_with(world: &World, layers: &[Descriptor]) -> Manifest {
    let registry = world.behind_source();
    let config = push_blob(&registry, "dev/app", CONFIG, br#"{"config":{}}"#).await;
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "config": config, "layers": layers,
    });
    let manifest = manifest(media_types::OCI_MANIFEST, &document);
    put(&registry, "dev/app", Some("1"), &manifest).await;
    manifest
}

async fn arrives(world: &World, image: &Manifest) {
    let outcome = world.copy(&[("dev/app:1", "prod/app:1")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.arrived("prod/app:1").await, Some(image.digest.clone()));
}

#[tokio::test]
async fn a_layer_that_an_image_names_twice_moves_once() {
    let world = World::new().await;
    let one = push_blob(&world.behind_source(), "dev/app", LAYER, &layer(1, 50_000)).await;
    let image = image_with(&world, &[one.clone(), one.clone(), one.clone()]).await;
    arrives(&world, &image).await;
    assert_eq!(world.source_proxy.count("GET", one.digest.as_str()), 1);
}

#[tokio::test]
async fn zstd_encrypted_and_unknown_layers_are_only_bytes() {
    let world = World::new().await;
    let mut layers = Vec::new();
    for (seed, media_type) in [
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
        "application/vnd.example.something",
    ]
    .into_iter()
    .enumerate()
    {
        let seed = u8::try_from(seed).unwrap();
        layers.push(push_blob(&world.behind_source(), "dev/app", media_type, &layer(seed, 5_000)).await);
    }
    let image = image_with(&world, &layers).await;
    arrives(&world, &image).await;
}

#[tokio::test]
async fn an_artifact_with_an_empty_configuration_is_copied() {
    let world = World::new().await;
    let registry = world.behind_source();
    let empty = push_blob(&registry, "dev/app", "application/vnd.oci.empty.v1+json", b"{}").await;
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST,
        "artifactType": "application/vnd.example.report", "config": empty, "layers": [empty],
    });
    let artifact = manifest(media_types::OCI_MANIFEST, &document);
    put(&registry, "dev/app", Some("1"), &artifact).await;
    arrives(&world, &artifact).await;
}

#[tokio::test]
async fn a_layer_named_by_sha512_is_checked_and_copied() {
    let world = World::new().await;
    let content = layer(7, 40_000);
    let descriptor = Descriptor {
        media_type: LAYER.into(),
        digest: digest_of(Algorithm::Sha512, &content),
        size: content.len() as u64,
    };
    let body = futures::stream::iter([Ok(content.into())]);
    world.behind_source().push_blob(&name("dev/app"), &descriptor, Box::pin(body)).await.unwrap();
    let image = image_with(&world, std::slice::from_ref(&descriptor)).await;
    arrives(&world, &image).await;
    assert!(world.has_blob("prod/app", &descriptor.digest).await);
}

#[tokio::test]
async fn a_foreign_layer_is_kept_by_reference_and_said() {
    let world = World::new().await;
    let own = push_blob(&world.behind_source(), "dev/app", LAYER, &layer(1, 5_000)).await;
    let foreign = descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", b"elsewhere");
    let config = push_blob(&world.behind_source(), "dev/app", CONFIG, br#"{"os":"windows"}"#).await;
    let mut entry = serde_json::to_value(&foreign).unwrap();
    entry["urls"] = json!(["https://mcr.microsoft.com/v2/windows/blobs/sha256:0"]);
    let media_type = "application/vnd.docker.distribution.manifest.v2+json";
    let document = json!({
        "schemaVersion": 2, "mediaType": media_type,
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": config.digest,
                   "size": config.size},
        "layers": [entry, {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                           "digest": own.digest, "size": own.size}],
    });
    let image = manifest(media_type, &document);
    put(&world.behind_source(), "dev/app", Some("1"), &image).await;
    let plan = world.plan(&[("dev/app:1", "prod/app:1")]).await;
    assert!(plan.images[0].explanation.contains("may not be distributed"), "{}", plan.images[0].explanation);
    let outcome = world.run(plan).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.arrived("prod/app:1").await, Some(image.digest));
    assert_eq!(world.source_proxy.count("GET", foreign.digest.as_str()), 0);
}

#[tokio::test]
async fn a_tag_that_moved_after_the_plan_is_copied_as_planned_and_said() {
    let world = World::new().await;
    let planned = world.image("dev/app:1", &[&layer(1, 5_000)]).await;
    let plan = world.plan(&[("dev/app:1", "prod/app:1")]).await;
    let moved = world.image("dev/app:1", &[&layer(2, 5_000)]).await;
    assert_ne!(planned.digest, moved.digest);
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut context = context(world.source(), world.sink());
    let keep = told.clone();
    context.reporter = Arc::new(move |event: Event| keep.lock().unwrap().push(event));
    let outcome = within(run(plan, context)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.arrived("prod/app:1").await, Some(planned.digest));
    let said = told
        .lock()
        .unwrap()
        .iter()
        .any(|event| matches!(event, Event::SourceMoved { now: Some(now), .. } if *now == moved.digest));
    assert!(said, "{:?}", told.lock().unwrap());
}

#[tokio::test]
async fn a_destination_that_forgot_a_blob_gets_it_again() {
    let world = World::new().await;
    // With an image in the same repository, the engine checks the destination for blobs.
    push_image(&world.behind_sink(), "prod/app:0", &[&layer(9, 1_000)]).await;
    let image = world.image("dev/app:1", &[&layer(1, 50_000)]).await;
    let blob = descriptor(LAYER, &layer(1, 50_000)).digest;
    // The registry reports the layer as present, but does not have it.
    let headers = vec![format!("Docker-Content-Digest: {blob}"), "Content-Length: 50000".into()];
    world.sink_proxy.fail("HEAD", blob.as_str(), 1, Fault::Answer("200 OK", headers, Vec::new()));
    let outcome = world.copy(&[("dev/app:1", "prod/app:1")]).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.arrived("prod/app:1").await, Some(image.digest));
    assert!(world.has_blob("prod/app", &blob).await);
    assert_eq!(world.sink_proxy.hits(), 1);
}

/// docker-registry does this when it reads what another request is writing.
#[tokio::test]
async fn a_manifest_whose_digest_is_doubted_is_put_again_and_not_for_ever() {
    let world = World::new().await;
    let image = world.image("dev/app:1", &[&layer(1, 5_000)]).await;
    world.image("dev/app:2", &[&layer(2, 5_000)]).await;
    let doubt = Fault::Answer(
        "400 Bad Request",
        vec!["Content-Type: application/json".into()],
        br#"{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match"}]}"#.to_vec(),
    );
    world.sink_proxy.fail("PUT", "/manifests/1", 2, doubt.clone());
    world.sink_proxy.fail("PUT", "/manifests/2", usize::MAX, doubt);
    let outcome = world.copy(&[("dev/app:1", "prod/app:1"), ("dev/app:2", "prod/app:2")]).await;
    assert_eq!(world.sink_proxy.count("PUT", "/manifests/1"), 3);
    assert_eq!(world.arrived("prod/app:1").await, Some(image.digest));
    assert_eq!((outcome.summary.copied, outcome.summary.failed), (1, 1), "{:?}", outcome.images);
    let error = outcome.images[1].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("server", Side::Destination));
    assert!(world.sink_proxy.count("PUT", "/manifests/2") < 50);
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_counts_as_done_when_the_digest_is_there() {
    let world = World::new().await;
    let image = world.image("dev/app:1", &[&layer(1, 5_000)]).await;
    // The registry stores the manifest but the client does not know; later attempts are refused, as
    // for an immutable tag.
    let refused = Fault::Answer(
        "400 Bad Request",
        vec!["Content-Type: application/json".into()],
        br#"{"errors":[{"code":"TAG_INVALID","message":"the tag is immutable"}]}"#.to_vec(),
    );
    world.sink_proxy.fail("PUT", "/manifests/", 1, Fault::ResetInsteadOfAnswer);
    world.sink_proxy.fail("PUT", "/manifests/", usize::MAX, refused);
    let mut request = request(&[("dev/app:1", "prod/app:1")]);
    request.on_conflict = OnConflict::Overwrite;
    let plan = world.plan_as(&request).await;
    let outcome = world.run(plan).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(world.arrived("prod/app:1").await, Some(image.digest));
}

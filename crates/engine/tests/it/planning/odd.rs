//! Unusual images, which have to arrive all the same, or to fail clearly.

use longshore_engine::{Action, CopyItem, CopyRequest, RunEnd, Side, Way, plan, run};
use longshore_names::Algorithm;
use longshore_registry::{Descriptor, Manifest, digest_of, media_types};
use serde_json::json;

use crate::support::{
    Memory,
    images::{blob, context, image_of, layer, manifest, name, request},
};

fn typed(content: &[u8], media_type: &str) -> Descriptor {
    Descriptor { media_type: media_type.into(), ..blob(content) }
}

fn image(config: &Descriptor, layers: &[Descriptor]) -> Manifest {
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "config": config, "layers": layers,
    });
    manifest(media_types::OCI_MANIFEST, &document)
}

async fn arrives(dev: &Memory, tag: &str) {
    let prod = Memory::new("prod");
    let (source, sink) = (dev.arc(), prod.arc());
    let (from, to) = (format!("a:{tag}"), format!("b:{tag}"));
    let plan = plan(source.clone(), sink.clone(), &request(&[(&from, &to)])).await.unwrap();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(prod.tag(&name("b"), tag), dev.tag(&name("a"), tag));
}

async fn fails(dev: &Memory, tag: &str) -> longshore_engine::Failure {
    let from = format!("a:{tag}");
    let plan = plan(dev.arc(), Memory::new("prod").arc(), &request(&[(&from, "b:1")])).await.unwrap();
    match plan.images[0].action.clone() {
        Action::Unavailable { failure } => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn any_kind_of_layer_and_an_empty_configuration_arrive() {
    let dev = Memory::new("dev");
    let a = name("a");
    let layers: Vec<Descriptor> = [
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
        "application/vnd.example.model.weights",
    ]
    .iter()
    .enumerate()
    .map(|(n, media_type)| {
        let content = layer(u8::try_from(n).unwrap(), 500);
        dev.add_blob(&a, &blob(&content), &content);
        typed(&content, media_type)
    })
    .collect();
    let empty = typed(b"{}", "application/vnd.oci.empty.v1+json");
    dev.add_blob(&a, &empty, b"{}");
    dev.add_manifest(&a, &image(&empty, &layers), Some("1"));
    arrives(&dev, "1").await;
    // An artifact may consist of its empty configuration alone, named twice.
    dev.add_manifest(&a, &image(&empty, std::slice::from_ref(&empty)), Some("2"));
    arrives(&dev, "2").await;
}

#[tokio::test]
async fn a_build_cache_lists_layers_where_an_index_has_manifests() {
    let dev = Memory::new("dev");
    let a = name("a");
    let content = layer(1, 500);
    dev.add_blob(&a, &blob(&content), &content);
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [blob(&content)],
    });
    dev.add_manifest(&a, &manifest(media_types::OCI_INDEX, &document), Some("cache"));
    let plan = plan(dev.arc(), Memory::new("prod").arc(), &request(&[("a:cache", "b:1")])).await.unwrap();
    assert_eq!((plan.images[0].manifests.len(), plan.images[0].blobs.len()), (1, 1));
}

#[tokio::test]
async fn digests_of_both_algorithms_are_copied() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let a = name("a");
    let content = layer(1, 70_000);
    let long = Descriptor { digest: digest_of(Algorithm::Sha512, &content), ..blob(&content) };
    let config = typed(b"{}", media_types::OCI_CONFIG);
    dev.add_blob(&a, &config, b"{}");
    dev.add_blob(&a, &long, &content);
    let mut by_long = image(&config, std::slice::from_ref(&long));
    by_long.digest = digest_of(Algorithm::Sha512, &by_long.bytes);
    dev.add_manifest(&a, &by_long, Some("1"));
    let reference = by_long.digest.as_str().parse().unwrap();
    let items = vec![CopyItem::new(a, reference, name("b"), Some("1".parse().unwrap()))];
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &CopyRequest::new(items)).await.unwrap();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert!(prod.has_blob(&name("b"), &long.digest));
    assert_eq!(prod.tag(&name("b"), "1"), Some(by_long.digest));
}

#[tokio::test]
async fn a_manifest_above_four_mebibytes_is_the_sources_fault_and_says_how_large_it_is() {
    let dev = Memory::new("dev");
    let padding = "x".repeat(longshore_registry::MAX_MANIFEST_BYTES);
    let document = json!({"schemaVersion": 2, "annotations": {"padding": padding}});
    dev.add_manifest(&name("a"), &manifest(media_types::OCI_MANIFEST, &document), Some("1"));
    let failure = fails(&dev, "1").await;
    assert_eq!((failure.code.as_str(), failure.side), ("manifest-too-large", Side::Source));
    assert!(failure.message.contains("bytes"), "{}", failure.message);
}

#[tokio::test]
async fn an_index_with_very_many_manifests_is_refused_before_they_are_read() {
    let dev = Memory::new("dev");
    let entries: Vec<Descriptor> =
        (0..2_001_u32).map(|n| typed(&n.to_be_bytes(), media_types::OCI_MANIFEST)).collect();
    let document = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": entries});
    dev.add_manifest(&name("a"), &manifest(media_types::OCI_INDEX, &document), Some("1"));
    assert_eq!(fails(&dev, "1").await.code, "manifest-too-complex");
}

#[tokio::test]
async fn a_layer_that_stays_for_one_image_moves_for_another() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let a = name("a");
    let content = layer(1, 5_000);
    let config = typed(b"{}", media_types::OCI_CONFIG);
    dev.add_blob(&a, &config, b"{}");
    dev.add_blob(&a, &blob(&content), &content);
    let mut foreign = serde_json::to_value(blob(&content)).unwrap();
    foreign["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip".into();
    foreign["urls"] = json!(["https://example.com/layer"]);
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "config": config, "layers": [foreign],
    });
    dev.add_manifest(&a, &manifest(media_types::OCI_MANIFEST, &document), Some("stays"));
    dev.add_manifest(&a, &image(&config, &[blob(&content)]), Some("moves"));
    let (source, sink) = (dev.arc(), prod.arc());
    let pairs = [("a:stays", "b:stays"), ("a:moves", "b:moves")];
    let plan = plan(source.clone(), sink.clone(), &request(&pairs)).await.unwrap();
    assert_eq!((&plan.images[0].blobs[1].way, &plan.images[1].blobs[1].way), (&Way::Foreign, &Way::Upload));
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert!(prod.has_blob(&name("b"), &blob(&content).digest));
}

#[tokio::test]
async fn one_bad_reference_leaves_the_others_and_a_registry_that_refuses_us_ends_the_plan() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "good", &[&layer(1, 10)]);
    dev.add_manifest(&name("a"), &image_of("x", &[]).0, Some("broken"));
    let pairs = [("a:good", "b:1"), ("none:1", "b:2"), ("a:broken", "b:3")];
    let found = plan(dev.arc(), prod.arc(), &request(&pairs)).await.unwrap();
    let words: Vec<&str> = found.images.iter().map(|image| image.action.word()).collect();
    // The missing configuration is found when it is read.
    assert_eq!(words, ["copy", "unavailable", "copy"]);
    let outcome = run(found, context(&dev.arc(), &prod.arc())).await.unwrap();
    let error = outcome.images[2].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("not-found", Side::Source));
    assert_eq!((outcome.summary.copied, outcome.summary.failed), (1, 2));
}

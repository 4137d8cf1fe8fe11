//! One platform out of an index.

use longshore_engine::{Action, CopyPlan, CopyRequest, RunEnd, plan, run};
use longshore_registry::{Manifest, Platform, media_types};
use serde_json::json;

use crate::support::{
    Memory,
    images::{blob, context, index_of, layer, manifest, name, request},
};

fn platform(text: &str) -> Platform {
    let mut parts = text.split('/').map(str::to_owned);
    let (os, architecture) = (parts.next().unwrap(), parts.next().unwrap());
    Platform { os, architecture, variant: parts.next(), os_version: None }
}

fn wanted(text: &str) -> CopyRequest {
    let mut request = request(&[("a:1", "b:1")]);
    request.platform = Some(platform(text));
    request
}

/// An index of amd64 and arm64, and its children.
fn index(registry: &Memory) -> (Manifest, [Manifest; 2]) {
    let children = [
        registry.with_image("a", "amd", &[&layer(1, 1_000)]),
        registry.with_image("a", "arm", &[&layer(2, 1_000)]),
    ];
    let index = index_of(&[&children[0], &children[1]]);
    registry.add_manifest(&name("a"), &index, Some("1"));
    (index, children)
}

async fn planned(dev: &Memory, prod: &Memory, request: &CopyRequest) -> CopyPlan {
    plan(dev.arc(), prod.arc(), request).await.unwrap()
}

#[tokio::test]
async fn the_tag_points_at_the_platforms_own_manifest_and_the_plan_says_that_the_digest_differs() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let (index, children) = index(&dev);
    let plan = planned(&dev, &prod, &wanted("linux/arm64")).await;
    let image = &plan.images[0];
    assert_eq!(image.digest.as_ref(), Some(&children[1].digest));
    assert_eq!((image.out_of.as_ref(), image.manifests.len()), (Some(&index.digest), 1));
    assert!(image.explanation.contains(&index.digest.short()), "{}", image.explanation);
    let outcome = run(plan, context(&dev.arc(), &prod.arc())).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert_eq!(prod.tag(&name("b"), "1"), Some(children[1].digest.clone()));
    assert!(!prod.has_blob(&name("b"), &blob(&layer(1, 1_000)).digest), "the other platform stays");

    let again = planned(&dev, &prod, &wanted("linux/arm64/v8")).await;
    assert_eq!(again.images[0].action, Action::Skip);
}

#[tokio::test]
async fn what_there_is_is_named_when_the_platform_is_not_there() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    index(&dev);
    let plan = planned(&dev, &prod, &wanted("linux/s390x")).await;
    let Action::Unavailable { failure } = &plan.images[0].action else { panic!("{plan:?}") };
    assert_eq!(failure.code, "platform-missing");
    assert!(failure.message.contains("available: linux/amd64, linux/arm64"), "{}", failure.message);
}

#[tokio::test]
async fn an_index_in_an_index_is_looked_into() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let (inner, children) = index(&dev);
    let entry = serde_json::to_value(inner.descriptor()).unwrap();
    let document = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [entry]});
    dev.add_manifest(&name("a"), &manifest(media_types::OCI_INDEX, &document), Some("1"));
    let plan = planned(&dev, &prod, &wanted("linux/amd64")).await;
    assert_eq!(plan.images[0].digest.as_ref(), Some(&children[0].digest));
}

#[tokio::test]
async fn an_image_without_an_index_must_be_what_was_asked_for() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let image = |config: &[u8], media_type: &str| {
        let mut entry = serde_json::to_value(blob(config)).unwrap();
        entry["mediaType"] = media_type.into();
        let document = json!({
            "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "config": entry, "layers": [],
        });
        dev.add_blob(&name("a"), &blob(config), config);
        dev.add_manifest(&name("a"), &manifest(media_types::OCI_MANIFEST, &document), Some("1"));
    };
    image(br#"{"os":"linux","architecture":"amd64"}"#, media_types::OCI_CONFIG);
    assert_eq!(planned(&dev, &prod, &wanted("linux/amd64")).await.images[0].action, Action::Copy);
    let other = planned(&dev, &prod, &wanted("linux/arm64")).await;
    let Action::Unavailable { failure } = &other.images[0].action else { panic!("{other:?}") };
    assert!(failure.message.contains("available: linux/amd64"), "{}", failure.message);
    // An artifact runs on nothing.
    image(b"{}", "application/vnd.oci.empty.v1+json");
    assert_eq!(planned(&dev, &prod, &wanted("linux/arm64")).await.images[0].action, Action::Copy);
}

//! Many images at once: how few calls it takes, and that the answers are right.

use std::collections::HashMap;

use longshore_ecr::EcrEndpoint;
use longshore_names::{Algorithm, Digest};
use longshore_registry::{Descriptor, Manifest, RepositoryState, Sink, Source, TagOrDigest, digest_of};
use longshore_sandbox::Clock;
use serde_json::json;

use super::world::{DEV, MANIFEST, World, image, name, push, siblings, tag};

const IMAGES: usize = 230;

/// A repository with 230 images, tagged `0` to `229`; the last also `latest`, and one more without
/// a tag.
async fn filled(dev: &EcrEndpoint) -> Vec<Manifest> {
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    let image = image("many ");
    push(dev, &repository, &image, None).await;
    let manifests = siblings(&image, IMAGES);
    // Past the pace: this is not about it, and the sandbox's own rates are off.
    let puts = manifests.iter().enumerate().map(|(number, manifest)| {
        let repository = &repository;
        async move { dev.client().put_image(repository, manifest, Some(&tag(&number.to_string()))).await }
    });
    futures::future::try_join_all(puts).await.unwrap();
    dev.client().put_image(&repository, &manifests[IMAGES - 1], Some(&tag("latest"))).await.unwrap();
    manifests
}

fn tags(numbers: impl IntoIterator<Item = usize>) -> Vec<TagOrDigest> {
    numbers.into_iter().map(|number| TagOrDigest::Tag(tag(&number.to_string()))).collect()
}

/// The answer, and how many requests it took.
async fn asked(dev: &EcrEndpoint, references: &[TagOrDigest]) -> (HashMap<TagOrDigest, Descriptor>, u64) {
    let before = dev.stats().requests;
    let found = dev.resolve_many(&name("app"), references).await.unwrap();
    (found, dev.stats().requests - before)
}

#[tokio::test]
async fn many_references_take_few_requests() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let manifests = filled(&dev).await;
    let digest = |number: usize| TagOrDigest::Digest(manifests[number].digest.clone());
    let stranger = || TagOrDigest::Digest(digest_of(Algorithm::Sha256, b"nobody pushed this"));
    let missing = |count: usize| tags(1_000..1_000 + count);
    // The references to look up, how many of them exist, and the requests that are enough.
    let questions: Vec<(&str, Vec<TagOrDigest>, usize, u64)> = vec![
        ("nothing", Vec::new(), 0, 0),
        ("one", tags([7]), 1, 1),
        ("one that is missing", missing(1), 0, 1),
        ("a hundred", tags(0..100), 100, 1),
        ("a hundred by digest", (0..100).map(digest).collect(), 100, 1),
        ("every tag", tags(0..IMAGES), IMAGES, 1),
        ("two names of one image", vec![tags([229])[0].clone(), TagOrDigest::Tag(tag("latest"))], 2, 1),
        ("tag and digest", vec![tags([3])[0].clone(), digest(3), digest(4)], 3, 1),
        ("a hundred missing", missing(100), 0, 2),
        ("ninety-nine and a missing one", [tags(0..99), missing(1)].concat(), 99, 2),
        ("three and a missing one", [tags(0..3), missing(1)].concat(), 3, 5),
        ("five hundred missing", missing(500), 0, 1),
        ("digests, one missing", (0..20).map(digest).chain([stranger()]).collect(), 20, 2),
    ];
    for (what, references, there, enough) in questions {
        let (found, requests) = asked(&dev, &references).await;
        assert_eq!(found.len(), there, "{what}");
        assert!(requests <= enough, "{what}: {requests} requests");
        for (reference, descriptor) in &found {
            let number = match reference {
                TagOrDigest::Tag(tag) if tag.as_str() == "latest" => IMAGES - 1,
                TagOrDigest::Tag(tag) => tag.as_str().parse().unwrap(),
                TagOrDigest::Digest(digest) => manifests.iter().position(|m| m.digest == *digest).unwrap(),
            };
            let digest = manifests[number].digest.clone();
            assert_eq!(*descriptor, Descriptor { media_type: MANIFEST.into(), digest, size: 0 }, "{what}");
        }
    }
    let missing = dev.resolve_many(&name("other"), &tags(0..150)).await.unwrap();
    assert!(missing.is_empty(), "a missing repository has no images");
    assert!(dev.resolve_many(&name("other"), &tags(0..3)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_list_tells_what_a_rule_needs() {
    let before = chrono::Utc::now() - chrono::TimeDelta::seconds(1);
    let world = World::start_with(Clock::system()).await;
    let dev = world.endpoint(DEV).await;
    let manifests = filled(&dev).await;
    let requests = dev.stats().requests;
    let mut listed = dev.list(&name("app")).await.unwrap();
    assert_eq!(dev.stats().requests - requests, 1, "230 images fit a page");
    assert_eq!(listed.len(), IMAGES + 1);
    listed.sort_by_key(|item| item.tag.as_str().parse().unwrap_or(IMAGES));
    for (number, item) in listed[..IMAGES].iter().enumerate() {
        assert_eq!(item.digest.as_ref(), Some(&manifests[number].digest));
        assert!(item.pushed.unwrap() >= before && item.pushed.unwrap() <= chrono::Utc::now());
        assert_eq!(item.size, Some("many ".len() as u64 * 10_000));
    }
    assert_eq!(listed[IMAGES].digest, listed[IMAGES - 1].digest, "latest");
    assert_eq!(dev.list(&name("other")).await.unwrap_err().code(), "repository-not-found");
    assert_eq!(dev.repositories().await.unwrap(), [name("app")]);
}

#[tokio::test]
async fn a_manifest_is_fetched_in_one_request_by_tag_or_digest() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    let image = image("fetched ");
    push(&dev, &repository, &image, Some(&tag("1"))).await;
    let fetch = async |reference: &TagOrDigest| {
        let before = dev.stats().requests;
        let found = dev.fetch(&repository, reference).await.unwrap();
        assert_eq!(dev.stats().requests - before, 1);
        found
    };
    assert_eq!(fetch(&TagOrDigest::Tag(tag("1"))).await.unwrap(), image.manifest);
    assert_eq!(fetch(&TagOrDigest::Digest(image.manifest.digest.clone())).await.unwrap(), image.manifest);
    assert_eq!(fetch(&TagOrDigest::Tag(tag("2"))).await, None);
    assert_eq!(dev.fetch(&name("other"), &TagOrDigest::Tag(tag("1"))).await.unwrap(), None);
}

#[tokio::test]
async fn tags_and_images_are_deleted_and_children_of_an_index_are_not() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    let image = image("deleted ");
    push(&dev, &repository, &image, Some(&tag("1"))).await;
    dev.push_manifest(&repository, &image.manifest, Some(&tag("2"))).await.unwrap();
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [image.manifest.descriptor()]
    });
    let bytes = bytes::Bytes::from(index.to_string());
    let index = Manifest {
        media_type: "application/vnd.oci.image.index.v1+json".into(),
        digest: digest_of(Algorithm::Sha256, &bytes),
        bytes,
    };
    dev.push_manifest(&repository, &index, Some(&tag("all"))).await.unwrap();
    let digest = |digest: &Digest| TagOrDigest::Digest(digest.clone());
    let tagged = |text: &str| TagOrDigest::Tag(tag(text));

    assert!(dev.delete(&repository, &tagged("1")).await.unwrap());
    assert!(!dev.delete(&repository, &tagged("1")).await.unwrap(), "it is gone already");
    let error = dev.delete(&repository, &digest(&image.manifest.digest)).await.unwrap_err();
    assert!(error.to_string().contains("belongs to an index; delete the index first"), "{error}");
    assert!(dev.delete(&repository, &digest(&index.digest)).await.unwrap());
    assert!(dev.delete(&repository, &digest(&image.manifest.digest)).await.unwrap());
    assert_eq!(dev.tags(&repository).await.unwrap(), []);
    assert!(!dev.delete(&name("other"), &tagged("1")).await.unwrap());
}

#[tokio::test]
async fn a_repository_that_was_deleted_during_a_run_is_made_again() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    assert_eq!(dev.state(&repository).await.unwrap(), RepositoryState::Absent);
    assert!(dev.ensure_repository(&repository).await.unwrap());
    assert_eq!(dev.state(&repository).await.unwrap(), RepositoryState::Filled);
    let image = image("again ");
    push(&dev, &repository, &image, Some(&tag("1"))).await;
    dev.client().delete_repository(&repository, true).await.unwrap();

    let refused = dev.push_manifest(&repository, &image.manifest, Some(&tag("1"))).await.unwrap_err();
    assert_eq!(refused.code(), "repository-not-found");
    assert!(dev.ensure_repository(&repository).await.unwrap());
    push(&dev, &repository, &image, Some(&tag("1"))).await;
}

/// Where a creation template exists, a push would create the repository again.
#[tokio::test]
async fn a_repository_that_was_seen_and_then_deleted_is_not_taken_for_present() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    assert!(dev.ensure_repository(&repository).await.unwrap());
    assert_eq!(dev.state(&repository).await.unwrap(), RepositoryState::Filled);
    assert!(dev.has_repository(&repository).await.unwrap());
    dev.client().delete_repository(&repository, true).await.unwrap();
    assert!(!dev.has_repository(&repository).await.unwrap(), "ECR is asked anew");
    assert_eq!(dev.state(&repository).await.unwrap(), RepositoryState::Absent);
}

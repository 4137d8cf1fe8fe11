//! Against Debian's docker-registry, a program that we did not write.

use std::{collections::HashSet, sync::Arc};

use longshore_names::{Algorithm, RepositoryName};
use longshore_registry::{
    Ability, Backoff, Descriptor, Error, HttpRegistry, Manifest, RegistryErrorKind, Sink, Source,
    TagOrDigest, digest_of, media_types, open_verified,
};
use longshore_testkit::DockerRegistry;

use crate::support::{blob, body, connect, image, manifest, read, repository, tag};

fn client(server: &DockerRegistry) -> HttpRegistry {
    connect(&server.host)
}

/// Pushes an image without layers as `1`.
async fn pushed(registry: &HttpRegistry, repository: &RepositoryName) -> Manifest {
    let config = blob(b"{}");
    registry.push_blob(repository, &config, body(b"{}")).await.unwrap();
    let image = image(&config, &[]);
    registry.push_manifest(repository, &image, Some(&tag("1"))).await.unwrap();
    image
}

#[tokio::test]
async fn an_image_pushed_is_the_image_pulled() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/service");
    let (config, layer) = (b"{}".as_slice(), vec![42_u8; 3_000_000]);
    let (config_blob, layer_blob) = (blob(config), blob(&layer));
    registry.push_blob(&repo, &config_blob, body(config)).await.unwrap();
    registry.push_blob(&repo, &layer_blob, body(&layer)).await.unwrap();
    let pushed = image(&config_blob, std::slice::from_ref(&layer_blob));
    registry.push_manifest(&repo, &pushed, Some(&tag("42"))).await.unwrap();

    let there = registry.resolve(&repo, &TagOrDigest::Tag(tag("42"))).await.unwrap().unwrap();
    assert_eq!(there, pushed.descriptor());
    assert_eq!(registry.manifest(&repo, &there.digest).await.unwrap(), pushed);
    let source: std::sync::Arc<dyn Source> = std::sync::Arc::new(registry.clone());
    let stream = open_verified(source, &repo, &layer_blob, Backoff::default());
    assert_eq!(read(stream).await.unwrap(), layer);
    let tail = read(registry.blob(&repo, &layer_blob, 2_999_990).await.unwrap()).await.unwrap();
    assert_eq!(tail, [42; 10]);

    let stats = registry.stats();
    assert!(stats.bytes_up >= 3_000_002 && stats.bytes_down >= 3_000_010, "{stats:?}");
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_so() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/none");
    assert_eq!(registry.resolve(&repo, &TagOrDigest::Tag(tag("1"))).await.unwrap(), None);
    assert!(matches!(
        registry.tags(&repo).await,
        Err(Error { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. })
    ));
    let missing = blob(b"never pushed");
    assert!(registry.exists_many(&repo, std::slice::from_ref(&missing.digest)).await.unwrap().is_empty());
    assert!(matches!(
        registry.manifest(&repo, &missing.digest).await,
        Err(Error { kind: RegistryErrorKind::NotFound { .. }, .. }
            | Error { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. })
    ));
    let orphan = image(&missing, &[]);
    let error = registry.push_manifest(&repo, &orphan, Some(&tag("1"))).await.unwrap_err();
    assert!(
        matches!(error, Error { kind: RegistryErrorKind::ReferencedContentMissing { .. }, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn blobs_are_mounted_without_moving_bytes() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let (from, to) = (repository("team/from"), repository("team/to"));
    let layer = vec![1_u8; 500_000];
    let descriptor = blob(&layer);
    registry.push_blob(&from, &descriptor, body(&layer)).await.unwrap();
    let before = registry.stats().bytes_up;
    assert!(registry.mount(&to, &descriptor.digest, &from).await.unwrap());
    assert_eq!(registry.stats().bytes_up, before);
    let asked = [descriptor.digest.clone(), blob(b"other").digest];
    assert_eq!(registry.exists_many(&to, &asked).await.unwrap(), HashSet::from([descriptor.digest]));
    assert!(!registry.mount(&to, &blob(b"other").digest, &from).await.unwrap());
    assert_eq!(registry.host().profile().mount, Ability::No);
}

#[tokio::test]
async fn wrong_bytes_are_never_stored() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/service");
    let right = vec![7_u8; 400_000];
    let mut wrong = right.clone();
    wrong[399_999] = 8;
    let descriptor = blob(&right);
    let stream = longshore_registry::VerifiedStream::new(body(&wrong), "source", &descriptor);
    let error = registry.push_blob(&repo, &descriptor, Box::pin(stream)).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, registry } if registry == "source"),
        "{error:?}"
    );
    assert!(registry.exists_many(&repo, &[descriptor.digest]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_hundred_tags_and_an_index_are_listed() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/many");
    let config = blob(b"{}");
    registry.push_blob(&repo, &config, body(b"{}")).await.unwrap();
    let child = image(&config, &[]);
    registry.push_manifest(&repo, &child, None).await.unwrap();
    let mut entry = serde_json::to_value(child.descriptor()).unwrap();
    entry["platform"] = serde_json::json!({"os": "linux", "architecture": "amd64"});
    let index = manifest(
        media_types::OCI_INDEX,
        &serde_json::json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [entry]}),
    );
    let mut expected = Vec::new();
    for n in 0..100 {
        registry.push_manifest(&repo, &index, Some(&tag(&format!("1.{n}")))).await.unwrap();
        expected.push(tag(&format!("1.{n}")));
    }
    let mut tags = registry.tags(&repo).await.unwrap();
    tags.sort();
    expected.sort();
    assert_eq!(tags, expected);
    let there = registry.resolve(&repo, &TagOrDigest::Tag(tag("1.7"))).await.unwrap().unwrap();
    assert_eq!(there.media_type, media_types::OCI_INDEX);
}

#[tokio::test]
async fn referrers_are_found_by_the_older_tag_where_the_api_is_unknown() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/signed");
    let subject = pushed(&registry, &repo).await;
    assert_eq!(registry.referrers(&repo, &subject.digest).await.unwrap(), []);

    let mut document: serde_json::Value = serde_json::from_slice(&subject.bytes).unwrap();
    document["subject"] = serde_json::to_value(subject.descriptor()).unwrap();
    let signature = manifest(media_types::OCI_MANIFEST, &document);
    registry.push_manifest(&repo, &signature, None).await.unwrap();
    let index = manifest(
        media_types::OCI_INDEX,
        &serde_json::json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [signature.descriptor()]}),
    );
    let fallback = tag(&subject.digest.to_string().replace(':', "-"));
    registry.push_manifest(&repo, &index, Some(&fallback)).await.unwrap();
    assert_eq!(registry.referrers(&repo, &subject.digest).await.unwrap(), [signature.descriptor()]);
    assert_eq!(registry.host().profile().referrers, Ability::No);
}

#[tokio::test]
async fn an_empty_blob_is_pushed() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/empty");
    let empty = blob(b"");
    assert_eq!(empty.digest, digest_of(Algorithm::Sha256, b""));
    registry.push_blob(&repo, &empty, body(b"")).await.unwrap();
    assert_eq!(read(registry.blob(&repo, &empty, 0).await.unwrap()).await.unwrap(), b"");
}

#[tokio::test]
async fn a_manifest_comes_by_tag_in_one_request() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/service");
    let pushed = pushed(&registry, &repo).await;
    let before = registry.stats().requests;
    assert_eq!(registry.fetch(&repo, &TagOrDigest::Tag(tag("1"))).await.unwrap().unwrap(), pushed);
    assert_eq!(registry.stats().requests - before, 1);
    let by_digest = TagOrDigest::Digest(pushed.digest.clone());
    assert_eq!(registry.fetch(&repo, &by_digest).await.unwrap().unwrap(), pushed);
    assert_eq!(registry.fetch(&repo, &TagOrDigest::Tag(tag("2"))).await.unwrap(), None);
    assert_eq!(registry.fetch(&repository("team/none"), &by_digest).await.unwrap(), None);
}

#[tokio::test]
async fn every_repository_is_listed_page_by_page() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    assert_eq!(registry.repositories().await.unwrap(), []);
    let config = blob(b"{}");
    let names: Vec<_> = (0..12).map(|n| repository(&format!("team/service-{n:02}"))).collect();
    for repo in &names {
        registry.push_blob(repo, &config, body(b"{}")).await.unwrap();
        registry.push_manifest(repo, &image(&config, &[]), Some(&tag("1"))).await.unwrap();
    }
    let mut found = registry.repositories().await.unwrap();
    found.sort();
    assert_eq!(found, names);
}

#[tokio::test]
async fn an_image_is_deleted_by_digest_and_never_by_mistake() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/service");
    let config = blob(b"{}");
    registry.push_blob(&repo, &config, body(b"{}")).await.unwrap();
    let pushed = image(&config, &[]);
    for name in ["1", "stable"] {
        registry.push_manifest(&repo, &pushed, Some(&tag(name))).await.unwrap();
    }
    // This registry knows only digests: deleting the one tag would take the other with it.
    let error = registry.delete(&repo, &TagOrDigest::Tag(tag("1"))).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::Unsupported { message }, .. } if message.contains("every other tag")),
        "{error}"
    );
    assert_eq!(registry.tags(&repo).await.unwrap().len(), 2);
    assert!(!registry.delete(&repo, &TagOrDigest::Tag(tag("none"))).await.unwrap());
    let digest = TagOrDigest::Digest(pushed.digest);
    assert!(registry.delete(&repo, &digest).await.unwrap());
    assert_eq!(registry.resolve(&repo, &TagOrDigest::Tag(tag("stable"))).await.unwrap(), None);
    assert!(!registry.delete(&repo, &digest).await.unwrap());
}

#[tokio::test]
async fn sha512_is_good_from_end_to_end() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let repo = repository("team/long");
    let layer = vec![3_u8; 300_000];
    let long = |content: &[u8]| Descriptor { digest: digest_of(Algorithm::Sha512, content), ..blob(content) };
    let (config, layer_blob) = (long(b"{}"), long(&layer));
    registry.push_blob(&repo, &config, body(b"{}")).await.unwrap();
    registry.push_blob(&repo, &layer_blob, body(&layer)).await.unwrap();
    let asked = [config.digest.clone(), layer_blob.digest.clone()];
    assert_eq!(registry.exists_many(&repo, &asked).await.unwrap().len(), 2);
    let mut wrong = layer.clone();
    wrong[0] = 4;
    assert!(registry.push_blob(&repo, &layer_blob, body(&wrong)).await.is_err());
    let source: Arc<dyn Source> = Arc::new(registry.clone());
    let stream = open_verified(source, &repo, &layer_blob, Backoff::default());
    assert_eq!(read(stream).await.unwrap(), layer);

    // The registry itself names manifests by sha256; the bytes are compared under both names.
    let short = image(&config, std::slice::from_ref(&layer_blob));
    let manifest = Manifest { digest: digest_of(Algorithm::Sha512, &short.bytes), ..short.clone() };
    registry.push_manifest(&repo, &manifest, Some(&tag("1"))).await.unwrap();
    let there = registry.fetch(&repo, &TagOrDigest::Tag(tag("1"))).await.unwrap().unwrap();
    assert_eq!(there, short);
}

#[tokio::test]
async fn a_hundred_copies_inside_one_host_do_not_wait_for_each_other_for_ever() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let (from, to) = (repository("team/from"), repository("team/to"));
    let contents: Vec<Vec<u8>> = (0..100_u8).map(|n| vec![n; 50_000]).collect();
    for content in &contents {
        registry.push_blob(&from, &blob(content), body(content)).await.unwrap();
    }
    let source: Arc<dyn Source> = Arc::new(registry.clone());
    let copies = contents.iter().map(|content| {
        let (source, registry, from, to) = (source.clone(), &registry, &from, &to);
        async move {
            let descriptor = blob(content);
            let stream = open_verified(source, from, &descriptor, Backoff::default());
            registry.push_blob(to, &descriptor, stream).await
        }
    });
    let copies = futures::future::join_all(copies);
    let done = tokio::time::timeout(std::time::Duration::from_secs(60), copies).await.unwrap();
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let limits = registry.host().limits();
    assert!(limits.uploads > 16 && limits.reads > 16, "the pace went up: {limits:?}");
}

#[tokio::test]
async fn a_declined_mount_costs_no_request_more_than_the_upload() {
    let server = DockerRegistry::start();
    let registry = client(&server);
    let (from, to) = (repository("team/from"), repository("team/to"));
    let content = vec![6_u8; 20_000];
    assert!(!registry.mount(&to, &blob(&content).digest, &from).await.unwrap());
    registry.push_blob(&to, &blob(&content), body(&content)).await.unwrap();
    assert_eq!(registry.stats().requests, 2, "the mount's POST and the PUT");
    assert_eq!(read(registry.blob(&to, &blob(&content), 0).await.unwrap()).await.unwrap(), content);
    let (there, missing) = (blob(&content), blob(b"missing"));
    let sizes = registry.blob_sizes(&to, &[there.clone(), missing]).await.unwrap();
    assert_eq!(sizes, [(there.digest, 20_000)].into());
}

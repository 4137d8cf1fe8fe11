//! Referrers: by the API, and by the index that clients write where there is none.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use longshore_names::Algorithm;
use longshore_registry::{
    Ability, Descriptor, Error, HttpRegistry, Manifest, RegistryErrorKind, Sink, Source, TagOrDigest,
    digest_of, media_types,
};
use longshore_testkit::DockerRegistry;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path, path_regex},
};

use crate::support::{blob, body, connect, image, manifest, referrer, repository, tag};

fn fallback(subject: &Manifest) -> TagOrDigest {
    TagOrDigest::Tag(tag(&subject.digest.to_string().replace(':', "-")))
}

/// A docker-registry with an image under tag `1`.
async fn with_subject() -> (DockerRegistry, HttpRegistry, Descriptor, Manifest) {
    let server = DockerRegistry::start();
    let registry = connect(&server.host);
    let repo = repository("team/signed");
    let config = blob(b"{}");
    registry.push_blob(&repo, &config, body(b"{}")).await.unwrap();
    let subject = image(&config, &[]);
    registry.push_manifest(&repo, &subject, Some(&tag("1"))).await.unwrap();
    (server, registry, config, subject)
}

#[tokio::test]
async fn many_referrers_at_once_are_all_in_the_index() {
    let (_server, registry, config, subject) = with_subject().await;
    let repo = repository("team/signed");
    let all: Vec<Manifest> = (0..12).map(|n| referrer(&config, &subject, &format!("r{n}"))).collect();
    let linked = futures::future::join_all(all.iter().map(|one| {
        let (registry, repo, subject) = (&registry, &repo, &subject);
        async move {
            registry.push_manifest(repo, one, None).await?;
            registry.link_referrer(repo, &subject.digest, one).await?;
            // Again, as a resumed run would: nothing is listed twice.
            registry.link_referrer(repo, &subject.digest, one).await
        }
    }));
    assert!(linked.await.iter().all(Result::is_ok));
    let mut found = registry.referrers(&repo, &subject.digest).await.unwrap();
    found.sort_by(|a, b| a.digest.cmp(&b.digest));
    let mut expected: Vec<Descriptor> = all.iter().map(Manifest::descriptor).collect();
    expected.sort_by(|a, b| a.digest.cmp(&b.digest));
    assert_eq!(found, expected);
    let index = registry.fetch(&repo, &fallback(&subject)).await.unwrap().unwrap();
    let index: Value = serde_json::from_slice(&index.bytes).unwrap();
    let first = &index["manifests"][0];
    assert_eq!(first["artifactType"], "application/vnd.example.sbom");
    assert!(first["annotations"]["name"].as_str().unwrap().starts_with('r'));
    assert_eq!(registry.host().profile().referrers, Ability::No);
}

#[tokio::test]
async fn another_thing_under_the_index_tag_is_left_as_it_is() {
    let (_server, registry, config, subject) = with_subject().await;
    let repo = repository("team/signed");
    let TagOrDigest::Tag(name) = fallback(&subject) else { unreachable!() };
    registry.push_manifest(&repo, &subject, Some(&name)).await.unwrap();
    assert_eq!(registry.referrers(&repo, &subject.digest).await.unwrap(), []);
    let sbom = referrer(&config, &subject, "sbom");
    registry.push_manifest(&repo, &sbom, None).await.unwrap();
    let error = registry.link_referrer(&repo, &subject.digest, &sbom).await.unwrap_err();
    assert!(error.to_string().contains("left unchanged"), "{error}");
    let there = registry.fetch(&repo, &fallback(&subject)).await.unwrap().unwrap();
    assert_eq!(there, subject);
}

#[tokio::test]
async fn an_image_in_an_index_under_the_fallback_tag_is_not_taken_for_a_referrer() {
    let (_server, registry, config, subject) = with_subject().await;
    let repo = repository("team/signed");
    // The entry names no artifact type, and its manifest has no subject.
    let other = image(&config, std::slice::from_ref(&config));
    registry.push_manifest(&repo, &other, None).await.unwrap();
    let entries = [other.descriptor()];
    let index = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": entries});
    let index = manifest(media_types::OCI_INDEX, &index);
    let TagOrDigest::Tag(name) = fallback(&subject) else { unreachable!() };
    registry.push_manifest(&repo, &index, Some(&name)).await.unwrap();
    assert_eq!(registry.referrers(&repo, &subject.digest).await.unwrap(), []);
    let sbom = referrer(&config, &subject, "sbom");
    registry.push_manifest(&repo, &sbom, None).await.unwrap();
    let error = registry.link_referrer(&repo, &subject.digest, &sbom).await.unwrap_err();
    assert!(error.to_string().contains("left unchanged"), "{error}");
    let there = registry.fetch(&repo, &fallback(&subject)).await.unwrap().unwrap();
    assert_eq!(there, index);
}

/// A registry with one index, whose first `lost` writes are undone by another program.
struct Racing {
    index: Mutex<Vec<u8>>,
    lost: usize,
    puts: AtomicUsize,
}

impl Racing {
    fn answer(&self, request: &Request) -> ResponseTemplate {
        let mut index = self.index.lock().unwrap();
        if matches!(request.method.as_str(), "GET" | "HEAD") {
            let digest = digest_of(Algorithm::Sha256, &index);
            return ResponseTemplate::new(200)
                .insert_header("docker-content-digest", digest.as_str())
                .set_body_raw(index.clone(), media_types::OCI_INDEX);
        }
        let digest = digest_of(Algorithm::Sha256, &request.body);
        if self.puts.fetch_add(1, Ordering::SeqCst) >= self.lost {
            *index = request.body.clone();
        }
        ResponseTemplate::new(201).insert_header("docker-content-digest", digest.as_str())
    }
}

async fn racing(lost: usize) -> (MockServer, HttpRegistry, Arc<Racing>, Value) {
    let server = MockServer::start().await;
    let other = json!({"mediaType": "m", "digest": blob(b"other").digest, "size": 1, "x-unknown": true});
    let index = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [other]});
    let index = Mutex::new(index.to_string().into_bytes());
    let racing = Arc::new(Racing { index, lost, puts: AtomicUsize::new(0) });
    let answering = racing.clone();
    let answer = move |request: &Request| answering.answer(request);
    Mock::given(path_regex("^/v2/a/referrers/"))
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    Mock::given(path_regex("^/v2/a/manifests/sha256-")).respond_with(answer).mount(&server).await;
    let registry = connect(&server.address().to_string());
    (server, registry, racing, other)
}

#[tokio::test]
async fn a_writing_that_another_program_undid_is_done_again() {
    let (_server, registry, racing, other) = racing(2).await;
    let subject = image(&blob(b"{}"), &[]);
    let mine = referrer(&blob(b"{}"), &subject, "mine");
    registry.link_referrer(&repository("a"), &subject.digest, &mine).await.unwrap();
    assert_eq!(racing.puts.load(Ordering::SeqCst), 3);
    let index: Value = serde_json::from_slice(&racing.index.lock().unwrap()).unwrap();
    assert_eq!(index["manifests"][0], other, "what was there stays as it was");
    assert_eq!(index["manifests"][1]["digest"], mine.digest.as_str());
}

#[tokio::test]
async fn a_program_that_always_wins_is_an_error() {
    let (_server, registry, racing, _) = racing(usize::MAX).await;
    let subject = image(&blob(b"{}"), &[]);
    let mine = referrer(&blob(b"{}"), &subject, "mine");
    let error = registry.link_referrer(&repository("a"), &subject.digest, &mine).await.unwrap_err();
    assert!(error.to_string().contains("another program"), "{error}");
    assert!(racing.puts.load(Ordering::SeqCst) < 20);
}

#[tokio::test]
async fn a_registry_that_links_by_itself_is_asked_nothing_more() {
    let server = MockServer::start().await;
    let registry = connect(&server.address().to_string());
    let subject = image(&blob(b"{}"), &[]);
    let mine = referrer(&blob(b"{}"), &subject, "mine");
    Mock::given(method("PUT"))
        .respond_with(
            ResponseTemplate::new(201)
                .insert_header("oci-subject", subject.digest.as_str())
                .insert_header("docker-content-digest", mine.digest.as_str()),
        )
        .expect(1)
        .mount(&server)
        .await;
    registry.push_manifest(&repository("a"), &mine, None).await.unwrap();
    assert_eq!(registry.host().profile().links_referrers, Ability::Yes);
    registry.link_referrer(&repository("a"), &subject.digest, &mine).await.unwrap();
    assert_eq!(registry.stats().requests, 1);
}

#[tokio::test]
async fn a_registry_that_learnt_the_api_later_still_shows_what_is_older() {
    let server = MockServer::start().await;
    let registry = connect(&server.address().to_string());
    let subject = image(&blob(b"{}"), &[]);
    let older = referrer(&blob(b"{}"), &subject, "older").descriptor();
    let index = |entries: &[&Descriptor]| {
        let index = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": entries});
        ResponseTemplate::new(200).set_body_raw(index.to_string(), media_types::OCI_INDEX)
    };
    Mock::given(path(format!("/v2/a/referrers/{}", subject.digest)))
        .respond_with(index(&[]))
        .mount(&server)
        .await;
    Mock::given(path_regex("^/v2/a/manifests/sha256-")).respond_with(index(&[&older])).mount(&server).await;
    assert_eq!(registry.referrers(&repository("a"), &subject.digest).await.unwrap(), [older]);
}

#[tokio::test]
async fn a_long_digest_makes_a_tag_too() {
    let server = MockServer::start().await;
    let registry = connect(&server.address().to_string());
    let subject = digest_of(Algorithm::Sha512, b"subject");
    Mock::given(path_regex("^/v2/a/referrers/"))
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    Mock::given(path(format!("/v2/a/manifests/sha512-{}", &subject.hex()[..64])))
        .respond_with(ResponseTemplate::new(404))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(registry.referrers(&repository("a"), &subject).await.unwrap(), []);
}

#[tokio::test]
async fn too_many_referrers_are_an_error_by_both_ways() {
    let server = MockServer::start().await;
    let registry = connect(&server.address().to_string());
    let subject = image(&blob(b"{}"), &[]);
    let entry = json!({"mediaType": "m", "digest": blob(b"x").digest, "size": 1});
    let many = json!({"schemaVersion": 2, "manifests": vec![entry; 10_001]});
    let answer = ResponseTemplate::new(200).set_body_raw(many.to_string(), media_types::OCI_INDEX);
    let by_tag = Mock::given(path_regex("^/v2/a/manifests/sha256-")).respond_with(answer.clone());
    by_tag.mount(&server).await;
    let by_api =
        Mock::given(path_regex("^/v2/a/referrers/")).respond_with(answer).mount_as_scoped(&server).await;
    let asked = registry.referrers(&repository("a"), &subject.digest).await;
    assert!(matches!(asked, Err(Error { kind: RegistryErrorKind::Protocol { .. }, .. })), "{asked:?}");
    drop(by_api);
    let asked = registry.referrers(&repository("a"), &subject.digest).await;
    assert!(matches!(asked, Err(Error { kind: RegistryErrorKind::Protocol { .. }, .. })), "{asked:?}");
}

#[tokio::test]
async fn an_index_that_names_itself_as_an_image_is_refused() {
    let server = MockServer::start().await;
    let registry = connect(&server.address().to_string());
    let both = manifest(media_types::OCI_INDEX, &json!({"schemaVersion": 2, "manifests": [], "layers": []}));
    Mock::given(path_regex("^/v2/a/referrers/"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(both.bytes.to_vec(), media_types::OCI_INDEX))
        .mount(&server)
        .await;
    let asked = registry.referrers(&repository("a"), &both.digest).await;
    assert!(matches!(asked, Err(Error { kind: RegistryErrorKind::Protocol { .. }, .. })), "{asked:?}");
}

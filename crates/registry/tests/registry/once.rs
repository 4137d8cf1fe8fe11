//! How often a request is sent, and for how long a host is tried.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use longshore_registry::{
    Backoff, Error, HostOptions, HttpRegistry, LeastRate, RegistryErrorKind, Sink, Source, TagOrDigest,
    Tagged, Tries, Untagged, open_verified,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path_regex},
};

use crate::support::{blob, body, image, options, repository, tag};

fn patient(server: &MockServer) -> HttpRegistry {
    let backoff = Backoff { attempts: 5, base: Duration::from_millis(1), cap: Duration::from_secs(2) };
    let name = server.address().to_string();
    HttpRegistry::connect(&name, HostOptions { backoff, ..options() }).unwrap()
}

async fn sent(server: &MockServer, of: &str) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests.iter().filter(|request| request.method.as_str() == of).count()
}

#[tokio::test]
async fn a_400_on_a_manifest_an_upload_or_a_deletion_is_sent_once() {
    let server = MockServer::start().await;
    let refusal = |code: &str| {
        let errors = serde_json::json!({"errors": [{"code": code, "message": "no"}]});
        ResponseTemplate::new(400).set_body_json(errors)
    };
    Mock::given(method("PUT")).respond_with(refusal("MANIFEST_INVALID")).mount(&server).await;
    Mock::given(method("POST")).respond_with(refusal("NAME_INVALID")).mount(&server).await;
    Mock::given(method("DELETE")).respond_with(refusal("DIGEST_INVALID")).mount(&server).await;
    Mock::given(method("HEAD")).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    let (registry, name) = (patient(&server), repository("a"));
    let manifest = image(&blob(b"{}"), &[]);
    for tagged in [Some(tag("1")), None] {
        let error = registry.push_manifest(&name, &manifest, tagged.as_ref()).await.unwrap_err();
        assert!(
            matches!(error, Error { kind: RegistryErrorKind::Refused { status: 400, .. }, .. }),
            "{error:?}"
        );
    }
    let error = registry.push_tag(&name, &manifest, &tag("1"), None).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::Refused { status: 400, .. }, .. }), "{error:?}");
    assert_eq!(sent(&server, "PUT").await, 3);
    let error = registry.push_blob(&name, &blob(b"x"), body(b"x")).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::Refused { status: 400, .. }, .. }), "{error:?}");
    assert_eq!(sent(&server, "POST").await, 1);
    let digest = TagOrDigest::Digest(manifest.digest.clone());
    let error = registry.delete(&name, &digest).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::Refused { status: 400, .. }, .. }), "{error:?}");
    assert_eq!(sent(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn a_tag_whose_put_failed_is_asked_for_before_it_is_put_again() {
    let server = MockServer::start().await;
    Mock::given(method("HEAD")).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    Mock::given(method("PUT")).respond_with(ResponseTemplate::new(502)).mount(&server).await;
    let (registry, name) = (patient(&server), repository("a"));
    let manifest = image(&blob(b"{}"), &[]);
    let error = registry.push_tag(&name, &manifest, &tag("1"), None).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!((sent(&server, "HEAD").await, sent(&server, "PUT").await), (1, 1), "the caller decides");
}

#[tokio::test]
async fn a_tag_whose_deletion_failed_is_asked_for_before_it_is_deleted_again() {
    let server = MockServer::start().await;
    let manifest = image(&blob(b"{}"), &[]);
    let there = ResponseTemplate::new(200)
        .insert_header("docker-content-digest", manifest.digest.as_str())
        .set_body_raw(manifest.bytes.to_vec(), &manifest.media_type);
    Mock::given(method("HEAD")).respond_with(there).mount(&server).await;
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(502)).mount(&server).await;
    let (registry, name) = (patient(&server), repository("a"));
    let error = registry.delete_tag(&name, &tag("1"), &manifest.digest).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!((sent(&server, "HEAD").await, sent(&server, "DELETE").await), (1, 1), "the caller decides");
    let other = image(&blob(b"{ }"), &[]);
    let untagged = registry.delete_tag(&name, &tag("1"), &other.digest).await.unwrap();
    assert_eq!((untagged, sent(&server, "DELETE").await), (Untagged::Moved, 1));
    let error = registry.delete(&name, &TagOrDigest::Digest(manifest.digest.clone())).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(sent(&server, "DELETE").await, 2, "by digest too");
}

#[tokio::test]
async fn a_tag_that_is_taken_is_not_put_and_one_that_is_there_needs_none() {
    let server = MockServer::start().await;
    let (theirs, ours) = (image(&blob(b"theirs"), &[]), image(&blob(b"{}"), &[]));
    let at = theirs.digest.to_string();
    Mock::given(method("HEAD"))
        .respond_with(move |_: &Request| {
            ResponseTemplate::new(200)
                .insert_header("docker-content-digest", at.as_str())
                .set_body_raw(vec![b' '; 10], longshore_registry::media_types::OCI_MANIFEST)
        })
        .mount(&server)
        .await;
    let (registry, name) = (patient(&server), repository("a"));
    let error = registry.push_tag(&name, &ours, &tag("1"), Some(&ours.digest)).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::TagTaken { existing, .. }, .. } if *existing == theirs.digest),
        "{error:?}"
    );
    assert_eq!(registry.push_tag(&name, &theirs, &tag("1"), None).await.unwrap(), Tagged::There);
    assert_eq!(sent(&server, "PUT").await, 0);
}

#[tokio::test]
async fn a_tag_is_not_put_when_the_registry_does_not_say_where_it_is() {
    for (status, code) in [(403_u16, "denied"), (502, "server")] {
        let server = MockServer::start().await;
        Mock::given(method("HEAD")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
        let manifest = image(&blob(b"{}"), &[]);
        let accepted =
            ResponseTemplate::new(201).insert_header("docker-content-digest", manifest.digest.as_str());
        Mock::given(method("PUT")).respond_with(accepted).mount(&server).await;
        let (registry, name) = (patient(&server), repository("a"));
        let error = registry.push_tag(&name, &manifest, &tag("1"), None).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(sent(&server, "PUT").await, 0, "the tag may be at another image: {status}");
    }
}

#[tokio::test]
async fn a_retry_after_beyond_the_cap_ends_the_work_with_the_host_at_once_and_names_the_time() {
    for status in [429, 503] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(status).insert_header("retry-after", "5400"))
            .mount(&server)
            .await;
        let (registry, name) = (patient(&server), repository("a"));
        let begun = Instant::now();
        for _ in 0..3 {
            let error = registry.tags(&name).await.unwrap_err();
            assert_eq!(error.code(), "throttled");
            assert!(error.to_string().contains("wait 1 h 30 min, until 20"), "{error}");
        }
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert_eq!(sent(&server, "GET").await, 1, "and it is not asked again");
    }
}

#[tokio::test]
async fn a_retry_after_beyond_the_cap_that_answers_the_bytes_of_an_upload_ends_the_work_with_the_host() {
    let server = MockServer::start().await;
    let session = ResponseTemplate::new(202).insert_header("location", "/v2/a/blobs/uploads/1");
    Mock::given(method("POST")).respond_with(session).mount(&server).await;
    let quota = ResponseTemplate::new(429).insert_header("retry-after", "5400");
    Mock::given(method("PUT")).respond_with(quota).mount(&server).await;
    let (registry, name) = (patient(&server), repository("a"));
    for _ in 0..3 {
        let error = registry.push_blob(&name, &blob(b"x"), body(b"x")).await.unwrap_err();
        assert_eq!(error.code(), "throttled");
        assert!(error.to_string().contains("wait 1 h 30 min, until 20"), "{error}");
    }
    assert_eq!(registry.tags(&name).await.unwrap_err().code(), "throttled", "reads rest too");
    let requests = (sent(&server, "POST").await, sent(&server, "PUT").await, sent(&server, "GET").await);
    assert_eq!(requests, (1, 1, 0), "the host is not asked again");
}

#[tokio::test]
async fn reading_a_blob_and_opening_it_have_the_same_tries() {
    let server = MockServer::start().await;
    Mock::given(path_regex("/blobs/")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let registry = patient(&server);
    let backoff = Backoff { attempts: 4, base: Duration::from_millis(1), cap: Duration::from_millis(2) };
    let tries = Tries::new(backoff);
    let content = blob(b"content");
    let read = async {
        let mut all = open_verified(Arc::new(registry), &repository("a"), &content, Backoff::default());
        futures::StreamExt::next(&mut all).await.unwrap().unwrap_err()
    };
    let error = tries.within(read).await;
    assert_eq!(error.code(), "server");
    assert_eq!(sent(&server, "GET").await, 4);
    assert_eq!(tries.after(&error), None, "nor has the caller any left");
}

/// Answers every request with a header and then a byte now and then; reads as slowly.
async fn trickling() -> (String, Arc<AtomicUsize>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = listener.local_addr().unwrap().to_string();
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let task = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let count = count.clone();
            tokio::spawn(async move {
                let (mut head, mut byte) = (Vec::new(), [0; 1]);
                while !head.ends_with(b"\r\n\r\n") {
                    match socket.read(&mut byte).await {
                        Ok(1) => head.push(byte[0]),
                        _ => return,
                    }
                }
                count.fetch_add(1, Ordering::SeqCst);
                let answer: &[u8] = match &head[..3] {
                    b"GET" => b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n",
                    b"POS" => b"HTTP/1.1 202 A\r\nlocation: /v2/a/blobs/uploads/1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                    _ => b"",
                };
                let mut every = tokio::time::interval(Duration::from_millis(10));
                socket.write_all(answer).await.ok();
                loop {
                    every.tick().await;
                    let alive = match &head[..3] {
                        b"GET" => socket.write_all(b"x").await.is_ok(),
                        b"PUT" => socket.read(&mut byte).await.is_ok_and(|read| read > 0),
                        _ => return,
                    };
                    if !alive {
                        return;
                    }
                }
            });
        }
    });
    (name, requests, task)
}

#[tokio::test]
async fn a_trickle_ends_in_both_directions() {
    let (name, requests, task) = trickling().await;
    let least_rate = LeastRate { bytes: 100_000, over: Duration::from_millis(300) };
    let backoff = Backoff { attempts: 2, base: Duration::from_millis(1), cap: Duration::from_millis(2) };
    let registry =
        Arc::new(HttpRegistry::connect(&name, HostOptions { least_rate, backoff, ..options() }).unwrap());
    let content = vec![b'x'; 8_000_000];
    let read = async {
        let mut all = open_verified(registry.clone(), &repository("a"), &blob(&content), backoff);
        loop {
            match futures::StreamExt::next(&mut all).await {
                Some(Ok(_)) => {}
                other => return other.unwrap().unwrap_err(),
            }
        }
    };
    // New bytes come each time, but too few to reset the count of tries.
    let error = tokio::time::timeout(Duration::from_secs(60), read).await.unwrap();
    assert!(error.to_string().contains("fewer than 100000 bytes"), "{error}");
    let (name, descriptor) = (repository("a"), blob(&content));
    let pushed = registry.push_blob(&name, &descriptor, body(&content));
    let error = tokio::time::timeout(Duration::from_secs(20), pushed).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("fewer than 100000 bytes"), "{error}");
    assert!((3..8).contains(&requests.load(Ordering::SeqCst)));
    task.abort();
}

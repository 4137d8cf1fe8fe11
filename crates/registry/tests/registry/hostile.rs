//! Registries that are wrong, slow, broken or evil.

use std::{sync::Arc, time::Duration};

use longshore_names::Algorithm;

use crate::support::{blob, body, connect, image, options, read, repository, tag};
use longshore_registry::{
    Backoff, Error, HostOptions, HttpRegistry, MAX_MANIFEST_BYTES, RegistryErrorKind, Sink, Source,
    TagOrDigest, digest_of, media_types, open_verified, without_first,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, path_regex, query_param},
};

async fn server() -> (MockServer, HttpRegistry) {
    let server = MockServer::start().await;
    let registry = connect(&server.address().to_string());
    (server, registry)
}

#[tokio::test]
async fn redirects_end_and_stay_with_http() {
    let (server, registry) = server().await;
    let descriptor = blob(b"x");
    for (location, said) in [
        ("/v2/a/blobs/again", "more than 5 redirects"),
        ("file:///etc/passwd", "not HTTP"),
        ("gopher://x/", "not HTTP"),
        ("http://user:pw@127.0.0.1/", "user name"),
    ] {
        server.reset().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(307).insert_header("location", location))
            .mount(&server)
            .await;
        let error = registry.blob(&repository("a"), &descriptor, 0).await.err().unwrap();
        assert!(
            matches!(&error, Error { kind: RegistryErrorKind::Protocol { message }, .. } if message.contains(said)),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn plain_http_is_for_this_machine_and_for_hosts_marked_insecure() {
    let address = |text: &str| Some(text.parse().unwrap());
    let plain = HostOptions { address: address("http://registry.example/"), ..options() };
    assert!(HttpRegistry::connect("registry.example", plain.clone()).is_err());
    assert!(HttpRegistry::connect("registry.example", HostOptions { insecure: true, ..plain }).is_ok());
    assert!(HttpRegistry::connect("registry.example", options()).is_ok());
    let odd = HostOptions { address: address("ftp://registry.example/"), ..options() };
    assert!(HttpRegistry::connect("registry.example", odd).is_err());
}

#[tokio::test]
async fn a_manifest_with_another_digest_is_thrown_away() {
    let (server, registry) = server().await;
    let right = image(&blob(b"{}"), &[]);
    Mock::given(path_regex("^/v2/a/manifests/"))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(&b"{\"evil\":1}"[..], media_types::OCI_MANIFEST),
        )
        .mount(&server)
        .await;
    let error = registry.manifest(&repository("a"), &right.digest).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. }), "{error:?}");
    let wanted = TagOrDigest::Digest(right.digest.clone());
    let error = registry.resolve(&repository("a"), &wanted).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. }), "{error:?}");
}

#[tokio::test]
async fn a_manifest_that_is_too_large_is_not_read() {
    let (server, registry) = server().await;
    let body = vec![b' '; MAX_MANIFEST_BYTES + 1];
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(body, media_types::OCI_MANIFEST))
        .mount(&server)
        .await;
    let error = registry.manifest(&repository("a"), &blob(b"x").digest).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::TooLarge { .. }, .. }), "{error:?}");
    assert_eq!(registry.stats().bytes_down, 0);
}

#[tokio::test]
async fn a_head_that_says_too_little_is_followed_by_a_get() {
    let (server, registry) = server().await;
    let manifest = image(&blob(b"{}"), &[]);
    Mock::given(method("HEAD")).respond_with(ResponseTemplate::new(200)).expect(1).mount(&server).await;
    Mock::given(method("GET"))
        .and(path("/v2/a/manifests/1"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(manifest.bytes.to_vec(), "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let found = registry.resolve(&repository("a"), &TagOrDigest::Tag(tag("1"))).await.unwrap().unwrap();
    assert_eq!(found, manifest.descriptor());
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_not() {
    let (server, registry) = server().await;
    let tags = serde_json::json!({"tags": null});
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(503)).up_to_n_times(1).mount(&server).await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(429).insert_header("retry-after", "0"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(tags))
        .expect(1)
        .mount(&server)
        .await;
    assert!(registry.tags(&repository("a")).await.unwrap().is_empty());
    assert_eq!(registry.stats().requests, 3);
    assert!(registry.host().limits().reads < 16, "the pace went down");

    server.reset().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(400)).expect(1).mount(&server).await;
    assert!(matches!(
        registry.tags(&repository("a")).await,
        Err(Error { kind: RegistryErrorKind::Refused { status: 400, .. }, .. })
    ));
    server.reset().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(500)).expect(3).mount(&server).await;
    assert!(matches!(
        registry.tags(&repository("a")).await,
        Err(Error { kind: RegistryErrorKind::Server { status: 500, .. }, .. })
    ));
}

#[tokio::test]
async fn pages_are_followed_but_not_in_circles_nor_elsewhere() {
    let (server, registry) = server().await;
    let page = |tags: &[&str], link: &str| {
        ResponseTemplate::new(200)
            .set_body_json(serde_json::json!({"tags": tags}))
            .insert_header("link", link)
    };
    Mock::given(query_param("n", "1000"))
        .respond_with(page(&["a", "b"], "</v2/r/tags/list?last=b>; rel=\"next\""))
        .mount(&server)
        .await;
    Mock::given(query_param("last", "b"))
        .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({"tags": ["c"]})))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    assert_eq!(registry.tags(&repository("r")).await.unwrap(), [tag("a"), tag("b"), tag("c")]);
    Mock::given(query_param("last", "b"))
        .respond_with(page(&["c"], "</v2/r/tags/list?last=b>; rel=next"))
        .mount(&server)
        .await;
    let error = registry.tags(&repository("r")).await.unwrap_err();
    assert!(error.to_string().contains("loop"), "{error}");
    server.reset().await;
    Mock::given(method("GET"))
        .respond_with(page(&[], "<https://evil.example/>; rel=next"))
        .mount(&server)
        .await;
    let error = registry.tags(&repository("r")).await.unwrap_err();
    assert!(error.to_string().contains("another host"), "{error}");
}

#[tokio::test]
async fn an_immutable_tag_with_the_same_digest_is_success() {
    let (server, registry) = server().await;
    let refusal = serde_json::json!({"errors": [{"code": "TAG_INVALID",
        "message": "The image tag '1' already exists in the 'a' repository and cannot be overwritten because the tag is immutable."}]});
    let manifest = image(&blob(b"{}"), &[]);
    let there = |digest: &str| {
        ResponseTemplate::new(200)
            .insert_header("docker-content-digest", digest)
            .set_body_raw(manifest.bytes.to_vec(), media_types::OCI_MANIFEST)
    };
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
        .mount(&server)
        .await;
    Mock::given(method("HEAD"))
        .respond_with(there(manifest.digest.as_str()))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    registry.push_manifest(&repository("a"), &manifest, Some(&tag("1"))).await.unwrap();
    Mock::given(method("HEAD")).respond_with(there(blob(b"other").digest.as_str())).mount(&server).await;
    let error = registry.push_manifest(&repository("a"), &manifest, Some(&tag("1"))).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::TagImmutable { .. }, .. }), "{error:?}");
}

#[tokio::test]
async fn an_acknowledgment_of_something_else_is_an_error() {
    let (server, registry) = server().await;
    let other = blob(b"other").digest;
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(201).insert_header("docker-content-digest", other.as_str()))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(202).insert_header("location", "/v2/a/blobs/uploads/1?state=x"))
        .mount(&server)
        .await;
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(204)).expect(1).mount(&server).await;
    let manifest = image(&blob(b"{}"), &[]);
    let error = registry.push_manifest(&repository("a"), &manifest, None).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. }), "{error:?}");
    let error = registry.push_blob(&repository("a"), &blob(b"x"), body(b"x")).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. }), "{error:?}");
}

#[tokio::test]
async fn error_texts_are_short_and_printable() {
    let (server, registry) = server().await;
    let long = format!("\u{1b}[31m{}", "x".repeat(10_000));
    let refusal = serde_json::json!({"errors": [{"code": "ODD", "message": long}]});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(418).set_body_json(refusal))
        .mount(&server)
        .await;
    let text = registry.tags(&repository("a")).await.unwrap_err().to_string();
    assert!(text.chars().count() < 500 && !text.contains('\u{1b}') && text.contains("ODD"), "{text}");
}

#[tokio::test]
async fn the_referrers_api_is_used_where_it_is_known() {
    let (server, registry) = server().await;
    let subject = blob(b"subject").digest;
    let signature = image(&blob(b"{}"), &[]).descriptor();
    let index = serde_json::json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [signature]});
    Mock::given(path(format!("/v2/a/referrers/{subject}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(index))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(registry.referrers(&repository("a"), &subject).await.unwrap(), [signature]);
}

async fn read_head(socket: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(request).unwrap().to_ascii_lowercase()
}

/// Speaks just enough HTTP to break it. Gives back the `Range` headers that it saw.
async fn broken_server(
    pieces: Vec<(&'static str, &'static [u8])>,
) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move {
        let mut ranges = Vec::new();
        for (head, content) in pieces {
            let (mut socket, _) = listener.accept().await.unwrap();
            let text = read_head(&mut socket).await;
            ranges.extend(text.lines().find_map(|line| line.strip_prefix("range: ").map(str::to_owned)));
            socket
                .write_all(format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").as_bytes())
                .await
                .unwrap();
            socket.write_all(content).await.unwrap();
            socket.shutdown().await.ok();
        }
        ranges
    });
    (name, task)
}

#[tokio::test]
async fn a_broken_blob_goes_on_where_it_broke() {
    let (name, task) = broken_server(vec![
        ("200 OK\r\ncontent-length: 11", b"hello"),
        ("206 Partial\r\ncontent-length: 6\r\ncontent-range: bytes 5-10/11", b" wo"),
        // This one ignores the range.
        ("200 OK\r\ncontent-length: 11", b"hello world"),
    ])
    .await;
    let source: Arc<dyn Source> = Arc::new(connect(&name));
    let backoff = Backoff { attempts: 3, base: Duration::from_millis(1), cap: Duration::from_millis(5) };
    let stream = open_verified(source, &repository("a"), &blob(b"hello world"), backoff);
    assert_eq!(read(stream).await.unwrap(), b"hello world");
    assert_eq!(task.await.unwrap(), ["bytes=5-", "bytes=8-"]);
}

#[tokio::test]
async fn a_blob_that_changes_its_bytes_on_the_way_is_an_error() {
    let (name, task) = broken_server(vec![
        ("200 OK\r\ncontent-length: 11", b"hello"),
        ("206 Partial\r\ncontent-length: 6\r\ncontent-range: bytes 5-10/11", b" w0rld"),
    ])
    .await;
    let source: Arc<dyn Source> = Arc::new(connect(&name));
    let backoff = Backoff { attempts: 3, base: Duration::from_millis(1), cap: Duration::from_millis(5) };
    let stream = open_verified(source, &repository("a"), &blob(b"hello world"), backoff);
    assert!(matches!(read(stream).await, Err(Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. })));
    task.await.unwrap();
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = listener.local_addr().unwrap().to_string();
    let silent = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_head(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello").await.unwrap();
        // Until the client closes.
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).await.ok();
    });
    let options = HostOptions { stall_timeout: Duration::from_millis(100), ..options() };
    let registry = HttpRegistry::connect(&name, options).unwrap();
    let stream = registry.blob(&repository("a"), &blob(b"hello world"), 0).await.unwrap();
    let error = read(stream).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::Network { message }, .. } if message.contains("no data for")),
        "{error:?}"
    );
    drop(registry);
    silent.await.unwrap();
}

#[tokio::test]
async fn a_manifest_must_be_what_the_registry_says_it_is() {
    let (server, registry) = server().await;
    let manifest = image(&blob(b"{}"), &[]);
    let answer = |digest: &str| {
        ResponseTemplate::new(200)
            .insert_header("docker-content-digest", digest)
            .set_body_raw(manifest.bytes.to_vec(), media_types::OCI_MANIFEST)
    };
    let (name, by_tag) = (repository("a"), TagOrDigest::Tag(tag("1")));
    Mock::given(method("GET")).respond_with(answer(blob(b"other").digest.as_str())).mount(&server).await;
    let error = registry.fetch(&name, &by_tag).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. }), "{error:?}");
    assert_eq!(error.registry, registry.name());

    // By another algorithm it can be right or wrong just as well.
    server.reset().await;
    let long = digest_of(Algorithm::Sha512, &manifest.bytes);
    Mock::given(method("GET")).respond_with(answer(long.as_str())).mount(&server).await;
    let found = registry.fetch(&name, &TagOrDigest::Digest(manifest.digest.clone())).await.unwrap().unwrap();
    assert_eq!(found, manifest);
    assert_eq!(registry.fetch(&name, &by_tag).await.unwrap().unwrap().digest, long);
    server.reset().await;
    let wrong = digest_of(Algorithm::Sha512, b"other");
    Mock::given(method("GET")).respond_with(answer(wrong.as_str())).mount(&server).await;
    let by_digest = TagOrDigest::Digest(manifest.digest.clone());
    assert!(matches!(
        registry.fetch(&name, &by_digest).await,
        Err(Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. })
    ));
}

#[tokio::test]
async fn a_manifest_of_another_digest_is_not_fetched_by_digest() {
    let (server, registry) = server().await;
    let (right, wrong) = (image(&blob(b"{}"), &[]), image(&blob(b"[]"), &[]));
    Mock::given(method("GET"))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(wrong.bytes.to_vec(), media_types::OCI_MANIFEST),
        )
        .mount(&server)
        .await;
    let error = registry.fetch(&repository("a"), &TagOrDigest::Digest(right.digest)).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. }), "{error:?}");
}

#[tokio::test]
async fn a_list_of_repositories_that_is_refused_is_not_supported() {
    let (server, registry) = server().await;
    for status in [401, 403, 404, 405] {
        server.reset().await;
        Mock::given(path("/v2/_catalog")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
        let error = registry.repositories().await.unwrap_err();
        assert!(
            matches!(error, Error { kind: RegistryErrorKind::Unsupported { .. }, .. }),
            "{status}: {error:?}"
        );
    }
    server.reset().await;
    Mock::given(path("/v2/_catalog"))
        .and(query_param("last", "b"))
        .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({"repositories": ["c/d"]})))
        .mount(&server)
        .await;
    Mock::given(path("/v2/_catalog"))
        .and(query_param("n", "1000"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(serde_json::json!({"repositories": ["a", "b"]}))
                .insert_header("link", "</v2/_catalog?last=b>; rel=\"next\""),
        )
        .mount(&server)
        .await;
    let names = ["a", "b", "c/d"].map(repository);
    assert_eq!(registry.repositories().await.unwrap(), names);
}

#[tokio::test]
async fn a_tag_is_deleted_where_the_registry_takes_tags() {
    let (server, registry) = server().await;
    Mock::given(method("DELETE"))
        .and(path("/v2/a/manifests/1"))
        .respond_with(ResponseTemplate::new(202))
        .expect(1)
        .mount(&server)
        .await;
    assert!(registry.delete(&repository("a"), &TagOrDigest::Tag(tag("1"))).await.unwrap());
    server.reset().await;
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(403)).mount(&server).await;
    let denied = registry.delete(&repository("a"), &TagOrDigest::Tag(tag("1"))).await;
    assert!(matches!(denied, Err(Error { kind: RegistryErrorKind::Denied { .. }, .. })), "{denied:?}");
}

#[tokio::test]
async fn a_blobs_rest_comes_with_all_of_it_hashed() {
    let (server, registry) = server().await;
    let (right, wrong) = (b"hello world".as_slice(), b"jello world".as_slice());
    let source: Arc<dyn Source> = Arc::new(registry);
    let backoff = Backoff { attempts: 2, base: Duration::from_millis(1), cap: Duration::from_millis(5) };
    for (content, good) in [(right, true), (wrong, false)] {
        server.reset().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_bytes(content))
            .mount(&server)
            .await;
        for offset in [0, 6, 10, 11] {
            let stream = open_verified(source.clone(), &repository("a"), &blob(right), backoff);
            let got = read(without_first(stream, offset)).await;
            if good {
                assert_eq!(got.unwrap(), right[offset as usize..]);
            } else {
                let error = got.unwrap_err();
                assert!(
                    matches!(error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. }),
                    "from {offset}: {error:?}"
                );
                assert_eq!(error.registry, source.name(), "the error names the side that sent it");
            }
        }
    }
}

/// A body that comes without its length, and longer than anything that is read.
async fn endless(head: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = listener.local_addr().unwrap().to_string();
    let head = head.replace("REALM", &format!("http://{name}/token"));
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let head = head.clone();
            tokio::spawn(async move {
                let asked = read_head(&mut socket).await;
                let ok = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.manifest.v1+json\r\n";
                let head = if asked.contains(" /token") { ok } else { &head };
                socket.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await.ok();
                while socket.write_all(&[b' '; 64 * 1024]).await.is_ok() {}
            });
        }
    });
    name
}

#[tokio::test]
async fn a_body_over_the_bound_ends_although_it_does_not_tell_its_length() {
    let wanted = TagOrDigest::Tag(tag("1"));
    let ok = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.manifest.v1+json\r\n";
    let manifest = connect(&endless(ok).await).fetch(&repository("a"), &wanted).await.unwrap_err();
    assert!(
        matches!(&manifest, Error { kind: RegistryErrorKind::TooLarge { limit, .. }, .. } if *limit == MAX_MANIFEST_BYTES),
        "{manifest:?}"
    );

    let realm =
        "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer realm=\"REALM\"\r\ncontent-length: 0\r\n";
    let token = connect(&endless(realm).await).fetch(&repository("a"), &wanted).await.unwrap_err();
    assert!(
        matches!(&token, Error { kind: RegistryErrorKind::TooLarge { what, .. }, .. } if what == "the token"),
        "{token:?}"
    );

    // An endless error body is not read whole either; its status still counts.
    let refused = "HTTP/1.1 403 Forbidden\r\n";
    let error = connect(&endless(refused).await).fetch(&repository("a"), &wanted).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::Denied { message }, .. } if message == "403 Forbidden"),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_upload_that_a_proxy_finds_too_large_says_so() {
    let (server, registry) = server().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(202).insert_header("location", "/up/1"))
        .mount(&server)
        .await;
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(413).set_body_string(
            "<html><head><title>413 Request Entity Too Large</title></head><body>nginx</body></html>",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let error = registry.push_blob(&repository("a"), &blob(b"x"), body(b"x")).await.unwrap_err();
    assert_eq!((error.status(), error.is_retryable()), (Some(413), false));
    assert!(error.to_string().contains("413 Request Entity Too Large"), "{error}");
}

#[tokio::test]
async fn a_404_at_an_upload_is_no_missing_blob() {
    let (server, registry) = server().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(404).set_body_string("404 page not found\n"))
        .mount(&server)
        .await;
    let error = registry.push_blob(&repository("a"), &blob(b"x"), body(b"x")).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::Refused { status: 404, .. }, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("404 page not found"), "{error}");
}

#[tokio::test]
async fn the_host_that_failed_is_the_one_named() {
    let (server, registry) = server().await;
    let storage = MockServer::start().await;
    let there = storage.address().to_string();
    Mock::given(path_regex("^/v2/a/blobs/"))
        .respond_with(
            ResponseTemplate::new(307).insert_header("location", format!("{}/x", storage.uri()).as_str()),
        )
        .mount(&server)
        .await;
    Mock::given(path("/x"))
        .respond_with(ResponseTemplate::new(403).set_body_string(
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
        ))
        .mount(&storage)
        .await;
    let error = registry.blob(&repository("a"), &blob(b"x"), 0).await.err().unwrap();
    assert_eq!((error.code(), error.registry.as_str()), ("denied", registry.name()));
    let said = error.to_string();
    assert!(said.starts_with(&format!("{there} denied")) && said.contains("Request has expired"), "{said}");

    // A storage that does not respond at all.
    drop(storage);
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    server.reset().await;
    let location = format!("http://{gone}/x");
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", location.as_str()))
        .mount(&server)
        .await;
    let error = registry.blob(&repository("a"), &blob(b"x"), 0).await.err().unwrap();
    assert!(error.to_string().starts_with(&format!("no answer from {gone}")), "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn nobody_is_sent_to_a_link_local_address() {
    let (server, registry) = server().await;
    let to = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", to))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(202).insert_header("location", to))
        .mount(&server)
        .await;
    let redirect = registry.blob(&repository("a"), &blob(b"x"), 0).await.err().unwrap();
    let upload = registry.push_blob(&repository("a"), &blob(b"x"), body(b"x")).await.unwrap_err();
    server.reset().await;
    let realm = format!("Bearer realm=\"{}\"", to.replace("http:", "https:"));
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", realm.as_str()))
        .mount(&server)
        .await;
    let realm = registry.blob(&repository("a"), &blob(b"x"), 0).await.err().unwrap();
    for error in [redirect, upload, realm] {
        assert_eq!((error.code(), error.is_retryable()), ("out-of-reach", false), "{error:?}");
        assert!(error.to_string().contains("`169.254.169.254` is a link-local address"), "{error}");
    }
}

#[tokio::test]
async fn a_token_server_that_fails_is_the_one_named() {
    let (server, realm) = (MockServer::start().await, MockServer::start().await);
    let there = realm.address().to_string();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    for (status, host, code, said) in [
        (401, &there, "unauthorized", format!("the token server {there} said no such user")),
        (500, &there, "server", format!("{there} failed with 500")),
        (500, &gone, "network", format!("no answer from {gone}")),
    ] {
        server.reset().await;
        realm.reset().await;
        let challenge = format!("Bearer realm=\"http://{host}/token\"");
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", challenge.as_str()))
            .mount(&server)
            .await;
        Mock::given(path("/token"))
            .respond_with(ResponseTemplate::new(status).set_body_string("no such user"))
            .mount(&realm)
            .await;
        let registry = connect(&server.address().to_string());
        let error = registry.tags(&repository("a")).await.unwrap_err();
        assert_eq!((error.code(), error.registry.as_str()), (code, registry.name()), "{error:?}");
        assert!(error.to_string().contains(&said), "{error}");
    }
}

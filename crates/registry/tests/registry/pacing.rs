//! Registries that want fewer requests, by word or by breaking the connection.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use longshore_registry::{
    Backoff, Error, HostOptions, HttpRegistry, RegistryErrorKind, Sink, Source, TagOrDigest,
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

fn patient(server: &str) -> HttpRegistry {
    let backoff = Backoff { attempts: 12, base: Duration::from_millis(2), cap: Duration::from_millis(40) };
    HttpRegistry::connect(server, HostOptions { backoff, ..options() }).unwrap()
}

#[tokio::test]
async fn a_storm_of_429_passes_and_slows_down_only_what_it_hit() {
    let server = MockServer::start().await;
    let refused = AtomicUsize::new(0);
    Mock::given(method("GET"))
        .respond_with(move |_: &Request| {
            if refused.fetch_add(1, Ordering::SeqCst) < 60 {
                return ResponseTemplate::new(429);
            }
            ResponseTemplate::new(200).set_body_json(serde_json::json!({"tags": ["1"]}))
        })
        .mount(&server)
        .await;
    let registry = patient(&server.address().to_string());
    let name = repository("a");
    let all = futures::future::join_all((0..64).map(|_| registry.tags(&name))).await;
    assert!(all.iter().all(Result::is_ok), "{:?}", all.iter().find(|one| one.is_err()));
    let limits = registry.host().limits();
    assert!(limits.reads < 16, "{limits:?}");
    assert_eq!((limits.uploads, limits.manifests), (16, 16), "{limits:?}");
}

#[tokio::test]
async fn nothing_is_sent_before_the_time_that_was_asked_for() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(429).insert_header("retry-after", "1"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let manifest = image(&blob(b"{}"), &[]);
    Mock::given(method("PUT"))
        .respond_with(
            ResponseTemplate::new(201).insert_header("docker-content-digest", manifest.digest.as_str()),
        )
        .mount(&server)
        .await;
    let backoff = Backoff { attempts: 3, base: Duration::from_millis(1), cap: Duration::from_secs(5) };
    let options = HostOptions { backoff, ..options() };
    let registry = HttpRegistry::connect(&server.address().to_string(), options).unwrap();
    let begun = std::time::Instant::now();
    let (name, first, second) = (repository("a"), tag("1"), tag("2"));
    let both = [Some(&first), Some(&second)].map(|tag| registry.push_manifest(&name, &manifest, tag));
    assert!(futures::future::join_all(both).await.iter().all(Result::is_ok));
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    let limits = registry.host().limits();
    assert!(limits.manifests < 16 && limits.reads == 16, "{limits:?}");
}

/// Reads a little, says 429 and closes while more comes, which resets the connection.
async fn rude() -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut buffer = [0; 512];
                while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                    match socket.read(&mut buffer).await {
                        Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
                        _ => return,
                    }
                }
                let answer: &[u8] = if head.starts_with(b"POST") {
                    b"HTTP/1.1 202 Accepted\r\nlocation: /v2/a/blobs/uploads/1\r\ncontent-length: 0\r\n\r\n"
                } else {
                    b"HTTP/1.1 429 Too Many\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                };
                socket.write_all(answer).await.ok();
                if head.starts_with(b"POST") {
                    // The client closes it, or sends its next request elsewhere.
                    let _more = socket.read(&mut buffer).await.is_ok_and(|count| count > 0);
                }
            });
        }
    });
    (name, task)
}

#[tokio::test]
async fn a_429_that_looks_like_a_reset_is_worth_another_try_and_slows_uploads_down() {
    let (name, task) = rude().await;
    let registry = patient(&name);
    let content = vec![5_u8; 8_000_000];
    let error = registry.push_blob(&repository("a"), &blob(&content), body(&content)).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert!(registry.host().limits().uploads < 16, "{:?}", registry.host().limits());
    task.abort();
}

#[tokio::test]
async fn an_upload_whose_answer_got_lost_is_looked_for_before_it_fails() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = listener.local_addr().unwrap().to_string();
    let seen = Arc::new(AtomicUsize::new(0));
    let heads = seen.clone();
    let server = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut text = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                while !text.windows(4).any(|end| end == b"\r\n\r\n") {
                    match socket.read(&mut buffer).await {
                        Ok(read) if read > 0 => text.extend_from_slice(&buffer[..read]),
                        _ => break,
                    }
                }
                if text.starts_with(b"POST") {
                    let answer = b"HTTP/1.1 202 Accepted\r\nlocation: /v2/a/blobs/uploads/1\r\ncontent-length: 0\r\n\r\n";
                    socket.write_all(answer).await.unwrap();
                    text.clear();
                    continue;
                }
                if text.starts_with(b"PUT") {
                    // The whole request arrives, and the connection closes without a response.
                    while !text.ends_with(b"hello world") {
                        let read = socket.read(&mut buffer).await.unwrap();
                        text.extend_from_slice(&buffer[..read]);
                    }
                } else if text.starts_with(b"HEAD") {
                    heads.fetch_add(1, Ordering::SeqCst);
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\n";
                    socket.write_all(answer).await.unwrap();
                }
                break;
            }
        }
    });
    let registry = patient(&name);
    registry.push_blob(&repository("a"), &blob(b"hello world"), body(b"hello world")).await.unwrap();
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    server.abort();
}

#[tokio::test]
async fn an_authorization_that_ends_during_an_upload_is_renewed_for_the_next_try() {
    let server = MockServer::start().await;
    let realm = format!("Bearer realm=\"{}/token\"", server.uri());
    let issued = AtomicUsize::new(0);
    Mock::given(path_regex("^/token"))
        .respond_with(move |_: &Request| {
            let n = issued.fetch_add(1, Ordering::SeqCst);
            ResponseTemplate::new(200).set_body_json(serde_json::json!({"token": format!("t{n}")}))
        })
        .mount(&server)
        .await;
    let challenge = ResponseTemplate::new(401).insert_header("www-authenticate", realm.as_str());
    let unauthorized = challenge.clone();
    Mock::given(method("POST"))
        .respond_with(move |request: &Request| {
            if !request.headers.contains_key("authorization") {
                return unauthorized.clone();
            }
            ResponseTemplate::new(202).insert_header("location", "/v2/a/blobs/uploads/1")
        })
        .mount(&server)
        .await;
    Mock::given(method("PUT"))
        .respond_with(move |request: &Request| match request.headers.get("authorization") {
            Some(value) if value == "Bearer t0" => challenge.clone(),
            _ => ResponseTemplate::new(201),
        })
        .mount(&server)
        .await;
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let registry = patient(&server.address().to_string());
    let error = registry.push_blob(&repository("a"), &blob(b"x"), body(b"x")).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::Network { message }, .. } if message.contains("authorization expired")),
        "{error:?}"
    );
    registry.push_blob(&repository("a"), &blob(b"x"), body(b"x")).await.unwrap();
}

#[tokio::test]
async fn a_token_that_ends_while_many_work_is_fetched_once_more() {
    let server = MockServer::start().await;
    let realm = format!("Bearer realm=\"{}/token\"", server.uri());
    let (good, fetched) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let count = fetched.clone();
    Mock::given(path_regex("^/token"))
        .respond_with(move |_: &Request| {
            let n = count.fetch_add(1, Ordering::SeqCst);
            ResponseTemplate::new(200)
                .set_body_json(serde_json::json!({"token": format!("t{n}"), "expires_in": 3600}))
                .set_delay(Duration::from_millis(20))
        })
        .mount(&server)
        .await;
    let now = good.clone();
    Mock::given(path_regex("^/v2/a/"))
        .respond_with(move |request: &Request| {
            let expected = format!("Bearer t{}", now.load(Ordering::SeqCst));
            match request.headers.get("authorization") {
                Some(value) if *value == expected.as_str() => ResponseTemplate::new(404),
                _ => ResponseTemplate::new(401)
                    .insert_header("www-authenticate", realm.as_str())
                    .set_delay(Duration::from_millis(5)),
            }
        })
        .mount(&server)
        .await;
    let registry = patient(&server.address().to_string());
    let (name, reference) = (repository("a"), TagOrDigest::Tag(tag("1")));
    assert_eq!(registry.resolve(&name, &reference).await.unwrap(), None);
    good.store(1, Ordering::SeqCst);
    let all = futures::future::join_all((0..40).map(|_| registry.resolve(&name, &reference))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(fetched.load(Ordering::SeqCst), 2, "one at first, one after the end");
}

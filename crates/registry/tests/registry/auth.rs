//! Who we are: challenges, tokens, refreshes, and hosts that must not get credentials.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::{blob, body, options, read, repository};
use async_trait::async_trait;
use longshore_registry::{
    CredentialProvider, Credentials, Error, HostOptions, HttpRegistry, Issued, RegistryErrorKind, Secret,
    Sink, Source,
};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path, path_regex, query_param},
};

fn user() -> Arc<Credentials> {
    Arc::new(Credentials::Basic { user: "ann".into(), password: Secret::new("hunter2") })
}

fn registry(server: &MockServer, credentials: Arc<dyn CredentialProvider>) -> HttpRegistry {
    let options = HostOptions { credentials, ..options() };
    HttpRegistry::connect(&server.address().to_string(), options).unwrap()
}

fn tags() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(serde_json::json!({"name": "a", "tags": ["1"]}))
}

fn without(name: &'static str) -> impl Fn(&Request) -> bool + Send + Sync {
    move |request: &Request| !request.headers.contains_key(name)
}

#[tokio::test]
async fn one_token_is_fetched_however_many_wait() {
    let server = MockServer::start().await;
    let realm = format!("Bearer realm=\"{}/token\",service=\"reg\"", server.uri());
    Mock::given(method("GET"))
        .and(path("/token"))
        .and(query_param("service", "reg"))
        .and(query_param("scope", "repository:a:pull"))
        .and(header("authorization", "Basic YW5uOmh1bnRlcjI="))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(serde_json::json!({"access_token": "t1", "expires_in": 300}))
                .set_delay(Duration::from_millis(30)),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/v2/a/tags/list"))
        .and(header("authorization", "Bearer t1"))
        .respond_with(tags())
        .mount(&server)
        .await;
    Mock::given(path("/v2/a/tags/list"))
        .and(without("authorization"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", realm.as_str()))
        .mount(&server)
        .await;
    let registry = registry(&server, user());
    let name = repository("a");
    let all = futures::future::join_all((0..12).map(|_| registry.tags(&name))).await;
    assert!(all.iter().all(|tags| tags.as_ref().unwrap().len() == 1));
    assert_eq!(registry.tags(&name).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_that_ended_early_is_replaced() {
    let server = MockServer::start().await;
    let realm = format!("Bearer realm=\"{}/token\"", server.uri());
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = fetched.clone();
    Mock::given(path("/token"))
        .respond_with(move |_: &Request| {
            let n = count.fetch_add(1, Ordering::SeqCst);
            ResponseTemplate::new(200).set_body_json(serde_json::json!({"token": format!("t{n}")}))
        })
        .mount(&server)
        .await;
    Mock::given(path("/v2/a/tags/list"))
        .and(header("authorization", "Bearer t1"))
        .respond_with(tags())
        .mount(&server)
        .await;
    Mock::given(path("/v2/a/tags/list"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", realm.as_str()))
        .mount(&server)
        .await;
    let registry = registry(&server, Arc::new(Credentials::Anonymous));
    assert_eq!(registry.tags(&repository("a")).await.unwrap().len(), 1);
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn basic_is_sent_when_the_registry_asks_for_it() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Basic YW5uOmh1bnRlcjI="))
        .respond_with(tags())
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(without("authorization"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\""))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(registry(&server, user()).tags(&repository("a")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn wrong_credentials_are_an_error_without_the_password() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\""))
        .expect(2)
        .mount(&server)
        .await;
    let error = registry(&server, user()).tags(&repository("a")).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::Unauthorized { .. }, .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn credentials_do_not_go_to_a_realm_that_is_not_encrypted() {
    let server = MockServer::start().await;
    for realm in ["http://evil.example/token", "ftp://evil.example/token", "nonsense"] {
        server.reset().await;
        Mock::given(method("GET"))
            .respond_with(
                ResponseTemplate::new(401)
                    .insert_header("www-authenticate", format!("Bearer realm=\"{realm}\"").as_str()),
            )
            .mount(&server)
            .await;
        let error = registry(&server, user()).tags(&repository("a")).await.unwrap_err();
        assert!(
            matches!(&error, Error { kind: RegistryErrorKind::Protocol { message }, .. } if message.contains("realm")),
            "{error:?}"
        );
    }
}

/// As ECR's: a ready value that expires and can be renewed.
struct Rotating(AtomicUsize);

#[async_trait]
impl CredentialProvider for Rotating {
    async fn credentials(&self, force: bool) -> Result<Issued, Error> {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        assert_eq!(force, n > 0, "the first is asked for plainly, the others because of a refusal");
        let value = Secret::new(format!("Basic issue{n}"));
        Ok(Issued { credentials: Credentials::Authorization(value), valid_for: None, refreshable: true })
    }
}

#[tokio::test]
async fn an_expired_authorization_is_renewed_once_however_many_wait() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Basic issue1")).respond_with(tags()).mount(&server).await;
    let expired = serde_json::json!({"errors": [{"code": "DENIED",
        "message": "Your authorization token has expired. Reauthenticate and try again."}]});
    Mock::given(header("authorization", "Basic issue0"))
        .respond_with(ResponseTemplate::new(403).set_body_json(expired).set_delay(Duration::from_millis(20)))
        .mount(&server)
        .await;
    let provider = Arc::new(Rotating(AtomicUsize::new(0)));
    let registry = registry(&server, provider.clone());
    let name = repository("a");
    let all = futures::future::join_all((0..10).map(|_| registry.tags(&name))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(provider.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_denial_that_is_about_rights_is_no_reason_to_renew() {
    let server = MockServer::start().await;
    let denied = serde_json::json!({"errors": [{"code": "DENIED", "message": "not authorized to perform ecr:ListImages"}]});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(403).set_body_json(denied))
        .expect(1)
        .mount(&server)
        .await;
    let provider = Arc::new(Rotating(AtomicUsize::new(0)));
    let error = registry(&server, provider.clone()).tags(&repository("a")).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::Denied { message }, .. } if message.contains("ecr:ListImages")),
        "{error:?}"
    );
    assert_eq!(provider.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_to_another_host_loses_the_credentials_and_keeps_the_range() {
    let (server, storage) = (MockServer::start().await, MockServer::start().await);
    let target = format!("{}/store/x?X-Amz-Signature=SECRETSIG", storage.uri());
    Mock::given(path_regex("^/v2/a/blobs/.*"))
        .and(header("authorization", "Basic issue0"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", target.as_str()))
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(path("/store/x"))
        .and(without("authorization"))
        .and(header("range", "bytes=6-"))
        .respond_with(
            ResponseTemplate::new(206)
                .insert_header("content-range", "bytes 6-10/11")
                .set_body_bytes(b"world"),
        )
        .expect(1)
        .mount(&storage)
        .await;
    let registry = registry(&server, Arc::new(Rotating(AtomicUsize::new(0))));
    let descriptor = blob(b"hello world");
    let stream = registry.blob(&repository("a"), &descriptor, 6).await.unwrap();
    assert_eq!(read(stream).await.unwrap(), b"world");

    // A refusal by the storage is not about our credentials, and its address is not shown.
    storage.reset().await;
    Mock::given(path("/store/x")).respond_with(ResponseTemplate::new(403)).expect(1).mount(&storage).await;
    let error = registry.blob(&repository("a"), &descriptor, 6).await.err().unwrap();
    assert!(matches!(error.cause(), RegistryErrorKind::Denied { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("SECRETSIG"));
}

#[tokio::test]
async fn credentials_do_not_go_to_a_foreign_place_of_an_upload() {
    let (server, storage) = (MockServer::start().await, MockServer::start().await);
    let place = format!("{}/upload/1?X-Amz-Signature=SECRETSIG", storage.uri());
    Mock::given(method("POST"))
        .and(header("authorization", "Basic issue0"))
        .respond_with(ResponseTemplate::new(202).insert_header("location", place.as_str()))
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(method("PUT"))
        .and(path("/upload/1"))
        .and(without("authorization"))
        .respond_with(ResponseTemplate::new(201))
        .expect(1)
        .mount(&storage)
        .await;
    let registry = registry(&server, Arc::new(Rotating(AtomicUsize::new(0))));
    let descriptor = blob(b"hello world");
    registry.push_blob(&repository("a"), &descriptor, body(b"hello world")).await.unwrap();

    // Its refusal is its own, and not about our credentials at the registry.
    storage.reset().await;
    Mock::given(method("PUT"))
        .and(without("authorization"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\""))
        .expect(1)
        .mount(&storage)
        .await;
    let error = registry.push_blob(&repository("a"), &descriptor, body(b"hello world")).await.unwrap_err();
    assert!(error.to_string().starts_with(&storage.address().to_string()), "{error}");
    assert!(!format!("{error:?} {error}").contains("SECRETSIG"));
}

#[tokio::test]
async fn a_tokens_life_may_be_a_text_a_fraction_or_nonsense() {
    for life in ["300", "\"300\"", "299.5", "-1", "null", "\"soon\""] {
        let server = MockServer::start().await;
        let realm = format!("Bearer realm=\"{}/token\"", server.uri());
        let token = format!(r#"{{"token":"t1","access_token":null,"expires_in":{life}}}"#);
        Mock::given(path("/token"))
            .respond_with(ResponseTemplate::new(200).set_body_raw(token, "application/json"))
            .mount(&server)
            .await;
        Mock::given(header("authorization", "Bearer t1")).respond_with(tags()).mount(&server).await;
        Mock::given(without("authorization"))
            .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", realm.as_str()))
            .mount(&server)
            .await;
        let found = registry(&server, user()).tags(&repository("a")).await;
        assert_eq!(found.map(|tags| tags.len()).unwrap_or_else(|error| panic!("{life}: {error}")), 1);
    }
}

/// A rule's names are no references, so the host itself knows the whole name.
#[tokio::test]
async fn an_official_image_that_a_rule_names_without_library_is_asked_for_by_its_whole_name() {
    let server = MockServer::start().await;
    let realm = format!("Bearer realm=\"{}/token\"", server.uri());
    Mock::given(path("/token"))
        .and(query_param("scope", "repository:library/nginx:pull"))
        .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({"token": "t1"})))
        .expect(3)
        .mount(&server)
        .await;
    Mock::given(path("/v2/library/nginx/tags/list"))
        .and(header("authorization", "Bearer t1"))
        .respond_with(tags())
        .expect(6)
        .mount(&server)
        .await;
    Mock::given(without("authorization"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", realm.as_str()))
        .mount(&server)
        .await;
    let options = HostOptions { address: Some(server.uri().parse().unwrap()), ..options() };
    for hub in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
        let registry = HttpRegistry::connect(hub, options.clone()).unwrap();
        for name in ["nginx", "library/nginx"] {
            assert_eq!(registry.tags(&repository(name)).await.unwrap().len(), 1, "{hub} {name}");
        }
    }
}

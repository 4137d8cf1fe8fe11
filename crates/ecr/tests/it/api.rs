//! The client against a scripted API: the requests that it sends, and how it handles responses.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use longshore_ecr::{
    EcrClient, EcrConfig, EcrError, EcrErrorKind, Fate, ImageId, ImageScope, WriteTiming, same_json,
};
use longshore_names::RegistryId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{body_string_contains, header},
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn client(endpoint: &str) -> EcrClient {
    EcrClient::new(EcrConfig {
        registry: RegistryId::new("111122223333".parse().unwrap(), "us-west-2".parse().unwrap()),
        credentials: SharedCredentialsProvider::new(Credentials::from_keys("AKIDEXAMPLE", SECRET, None)),
        endpoint: Some(endpoint.parse().unwrap()),
        sts_endpoint: Some(endpoint.parse().unwrap()),
        data_plane: None,
        network: Default::default(),
        hosts: Default::default(),
    })
}

/// A client with short waits.
fn quick(endpoint: &str) -> EcrClient {
    let short = std::time::Duration::from_millis(2);
    client(endpoint).with_write_timing(WriteTiming { looks: 3, look: short, wait: short })
}

fn json_answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/x-amz-json-1.1")
}

fn exception(status: u16, code: &str, message: &str) -> ResponseTemplate {
    json_answer(status, &json!({"__type": code, "message": message}))
}

fn operation(name: &str) -> wiremock::matchers::HeaderExactMatcher {
    header("x-amz-target", format!("AmazonEC2ContainerRegistry_V20150921.{name}").as_str())
}

async fn on(server: &MockServer, name: &str, answer: impl Respond + 'static) {
    Mock::given(operation(name)).respond_with(answer).mount(server).await;
}

/// STS says that the credentials belong to `account`.
async fn identity(server: &MockServer, account: &str) {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/dev</Arn><UserId>AIDA</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    Mock::given(body_string_contains("Action=GetCallerIdentity"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(body, "text/xml"))
        .mount(server)
        .await;
}

/// Answers `DescribeRegistry` with one configuration after the other, repeating the last.
struct Configurations(Vec<Value>, AtomicUsize);

impl Configurations {
    fn new(all: &[Value]) -> Self {
        Self(all.to_vec(), AtomicUsize::new(0))
    }
}

impl Respond for Configurations {
    fn respond(&self, _request: &Request) -> ResponseTemplate {
        let at = self.1.fetch_add(1, Ordering::SeqCst).min(self.0.len() - 1);
        json_answer(200, &json!({"registryId": "111122223333", "replicationConfiguration": self.0[at]}))
    }
}

fn rule(region: &str) -> Value {
    json!({
        "destinations": [{"region": region, "registryId": "444455556666"}],
        "deleteReplication": {"enabled": true},
        "somethingNewer": {"a": [1, 2, {"b": null}]}
    })
}

async fn sent(server: &MockServer, name: &str) -> Vec<Request> {
    let target = format!("AmazonEC2ContainerRegistry_V20150921.{name}");
    let all = server.received_requests().await.unwrap();
    all.into_iter()
        .filter(|r| r.headers.get("x-amz-target").is_some_and(|t| t.to_str().unwrap() == target))
        .collect()
}

/// The signature that AWS would compute for a request ("Create a signed AWS API request", IAM User
/// Guide), computed here again from the bytes that arrived.
fn expected_signature(request: &Request) -> (String, String) {
    let header = |name: &str| request.headers.get(name).unwrap().to_str().unwrap().trim().to_owned();
    let authorization = header("authorization");
    let part = |name: &str| {
        authorization
            .split([' ', ','])
            .find_map(|p| p.strip_prefix(&format!("{name}=")))
            .unwrap_or_else(|| panic!("{name} in {authorization}"))
            .to_owned()
    };
    let signed = part("SignedHeaders");
    let headers: String = signed.split(';').map(|name| format!("{name}:{}\n", header(name))).collect();
    let payload = hex::encode(Sha256::digest(&request.body));
    let canonical = format!("POST\n/\n\n{headers}\n{signed}\n{payload}");
    let (_, scope) = part("Credential").split_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let text = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        header("x-amz-date"),
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let hmac = |key: &[u8], data: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(data.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for piece in scope.split('/') {
        key = hmac(&key, piece);
    }
    (part("Signature"), hex::encode(hmac(&key, &text)))
}

#[tokio::test]
async fn fields_that_the_sdk_does_not_know_survive_reading_and_writing() {
    let server = MockServer::start().await;
    let (before, after) =
        (json!({"rules": [rule("us-west-2")]}), json!({"rules": [rule("us-west-2"), rule("eu-west-1")]}));
    on(&server, "DescribeRegistry", Configurations::new(&[before.clone(), before.clone(), after.clone()]))
        .await;
    on(&server, "PutReplicationConfiguration", json_answer(200, &json!({"replicationConfiguration": after})))
        .await;
    let client = client(&server.uri());

    let read = client.replication_configuration().await.unwrap();
    assert_eq!(read, before);
    let stored = client.put_replication_configuration(&read, &after, &same_json).await.unwrap();

    assert_eq!(stored, after);
    let put = sent(&server, "PutReplicationConfiguration").await;
    assert_eq!(put.len(), 1);
    let body: Value = serde_json::from_slice(&put[0].body).unwrap();
    assert_eq!(body, json!({"replicationConfiguration": after}));
    assert_eq!(put[0].headers["content-length"].to_str().unwrap(), put[0].body.len().to_string());
    let (signature, expected) = expected_signature(&put[0]);
    assert_eq!(signature, expected, "the signature is over the body that was sent");
    assert!(put[0].headers["authorization"].to_str().unwrap().contains("/us-west-2/ecr/aws4_request"));
    assert_eq!(client.calls().of("DescribeRegistry"), 3);
    assert_eq!(client.calls().of("PutReplicationConfiguration"), 1);
}

#[tokio::test]
async fn a_repeated_write_carries_the_same_document() {
    let server = MockServer::start().await;
    let (before, after) = (json!({"rules": []}), json!({"rules": [rule("us-west-2")]}));
    let puts = Arc::new(AtomicUsize::new(0));
    let (seen, first, then) = (puts.clone(), before.clone(), after.clone());
    on(&server, "DescribeRegistry", move |_: &Request| {
        let shown = if seen.load(Ordering::SeqCst) < 3 { &first } else { &then };
        json_answer(200, &json!({"registryId": "111122223333", "replicationConfiguration": shown}))
    })
    .await;
    on(&server, "PutReplicationConfiguration", move |_: &Request| {
        match puts.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => exception(500, "ServerException", "try again"),
            _ => json_answer(200, &json!({})),
        }
    })
    .await;

    quick(&server.uri()).put_replication_configuration(&before, &after, &same_json).await.unwrap();

    let puts = sent(&server, "PutReplicationConfiguration").await;
    assert_eq!(puts.len(), 3);
    for put in puts {
        let body: Value = serde_json::from_slice(&put.body).unwrap();
        assert_eq!(body, json!({"replicationConfiguration": after}));
        let (signature, expected) = expected_signature(&put);
        assert_eq!(signature, expected);
    }
}

#[tokio::test]
async fn a_write_without_an_answer_is_looked_at_before_it_is_sent_again() {
    let server = MockServer::start().await;
    let (before, after) = (json!({"rules": []}), json!({"rules": [rule("us-west-2")]}));
    on(&server, "DescribeRegistry", Configurations::new(&[before.clone(), before.clone(), after.clone()]))
        .await;
    on(&server, "PutReplicationConfiguration", exception(500, "ServerException", "done all the same")).await;

    let written = quick(&server.uri()).put_replication_configuration(&before, &after, &same_json).await;

    assert_eq!(written.unwrap(), after);
    assert_eq!(sent(&server, "PutReplicationConfiguration").await.len(), 1);
}

#[tokio::test]
async fn no_write_that_is_not_conditional_is_repeated_blindly() {
    let server = MockServer::start().await;
    identity(&server, "111122223333").await;
    let before = json!({"rules": []});
    let repository = json!({"repositories": [{
        "repositoryName": "app", "repositoryUri": "127.0.0.1:1/app", "repositoryArn": "arn", "createdAt": 1.0,
        "registryId": "111122223333", "imageTagMutability": "MUTABLE"
    }]});
    on(&server, "DescribeRegistry", Configurations::new(std::slice::from_ref(&before))).await;
    on(&server, "GetRegistryPolicy", exception(400, "RegistryPolicyNotFoundException", "none")).await;
    on(
        &server,
        "GetAccountSetting",
        json_answer(200, &json!({"name": "BLOB_MOUNTING", "value": "DISABLED"})),
    )
    .await;
    on(&server, "DescribeRepositories", json_answer(200, &repository)).await;
    let writes = [
        "PutReplicationConfiguration",
        "PutRegistryPolicy",
        "PutAccountSetting",
        "PutImageTagMutability",
        "CreateRepository",
        "DeleteRepository",
        "BatchDeleteImage",
        "PutImage",
        "PutImageScanningConfiguration",
        "TagResource",
        "UntagResource",
    ];
    for name in writes {
        on(&server, name, exception(400, "ExpiredTokenException", "the session has ended")).await;
    }
    let client = quick(&server.uri());
    let name = "app".parse().unwrap();
    let after = json!({"rules": [rule("us-west-2")]});
    let bytes = bytes::Bytes::from_static(b"{}");
    let manifest = longshore_registry::Manifest {
        media_type: "application/vnd.oci.image.manifest.v1+json".into(),
        digest: longshore_registry::digest_of(longshore_names::Algorithm::Sha256, &bytes),
        bytes,
    };
    let tag: longshore_names::Tag = "1".parse().unwrap();
    let gone = ImageId { digest: None, tag: Some(tag.clone()) };
    let immutable = longshore_ecr::TagMutability::Immutable { except: Vec::new() };
    let label = [longshore_ecr::ResourceTag { key: "a".into(), value: "b".into() }];
    for mode in ["refused", "unanswered"] {
        if mode == "unanswered" {
            for name in writes {
                Mock::given(operation(name))
                    .respond_with(exception(500, "ServerException", "?"))
                    .with_priority(1)
                    .mount(&server)
                    .await;
            }
        }
        let results = [
            client.put_replication_configuration(&before, &after, &same_json).await.err(),
            client.put_registry_policy(None, Some("{\"Statement\":[]}"), &same_json).await.err(),
            client.put_account_setting("BLOB_MOUNTING", "ENABLED").await.err(),
            client.put_tag_mutability(&name, &immutable).await.err(),
            client.create_repository(&name, &longshore_ecr::RepositorySettings::default()).await.err(),
            client.delete_repository(&name, false).await.err(),
            client.batch_delete_image(&name, std::slice::from_ref(&gone)).await.err(),
            client.put_image(&name, &manifest, Some(&tag)).await.err(),
            client.put_scan_on_push(&name, true).await.err(),
            client.tag_repository(&name, &label).await.err(),
            client.untag_repository(&name, &["a".to_owned()]).await.err(),
        ];
        let fate = if mode == "refused" { Fate::Refused } else { Fate::Unknown };
        for (result, write) in results.iter().zip(writes) {
            assert_eq!(result.as_ref().map(EcrError::fate), Some(fate), "{write}: {result:?}");
        }
    }
    let all: Vec<String> = server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|r| r.headers.get("x-amz-target").map_or("", |t| t.to_str().unwrap()).to_owned())
        .map(|t| t.rsplit('.').next().unwrap_or_default().to_owned())
        .collect();
    for (before, after) in all.iter().zip(all.iter().skip(1)) {
        // A write that depends on a read has a read between two tries.
        assert!(!writes[..4].contains(&after.as_str()) || before != after, "{after} twice in a row: {all:?}");
    }
    for single in ["BatchDeleteImage", "PutImage", "PutImageScanningConfiguration", "TagResource"] {
        assert_eq!(all.iter().filter(|name| *name == single).count(), 2, "{single}: once in each mode");
    }
}

/// A repository as `DescribeRepositories` has it.
fn described(created_at: f64, mutability: &str) -> ResponseTemplate {
    json_answer(
        200,
        &json!({"repositories": [{
            "repositoryName": "app", "repositoryUri": "127.0.0.1:1/app", "repositoryArn": "arn",
            "createdAt": created_at, "registryId": "111122223333", "imageTagMutability": mutability,
        }]}),
    )
}

/// The first response of an operation; the responses mounted without this follow.
async fn first(server: &MockServer, name: &str, answer: ResponseTemplate) {
    let mock = Mock::given(operation(name)).respond_with(answer).up_to_n_times(1);
    mock.with_priority(1).mount(server).await;
}

#[tokio::test]
async fn a_repository_that_somebody_made_anew_while_it_was_deleted_stays() {
    for (failure, code) in [
        (exception(500, "ServerException", "?"), None),
        (exception(400, "ThrottlingException", "slow down"), Some("repository-not-found")),
    ] {
        let server = MockServer::start().await;
        first(&server, "DescribeRepositories", described(1_000.0, "MUTABLE")).await;
        // Two minutes later, well within what clocks may differ by.
        on(&server, "DescribeRepositories", described(1_120.0, "MUTABLE")).await;
        first(&server, "DeleteRepository", failure).await;
        on(&server, "DeleteRepository", json_answer(200, &json!({}))).await;
        let deleted = quick(&server.uri()).delete_repository(&"app".parse().unwrap(), true).await;
        assert_eq!(deleted.as_ref().map_err(EcrError::code).err(), code, "{deleted:?}");
        assert_eq!(sent(&server, "DeleteRepository").await.len(), 1);
    }
}

#[tokio::test]
async fn a_repository_that_is_still_the_same_is_deleted_after_a_throttle() {
    let server = MockServer::start().await;
    on(&server, "DescribeRepositories", described(1_000.0, "MUTABLE")).await;
    first(&server, "DeleteRepository", exception(400, "ThrottlingException", "slow down")).await;
    on(&server, "DeleteRepository", json_answer(200, &json!({}))).await;
    quick(&server.uri()).delete_repository(&"app".parse().unwrap(), true).await.unwrap();
    assert_eq!(sent(&server, "DeleteRepository").await.len(), 2);
}

#[tokio::test]
async fn a_repository_that_another_tool_made_meanwhile_is_not_taken_for_ours() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let label = longshore_ecr::ResourceTag { key: "team".into(), value: "a".into() };
    for (there, tags, ours) in [
        ("MUTABLE", json!([{"Key": "team", "Value": "a"}]), true),
        ("MUTABLE", json!([]), false),
        ("IMMUTABLE", json!([{"Key": "team", "Value": "a"}]), false),
    ] {
        let server = MockServer::start().await;
        first(&server, "CreateRepository", exception(500, "ServerException", "?")).await;
        on(&server, "CreateRepository", exception(400, "RepositoryAlreadyExistsException", "there")).await;
        on(&server, "DescribeRepositories", described(now, there)).await;
        on(&server, "ListTagsForResource", json_answer(200, &json!({"tags": tags}))).await;
        let settings = longshore_ecr::RepositorySettings { tags: vec![label.clone()], ..Default::default() };
        let made = quick(&server.uri()).create_repository(&"app".parse().unwrap(), &settings).await;
        assert_eq!(made.is_ok(), ours, "{there} {tags}: {made:?}");
        if let Err(error) = made {
            assert_eq!(error.code(), "repository-already-exists", "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_configuration_changed_since_the_plan_is_not_overwritten() {
    let server = MockServer::start().await;
    let (planned, there) = (json!({"rules": []}), json!({"rules": [rule("us-west-2")]}));
    on(&server, "DescribeRegistry", Configurations::new(std::slice::from_ref(&there))).await;
    let client = client(&server.uri());

    let new = json!({"rules": [rule("eu-west-1")]});
    let error = client.put_replication_configuration(&planned, &new, &same_json).await.unwrap_err();

    let EcrErrorKind::ChangedElsewhere { expected, found, .. } = &error.kind else { panic!("{error:?}") };
    assert_eq!((&**expected, &**found), (&planned, &there));
    assert_eq!(error.code(), "changed-elsewhere");
    assert!(sent(&server, "PutReplicationConfiguration").await.is_empty());
}

#[tokio::test]
async fn a_write_by_someone_else_at_the_same_time_is_a_lost_update() {
    let server = MockServer::start().await;
    let (before, ours, theirs) =
        (json!({"rules": []}), json!({"rules": [rule("us-west-2")]}), json!({"rules": [rule("eu-west-1")]}));
    on(&server, "DescribeRegistry", Configurations::new(&[before.clone(), theirs.clone()])).await;
    on(&server, "PutReplicationConfiguration", json_answer(200, &json!({}))).await;

    let error =
        client(&server.uri()).put_replication_configuration(&before, &ours, &same_json).await.unwrap_err();

    let EcrErrorKind::LostUpdate { wrote, found, .. } = &error.kind else { panic!("{error:?}") };
    assert_eq!((&**wrote, &**found), (&ours, &theirs));
    assert_eq!(error.code(), "lost-update");
}

#[tokio::test]
async fn what_counts_as_the_same_document_is_the_callers_word() {
    let server = MockServer::start().await;
    identity(&server, "111122223333").await;
    // As AWS may store it: the account id became the ARN of its root.
    let stored = json!({"Statement": [{"Principal": {"AWS": "arn:aws:iam::444455556666:root"}}]}).to_string();
    let sent_text = json!({"Statement": [{"Principal": {"AWS": "444455556666"}}]}).to_string();
    on(
        &server,
        "GetRegistryPolicy",
        json_answer(200, &json!({"registryId": "111122223333", "policyText": stored})),
    )
    .await;
    on(&server, "PutRegistryPolicy", json_answer(200, &json!({}))).await;
    let client = client(&server.uri());

    let strict =
        client.put_registry_policy(Some(&sent_text), Some(&sent_text), &same_json).await.unwrap_err();
    assert_eq!(strict.code(), "changed-elsewhere");

    let same = |a: &Value, b: &Value| {
        let text = |v: &Value| v.to_string().replace("arn:aws:iam::444455556666:root", "444455556666");
        text(a) == text(b)
    };
    let read = client.put_registry_policy(Some(&sent_text), Some(&sent_text), &same).await.unwrap();
    assert_eq!(read.as_deref(), Some(stored.as_str()), "as AWS stored it, to the letter");
}

#[tokio::test]
async fn settings_of_another_accounts_registry_are_never_touched() {
    let server = MockServer::start().await;
    identity(&server, "999999999999").await;
    on(
        &server,
        "DescribeRegistry",
        json_answer(200, &json!({"registryId": "999999999999", "replicationConfiguration": {"rules": []}})),
    )
    .await;
    let client = client(&server.uri());
    let empty = json!({"rules": []});

    let results = [
        client.put_replication_configuration(&empty, &empty, &same_json).await.map(drop),
        client.put_registry_policy(None, Some("{}"), &same_json).await.map(drop),
        client.put_account_setting("BLOB_MOUNTING", "ENABLED").await,
    ];

    for result in results {
        let error = result.unwrap_err();
        assert_eq!(error.code(), "wrong-registry");
        assert_eq!(error.hint(), "Use credentials of account 111122223333, not of 999999999999.");
    }
    assert!(client.calls().snapshot().keys().all(|operation| !operation.starts_with("Put")));
}

#[tokio::test]
async fn a_throttled_call_is_tried_six_times_and_no_more() {
    let server = MockServer::start().await;
    on(&server, "DescribeRepositories", exception(400, "ThrottlingException", "Rate exceeded")).await;
    let client = client(&server.uri());

    let error = client.repositories().await.unwrap_err();

    assert_eq!(error.code(), "throttled");
    assert!(error.is_retryable());
    assert_eq!(client.calls().of("DescribeRepositories"), 6);
}

#[tokio::test]
async fn a_denied_call_is_not_repeated_and_names_the_action() {
    let server = MockServer::start().await;
    let text = "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: ecr:DescribeRepositories on \
                resource: * with an explicit deny in an identity-based policy";
    on(&server, "DescribeRepositories", exception(400, "AccessDeniedException", text)).await;
    let client = client(&server.uri());

    let error = client.repositories().await.unwrap_err();

    assert!(
        matches!(&error.kind, EcrErrorKind::AccessDenied { action: Some(action), explicit: true, .. } if action == "ecr:DescribeRepositories"),
        "{error:?}"
    );
    assert_eq!(client.calls().total(), 1);
}

#[tokio::test]
async fn something_else_on_the_port_is_said_to_be_something_else() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_raw("<html>hello</html>", "text/html");
    Mock::given(wiremock::matchers::any()).respond_with(page).mount(&server).await;

    let error = client(&server.uri()).repositories().await.unwrap_err();
    assert_eq!(error.code(), "protocol");
    let error = client(&server.uri()).replication_configuration().await.unwrap_err();
    assert_eq!(error.code(), "protocol");
}

#[tokio::test]
async fn a_server_that_fails_without_words_is_a_failing_server() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(500).set_body_raw("<html>oops</html>", "text/html");
    on(&server, "GetAccountSetting", page).await;
    identity(&server, "111122223333").await;

    let error = client(&server.uri()).blob_mounting().await.unwrap_err();
    assert!(matches!(error.kind, EcrErrorKind::Server { status: 500 }), "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);

    let error = client(&address).repositories().await.unwrap_err();
    assert_eq!(error.code(), "unreachable", "{error:?}");
    assert_eq!(error.side().code(), "network");
}

#[derive(Debug)]
struct Locked;

impl ProvideCredentials for Locked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error("the keychain is locked")))
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_had_are_a_matter_of_this_machine() {
    let server = MockServer::start().await;
    let client = EcrClient::new(EcrConfig {
        registry: RegistryId::new("111122223333".parse().unwrap(), "us-west-2".parse().unwrap()),
        credentials: SharedCredentialsProvider::new(Locked),
        endpoint: Some(server.uri().parse().unwrap()),
        sts_endpoint: None,
        data_plane: None,
        network: Default::default(),
        hosts: Default::default(),
    });

    let error = client.repositories().await.unwrap_err();

    assert_eq!((error.code(), error.side().code()), ("no-credentials", "this-machine"));
    assert!(error.to_string().contains("the keychain is locked"), "{error}");
    assert_eq!(client.calls().total(), 0);
}

#[tokio::test]
async fn scanning_is_turned_off_in_so_many_words() {
    let server = MockServer::start().await;
    on(&server, "PutImageScanningConfiguration", json_answer(200, &json!({}))).await;

    client(&server.uri()).put_scan_on_push(&"app".parse().unwrap(), false).await.unwrap();

    let body: Value =
        serde_json::from_slice(&sent(&server, "PutImageScanningConfiguration").await[0].body).unwrap();
    assert_eq!(
        body,
        json!({
            "registryId": "111122223333", "repositoryName": "app",
            "imageScanningConfiguration": {"scanOnPush": false}
        })
    );
}

#[tokio::test]
async fn pages_are_followed_to_the_end_and_a_repeated_page_is_refused() {
    let server = MockServer::start().await;
    let image = |n: u8| json!({"imageDigest": format!("sha256:{}", format!("{n:02x}").repeat(32))});
    let page =
        |n: u8, next: Option<&str>| json_answer(200, &json!({"imageDetails": [image(n)], "nextToken": next}));
    for (asks, answer) in [("\"page-2\"", page(2, Some("page-3"))), ("\"page-3\"", page(3, None))] {
        Mock::given(operation("DescribeImages"))
            .and(body_string_contains(asks))
            .respond_with(answer)
            .with_priority(1)
            .mount(&server)
            .await;
    }
    on(&server, "DescribeImages", page(1, Some("page-2"))).await;
    on(&server, "ListImages", json_answer(200, &json!({"imageIds": [], "nextToken": "again"}))).await;
    let client = client(&server.uri());
    let name = "team/app".parse().unwrap();

    let images = client.images(&name, ImageScope::Any).await.unwrap();
    assert_eq!(images.iter().map(|i| &i.digest.hex()[..2]).collect::<Vec<_>>(), ["01", "02", "03"]);

    let error = client.list_images(&name, true).await.unwrap_err();
    assert_eq!(error.code(), "protocol");
    assert_eq!(client.calls().of("ListImages"), 2);
}

#[tokio::test]
async fn a_manifest_with_other_bytes_than_its_digest_is_refused() {
    let server = MockServer::start().await;
    let digest = format!("sha256:{}", "00".repeat(32));
    let image = json!({
        "imageId": {"imageDigest": digest}, "imageManifest": "{}",
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json"
    });
    on(&server, "BatchGetImage", json_answer(200, &json!({"images": [image]}))).await;

    let id = ImageId { digest: Some(digest.parse().unwrap()), tag: None };
    let error = client(&server.uri()).batch_get_image(&"app".parse().unwrap(), &[id]).await.unwrap_err();
    assert_eq!(error.code(), "digest-mismatch");
    assert!(error.to_string().contains("sha256:44136fa355b3678a"), "{error}");
    let passed_on = error.into_registry_error("source");
    assert!(
        matches!(passed_on.kind, longshore_registry::RegistryErrorKind::DigestMismatch { .. }),
        "{passed_on}"
    );
}

#[tokio::test]
async fn more_than_a_hundred_layers_go_in_several_requests() {
    let server = MockServer::start().await;
    on(&server, "BatchCheckLayerAvailability", json_answer(200, &json!({"layers": []}))).await;
    let client = client(&server.uri());
    let digests: Vec<longshore_names::Digest> =
        (0..250).map(|n| format!("sha256:{n:064x}").parse().unwrap()).collect();

    client.layers(&"app".parse().unwrap(), &digests).await.unwrap();

    let sizes: Vec<usize> = sent(&server, "BatchCheckLayerAvailability")
        .await
        .iter()
        .map(|r| serde_json::from_slice::<Value>(&r.body).unwrap()["layerDigests"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [100, 100, 50]);
}

#[tokio::test]
async fn a_hundred_tasks_ask_for_one_token() {
    let server = MockServer::start().await;
    let token = STANDARD.encode("AWS:password");
    let data = json!({"authorizationData": [{"authorizationToken": token, "expiresAt": 1_420_070_400.0}]});
    on(
        &server,
        "GetAuthorizationToken",
        json_answer(200, &data).set_delay(std::time::Duration::from_millis(50)),
    )
    .await;
    let client = Arc::new(client(&server.uri()));

    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { client.token().await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().password(), "password");
    }

    assert_eq!(client.calls().of("GetAuthorizationToken"), 1, "though it claims to have expired in 2015");
    let sibling = client.for_account("444455556666".parse().unwrap(), None);
    let first = sibling.token().await.unwrap();
    assert_eq!(client.calls().of("GetAuthorizationToken"), 1, "one token for all registries of the Region");
    client.token_after(&first).await.unwrap();
    client.token_after(&first).await.unwrap();
    assert_eq!(client.calls().of("GetAuthorizationToken"), 2, "refused once, renewed once");
}

#[tokio::test]
async fn the_data_plane_is_where_the_repositories_say() {
    let server = MockServer::start().await;
    let repository = json!({"repositoryName": "app", "repositoryUri": "127.0.0.1:4599/app"});
    on(&server, "DescribeRepositories", json_answer(200, &json!({"repositories": [repository]}))).await;

    assert_eq!(client(&server.uri()).data_plane().await.unwrap().as_str(), "http://127.0.0.1:4599/");
}

/// An endpoint whose API alone is used; its data plane is another registry.
async fn endpoint_of(server: &MockServer) -> longshore_ecr::EcrEndpoint {
    let data = longshore_registry::HttpRegistry::connect("localhost:1", Default::default()).unwrap();
    longshore_ecr::EcrEndpoint::new(client(&server.uri()), Arc::new(data), Default::default())
}

/// ECR accepts ten `PutImage` a second, its tightest quota: throttling of these does not count
/// among the tries that a failure has.
#[tokio::test]
async fn a_throttled_put_of_an_image_has_an_allowance_of_its_own() {
    use longshore_registry::{Backoff, Manifest, Sink, Tagged, Tries, digest_of};
    for refusals in [8, 50] {
        let server = MockServer::start().await;
        let bytes = bytes::Bytes::from_static(b"{}");
        let manifest = Manifest {
            media_type: "application/vnd.oci.image.manifest.v1+json".into(),
            digest: digest_of(longshore_names::Algorithm::Sha256, &bytes),
            bytes,
        };
        let failures = json!({"images": [], "failures": [
            {"imageId": {"imageTag": "1"}, "failureCode": "ImageNotFound", "failureReason": "none"}]});
        on(&server, "BatchGetImage", json_answer(200, &failures)).await;
        let (put, digest) = (AtomicUsize::new(0), manifest.digest.to_string());
        on(&server, "PutImage", move |_: &Request| match put.fetch_add(1, Ordering::SeqCst) < refusals {
            true => exception(400, "ThrottlingException", "Rate exceeded"),
            false => {
                json_answer(200, &json!({"image": {"imageId": {"imageDigest": digest, "imageTag": "1"}}}))
            }
        })
        .await;
        let endpoint = endpoint_of(&server).await;
        let backoff = Backoff { attempts: 3, ..Backoff::default() };
        let (app, one) = ("app".parse().unwrap(), "1".parse().unwrap());
        let result = Tries::new(backoff).within(endpoint.push_tag(&app, &manifest, &one, None)).await;
        let sent = endpoint.client().calls().of("PutImage");
        if refusals == 8 {
            assert_eq!((result.unwrap(), sent), (Tagged::Put, 9));
        } else {
            assert_eq!((result.unwrap_err().code(), sent), ("throttled", 11), "and not for ever");
        }
    }
}

/// The SDK does not retry work that has tries of its own.
#[tokio::test]
async fn the_sdk_adds_no_tries_to_those_of_the_work() {
    use longshore_registry::{Backoff, Sink, Tries};
    let server = MockServer::start().await;
    on(&server, "BatchCheckLayerAvailability", exception(500, "ServerException", "later")).await;
    let endpoint = endpoint_of(&server).await;
    let calls = || endpoint.client().calls().of("BatchCheckLayerAvailability");
    let app = "app".parse().unwrap();
    let layer = longshore_registry::digest_of(longshore_names::Algorithm::Sha256, b"x");
    let tries = Tries::new(Backoff::default());
    assert!(tries.within(endpoint.exists_many(&app, std::slice::from_ref(&layer))).await.is_err());
    assert_eq!(calls(), 1);
}

#[tokio::test]
async fn a_write_without_a_connection_was_not_sent_and_one_that_broke_off_may_have_been() {
    let (before, after) = (json!({"rules": []}), json!({"rules": [rule("us-west-2")]}));
    let app: longshore_names::RepositoryName = "app".parse().unwrap();
    let gone = ImageId { digest: None, tag: Some("1".parse().unwrap()) };
    for (breaks_off, deletion) in [(false, Fate::NotSent), (true, Fate::Unknown)] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = quick(&format!("http://{}", listener.local_addr().unwrap()));
        if breaks_off {
            // Each connection ends when its request has begun.
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let _ = std::io::Read::read(&mut stream.unwrap(), &mut [0; 1]);
                }
            });
        } else {
            drop(listener);
        }
        // The document cannot be read, so it is not written.
        let put = client.put_replication_configuration(&before, &after, &same_json).await.err().unwrap();
        assert_eq!((put.code(), put.fate()), ("unreachable", Fate::NotSent), "{put:?}");
        let deleted = client.batch_delete_image(&app, std::slice::from_ref(&gone)).await.err().unwrap();
        assert_eq!((deleted.code(), deleted.fate()), ("unreachable", deletion), "{deleted:?}");
    }
}

//! An ECR registry as source and sink: the route of each request, and the meaning of responses.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use base64::{Engine, engine::general_purpose::STANDARD};
use longshore_ecr::{EcrClient, EcrConfig, EcrEndpoint, RepositorySettings};
use longshore_names::{Algorithm, Digest, RegistryId, RepositoryName};
use longshore_registry::{
    Backoff, BlobStream, Descriptor, Error, Lifecycle, Manifest, Parts, RegistryErrorKind, Sink, Source,
    TagOrDigest, digest_of, open_verified,
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{body_string_contains, header, method, path},
};

const MEDIA_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// One server plays the API, STS and the data plane.
struct Registry {
    server: MockServer,
    client: EcrClient,
}

impl Registry {
    async fn start() -> Self {
        let server = MockServer::start().await;
        let url: url::Url = server.uri().parse().unwrap();
        let client = EcrClient::new(EcrConfig {
            registry: RegistryId::new("111122223333".parse().unwrap(), "us-west-2".parse().unwrap()),
            credentials: SharedCredentialsProvider::new(Credentials::from_keys(
                "AKIDEXAMPLE",
                "secret",
                None,
            )),
            endpoint: Some(url.clone()),
            sts_endpoint: Some(url.clone()),
            data_plane: Some(url),
            network: Default::default(),
            hosts: Default::default(),
        });
        let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/dev</Arn>\
                        <UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
        Mock::given(body_string_contains("Action=GetCallerIdentity"))
            .respond_with(ResponseTemplate::new(200).set_body_raw(identity, "text/xml"))
            .mount(&server)
            .await;
        Self { server, client }
    }

    async fn on(&self, operation: &str, answer: impl Respond + 'static) {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        Mock::given(header("x-amz-target", target.as_str())).respond_with(answer).mount(&self.server).await;
    }

    async fn endpoint(&self) -> EcrEndpoint {
        self.on("GetAuthorizationToken", Tokens::default()).await;
        EcrEndpoint::connect(self.client.clone(), RepositorySettings::default()).await.unwrap()
    }

    /// Requests to the data plane, as method and path with query.
    async fn data_plane_requests(&self) -> Vec<String> {
        let all = self.server.received_requests().await.unwrap();
        let line = |r: &Request| format!("{} {}", r.method, &r.url[url::Position::BeforePath..]);
        all.iter().filter(|r| r.url.path().starts_with("/v2/")).map(line).collect()
    }
}

/// `token-1`, `token-2`, …
#[derive(Default)]
struct Tokens(AtomicUsize);

impl Respond for Tokens {
    fn respond(&self, _request: &Request) -> ResponseTemplate {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let token = STANDARD.encode(format!("AWS:token-{number}"));
        answer(&json!({"authorizationData": [{"authorizationToken": token, "expiresAt": 4_102_444_800.0}]}))
    }
}

fn answer(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_string(), "application/x-amz-json-1.1")
}

fn exception(code: &str) -> ResponseTemplate {
    let body = json!({"__type": code, "message": "as in the test"}).to_string();
    ResponseTemplate::new(400).set_body_raw(body, "application/x-amz-json-1.1")
}

fn app() -> RepositoryName {
    "team/app".parse().unwrap()
}

fn manifest() -> Manifest {
    let bytes = format!("{{\"schemaVersion\":2,\"mediaType\":\"{MEDIA_TYPE}\"}}");
    let digest = digest_of(Algorithm::Sha256, bytes.as_bytes());
    Manifest { media_type: MEDIA_TYPE.into(), bytes: bytes.into(), digest }
}

fn detail(digest: &Digest) -> ResponseTemplate {
    answer(&json!({"imageDetails": [{"imageDigest": digest, "imageManifestMediaType": MEDIA_TYPE}]}))
}

fn other_digest() -> Digest {
    format!("sha256:{}", "cd".repeat(32)).parse().unwrap()
}

#[tokio::test]
async fn looking_at_a_registry_is_no_pull() {
    let registry = Registry::start().await;
    registry.on("DescribeImages", detail(&other_digest())).await;
    let ids = json!({"imageIds": [
        {"imageDigest": other_digest(), "imageTag": "b"}, {"imageDigest": other_digest(), "imageTag": "a"}
    ]});
    registry.on("ListImages", answer(&ids)).await;
    let endpoint = registry.endpoint().await;

    let tags = endpoint.tags(&app()).await.unwrap();
    let found = endpoint.resolve(&app(), &TagOrDigest::Tag("a".parse().unwrap())).await.unwrap();

    assert_eq!(tags.iter().map(|t| t.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(found.unwrap(), Descriptor { media_type: MEDIA_TYPE.into(), digest: other_digest(), size: 0 });
    let calls = registry.client.calls().snapshot();
    assert_eq!(calls.keys().map(String::as_str).collect::<Vec<_>>(), ["DescribeImages", "ListImages"]);
    assert!(registry.data_plane_requests().await.is_empty());
}

#[tokio::test]
async fn what_is_not_there_resolves_to_nothing() {
    for code in ["ImageNotFoundException", "RepositoryNotFoundException"] {
        let registry = Registry::start().await;
        registry.on("DescribeImages", exception(code)).await;
        let endpoint = registry.endpoint().await;
        let tag = TagOrDigest::Tag("a".parse().unwrap());
        assert_eq!(endpoint.resolve(&app(), &tag).await.unwrap(), None);
    }
}

#[tokio::test]
async fn archived_images_count_as_absent() {
    let registry = Registry::start().await;
    let detail = |status: &str, tag: &str, digest: &Digest| json!({"imageDigest": digest, "imageTags": [tag], "imageManifestMediaType": MEDIA_TYPE, "imageStatus": status});
    let details = json!({"imageDetails": [
        detail("ACTIVE", "a", &other_digest()), detail("ARCHIVED", "b", &manifest().digest)
    ]});
    let target = header("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.DescribeImages");
    Mock::given(target)
        .and(body_string_contains("\"imageTag\":\"a\""))
        .respond_with(answer(&details))
        .with_priority(1)
        .mount(&registry.server)
        .await;
    let alone = json!({"imageDetails": [detail("ACTIVATING", "b", &manifest().digest)]});
    registry.on("DescribeImages", answer(&alone)).await;
    let endpoint = registry.endpoint().await;
    let [a, b] = ["a", "b"].map(|tag| TagOrDigest::Tag(tag.parse().unwrap()));
    let found = endpoint.resolve_many(&app(), &[a.clone(), b.clone()]).await.unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), [&a]);
    assert_eq!(endpoint.resolve(&app(), &b).await.unwrap(), None);
    assert_eq!(registry.client.calls().of("DescribeImages"), 2);
}

#[tokio::test]
async fn a_lost_answer_to_a_part_is_no_reason_to_send_it_again() {
    let registry = Registry::start().await;
    let mib = 1024 * 1024_usize;
    let begun = json!({"uploadId": "u", "partSize": 5 * mib});
    registry.on("InitiateLayerUpload", answer(&begun)).await;
    let has = |bytes: usize| answer(&json!({"lastByteReceived": bytes - 1}));
    let part = |first: usize| body_string_contains(format!("\"partFirstByte\":{first},"));
    let target = || header("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.UploadLayerPart");
    // The first try of the first part fails after the part was stored.
    let failed = ResponseTemplate::new(500).set_body_string("{}");
    Mock::given(target()).and(part(0)).respond_with(failed).up_to_n_times(1).mount(&registry.server).await;
    let stored = json!({"__type": "InvalidLayerPartException", "lastValidByteReceived": 5 * mib - 1});
    let stored = ResponseTemplate::new(400).set_body_raw(stored.to_string(), "application/x-amz-json-1.1");
    Mock::given(target()).and(part(0)).respond_with(stored).mount(&registry.server).await;
    Mock::given(target()).and(part(5 * mib)).respond_with(has(6 * mib)).mount(&registry.server).await;
    let content = vec![7_u8; 6 * mib];
    let blob = Descriptor {
        media_type: "layer".into(),
        digest: digest_of(Algorithm::Sha256, &content),
        size: content.len() as u64,
    };
    registry.on("CompleteLayerUpload", answer(&json!({"layerDigest": blob.digest}))).await;
    let endpoint = registry.endpoint().await;

    let offsets = std::sync::Mutex::new(Vec::new());
    let keep =
        |state: longshore_registry::UploadState| offsets.lock().unwrap().push(state.offset / mib as u64);
    let body: BlobStream = Box::pin(futures::stream::iter([Ok(content.into())]));
    endpoint.push_parts(&app(), &blob, None, body, &keep).await.unwrap();

    assert_eq!(*offsets.lock().unwrap(), [5, 6]);
    assert_eq!(registry.client.calls().of("UploadLayerPart"), 3);
    assert_eq!(endpoint.stats().bytes_up, blob.size);
}

#[tokio::test]
async fn a_part_that_is_never_taken_is_an_error_and_no_loop() {
    let registry = Registry::start().await;
    registry.on("InitiateLayerUpload", answer(&json!({"uploadId": "u", "partSize": 1}))).await;
    let refused = json!({"__type": "InvalidLayerPartException", "lastValidByteReceived": -1});
    let refused = ResponseTemplate::new(400).set_body_raw(refused.to_string(), "application/x-amz-json-1.1");
    registry.on("UploadLayerPart", refused).await;
    let content = vec![7_u8; 1000];
    let digest = digest_of(Algorithm::Sha256, &content);
    let blob = Descriptor { media_type: "layer".into(), digest, size: 1000 };
    let body: BlobStream = Box::pin(futures::stream::iter([Ok(content.into())]));
    let endpoint = registry.endpoint().await;
    let error = endpoint.push_parts(&app(), &blob, None, body, &|_| ()).await.unwrap_err();
    assert_eq!(error.code(), "refused");
    assert_eq!(registry.client.calls().of("UploadLayerPart"), 1);
}

#[tokio::test]
async fn an_answer_about_another_image_is_not_believed() {
    let registry = Registry::start().await;
    registry.on("DescribeImages", detail(&other_digest())).await;
    let endpoint = registry.endpoint().await;
    let error = endpoint.resolve(&app(), &TagOrDigest::Digest(manifest().digest)).await.unwrap_err();
    assert_eq!(error.code(), "protocol");
}

#[tokio::test]
async fn manifests_are_read_by_digest_through_the_api() {
    let registry = Registry::start().await;
    let there = manifest();
    let image = json!({
        "imageId": {"imageDigest": there.digest}, "imageManifestMediaType": MEDIA_TYPE,
        "imageManifest": std::str::from_utf8(&there.bytes).unwrap()
    });
    let failure = json!({"imageId": {}, "failureCode": "ImageNotFound", "failureReason": "gone"});
    let target = header("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.BatchGetImage");
    Mock::given(target)
        .and(body_string_contains(there.digest.as_str()))
        .respond_with(answer(&json!({"images": [image]})))
        .with_priority(1)
        .mount(&registry.server)
        .await;
    registry.on("BatchGetImage", answer(&json!({"failures": [failure]}))).await;
    let endpoint = registry.endpoint().await;

    assert_eq!(endpoint.manifest(&app(), &there.digest).await.unwrap(), there);
    let error = endpoint.manifest(&app(), &other_digest()).await.unwrap_err();
    assert_eq!(error.code(), "not-found");
}

#[tokio::test]
async fn the_same_image_again_is_success_and_another_one_is_a_conflict() {
    let tag = "21".parse().unwrap();
    for (code, there, expected) in [
        ("ImageAlreadyExistsException", manifest().digest, None),
        ("ImageTagAlreadyExistsException", manifest().digest, None),
        ("ImageTagAlreadyExistsException", other_digest(), Some("tag-immutable")),
        ("ImageAlreadyExistsException", other_digest(), Some("tag-immutable")),
    ] {
        let registry = Registry::start().await;
        registry.on("PutImage", exception(code)).await;
        registry.on("DescribeImages", detail(&there)).await;
        let endpoint = registry.endpoint().await;
        let result = endpoint.push_manifest(&app(), &manifest(), Some(&tag)).await;
        assert_eq!(result.err().map(|error| error.code()), expected, "{code}");
    }
}

#[tokio::test]
async fn a_manifest_whose_layers_are_missing_says_so() {
    for code in ["LayersNotFoundException", "ReferencedImagesNotFoundException"] {
        let registry = Registry::start().await;
        registry.on("PutImage", exception(code)).await;
        let error = registry.endpoint().await.push_manifest(&app(), &manifest(), None).await.unwrap_err();
        assert_eq!(error.code(), "referenced-content-missing");
    }
}

#[tokio::test]
async fn a_digest_that_ecr_did_not_acknowledge_is_no_success() {
    let registry = Registry::start().await;
    registry.on("PutImage", answer(&json!({"image": {"imageId": {"imageDigest": other_digest()}}}))).await;
    let error = registry.endpoint().await.push_manifest(&app(), &manifest(), None).await.unwrap_err();
    assert_eq!(error.code(), "protocol");
}

#[tokio::test]
async fn nothing_is_mounted_where_mounting_is_off() {
    let registry = Registry::start().await;
    registry.on("GetAccountSetting", answer(&json!({"name": "BLOB_MOUNTING", "value": "DISABLED"}))).await;
    let endpoint = registry.endpoint().await;

    for _ in 0..3 {
        assert!(!endpoint.mount(&app(), &other_digest(), &"base".parse().unwrap()).await.unwrap());
    }

    assert!(registry.data_plane_requests().await.is_empty());
    assert_eq!(registry.client.calls().of("GetAccountSetting"), 1);
}

#[tokio::test]
async fn a_registry_that_does_not_tell_about_mounting_gets_uploads() {
    let registry = Registry::start().await;
    registry.on("GetAccountSetting", exception("AccessDeniedException")).await;
    let endpoint = registry.endpoint().await;
    assert!(!endpoint.mount(&app(), &other_digest(), &"base".parse().unwrap()).await.unwrap());
}

#[tokio::test]
async fn blobs_are_mounted_where_mounting_is_on() {
    let registry = Registry::start().await;
    registry.on("GetAccountSetting", answer(&json!({"name": "BLOB_MOUNTING", "value": "ENABLED"}))).await;
    Mock::given(method("POST"))
        .and(path("/v2/team/app/blobs/uploads/"))
        .respond_with(
            ResponseTemplate::new(201).insert_header("docker-content-digest", other_digest().as_str()),
        )
        .mount(&registry.server)
        .await;
    let endpoint = registry.endpoint().await;

    assert!(endpoint.mount(&app(), &other_digest(), &"base".parse().unwrap()).await.unwrap());

    let requests = registry.data_plane_requests().await;
    assert_eq!(requests.len(), 1);
    assert!(requests[0].contains("mount=") && requests[0].contains("from=base"), "{requests:?}");
}

#[tokio::test]
async fn only_layers_that_are_available_exist() {
    let registry = Registry::start().await;
    let (have, lack, archived) = (manifest().digest, other_digest(), digest_of(Algorithm::Sha256, b"x"));
    let layers = json!({"layers": [
        {"layerDigest": have, "layerAvailability": "AVAILABLE"},
        {"layerDigest": lack, "layerAvailability": "UNAVAILABLE"},
        {"layerDigest": archived, "layerAvailability": "ARCHIVED"}
    ]});
    registry.on("BatchCheckLayerAvailability", answer(&layers)).await;
    let found = registry.endpoint().await.exists_many(&app(), &[have.clone(), lack, archived]).await.unwrap();
    assert_eq!(found, [have].into());
}

#[tokio::test]
async fn a_repository_is_created_once_and_a_race_is_no_error() {
    for (create, created) in [
        (answer(&json!({"repository": {"repositoryName": "team/app"}})), true),
        (exception("RepositoryAlreadyExistsException"), false),
    ] {
        let registry = Registry::start().await;
        registry.on("DescribeRepositories", exception("RepositoryNotFoundException")).await;
        registry.on("CreateRepository", create).await;
        let endpoint = registry.endpoint().await;
        assert_eq!(endpoint.ensure_repository(&app()).await.unwrap(), created);
        assert!(!endpoint.ensure_repository(&app()).await.unwrap());
        assert_eq!(registry.client.calls().of("CreateRepository"), 1);
        assert_eq!(registry.client.calls().of("DescribeRepositories"), 1);
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_bytes_arrive() {
    let registry = Registry::start().await;
    let bytes = b"layer bytes".to_vec();
    let blob = Descriptor {
        media_type: "application/octet-stream".into(),
        digest: digest_of(Algorithm::Sha256, &bytes),
        size: bytes.len() as u64,
    };
    let address = format!("/v2/team/app/blobs/{}", blob.digest);
    let second = format!("Basic {}", STANDARD.encode("AWS:token-2"));
    let refusal = json!({"errors": [{"code": "DENIED", "message": "Your authorization token has expired."}]});
    Mock::given(method("GET"))
        .and(path(address.as_str()))
        .and(header("authorization", second.as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(bytes.clone()))
        .with_priority(1)
        .mount(&registry.server)
        .await;
    Mock::given(method("GET"))
        .and(path(address.as_str()))
        .respond_with(ResponseTemplate::new(403).set_body_json(refusal))
        .mount(&registry.server)
        .await;
    let endpoint = std::sync::Arc::new(registry.endpoint().await);

    let stream = open_verified(endpoint.clone(), &app(), &blob, Backoff::default());
    let chunks: Vec<_> = futures::TryStreamExt::try_collect(stream).await.unwrap();
    assert_eq!(chunks.concat(), bytes);
    assert_eq!(registry.client.calls().of("GetAuthorizationToken"), 2);
    let error: Error = endpoint.blob(&"gone".parse().unwrap(), &blob, 0).await.err().unwrap();
    assert!(!error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_life_cycle_policy_that_may_not_be_read_is_a_denial_that_names_the_permission() {
    let registry = Registry::start().await;
    let body = json!({
        "__type": "AccessDeniedException",
        "message": "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: ecr:GetLifecyclePolicy on resource: arn:aws:ecr:us-west-2:111122223333:repository/team/app because no identity-based policy allows the ecr:GetLifecyclePolicy action",
    });
    let denied = ResponseTemplate::new(400).set_body_raw(body.to_string(), "application/x-amz-json-1.1");
    registry.on("GetLifecyclePolicy", denied).await;
    let endpoint = registry.endpoint().await;
    let Err(Error { kind: RegistryErrorKind::Denied { message }, .. }) =
        endpoint.lifecycle_policy(&app()).await
    else {
        panic!("it may not be read");
    };
    assert!(message.contains("ecr:GetLifecyclePolicy"), "{message}");
}

#[tokio::test]
async fn no_life_cycle_policy_is_none_and_a_text_that_is_no_policy_is_refused() {
    let none = Registry::start().await;
    none.on("GetLifecyclePolicy", exception("LifecyclePolicyNotFoundException")).await;
    assert_eq!(none.endpoint().await.lifecycle_policy(&app()).await.unwrap(), None);

    let endless = Registry::start().await;
    endless.on("GetLifecyclePolicy", answer(&json!({"lifecyclePolicyText": "x".repeat(300_000)}))).await;
    assert!(endless.endpoint().await.lifecycle_policy(&app()).await.is_err());
}

#[tokio::test]
async fn a_tag_that_somebody_puts_while_ours_is_throttled_is_not_moved() {
    let registry = Registry::start().await;
    registry.on("PutImage", exception("ThrottlingException")).await;
    registry.on("DescribeImages", detail(&other_digest())).await;
    let tag = "21".parse().unwrap();
    let error = registry.endpoint().await.push_manifest(&app(), &manifest(), Some(&tag)).await.unwrap_err();
    assert_eq!(error.code(), "throttled");
    assert_eq!(registry.client.calls().of("PutImage"), 1);
}

#[tokio::test]
async fn a_tag_that_was_free_is_asked_for_again_after_a_throttled_put_and_is_not_moved() {
    let registry = Registry::start().await;
    let free = json!({"imageId": {"imageTag": "21"}, "failureCode": "ImageNotFound", "failureReason": "no"});
    let free = answer(&json!({"failures": [free]}));
    let taken = json!({"imageId": {"imageTag": "21", "imageDigest": other_digest()}});
    let taken = answer(&json!({"images": [taken]}));
    let asked = AtomicUsize::new(0);
    let lookup = move |_: &Request| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => free.clone(),
        _ => taken.clone(),
    };
    registry.on("BatchGetImage", lookup).await;
    // The second put would be accepted.
    let accepted = answer(&json!({"image": {"imageId": {"imageDigest": manifest().digest}}}));
    let sent = AtomicUsize::new(0);
    let put = move |_: &Request| match sent.fetch_add(1, Ordering::SeqCst) {
        0 => exception("ThrottlingException"),
        _ => accepted.clone(),
    };
    registry.on("PutImage", put).await;
    let endpoint = registry.endpoint().await;
    let error = endpoint.push_tag(&app(), &manifest(), &"21".parse().unwrap(), None).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::TagTaken { existing, .. }, .. } if *existing == other_digest()),
        "{error:?}"
    );
    let calls = registry.client.calls();
    assert_eq!((calls.of("BatchGetImage"), calls.of("PutImage")), (2, 1));
}

#[tokio::test]
async fn a_tag_of_a_registry_whose_images_may_not_be_read_is_described_and_is_not_moved() {
    for (described, expected) in
        [(detail(&other_digest()), "tag-conflict"), (exception("AccessDeniedException"), "denied")]
    {
        let registry = Registry::start().await;
        registry.on("BatchGetImage", exception("AccessDeniedException")).await;
        registry.on("DescribeImages", described).await;
        let accepted = answer(&json!({"image": {"imageId": {"imageDigest": manifest().digest}}}));
        registry.on("PutImage", accepted).await;
        let endpoint = registry.endpoint().await;
        let error = endpoint.push_tag(&app(), &manifest(), &"21".parse().unwrap(), None).await.unwrap_err();
        assert_eq!(error.code(), expected, "{error}");
        assert_eq!(registry.client.calls().of("PutImage"), 0, "{expected}");
    }
}

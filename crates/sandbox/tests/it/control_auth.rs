//! Who may call the control plane at all.

use std::time::Duration;

use chrono::TimeDelta;
use http::HeaderValue;
use longshore_sandbox::Switches;
use serde_json::json;

use crate::control_client::{DEV, Fixture, PROD, WEST, element};

#[tokio::test]
async fn a_call_signed_by_awss_own_signer_is_answered() {
    let fixture = Fixture::start().await;
    let answer = fixture.call("DescribeRegistry", json!({})).await;
    assert_eq!(answer.headers["content-type"], "application/x-amz-json-1.1");
    assert!(answer.headers["x-amzn-requestid"].len() == 36);
    assert_eq!(answer.ok()["registryId"], DEV);
}

#[tokio::test]
async fn an_unsigned_call_is_refused() {
    let fixture = Fixture::start().await;
    let mut request = fixture.request(&fixture.keys(DEV), WEST, "DescribeRegistry", &json!({}));
    request.headers_mut().remove("authorization");
    let answer = fixture.send(request).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.code(), "MissingAuthenticationTokenException");

    let mut request = fixture.request(&fixture.keys(DEV), WEST, "DescribeRegistry", &json!({}));
    request.headers_mut().insert("authorization", HeaderValue::from_static("Basic QVdTOng="));
    assert_eq!(fixture.send(request).await.code(), "MissingAuthenticationTokenException");

    let mut request = fixture.request(&fixture.keys(DEV), WEST, "DescribeRegistry", &json!({}));
    request.headers_mut().insert(
        "authorization",
        HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request"),
    );
    assert_eq!(fixture.send(request).await.code(), "IncompleteSignatureException");
}

#[tokio::test]
async fn anything_changed_after_signing_is_refused() {
    let fixture = Fixture::start().await;
    let input = json!({ "repositoryName": "dev-microservice" });
    let fresh = || fixture.request(&fixture.keys(DEV), WEST, "CreateRepository", &input);

    let mut request = fresh();
    *request.body_mut() = json!({ "repositoryName": "prod-microservice" }).to_string().into_bytes();
    assert_eq!(fixture.send(request).await.code(), "InvalidSignatureException", "another body");

    let mut request = fresh();
    let target = "AmazonEC2ContainerRegistry_V20150921.DeleteRepository";
    request.headers_mut().insert("x-amz-target", HeaderValue::from_static(target));
    assert_eq!(fixture.send(request).await.code(), "InvalidSignatureException", "another operation");

    let mut request = fresh();
    let authorization =
        request.headers()["authorization"].to_str().unwrap().replace("/us-west-2/", "/eu-west-1/");
    request.headers_mut().insert("authorization", authorization.parse().unwrap());
    assert_eq!(fixture.send(request).await.code(), "InvalidSignatureException", "another Region");

    let mut request = fresh();
    request.headers_mut().insert("x-amz-date", HeaderValue::from_static("20261121T120001Z"));
    assert_eq!(fixture.send(request).await.code(), "InvalidSignatureException", "another time");

    let mut request = fresh();
    *request.uri_mut() = format!("{}?a=b", request.uri()).parse().unwrap();
    assert_eq!(fixture.send(request).await.code(), "InvalidSignatureException", "another query");

    let mut keys = fixture.keys(DEV);
    keys.secret = fixture.keys(PROD).secret;
    let request = fixture.request(&keys, WEST, "CreateRepository", &input);
    assert_eq!(fixture.send(request).await.code(), "InvalidSignatureException", "another secret");

    fixture.send(fresh()).await.ok();
}

#[tokio::test]
async fn a_target_that_is_not_signed_does_not_count() {
    let fixture = Fixture::start().await;
    let headers = [("content-type", "application/x-amz-json-1.1")];
    let mut request = fixture.signed(&fixture.keys(DEV), "ecr", WEST, &headers, b"{}");
    let target = "AmazonEC2ContainerRegistry_V20150921.DescribeRegistry";
    request.headers_mut().insert("x-amz-target", HeaderValue::from_static(target));
    assert_eq!(fixture.send(request).await.code(), "InvalidSignatureException");
}

#[tokio::test]
async fn unknown_keys_and_unknown_regions_are_refused() {
    let fixture = Fixture::start().await;
    let mut keys = fixture.keys(DEV);
    keys.id = "AKIAAAAAAAAAAAAAAAAA".to_owned();
    let answer = fixture.send(fixture.request(&keys, WEST, "DescribeRegistry", &json!({}))).await;
    assert_eq!(
        answer.error(),
        (
            "UnrecognizedClientException".to_owned(),
            "The security token included in the request is invalid.".to_owned()
        )
    );
    let answer = fixture.call_in(DEV, "ap-south-1", "DescribeRegistry", json!({})).await;
    assert_eq!(answer.code(), "UnrecognizedClientException", "a Region that the account does not have");
    let (account, region) = (DEV.parse().unwrap(), "eu-west-1".parse().unwrap());
    fixture.sandbox.set_opted_in(&account, &region, false).await.unwrap();
    let answer = fixture.call_in(DEV, "eu-west-1", "DescribeRegistry", json!({})).await;
    assert_eq!(answer.code(), "UnrecognizedClientException", "a Region that is not opted in");
}

#[tokio::test]
async fn a_signature_holds_for_five_minutes_either_way() {
    let fixture = Fixture::start().await;
    let ahead = async |seconds: i64| {
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.DescribeRegistry"),
        ];
        let time = fixture.clock.now() + TimeDelta::seconds(seconds);
        fixture.send(fixture.signed_at(time, &fixture.keys(DEV), "ecr", WEST, &headers, b"{}")).await
    };
    for (seconds, message) in [
        (
            -301,
            "Signature expired: 20261121T115459Z is now earlier than 20261121T115500Z (20261121T120000Z - 5 min.)",
        ),
        (
            301,
            "Signature not yet current: 20261121T120501Z is still later than 20261121T120500Z (20261121T120000Z + 5 min.)",
        ),
    ] {
        assert_eq!(
            ahead(seconds).await.error(),
            ("InvalidSignatureException".to_owned(), message.to_owned())
        );
    }
    for seconds in [-300, 300] {
        ahead(seconds).await.ok();
    }
    // A recorded request no longer works later.
    let recorded = fixture.request(&fixture.keys(DEV), WEST, "DescribeRegistry", &json!({}));
    fixture.clock.advance(Duration::from_secs(301));
    assert_eq!(fixture.send(recorded).await.code(), "InvalidSignatureException");
}

#[tokio::test]
async fn the_service_of_the_scope_has_to_fit_the_protocol() {
    let fixture = Fixture::start().await;
    let keys = fixture.keys(DEV);
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.DescribeRegistry"),
    ];
    let answer = fixture.send(fixture.signed(&keys, "sts", WEST, &headers, b"{}")).await;
    assert_eq!(answer.code(), "InvalidSignatureException");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = b"Action=GetCallerIdentity&Version=2011-06-15";
    let answer = fixture.send(fixture.signed(&keys, "ecr", WEST, &headers, body)).await;
    assert_eq!(answer.status, 403);
    assert_eq!(element(&answer.text, "Code"), "SignatureDoesNotMatch");
}

#[tokio::test]
async fn unknown_operations_and_bad_inputs_are_named() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.call("Fly", json!({})).await.code(), "UnknownOperationException");
    let answer = fixture.call("CreateRepository", json!({ "repositoryName": 5 })).await;
    assert_eq!(answer.code(), "SerializationException");
    let answer = fixture.call("CreateRepository", json!({})).await;
    assert_eq!(
        answer.error().1,
        "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must not be null'"
    );
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.DescribeRegistry"),
    ];
    let answer = fixture.send(fixture.signed(&fixture.keys(DEV), "ecr", WEST, &headers, b"{\"a\":}")).await;
    assert_eq!(answer.code(), "SerializationException");
    let with_more = json!({ "repositoryName": "dev-microservice", "colour": "blue" });
    fixture.call("CreateRepository", with_more).await.ok();
}

#[tokio::test]
async fn a_browser_and_a_foreign_host_are_refused() {
    let fixture = Fixture::start().await;
    let mut request = fixture.request(&fixture.keys(DEV), WEST, "DescribeRegistry", &json!({}));
    request.headers_mut().insert("origin", HeaderValue::from_static("https://example.com"));
    assert_eq!(fixture.send(request).await.status, 403);
    let mut request = fixture.request(&fixture.keys(DEV), WEST, "DescribeRegistry", &json!({}));
    request.headers_mut().insert("host", HeaderValue::from_static("example.com"));
    assert_eq!(fixture.send(request).await.status, 403);
}

#[tokio::test]
async fn at_ecrs_rates_the_eleventh_manifest_in_a_second_is_throttled() {
    let fixture = Fixture::with(Switches { throttling: true, ..Switches::default() }).await;
    fixture.create("dev-microservice").await;
    let put = || fixture.put("dev-microservice", "{}", Some("1"));
    for _ in 0..10 {
        assert_eq!(put().await.code(), "InvalidParameterException");
    }
    let (code, message) = put().await.error();
    assert_eq!((code.as_str(), message.as_str()), ("ThrottlingException", "Rate exceeded"));
    fixture.clock.advance(Duration::from_millis(100));
    assert_eq!(put().await.code(), "InvalidParameterException");
    assert_eq!(put().await.code(), "ThrottlingException");
}

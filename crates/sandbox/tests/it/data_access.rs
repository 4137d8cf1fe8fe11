//! Who may talk to the data plane at all.

use std::time::Duration;

use futures::StreamExt;
use longshore_sandbox::Switches;
use reqwest::Method;
use serde_json::json;

use crate::{
    control_client::{DEV, Fixture, PROD, WEST},
    data_client::{Data, error, header, registry},
};

#[tokio::test]
async fn without_credentials_a_basic_challenge_names_the_host() {
    let fixture = Fixture::start().await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let response = dev.http.get(format!("{}/v2/", dev.url)).send().await.unwrap();
    assert_eq!(response.status(), 401);
    let expected = format!("Basic realm=\"{}/\",service=\"ecr.amazonaws.com\"", dev.url);
    assert_eq!(header(&response, "www-authenticate"), expected);
    assert_eq!(header(&response, "docker-distribution-api-version"), "registry/2.0");
    let bearer = dev.http.get(format!("{}/v2/", dev.url)).bearer_auth("x").send().await.unwrap();
    assert_eq!(bearer.status(), 401);
    assert_eq!(dev.get("").await.status(), 200);
}

#[tokio::test]
async fn the_token_of_the_api_opens_the_data_plane() {
    let fixture = Fixture::start().await;
    let answer = fixture.call("GetAuthorizationToken", json!({})).await.ok();
    let token = answer["authorizationData"][0]["authorizationToken"].as_str().unwrap();
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let request = dev.http.get(format!("{}/v2/", dev.url)).header("authorization", format!("Basic {token}"));
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_token_is_valid_for_twelve_hours() {
    let fixture = Fixture::start().await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    fixture.clock.advance(Duration::from_secs(12 * 3600 - 1));
    assert_eq!(dev.get("").await.status(), 200);
    fixture.clock.advance(Duration::from_secs(1));
    let (status, code, message) = error(dev.get("").await).await;
    assert_eq!((status, code.as_str()), (403, "DENIED"));
    assert_eq!(message, "Your authorization token has expired. Reauthenticate and try again.");
}

#[tokio::test]
async fn a_switch_makes_tokens_short() {
    let short = Switches { token_life: Duration::from_millis(1500), ..Switches::default() };
    let fixture = Fixture::with(short).await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    fixture.clock.advance(Duration::from_millis(1499));
    assert_eq!(dev.get("").await.status(), 200);
    fixture.clock.advance(Duration::from_millis(1));
    assert_eq!(error(dev.get("").await).await.0, 403);
    let answer = fixture.call("GetAuthorizationToken", json!({})).await.ok();
    let expires = answer["authorizationData"][0]["expiresAt"].as_f64().unwrap();
    assert_eq!(expires, fixture.clock.now().timestamp_millis() as f64 / 1000.0 + 1.5);
}

/// The clock stands still, so however fast or slow the requests are, the numbers are exact.
#[tokio::test]
async fn under_load_exactly_ecrs_rate_gets_through_on_both_planes_together() {
    let fixture = Fixture::with(Switches { throttling: true, ..Switches::default() }).await;
    fixture.create("dev-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (manifest, _) = dev.image("dev-microservice", "a", "0").await;
    fixture.clock.advance(Duration::from_secs(1));
    let put = async |number: usize| {
        let tag = number.to_string();
        let put = dev.put("dev-microservice", &tag, crate::control_client::OCI_MANIFEST, &manifest);
        let response = put.await;
        match response.status().as_u16() {
            201 => true,
            _ => {
                let (status, code, message) = error(response).await;
                assert_eq!((status, code.as_str()), (429, "TOOMANYREQUESTS"));
                assert_eq!(message, "Rate exceeded");
                false
            }
        }
    };
    let mut taken = 0;
    for second in 0..4 {
        if second > 0 {
            fixture.clock.advance(Duration::from_millis(1_500));
        }
        let puts = (0..500).map(|number| put(1 + second * 500 + number));
        let puts = futures::stream::iter(puts.collect::<Vec<_>>());
        let through = puts.buffer_unordered(32).filter(|taken| std::future::ready(*taken)).count().await;
        assert_eq!(through, 10, "no more than a second's worth is saved up");
        taken += through;
        let input = json!({"repositoryName": "dev-microservice", "imageManifest": "{}"});
        assert_eq!(fixture.call("PutImage", input).await.code(), "ThrottlingException");
    }
    let counters = fixture.sandbox.counters()[&registry(DEV, WEST)];
    assert_eq!(counters.manifest_puts as usize, taken + 1);
    assert_eq!(counters.throttled as usize, 4 * 490 + 4);
    let traffic = fixture.sandbox.traffic();
    assert_eq!(traffic[0].operations["PutImage"].requests, 1 + 2_000 + 4);
    // Reading, and other Regions, are not affected.
    assert_eq!(dev.get("dev-microservice/manifests/0").await.status(), 200);
    let east = Data::of(&fixture.sandbox, DEV, "us-east-2");
    let elsewhere = east.put("no-such", "1", crate::control_client::OCI_MANIFEST, &manifest).await;
    assert_eq!(error(elsewhere).await.1, "NAME_UNKNOWN");
}

#[tokio::test]
async fn a_token_is_valid_in_the_region_it_was_issued_in_only() {
    let fixture = Fixture::start().await;
    let mut ireland = Data::of(&fixture.sandbox, DEV, "eu-west-1");
    ireland.password = Data::of(&fixture.sandbox, DEV, WEST).password;
    let (status, code, _) = error(ireland.get("").await).await;
    assert_eq!((status, code.as_str()), (403, "DENIED"));
}

#[tokio::test]
async fn forged_and_malformed_credentials_are_denied() {
    let fixture = Fixture::start().await;
    let mut dev = Data::of(&fixture.sandbox, DEV, WEST);
    let good = dev.password.clone();
    for password in [String::new(), "x".into(), good.replace('.', ".0"), format!("a{good}")] {
        dev.password = password;
        assert_eq!(error(dev.get("").await).await.0, 403);
    }
    let other_user = dev.http.get(format!("{}/v2/", dev.url)).basic_auth("root", Some(&good));
    assert_eq!(other_user.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn another_accounts_registry_needs_a_policy_there() {
    let fixture = Fixture::start().await;
    let policy_of = |action: &str| {
        json!({"policyText": json!({"Version": "2012-10-17", "Statement": [{
            "Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")},
            "Action": [action], "Resource": format!("arn:aws:ecr:{WEST}:{PROD}:repository/*")}]}).to_string()})
    };
    let prod = Data::of(&fixture.sandbox, PROD, WEST);
    fixture
        .call_in(PROD, WEST, "CreateRepository", json!({"repositoryName": "prod-microservice"}))
        .await
        .ok();
    prod.image("prod-microservice", "a", "21").await;
    let mut stranger = Data::of(&fixture.sandbox, PROD, WEST);
    stranger.password = Data::of(&fixture.sandbox, DEV, WEST).password;
    assert_eq!(stranger.get("").await.status(), 200, "the token itself is good");
    let (status, code, message) = error(stranger.get("prod-microservice/manifests/21").await).await;
    assert_eq!((status, code.as_str()), (403, "DENIED"));
    assert!(message.contains("is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-west-2:444455556666:repository/prod-microservice"), "{message}");
    let missing = error(stranger.get("no-such/manifests/21").await).await;
    assert_eq!(missing.0, 403, "whether a repository exists is not told");

    fixture.call_in(PROD, WEST, "PutRegistryPolicy", policy_of("ecr:BatchGetImage")).await.ok();
    assert_eq!(stranger.get("prod-microservice/manifests/21").await.status(), 200);
    let push = stranger.send(Method::POST, "prod-microservice/blobs/uploads/", "").await;
    assert_eq!(push.status(), 403, "pulling is not pushing");
}

#[tokio::test]
async fn browsers_and_foreign_hosts_are_refused_on_every_listener() {
    let fixture = Fixture::start().await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    fixture.create("dev-microservice").await;
    let digest = dev.blob("dev-microservice", b"layer").await;
    let layer = dev.get(&format!("dev-microservice/blobs/{digest}")).await;
    let layer = header(&layer, "location").to_owned();
    let control = fixture.sandbox.ready().control;
    for url in [format!("{}/v2/", dev.url), layer, control] {
        let origin = dev.http.get(&url).header("origin", "https://example.com").send().await.unwrap();
        assert_eq!(origin.status(), 403, "{url}");
        let host = dev.http.get(&url).header("host", "registry.example:4511").send().await.unwrap();
        assert_eq!(host.status(), 403, "{url}");
    }
}

#[tokio::test]
async fn a_region_that_is_not_opted_in_refuses() {
    let fixture = Fixture::start().await;
    let (account, region) = (DEV.parse().unwrap(), WEST.parse().unwrap());
    fixture.sandbox.set_opted_in(&account, &region, false).await.unwrap();
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    assert_eq!(error(dev.get("").await).await.0, 403);
    fixture.sandbox.set_opted_in(&account, &region, true).await.unwrap();
    assert_eq!(dev.get("").await.status(), 200);
}

#[tokio::test]
async fn paths_that_climb_reach_nothing() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let fixture = Fixture::start().await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    fixture.create("dev-microservice").await;
    let host = dev.url.trim_start_matches("http://");
    let request = dev.request(Method::GET, "").build().unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
    for path in [
        "/v2/../sandbox.json",
        "/v2/%2e%2e/%2e%2e/sandbox.json",
        "/v2/dev-microservice/blobs/sha256:../../../../sandbox.json",
        "/v2/dev-microservice/blobs/sha256:%2e%2e%2f%2e%2e%2fsandbox.json",
        "/v2/dev-microservice/blobs/uploads/..%2f..%2fsandbox.json",
        "/v2/dev-microservice/manifests/..%2f..%2f..%2fsandbox.json",
        "/v2/..%2fdev-microservice/tags/list",
        "/v2/dev-microservice%00/tags/list",
        "/v2/dev-microservice/../dev-microservice/tags/list",
        "//v2/",
    ] {
        // By hand, because clients tidy paths up.
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let text = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        assert!((400..500).contains(&status), "{path}: {answer}");
        assert!(!answer.contains("secret_access_key"), "{path}");
    }
}

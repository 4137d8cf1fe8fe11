//! Where layers come from, for clients that keep their credentials on a redirect to the same host
//! name.

use longshore_sandbox::Sandbox;
use reqwest::{Response, header::LOCATION};

use crate::{
    control_client::{DEV, Fixture, WEST},
    data_client::Data,
};

/// Follows redirects as Go's HTTP client does, and with it the newest skopeo and regctl:
/// credentials are also sent to the same host name, whatever its port, and to no other.
struct GoLike {
    http: reqwest::Client,
    password: String,
}

impl GoLike {
    fn of(sandbox: &Sandbox) -> Self {
        let Data { http, password, .. } = Data::of(sandbox, DEV, WEST);
        Self { http, password }
    }

    async fn get(&self, url: &str) -> (Response, Vec<String>) {
        let mut hosts = Vec::new();
        let first: reqwest::Url = url.parse().unwrap();
        let mut url = first.clone();
        loop {
            hosts.push(url.host_str().unwrap().to_owned());
            let mut request = self.http.get(url.clone());
            if url.host_str() == first.host_str() {
                request = request.basic_auth("AWS", Some(&self.password));
            }
            let response = request.send().await.unwrap();
            if !response.status().is_redirection() {
                return (response, hosts);
            }
            url = url.join(response.headers()[LOCATION].to_str().unwrap()).unwrap();
        }
    }
}

#[tokio::test]
async fn a_client_that_keeps_authorization_on_the_same_host_name_pulls() {
    let fixture = Fixture::start().await;
    fixture.create("app").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let digest = dev.blob("app", b"a layer").await;
    let client = GoLike::of(&fixture.sandbox);
    let blob = format!("{}/v2/app/blobs/{digest}", dev.url);
    for (url, hosts) in [
        (blob.clone(), ["127.0.0.1", "localhost"]),
        (blob.replace("127.0.0.1", "localhost"), ["localhost", "127.0.0.1"]),
        (blob.replace("127.0.0.1", "LocalHost"), ["localhost", "127.0.0.1"]),
    ] {
        let (response, seen) = client.get(&url).await;
        assert_eq!(response.status(), 200, "{url}");
        assert_eq!(response.bytes().await.unwrap(), "a layer");
        assert_eq!(seen, hosts);
    }
}

#[tokio::test]
async fn every_listener_answers_by_both_names_and_by_ipv6_where_there_is_any() {
    let fixture = Fixture::start().await;
    fixture.create("app").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let digest = dev.blob("app", b"a layer").await;
    let redirect = dev.get(&format!("app/blobs/{digest}")).await;
    let layer = redirect.headers()[LOCATION].to_str().unwrap().to_owned();
    let ipv6 = std::net::TcpListener::bind("[::1]:0").is_ok();
    for (url, name) in [
        (format!("{}/v2/", dev.url), "127.0.0.1"),
        (fixture.sandbox.ready().control, "127.0.0.1"),
        (layer, "localhost"),
    ] {
        let found = async |host: &str| {
            let url = url.replacen(name, host, 1);
            dev.http.get(&url).send().await.unwrap_or_else(|e| panic!("{url}: {e}")).status()
        };
        let expected = found("127.0.0.1").await;
        assert_ne!(expected, 403);
        assert_eq!(found("localhost").await, expected);
        if ipv6 {
            assert_eq!(found("[::1]").await, expected);
        }
    }
}

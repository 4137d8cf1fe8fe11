//! Blobs: uploading in every way, mounting, and fetching from the layer origin.

use std::time::Duration;

use longshore_sandbox::{Counters, Switches};
use reqwest::Method;
use serde_json::json;

use crate::{
    control_client::{DEV, Fixture, WEST, digest},
    data_client::{Data, error, header, registry},
};

async fn start() -> (Fixture, Data) {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    (fixture, dev)
}

fn counters(fixture: &Fixture) -> Counters {
    fixture.sandbox.counters()[&registry(DEV, WEST)]
}

#[tokio::test]
async fn a_blob_is_pushed_monolithically_and_fetched_through_a_redirect() {
    let (fixture, dev) = start().await;
    let content = vec![7; 300_000];
    let digest = dev.blob("dev-microservice", &content).await;
    let path = format!("dev-microservice/blobs/{digest}");
    let head = dev.head(&path).await;
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "300000"));
    assert_eq!(header(&head, "docker-content-digest"), digest);

    let redirect = dev.get(&path).await;
    assert_eq!(redirect.status(), 307);
    let layer = header(&redirect, "location").to_owned();
    assert!(!layer.starts_with(&dev.url), "another origin");
    let fetched = dev.http.get(&layer).send().await.unwrap();
    assert_eq!(fetched.status(), 200);
    assert_eq!(fetched.bytes().await.unwrap(), content);
    let counters = counters(&fixture);
    assert_eq!((counters.blob_bytes_received, counters.blob_bytes_sent), (300_000, 300_000));
    assert_eq!((counters.blob_uploads, counters.mounts), (1, 0));
}

#[tokio::test]
async fn the_layer_origin_takes_its_signature_and_nothing_else() {
    let (fixture, dev) = start().await;
    let digest_a = dev.blob("dev-microservice", b"0123456789").await;
    let digest_b = dev.blob("dev-microservice", b"other").await;
    let redirect = dev.get(&format!("dev-microservice/blobs/{digest_a}")).await;
    let layer = header(&redirect, "location").to_owned();
    let with_credentials = dev.request(Method::GET, &layer).send().await.unwrap();
    assert_eq!(with_credentials.status(), 400);
    assert!(with_credentials.text().await.unwrap().contains("Only one auth mechanism allowed"));
    for forged in [
        layer.replace(&digest_a, &digest_b),
        layer.replace(DEV, "444455556666"),
        layer.replace("Expires=1", "Expires=2"),
        layer.split('?').next().unwrap().to_owned(),
    ] {
        assert_eq!(dev.http.get(&forged).send().await.unwrap().status(), 403, "{forged}");
    }
    assert_eq!(dev.http.put(&layer).send().await.unwrap().status(), 405);
    fixture.clock.advance(Duration::from_secs(3600));
    let late = dev.http.get(&layer).send().await.unwrap();
    assert_eq!(late.status(), 403);
    assert!(late.text().await.unwrap().contains("Request has expired"));
}

#[tokio::test]
async fn a_part_of_a_layer_can_be_asked_for() {
    let (_fixture, dev) = start().await;
    let digest = dev.blob("dev-microservice", b"0123456789").await;
    let redirect = dev.get(&format!("dev-microservice/blobs/{digest}")).await;
    let layer = header(&redirect, "location").to_owned();
    let part = dev.http.get(&layer).header("range", "bytes=4-").send().await.unwrap();
    assert_eq!((part.status().as_u16(), header(&part, "content-range")), (206, "bytes 4-9/10"));
    assert_eq!(part.text().await.unwrap(), "456789");
    let beyond = dev.http.get(&layer).header("range", "bytes=10-").send().await.unwrap();
    assert_eq!(beyond.status(), 416);
}

#[tokio::test]
async fn one_post_can_carry_the_whole_blob() {
    let (_fixture, dev) = start().await;
    let path = format!("dev-microservice/blobs/uploads/?digest={}", digest(b"whole"));
    assert_eq!(dev.send(Method::POST, &path, "whole").await.status(), 201);
    let head = dev.head(&format!("dev-microservice/blobs/{}", digest(b"whole"))).await;
    assert_eq!(header(&head, "content-length"), "5");
}

#[tokio::test]
async fn chunks_must_follow_each_other() {
    let (_fixture, dev) = start().await;
    let location = dev.open("dev-microservice").await;
    let patch = |range: &'static str, body: &'static str| {
        dev.request(Method::PATCH, &location).header("content-range", range).body(body).send()
    };
    let first = patch("0-3", "0123").await.unwrap();
    assert_eq!((first.status().as_u16(), header(&first, "range")), (202, "0-3"));
    for (range, body, expected) in
        [("5-7", "567", 416), ("0-3", "0123", 416), ("4-9", "4", 400), ("x", "4", 400), ("9-4", "4", 400)]
    {
        assert_eq!(patch(range, body).await.unwrap().status(), expected, "{range}");
    }
    let status = dev.get(&location).await;
    assert_eq!((status.status().as_u16(), header(&status, "range")), (204, "0-3"));
    assert_eq!(header(&patch("4-6", "456").await.unwrap(), "range"), "0-6");
    let path = format!("{location}?digest={}", digest(b"0123456789"));
    let request = dev.request(Method::PUT, &path).header("content-range", "7-9").body("789");
    assert_eq!(request.send().await.unwrap().status(), 201);
    assert_eq!(error(dev.get(&location).await).await.1, "BLOB_UPLOAD_UNKNOWN", "it is finished");
}

#[tokio::test]
async fn switched_on_a_second_chunk_is_lost_as_reported_of_ecr() {
    let fixture = Fixture::with(Switches { multi_patch_broken: true, ..Switches::default() }).await;
    fixture.create("dev-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let location = dev.open("dev-microservice").await;
    for chunk in ["0123", "4567"] {
        let response = dev.send(Method::PATCH, &location, chunk).await;
        assert_eq!((response.status().as_u16(), header(&response, "range")), (201, "0-3"));
    }
    let whole = dev.send(Method::PUT, &format!("{location}?digest={}", digest(b"01234567")), "").await;
    assert_eq!(error(whole).await.1, "DIGEST_INVALID");
    assert_eq!(dev.blob("dev-microservice", b"one PUT still works").await, digest(b"one PUT still works"));
}

#[tokio::test]
async fn a_wrong_digest_is_refused_and_leaves_nothing() {
    let (fixture, dev) = start().await;
    let location = dev.open("dev-microservice").await;
    let wrong = digest(b"something else");
    let response = dev.send(Method::PUT, &format!("{location}?digest={wrong}"), "content").await;
    assert_eq!(error(response).await.1, "DIGEST_INVALID");
    assert_eq!(dev.head(&format!("dev-microservice/blobs/{wrong}")).await.status(), 404);
    let uploads = fixture.directory.path().join("state/content-1/uploads");
    assert_eq!(std::fs::read_dir(uploads).unwrap().count(), 0);
    for query in ["", "?digest=", "?digest=md5:00", "?digest=sha256:xyz"] {
        let location = dev.open("dev-microservice").await;
        let response = dev.send(Method::PUT, &format!("{location}{query}"), "content").await;
        assert_eq!(error(response).await.1, "DIGEST_INVALID", "{query}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_the_upload_as_it_was() {
    use tokio::io::AsyncWriteExt;
    let (_fixture, dev) = start().await;
    let location = dev.open("dev-microservice").await;
    let expected = digest(b"0123456789");
    let host = dev.url.trim_start_matches("http://");
    let request = dev.request(Method::GET, "").build().unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
    let path = location.trim_start_matches(&dev.url);
    let head = format!(
        "PUT {path}?digest={expected} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nContent-Length: 10\r\n\r\n0123"
    );
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    drop(stream);
    let whole = dev.send(Method::PUT, &format!("{location}?digest={expected}"), "0123456789").await;
    assert_eq!(whole.status(), 201, "{}", whole.text().await.unwrap());
}

#[tokio::test]
async fn a_client_that_says_localhost_is_answered_with_localhost() {
    let (_fixture, dev) = start().await;
    let url = dev.url.replace("127.0.0.1", "localhost");
    let request = dev.request(Method::POST, &format!("{url}/v2/dev-microservice/blobs/uploads/"));
    let response = request.send().await.unwrap();
    assert!(header(&response, "location").starts_with(&url));
}

#[tokio::test]
async fn an_upload_can_be_given_up_and_belongs_to_its_repository() {
    let (fixture, dev) = start().await;
    fixture.create("other").await;
    let location = dev.open("dev-microservice").await;
    let elsewhere = location.replace("dev-microservice", "other");
    assert_eq!(error(dev.get(&elsewhere).await).await.1, "BLOB_UPLOAD_UNKNOWN");
    assert_eq!(dev.send(Method::DELETE, &location, "").await.status(), 204);
    assert_eq!(error(dev.get(&location).await).await.1, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn layers_belong_to_their_repository() {
    let (fixture, dev) = start().await;
    fixture.create("other").await;
    let digest = dev.blob("dev-microservice", b"layer").await;
    assert_eq!(dev.head(&format!("other/blobs/{digest}")).await.status(), 404);
}

#[tokio::test]
async fn mounting_is_off_until_the_account_turns_it_on() {
    let (fixture, dev) = start().await;
    fixture.create("prod-microservice").await;
    dev.image("dev-microservice", "a", "42").await;
    let layer = digest(b"layer of a");
    let path = format!("prod-microservice/blobs/uploads/?mount={layer}&from=dev-microservice");
    assert_eq!(dev.send(Method::POST, &path, "").await.status(), 202, "an upload instead");
    let on = json!({"name": "BLOB_MOUNTING", "value": "ENABLED"});
    fixture.call("PutAccountSetting", on).await.ok();
    let before = counters(&fixture);
    assert_eq!(dev.send(Method::POST, &path, "").await.status(), 201);
    let after = counters(&fixture);
    assert_eq!((after.mounts, after.blob_bytes_received), (1, before.blob_bytes_received), "no byte moved");
    assert_eq!(dev.head(&format!("prod-microservice/blobs/{layer}")).await.status(), 200);
}

#[tokio::test]
async fn a_switch_turns_mounting_on_for_accounts_that_never_said() {
    let fixture = Fixture::with(Switches { blob_mounting: true, ..Switches::default() }).await;
    fixture.create("dev-microservice").await;
    fixture.create("prod-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    dev.image("dev-microservice", "a", "42").await;
    let setting = fixture.call("GetAccountSetting", json!({"name": "BLOB_MOUNTING"})).await.ok();
    assert_eq!(setting["value"], "ENABLED");
    let path = |content: &[u8]| {
        format!("prod-microservice/blobs/uploads/?mount={}&from=dev-microservice", digest(content))
    };
    assert_eq!(dev.send(Method::POST, &path(b"layer of a"), "").await.status(), 201);
    let off = json!({"name": "BLOB_MOUNTING", "value": "DISABLED"});
    fixture.call("PutAccountSetting", off).await.ok();
    let config = json!({ "name": "a" }).to_string();
    assert_eq!(dev.send(Method::POST, &path(config.as_bytes()), "").await.status(), 202);
}

#[tokio::test]
async fn a_blob_is_referred_to_as_long_as_a_manifest_of_it_is_there() {
    let fixture = Fixture::with(Switches { blob_mounting: true, ..Switches::default() }).await;
    for name in ["from", "one", "two", "three"] {
        fixture.create(name).await;
    }
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (manifest, first) = dev.image("from", "a", "1").await;
    // The same manifest with a space more: another image with the same blobs.
    let again = dev.put("from", "2", crate::control_client::OCI_MANIFEST, &format!("{manifest} ")).await;
    let second = header(&again, "docker-content-digest").to_owned();
    let mount = async |to: &str| {
        let path = format!("{to}/blobs/uploads/?mount={}&from=from", digest(b"layer of a"));
        dev.send(Method::POST, &path, "").await.status().as_u16()
    };
    let delete = async |digest: &str| {
        let input = json!({"repositoryName": "from", "imageIds": [{"imageDigest": digest}]});
        fixture.call("BatchDeleteImage", input).await.ok()
    };
    assert_eq!(mount("one").await, 201);
    delete(&first).await;
    assert_eq!(mount("two").await, 201);
    delete(&second).await;
    assert_eq!(mount("three").await, 202);
}

#[tokio::test]
async fn bytes_that_the_registry_had_before_are_counted() {
    let (fixture, dev) = start().await;
    fixture.create("other").await;
    for repository in ["dev-microservice", "other", "other"] {
        dev.blob(repository, b"0123456789").await;
    }
    let counted = counters(&fixture);
    assert_eq!((counted.blob_uploads, counted.duplicate_blob_bytes), (3, 20));

    let fixture = fixture.restart().await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    dev.blob("dev-microservice", b"0123456789").await;
    dev.blob("dev-microservice", b"new").await;
    let east = Data::of(&fixture.sandbox, DEV, "us-east-2");
    fixture.call_in(DEV, "us-east-2", "CreateRepository", json!({"repositoryName": "app"})).await.ok();
    east.blob("app", b"0123456789").await;
    assert_eq!(counters(&fixture).duplicate_blob_bytes, 10, "also after a restart");
    let traffic = fixture.sandbox.traffic();
    assert_eq!(traffic.len(), 2, "the others were asked nothing");
    let elsewhere = traffic.iter().find(|t| t.registry == registry(DEV, "us-east-2")).unwrap();
    assert_eq!(elsewhere.counters.duplicate_blob_bytes, 0, "another registry has its own");
    assert_eq!(elsewhere.operations["InitiateLayerUpload"].requests, 1);
    assert_eq!(elsewhere.operations["CompleteLayerUpload"].requests, 1);
    let line = serde_json::to_value(elsewhere).unwrap();
    assert_eq!((&line["account"], &line["region"]), (&json!(DEV), &json!("us-east-2")));
    assert_eq!(line["blob_uploads"], 1);
    assert_eq!(line["operations"]["CompleteLayerUpload"], json!({"requests": 1, "throttled": 0}));
}

#[tokio::test]
async fn only_blobs_that_a_manifest_refers_to_can_be_mounted() {
    let (fixture, dev) = start().await;
    fixture.create("prod-microservice").await;
    let on = json!({"name": "BLOB_MOUNTING", "value": "ENABLED"});
    fixture.call("PutAccountSetting", on).await.ok();
    let loose = dev.blob("dev-microservice", b"no manifest yet").await;
    for from in ["dev-microservice", "no-such", "../x"] {
        let path = format!("prod-microservice/blobs/uploads/?mount={loose}&from={from}");
        assert_eq!(dev.send(Method::POST, &path, "").await.status(), 202, "{from}");
    }
}

#[tokio::test]
async fn the_same_blob_pushed_many_times_at_once_is_whole() {
    let (fixture, dev) = start().await;
    let content = vec![42; 2_000_000];
    let pushes = (0..8).map(|_| dev.blob("dev-microservice", &content));
    for digest in futures::future::join_all(pushes).await {
        let redirect = dev.get(&format!("dev-microservice/blobs/{digest}")).await;
        let layer = header(&redirect, "location").to_owned();
        assert_eq!(dev.http.get(&layer).send().await.unwrap().bytes().await.unwrap(), content);
    }
    assert_eq!(counters(&fixture).blob_uploads, 8);
}

#[tokio::test]
async fn a_missing_repository_is_named_as_ecr_names_it() {
    let (_fixture, dev) = start().await;
    for path in ["no-such/tags/list", "no-such/manifests/1"] {
        let (status, code, message) = error(dev.get(path).await).await;
        assert_eq!((status, code.as_str()), (404, "NAME_UNKNOWN"));
        assert_eq!(
            message,
            "The repository with name 'no-such' does not exist in the registry with id '111122223333'"
        );
    }
    let push = dev.send(Method::POST, "no-such/blobs/uploads/", "").await;
    assert_eq!(error(push).await.1, "NAME_UNKNOWN", "a push does not create it");
}

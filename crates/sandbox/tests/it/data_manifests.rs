//! Manifests, tags and referrers.

use std::time::Duration;

use longshore_sandbox::Switches;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    control_client::{DEV, Fixture, OCI_INDEX, OCI_MANIFEST, WEST, digest},
    data_client::{Data, error, header, manifest},
};

const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

async fn start() -> (Fixture, Data) {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    (fixture, dev)
}

async fn pulled_at(fixture: &Fixture) -> Value {
    let answer = fixture.call("DescribeImages", json!({"repositoryName": "dev-microservice"})).await.ok();
    answer["imageDetails"][0]["lastRecordedPullTime"].clone()
}

#[tokio::test]
async fn a_pull_gets_the_bytes_that_were_pushed() {
    let (_fixture, dev) = start().await;
    let (pushed, digest) = dev.image("dev-microservice", "a", "42").await;
    for reference in ["42", digest.as_str()] {
        let response = dev.get(&format!("dev-microservice/manifests/{reference}")).await;
        assert_eq!(header(&response, "content-type"), OCI_MANIFEST);
        assert_eq!(header(&response, "docker-content-digest"), digest);
        assert_eq!(response.text().await.unwrap(), pushed);
    }
    let (status, code, _) = error(dev.get("dev-microservice/manifests/43").await).await;
    assert_eq!((status, code.as_str()), (404, "MANIFEST_UNKNOWN"));
    assert_eq!(dev.head("dev-microservice/manifests/43").await.status(), 404);
}

#[tokio::test]
async fn a_pull_is_recorded_and_looking_is_not() {
    let (fixture, dev) = start().await;
    dev.image("dev-microservice", "a", "42").await;
    dev.head("dev-microservice/manifests/42").await;
    dev.get("dev-microservice/tags/list").await;
    fixture.call("ListImages", json!({"repositoryName": "dev-microservice"})).await.ok();
    assert_eq!(pulled_at(&fixture).await, Value::Null);
    fixture.clock.advance(Duration::from_secs(60));
    dev.get("dev-microservice/manifests/42").await;
    assert_eq!(pulled_at(&fixture).await.as_f64().unwrap() as i64, fixture.clock.now().timestamp());
}

#[tokio::test]
async fn a_manifest_needs_its_layers_and_a_list_its_manifests() {
    let (_fixture, dev) = start().await;
    let text = manifest("{}", "layer").to_string();
    let (status, code, message) = error(dev.put("dev-microservice", "1", OCI_MANIFEST, &text).await).await;
    assert_eq!((status, code.as_str()), (404, "MANIFEST_BLOB_UNKNOWN"));
    assert!(message.contains(&digest(b"layer")), "{message}");
    let index = crate::control_client::index(&[(&digest(b"no such manifest"), 10)]);
    let (status, code, _) = error(dev.put("dev-microservice", "1", OCI_INDEX, &index).await).await;
    assert_eq!((status, code.as_str()), (404, "MANIFEST_UNKNOWN"));
    let (index, child) = dev.index("dev-microservice", "a", "1").await;
    assert_eq!(header(&dev.get("dev-microservice/manifests/1").await, "docker-content-digest"), index);
    assert_eq!(dev.get(&format!("dev-microservice/manifests/{child}")).await.status(), 200);
}

#[tokio::test]
async fn bad_manifests_are_refused() {
    let (_fixture, dev) = start().await;
    let (good, digest_of_good) = dev.image("dev-microservice", "a", "42").await;
    let put = |reference: &'static str, media_type: &'static str, text: String| {
        let dev = &dev;
        async move { error(dev.put("dev-microservice", reference, media_type, &text).await).await }
    };
    let wrong = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    assert_eq!(put(wrong, OCI_MANIFEST, good.clone()).await.1, "DIGEST_INVALID");
    assert_eq!(put("1", OCI_INDEX, good.clone()).await.1, "UNSUPPORTED", "types that disagree");
    assert_eq!(put("1", OCI_MANIFEST, "{".into()).await.1, "UNSUPPORTED");
    assert_eq!(put(".x", OCI_MANIFEST, good.clone()).await.0, 405, "not a tag");
    let mut without: Value = serde_json::from_str(&good).unwrap();
    without.as_object_mut().unwrap().remove("mediaType");
    let (status, code, message) = put("1", "application/json", without.to_string()).await;
    assert_eq!((status, code.as_str()), (405, "UNSUPPORTED"));
    assert!(message.contains("'ImageManifest'") && message.contains("'Invalid JSON syntax'"), "{message}");
    let with_type = dev.put("dev-microservice", "1", OCI_MANIFEST, &without.to_string()).await;
    assert_eq!(with_type.status(), 201, "the Content-Type says it");
    let huge = format!("{good}{}", " ".repeat(4 * 1024 * 1024));
    assert_eq!(put("1", OCI_MANIFEST, huge).await.0, 413);
    let there = dev.get(&format!("dev-microservice/manifests/{digest_of_good}")).await;
    assert_eq!(there.status(), 200);
}

#[tokio::test]
async fn pushing_the_same_again_is_fine_while_tags_are_mutable() {
    let (_fixture, dev) = start().await;
    let (text, _) = dev.image("dev-microservice", "a", "42").await;
    assert_eq!(dev.put("dev-microservice", "42", OCI_MANIFEST, &text).await.status(), 201);
    let (_, other) = dev.image("dev-microservice", "b", "42").await;
    let moved = dev.get("dev-microservice/manifests/42").await;
    assert_eq!(header(&moved, "docker-content-digest"), other);
}

#[tokio::test]
async fn an_immutable_tag_refuses_even_the_same_bytes() {
    let (fixture, dev) = start().await;
    let (text, _) = dev.image("dev-microservice", "a", "42").await;
    let immutable = json!({
        "repositoryName": "dev-microservice", "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
    });
    fixture.call("PutImageTagMutability", immutable).await.ok();
    let (status, code, message) = error(dev.put("dev-microservice", "42", OCI_MANIFEST, &text).await).await;
    assert_eq!((status, code.as_str()), (400, "TAG_INVALID"));
    assert_eq!(
        message,
        "The image tag '42' already exists in the 'dev-microservice' repository and cannot be overwritten because the tag is immutable."
    );
    assert_eq!(dev.put("dev-microservice", "43", OCI_MANIFEST, &text).await.status(), 201, "a new tag");
    dev.image("dev-microservice", "b", "latest-1").await;
    dev.image("dev-microservice", "c", "latest-1").await;
}

#[tokio::test]
async fn by_tag_the_format_is_converted_for_a_client_that_needs_it_and_by_digest_never() {
    let (_fixture, dev) = start().await;
    let (_, stored) = dev.image("dev-microservice", "a", "42").await;
    let get = |reference: String| {
        let request = dev.request(Method::GET, &format!("dev-microservice/manifests/{reference}"));
        request.header("accept", DOCKER_MANIFEST).send()
    };
    let converted = get("42".into()).await.unwrap();
    assert_eq!(header(&converted, "content-type"), DOCKER_MANIFEST);
    let sent = header(&converted, "docker-content-digest").to_owned();
    let body = converted.bytes().await.unwrap();
    assert_eq!(digest(&body), sent);
    assert_ne!(sent, stored);
    let as_stored = get(stored.clone()).await.unwrap();
    assert_eq!(header(&as_stored, "content-type"), OCI_MANIFEST);
}

#[tokio::test]
async fn tags_come_in_pages_with_opaque_links() {
    let (_fixture, dev) = start().await;
    let (text, _) = dev.image("dev-microservice", "a", "000").await;
    for tag in 1..105 {
        let tag = format!("{tag:03}");
        assert_eq!(dev.put("dev-microservice", &tag, OCI_MANIFEST, &text).await.status(), 201);
    }
    let mut found = Vec::new();
    let mut path = "dev-microservice/tags/list?n=40".to_owned();
    let mut pages = 0;
    loop {
        let response = dev.get(&path).await;
        let link = response.headers().get("link").map(|l| l.to_str().unwrap().to_owned());
        let page: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        found.extend(page["tags"].as_array().unwrap().iter().map(|t| t.as_str().unwrap().to_owned()));
        pages += 1;
        let Some(link) = link else { break };
        assert!(link.ends_with("; rel=\"next\""));
        path = link[1..link.find('>').unwrap()].to_owned();
        assert!(!path.contains("last=0"), "opaque: {path}");
    }
    found.sort();
    found.dedup();
    assert_eq!((found.len(), pages), (105, 3));
    let default: Value =
        serde_json::from_str(&dev.get("dev-microservice/tags/list").await.text().await.unwrap()).unwrap();
    assert_eq!(default["tags"].as_array().unwrap().len(), 100);
    let named = dev.get("dev-microservice/tags/list?last=099").await;
    assert!(named.text().await.unwrap().contains("\"100\""), "a tag as position works too");
    for n in ["1001", "0", "x", "-1"] {
        let (status, code, message) =
            error(dev.get(&format!("dev-microservice/tags/list?n={n}")).await).await;
        assert_eq!((status, code.as_str()), (405, "UNSUPPORTED"), "{n}");
        assert!(message.contains("maxResults"), "{message}");
    }
    let catalog = dev.get("_catalog").await.text().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&catalog).unwrap()["repositories"], json!(["dev-microservice"]));
}

#[tokio::test]
async fn nothing_is_deleted_over_http() {
    let (_fixture, dev) = start().await;
    let (_, digest) = dev.image("dev-microservice", "a", "42").await;
    let layer = crate::control_client::digest(b"layer of a");
    for path in [format!("manifests/{digest}"), "manifests/42".into(), format!("blobs/{layer}")] {
        let response = dev.send(Method::DELETE, &format!("dev-microservice/{path}"), "").await;
        assert_eq!(error(response).await.0, 405, "{path}");
    }
    assert_eq!(dev.get("dev-microservice/manifests/42").await.status(), 200);
}

fn referrer(subject: &str, artifact_type: &str) -> String {
    json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": artifact_type,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"), "size": 2},
        "layers": [{"mediaType": "text/plain", "digest": digest(b"{}"), "size": 2}],
        "subject": {"mediaType": OCI_MANIFEST, "digest": subject, "size": 1},
        "annotations": {"by": "someone"},
    })
    .to_string()
}

#[tokio::test]
async fn referrers_are_listed_by_subject_and_type() {
    let (_fixture, dev) = start().await;
    let (_, subject) = dev.image("dev-microservice", "a", "42").await;
    dev.blob("dev-microservice", b"{}").await;
    for artifact_type in ["application/spdx+json", "application/signature"] {
        let text = referrer(&subject, artifact_type);
        let response = dev.put("dev-microservice", &digest(text.as_bytes()), OCI_MANIFEST, &text).await;
        assert_eq!((response.status().as_u16(), header(&response, "oci-subject")), (201, subject.as_str()));
    }
    let list = |filter: &'static str| {
        let path = format!("dev-microservice/referrers/{subject}{filter}");
        let dev = &dev;
        async move {
            let response = dev.get(&path).await;
            assert_eq!(header(&response, "content-type"), OCI_INDEX);
            let filtered = response.headers().contains_key("oci-filters-applied");
            let index: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
            (index["manifests"].as_array().unwrap().clone(), filtered)
        }
    };
    let (all, filtered) = list("").await;
    assert_eq!((all.len(), filtered), (2, false));
    assert_eq!(all[0]["annotations"]["by"], "someone");
    let (some, filtered) = list("?artifactType=application/spdx+json").await;
    assert_eq!((some.len(), filtered), (1, true));
    assert_eq!(some[0]["artifactType"], "application/spdx+json");
    let nothing = dev.get(&format!("dev-microservice/referrers/{}", digest(b"unknown"))).await;
    assert_eq!(nothing.status(), 200, "an empty index");
}

#[tokio::test]
async fn switched_on_manifests_with_a_subject_are_refused() {
    let fixture = Fixture::with(Switches { referrers_refused: true, ..Switches::default() }).await;
    fixture.create("dev-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (_, subject) = dev.image("dev-microservice", "a", "42").await;
    dev.blob("dev-microservice", b"{}").await;
    let text = referrer(&subject, "application/signature");
    let response = dev.put("dev-microservice", &digest(text.as_bytes()), OCI_MANIFEST, &text).await;
    assert_eq!(error(response).await.0, 405);
}

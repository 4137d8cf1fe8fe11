//! Layers through the API, in parts.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::control_client::{Answer, DEV, Fixture, WEST, digest};

const NAME: &str = "dev-microservice";
const MIB: usize = 1024 * 1024;

async fn begin(fixture: &Fixture) -> String {
    let upload = fixture.call("InitiateLayerUpload", json!({ "repositoryName": NAME })).await.ok();
    assert_eq!(upload["partSize"], 10 * MIB);
    upload["uploadId"].as_str().unwrap().to_owned()
}

async fn part(fixture: &Fixture, id: &str, first: usize, content: &[u8]) -> Answer {
    let input = json!({
        "repositoryName": NAME, "uploadId": id, "partFirstByte": first,
        "partLastByte": first + content.len() - 1, "layerPartBlob": STANDARD.encode(content),
    });
    fixture.call("UploadLayerPart", input).await
}

async fn complete(fixture: &Fixture, id: &str, digest: &str) -> Answer {
    let input = json!({ "repositoryName": NAME, "uploadId": id, "layerDigests": [digest] });
    fixture.call("CompleteLayerUpload", input).await
}

async fn start() -> Fixture {
    let fixture = Fixture::start().await;
    fixture.create(NAME).await;
    fixture
}

#[tokio::test]
async fn a_layer_in_parts_survives_a_restart_and_can_be_downloaded() {
    let fixture = start().await;
    let content: Vec<u8> = (0..12 * MIB).map(|n| (n % 251) as u8).collect();
    let id = begin(&fixture).await;
    let first = part(&fixture, &id, 0, &content[..10 * MIB]).await.ok();
    assert_eq!(first["lastByteReceived"], 10 * MIB - 1);

    let fixture = fixture.restart().await;
    let second = part(&fixture, &id, 10 * MIB, &content[10 * MIB..]).await.ok();
    assert_eq!(second["lastByteReceived"], content.len() - 1);
    let done = complete(&fixture, &id, &digest(&content)).await.ok();
    assert_eq!(done["layerDigest"], digest(&content));

    let input =
        json!({ "repositoryName": NAME, "layerDigests": [digest(&content), digest(b"x"), "nonsense", ""] });
    let known = fixture.call("BatchCheckLayerAvailability", input).await.ok();
    assert_eq!(known["layers"][0]["layerAvailability"], "AVAILABLE");
    assert_eq!(known["layers"][0]["layerSize"], content.len());
    assert_eq!(known["layers"][1]["layerAvailability"], "UNAVAILABLE");
    assert_eq!(known["failures"][0]["failureCode"], "InvalidLayerDigest");
    assert_eq!(known["failures"][1]["failureCode"], "MissingLayerDigest");

    let input = json!({ "repositoryName": NAME, "layerDigest": digest(&content) });
    let alone = fixture.call("GetDownloadUrlForLayer", input.clone()).await;
    assert_eq!(alone.code(), "LayerInaccessibleException", "no image refers to it");
    let of = |kind: &str| json!({"mediaType": kind, "digest": digest(&content), "size": content.len()});
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": of("application/vnd.oci.image.config.v1+json"),
        "layers": [of("application/vnd.oci.image.layer.v1.tar")],
    });
    let put = json!({ "repositoryName": NAME, "imageManifest": manifest.to_string(), "imageTag": "1" });
    fixture.call("PutImage", put).await.ok();
    let answer = fixture.call("GetDownloadUrlForLayer", input).await.ok();
    let response = fixture.http.get(answer["downloadUrl"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.unwrap() == content);
    let input = json!({ "repositoryName": NAME, "layerDigest": digest(b"x") });
    assert_eq!(fixture.call("GetDownloadUrlForLayer", input).await.code(), "LayersNotFoundException");
}

#[tokio::test]
async fn parts_follow_each_other_without_gaps() {
    let fixture = start().await;
    let id = begin(&fixture).await;
    let body = |answer: &Answer| -> Value { answer.json() };
    let wrong = part(&fixture, &id, 5, b"0123456789").await;
    assert_eq!(body(&wrong)["lastValidByteReceived"], -1);
    assert_eq!(wrong.code(), "InvalidLayerPartException");
    part(&fixture, &id, 0, b"0123456789").await.ok();
    for first in [0, 9, 11] {
        let wrong = part(&fixture, &id, first, b"0123456789").await;
        let members = body(&wrong);
        assert_eq!(members["lastValidByteReceived"], 9, "{first}");
        assert_eq!(members["registryId"], DEV);
        assert_eq!(members["repositoryName"], NAME);
        assert_eq!(members["uploadId"], id);
        assert_eq!(wrong.code(), "InvalidLayerPartException");
    }
    let input = json!({
        "repositoryName": NAME, "uploadId": id, "partFirstByte": 10, "partLastByte": 30,
        "layerPartBlob": STANDARD.encode("0123456789"),
    });
    assert_eq!(fixture.call("UploadLayerPart", input).await.code(), "InvalidLayerPartException");
    part(&fixture, &id, 10, b"abc").await.ok();
}

#[tokio::test]
async fn every_part_but_the_last_has_five_mebibytes() {
    let fixture = start().await;
    let content = vec![7; 5 * MIB + 10];
    let id = begin(&fixture).await;
    part(&fixture, &id, 0, &content[..5 * MIB - 1]).await.ok();
    part(&fixture, &id, 5 * MIB - 1, &content[5 * MIB - 1..]).await.ok();
    let (code, message) = complete(&fixture, &id, &digest(&content)).await.error();
    assert_eq!(code, "LayerPartTooSmallException");
    assert_eq!(message, "All layer parts except the last part should be at least 5MB");

    let id = begin(&fixture).await;
    part(&fixture, &id, 0, &content[..5 * MIB]).await.ok();
    part(&fixture, &id, 5 * MIB, &content[5 * MIB..]).await.ok();
    complete(&fixture, &id, &digest(&content)).await.ok();
}

#[tokio::test]
async fn an_upload_completes_once_with_its_own_digest() {
    let fixture = start().await;
    let id = begin(&fixture).await;
    assert_eq!(complete(&fixture, &id, &digest(b"abc")).await.code(), "EmptyUploadException");
    part(&fixture, &id, 0, b"abc").await.ok();
    assert_eq!(complete(&fixture, &id, &digest(b"abd")).await.code(), "InvalidLayerException");
    let id = begin(&fixture).await;
    part(&fixture, &id, 0, b"abc").await.ok();
    complete(&fixture, &id, &digest(b"abc")).await.ok();
    assert_eq!(complete(&fixture, &id, &digest(b"abc")).await.code(), "UploadNotFoundException");

    let id = begin(&fixture).await;
    part(&fixture, &id, 0, b"abc").await.ok();
    assert_eq!(complete(&fixture, &id, &digest(b"abc")).await.code(), "LayerAlreadyExistsException");
    assert_eq!(complete(&fixture, "nonsense", &digest(b"abc")).await.code(), "InvalidParameterException");

    fixture.create("prod-microservice").await;
    let id = begin(&fixture).await;
    let input =
        json!({ "repositoryName": "prod-microservice", "uploadId": id, "layerDigests": [digest(b"abc")] });
    assert_eq!(fixture.call("CompleteLayerUpload", input).await.code(), "UploadNotFoundException");

    let id = longshore_names::RegistryId::new(DEV.parse().unwrap(), WEST.parse().unwrap());
    let counters = fixture.sandbox.counters()[&id];
    assert_eq!((counters.blob_uploads, counters.blob_bytes_received), (1, 9));
}

//! Signatures and SBOMs go along, from the tag schema of a registry without the referrers API.

use bytes::Bytes;
use futures::StreamExt;
use longshore_names::{Algorithm, Digest, RepositoryName};
use longshore_registry::{
    Descriptor, HostOptions, HttpRegistry, Manifest, Sink, Source, TagOrDigest, digest_of,
};
use longshore_tests::aws::Served;
use serde_json::json;

use super::world::World;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn registry(host: &str) -> HttpRegistry {
    HttpRegistry::connect(host, HostOptions::default()).unwrap()
}

async fn blob(registry: &HttpRegistry, name: &RepositoryName, media_type: &str, bytes: &[u8]) -> Descriptor {
    let descriptor = Descriptor {
        media_type: media_type.into(),
        digest: digest_of(Algorithm::Sha256, bytes),
        size: bytes.len() as u64,
    };
    let body = futures::stream::iter([Ok(Bytes::copy_from_slice(bytes))]).boxed();
    registry.push_blob(name, &descriptor, body).await.unwrap();
    descriptor
}

/// Attaches an artifact to what a tag or digest points at.
async fn attach(host: &str, repository: &str, reference: &str, artifact_type: &str) -> Digest {
    let (registry, name) = (registry(host), repository.parse().unwrap());
    let reference: TagOrDigest = reference.parse().unwrap();
    let subject = registry.resolve(&name, &reference).await.unwrap().unwrap();
    let config = blob(&registry, &name, "application/vnd.oci.empty.v1+json", b"{}").await;
    let layer =
        blob(&registry, &name, artifact_type, format!("{artifact_type} of {reference}").as_bytes()).await;
    let document = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": artifact_type,
        "config": config, "layers": [layer], "subject": subject,
    });
    let bytes = Bytes::from(document.to_string());
    let manifest =
        Manifest { media_type: MANIFEST.into(), digest: digest_of(Algorithm::Sha256, &bytes), bytes };
    registry.push_manifest(&name, &manifest, None).await.unwrap();
    registry.link_referrer(&name, &subject.digest, &manifest).await.unwrap();
    manifest.digest
}

async fn referrers(host: &str, repository: &str, subject: &str) -> Vec<String> {
    let found =
        registry(host).referrers(&repository.parse().unwrap(), &subject.parse().unwrap()).await.unwrap();
    let mut digests: Vec<String> = found.into_iter().map(|found| found.digest.to_string()).collect();
    digests.sort();
    digests
}

#[tokio::test]
async fn an_index_takes_its_referrers_along_into_both_kinds_of_registries() {
    longshore_tests::tls();
    let world = World::new();
    let (index, images) = world.push_index(&world.source("app"), "1");
    let sbom = attach(&world.from.host, "app", "1", "application/spdx+json").await;
    let signature = attach(&world.from.host, "app", "1", "application/vnd.example.signature").await;
    let of_child = attach(&world.from.host, "app", &images[0], "application/spdx+json").await;
    let of_sbom = attach(&world.from.host, "app", sbom.as_str(), "application/vnd.example.signature").await;

    let (source, to) = (world.source("app:1"), world.destination("mirror"));
    world.longshore.summary(&["copy", &source, &to, "--referrers", "--json"]);
    assert_eq!(world.skopeo.digest(&format!("{to}:1")), index);
    let mut expected = [sbom.to_string(), signature.to_string()];
    expected.sort();
    assert_eq!(referrers(&world.to.host, "mirror", &index).await, expected);
    assert_eq!(referrers(&world.to.host, "mirror", &images[0]).await, [of_child.to_string()]);
    assert_eq!(referrers(&world.to.host, "mirror", sbom.as_str()).await, [of_sbom.to_string()]);
    world.longshore.summary(&["verify", &format!("{to}:1"), "--referrers", "--deep", "--json"]);

    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let state = state.display().to_string();
    let host = sandbox.host("111122223333", "us-west-2");
    let ecr = format!("{host}/mirror");
    world.longshore.summary(&["copy", &source, &ecr, "--referrers", "--json", "--state", &state]);
    world.skopeo.login(&host, &sandbox.aws("111122223333", "us-west-2").login_password());
    assert_eq!(world.skopeo.digest(&format!("{ecr}:1")), index);
    for digest in [&sbom, &signature, &of_child, &of_sbom] {
        let known = format!("--image-ids=imageDigest={digest}");
        let aws = sandbox.aws("111122223333", "us-west-2");
        let found = aws.ecr(&["batch-get-image", "--repository-name=mirror", &known]);
        assert_eq!(found["images"].as_array().unwrap().len(), 1, "{digest} is not there: {found}");
    }
}

#[tokio::test]
async fn a_registry_that_refuses_referrers_keeps_an_image_from_being_complete() {
    longshore_tests::tls();
    let world = World::new();
    world.push(&world.source("app"), "1");
    attach(&world.from.host, "app", "1", "application/spdx+json").await;
    let state = world.path("state");
    let sandbox = Served::with(&state, "0ms", &["referrers-refused"]);
    let state = state.display().to_string();
    let to = format!("{}/app", sandbox.host("111122223333", "us-west-2"));
    let source = world.source("app:1");
    let said = world.longshore.say(&["copy", &source, &to, "--referrers", "--json", "--state", &state]);
    assert_eq!(said.code, Some(1), "{}{}", said.text, said.error);
    assert_eq!(said.summary()["images"][0]["error"]["side"], "destination");
    let without = world.longshore.summary(&["copy", &source, &to, "--json", "--state", &state]);
    assert_eq!(without["failed"], 0);
}

//! Signatures and SBOMs are copied too, from the tag schema of a registry without the referrers
//! API.

use longshore_names::Digest;
use longshore_registry::{HostOptions, HttpRegistry, Sink, Source, TagOrDigest};
use longshore_testkit::push::{blob, manifest, name, put};
use longshore_tests::aws::Served;
use serde_json::json;

use super::world::{World, documented};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn registry(host: &str) -> HttpRegistry {
    HttpRegistry::connect(host, HostOptions::default()).unwrap()
}

/// Attaches an artifact to the target of a tag or digest.
pub(crate) async fn attach(host: &str, repository: &str, reference: &str, artifact_type: &str) -> Digest {
    let registry = registry(host);
    let reference: TagOrDigest = reference.parse().unwrap();
    let subject = registry.resolve(&name(repository), &reference).await.unwrap().unwrap();
    let config = blob(&registry, repository, "application/vnd.oci.empty.v1+json", b"{}").await;
    let content = format!("{artifact_type} of {reference}");
    let layer = blob(&registry, repository, artifact_type, content.as_bytes()).await;
    let document = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": artifact_type,
        "config": config, "layers": [layer], "subject": subject,
    });
    let artifact = manifest(MANIFEST, &document);
    put(&registry, repository, None, &artifact).await;
    registry.link_referrer(&name(repository), &subject.digest, &artifact).await.unwrap();
    artifact.digest
}

pub(super) async fn referrers(host: &str, repository: &str, subject: &str) -> Vec<String> {
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
        assert_eq!(found["images"].as_array().unwrap().len(), 1, "{digest} is missing: {found}");
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

#[tokio::test]
async fn a_rule_whose_signatures_could_not_be_attached_does_not_exit_0() {
    longshore_tests::tls();
    let world = World::new();
    let digest = world.push(&world.source("app"), "1");
    attach(&world.from.host, "app", "1", "application/spdx+json").await;
    // Another tool's image has the tag under which the destination lists the image's referrers.
    world.push(&world.destination("app"), &digest.replace(':', "-"));
    let rules = world.rules(
        "
version: 1
rules:
  - name: signed
    source:
      registry: FROM
      repositories:
        - exact: app
      tags:
        include:
          - exact: '1'
      referrers: with
    destinations:
      - registry: TO
",
    );
    let said = world.longshore.say(&["sync", &rules, "--json"]);
    assert_eq!(said.code, Some(3), "{}{}", said.text, said.error);
    documented("sync", &said);
    let summary = said.summary();
    assert_eq!((&summary["copied"], &summary["not_linked"]), (&json!(1), &json!(1)));
    assert_eq!(summary["runs"][0]["end"], "incomplete");
    let said = world.longshore.say(&["sync", &rules]);
    assert_eq!(said.code, Some(3), "{}{}", said.text, said.error);
    assert!(said.error.contains("1 signature, SBOM or attestation could not be copied"), "{}", said.error);
    let run = summary["runs"][0]["run"].as_str().unwrap();
    let shown = world.longshore.say(&["runs", "list"]);
    assert!(
        shown.text.lines().any(|line| line.contains(run) && line.contains("(1 not linked)")),
        "{}",
        shown.text
    );
    let to = world.destination("app");
    let copied = world.longshore.say(&["copy", &world.source("app:1"), &to, "--referrers", "--json"]);
    documented("copy", &copied);
    assert_eq!((copied.code, &copied.summary()["not_linked"]), (Some(3), &json!(1)));
}

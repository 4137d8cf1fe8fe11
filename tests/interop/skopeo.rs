//! skopeo with the sandbox: images and indexes, OCI and Docker.

use longshore_tests::{
    aws::{Aws, Served},
    image::{self, Layout},
    skopeo::Skopeo,
};
use serde_json::json;
use tempfile::TempDir;

const DEV: &str = "111122223333";
const PROD: &str = "444455556666";
const REGION: &str = "us-west-2";

struct Bench {
    directory: TempDir,
    skopeo: Skopeo,
    host: String,
    dev: Aws,
    sandbox: Served,
}

fn bench() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Served::new(&directory.path().join("state"), "0ms");
    let host = sandbox.host(DEV, REGION);
    let dev = sandbox.aws(DEV, REGION);
    let skopeo = Skopeo::new(directory.path());
    skopeo.login(&host, &dev.login_password());
    dev.ecr(&["create-repository", "--repository-name=team/service"]);
    Bench { directory, skopeo, host, dev, sandbox }
}

impl Bench {
    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn reference(&self, tag: &str) -> String {
        format!("docker://{}/team/service:{tag}", self.host)
    }
}

#[test]
fn an_image_goes_in_and_comes_out_with_the_same_digest() {
    let bench = bench();
    let pushed = image::simple(&bench.directory.path().join("in"));
    bench.skopeo.copy(&format!("oci:{}:42", bench.path("in")), &bench.reference("42"));
    bench.skopeo.copy(&bench.reference("42"), &format!("oci:{}:42", bench.path("out")));
    let index = std::fs::read(bench.directory.path().join("out/index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(index["manifests"][0]["digest"], pushed);
}

#[test]
fn an_index_keeps_its_digest_and_its_platforms() {
    let bench = bench();
    let directory = bench.directory.path().join("in");
    let mut layout = Layout::new(&directory);
    let images = [
        layout.image("amd64", &[b"shared", b"amd"], json!({})),
        layout.image("arm64", &[b"shared", b"arm"], json!({})),
    ];
    let index = layout.index(&images);
    let pushed = index["digest"].as_str().unwrap().to_owned();
    layout.tag(index, "7");
    bench.skopeo.copy(&format!("oci:{}:7", directory.display()), &bench.reference("7"));
    assert_eq!(bench.skopeo.digest(&format!("{}/team/service:7", bench.host)), pushed);

    let answer = bench.dev.ecr(&["describe-images", "--repository-name=team/service"]);
    let images = answer["imageDetails"].as_array().unwrap();
    assert_eq!(images.len(), 3, "the index and its two images");
    let tagged = images.iter().find(|image| image["imageTags"] == json!(["7"])).unwrap();
    assert_eq!(tagged["imageDigest"], pushed);
}

#[test]
fn a_docker_schema_2_image_keeps_its_media_type() {
    let bench = bench();
    image::simple(&bench.directory.path().join("in"));
    let docker = format!("dir:{}", bench.path("docker"));
    // skopeo converts to Docker's schema 2 for this kind of destination.
    bench.skopeo.copy_as("v2s2", &format!("oci:{}:42", bench.path("in")), &docker);
    bench.skopeo.copy(&docker, &bench.reference("docker"));
    let answer = bench.dev.ecr(&["describe-images", "--repository-name=team/service"]);
    let media_type = &answer["imageDetails"][0]["imageManifestMediaType"];
    assert_eq!(media_type, "application/vnd.docker.distribution.manifest.v2+json");
}

#[test]
fn pushing_to_a_repository_that_does_not_exist_is_refused_with_its_name() {
    let bench = bench();
    image::simple(&bench.directory.path().join("in"));
    let destination = format!("docker://{}/nothing/here:1", bench.host);
    let said = bench.skopeo.copy_refused(&format!("oci:{}:42", bench.path("in")), &destination);
    assert!(said.contains("nothing/here") && said.contains("does not exist"), "{said}");
}

#[test]
fn another_account_pulls_with_a_repository_policy_and_not_without() {
    let bench = bench();
    image::simple(&bench.directory.path().join("in"));
    bench.skopeo.copy(&format!("oci:{}:42", bench.path("in")), &bench.reference("42"));
    bench.skopeo.login(&bench.host, &bench.sandbox.aws(PROD, REGION).login_password());
    let refused = || {
        let said =
            bench.skopeo.copy_refused(&bench.reference("42"), &format!("oci:{}:42", bench.path("none")));
        assert!(said.contains("not authorized to perform: ecr:BatchGetImage"), "{said}");
    };
    refused();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "CrossAccountPull", "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{PROD}:root")},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}]});
    let repository = "--repository-name=team/service";
    bench.dev.ecr(&["set-repository-policy", repository, "--policy-text", &policy.to_string()]);
    bench.skopeo.copy(&bench.reference("42"), &format!("oci:{}:42", bench.path("out")));
    bench.dev.ecr(&["delete-repository-policy", repository]);
    refused();
}

#[test]
fn an_immutable_tag_is_refused() {
    let bench = bench();
    image::simple(&bench.directory.path().join("in"));
    let source = format!("oci:{}:42", bench.path("in"));
    bench.skopeo.copy(&source, &bench.reference("1"));
    bench.dev.ecr(&[
        "put-image-tag-mutability",
        "--repository-name=team/service",
        "--image-tag-mutability=IMMUTABLE",
    ]);
    let other = bench.directory.path().join("other");
    let mut layout = Layout::new(&other);
    let image = layout.image("amd64", &[b"other"], json!({}));
    layout.tag(image, "1");
    let said = bench.skopeo.copy_refused(&format!("oci:{}:1", other.display()), &bench.reference("1"));
    assert!(said.contains("immutable"), "{said}");
}

#[test]
fn deleting_a_repository_with_images_is_refused() {
    let bench = bench();
    image::simple(&bench.directory.path().join("in"));
    bench.skopeo.copy(&format!("oci:{}:42", bench.path("in")), &bench.reference("1"));
    let said = bench.dev.ecr_refused(&["delete-repository", "--repository-name=team/service"]);
    assert!(said.contains("RepositoryNotEmptyException"), "{said}");
    bench.dev.ecr(&["delete-repository", "--repository-name=team/service", "--force"]);
}

//! Against Debian's docker-registry, a program that we did not write.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use longshore_names::{Algorithm, Tag};
use longshore_registry::{
    Ability, Backoff, Error, HttpRegistry, Sink, Source, TagOrDigest, digest_of, media_types, open_verified,
};
use support::{blob, body, connect, image, manifest, read, repository};

/// A registry with a folder of its own; ends with the value.
struct DockerRegistry {
    process: Child,
    name: String,
    _folder: tempfile::TempDir,
}

impl DockerRegistry {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let name = format!("127.0.0.1:{port}");
        let config = format!(
            "version: 0.1\nlog: {{level: info, formatter: text}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\n  delete: {{enabled: true}}\nhttp: {{addr: '{name}'}}\n",
            folder.path().join("data").display()
        );
        let path = folder.path().join("config.yml");
        std::fs::write(&path, config).unwrap();
        let mut process = Command::new("/usr/bin/docker-registry")
            .arg("serve")
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("docker-registry is installed by the set-up");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains("listening on"));
        assert!(ready, "docker-registry did not start on {name}");
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { process, name, _folder: folder }
    }

    fn client(&self) -> HttpRegistry {
        connect(&self.name)
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

#[tokio::test]
async fn an_image_pushed_is_the_image_pulled() {
    let server = DockerRegistry::start();
    let registry = server.client();
    let repo = repository("team/service");
    let (config, layer) = (b"{}".as_slice(), vec![42_u8; 3_000_000]);
    let (config_blob, layer_blob) = (blob(config), blob(&layer));
    registry.push_blob(&repo, &config_blob, body(config)).await.unwrap();
    registry.push_blob(&repo, &layer_blob, body(&layer)).await.unwrap();
    let pushed = image(&config_blob, std::slice::from_ref(&layer_blob));
    registry.push_manifest(&repo, &pushed, Some(&tag("42"))).await.unwrap();

    let there = registry.resolve(&repo, &TagOrDigest::Tag(tag("42"))).await.unwrap().unwrap();
    assert_eq!(there, pushed.descriptor());
    assert_eq!(registry.manifest(&repo, &there.digest).await.unwrap(), pushed);
    let source: std::sync::Arc<dyn Source> = std::sync::Arc::new(registry.clone());
    let stream = open_verified(source, &repo, &layer_blob, Backoff::default());
    assert_eq!(read(stream).await.unwrap(), layer);
    let tail = read(registry.blob(&repo, &layer_blob, 2_999_990).await.unwrap()).await.unwrap();
    assert_eq!(tail, [42; 10]);

    let stats = registry.stats();
    assert!(stats.bytes_up >= 3_000_002 && stats.bytes_down >= 3_000_010, "{stats:?}");
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_so() {
    let server = DockerRegistry::start();
    let registry = server.client();
    let repo = repository("team/none");
    assert_eq!(registry.resolve(&repo, &TagOrDigest::Tag(tag("1"))).await.unwrap(), None);
    assert!(matches!(registry.tags(&repo).await, Err(Error::RepositoryNotFound { .. })));
    let missing = blob(b"never pushed");
    assert!(registry.exists_many(&repo, std::slice::from_ref(&missing.digest)).await.unwrap().is_empty());
    assert!(matches!(
        registry.manifest(&repo, &missing.digest).await,
        Err(Error::NotFound { .. } | Error::RepositoryNotFound { .. })
    ));
    let orphan = image(&missing, &[]);
    let error = registry.push_manifest(&repo, &orphan, Some(&tag("1"))).await.unwrap_err();
    assert!(matches!(error, Error::ReferencedContentMissing { .. }), "{error:?}");
}

#[tokio::test]
async fn blobs_are_mounted_without_moving_bytes() {
    let server = DockerRegistry::start();
    let registry = server.client();
    let (from, to) = (repository("team/from"), repository("team/to"));
    let layer = vec![1_u8; 500_000];
    let descriptor = blob(&layer);
    registry.push_blob(&from, &descriptor, body(&layer)).await.unwrap();
    let before = registry.stats().bytes_up;
    assert!(registry.mount(&to, &descriptor.digest, &from).await.unwrap());
    assert_eq!(registry.stats().bytes_up, before);
    let asked = [descriptor.digest.clone(), blob(b"other").digest];
    assert_eq!(registry.exists_many(&to, &asked).await.unwrap(), HashSet::from([descriptor.digest]));
    assert!(!registry.mount(&to, &blob(b"other").digest, &from).await.unwrap());
    assert_eq!(registry.host().profile().mount, Ability::No);
}

#[tokio::test]
async fn wrong_bytes_are_never_stored() {
    let server = DockerRegistry::start();
    let registry = server.client();
    let repo = repository("team/service");
    let right = vec![7_u8; 400_000];
    let mut wrong = right.clone();
    wrong[399_999] = 8;
    let descriptor = blob(&right);
    let stream = longshore_registry::VerifiedStream::new(body(&wrong), "source", &descriptor);
    let error = registry.push_blob(&repo, &descriptor, Box::pin(stream)).await.unwrap_err();
    assert!(matches!(&error, Error::DigestMismatch { registry, .. } if registry == "source"), "{error:?}");
    assert!(registry.exists_many(&repo, &[descriptor.digest]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_hundred_tags_and_an_index_are_listed() {
    let server = DockerRegistry::start();
    let registry = server.client();
    let repo = repository("team/many");
    let config = blob(b"{}");
    registry.push_blob(&repo, &config, body(b"{}")).await.unwrap();
    let child = image(&config, &[]);
    registry.push_manifest(&repo, &child, None).await.unwrap();
    let mut entry = serde_json::to_value(child.descriptor()).unwrap();
    entry["platform"] = serde_json::json!({"os": "linux", "architecture": "amd64"});
    let index = manifest(
        media_types::OCI_INDEX,
        &serde_json::json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [entry]}),
    );
    let mut expected = Vec::new();
    for n in 0..100 {
        registry.push_manifest(&repo, &index, Some(&tag(&format!("1.{n}")))).await.unwrap();
        expected.push(tag(&format!("1.{n}")));
    }
    let mut tags = registry.tags(&repo).await.unwrap();
    tags.sort();
    expected.sort();
    assert_eq!(tags, expected);
    let there = registry.resolve(&repo, &TagOrDigest::Tag(tag("1.7"))).await.unwrap().unwrap();
    assert_eq!(there.media_type, media_types::OCI_INDEX);
}

#[tokio::test]
async fn referrers_are_found_by_the_older_tag_where_the_api_is_unknown() {
    let server = DockerRegistry::start();
    let registry = server.client();
    let repo = repository("team/signed");
    let config = blob(b"{}");
    registry.push_blob(&repo, &config, body(b"{}")).await.unwrap();
    let subject = image(&config, &[]);
    registry.push_manifest(&repo, &subject, Some(&tag("1"))).await.unwrap();
    assert_eq!(registry.referrers(&repo, &subject.digest).await.unwrap(), []);

    let mut document: serde_json::Value = serde_json::from_slice(&subject.bytes).unwrap();
    document["subject"] = serde_json::to_value(subject.descriptor()).unwrap();
    let signature = manifest(media_types::OCI_MANIFEST, &document);
    registry.push_manifest(&repo, &signature, None).await.unwrap();
    let index = manifest(
        media_types::OCI_INDEX,
        &serde_json::json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [signature.descriptor()]}),
    );
    let fallback = tag(&subject.digest.to_string().replace(':', "-"));
    registry.push_manifest(&repo, &index, Some(&fallback)).await.unwrap();
    assert_eq!(registry.referrers(&repo, &subject.digest).await.unwrap(), [signature.descriptor()]);
    assert_eq!(registry.host().profile().referrers, Ability::No);
}

#[tokio::test]
async fn an_empty_blob_is_pushed() {
    let server = DockerRegistry::start();
    let registry = server.client();
    let repo = repository("team/empty");
    let empty = blob(b"");
    assert_eq!(empty.digest, digest_of(Algorithm::Sha256, b""));
    registry.push_blob(&repo, &empty, body(b"")).await.unwrap();
    assert_eq!(read(registry.blob(&repo, &empty, 0).await.unwrap()).await.unwrap(), b"");
}

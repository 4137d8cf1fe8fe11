//! Directories in OCI image layout, ours and skopeo's.

use std::{fs, path::Path, sync::Arc};

use longshore_names::{Algorithm, RepositoryName, Tag};
use longshore_registry::{
    Error, Manifest, OciLayout, RegistryErrorKind, RepositoryState, Sink, Source, TagOrDigest, Tagged,
    Untagged, digest_of, media_types,
};
use longshore_testkit::DockerRegistry;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    skopeo::{at, skopeo, skopeo_copy},
    support::{blob, body, connect, copy, image, layer, manifest, read, referrer, repository, runnable, tag},
};

fn any() -> RepositoryName {
    repository("unnamed")
}

fn by(text: &str) -> TagOrDigest {
    text.parse().unwrap()
}

fn folder() -> (TempDir, OciLayout) {
    let folder = tempfile::tempdir().unwrap();
    let layout = OciLayout::create(&folder.path().join("images")).unwrap();
    (folder, layout)
}

async fn push(layout: &OciLayout, label: &str, at: Option<&Tag>) -> Manifest {
    let (manifest, blobs) = runnable(&[layer("shared", b"of all"), layer(label, label.as_bytes())], label);
    for (descriptor, content) in &blobs {
        layout.push_blob(&any(), descriptor, body(content)).await.unwrap();
    }
    layout.push_manifest(&any(), &manifest, at).await.unwrap();
    manifest
}

fn index(layout: &OciLayout) -> Value {
    serde_json::from_slice(&fs::read(layout.path().join("index.json")).unwrap()).unwrap()
}

fn index_of(children: &[&Manifest]) -> Manifest {
    let entries: Vec<Value> = children
        .iter()
        .enumerate()
        .map(|(n, child)| {
            let mut entry = json!(child.descriptor());
            let architecture = ["amd64", "arm64"][n % 2];
            entry["platform"] = json!({"os": "linux", "architecture": architecture});
            entry
        })
        .collect();
    let document = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": entries});
    manifest(media_types::OCI_INDEX, &document)
}

/// Every file below a directory.
fn files(below: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path.display().to_string()) }
    }
    found
}

#[tokio::test]
async fn an_image_written_is_the_image_read() {
    let (_folder, layout) = folder();
    assert!(!layout.path().exists(), "nothing is written before it has to be");
    assert_eq!(layout.state(&any()).await.unwrap(), RepositoryState::Absent);
    assert!(matches!(
        layout.tags(&any()).await,
        Err(Error { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. })
    ));
    assert!(layout.ensure_repository(&any()).await.unwrap());
    assert!(!layout.ensure_repository(&any()).await.unwrap());
    let pushed = push(&layout, "one", Some(&tag("1"))).await;

    let again: Arc<dyn Source> = Arc::new(OciLayout::open(layout.path()).unwrap());
    assert_eq!(again.name(), format!("oci:{}", layout.path().display()));
    assert_eq!(again.tags(&any()).await.unwrap(), [tag("1")]);
    assert_eq!(again.resolve(&any(), &by("1")).await.unwrap(), Some(pushed.descriptor()));
    assert_eq!(again.resolve(&any(), &by("2")).await.unwrap(), None);
    assert_eq!(again.fetch(&repository("other"), &by("1")).await.unwrap(), Some(pushed.clone()));
    assert_eq!(again.manifest(&any(), &pushed.digest).await.unwrap(), pushed);
    let descriptor =
        &longshore_registry::ManifestView::parse(&pushed.media_type, &pushed.bytes).unwrap().blobs()[1];
    let tail = read(again.blob(&any(), descriptor, descriptor.size - 4).await.unwrap()).await.unwrap();
    assert_eq!(tail, [0; 4]);
    let config = by(descriptor.digest.as_str());
    assert_eq!(again.resolve(&any(), &config).await.unwrap(), None, "a layer is not a manifest");
    assert_eq!(fs::read(layout.path().join("oci-layout")).unwrap(), br#"{"imageLayoutVersion":"1.0.0"}"#);
    assert_eq!(layout.exists_many(&any(), &[blob(b"none").digest]).await.unwrap().len(), 0);
    let sizes = again.blob_sizes(&any(), &[descriptor.clone(), blob(b"none")]).await.unwrap();
    assert_eq!(sizes, [(descriptor.digest.clone(), descriptor.size)].into());
    assert!(layout.mount(&any(), &descriptor.digest, &repository("other")).await.unwrap());
}

#[tokio::test]
async fn a_tag_moves_and_is_deleted() {
    let (_folder, layout) = folder();
    let first = push(&layout, "one", Some(&tag("1"))).await;
    push(&layout, "one", Some(&tag("stable"))).await;
    let second = push(&layout, "two", Some(&tag("1"))).await;
    assert_eq!(layout.resolve(&any(), &by("1")).await.unwrap(), Some(second.descriptor()));
    assert_eq!(layout.resolve(&any(), &by("stable")).await.unwrap(), Some(first.descriptor()));
    assert_eq!(index(&layout)["manifests"].as_array().unwrap().len(), 2);
    assert!(layout.delete(&any(), &by("1")).await.unwrap());
    assert!(!layout.delete(&any(), &by("1")).await.unwrap());
    assert!(layout.delete(&any(), &by(first.digest.as_str())).await.unwrap());
    assert_eq!(layout.tags(&any()).await.unwrap(), []);
    assert_eq!(layout.resolve(&any(), &by(first.digest.as_str())).await.unwrap(), None);
    assert!(!layout.delete(&any(), &by(first.digest.as_str())).await.unwrap());
}

#[tokio::test]
async fn a_tag_that_another_process_puts_at_the_same_moment_is_not_moved() {
    let (_folder, layout) = folder();
    let first = push(&layout, "one", None).await;
    let images: Vec<Manifest> =
        vec![push(&layout, "two", None).await, push(&layout, "three", None).await, first];
    // Each has its own view of the layout, as processes have.
    let name = tag("1");
    for round in 0..40 {
        let layouts: Vec<OciLayout> =
            images.iter().map(|_| OciLayout::create(layout.path()).unwrap()).collect();
        let puts = layouts.iter().zip(&images).map(|(layout, image)| {
            let name = &name;
            async move { layout.push_tag(&any(), image, name, None).await }
        });
        let ended = futures::future::join_all(puts).await;
        let put: Vec<usize> = (0..images.len()).filter(|at| ended[*at].is_ok()).collect();
        assert_eq!(put.len(), 1, "round {round}: {ended:?}");
        let there = layout.resolve(&any(), &by("1")).await.unwrap().unwrap().digest;
        assert_eq!(there, images[put[0]].digest, "what was acknowledged stays");
        let others = images.iter().filter(|image| image.digest != there);
        for other in others {
            let moved = layout.delete_tag(&any(), &name, &other.digest).await.unwrap();
            assert_eq!(moved, Untagged::Moved);
        }
        assert_eq!(layout.delete_tag(&any(), &name, &there).await.unwrap(), Untagged::Removed);
        assert_eq!(layout.delete_tag(&any(), &name, &there).await.unwrap(), Untagged::Gone);
    }
}

#[tokio::test]
async fn a_tag_whose_manifest_is_missing_is_taken_and_gets_its_own_image_again() {
    let (_folder, layout) = folder();
    let (lost, other) = (push(&layout, "one", Some(&tag("1"))).await, push(&layout, "two", None).await);
    fs::remove_file(layout.path().join("blobs/sha256").join(lost.digest.hex())).unwrap();
    let error = layout.push_tag(&any(), &other, &tag("1"), None).await.unwrap_err();
    assert!(
        matches!(&error, Error { kind: RegistryErrorKind::TagTaken { existing, .. }, .. } if *existing == lost.digest),
        "{error:?}"
    );
    assert_eq!(layout.push_tag(&any(), &lost, &tag("1"), None).await.unwrap(), Tagged::Put);
    assert_eq!(layout.resolve(&any(), &by("1")).await.unwrap().unwrap().digest, lost.digest);
}

#[tokio::test]
async fn what_has_no_tag_is_found_and_a_child_through_its_parent() {
    let (_folder, layout) = folder();
    let (amd, arm) = (push(&layout, "amd", None).await, push(&layout, "arm", None).await);
    assert_eq!(index(&layout)["manifests"].as_array().unwrap().len(), 2);
    let parent = index_of(&[&amd, &arm]);
    layout.push_manifest(&any(), &parent, Some(&tag("1"))).await.unwrap();
    assert_eq!(index(&layout)["manifests"].as_array().unwrap().len(), 1);
    // A resumed run pushes it again; its parent is there already.
    push(&layout, "amd", None).await;
    assert_eq!(index(&layout)["manifests"].as_array().unwrap().len(), 1);

    let config = blob(b"{}");
    layout.push_blob(&any(), &config, body(b"{}")).await.unwrap();
    for (subject, name) in [(&parent, "of the index"), (&amd, "of a child")] {
        let sbom = referrer(&config, subject, name);
        layout.push_manifest(&any(), &sbom, None).await.unwrap();
        layout.link_referrer(&any(), &subject.digest, &sbom).await.unwrap();
        assert_eq!(layout.referrers(&any(), &subject.digest).await.unwrap(), [sbom.descriptor()]);
        // A second reader, which walks the files.
        let reader = OciLayout::open(layout.path()).unwrap();
        assert_eq!(reader.referrers(&any(), &subject.digest).await.unwrap(), [sbom.descriptor()]);
    }
    assert_eq!(layout.referrers(&any(), &arm.digest).await.unwrap(), []);
    // Deleting a child by its digest takes nothing from its parent.
    assert!(!layout.delete(&any(), &by(amd.digest.as_str())).await.unwrap());
    assert!(layout.resolve(&any(), &by(amd.digest.as_str())).await.unwrap().is_some());
}

#[tokio::test]
async fn two_programs_at_once_lose_no_entry() {
    let (_folder, one) = folder();
    let two = OciLayout::create(one.path()).unwrap();
    let pushes = (0..60).map(|n| {
        let layout = if n % 2 == 0 { &one } else { &two };
        async move { push(layout, &format!("image {n}"), Some(&tag(&format!("1.{n}")))).await }
    });
    futures::future::join_all(pushes).await;
    for layout in [&one, &two, &OciLayout::open(one.path()).unwrap()] {
        assert_eq!(layout.tags(&any()).await.unwrap().len(), 60);
    }
    let left: Vec<_> = files(one.path()).into_iter().filter(|name| name.ends_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn wrong_bytes_and_half_images_are_never_written() {
    let (_folder, layout) = folder();
    let right = vec![7_u8; 700_000];
    let mut wrong = right.clone();
    wrong[699_999] = 8;
    let descriptor = blob(&right);
    for (bytes, code) in [(&wrong[..], "digest-mismatch"), (&right[..10], "size-mismatch")] {
        let error = layout.push_blob(&any(), &descriptor, body(bytes)).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    let longer = [&right[..], b"!"].concat();
    let error = layout.push_blob(&any(), &descriptor, body(&longer)).await.unwrap_err();
    assert_eq!(error.code(), "size-mismatch");
    let half = image(&blob(b"{}"), &[descriptor]);
    let error = layout.push_manifest(&any(), &half, Some(&tag("1"))).await.unwrap_err();
    assert!(
        matches!(error, Error { kind: RegistryErrorKind::ReferencedContentMissing { .. }, .. }),
        "{error:?}"
    );
    let names = files(layout.path());
    assert!(names.iter().all(|name| !name.contains("/blobs/")), "{names:?}");
    assert_eq!(layout.tags(&any()).await.unwrap(), []);
}

#[tokio::test]
async fn sha512_has_a_folder_of_its_own() {
    let (_folder, layout) = folder();
    let content = vec![9_u8; 1000];
    let digest = digest_of(Algorithm::Sha512, &content);
    let descriptor = longshore_registry::Descriptor { digest: digest.clone(), ..blob(&content) };
    layout.push_blob(&any(), &descriptor, body(&content)).await.unwrap();
    assert!(layout.path().join("blobs/sha512").join(digest.hex()).is_file());
    assert_eq!(read(layout.blob(&any(), &descriptor, 0).await.unwrap()).await.unwrap(), content);
}

#[tokio::test]
async fn a_hostile_layout_leads_nowhere() {
    let (folder, layout) = folder();
    let pushed = push(&layout, "one", Some(&tag("1"))).await;
    let blobs = layout.path().join("blobs/sha256");
    fs::write(folder.path().join("secret"), "secret").unwrap();
    let stolen = blob(b"secret");
    std::os::unix::fs::symlink("../../../secret", blobs.join(stolen.digest.hex())).unwrap();
    let error = layout.blob(&any(), &stolen, 0).await.err().unwrap();
    assert!(error.to_string().contains("leads out"), "{error}");
    // A directory in place of a file, a wrong size, wrong bytes, nothing.
    let odd = blob(b"odd");
    fs::create_dir(blobs.join(odd.digest.hex())).unwrap();
    assert!(matches!(
        layout.blob(&any(), &odd, 0).await,
        Err(Error { kind: RegistryErrorKind::Local { .. }, .. })
    ));
    let short = blob(b"four");
    fs::write(blobs.join(short.digest.hex()), "fou").unwrap();
    assert!(matches!(
        layout.blob(&any(), &short, 0).await,
        Err(Error { kind: RegistryErrorKind::SizeMismatch { actual: 3, .. }, .. })
    ));
    let missing = layout.blob(&any(), &blob(b"missing"), 0).await;
    assert!(matches!(missing, Err(Error { kind: RegistryErrorKind::NotFound { .. }, .. })));
    let mut bytes = pushed.bytes.to_vec();
    bytes[0] = b' ';
    fs::write(blobs.join(pushed.digest.hex()), &bytes).unwrap();
    assert!(matches!(
        layout.fetch(&any(), &by("1")).await,
        Err(Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. })
    ));
    fs::write(blobs.join(pushed.digest.hex()), &bytes[1..]).unwrap();
    assert_eq!(layout.resolve(&any(), &by("1")).await.unwrap(), None, "half a manifest does not count");
    fs::remove_file(blobs.join(pushed.digest.hex())).unwrap();
    assert!(matches!(
        layout.manifest(&any(), &pushed.digest).await,
        Err(Error { kind: RegistryErrorKind::NotFound { .. }, .. })
    ));
}

#[tokio::test]
async fn what_is_no_layout_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    assert!(OciLayout::open(&folder.path().join("none")).is_err());
    assert!(OciLayout::open(folder.path()).is_err());
    assert!(OciLayout::create(folder.path()).is_ok(), "an empty directory becomes one");
    fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    assert!(OciLayout::create(folder.path()).is_err());
    for (text, said) in [("{\"imageLayoutVersion\":\"2.0.0\"}", "2.0.0"), ("[]", "which version")] {
        fs::write(folder.path().join("oci-layout"), text).unwrap();
        let error = OciLayout::open(folder.path()).err().unwrap();
        assert!(error.to_string().contains(said), "{error}");
    }
    fs::write(folder.path().join("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}").unwrap();
    fs::write(folder.path().join("index.json"), "{").unwrap();
    let layout = OciLayout::open(folder.path()).unwrap();
    let error = layout.tags(&any()).await.unwrap_err();
    assert!(error.to_string().contains("index.json"), "{error}");
}

#[tokio::test]
async fn skopeo_reads_what_is_written_here_and_the_other_way_round() {
    let (folder, layout) = folder();
    let (amd, arm) = (push(&layout, "amd", None).await, push(&layout, "arm", None).await);
    let parent = index_of(&[&amd, &arm]);
    layout.push_manifest(&any(), &parent, Some(&tag("1"))).await.unwrap();
    let single = push(&layout, "single", Some(&tag("2"))).await;

    // Out through skopeo to a registry: equal digests.
    let server = DockerRegistry::start();
    let registry = connect(&server.host);
    for (name, digest) in [("1", &parent.digest), ("2", &single.digest)] {
        skopeo_copy(&at("oci", layout.path(), name), &format!("docker://{}/team/app:{name}", server.host));
        let there = registry.resolve(&repository("team/app"), &by(name)).await.unwrap().unwrap();
        assert_eq!(there.digest, *digest);
    }
    // Back through skopeo into a layout of its own, and read here.
    let theirs = folder.path().join("theirs");
    skopeo_copy(&format!("docker://{}/team/app:1", server.host), &at("oci", &theirs, "1"));
    skopeo_copy(&format!("docker://{}/team/app:2", server.host), &at("oci", &theirs, "2"));
    let theirs = OciLayout::open(&theirs).unwrap();
    assert_eq!(theirs.fetch(&any(), &by("1")).await.unwrap(), Some(parent.clone()));
    let path = theirs.path().to_owned();
    let source: Arc<dyn Source> = Arc::new(theirs);
    let back = repository("team/back");
    copy(&source, (&any(), &parent), &registry, (&back, Some(&tag("1")))).await;
    assert_eq!(registry.fetch(&back, &by("1")).await.unwrap(), Some(parent));

    // Another image goes into the layout that skopeo wrote; skopeo can still read it.
    let mixed = OciLayout::create(&path).unwrap();
    let added = push(&mixed, "added", Some(&tag("3"))).await;
    let said = skopeo(&["inspect", "--format", "{{.Digest}}", &at("oci", &path, "3")]);
    assert_eq!(said.trim(), added.digest.as_str());
    skopeo(&["inspect", "--raw", &at("oci", &path, "1")]);
}

#[tokio::test]
async fn a_lock_that_is_a_link_or_a_pipe_is_refused() {
    for what in ["link", "pipe", "directory"] {
        let (folder, layout) = folder();
        fs::create_dir_all(layout.path()).unwrap();
        let lock = layout.path().join(".longshore-lock");
        let victim = folder.path().join("victim");
        match what {
            "link" => std::os::unix::fs::symlink(&victim, &lock).unwrap(),
            "pipe" => {
                let made = std::process::Command::new("mkfifo").arg(&lock).status().unwrap();
                assert!(made.success());
            }
            _ => fs::create_dir(&lock).unwrap(),
        }
        // Opening a pipe would wait for its reader for ever.
        let name = any();
        let pushed = layout.ensure_repository(&name);
        let pushed = tokio::time::timeout(std::time::Duration::from_secs(20), pushed).await;
        let error = pushed.expect("a lock is opened without waiting").unwrap_err();
        assert!(error.to_string().contains("not a regular file"), "{what}: {error}");
        assert!(!victim.exists(), "nothing is made where a link leads");
    }
}

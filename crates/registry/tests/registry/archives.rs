//! Archives of `docker save`: skopeo's, docker's in both forms, and hostile ones.

use std::{fs, path::Path, process::Command, sync::Arc};

use longshore_registry::{
    ArchiveForm, ArchivedName, Descriptor, DockerArchive, Error, ManifestView, OciLayout, RegistryErrorKind,
    Sink, Source, TagOrDigest, media_types,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    skopeo::{at, skopeo, skopeo_copy},
    support::{blob, body, copy, layer, read, repository, runnable, tag},
};

enum Part<'a> {
    File(&'a str, Vec<u8>),
    Symlink(&'a str, &'a str),
    HardLink(&'a str, &'a str),
}

fn archive(folder: &TempDir, parts: &[Part<'_>]) -> std::path::PathBuf {
    let path = folder.path().join("image.tar");
    let mut archive = tar::Builder::new(fs::File::create(&path).unwrap());
    for part in parts {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        match part {
            Part::File(name, content) => {
                header.set_size(content.len() as u64);
                archive.append_data(&mut header, name, &content[..]).unwrap();
            }
            Part::Symlink(name, target) | Part::HardLink(name, target) => {
                let hard = matches!(part, Part::HardLink(..));
                header.set_entry_type(if hard { tar::EntryType::Link } else { tar::EntryType::Symlink });
                header.set_size(0);
                archive.append_link(&mut header, name, target).unwrap();
            }
        }
    }
    archive.into_inner().unwrap();
    path
}

fn config(layers: &[&[u8]]) -> Vec<u8> {
    let ids: Vec<_> = layers.iter().map(|layer| blob(layer).digest).collect();
    json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ids}})
        .to_string()
        .into_bytes()
}

fn list(config: &str, names: &[&str], layers: &[&str]) -> Part<'static> {
    let list = json!([{"Config": config, "RepoTags": names, "Layers": layers}]);
    Part::File("manifest.json", list.to_string().into_bytes())
}

async fn blobs_of(source: &dyn Source, name: &str, reference: &str) -> Vec<Descriptor> {
    let reference: TagOrDigest = reference.parse().unwrap();
    let found = source.fetch(&repository(name), &reference).await.unwrap().unwrap();
    ManifestView::parse(&found.media_type, &found.bytes).unwrap().blobs()
}

#[tokio::test]
async fn an_archive_of_skopeo_has_the_images_layers_and_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let (image, blobs) = runnable(&[layer("a", &[1; 5000]), layer("b", &[2; 90_000])], "saved");
    let layout = OciLayout::create(&folder.path().join("layout")).unwrap();
    let any = repository("any");
    for (descriptor, content) in &blobs {
        layout.push_blob(&any, descriptor, body(content)).await.unwrap();
    }
    layout.push_manifest(&any, &image, Some(&tag("1"))).await.unwrap();
    let saved = folder.path().join("saved.tar");
    let name = at("docker-archive", &saved, "registry.example.com/team/app:1.2");
    skopeo(&["copy", "--quiet", &at("oci", layout.path(), "1"), &name]);

    let archive = DockerArchive::open(&saved).await.unwrap();
    assert_eq!(archive.name(), format!("docker-archive:{}", saved.canonicalize().unwrap().display()));
    assert_eq!(archive.repositories().await.unwrap(), [repository("team/app")]);
    assert_eq!(archive.tags(&repository("team/app")).await.unwrap(), [tag("1.2")]);
    assert!(matches!(
        archive.tags(&repository("app")).await,
        Err(Error { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. })
    ));
    let inside = blobs_of(&archive, "team/app", "1.2").await;
    let digests = |of: &[Descriptor]| of.iter().map(|blob| blob.digest.to_string()).collect::<Vec<_>>();
    // skopeo may rewrite the configuration; what it wrote is what counts.
    let layers: Vec<_> = blobs[..2].iter().map(|(descriptor, _)| descriptor.clone()).collect();
    assert_eq!(digests(&inside[1..]), digests(&layers));
    let sizes = archive.blob_sizes(&repository("team/app"), &[&layers[..], &[blob(b"none")]].concat()).await;
    let expected = layers.iter().map(|layer| (layer.digest.clone(), layer.size)).collect();
    assert_eq!(sizes.unwrap(), expected);

    // skopeo sees the same in its own archive.
    let directory = folder.path().join("dir");
    skopeo(&["copy", "--quiet", &name, &at("dir", &directory, "")]);
    let theirs: Value = serde_json::from_slice(&fs::read(directory.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(theirs["config"]["digest"], inside[0].digest.as_str());
    for (theirs, ours) in theirs["layers"].as_array().unwrap().iter().zip(&inside[1..]) {
        assert_eq!(theirs["digest"], ours.digest.as_str());
    }

    // Into a layout, and skopeo reads what was copied.
    let source: Arc<dyn Source> = Arc::new(archive);
    let repo = repository("team/app");
    let manifest = source.fetch(&repo, &"1.2".parse().unwrap()).await.unwrap().unwrap();
    let again = DockerArchive::open(&saved).await.unwrap();
    assert_eq!(again.images()[0].descriptor, manifest.descriptor(), "the same every time");
    copy(&source, (&repo, &manifest), &layout, (&any, Some(&tag("back")))).await;
    let said = skopeo(&["inspect", "--format", "{{.Digest}}", &at("oci", layout.path(), "back")]);
    assert_eq!(said.trim(), manifest.digest.as_str());
}

#[tokio::test]
async fn layers_behind_links_are_found_inside_the_archive_only() {
    let folder = tempfile::tempdir().unwrap();
    let shared = layer("a", b"shared");
    let config = config(&[&shared, &shared, &shared]);
    let path = archive(
        &folder,
        &[
            Part::File("one/layer.tar", shared.clone()),
            Part::Symlink("two/layer.tar", "../one/layer.tar"),
            Part::HardLink("three/layer.tar", "one/layer.tar"),
            Part::File("c.json", config),
            list("c.json", &["app:1"], &["one/layer.tar", "two/layer.tar", "three/layer.tar"]),
        ],
    );
    let source = DockerArchive::open(&path).await.unwrap();
    let blobs = blobs_of(&source, "app", "1").await;
    assert_eq!(blobs.len(), 2, "three times the same layer");
    let stream = source.blob(&repository("app"), &blobs[1], 512).await.unwrap();
    assert_eq!(read(stream).await.unwrap(), shared[512..]);

    fs::write(folder.path().join("secret"), "secret").unwrap();
    for link in [
        Part::Symlink("l.tar", "../secret"),
        Part::Symlink("l.tar", "/etc/passwd"),
        Part::Symlink("l.tar", "l.tar"),
        Part::HardLink("l.tar", "../secret"),
    ] {
        let config = self::config(&[b"secret"]);
        let path =
            archive(&folder, &[link, Part::File("c.json", config), list("c.json", &["app:1"], &["l.tar"])]);
        let error = DockerArchive::open(&path).await.err().unwrap();
        assert!(error.to_string().contains("not in the archive"), "{error}");
    }
}

#[tokio::test]
async fn compressed_layers_are_kept_and_named_by_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let plain = layer("a", &[3; 10_000]);
    fs::write(folder.path().join("layer"), &plain).unwrap();
    let gzip = |path: &Path| {
        let output = Command::new("gzip").arg("-nc").arg(path).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let compressed = gzip(&folder.path().join("layer"));
    let parts = [
        Part::File("l.tar.gz", compressed.clone()),
        Part::File("c.json", config(&[&plain])),
        list("c.json", &["app:1"], &["l.tar.gz"]),
    ];
    let path = archive(&folder, &parts);
    let source = DockerArchive::open(&path).await.unwrap();
    let found = &blobs_of(&source, "app", "1").await[1];
    assert_eq!(found.media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
    assert_eq!(found.digest, blob(&compressed).digest);

    // The whole archive compressed with something else than gzip is another matter.
    for (magic, tool) in [(&b"\x28\xb5\x2f\xfd rest"[..], "unzstd"), (&b"\xfd7zXZ\0 rest"[..], "unxz")] {
        let whole = folder.path().join("whole");
        fs::write(&whole, magic).unwrap();
        let error = DockerArchive::open(&whole).await.err().unwrap();
        assert!(
            matches!(&error, Error { kind: RegistryErrorKind::Unsupported { message }, .. } if message.contains(tool)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_layer_that_is_not_what_the_configuration_says_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (said, there) = (layer("a", b"said"), layer("a", b"else"));
    let path = archive(
        &folder,
        &[
            Part::File("l.tar", there),
            Part::File("c.json", config(&[&said])),
            list("c.json", &["app:1"], &["l.tar"]),
        ],
    );
    let source: Arc<dyn Source> = Arc::new(DockerArchive::open(&path).await.unwrap());
    let descriptor = &blobs_of(source.as_ref(), "app", "1").await[1];
    let stream = longshore_registry::open_verified(
        source.clone(),
        &repository("app"),
        descriptor,
        longshore_registry::Backoff::default(),
    );
    let error = read(stream).await.unwrap_err();
    assert!(matches!(error, Error { kind: RegistryErrorKind::DigestMismatch { .. }, .. }), "{error:?}");
    assert_eq!(error.registry, source.name());
}

#[tokio::test]
async fn broken_archives_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let one = layer("a", b"one");
    let config = config(&[&one]);
    for (parts, said) in [
        (vec![Part::File("x", b"x".to_vec())], "no `manifest.json`"),
        (vec![Part::File("manifest.json", b"{".to_vec())], "cannot be understood"),
        (vec![list("c.json", &["app:1"], &[])], "`c.json` is not in the archive"),
        (vec![Part::File("c.json", config.clone()), list("c.json", &["app:1"], &[])], "names 1"),
        (vec![Part::File("c.json", b"[]".to_vec()), list("c.json", &[], &[])], "its configuration"),
        (vec![Part::File("c.json", vec![b' '; 5_000_000]), list("c.json", &[], &[])], "larger than"),
    ] {
        let error = DockerArchive::open(&archive(&folder, &parts)).await.err().unwrap();
        assert!(error.to_string().contains(said), "{error}, not {said}");
    }
    let whole =
        [Part::File("c.json", config), list("c.json", &["app:1"], &["l.tar"]), Part::File("l.tar", one)];
    let path = archive(&folder, &whole);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() - 2048).unwrap();
    let error = DockerArchive::open(&path).await.err().unwrap();
    assert!(matches!(error, Error { kind: RegistryErrorKind::Local { .. }, .. }), "{error}");
    fs::write(&path, "this is no archive, but it is long enough to look like one ".repeat(20)).unwrap();
    let error = DockerArchive::open(&path).await.err().unwrap();
    assert!(error.to_string().contains("not a readable tar archive"), "{error}");
    assert!(DockerArchive::open(folder.path()).await.is_err());
    assert!(DockerArchive::open(&folder.path().join("none")).await.is_err());
}

#[tokio::test]
async fn the_form_of_docker_25_keeps_its_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let (image, blobs) = runnable(&[layer("a", b"content")], "app");
    let layout = OciLayout::create(&folder.path().join("layout")).unwrap();
    for (descriptor, content) in &blobs {
        layout.push_blob(&repository("any"), descriptor, body(content)).await.unwrap();
    }
    layout.push_manifest(&repository("any"), &image, Some(&tag("1"))).await.unwrap();
    let config_path = format!("blobs/sha256/{}", blobs[1].0.digest.hex());
    let mut entry = json!(image.descriptor());
    entry["annotations"] = json!({
        "io.containerd.image.name": "docker.io/library/app:1", "org.opencontainers.image.ref.name": "1",
    });
    let index = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": [entry]});
    let path_of = |descriptor: &Descriptor| format!("blobs/sha256/{}", descriptor.digest.hex());
    let (layer_path, manifest_path) = (path_of(&blobs[0].0), path_of(&image.descriptor()));
    let parts = [
        Part::File("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
        Part::File("index.json", index.to_string().into_bytes()),
        Part::File(&config_path, blobs[1].1.clone()),
        Part::File(&layer_path, blobs[0].1.clone()),
        Part::File(&manifest_path, image.bytes.to_vec()),
        list(&config_path, &["app:1", "registry.example.com/team/app:stable"], &[&layer_path]),
    ];
    let source = DockerArchive::open(&archive(&folder, &parts)).await.unwrap();
    let names = &source.images()[0].names;
    let name = |repo: &str, name: &str| ArchivedName { repository: Some(repository(repo)), tag: tag(name) };
    assert_eq!(*names, [name("app", "1"), name("team/app", "stable")]);
    for (repo, reference) in [("app", "1"), ("team/app", "stable"), ("any", image.digest.as_str())] {
        let reference: TagOrDigest = reference.parse().unwrap();
        assert_eq!(source.fetch(&repository(repo), &reference).await.unwrap(), Some(image.clone()));
    }
    assert_eq!(source.fetch(&repository("team/app"), &"1".parse().unwrap()).await.unwrap(), None);
    assert_eq!(
        read(source.blob(&repository("app"), &blobs[0].0, 0).await.unwrap()).await.unwrap(),
        blobs[0].1
    );

    // skopeo's `oci-archive` has tags alone: they are in every repository.
    let path = folder.path().join("oci.tar");
    skopeo_copy(&at("oci", layout.path(), "1"), &at("oci-archive", &path, "1"));
    let source = DockerArchive::open(&path).await.unwrap();
    assert_eq!(source.images()[0].names, [ArchivedName { repository: None, tag: tag("1") }]);
    let found = source.fetch(&repository("whatever"), &"1".parse().unwrap()).await.unwrap();
    assert_eq!(found, Some(image));
}

#[tokio::test]
async fn one_name_for_two_images_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (config(&[]), br#"{"os":"linux"}"#.to_vec());
    let list = json!([
        {"Config": "1.json", "RepoTags": ["a.example.com/app:1"], "Layers": []},
        {"Config": "2.json", "RepoTags": ["b.example.com/app:1"], "Layers": null},
    ]);
    let parts = [
        Part::File("1.json", one),
        Part::File("2.json", two),
        Part::File("manifest.json", list.to_string().into_bytes()),
    ];
    let source = DockerArchive::open(&archive(&folder, &parts)).await.unwrap();
    let error = source.resolve(&repository("app"), &"1".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("twice"), "{error}");
    let second = TagOrDigest::Digest(source.images()[1].descriptor.digest.clone());
    assert!(source.resolve(&repository("app"), &second).await.unwrap().is_some());
}

#[tokio::test]
async fn an_archive_that_is_compressed_with_gzip_is_read_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let (image, blobs) = runnable(&[layer("a", &[1; 50_000])], "packed");
    let layout = OciLayout::create(&folder.path().join("layout")).unwrap();
    for (descriptor, content) in &blobs {
        layout.push_blob(&repository("any"), descriptor, body(content)).await.unwrap();
    }
    layout.push_manifest(&repository("any"), &image, Some(&tag("1"))).await.unwrap();
    let oci = folder.path().join("oci.tar");
    skopeo_copy(&at("oci", layout.path(), "1"), &at("oci-archive", &oci, "1"));
    let docker = folder.path().join("docker.tar");
    skopeo(&[
        "copy",
        "--quiet",
        &at("oci", layout.path(), "1"),
        &at("docker-archive", &docker, "team/app:1"),
    ]);
    for (form, path) in [(ArchiveForm::Oci, &oci), (ArchiveForm::Docker, &docker)] {
        assert!(Command::new("gzip").arg(path).status().unwrap().success());
        let packed = path.with_extension("tar.gz");
        let source = DockerArchive::open_as(form, &packed).await.unwrap();
        assert_eq!(source.name(), format!("{form}:{}", fs::canonicalize(&packed).unwrap().display()));
        let listed = source.images()[0].descriptor.digest.clone();
        let blobs = blobs_of(&source, "any", listed.as_str()).await;
        for blob in &blobs {
            let bytes = read(source.blob(&repository("any"), blob, 0).await.unwrap()).await.unwrap();
            assert_eq!(bytes.len() as u64, blob.size);
        }
        // A truncated archive is reported as truncated.
        let whole = fs::read(&packed).unwrap();
        fs::write(&packed, &whole[..whole.len() / 2]).unwrap();
        let error = DockerArchive::open_as(form, &packed).await.err().unwrap();
        assert!(error.to_string().contains("is truncated"), "{error}");
    }
}

//! Two docker-registries, images to copy, and checks of output against the documentation.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use longshore_testkit::DockerRegistry;
use longshore_tests::{
    aws::venv,
    image::Layout,
    longshore::{Longshore, Said},
    skopeo::Skopeo,
};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) home: TempDir,
    pub(crate) from: DockerRegistry,
    pub(crate) to: DockerRegistry,
    pub(crate) longshore: Longshore,
    pub(crate) skopeo: Skopeo,
}

impl World {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (longshore, skopeo) = (Longshore::new(home.path()), Skopeo::new(home.path()));
        Self { from: DockerRegistry::start(), to: DockerRegistry::start(), longshore, skopeo, home }
    }

    /// A reference in the source registry.
    pub(crate) fn source(&self, name: &str) -> String {
        format!("{}/{name}", self.from.host)
    }

    /// A reference in the destination registry.
    pub(crate) fn destination(&self, name: &str) -> String {
        format!("{}/{name}", self.to.host)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Pushes an image with its own layer and a shared one, under a tag.
    pub(crate) fn push(&self, reference: &str, tag: &str) -> String {
        // Without the port, so that digests do not change between runs.
        let name = reference.split_once('/').map_or(reference, |(_, name)| name);
        self.push_layers(reference, tag, &[b"shared by all", format!("of {name}:{tag}").as_bytes()])
    }

    pub(crate) fn push_layers(&self, reference: &str, tag: &str, layers: &[&[u8]]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let mut layout = Layout::new(directory.path());
        let image = layout.image("amd64", layers, json!({"tag": tag}));
        let digest = image["digest"].as_str().unwrap().to_owned();
        layout.tag(image, tag);
        let from = format!("oci:{}:{tag}", directory.path().display());
        self.skopeo.copy(&from, &format!("docker://{reference}:{tag}"));
        digest
    }

    /// Pushes an image with three layers that take a while to copy.
    pub(crate) fn push_big(&self, reference: &str, tag: &str) -> String {
        let layers = [1_u8, 2, 3].map(|seed| -> Vec<u8> {
            (0..6_000_000).map(|n| seed.wrapping_mul(31).wrapping_add((n % 253) as u8)).collect()
        });
        self.push_layers(reference, tag, &layers.each_ref().map(Vec::as_slice))
    }

    /// Pushes an index of images for two platforms; returns the digests of the index and of its
    /// images.
    pub(crate) fn push_index(&self, reference: &str, tag: &str) -> (String, Vec<String>) {
        let directory = tempfile::tempdir().unwrap();
        let mut layout = Layout::new(directory.path());
        let images: Vec<Value> = ["amd64", "arm64"]
            .iter()
            .map(|architecture| layout.image(architecture, &[b"shared", architecture.as_bytes()], json!({})))
            .collect();
        let index = layout.index(&images);
        let digest = |value: &Value| value["digest"].as_str().unwrap().to_owned();
        let digests = (digest(&index), images.iter().map(digest).collect());
        layout.tag(index, tag);
        let from = format!("oci:{}:{tag}", directory.path().display());
        self.skopeo.copy(&from, &format!("docker://{reference}:{tag}"));
        digests
    }

    /// A file for a rule.
    pub(crate) fn rules(&self, text: &str) -> String {
        let path = self.path("rules.yaml");
        let named = |host: &str| format!("registry: {host}");
        let text = text.replace("registry: FROM", &named(&self.from.host));
        let text = text.replace("registry: TO", &named(&self.to.host));
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

/// Checks every line against the documentation's JSON Schema with a third-party validator. `part`
/// is a definition of it: `copy`, `sync`, …
pub(crate) fn documented(part: &str, said: &Said) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut validator = Command::new(venv().join("bin/python3"))
        .arg(folder.join("interop/schema.py"))
        .arg(folder.join("../docs/cli.schema.json"))
        .arg(part)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    validator.stdin.take().unwrap().write_all(said.text.as_bytes()).unwrap();
    let output = validator.wait_with_output().unwrap();
    assert!(!said.text.is_empty(), "nothing was printed: {}", said.error);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

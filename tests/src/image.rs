//! Small images in OCI layout directories, generated here so that no network is needed.

use std::{fs, path::Path};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// `sha256:…` of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// An OCI layout directory that is being filled.
pub struct Layout<'a> {
    directory: &'a Path,
    manifests: Vec<Value>,
}

impl<'a> Layout<'a> {
    /// An empty layout.
    pub fn new(directory: &'a Path) -> Self {
        fs::create_dir_all(directory.join("blobs/sha256")).unwrap();
        fs::write(directory.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self { directory, manifests: Vec::new() }
    }

    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = digest(bytes);
        fs::write(self.directory.join("blobs/sha256").join(&digest[7..]), bytes).unwrap();
        json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
    }

    /// Adds an image without a tag; returns its descriptor.
    pub fn image(&self, architecture: &str, layers: &[&[u8]], labels: Value) -> Value {
        // Uncompressed tar layers keep the diff id equal to the digest.
        let layers: Vec<Value> =
            layers.iter().map(|l| self.blob("application/vnd.oci.image.layer.v1.tar", &tar(l))).collect();
        let diff_ids: Vec<&Value> = layers.iter().map(|l| &l["digest"]).collect();
        let config = json!({
            "architecture": architecture, "os": "linux", "created": "2026-01-02T03:04:05Z",
            "config": {"Labels": labels}, "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        let config = self.blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest =
            json!({"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers});
        let mut descriptor = self.blob(media_type, manifest.to_string().as_bytes());
        descriptor["platform"] = json!({"os": "linux", "architecture": architecture});
        descriptor
    }

    /// Adds an index of images; returns its descriptor.
    pub fn index(&self, images: &[Value]) -> Value {
        let media_type = "application/vnd.oci.image.index.v1+json";
        let index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": images});
        self.blob(media_type, index.to_string().as_bytes())
    }

    /// Adds a tag to something that was added.
    pub fn tag(&mut self, mut descriptor: Value, tag: &str) {
        descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
        self.manifests.push(descriptor);
        let index = json!({"schemaVersion": 2, "manifests": self.manifests});
        fs::write(self.directory.join("index.json"), index.to_string()).unwrap();
    }
}

/// One file `content` in a tar archive.
fn tar(content: &[u8]) -> Vec<u8> {
    let mut header = [0u8; 512];
    header[..7].copy_from_slice(b"content");
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[136..147].copy_from_slice(b"00000000000");
    header[156] = b'0';
    header[257..263].copy_from_slice(b"ustar\0");
    header[263..265].copy_from_slice(b"00");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = header.to_vec();
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    archive
}

/// A layout with one image `42` with two layers; returns the manifest's digest.
pub fn simple(directory: &Path) -> String {
    let mut layout = Layout::new(directory);
    let large: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
    let image = layout.image("amd64", &[b"hello", &large], json!({"git-commit": "8f3c1d2"}));
    let digest = image["digest"].as_str().unwrap().to_owned();
    layout.tag(image, "42");
    digest
}

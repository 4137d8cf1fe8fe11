//! Pushes images through [`Sink`], to any registry.

use bytes::Bytes;
use longshore_names::{Algorithm, RepositoryName};
use longshore_registry::{Descriptor, Manifest, Sink, VerifiedStream, digest_of, media_types};
use serde_json::{Value, json};

/// The media type of a compressed layer.
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The parsed name of a repository.
pub fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

/// The descriptor of some bytes.
pub fn descriptor(media_type: &str, content: &[u8]) -> Descriptor {
    Descriptor {
        media_type: media_type.into(),
        digest: digest_of(Algorithm::Sha256, content),
        size: content.len() as u64,
    }
}

/// A manifest with exactly these bytes.
pub fn manifest(media_type: &str, document: &Value) -> Manifest {
    let bytes = Bytes::from(document.to_string());
    Manifest { media_type: media_type.into(), digest: digest_of(Algorithm::Sha256, &bytes), bytes }
}

/// An image's manifest.
pub fn image_of(config: &Descriptor, layers: &[Descriptor]) -> Manifest {
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "config": config, "layers": layers,
    });
    manifest(media_types::OCI_MANIFEST, &document)
}

/// Pushes a blob; returns its descriptor.
pub async fn blob(sink: &dyn Sink, repository: &str, media_type: &str, content: &[u8]) -> Descriptor {
    let descriptor = descriptor(media_type, content);
    let body = futures::stream::iter([Ok(Bytes::copy_from_slice(content))]);
    let body = VerifiedStream::new(Box::pin(body), "test", &descriptor);
    sink.push_blob(&name(repository), &descriptor, Box::pin(body)).await.unwrap();
    descriptor
}

/// Puts a manifest, under a tag or by its digest.
pub async fn put(sink: &dyn Sink, repository: &str, tag: Option<&str>, manifest: &Manifest) {
    let tag = tag.map(|tag| tag.parse().unwrap());
    sink.push_manifest(&name(repository), manifest, tag.as_ref()).await.unwrap();
}

/// Pushes an image with these layers and its own configuration as `repository:tag`.
pub async fn image(sink: &dyn Sink, reference: &str, layers: &[&[u8]]) -> Manifest {
    let (repository, tag) = reference.rsplit_once(':').unwrap();
    let config = json!({"config": {"Labels": {"name": reference}}}).to_string();
    let config = blob(sink, repository, media_types::OCI_CONFIG, config.as_bytes()).await;
    let mut descriptors = Vec::new();
    for content in layers {
        descriptors.push(blob(sink, repository, LAYER, content).await);
    }
    let manifest = image_of(&config, &descriptors);
    put(sink, repository, Some(tag), &manifest).await;
    manifest
}

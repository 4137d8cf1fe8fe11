//! What the tests of this crate share.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::StreamExt;
use longshore_names::{Algorithm, RepositoryName, Tag};
use longshore_registry::{
    Backoff, BlobStream, Descriptor, Error, HostOptions, HttpRegistry, Manifest, ManifestView, Sink, Source,
    digest_of, media_types, open_verified,
};

pub(crate) fn repository(name: &str) -> RepositoryName {
    name.parse().unwrap()
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

pub(crate) fn options() -> HostOptions {
    let backoff = Backoff { attempts: 3, base: Duration::from_millis(5), cap: Duration::from_millis(50) };
    HostOptions { backoff, stall_timeout: Duration::from_secs(5), ..HostOptions::default() }
}

pub(crate) fn connect(name: &str) -> HttpRegistry {
    HttpRegistry::connect(name, options()).unwrap()
}

pub(crate) fn blob(content: &[u8]) -> Descriptor {
    Descriptor {
        media_type: "application/vnd.oci.image.layer.v1.tar+gzip".into(),
        digest: digest_of(Algorithm::Sha256, content),
        size: content.len() as u64,
    }
}

pub(crate) fn body(content: &[u8]) -> BlobStream {
    let chunks: Vec<_> = content.chunks(64 * 1024).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    Box::pin(futures::stream::iter(chunks))
}

pub(crate) async fn read(mut stream: BlobStream) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    while let Some(bytes) = stream.next().await {
        all.extend_from_slice(&bytes?);
    }
    Ok(all)
}

pub(crate) fn image(config: &Descriptor, layers: &[Descriptor]) -> Manifest {
    let document = serde_json::json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "config": config, "layers": layers,
    });
    manifest(media_types::OCI_MANIFEST, &document)
}

pub(crate) fn manifest(media_type: &str, document: &serde_json::Value) -> Manifest {
    let bytes = Bytes::from(serde_json::to_vec_pretty(document).unwrap());
    Manifest { media_type: media_type.into(), digest: digest_of(Algorithm::Sha256, &bytes), bytes }
}

/// A manifest about another one, with an annotation that makes it one of many.
pub(crate) fn referrer(config: &Descriptor, subject: &Manifest, name: &str) -> Manifest {
    let document = serde_json::json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST,
        "artifactType": "application/vnd.example.sbom", "config": config, "layers": [],
        "subject": subject.descriptor(), "annotations": {"name": name},
    });
    manifest(media_types::OCI_MANIFEST, &document)
}

/// A tar file with one file in it, as a layer is.
pub(crate) fn layer(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, name, content).unwrap();
    archive.into_inner().unwrap()
}

/// An image that other programs can read too: plain layers and a configuration that names them.
pub(crate) fn runnable(layers: &[Vec<u8>], label: &str) -> (Manifest, Vec<(Descriptor, Vec<u8>)>) {
    let mut blobs: Vec<(Descriptor, Vec<u8>)> = layers
        .iter()
        .map(|content| {
            let media_type = "application/vnd.oci.image.layer.v1.tar".to_owned();
            (Descriptor { media_type, ..blob(content) }, content.clone())
        })
        .collect();
    let ids: Vec<_> = blobs.iter().map(|(descriptor, _)| &descriptor.digest).collect();
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "config": {"Labels": {"name": label}},
        "rootfs": {"type": "layers", "diff_ids": ids},
    });
    let config = config.to_string().into_bytes();
    let described = Descriptor { media_type: media_types::OCI_CONFIG.into(), ..blob(&config) };
    let layers: Vec<Descriptor> = blobs.iter().map(|(descriptor, _)| descriptor.clone()).collect();
    let manifest = image(&described, &layers);
    blobs.push((described, config));
    (manifest, blobs)
}

/// Copies an image, its blobs before it.
pub(crate) async fn copy(
    source: &Arc<dyn Source>,
    from: (&RepositoryName, &Manifest),
    sink: &dyn Sink,
    to: (&RepositoryName, Option<&Tag>),
) {
    let view = ManifestView::parse(&from.1.media_type, &from.1.bytes).unwrap();
    for child in view.children() {
        let child = source.manifest(from.0, &child.descriptor.digest).await.unwrap();
        Box::pin(copy(source, (from.0, &child), sink, (to.0, None))).await;
    }
    for descriptor in view.blobs() {
        let stream = open_verified(source.clone(), from.0, &descriptor, Backoff::default());
        sink.push_blob(to.0, &descriptor, stream).await.unwrap();
    }
    sink.push_manifest(to.0, from.1, to.1).await.unwrap();
}

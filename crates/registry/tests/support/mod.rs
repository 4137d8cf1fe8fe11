//! What the tests of this crate share.
#![allow(dead_code)] // not every test file uses every helper

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use longshore_names::{Algorithm, RepositoryName};
use longshore_registry::{
    Backoff, BlobStream, Descriptor, Error, HostOptions, HttpRegistry, Manifest, digest_of, media_types,
};

pub(crate) fn repository(name: &str) -> RepositoryName {
    name.parse().unwrap()
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

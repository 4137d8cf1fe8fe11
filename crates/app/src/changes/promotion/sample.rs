//! A small generated image, so that a set-up can be tried without a client.
//!
//! It is a real OCI image (image specification 1.1): three layers, a config with labels, a manifest
//! with annotations. The same tag gives the same bytes; another tag changes the last layer.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use longshore_names::{Algorithm, Digest, NameError, RepositoryName, Tag};
use longshore_registry::{BlobStream, Descriptor, Error, Manifest, RegistryErrorKind, Source, TagOrDigest};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::tar;
use crate::api::ApiError;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const CREATED: &str = "2026-01-01T00:00:00Z";
const NAME: &str = "sample image of Longshore";

/// Bytes of the layer whose only purpose is visible progress.
const FILLER: usize = 768 * 1024;

/// The sample image of one tag, as a read-only registry.
pub(crate) struct Sample {
    manifest: Manifest,
    blobs: BTreeMap<Digest, Bytes>,
}

impl Sample {
    /// The image for `tag`.
    pub(crate) fn new(tag: &Tag) -> Result<Self, ApiError> {
        let mut blobs = BTreeMap::new();
        let mut keep = |media_type: &str, bytes: Vec<u8>| -> Result<Descriptor, NameError> {
            let digest = sha256(&bytes)?;
            let descriptor = Descriptor {
                media_type: media_type.into(),
                digest: digest.clone(),
                size: bytes.len() as u64,
            };
            blobs.insert(digest, Bytes::from(bytes));
            Ok(descriptor)
        };
        let layer = |path: &str, content: &[u8]| {
            let failed = |error| ApiError::internal(format!("The sample image cannot be made: {error}."));
            tar::archive(&[(path, content)]).map_err(failed)
        };
        let readme = b"This image was made by Longshore to try a set-up. It runs nothing.\n";
        let version = format!("{tag}\n");
        let layers = [
            keep(LAYER, layer("README", readme)?)?,
            keep(LAYER, layer("usr/share/sample/filler", &filler())?)?,
            keep(LAYER, layer("etc/sample-version", version.as_bytes())?)?,
        ];
        let commit = &hex::encode(Sha256::digest(tag.as_str()))[..40];
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "created": CREATED,
            "config": { "Labels": {
                "git-commit": commit,
                "org.opencontainers.image.revision": commit,
                "org.opencontainers.image.title": NAME,
                "org.opencontainers.image.version": tag,
            } },
            "rootfs": { "type": "layers", "diff_ids": layers.each_ref().map(|layer| &layer.digest) },
            "history": [
                { "created": CREATED, "created_by": "README" },
                { "created": CREATED, "created_by": "filler" },
                { "created": CREATED, "created_by": "version" },
            ],
        });
        let config = keep(CONFIG, config.to_string().into_bytes())?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config,
            "layers": layers,
            "annotations": {
                "org.opencontainers.image.created": CREATED,
                "org.opencontainers.image.version": tag,
            },
        });
        let bytes = Bytes::from(manifest.to_string());
        let digest = sha256(&bytes)?;
        Ok(Self { manifest: Manifest { media_type: MANIFEST.into(), bytes, digest }, blobs })
    }

    /// Digest of the image.
    pub(crate) fn digest(&self) -> &Digest {
        &self.manifest.digest
    }

    fn missing(&self, repository: &RepositoryName, what: &dyn std::fmt::Display) -> Error {
        let registry = self.name().to_owned();
        RegistryErrorKind::NotFound { repository: repository.to_string(), what: what.to_string() }
            .at(registry)
    }
}

#[async_trait]
impl Source for Sample {
    fn name(&self) -> &str {
        NAME
    }

    async fn tags(&self, _: &RepositoryName) -> Result<Vec<Tag>, Error> {
        Ok(Vec::new())
    }

    async fn resolve(
        &self,
        _: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        let known = matches!(reference, TagOrDigest::Digest(digest) if *digest == self.manifest.digest);
        Ok(known.then(|| self.manifest.descriptor()))
    }

    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error> {
        if *digest == self.manifest.digest {
            Ok(self.manifest.clone())
        } else {
            Err(self.missing(repository, digest))
        }
    }

    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        let digest = &descriptor.digest;
        let blob = self.blobs.get(digest).ok_or_else(|| self.missing(repository, digest))?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(blob.len());
        let rest = blob.slice(from..);
        let chunk = 64 * 1024;
        let chunks: Vec<_> =
            (0..rest.len()).step_by(chunk).map(|at| Ok(rest.slice(at..rest.len().min(at + chunk)))).collect();
        Ok(Box::pin(stream::iter(chunks)))
    }

    async fn referrers(&self, _: &RepositoryName, _: &Digest) -> Result<Vec<Descriptor>, Error> {
        Ok(Vec::new())
    }
}

fn sha256(bytes: &[u8]) -> Result<Digest, NameError> {
    Digest::from_hex(Algorithm::Sha256, &hex::encode(Sha256::digest(bytes)))
}

/// Text that compression cannot shrink much: hexadecimal digits of a running hash.
fn filler() -> Vec<u8> {
    let mut out = Vec::with_capacity(FILLER);
    let mut state = Sha256::digest(NAME);
    while out.len() < FILLER {
        out.extend_from_slice(hex::encode(state).as_bytes());
        state = Sha256::digest(state);
    }
    out.truncate(FILLER);
    out
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    fn sample(tag: &str) -> Sample {
        Sample::new(&tag.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_tag_decides_and_nothing_else_does() {
        assert_eq!(sample("42").digest(), sample("42").digest());
        assert_ne!(sample("42").digest(), sample("43").digest());
        let (one, other) = (sample("42"), sample("43"));
        let shared = one.blobs.keys().filter(|digest| other.blobs.contains_key(digest)).count();
        assert_eq!(shared, 2, "README and filler are the same layers");
        assert_eq!(one.blobs.len(), 4);
    }

    #[tokio::test]
    async fn every_blob_is_what_its_digest_says() {
        let sample = sample("42");
        let name: RepositoryName = "any".parse().unwrap();
        for (digest, blob) in &sample.blobs {
            let descriptor =
                Descriptor { media_type: LAYER.into(), digest: digest.clone(), size: blob.len() as u64 };
            let stream = sample.blob(&name, &descriptor, 0).await.unwrap();
            let parts: Vec<Bytes> = stream.try_collect().await.unwrap();
            assert_eq!(sha256(&parts.concat()).unwrap(), *digest);
            let stream = sample.blob(&name, &descriptor, 10).await.unwrap();
            let parts: Vec<Bytes> = stream.try_collect().await.unwrap();
            assert_eq!(parts.concat(), blob[10..]);
        }
    }
}

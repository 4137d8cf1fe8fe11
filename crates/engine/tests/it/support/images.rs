//! Images for tests, requests for copies, and a reporter that records events.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use longshore_engine::{CopyItem, CopyRequest, Event, Reporter, RunContext, RunOptions};
use longshore_names::{Algorithm, Digest, RepositoryName, Tag};
use longshore_registry::{Backoff, Descriptor, Manifest, Sink, Source, digest_of, media_types};
use serde_json::json;

use super::Memory;

pub(crate) fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

pub(crate) fn blob(content: &[u8]) -> Descriptor {
    Descriptor {
        media_type: "application/vnd.oci.image.layer.v1.tar+gzip".into(),
        digest: digest_of(Algorithm::Sha256, content),
        size: content.len() as u64,
    }
}

pub(crate) fn layer(seed: u8, size: usize) -> Vec<u8> {
    (0..size).map(|n| seed.wrapping_add((n % 251) as u8)).collect()
}

pub(crate) fn manifest(media_type: &str, document: &serde_json::Value) -> Manifest {
    let bytes = Bytes::from(serde_json::to_vec(document).unwrap());
    Manifest { media_type: media_type.into(), digest: digest_of(Algorithm::Sha256, &bytes), bytes }
}

/// An image of these layers, with a configuration of its own.
pub(crate) fn image_of(label: &str, layers: &[&[u8]]) -> (Manifest, Vec<(Descriptor, Vec<u8>)>) {
    let config = json!({"config": {"Labels": {"name": label}}}).to_string().into_bytes();
    let mut blobs = vec![(blob(&config), config)];
    blobs.extend(layers.iter().map(|content| (blob(content), content.to_vec())));
    let layers: Vec<&Descriptor> = blobs[1..].iter().map(|(descriptor, _)| descriptor).collect();
    let document = json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_MANIFEST, "config": blobs[0].0, "layers": layers,
    });
    (manifest(media_types::OCI_MANIFEST, &document), blobs)
}

pub(crate) fn index_of(children: &[&Manifest]) -> Manifest {
    let platforms = ["amd64", "arm64", "s390x"];
    let entries: Vec<_> = children
        .iter()
        .zip(platforms)
        .map(|(child, architecture)| {
            let mut entry = serde_json::to_value(child.descriptor()).unwrap();
            entry["platform"] = json!({"os": "linux", "architecture": architecture});
            entry
        })
        .collect();
    let document = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": entries});
    manifest(media_types::OCI_INDEX, &document)
}

impl Memory {
    /// Puts an image of these layers under a tag.
    pub(crate) fn with_image(&self, repository: &str, tag: &str, layers: &[&[u8]]) -> Manifest {
        let (manifest, blobs) = image_of(tag, layers);
        for (descriptor, content) in &blobs {
            self.add_blob(&name(repository), descriptor, content);
        }
        self.add_manifest(&name(repository), &manifest, Some(tag));
        manifest
    }
}

impl Memory {
    pub(crate) fn all_tags(&self, repository: &RepositoryName) -> Vec<(Tag, Digest)> {
        let state = self.state();
        let known = state.repositories.get(repository).into_iter().flat_map(|known| &known.tags);
        known.map(|(tag, digest)| (tag.clone(), digest.clone())).collect()
    }

    pub(crate) fn all_manifests(&self, repository: &RepositoryName) -> BTreeSet<Digest> {
        let state = self.state();
        let known = state.repositories.get(repository).into_iter().flat_map(|known| known.manifests.keys());
        known.cloned().collect()
    }

    pub(crate) fn remove_tag(&self, repository: &RepositoryName, tag: &str) -> bool {
        let mut state = self.state();
        let known = state.repositories.get_mut(repository);
        known.and_then(|known| known.tags.remove(&tag.parse::<Tag>().unwrap())).is_some()
    }

    /// Removes a manifest with all its tags.
    pub(crate) fn remove_manifest(&self, repository: &RepositoryName, digest: &Digest) -> bool {
        let mut state = self.state();
        let Some(known) = state.repositories.get_mut(repository) else { return false };
        known.tags.retain(|_, at| at != digest);
        known.manifests.remove(digest).is_some()
    }
}

/// `dev/a:1 → prod/a:1`.
pub(crate) fn item(from: &str, to: &str) -> CopyItem {
    let (repository, reference) = from.split_once(':').unwrap();
    let (destination, tag) = to.split_once(':').unwrap();
    CopyItem::new(name(repository), reference.parse().unwrap(), name(destination), Some(tag.parse().unwrap()))
}

pub(crate) fn request(pairs: &[(&str, &str)]) -> CopyRequest {
    CopyRequest::new(pairs.iter().map(|(from, to)| item(from, to)).collect())
}

/// A run with short waits.
pub(crate) fn context(source: &Arc<impl Source + 'static>, sink: &Arc<impl Sink + 'static>) -> RunContext {
    let backoff = Backoff { attempts: 3, base: Duration::from_millis(1), cap: Duration::from_millis(5) };
    let mut context = RunContext::new(source.clone(), sink.clone());
    context.options = RunOptions { backoff, ..RunOptions::default() };
    context
}

/// Records the events that it receives.
#[derive(Default)]
pub(crate) struct Told(Mutex<Vec<Event>>);

impl Told {
    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }
}

impl Reporter for Told {
    fn report(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

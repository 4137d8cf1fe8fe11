//! A sandbox for one test, clients of it, and images to push.

use std::{sync::Arc, time::Duration};

use aws_credential_types::{Credentials as Keys, provider::SharedCredentialsProvider};
use bytes::Bytes;
use longshore_ecr::{
    EcrClient, EcrConfig, EcrEndpoint, ImageId, RepositorySettings, ServiceEndpoints, Services,
};
use longshore_names::{Algorithm, RegistryId, RepositoryName, Tag};
use longshore_registry::{BlobStream, Descriptor, Manifest, Sink, digest_of};
use longshore_sandbox::{Clock, Counters, PortChoice, Sandbox, SandboxOptions};
use serde_json::json;

pub(crate) const DEV: &str = "111122223333";
pub(crate) const PROD: &str = "444455556666";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    _state: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(Clock::system()).await
    }

    pub(crate) async fn start_with(clock: Clock) -> Self {
        Self::start_switched(clock, &[]).await
    }

    /// Starts with the named switches turned.
    pub(crate) async fn start_switched(clock: Clock, switches: &[&str]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut options = SandboxOptions::new(state.path());
        options.clock = clock;
        switches.iter().for_each(|switch| options.switches.turn(switch).unwrap());
        options.port = PortChoice::Any;
        options.replication_delay = Duration::ZERO;
        Self { sandbox: Sandbox::start(options).await.unwrap(), _state: state }
    }

    pub(crate) fn config(&self, owner: &str, registry: &RegistryId) -> EcrConfig {
        let ready = self.sandbox.ready();
        let keys = ready.credentials.iter().find(|c| c.account.as_str() == owner).unwrap();
        let credentials = Keys::from_keys(&keys.access_key_id, &keys.secret_access_key, None);
        EcrConfig {
            registry: registry.clone(),
            credentials: SharedCredentialsProvider::new(credentials),
            endpoint: Some(ready.control.parse().unwrap()),
            sts_endpoint: Some(ready.control.parse().unwrap()),
            data_plane: ready.registry_url(registry).map(|url| url.parse().unwrap()),
            network: Default::default(),
            hosts: Default::default(),
        }
    }

    pub(crate) fn client(&self, account: &str) -> EcrClient {
        EcrClient::new(self.config(account, &registry(account)))
    }

    /// Services beside ECR, at `address`.
    pub(crate) fn services(&self, account: &str, address: &str) -> Services {
        let EcrConfig { registry, credentials, network, hosts, .. } =
            self.config(account, &registry(account));
        let endpoints = ServiceEndpoints::all_at(&address.parse().unwrap());
        Services { registry, credentials, network, hosts, endpoints }
    }

    pub(crate) async fn endpoint(&self, account: &str) -> Arc<EcrEndpoint> {
        let client = self.client(account);
        Arc::new(EcrEndpoint::connect(client, RepositorySettings::default()).await.unwrap())
    }
}

pub(crate) fn registry(account: &str) -> RegistryId {
    RegistryId::new(account.parse().unwrap(), "us-west-2".parse().unwrap())
}

pub(crate) fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

pub(crate) fn by_tag(text: &str) -> ImageId {
    ImageId { digest: None, tag: Some(tag(text)) }
}

pub(crate) fn blob(media_type: &str, bytes: &Bytes) -> Descriptor {
    let digest = digest_of(Algorithm::Sha256, bytes);
    Descriptor { media_type: media_type.into(), digest, size: bytes.len() as u64 }
}

pub(crate) fn once(bytes: &Bytes) -> BlobStream {
    Box::pin(futures::stream::iter([Ok(bytes.clone())]))
}

pub(crate) struct Image {
    pub(crate) blobs: Vec<(Descriptor, Bytes)>,
    pub(crate) manifest: Manifest,
}

pub(crate) fn image(content: &str) -> Image {
    let config: Bytes = json!({"architecture": "amd64", "os": "linux", "note": content}).to_string().into();
    let layer: Bytes = content.repeat(10_000).into();
    let blobs = vec![(blob(CONFIG, &config), config), (blob(LAYER, &layer), layer)];
    let text = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": blobs[0].0, "layers": [blobs[1].0]
    })
    .to_string();
    let digest = digest_of(Algorithm::Sha256, text.as_bytes());
    Image { blobs, manifest: Manifest { media_type: MANIFEST.into(), bytes: text.into(), digest } }
}

pub(crate) async fn push(sink: &EcrEndpoint, repository: &RepositoryName, image: &Image, tag: Option<&Tag>) {
    for (descriptor, bytes) in &image.blobs {
        sink.push_blob(repository, descriptor, once(bytes)).await.unwrap();
    }
    sink.push_manifest(repository, &image.manifest, tag).await.unwrap();
}

/// Manifests that differ in a note and name the same two blobs.
pub(crate) fn siblings(image: &Image, count: usize) -> Vec<Manifest> {
    let sibling = |number: usize| {
        let blobs: Vec<&Descriptor> = image.blobs.iter().map(|(descriptor, _)| descriptor).collect();
        let text = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": blobs[0], "layers": [blobs[1]],
            "annotations": {"number": number.to_string()}
        });
        let bytes = Bytes::from(text.to_string());
        Manifest { media_type: MANIFEST.into(), digest: digest_of(Algorithm::Sha256, &bytes), bytes }
    };
    (0..count).map(sibling).collect()
}

/// What the sandbox counted for a registry.
pub(crate) fn counters(world: &World, account: &str) -> Counters {
    world.sandbox.counters()[&registry(account)]
}

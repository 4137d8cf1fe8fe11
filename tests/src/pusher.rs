//! A client that pushes to an app's sandbox behind the app's back, as docker does; fast enough for
//! twenty thousand images.

use std::sync::Arc;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_app::{App, api::RegistryKey};
use longshore_ecr::{EcrClient, EcrConfig, EcrLogin, RepositorySettings};
use longshore_names::RegistryId;
use longshore_registry::{Descriptor, HostOptions, HttpRegistry};
use longshore_sandbox::Ready;
use longshore_testkit::push;
use serde_json::{Value, json};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A client for ECR's API on a registry of the app's sandbox.
pub fn client(app: &App, key: &RegistryKey) -> EcrClient {
    let text = std::fs::read_to_string(app.data_directory().join("sandbox/running.json")).unwrap();
    let ready: Ready = serde_json::from_str(&text).unwrap();
    let id = RegistryId::new(key.account.clone(), key.region.clone());
    let keys = ready.credentials.iter().find(|known| known.account == id.account).unwrap();
    let credentials =
        Credentials::from_keys(keys.access_key_id.clone(), keys.secret_access_key.clone(), None);
    let endpoint = Some(ready.control.parse().unwrap());
    EcrClient::new(EcrConfig {
        data_plane: Some(ready.registry_url(&id).unwrap().parse().unwrap()),
        network: Default::default(),
        hosts: Default::default(),
        registry: id,
        credentials: SharedCredentialsProvider::new(credentials),
        endpoint: endpoint.clone(),
        sts_endpoint: endpoint,
    })
}

/// The parts of an image.
pub struct Build<'a> {
    /// CPU architecture in its config.
    pub architecture: &'a str,
    /// The commit in its labels.
    pub commit: &'a str,
    /// Sizes of its layers in bytes.
    pub layers: &'a [usize],
}

impl Default for Build<'_> {
    fn default() -> Self {
        Self { architecture: "amd64", commit: "8f3c1d2", layers: &[1_000] }
    }
}

/// A client that is logged in.
///
/// It pushes over the data plane only, because an [`EcrEndpoint`](longshore_ecr::EcrEndpoint) keeps
/// within ECR's rates, which the sandbox does not require.
pub struct Pusher {
    ecr: EcrClient,
    data: HttpRegistry,
}

impl Pusher {
    /// Logs in to a registry of the app's sandbox.
    pub async fn new(app: &App, key: &RegistryKey) -> Self {
        let ecr = client(app, key);
        let address = ecr.data_plane().await.unwrap();
        let name = format!("{}:{}", address.host_str().unwrap(), address.port().unwrap());
        let options = HostOptions {
            credentials: Arc::new(EcrLogin::new(ecr.clone(), &name)),
            address: Some(address),
            ..HostOptions::default()
        };
        Self { ecr, data: HttpRegistry::connect(&name, options).unwrap() }
    }

    /// Creates a repository.
    pub async fn create(&self, name: &str) {
        self.ecr.create_repository(&push::name(name), &RepositorySettings::default()).await.unwrap();
    }

    /// Pushes a blob.
    pub async fn blob(&self, name: &str, media_type: &str, bytes: Vec<u8>) -> Descriptor {
        push::blob(&self.data, name, media_type, &bytes).await
    }

    /// Pushes an image; returns its descriptor.
    pub async fn push(&self, name: &str, tag: Option<&str>, build: &Build<'_>) -> Descriptor {
        let (media_type, content) = self.layers(name, build).await;
        self.manifest(name, tag, media_type, &content).await
    }

    /// Pushes the config and layers of an image; returns their descriptors, with the manifest's
    /// media type.
    pub async fn layers(&self, name: &str, build: &Build<'_>) -> (&'static str, Value) {
        let mut layers = Vec::new();
        for (number, size) in build.layers.iter().enumerate() {
            let seed = format!("{number} {} {}", build.architecture, build.commit);
            layers.push(
                self.blob(name, push::LAYER, seed.into_bytes().into_iter().cycle().take(*size).collect())
                    .await,
            );
        }
        let config = json!({
            "architecture": build.architecture,
            "os": "linux",
            "created": "2026-11-20T10:00:00Z",
            "config": {"Labels": {
                "git-commit": build.commit,
                "org.opencontainers.image.source": "https://git.example.org/payments/ledger",
            }},
        });
        let config = self.blob(name, CONFIG, config.to_string().into_bytes()).await;
        (MANIFEST, json!({"config": config, "layers": layers}))
    }

    /// Pushes an index of images for two platforms; returns its descriptor.
    pub async fn push_index(&self, name: &str, tag: &str, commit: &str, layers: &[usize]) -> Descriptor {
        let mut children = Vec::new();
        for architecture in ["amd64", "arm64"] {
            let child = self.push(name, None, &Build { architecture, commit, layers }).await;
            let mut child = serde_json::to_value(child).unwrap();
            child["platform"] = json!({"os": "linux", "architecture": architecture});
            children.push(child);
        }
        self.manifest(name, Some(tag), INDEX, &json!({"manifests": children})).await
    }

    /// Pushes a manifest.
    pub async fn manifest(
        &self,
        name: &str,
        tag: Option<&str>,
        media_type: &str,
        content: &Value,
    ) -> Descriptor {
        let mut document = json!({"schemaVersion": 2, "mediaType": media_type});
        document.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        let manifest = push::manifest(media_type, &document);
        push::put(&self.data, name, tag, &manifest).await;
        manifest.descriptor()
    }
}

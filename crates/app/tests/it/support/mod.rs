//! An app on a throw-away data directory, and a client that pushes to its sandbox without the app.

pub(crate) mod aws;
pub(crate) mod keys;
pub(crate) mod ledger;

use std::{future::Future, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use futures::StreamExt;
use longshore_app::{
    App, AppEvents, AppOptions, Ledger, MemoryStore, PortChoice, SandboxChoice, Secret, SecretStore, Timing,
    api::{ApiError, Keychain, RegistryKey, RepositoryKey, Side, Space},
};
use longshore_ecr::{EcrClient, EcrConfig, EcrEndpoint, RepositorySettings, RoleRequest};
use longshore_names::{Algorithm, Digest, RegistryId, RepositoryName, Tag};
use longshore_registry::{Descriptor, Manifest, Sink, digest_of};
use longshore_sandbox::Ready;
use tempfile::TempDir;
use tokio::sync::OnceCell;

pub(crate) const DEV: &str = "111122223333";
pub(crate) const PROD: &str = "444455556666";
/// Longer than anything here takes; only a broken test waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Intervals that make tests fast.
pub(crate) fn quick() -> Timing {
    Timing {
        visible: Duration::from_millis(40),
        background: Duration::from_millis(200),
        background_call: Duration::from_millis(20),
        stale: Duration::from_millis(200),
        ..Timing::default()
    }
}

pub(crate) fn options(directory: &TempDir) -> AppOptions {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut options = AppOptions::new(directory.path().join("data"), Arc::new(MemoryStore::default()));
    options.sandbox =
        SandboxChoice { port: PortChoice::Any, replication_delay: Some(Duration::from_millis(100)) };
    options.timing = quick();
    // Every run of every test is compared with its plan.
    options.ledger = Some(Ledger::default());
    options
}

/// An app with a running sandbox.
pub(crate) async fn with_sandbox(directory: &TempDir) -> Arc<App> {
    let app = App::open(options(directory)).await.unwrap();
    app.start_sandbox().await.unwrap();
    app
}

/// Closes an app after checking that its plans listed everything that it wrote.
pub(crate) async fn close(app: &App) {
    if app.data_directory().join("sandbox/running.json").exists() {
        ledger::check(app, None).await;
    }
    app.close().await;
}

pub(crate) fn registry(account: &str, region: &str) -> RegistryKey {
    RegistryKey { space: Space::Sandbox, account: account.parse().unwrap(), region: region.parse().unwrap() }
}

pub(crate) fn repository(registry: &RegistryKey, name: &str) -> RepositoryKey {
    RepositoryKey { registry: registry.clone(), repository: name.into() }
}

/// The address of the app's sandbox, as other programs learn it.
pub(crate) fn ready(app: &App) -> Ready {
    let text = std::fs::read_to_string(app.data_directory().join("sandbox/running.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Another client on a registry of the sandbox: with its own principal, whose writes no plan lists.
pub(crate) fn client(app: &App, key: &RegistryKey) -> EcrClient {
    let with = clients(app, key);
    with(by_hand(app, key))
}

/// The keys of another client's session.
pub(crate) fn by_hand(app: &App, key: &RegistryKey) -> SharedCredentialsProvider {
    let ready = ready(app);
    let id = id_of(key);
    let keys = ready.credentials.iter().find(|known| known.account == id.account).unwrap();
    let credentials =
        Credentials::from_keys(keys.access_key_id.clone(), keys.secret_access_key.clone(), None);
    let role_arn = format!("arn:{}:iam::{}:role/{SOMEBODY}", id.region.partition(), id.account);
    let own = clients(app, key)(SharedCredentialsProvider::new(credentials));
    SharedCredentialsProvider::new(Somebody { own, role_arn, session: OnceCell::new() })
}

fn id_of(key: &RegistryKey) -> RegistryId {
    RegistryId::new(key.account.clone(), key.region.clone())
}

/// Creates clients on a registry of the sandbox from credentials.
fn clients(app: &App, key: &RegistryKey) -> impl Fn(SharedCredentialsProvider) -> EcrClient + use<> {
    let (ready, id) = (ready(app), id_of(key));
    let endpoint = Some(ready.control.parse().unwrap());
    let data_plane = Some(ready.registry_url(&id).unwrap().parse().unwrap());
    move |credentials| {
        EcrClient::new(EcrConfig {
            data_plane: data_plane.clone(),
            network: Default::default(),
            hosts: Default::default(),
            registry: id.clone(),
            credentials,
            endpoint: endpoint.clone(),
            sts_endpoint: endpoint.clone(),
        })
    }
}

/// The role and the session of a client that writes by hand.
pub(crate) const SOMEBODY: &str = "somebody-else";

/// Keys of a session, which differ from those of the app.
struct Somebody {
    own: EcrClient,
    role_arn: String,
    session: OnceCell<Credentials>,
}

impl std::fmt::Debug for Somebody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(SOMEBODY)
    }
}

impl ProvideCredentials for Somebody {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let assumed = async {
            let request = RoleRequest {
                role_arn: self.role_arn.clone(),
                session_name: SOMEBODY.into(),
                external_id: None,
                duration: None,
            };
            let assume = async || self.own.assume_role(&request).await.map(|role| role.credentials);
            self.session.get_or_try_init(assume).await.cloned().map_err(CredentialsError::provider_error)
        };
        future::ProvideCredentials::new(assumed)
    }
}

/// A logged-in client, like docker.
pub(crate) struct Pusher(pub EcrEndpoint);

impl Pusher {
    pub(crate) async fn new(app: &App, key: &RegistryKey) -> Self {
        Self(EcrEndpoint::connect(client(app, key), RepositorySettings::default()).await.unwrap())
    }

    pub(crate) async fn create(&self, name: &str) {
        let name: RepositoryName = name.parse().unwrap();
        self.0.client().create_repository(&name, &RepositorySettings::default()).await.unwrap();
    }

    pub(crate) async fn blob(&self, name: &RepositoryName, media_type: &str, bytes: Vec<u8>) -> Descriptor {
        let descriptor = Descriptor {
            media_type: media_type.into(),
            digest: digest_of(Algorithm::Sha256, &bytes),
            size: bytes.len() as u64,
        };
        let body = futures::stream::iter([Ok(bytes.into())]).boxed();
        self.0.push_blob(name, &descriptor, body).await.unwrap();
        descriptor
    }

    /// Pushes an image with a layer, a label and a tag.
    pub(crate) async fn push(&self, repository: &str, tag: &str) -> Digest {
        self.push_platform(repository, Some(tag), "amd64").await.digest
    }

    pub(crate) async fn push_platform(
        &self,
        repository: &str,
        tag: Option<&str>,
        architecture: &str,
    ) -> Descriptor {
        let name: RepositoryName = repository.parse().unwrap();
        let config = serde_json::json!({
            "architecture": architecture,
            "os": "linux",
            "created": "2026-11-20T10:00:00Z",
            "config": {"Labels": {"git-commit": format!("commit of {tag:?}"), "empty": ""}},
        });
        let config = self
            .blob(&name, "application/vnd.oci.image.config.v1+json", config.to_string().into_bytes())
            .await;
        let content = format!("layer of {repository} {tag:?} {architecture}").into_bytes();
        let layer = self.blob(&name, "application/vnd.oci.image.layer.v1.tar+gzip", content).await;
        self.manifest(
            &name,
            tag,
            "application/vnd.oci.image.manifest.v1+json",
            &serde_json::json!({
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": config,
                "layers": [layer],
            }),
        )
        .await
    }

    pub(crate) async fn manifest(
        &self,
        name: &RepositoryName,
        tag: Option<&str>,
        media_type: &str,
        document: &serde_json::Value,
    ) -> Descriptor {
        let bytes = document.to_string().into_bytes();
        let digest = digest_of(Algorithm::Sha256, &bytes);
        let manifest = Manifest { media_type: media_type.into(), bytes: bytes.into(), digest };
        let tag = tag.map(|tag| tag.parse::<Tag>().unwrap());
        self.0.push_manifest(name, &manifest, tag.as_ref()).await.unwrap();
        manifest.descriptor()
    }

    /// Pushes a referrer of an image, like a signature, without a tag.
    pub(crate) async fn push_referrer(&self, repository: &str, subject: &Descriptor) -> Digest {
        let name: RepositoryName = repository.parse().unwrap();
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let empty = self.blob(&name, "application/vnd.oci.empty.v1+json", b"{}".to_vec()).await;
        let document = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": media_type,
            "artifactType": "application/vnd.example.signature",
            "config": empty,
            "layers": [empty],
            "subject": subject,
        });
        self.manifest(&name, None, media_type, &document).await.digest
    }

    /// Pushes an index of two platforms.
    pub(crate) async fn push_index(&self, repository: &str, tag: &str) -> Digest {
        let mut children = Vec::new();
        for architecture in ["amd64", "arm64"] {
            let child = self.push_platform(repository, None, architecture).await;
            let mut child = serde_json::to_value(child).unwrap();
            child["platform"] = serde_json::json!({"os": "linux", "architecture": architecture});
            children.push(child);
        }
        let document = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": children,
        });
        let name = repository.parse().unwrap();
        self.manifest(&name, Some(tag), "application/vnd.oci.image.index.v1+json", &document).await.digest
    }
}

/// Calls `look` again after every change, until it returns a result.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(
    events: &mut AppEvents,
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            events.next().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}

/// A desktop without a keychain.
pub(crate) struct NoKeychain;

fn missing() -> ApiError {
    ApiError::new("keychain-missing", Side::ThisMachine, "This desktop has no keychain.")
}

#[async_trait]
impl SecretStore for NoKeychain {
    async fn get(&self, _name: &str) -> Result<Option<Secret>, ApiError> {
        Err(missing())
    }

    async fn set(&self, _name: &str, _secret: Secret) -> Result<(), ApiError> {
        Err(missing())
    }

    async fn delete(&self, _name: &str) -> Result<(), ApiError> {
        Err(missing())
    }

    async fn state(&self) -> Keychain {
        Keychain::Missing { hint: "Start a keychain.".into() }
    }
}

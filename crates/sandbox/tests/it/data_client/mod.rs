//! A client for the data plane, as plain as HTTP.

use longshore_names::{AccountId, Region, RegistryId};
use longshore_sandbox::{Change, ReplicationOutcome, Sandbox};
use reqwest::{Method, RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use crate::control_client::{OCI_INDEX, OCI_MANIFEST, digest};

/// One registry's data plane with a valid password; redirects are not followed.
pub(crate) struct Data {
    pub(crate) url: String,
    pub(crate) password: String,
    pub(crate) http: reqwest::Client,
}

pub(crate) fn registry(account: &str, region: &str) -> RegistryId {
    RegistryId::new(account.parse().unwrap(), region.parse().unwrap())
}

impl Data {
    pub(crate) fn of(sandbox: &Sandbox, account: &str, region: &str) -> Self {
        let (owner, place): (AccountId, Region) = (account.parse().unwrap(), region.parse().unwrap());
        Self {
            url: sandbox.ready().registry_url(&registry(account, region)).unwrap().to_owned(),
            password: sandbox.registry_password(&owner, &place),
            http: reqwest::Client::builder().redirect(Policy::none()).build().unwrap(),
        }
    }

    /// A request with credentials; `path` begins after `/v2/`, or is a whole address.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}/v2/{path}", self.url) };
        self.http.request(method, url).basic_auth("AWS", Some(&self.password))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn head(&self, path: &str) -> Response {
        self.request(Method::HEAD, path).send().await.unwrap()
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Response {
        self.request(method, path).body(body).send().await.unwrap()
    }

    /// Opens an upload and returns its address.
    pub(crate) async fn open(&self, repository: &str) -> String {
        let response = self.send(Method::POST, &format!("{repository}/blobs/uploads/"), "").await;
        assert_eq!(response.status(), 202);
        header(&response, "location").to_owned()
    }

    /// Uploads a blob with POST and PUT and returns its digest.
    pub(crate) async fn blob(&self, repository: &str, content: &[u8]) -> String {
        let location = self.open(repository).await;
        let digest = digest(content);
        let response = self.send(Method::PUT, &format!("{location}?digest={digest}"), content.to_vec()).await;
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        digest
    }

    pub(crate) async fn put(
        &self,
        repository: &str,
        reference: &str,
        media_type: &str,
        manifest: &str,
    ) -> Response {
        let request = self.request(Method::PUT, &format!("{repository}/manifests/{reference}"));
        request.header("content-type", media_type).body(manifest.to_owned()).send().await.unwrap()
    }

    /// Pushes an image with one layer and returns its manifest and digest.
    pub(crate) async fn image(&self, repository: &str, name: &str, tag: &str) -> (String, String) {
        let config = json!({ "name": name }).to_string();
        let layer = format!("layer of {name}");
        self.blob(repository, config.as_bytes()).await;
        self.blob(repository, layer.as_bytes()).await;
        let manifest = manifest(&config, &layer).to_string();
        let response = self.put(repository, tag, OCI_MANIFEST, &manifest).await;
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        let digest = digest(manifest.as_bytes());
        (manifest, digest)
    }

    /// Pushes an index of one image and returns the digests of index and image.
    pub(crate) async fn index(&self, repository: &str, name: &str, tag: &str) -> (String, String) {
        let config = json!({ "name": name }).to_string();
        let layer = format!("layer of {name}");
        self.blob(repository, config.as_bytes()).await;
        self.blob(repository, layer.as_bytes()).await;
        let child = manifest(&config, &layer).to_string();
        let child_digest = digest(child.as_bytes());
        assert_eq!(self.put(repository, &child_digest, OCI_MANIFEST, &child).await.status(), 201);
        let index = crate::control_client::index(&[(&child_digest, child.len())]);
        assert_eq!(self.put(repository, tag, OCI_INDEX, &index).await.status(), 201);
        (digest(index.as_bytes()), child_digest)
    }
}

pub(crate) fn manifest(config: &str, layer: &str) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config.as_bytes()), "size": config.len() },
        "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(layer.as_bytes()), "size": layer.len() }],
    })
}

#[track_caller]
pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
}

/// The status, code and message of a response that must be an error.
pub(crate) async fn error(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{status} {e}: {text}"));
    let first = &body["errors"][0];
    (status, first["code"].as_str().unwrap().to_owned(), first["message"].as_str().unwrap().to_owned())
}

/// Waits for the next replication to end.
pub(crate) async fn replicated(changes: &mut Receiver<Change>) -> (RegistryId, String, ReplicationOutcome) {
    loop {
        if let Change::ReplicationFinished { destination, digest, outcome, .. } =
            changes.recv().await.unwrap()
        {
            return (destination, digest.to_string(), outcome);
        }
    }
}

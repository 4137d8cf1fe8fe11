//! A client for the control plane that signs with AWS's own signer.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use chrono::{DateTime, Utc};
use longshore_sandbox::{Clock, PortChoice, Sandbox, SandboxOptions, Switches};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const DEV: &str = "111122223333";
pub(crate) const PROD: &str = "444455556666";
pub(crate) const WEST: &str = "us-west-2";
pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A sandbox in a directory of its own, with its clock standing still.
pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    pub(crate) directory: tempfile::TempDir,
}

/// The response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The output of a call that must succeed.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The code and message of a call that must fail.
    #[track_caller]
    pub(crate) fn error(self) -> (String, String) {
        assert!(self.status >= 400, "{}", self.text);
        let body = self.json();
        let code = body["__type"].as_str().unwrap().to_owned();
        assert_eq!(self.headers["x-amzn-errortype"].to_str().unwrap(), code);
        assert!(!self.headers["x-amzn-requestid"].is_empty());
        (code, body["message"].as_str().unwrap().to_owned())
    }

    /// The code of a call that must fail.
    #[track_caller]
    pub(crate) fn code(self) -> String {
        self.error().0
    }
}

/// Keys to sign with.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

pub(crate) fn options(directory: &std::path::Path, clock: &Clock) -> SandboxOptions {
    let mut options = SandboxOptions::new(directory.join("state"));
    options.port = PortChoice::Any;
    options.clock = clock.clone();
    options.replication_delay = Duration::ZERO;
    options
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::with(Switches::default()).await
    }

    pub(crate) async fn with(switches: Switches) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let start: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let clock = Clock::frozen(start);
        let mut options = options(directory.path(), &clock);
        options.switches = switches;
        let sandbox = Sandbox::start(options).await.unwrap();
        Self { sandbox, clock, http: reqwest::Client::new(), directory }
    }

    /// The same sandbox in a new process, so to speak.
    pub(crate) async fn restart(self) -> Self {
        let Self { sandbox, clock, http, directory } = self;
        sandbox.shutdown().await;
        let sandbox = Sandbox::start(options(directory.path(), &clock)).await.unwrap();
        Self { sandbox, clock, http, directory }
    }

    pub(crate) fn keys(&self, account: &str) -> Keys {
        let ready = self.sandbox.ready();
        let found = ready.credentials.iter().find(|c| c.account.as_str() == account).unwrap();
        Keys { id: found.access_key_id.clone(), secret: found.secret_access_key.clone(), token: None }
    }

    /// A signed request, ready to be sent or to be tampered with first.
    pub(crate) fn signed(
        &self,
        keys: &Keys,
        service: &str,
        region: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> http::Request<Vec<u8>> {
        self.signed_at(self.clock.now(), keys, service, region, headers, body)
    }

    /// As [`Fixture::signed`], by a client whose clock shows `time`.
    pub(crate) fn signed_at(
        &self,
        time: DateTime<Utc>,
        keys: &Keys,
        service: &str,
        region: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> http::Request<Vec<u8>> {
        let url = format!("{}/", self.sandbox.ready().control);
        let mut request = http::Request::post(&url);
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        request = request.header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.to_vec()).unwrap();
        let identity = Credentials::new(&keys.id, &keys.secret, keys.token.clone(), None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::from(time))
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let pairs: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let signable = SignableRequest::new("POST", &url, pairs, SignableBody::Bytes(body)).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }

    pub(crate) async fn send(&self, request: http::Request<Vec<u8>>) -> Answer {
        let response = self.http.execute(request.try_into().unwrap()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    /// An ECR request signed with `keys`.
    pub(crate) fn request(
        &self,
        keys: &Keys,
        region: &str,
        operation: &str,
        input: &Value,
    ) -> http::Request<Vec<u8>> {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        self.signed(keys, "ecr", region, &headers, input.to_string().as_bytes())
    }

    /// One ECR call of an account in a Region.
    pub(crate) async fn call_in(&self, account: &str, region: &str, operation: &str, input: Value) -> Answer {
        self.send(self.request(&self.keys(account), region, operation, &input)).await
    }

    /// One ECR call of Dev in us-west-2.
    pub(crate) async fn call(&self, operation: &str, input: Value) -> Answer {
        self.call_in(DEV, WEST, operation, input).await
    }

    /// One STS call.
    pub(crate) async fn sts(&self, keys: &Keys, form: &str) -> Answer {
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        self.send(self.signed(keys, "sts", WEST, &headers, form.as_bytes())).await
    }

    pub(crate) async fn create(&self, repository: &str) {
        self.call("CreateRepository", json!({ "repositoryName": repository })).await.ok();
    }

    /// Uploads a layer in one part and returns its digest.
    pub(crate) async fn layer(&self, repository: &str, content: &[u8]) -> String {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let upload = self.call("InitiateLayerUpload", json!({ "repositoryName": repository })).await.ok();
        let id = upload["uploadId"].as_str().unwrap();
        let part = json!({
            "repositoryName": repository, "uploadId": id, "partFirstByte": 0, "partLastByte": content.len() - 1,
            "layerPartBlob": STANDARD.encode(content),
        });
        self.call("UploadLayerPart", part).await.ok();
        let digest = digest(content);
        let complete = json!({ "repositoryName": repository, "uploadId": id, "layerDigests": [digest] });
        self.call("CompleteLayerUpload", complete).await.ok();
        digest
    }

    /// Pushes an image whose config is `{"name": …}` with one layer, and returns manifest and
    /// digest.
    pub(crate) async fn image(&self, repository: &str, name: &str, tag: Option<&str>) -> (String, String) {
        let config = json!({ "name": name }).to_string().into_bytes();
        let layer = format!("layer of {name}").into_bytes();
        for blob in [&config, &layer] {
            let known = json!({ "repositoryName": repository, "layerDigests": [digest(blob)] });
            let known = self.call("BatchCheckLayerAvailability", known).await.ok();
            if known["layers"][0]["layerAvailability"] != "AVAILABLE" {
                self.layer(repository, blob).await;
            }
        }
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(&config), "size": config.len() },
            "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(&layer), "size": layer.len() }],
        })
        .to_string();
        self.put(repository, &manifest, tag).await.ok();
        let digest = digest(manifest.as_bytes());
        (manifest, digest)
    }

    pub(crate) async fn put(&self, repository: &str, manifest: &str, tag: Option<&str>) -> Answer {
        let mut input = json!({ "repositoryName": repository, "imageManifest": manifest });
        if let Some(tag) = tag {
            input["imageTag"] = tag.into();
        }
        self.call("PutImage", input).await
    }

    /// Pushes a list of these manifests and returns its digest.
    pub(crate) async fn list(
        &self,
        repository: &str,
        children: &[(&str, usize)],
        tag: Option<&str>,
    ) -> String {
        let manifest = index(children);
        self.put(repository, &manifest, tag).await.ok();
        digest(manifest.as_bytes())
    }
}

/// An OCI index of manifests with these digests and sizes.
pub(crate) fn index(children: &[(&str, usize)]) -> String {
    let manifests: Vec<Value> = children
        .iter()
        .map(|(digest, size)| json!({ "mediaType": OCI_MANIFEST, "digest": digest, "size": size }))
        .collect();
    json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests }).to_string()
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// The text between `<name>` and `</name>`.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = xml.find(&open).unwrap_or_else(|| panic!("no {name} in {xml}")) + open.len();
    &xml[start..start + xml[start..].find(&close).unwrap()]
}

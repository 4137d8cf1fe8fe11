//! Calls to services of AWS for which this crate has no client: one JSON request, signed and bounded.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use longshore_names::RegistryId;
use longshore_registry::{Network, bounded_answer, network_error};
use serde_json::Value;
use url::Url;

use crate::{Call, EcrError, EcrErrorKind, client::classify};

/// The largest answer.
const LARGEST: usize = 4 * 1024 * 1024;
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A call with AWS's JSON protocol.
pub struct JsonCall<'a> {
    /// The registry for which it is made; for errors.
    pub registry: RegistryId,
    /// The service's name in signatures, such as `organizations`.
    pub service: &'static str,
    /// The Region in signatures.
    pub region: &'a str,
    /// Where the service answers.
    pub endpoint: Url,
    /// `X-Amz-Target`, such as `AWSOrganizationsV20161128.ListAccounts`; `None` where the path of the
    /// endpoint names the operation (`restJson1`).
    pub target: Option<&'static str>,
    /// The operation's name.
    pub operation: &'static str,
    /// The input.
    pub input: Value,
}

impl JsonCall<'_> {
    /// Sends it.
    ///
    /// # Errors
    /// As calls to ECR: credentials, network, what the service says.
    pub async fn send(
        &self,
        credentials: &SharedCredentialsProvider,
        network: &Network,
    ) -> Result<Value, EcrError> {
        let call = || Call {
            registry: self.registry.clone(),
            operation: self.operation,
            repository: None,
            message: String::new(),
            request_id: None,
        };
        let protocol = |text: &str| EcrErrorKind::Protocol.of(Call { message: text.to_owned(), ..call() });
        let credentials = credentials
            .provide_credentials()
            .await
            .map_err(|error| classify::no_credentials(call(), &error))?;
        let body = self.input.to_string();
        let mut request = http::Request::builder().method("POST").uri(self.endpoint.as_str());
        request = match self.target {
            Some(target) => {
                request.header("content-type", "application/x-amz-json-1.1").header("x-amz-target", target)
            }
            None => request.header("content-type", "application/json"),
        };
        let mut request = request.body(body.clone()).map_err(|error| protocol(&error.to_string()))?;
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| protocol(&error.to_string()))?
            .into();
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let signable = SignableRequest::new(
            "POST",
            self.endpoint.as_str(),
            headers,
            SignableBody::Bytes(body.as_bytes()),
        )
        .map_err(|error| protocol(&error.to_string()))?;
        let signed = sign(signable, &parameters).map_err(|error| protocol(&error.to_string()))?;
        signed.into_parts().0.apply_to_request_http1x(&mut request);
        let local = |error: longshore_registry::Error| protocol(&error.to_string());
        let client = network.client("AWS").map_err(local)?;
        let request: reqwest::Request = request
            .map(reqwest::Body::from)
            .try_into()
            .map_err(|error: reqwest::Error| protocol(&error.to_string()))?;
        let host = self.endpoint.host_str().unwrap_or("AWS").to_owned();
        let unreachable = |error: reqwest::Error| {
            let sent = !error.is_connect();
            let message = classify::clean(&network_error(&host, error).to_string());
            EcrErrorKind::Unreachable { sent }.of(Call { message, ..call() })
        };
        let broken_off = |error: longshore_registry::Error| {
            let message = classify::clean(&error.to_string());
            EcrErrorKind::Unreachable { sent: true }.of(Call { message, ..call() })
        };
        let asked = async {
            let answer = client.execute(request).await.map_err(unreachable)?;
            let status = answer.status().as_u16();
            let kind = answer.headers().get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
            // `AccessDeniedException:http://…`
            let kind = kind.map(|kind| kind.split(':').next().unwrap_or_default().to_owned());
            let text = bounded_answer(&host, answer, LARGEST).await.map_err(broken_off)?;
            Ok((status, kind, text))
        };
        let (status, kind, text) =
            tokio::time::timeout(PATIENCE, asked).await.map_err(|_| EcrErrorKind::Timeout.of(call()))??;
        let value: Value = serde_json::from_slice(&text).map_err(|_| protocol("the answer is not JSON"))?;
        if status < 300 {
            return Ok(value);
        }
        let word = |names: &[&str]| names.iter().find_map(|name| value.get(*name).and_then(Value::as_str));
        let message = classify::clean(word(&["message", "Message"]).unwrap_or_default());
        let code = kind.as_deref().or(word(&["__type", "code"])).unwrap_or_default();
        Err(classify::from_service(Call { message, ..call() }, code, status))
    }
}

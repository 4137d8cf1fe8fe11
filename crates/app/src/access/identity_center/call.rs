//! Requests to IAM Identity Center: bounded, in JSON, without a signature.

use std::time::Duration;

use longshore_registry::{Network, Secret, bounded_answer, network_error};
use serde_json::Value;
use url::Url;

use crate::api::{ApiError, Side};

/// The largest answer.
const LARGEST: usize = 4 * 1024 * 1024;
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// What errors call the other side.
const NAME: &str = "IAM Identity Center";

/// A client of Identity Center.
pub(super) struct Caller(reqwest::Client);

impl Caller {
    pub(super) fn new(network: &Network) -> Result<Self, ApiError> {
        Ok(Self(network.client(NAME)?))
    }

    /// Asks the portal. The status is any.
    pub(super) async fn get(&self, url: Url, token: &Secret) -> Result<(u16, Value), ApiError> {
        self.send(self.0.get(url).header("x-amz-sso_bearer_token", token.expose())).await
    }

    /// Posts to the OIDC service. The status is any.
    pub(super) async fn post(&self, url: Url, body: &Value) -> Result<(u16, Value), ApiError> {
        self.send(self.0.post(url).json(body)).await
    }

    /// Posts to the portal with nothing in it. Returns the status.
    pub(super) async fn end(&self, url: Url, token: &Secret) -> Result<u16, ApiError> {
        let request = self.0.post(url).header("x-amz-sso_bearer_token", token.expose());
        Ok(self.send(request).await?.0)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<(u16, Value), ApiError> {
        let asked = async {
            let answer = request.send().await.map_err(|error| unreachable(network_error(NAME, error)))?;
            let status = answer.status().as_u16();
            Ok::<_, ApiError>((status, bounded_answer(NAME, answer, LARGEST).await?))
        };
        let (status, text) = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| {
            ApiError::new("timeout", Side::Service, "IAM Identity Center did not answer in time.")
        })??;
        // The text of an error is not always JSON. serde's own error could quote a token.
        Ok((status, serde_json::from_slice(&text).unwrap_or_default()))
    }
}

/// The error of a request without an answer.
fn unreachable(error: longshore_registry::Error) -> ApiError {
    let error = ApiError::from(error);
    match error.code.as_str() {
        "certificate" => error.hint(
            "Trust the authority: name its certificate (PEM) in AWS_CA_BUNDLE, in `ca_bundle` of the profile, or in the settings.",
        ),
        _ => error,
    }
}

/// The error of an answer that is neither success nor a known refusal.
pub(super) fn unexpected(status: u16) -> ApiError {
    ApiError::new("protocol", Side::Service, format!("IAM Identity Center answered with {status}."))
        .hint("Check the start URL and the Region of the SSO session.")
}

//! Calls with AWS's JSON protocols.

use aws_credential_types::provider::SharedCredentialsProvider;
use http::Method;
use longshore_names::RegistryId;
use longshore_registry::Network;
use serde_json::Value;
use url::Url;

use super::signed::SignedCall;
use crate::EcrError;

/// How an operation is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonTarget {
    /// By `X-Amz-Target`, such as `AWSOrganizationsV20161128.ListAccounts` (`awsJson1.1`).
    Header(&'static str),
    /// By the path of the endpoint, with the input as the body (`restJson1`).
    Path,
    /// By the path of the endpoint, which also has the input (`restJson1`, `GET`).
    Get,
}

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
    /// How the operation is named.
    pub target: JsonTarget,
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
        let (method, headers, body) = match self.target {
            JsonTarget::Header(target) => (
                Method::POST,
                vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)],
                self.input.to_string(),
            ),
            JsonTarget::Path => {
                (Method::POST, vec![("content-type", "application/json")], self.input.to_string())
            }
            JsonTarget::Get => (Method::GET, Vec::new(), String::new()),
        };
        let call = SignedCall {
            registry: &self.registry,
            service: self.service,
            region: self.region,
            endpoint: &self.endpoint,
            operation: self.operation,
            method,
            headers,
            body,
        };
        let answer = call.send(credentials, network).await?;
        let Ok(value) = serde_json::from_slice::<Value>(&answer.body) else {
            return Err(match answer.status {
                ..300 => call.protocol("the answer is not JSON"),
                _ => call.refused(&answer, "", ""),
            });
        };
        if answer.status < 300 {
            return Ok(value);
        }
        let word = |names: &[&str]| names.iter().find_map(|name| value.get(*name).and_then(Value::as_str));
        let code = answer.kind.as_deref().or(word(&["__type", "code"])).unwrap_or_default();
        Err(call.refused(&answer, code, word(&["message", "Message"]).unwrap_or_default()))
    }
}

//! Calls to services of AWS for which this crate has no client: one request, signed and bounded.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use chrono::{DateTime, Utc};
use http::Method;
use longshore_names::RegistryId;
use longshore_registry::{Network, bounded_answer, network_error};
use url::Url;

use crate::{Call, EcrError, EcrErrorKind, client::classify};

/// The largest answer.
const LARGEST: usize = 4 * 1024 * 1024;
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What every protocol has.
pub(crate) struct SignedCall<'a> {
    /// The registry for which it is made; for errors.
    pub(crate) registry: &'a RegistryId,
    /// The service's name in signatures, such as `organizations`.
    pub(crate) service: &'a str,
    /// The Region in signatures.
    pub(crate) region: &'a str,
    /// Where the service answers.
    pub(crate) endpoint: &'a Url,
    /// The operation's name.
    pub(crate) operation: &'static str,
    /// `POST` with a body, or `GET`.
    pub(crate) method: Method,
    /// The headers of the protocol.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub(crate) body: String,
}

/// An answer, also one that refuses.
pub(crate) struct SignedAnswer {
    pub(crate) status: u16,
    /// `x-amzn-errortype` without its address.
    pub(crate) kind: Option<String>,
    /// The request's id, if a header has it.
    pub(crate) request_id: Option<String>,
    pub(crate) body: Vec<u8>,
    /// `Date`: the time of the service.
    date: Option<DateTime<Utc>>,
}

impl SignedAnswer {
    /// The time of the service, if it refused the signature because of the time in it.
    fn other_time(&self) -> Option<DateTime<Utc>> {
        const WORDS: [&str; 5] = [
            "RequestTimeTooSkewed",
            "RequestExpired",
            "RequestInTheFuture",
            "Signature expired",
            "Signature not yet current",
        ];
        let text = String::from_utf8_lossy(&self.body);
        let says = |word: &&str| text.contains(*word) || self.kind.as_deref() == Some(*word);
        self.date.filter(|_| (400..500).contains(&self.status) && WORDS.iter().any(says))
    }
}

impl SignedCall<'_> {
    /// The call for errors.
    pub(crate) fn call(&self) -> Call {
        Call {
            registry: self.registry.clone(),
            operation: self.operation,
            repository: None,
            message: String::new(),
            request_id: None,
        }
    }

    /// An answer that cannot be understood.
    pub(crate) fn protocol(&self, text: &str) -> EcrError {
        EcrErrorKind::Protocol.of(Call { message: classify::clean(text), ..self.call() })
    }

    /// Sends it; once more by the service's clock if this computer's is wrong, as the SDK does.
    ///
    /// # Errors
    /// Without an answer: credentials, network, time.
    pub(crate) async fn send(
        &self,
        credentials: &SharedCredentialsProvider,
        network: &Network,
    ) -> Result<SignedAnswer, EcrError> {
        let answer = self.send_at(SystemTime::now(), credentials, network).await?;
        match answer.other_time() {
            Some(time) => self.send_at(time.into(), credentials, network).await,
            None => Ok(answer),
        }
    }

    async fn send_at(
        &self,
        time: SystemTime,
        credentials: &SharedCredentialsProvider,
        network: &Network,
    ) -> Result<SignedAnswer, EcrError> {
        let request = self.signed(credentials, time).await?;
        let client =
            network.client("AWS").map_err(|error| classify::no_connection(self.call(), &error, false))?;
        let host = self.endpoint.host_str().unwrap_or("AWS").to_owned();
        let unreachable = |error: reqwest::Error| match (error.is_connect(), error.is_timeout()) {
            (false, true) => EcrErrorKind::Timeout.of(self.call()),
            (connecting, _) => {
                classify::no_connection(self.call(), &network_error(&host, error), !connecting)
            }
        };
        let asked = async {
            let answer = client.execute(request).await.map_err(unreachable)?;
            let status = answer.status().as_u16();
            let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
            // `AccessDeniedException:http://…`
            let kind = header("x-amzn-errortype").map(|kind| kind.split(':').next().unwrap_or_default());
            let date = header("date").and_then(|text| DateTime::parse_from_rfc2822(text).ok());
            let date = date.map(|date| date.to_utc());
            let (kind, request_id) =
                (kind.map(str::to_owned), header("x-amzn-requestid").map(classify::clean));
            let body = bounded_answer(&host, answer, LARGEST)
                .await
                .map_err(|error| classify::no_connection(self.call(), &error, true))?;
            Ok(SignedAnswer { status, kind, request_id, body: body.to_vec(), date })
        };
        tokio::time::timeout(PATIENCE, asked).await.map_err(|_| EcrErrorKind::Timeout.of(self.call()))?
    }

    /// What the service refused.
    pub(crate) fn refused(&self, answer: &SignedAnswer, code: &str, message: &str) -> EcrError {
        let (message, request_id) = (classify::clean(message), answer.request_id.clone());
        classify::from_service(Call { message, request_id, ..self.call() }, code, answer.status)
    }

    async fn signed(
        &self,
        credentials: &SharedCredentialsProvider,
        time: SystemTime,
    ) -> Result<reqwest::Request, EcrError> {
        let failed = |error: &dyn std::fmt::Display| self.protocol(&error.to_string());
        let credentials = credentials
            .provide_credentials()
            .await
            .map_err(|error| classify::no_credentials(self.call(), &error))?;
        let mut request = http::Request::builder().method(&self.method).uri(self.endpoint.as_str());
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(self.body.clone()).map_err(|error| failed(&error))?;
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(time)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let signable = SignableRequest::new(
            self.method.as_str(),
            self.endpoint.as_str(),
            self.headers.iter().copied(),
            SignableBody::Bytes(self.body.as_bytes()),
        )
        .map_err(|error| failed(&error))?;
        let signed = sign(signable, &parameters).map_err(|error| failed(&error))?;
        signed.into_parts().0.apply_to_request_http1x(&mut request);
        request.map(reqwest::Body::from).try_into().map_err(|error: reqwest::Error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_because_of_the_time_is_sent_again() {
        let date: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
        let answer = |status, kind: Option<&str>, body: &str| SignedAnswer {
            status,
            kind: kind.map(str::to_owned),
            request_id: None,
            body: body.as_bytes().to_vec(),
            date: Some(date),
        };
        let expired = r#"{"__type": "InvalidSignatureException", "message": "Signature expired: 1 is now earlier than 2"}"#;
        for (one, again) in [
            (answer(400, None, expired), true),
            (answer(403, Some("RequestTimeTooSkewed"), "{}"), true),
            (answer(403, None, "<Error><Code>RequestExpired</Code></Error>"), true),
            (answer(403, Some("AccessDeniedException"), "{}"), false),
            (answer(200, None, expired), false),
        ] {
            assert_eq!(one.other_time(), again.then_some(date), "{:?} {}", one.kind, one.status);
        }
        assert_eq!(SignedAnswer { date: None, ..answer(400, None, expired) }.other_time(), None);
    }
}

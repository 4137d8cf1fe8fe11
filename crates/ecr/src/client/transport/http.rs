//! AWS's SDK over the same HTTP client as registries: one set of certificates, proxies and errors.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, retry::ErrorKind};
use longshore_registry::{Error, Network, RegistryErrorKind, bounded_answer, network_error};

/// The largest answer: a part of a layer has 20 MiB, and a third more as base64.
const LARGEST: usize = 64 * 1024 * 1024;

/// A request that had no answer.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// What was wrong with the connection.
    pub(crate) error: Error,
    /// There was a connection, so that the request may have arrived.
    pub(crate) sent: bool,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for NoAnswer {}

/// The HTTP client for AWS's SDK. Clients with the same certificates and proxies share connections.
pub fn http_client(network: &Network) -> SharedHttpClient {
    static CLIENTS: OnceLock<Mutex<HashMap<Network, SharedHttpClient>>> = OnceLock::new();
    let mut clients = CLIENTS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    clients.entry(network.clone()).or_insert_with(|| SharedHttpClient::new(Client::new(network))).clone()
}

#[derive(Debug)]
struct Client(SharedHttpConnector);

impl Client {
    fn new(network: &Network) -> Self {
        Self(SharedHttpConnector::new(Connector(network.client("AWS").map_err(Arc::new))))
    }
}

impl HttpClient for Client {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

/// A client, or why there is none.
#[derive(Debug)]
struct Connector(Result<reqwest::Client, Arc<Error>>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = match &self.0 {
            Ok(client) => client.clone(),
            Err(error) => {
                let error = NoAnswer { error: Error::clone(error), sent: false };
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        HttpConnectorFuture::new(async move {
            let request = converted(request)?;
            let answer = client.execute(request).await.map_err(no_answer)?;
            response(answer).await
        })
    }
}

fn converted(request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let bytes = body.bytes().map(bytes::Bytes::copy_from_slice).unwrap_or_default();
    let request = http::Request::from_parts(parts, reqwest::Body::from(bytes));
    request.try_into().map_err(|error: reqwest::Error| ConnectorError::user(error.into()))
}

async fn response(answer: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let mut whole = http::Response::new(());
    *whole.status_mut() = answer.status();
    *whole.headers_mut() = answer.headers().clone();
    let host = answer.url().host_str().unwrap_or("AWS").to_owned();
    let body = bounded_answer(&host, answer, LARGEST).await.map_err(broken_off)?;
    let whole = whole.map(|()| SdkBody::from(body));
    HttpResponse::try_from(whole).map_err(|error| ConnectorError::other(error.into(), None))
}

/// An answer that began and did not end.
fn broken_off(error: Error) -> ConnectorError {
    let too_large = matches!(error, Error { kind: RegistryErrorKind::TooLarge { .. }, .. });
    let error = NoAnswer { error, sent: true };
    if too_large { ConnectorError::other(error.into(), None) } else { ConnectorError::io(error.into()) }
}

fn no_answer(error: reqwest::Error) -> ConnectorError {
    let (timeout, sent) = (error.is_timeout(), !error.is_connect());
    let host = error.url().and_then(|url| url.host_str()).unwrap_or("AWS").to_owned();
    let error = NoAnswer { error: network_error(&host, error), sent };
    match (timeout, &error.error) {
        (true, _) => ConnectorError::timeout(error.into()),
        // The same certificate is shown again.
        (false, Error { kind: RegistryErrorKind::Certificate { .. }, .. }) => {
            ConnectorError::user(error.into())
        }
        (false, _) if sent => ConnectorError::io(error.into()),
        (false, _) => ConnectorError::other(error.into(), Some(ErrorKind::TransientError)),
    }
}

//! One principal's view on one registry.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse, result::SdkError, stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::{error::metadata::ProvideErrorMetadata, retry::RetryConfig, timeout::TimeoutConfig};
use longshore_names::{AccountId, RegistryId, RepositoryName};
use longshore_registry::{Backoff, Network};
use tokio::sync::OnceCell;
use url::Url;

use crate::{
    Call, CallerIdentity, Calls, EcrError, EcrErrorKind, Hosts, Page, RegistryToken, WriteTiming,
    client::calls::CountCalls, client::classify, client::token::TokenCache,
    client::transport::http::http_client, client::transport::retries::OneBudget,
};

/// Pages of one list; a service that never ends is cut off here (1,000 items a page).
const MAX_PAGES: usize = 10_000;

/// The configuration of a client. AWS and everything that speaks its API differ only in endpoints
/// and credentials.
#[derive(Clone)]
pub struct EcrConfig {
    /// The target registry.
    pub registry: RegistryId,
    /// The principal's credentials.
    pub credentials: SharedCredentialsProvider,
    /// The address of the ECR API; `None` for AWS's own address of the Region.
    pub endpoint: Option<Url>,
    /// The address of STS; `None` for AWS's own address of the Region.
    pub sts_endpoint: Option<Url>,
    /// Where images are pushed and pulled; `None` for the registry's public host.
    pub data_plane: Option<Url>,
    /// Certificates and proxies.
    pub network: Network,
    /// Which of AWS's hosts are used.
    pub hosts: Hosts,
}

impl fmt::Debug for EcrConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcrConfig")
            .field("registry", &self.registry)
            .field("endpoint", &self.endpoint)
            .field("sts_endpoint", &self.sts_endpoint)
            .field("data_plane", &self.data_plane)
            .finish_non_exhaustive()
    }
}

/// The ECR and STS API for one principal and one registry. Clones are cheap and share
/// connections, the registry token and the count of calls.
///
/// A read is tried as often as [`Backoff`] says, or as the work that it is a part of allows
/// ([`Tries`](longshore_registry::Tries)); an attempt takes at most 20 s and a whole call at most
/// 60 s. A write is sent once; before it is sent again, the current state is read.
#[derive(Clone)]
pub struct EcrClient {
    shared: Arc<Shared>,
    registry: RegistryId,
    data_plane: Option<Url>,
    /// Counts the requests of one user of the client, besides `shared.calls`.
    own_calls: Option<Calls>,
    writes: WriteTiming,
}

struct Shared {
    ecr: aws_sdk_ecr::Client,
    sts: aws_sdk_sts::Client,
    hosts: Hosts,
    calls: Calls,
    tokens: TokenCache,
    caller: OnceCell<CallerIdentity>,
    endpoint: Option<Url>,
    network: Network,
}

impl fmt::Debug for EcrClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcrClient").field("registry", &self.registry).finish_non_exhaustive()
    }
}

impl EcrClient {
    /// Makes a client; nothing is sent yet.
    pub fn new(config: EcrConfig) -> Self {
        let calls = Calls::default();
        let region = config.registry.region.to_string();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(15))
            .operation_attempt_timeout(Duration::from_secs(20))
            .operation_timeout(Duration::from_secs(60))
            .build();
        let backoff = Backoff::default();
        let retries = RetryConfig::standard()
            .with_max_attempts(backoff.attempts)
            .with_initial_backoff(backoff.base)
            .with_max_backoff(backoff.cap);
        // The check of uploads wakes each waiting call every second, of a thousand registries at once. The
        // time-outs above end a call whose request is not taken.
        let stalls = StalledStreamProtectionConfig::enabled().upload_enabled(false).build();
        let http = http_client(&config.network);
        let mut ecr = aws_sdk_ecr::Config::builder()
            .behavior_version_latest()
            .http_client(http.clone())
            .region(aws_sdk_ecr::config::Region::new(region.clone()))
            .credentials_provider(config.credentials.clone())
            // Those who give credentials know best for how long they are good.
            .identity_cache(aws_sdk_ecr::config::IdentityCache::no_cache())
            .timeout_config(timeouts.clone())
            .stalled_stream_protection(stalls.clone())
            .retry_config(retries.clone())
            .retry_classifier(OneBudget)
            .interceptor(CountCalls(calls.clone()));
        // An address of one's own has no other kinds of hosts.
        let hosts = |endpoint: &Option<Url>| match endpoint {
            Some(_) => Hosts::default(),
            None => config.hosts,
        };
        let of_ecr = hosts(&config.endpoint);
        ecr.set_use_fips(Some(of_ecr.fips)).set_use_dual_stack(Some(of_ecr.dual_stack));
        ecr.set_endpoint_url(config.endpoint.as_ref().map(address));
        let mut sts = aws_sdk_sts::Config::builder()
            .behavior_version_latest()
            .http_client(http)
            .region(aws_sdk_sts::config::Region::new(region))
            .credentials_provider(config.credentials)
            .identity_cache(aws_sdk_sts::config::IdentityCache::no_cache())
            .timeout_config(timeouts)
            .stalled_stream_protection(stalls)
            .retry_config(retries)
            .interceptor(CountCalls(calls.clone()));
        let of_sts = hosts(&config.sts_endpoint);
        sts.set_use_fips(Some(of_sts.fips)).set_use_dual_stack(Some(of_sts.dual_stack));
        sts.set_endpoint_url(config.sts_endpoint.as_ref().map(address));
        Self {
            shared: Arc::new(Shared {
                ecr: aws_sdk_ecr::Client::from_conf(ecr.build()),
                sts: aws_sdk_sts::Client::from_conf(sts.build()),
                hosts: config.hosts,
                calls,
                tokens: TokenCache::default(),
                caller: OnceCell::new(),
                endpoint: config.endpoint,
                network: config.network,
            }),
            registry: config.registry,
            data_plane: config.data_plane,
            own_calls: None,
            writes: WriteTiming::default(),
        }
    }

    /// The same client with other timing for checking its writes.
    #[must_use]
    pub fn with_write_timing(self, writes: WriteTiming) -> Self {
        Self { writes, ..self }
    }

    pub(crate) fn write_timing(&self) -> &WriteTiming {
        &self.writes
    }

    /// The same client with a count of its own: requests through it count in both.
    pub(crate) fn counting(&self) -> (Self, Calls) {
        let calls = Calls::default();
        (Self { own_calls: Some(calls.clone()), ..self.clone() }, calls)
    }

    /// Certificates and proxies.
    pub(crate) fn network(&self) -> &Network {
        &self.shared.network
    }

    /// The address of the API; `None` for AWS's own address.
    pub(crate) fn endpoint(&self) -> Option<&Url> {
        self.shared.endpoint.as_ref()
    }

    /// The same principal's view of the registry of another account in the same Region.
    /// Connections, the token (valid for every registry of the Region) and the count of calls are
    /// shared.
    pub fn for_account(&self, account: AccountId, data_plane: Option<Url>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            registry: RegistryId::new(account, self.registry.region.clone()),
            data_plane,
            own_calls: self.own_calls.clone(),
            writes: self.writes,
        }
    }

    /// The target registry.
    pub fn registry(&self) -> &RegistryId {
        &self.registry
    }

    /// API requests that this client and its siblings have sent.
    pub fn calls(&self) -> &Calls {
        &self.shared.calls
    }

    /// Where images are pushed and pulled: the configured address; otherwise, with an API endpoint
    /// of its own, the host in the `repositoryUri` of the first repository, or in the `proxyEndpoint` of a
    /// token if there is no repository yet; otherwise the registry's public host. Loopback hosts use plain
    /// HTTP, as with docker.
    ///
    /// # Errors
    /// When repositories have to be listed, or a token fetched, and that fails, or a host is not valid.
    pub async fn data_plane(&self) -> Result<Url, EcrError> {
        if let Some(url) = &self.data_plane {
            return Ok(url.clone());
        }
        let mut host = self.shared.hosts.registry_host(&self.registry);
        if self.shared.endpoint.is_some() {
            let first = self.repositories_page(None, 1).await?;
            let told = match first.items.first() {
                Some(repository) => Some(repository.host().to_owned()),
                None => self.proxy_host().await?,
            };
            host = told.unwrap_or(host);
        }
        data_plane_url(&host).ok_or_else(|| {
            self.protocol(self.call("DescribeRepositories", None), &format!("`{host}` is not a host"))
        })
    }

    /// `host[:port]` for which a token is.
    async fn proxy_host(&self) -> Result<Option<String>, EcrError> {
        let call = self.call("GetAuthorizationToken", None);
        let answer = self.send(call, self.ecr().get_authorization_token().send()).await?;
        let url = answer.authorization_data().first().and_then(|data| data.proxy_endpoint());
        let rest = url.and_then(|url| url.split_once("://")).map(|(_, rest)| rest);
        Ok(rest.and_then(|rest| rest.split('/').next()).filter(|host| !host.is_empty()).map(str::to_owned))
    }

    /// The token that registry clients log in with: cached, refreshed at half of its life, and
    /// requested once however many tasks wait.
    ///
    /// # Errors
    /// As `GetAuthorizationToken`, when no valid token is cached.
    pub async fn token(&self) -> Result<Arc<RegistryToken>, EcrError> {
        self.shared.tokens.get(|| self.fetch_token()).await
    }

    /// A token other than `refused`, for a registry that answered 401 or 403 to that one. Many
    /// tasks with the same refused token cause one request.
    ///
    /// # Errors
    /// As `GetAuthorizationToken`.
    pub async fn token_after(&self, refused: &RegistryToken) -> Result<Arc<RegistryToken>, EcrError> {
        self.shared.tokens.get_after(refused, || self.fetch_token()).await
    }

    async fn fetch_token(&self) -> Result<RegistryToken, EcrError> {
        let call = self.call("GetAuthorizationToken", None);
        let answer = self.send(call.clone(), self.ecr().get_authorization_token().send()).await?;
        let data = answer.authorization_data().first();
        let text = data.and_then(|data| data.authorization_token());
        let expires = data.and_then(|data| data.expires_at()).and_then(crate::client::convert::time);
        text.and_then(|text| RegistryToken::parse(text, expires))
            .ok_or_else(|| self.protocol(call, "there is no usable token in it"))
    }

    pub(crate) fn ecr(&self) -> &aws_sdk_ecr::Client {
        &self.shared.ecr
    }

    pub(crate) fn sts(&self) -> &aws_sdk_sts::Client {
        &self.shared.sts
    }

    pub(crate) fn caller_cell(&self) -> &OnceCell<CallerIdentity> {
        &self.shared.caller
    }

    pub(crate) fn account(&self) -> String {
        self.registry.account.to_string()
    }

    pub(crate) fn call(&self, operation: &'static str, repository: Option<&RepositoryName>) -> Call {
        Call {
            registry: self.registry.clone(),
            operation,
            repository: repository.cloned(),
            message: String::new(),
            request_id: None,
        }
    }

    pub(crate) fn protocol(&self, mut call: Call, message: &str) -> EcrError {
        call.message = classify::clean(message);
        EcrErrorKind::Protocol.of(call)
    }

    pub(crate) fn invalid(&self, mut call: Call, message: &str) -> EcrError {
        call.message = classify::clean(message);
        EcrErrorKind::InvalidParameter.of(call)
    }

    /// Awaits a call and turns its failure into ours.
    pub(crate) async fn send<T, E>(
        &self,
        call: Call,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, EcrError>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let operation = call.operation;
        let answer = match &self.own_calls {
            Some(own) => own.scope(request).await,
            None => request.await,
        };
        answer.map_err(|error| {
            let error = classify::from_sdk(call, error);
            tracing::debug!(operation, registry = %self.registry, code = error.code(), "call failed");
            error
        })
    }

    /// Collects every page of a list; stops when the service repeats a page's token.
    pub(crate) async fn collect<T, F>(
        &self,
        call: Call,
        mut page: impl FnMut(Option<String>) -> F,
    ) -> Result<Vec<T>, EcrError>
    where
        F: Future<Output = Result<Page<T>, EcrError>>,
    {
        let mut items = Vec::new();
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let answer = page(next.clone()).await?;
            items.extend(answer.items);
            if answer.next.is_none() {
                return Ok(items);
            }
            if answer.next == next {
                return Err(self.protocol(call, "the list repeats the same page"));
            }
            next = answer.next;
        }
        Err(self.protocol(call, "the list does not end"))
    }
}

fn address(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn data_plane_url(host: &str) -> Option<Url> {
    let scheme = if longshore_registry::is_loopback(host) { "http" } else { "https" };
    format!("{scheme}://{host}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_speaks_plain_http() {
        for (host, url) in [
            ("127.0.0.1:4511", "http://127.0.0.1:4511/"),
            ("localhost:4511", "http://localhost:4511/"),
            ("[::1]:4511", "http://[::1]:4511/"),
            (
                "111122223333.dkr.ecr.us-west-2.amazonaws.com",
                "https://111122223333.dkr.ecr.us-west-2.amazonaws.com/",
            ),
            ("localhost.example.com", "https://localhost.example.com/"),
            ("10.0.0.1", "https://10.0.0.1/"),
        ] {
            assert_eq!(data_plane_url(host).unwrap().as_str(), url);
        }
        assert_eq!(data_plane_url("not a host"), None);
    }

    #[test]
    fn debug_output_has_no_credentials() {
        let config = EcrConfig {
            registry: RegistryId::new("111122223333".parse().unwrap(), "us-west-2".parse().unwrap()),
            credentials: SharedCredentialsProvider::new(aws_credential_types::Credentials::from_keys(
                "AKIDEXAMPLE",
                "SECRETEXAMPLE",
                None,
            )),
            endpoint: None,
            sts_endpoint: None,
            data_plane: None,
            network: Default::default(),
            hosts: Default::default(),
        };
        let text = format!("{config:?} {:?}", EcrClient::new(config.clone()));
        assert!(text.contains("111122223333"));
        assert!(!text.contains("AKID") && !text.contains("SECRET"), "{text}");
    }
}

//! From an account to what signs its requests, and where they go.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_config::{
    Region, default_provider::credentials::DefaultCredentialsChain, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use longshore_ecr::{EcrClient, EcrConfig, Hosts, RoleRequest, ServiceEndpoints, http_client};
use longshore_names::RegistryId;
use longshore_registry::Network;
use url::Url;

use super::{
    cached::Cached,
    mfa::{MfaSessions, WithMfa},
    profiles::{Profiles, Service},
    role::AssumedRole,
    signed_in,
};
use crate::{
    access::{CenterRole, SsoSession, Tokens},
    accounts::{StoredAccount, find_aws, key_credentials},
    api::{AccountHosts, ApiError, CredentialSource, ProfileKind, Side, SsoSessionKey},
    secrets::{MemoryStore, SecretStore},
};

/// The most accounts or profiles of one chain of roles.
const LONGEST_CHAIN: usize = 5;

/// Where credentials come from.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// Access keys.
    pub(crate) secrets: &'a Arc<dyn SecretStore>,
    /// Accounts that may assume roles.
    pub(crate) accounts: &'a [StoredAccount],
    /// Where AWS's API answers, in place of what is configured.
    pub(crate) endpoint: Option<&'a Url>,
    /// Certificates and proxies.
    pub(crate) network: &'a Network,
    /// What was acquired before.
    pub(crate) sessions: &'a Arc<Sessions>,
}

/// Sessions that were acquired, in memory only.
#[derive(Default)]
pub(crate) struct Sessions {
    /// With MFA devices.
    pub(crate) mfa: MfaSessions,
    /// Of IAM Identity Center.
    pub(crate) tokens: Tokens,
    /// Access keys that are kept for this session only.
    pub(crate) keys: MemoryStore,
    signings: Signings,
}

impl Sessions {
    /// Forgets those of an account and of accounts that may act through it, or all.
    pub(crate) fn forget(&self, account: Option<&str>) {
        let through = |source: &CredentialSource| matches!(source, CredentialSource::Role { .. });
        self.signings
            .lock()
            .retain(|(id, source), _| account.is_some_and(|account| account != id && !through(source)));
    }
}

/// What signs the requests of each account, so that all its registries share sessions.
#[derive(Default)]
struct Signings(Mutex<HashMap<Signer, Signing>>);

/// An account, and where its credentials come from.
type Signer = (String, CredentialSource);

impl Signings {
    fn lock(&self) -> MutexGuard<'_, HashMap<Signer, Signing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where addresses are configured, besides the environment.
#[derive(Clone, Copy)]
enum Configured<'a> {
    /// Nowhere.
    Environment,
    /// In the default profile.
    Default,
    /// In a profile.
    Profile(&'a str),
}

/// What signs requests, and where they go.
#[derive(Clone)]
pub(crate) struct Signing {
    /// Signs requests.
    pub(crate) credentials: SharedCredentialsProvider,
    /// Where ECR's API answers; `None` for AWS's own address.
    pub(crate) endpoint: Option<Url>,
    /// Where STS answers; `None` for AWS's own address.
    pub(crate) sts: Option<Url>,
    /// Where services beside ECR answer.
    pub(crate) services: ServiceEndpoints,
    /// Certificates and proxies.
    pub(crate) network: Network,
    /// Which of AWS's hosts are used.
    pub(crate) hosts: Hosts,
}

impl Signing {
    /// The client of a registry.
    pub(crate) fn client(&self, registry: RegistryId) -> EcrClient {
        EcrClient::new(EcrConfig {
            registry,
            credentials: self.credentials.clone(),
            endpoint: self.endpoint.clone(),
            sts_endpoint: self.sts.clone(),
            data_plane: None,
            network: self.network.clone(),
            hosts: self.hosts,
        })
    }
}

impl Sources<'_> {
    /// What signs the requests of an account to a registry.
    ///
    /// # Errors
    /// `key-missing`; `key-forgotten`; `profile-unknown`; `profiles-unreadable`; `endpoint-invalid`; `role-chain`; what the
    /// keychain says. Whether credentials are accepted is only known after a request.
    pub(crate) async fn of(
        &self,
        account: &StoredAccount,
        registry: &RegistryId,
    ) -> Result<Signing, ApiError> {
        let signer = (account.account.id.clone(), account.account.credentials.clone());
        if let Some(known) = self.sessions.signings.lock().get(&signer) {
            return Ok(known.clone());
        }
        // Sessions are for all Regions of the account, so they come from its first.
        let region = account.account.regions.first().and_then(|region| region.parse().ok());
        let home =
            RegistryId::new(registry.account.clone(), region.unwrap_or_else(|| registry.region.clone()));
        let mut signing = self.chained(account, &home, 1).await?;
        signing.credentials = SharedCredentialsProvider::new(Cached::new(signing.credentials));
        let AccountHosts { fips, dual_stack, .. } = account.account.hosts;
        signing.hosts.fips |= fips;
        signing.hosts.dual_stack |= dual_stack;
        // Another task may have been faster; its session is kept.
        Ok(self.sessions.signings.lock().entry(signer).or_insert(signing).clone())
    }

    /// What signs the requests of an account with an access key that is not stored yet; nothing is
    /// remembered.
    ///
    /// # Errors
    /// `endpoint-invalid`.
    pub(crate) async fn with_key(
        &self,
        account: &StoredAccount,
        key: SharedCredentialsProvider,
    ) -> Result<Signing, ApiError> {
        let mut signing = self.at(Configured::Environment, key).await?;
        let AccountHosts { fips, dual_stack, .. } = account.account.hosts;
        signing.hosts.fips |= fips;
        signing.hosts.dual_stack |= dual_stack;
        Ok(signing)
    }

    async fn chained(
        &self,
        account: &StoredAccount,
        registry: &RegistryId,
        length: usize,
    ) -> Result<Signing, ApiError> {
        match &account.account.credentials {
            CredentialSource::Sandbox => Err(ApiError::internal("The sandbox's credentials are its own.")),
            CredentialSource::Keychain => {
                let credentials = key_credentials(self.secrets.as_ref(), account).await?;
                self.at(Configured::Environment, credentials).await
            }
            CredentialSource::Memory => {
                let credentials = key_credentials(&self.sessions.keys, account).await?;
                self.at(Configured::Environment, credentials).await
            }
            CredentialSource::Environment => self.of_environment(registry).await,
            CredentialSource::Profile { profile } => self.of_profile(profile, registry).await,
            CredentialSource::Sso { session, account, role, start_url, region } => {
                let key = SsoSessionKey {
                    session: session.clone(),
                    start_url: start_url.clone(),
                    region: region.clone(),
                };
                let role = CenterRole {
                    secrets: self.secrets.clone(),
                    sessions: self.sessions.clone(),
                    network: self.network.clone(),
                    session: SsoSession::of(&key).await?,
                    account: account.clone(),
                    role: role.clone(),
                };
                self.at(Configured::Default, role.shared()).await
            }
            CredentialSource::Role { role_arn, via, external_id, session_name, mfa_serial, duration } => {
                if length >= LONGEST_CHAIN {
                    return Err(too_long());
                }
                let via = self.account(via)?;
                let base = Box::pin(self.chained(via, registry, length + 1)).await?;
                let request = RoleRequest {
                    role_arn: role_arn.clone(),
                    session_name: session_name.clone().unwrap_or_else(session),
                    external_id: external_id.clone(),
                    duration: duration.map(|seconds| Duration::from_secs(seconds.into())),
                };
                Ok(self.assume(base, mfa_serial.as_deref(), request, registry))
            }
        }
    }

    /// The account that assumes a role.
    fn account(&self, text: &str) -> Result<&StoredAccount, ApiError> {
        find_aws(self.accounts, text).ok_or_else(|| {
            let text = format!("Account {text}, which assumes the role, is not connected.");
            ApiError::new("account-unknown", Side::Input, text).at("via")
        })
    }

    fn assume(
        &self,
        base: Signing,
        serial: Option<&str>,
        request: RoleRequest,
        registry: &RegistryId,
    ) -> Signing {
        let base = match serial {
            None => base,
            Some(serial) => {
                let client = base.client(registry.clone());
                let with = WithMfa { sessions: self.sessions.clone(), serial: serial.to_owned(), client };
                Signing { credentials: with.shared(), ..base }
            }
        };
        let role = AssumedRole { client: base.client(registry.clone()), request };
        Signing { credentials: role.shared(), ..base }
    }

    async fn of_environment(&self, registry: &RegistryId) -> Result<Signing, ApiError> {
        let used = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
        // The SDK knows no MFA devices.
        let own_keys = std::env::var_os("AWS_ACCESS_KEY_ID").is_some_and(|key| !key.is_empty());
        if let Some(profile) = used.as_deref().filter(|_| !own_keys) {
            return self.of_profile(profile, registry).await;
        }
        if let Some(file) = std::env::var_os("AWS_WEB_IDENTITY_TOKEN_FILE").filter(|_| !own_keys) {
            readable_token(Path::new(&file), "AWS_WEB_IDENTITY_TOKEN_FILE").await?;
        }
        let region = Region::new(registry.region.to_string());
        let config = ProviderConfig::without_region().with_http_client(http_client(self.network));
        let chain = DefaultCredentialsChain::builder().configure(config).region(region).build().await;
        self.at(Configured::Default, SharedCredentialsProvider::new(chain)).await
    }

    async fn of_profile(&self, name: &str, registry: &RegistryId) -> Result<Signing, ApiError> {
        let profiles = Profiles::read(Some(name)).await?;
        if profiles.view(name)?.kind == ProfileKind::RoleFromProfile {
            return self.of_role_profile(name, registry, 1).await;
        }
        if let Some(file) = profiles.get(name)?.get("web_identity_token_file") {
            readable_token(Path::new(file), &format!("profile `{name}`")).await?;
        }
        let credentials = self.of_plain_profile(&profiles, name, registry)?;
        self.at(Configured::Profile(name), credentials).await
    }

    /// The credentials of a profile that assumes no role through another one.
    fn of_plain_profile(
        &self,
        profiles: &Profiles,
        name: &str,
        registry: &RegistryId,
    ) -> Result<SharedCredentialsProvider, ApiError> {
        let network = profiles.network(self.network);
        // A sign-in from the window counts for a profile too, and a session that has ended says so.
        Ok(match profiles.center_role(name)? {
            Some((session, account, role)) => {
                let (secrets, sessions) = (self.secrets.clone(), self.sessions.clone());
                CenterRole { secrets, sessions, network, session, account, role }.shared()
            }
            None => signed_in::of_profile(name, profiles.view(name)?.kind, sdk(name, registry, &network)),
        })
    }

    /// A profile whose role another one assumes. The SDK knows neither MFA devices nor sign-ins of ours, so
    /// the chain is followed here, in the same way: it ends at the first source with keys.
    async fn of_role_profile(
        &self,
        name: &str,
        registry: &RegistryId,
        length: usize,
    ) -> Result<Signing, ApiError> {
        if length > LONGEST_CHAIN {
            return Err(too_long());
        }
        let profiles = Profiles::read(Some(name)).await?;
        let profile = profiles.get(name)?;
        let text = |key: &str| profile.get(key).map(str::to_owned);
        let has_keys = length > 1 && profile.get("aws_access_key_id").is_some();
        let (Some(role_arn), Some(source)) = (text("role_arn"), text("source_profile")) else {
            let credentials = self.of_plain_profile(&profiles, name, registry)?;
            return self.at(Configured::Profile(name), credentials).await;
        };
        if has_keys {
            let keys = profile_keys(&profiles, name)?;
            return self.at(Configured::Profile(name), keys).await;
        }
        let request = RoleRequest {
            role_arn,
            session_name: text("role_session_name").unwrap_or_else(session),
            external_id: text("external_id"),
            duration: text("duration_seconds").and_then(|text| text.parse().ok()).map(Duration::from_secs),
        };
        let base = if source == name {
            let keys = profile_keys(&profiles, name)?;
            self.at(Configured::Profile(name), keys).await?
        } else {
            Box::pin(self.of_role_profile(&source, registry, length + 1)).await?
        };
        let signing = self.assume(base, text("mfa_serial").as_deref(), request, registry);
        // Requests go where the profile that was chosen says.
        let at = self.at(Configured::Profile(name), signing.credentials.clone()).await?;
        Ok(Signing { credentials: signing.credentials, ..at })
    }

    /// Requests go where the environment or the profile says.
    async fn at(
        &self,
        configured: Configured<'_>,
        credentials: SharedCredentialsProvider,
    ) -> Result<Signing, ApiError> {
        if let Some(endpoint) = self.endpoint {
            let services = ServiceEndpoints::all_at(endpoint);
            let endpoint = Some(endpoint.clone());
            let network = self.network.clone();
            let hosts = Hosts::default();
            return Ok(Signing { credentials, sts: endpoint.clone(), endpoint, services, network, hosts });
        }
        let profiles = match configured {
            Configured::Environment => Profiles::none().await?,
            Configured::Default => Profiles::read(None).await?,
            Configured::Profile(name) => Profiles::read(Some(name)).await?,
        };
        let (endpoint, sts) = (profiles.endpoint(Service::Ecr)?, profiles.endpoint(Service::Sts)?);
        let services = ServiceEndpoints {
            iam: profiles.endpoint(Service::Iam)?,
            kms: profiles.endpoint(Service::Kms)?,
            iam_toolbox: profiles.endpoint(Service::IamToolbox)?,
            cloudformation: profiles.endpoint(Service::CloudFormation)?,
            account: profiles.endpoint(Service::Account)?,
            organizations: profiles.endpoint(Service::Organizations)?,
        };
        let (network, hosts) = (profiles.network(self.network), profiles.hosts());
        Ok(Signing { credentials, endpoint, sts, services, network, hosts })
    }
}

/// The keys in a profile that names itself as the source of its role.
fn profile_keys(profiles: &Profiles, name: &str) -> Result<SharedCredentialsProvider, ApiError> {
    let profile = profiles.get(name)?;
    let (Some(id), Some(secret)) = (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key"))
    else {
        let text = format!("Profile `{name}` is the source of its own role but has no access key.");
        return Err(ApiError::new("key-missing", Side::ThisMachine, text)
            .hint("Name another profile as `source_profile`, or add the key."));
    };
    let token = profile.get("aws_session_token").map(str::to_owned);
    Ok(SharedCredentialsProvider::new(aws_credential_types::Credentials::from_keys(id, secret, token)))
}

/// The SDK does not say which file it could not read.
async fn readable_token(file: &Path, named_by: &str) -> Result<(), ApiError> {
    tokio::fs::File::open(file).await.map(drop).map_err(|error| {
        let text = format!(
            "The web identity token `{}` that {named_by} names cannot be read: {}.",
            file.display(),
            error.kind()
        );
        ApiError::new("no-credentials", Side::ThisMachine, text)
            .hint("Correct the path, or have the token written there.")
    })
}

fn sdk(name: &str, registry: &RegistryId, network: &Network) -> ProfileFileCredentialsProvider {
    let region = Some(Region::new(registry.region.to_string()));
    let config = ProviderConfig::without_region().with_region(region).with_http_client(http_client(network));
    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build()
}

/// A name for CloudTrail.
fn session() -> String {
    format!("longshore-{}", uuid::Uuid::now_v7().simple())
}

fn too_long() -> ApiError {
    let text = format!("More than {LONGEST_CHAIN} accounts or profiles assume roles of each other.");
    ApiError::new("role-chain", Side::Input, text)
}

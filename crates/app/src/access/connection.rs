//! The app's connection to one registry, as one of its accounts.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use longshore_ecr::{EcrClient, Services};
use longshore_names::RegistryId;
use url::Url;

use super::{Origin, Sources, acting};
use crate::{
    App,
    accounts::{Accounts, StoredAccount},
    api::{Account, AccountKey, ApiError, CredentialSource, RegistryKey, Space},
};

/// A registry with a client that acts for the app's account. Cheap to clone; clones share
/// connections, tokens and call counts.
#[derive(Clone)]
pub(crate) struct Connection {
    /// The registry as the API names it.
    pub(crate) key: RegistryKey,
    /// The registry.
    pub(crate) registry: RegistryId,
    /// The account as it was when the connection was created.
    pub(crate) account: StoredAccount,
    /// The control plane.
    pub(crate) client: EcrClient,
    /// IAM and KMS.
    pub(crate) services: Services,
    /// `--endpoint-url` for other programs; `None` for AWS's own address.
    pub(crate) endpoint: Option<Url>,
    /// Environment variables that other programs need to act as the same principal and that may be
    /// shown; empty for secret credentials.
    pub(crate) shell_environment: Vec<(String, String)>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("key", &self.key).field("endpoint", &self.endpoint).finish()
    }
}

/// Open connections.
#[derive(Default)]
pub(crate) struct Connections(Mutex<HashMap<RegistryKey, Connection>>);

impl Connections {
    fn lock(&self) -> MutexGuard<'_, HashMap<RegistryKey, Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops those of a space or of one of its accounts; they are created again when needed.
    pub(crate) fn forget(&self, space: Space, account: Option<&str>) {
        self.lock()
            .retain(|key, _| key.space != space || account.is_some_and(|id| id != key.account.as_str()));
    }
}

impl RegistryKey {
    /// The registry without its space.
    pub(crate) fn id(&self) -> RegistryId {
        RegistryId::new(self.account.clone(), self.region.clone())
    }

    /// A registry of an account that the app has.
    pub(crate) fn known(account: &Account, region: &str) -> Option<Self> {
        Some(Self { space: account.space, account: account.id.parse().ok()?, region: region.parse().ok()? })
    }

    /// A registry of a space.
    pub(crate) fn of(space: Space, id: &RegistryId) -> Self {
        Self { space, account: id.account.clone(), region: id.region.clone() }
    }
}

impl App {
    /// The connection to a registry, created on first use.
    ///
    /// # Errors
    /// `account-unknown`; errors of the keychain; the reason why the sandbox does not run.
    pub(crate) async fn connection(&self, key: &RegistryKey) -> Result<Connection, ApiError> {
        if let Some(connection) = self.connections.lock().get(key) {
            return Ok(connection.clone());
        }
        let registry = key.id();
        let account = self.account_of(key, &registry)?;
        let origin = match account.account.credentials {
            CredentialSource::Sandbox => self.sandbox.origin(&registry).await?,
            _ => Origin::of_account(&self.sources(&self.accounts.all()), &account, registry).await?,
        };
        let client = origin.client().with_write_timing(self.timing.writes);
        let services = origin.services();
        let Origin { registry, endpoint, shell_environment, .. } = origin;
        let connection =
            Connection { key: key.clone(), registry, account, client, services, endpoint, shell_environment };
        // Another task may have been faster; its counts and tokens are preserved.
        Ok(self.connections.lock().entry(key.clone()).or_insert(connection).clone())
    }

    /// A registry as rule files name it: `ACCOUNT/REGION`, which is one of AWS, or `host:port` of one of the
    /// sandbox.
    ///
    /// # Errors
    /// The reason why the sandbox does not run; `sandbox-region-not-found`.
    pub async fn registry_in_rules(&self, key: &RegistryKey) -> Result<String, ApiError> {
        if key.space == Space::Aws {
            return Ok(format!("{}/{}", key.account, key.region));
        }
        let host = self.sandbox.origin(&key.id()).await?.data_plane_host();
        host.ok_or_else(|| ApiError::internal("A registry of the sandbox without an address."))
    }

    /// The account that acts at a registry: its own; for a command of the command line also another
    /// connected one, or the environment.
    fn account_of(&self, key: &RegistryKey, registry: &RegistryId) -> Result<StoredAccount, ApiError> {
        match (self.accounts.find(key.space, key.account.as_str()), &self.command, key.space) {
            (Some(known), ..) => Ok(known),
            (None, Some(command), Space::Aws) => {
                acting(&self.accounts.all(), registry, command.account.as_deref())
            }
            (None, Some(_), Space::Sandbox) => Ok(super::actor::of_sandbox(registry)),
            (None, None, _) => {
                Err(Accounts::unknown(&AccountKey { space: key.space, id: key.account.to_string() }))
            }
        }
    }

    /// Where the credentials of accounts come from.
    pub(crate) fn sources<'a>(&'a self, accounts: &'a [StoredAccount]) -> Sources<'a> {
        Sources {
            secrets: &self.secrets,
            accounts,
            endpoint: self.aws_endpoint.as_ref(),
            network: &self.network,
            sessions: &self.sessions,
        }
    }

    /// API requests to a registry since the app was opened, by operation, retries and pages
    /// included.
    pub fn api_calls(&self, key: &RegistryKey) -> BTreeMap<String, u64> {
        self.connections.lock().get(key).map(|c| c.client.calls().snapshot()).unwrap_or_default()
    }
}

//! The credentials of an account and a role of a session.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, future},
};
use chrono::Utc;
use longshore_registry::Network;
use serde_json::Value;

use super::{
    SsoSession,
    call::{Caller, unexpected},
    tokens::{Place, sign_in_needed},
};
use crate::{
    access::{Sessions, credentials::problem},
    api::{ApiError, Side},
    secrets::SecretStore,
};

/// Gets credentials of a role from the portal of a session.
pub(crate) struct CenterRole {
    pub(crate) secrets: Arc<dyn SecretStore>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) network: Network,
    pub(crate) session: SsoSession,
    pub(crate) account: String,
    pub(crate) role: String,
}

impl CenterRole {
    pub(crate) fn shared(self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(self)
    }

    async fn load(&self) -> Result<Credentials, ApiError> {
        let place = Place { secrets: self.secrets.as_ref(), network: &self.network, session: &self.session };
        let token = self.sessions.tokens.valid(place, Utc::now()).await?;
        let mut url = self.session.portal("federation/credentials")?;
        url.query_pairs_mut().append_pair("account_id", &self.account).append_pair("role_name", &self.role);
        let (status, answer) = Caller::new(&self.network)?.get(url, &token).await?;
        let keys = answer.get("roleCredentials");
        let text = |name: &str| keys.and_then(|keys| keys.get(name)).and_then(Value::as_str);
        match (status, text("accessKeyId"), text("secretAccessKey")) {
            (200..300, Some(id), Some(secret)) => {
                let ends = keys.and_then(|keys| keys.get("expiration")).and_then(Value::as_u64);
                let ends = ends.map(|ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms));
                let token = text("sessionToken").map(str::to_owned);
                Ok(Credentials::new(id, secret, token, ends, "IAM Identity Center"))
            }
            (401, ..) => {
                self.sessions.tokens.refused(&self.session, &token);
                Err(sign_in_needed(&self.session))
            }
            (403, ..) => Err(self.not_assigned()),
            (status, ..) => Err(unexpected(status)),
        }
    }

    fn not_assigned(&self) -> ApiError {
        let text = format!(
            "The person who is signed in to the SSO session `{}` does not have the role {} in account {}.",
            self.session.name, self.role, self.account
        );
        ApiError::new("sso-role-not-assigned", Side::Service, text)
    }
}

impl fmt::Debug for CenterRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session, account, role, .. } = self;
        f.debug_struct("CenterRole")
            .field("session", &session.name)
            .field("account", account)
            .field("role", role)
            .finish_non_exhaustive()
    }
}

impl ProvideCredentials for CenterRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let load = async { self.load().await.map_err(problem) };
        future::ProvideCredentials::new(load)
    }
}

//! Accounts and roles of a session of IAM Identity Center.

use longshore_registry::{Network, Secret};
use serde_json::Value;

use super::{
    SsoSession,
    call::{Caller, unexpected},
    tokens::{Place, sign_in_needed},
};
use crate::{
    App,
    api::{ApiError, CredentialSource, ImportCandidate, SsoSessionKey},
};

/// The most pages of a list.
const PAGES: usize = 200;

impl App {
    /// The accounts and roles of a session.
    ///
    /// # Errors
    /// `sso-session-unknown`; `sso-sign-in-needed` when nobody is signed in; what Identity Center says.
    pub async fn sso_accounts(&self, key: SsoSessionKey) -> Result<Vec<ImportCandidate>, ApiError> {
        let session = SsoSession::of(&key).await?;
        let place = Place { secrets: self.secrets.as_ref(), network: &self.network, session: &session };
        let token = self.sessions.tokens.valid(place, self.now()).await?;
        let portal = Portal { caller: Caller::new(&self.network)?, session: &session, token };
        let SsoSessionKey { session: name, start_url, region } = session.key();
        let mut found = Vec::new();
        for account in portal.list("assignment/accounts", "accountList", &[]).await? {
            let text = |name: &str| account.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (id, account_name) = (text("accountId"), text("accountName"));
            for role in portal.roles(&id).await? {
                let shown = if account_name.is_empty() { &id } else { &account_name };
                found.push(ImportCandidate {
                    account: id.clone(),
                    name: longshore_names::shown(shown, 60),
                    credentials: CredentialSource::Sso {
                        session: name.clone(),
                        account: id.clone(),
                        role,
                        start_url: start_url.clone(),
                        region: region.clone(),
                    },
                });
            }
        }
        Ok(found)
    }

    /// The roles of the person in an account of a session (`ListAccountRoles`), in alphabetical order.
    ///
    /// # Errors
    /// As [`sso_accounts`](Self::sso_accounts).
    pub(crate) async fn sso_roles(
        &self,
        key: &SsoSessionKey,
        account: &str,
    ) -> Result<Vec<String>, ApiError> {
        let session = SsoSession::of(key).await?;
        let place = Place { secrets: self.secrets.as_ref(), network: &self.network, session: &session };
        let token = self.sessions.tokens.valid(place, self.now()).await?;
        let portal = Portal { caller: Caller::new(&self.network)?, session: &session, token };
        portal.roles(account).await
    }
}

/// Ends a session at Identity Center too.
pub(super) async fn log_out(network: &Network, session: &SsoSession, token: &Secret) -> Result<(), ApiError> {
    match Caller::new(network)?.end(session.portal("logout")?, token).await? {
        200..300 | 401 => Ok(()),
        status => Err(unexpected(status)),
    }
}

/// The portal of a session.
struct Portal<'a> {
    caller: Caller,
    session: &'a SsoSession,
    token: Secret,
}

impl Portal<'_> {
    async fn roles(&self, account: &str) -> Result<Vec<String>, ApiError> {
        let listed = self.list("assignment/roles", "roleList", &[("account_id", account)]).await?;
        let name = |role: &Value| role.get("roleName").and_then(Value::as_str).map(str::to_owned);
        let mut roles: Vec<String> = listed.iter().filter_map(name).collect();
        roles.sort_unstable();
        roles.dedup();
        Ok(roles)
    }

    /// Every item of a list.
    async fn list(&self, path: &str, items: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, ApiError> {
        let (mut found, mut next) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let answer = self.get(path, query, next.as_deref()).await?;
            found.extend(answer.get(items).and_then(Value::as_array).cloned().unwrap_or_default());
            next = answer.get("nextToken").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn get(&self, path: &str, query: &[(&str, &str)], next: Option<&str>) -> Result<Value, ApiError> {
        let mut url = self.session.portal(path)?;
        url.query_pairs_mut().append_pair("max_result", "100");
        for (name, value) in query.iter().copied().chain(next.map(|next| ("next_token", next))) {
            url.query_pairs_mut().append_pair(name, value);
        }
        match self.caller.get(url, &self.token).await? {
            (200..300, value @ Value::Object(_)) => Ok(value),
            (401 | 403, _) => Err(sign_in_needed(self.session)),
            (status, _) => Err(unexpected(status)),
        }
    }
}

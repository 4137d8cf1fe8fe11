//! Accounts and roles of a session of IAM Identity Center, as a sign-in in a terminal left it.

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use longshore_registry::{Secret, network_error};
use serde::Deserialize;
use serde_json::Value;
use sha1::{Digest, Sha1};
use url::Url;

use crate::{
    App,
    access::{Profiles, SsoSession},
    api::{ApiError, CredentialSource, ImportCandidate, Side, SsoSessionKey},
};

/// The most pages of a list.
const PAGES: usize = 200;
/// The largest answer.
const LARGEST: usize = 4 * 1024 * 1024;
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The token in `~/.aws/sso/cache`, as AWS's own tools write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cached {
    access_token: String,
    expires_at: DateTime<Utc>,
}

impl App {
    /// The accounts and roles of a session of the AWS configuration files.
    ///
    /// # Errors
    /// `sso-session-unknown`; `sso-sign-in-needed` when nobody is signed in; what Identity Center says.
    pub async fn sso_accounts(&self, key: SsoSessionKey) -> Result<Vec<ImportCandidate>, ApiError> {
        let session = Profiles::read(None).await?.sso_session(&key.session)?;
        let token = token(&session, self.now())?;
        let portal = Portal { app: self, session: &session, token };
        let mut found = Vec::new();
        for account in portal.list("assignment/accounts", "accountList", &[]).await? {
            let text = |name: &str| account.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (id, name) = (text("accountId"), text("accountName"));
            for role in portal.list("assignment/roles", "roleList", &[("account_id", &id)]).await? {
                let Some(role) = role.get("roleName").and_then(Value::as_str) else { continue };
                found.push(ImportCandidate {
                    account: id.clone(),
                    name: longshore_names::shown(if name.is_empty() { &id } else { &name }, 60),
                    credentials: CredentialSource::Sso {
                        session: session.name.clone(),
                        account: id.clone(),
                        role: role.to_owned(),
                    },
                });
            }
        }
        Ok(found)
    }
}

/// The portal of a session.
struct Portal<'a> {
    app: &'a App,
    session: &'a SsoSession,
    token: Secret,
}

impl Portal<'_> {
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
        let mut url = self.address()?;
        url.set_path(path);
        url.query_pairs_mut().append_pair("max_result", "100");
        for (name, value) in query.iter().copied().chain(next.map(|next| ("next_token", next))) {
            url.query_pairs_mut().append_pair(name, value);
        }
        let name = "IAM Identity Center";
        let client = self.app.network.client(name)?;
        let request = client.get(url).header("x-amz-sso_bearer_token", self.token.expose());
        let failed = |error: reqwest::Error| ApiError::from(network_error(name, error));
        let asked = async {
            let mut answer = request.send().await.map_err(failed)?;
            let (status, mut text) = (answer.status().as_u16(), Vec::new());
            while let Some(chunk) = answer.chunk().await.map_err(failed)? {
                if text.len() + chunk.len() > LARGEST {
                    return Err(ApiError::new(
                        "protocol",
                        Side::Service,
                        "The answer of Identity Center is too large.",
                    ));
                }
                text.extend_from_slice(&chunk);
            }
            Ok((status, text))
        };
        let (status, text) = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| {
            ApiError::new("timeout", Side::Service, "IAM Identity Center did not answer in time.")
                .hint("Try again; if it recurs, check the network.")
        })??;
        match (status, serde_json::from_slice(&text)) {
            (200..300, Ok(value)) => Ok(value),
            (401 | 403, _) => Err(sign_in(&self.session.name)),
            (status, _) => {
                let text = format!("IAM Identity Center answered with {status}.");
                Err(ApiError::new("protocol", Side::Service, text)
                    .hint("Check the Region of the SSO session."))
            }
        }
    }

    fn address(&self) -> Result<Url, ApiError> {
        if let Some(custom) = &self.session.endpoint {
            return Ok(custom.clone());
        }
        let suffix =
            if self.session.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://portal.sso.{}.{suffix}/", self.session.region).parse().map_err(|_| {
            ApiError::input("sso-session-unknown", "session", "The SSO session's Region is not valid.")
        })
    }
}

fn sign_in(session: &str) -> ApiError {
    let text = format!("Nobody is signed in to the SSO session `{session}`, or the session has ended.");
    ApiError::new("sso-sign-in-needed", Side::ThisMachine, text)
        .hint(format!("Run `aws sso login --sso-session {session}` and try again."))
}

/// The token of a session, if it is still valid.
fn token(session: &SsoSession, now: DateTime<Utc>) -> Result<Secret, ApiError> {
    let home = std::env::home_dir().ok_or_else(|| sign_in(&session.name))?;
    let name: String =
        Sha1::digest(session.name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let path: PathBuf = home.join(".aws/sso/cache").join(name).with_extension("json");
    let text = std::fs::read_to_string(path).map_err(|_| sign_in(&session.name))?;
    // serde's own error could quote the token.
    let cached: Cached = serde_json::from_str(&text).map_err(|_| sign_in(&session.name))?;
    match cached.expires_at > now {
        true => Ok(Secret::new(cached.access_token)),
        false => Err(sign_in(&session.name)),
    }
}

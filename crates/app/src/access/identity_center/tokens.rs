//! Tokens of sessions: of a sign-in in the window (in the keychain, or in memory only), or as a sign-in in
//! a terminal left them.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_registry::{Network, Secret};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{SsoSession, flow};
use crate::{
    api::{ApiError, HeldSignIn, SecretPlace, Side},
    secrets::SecretStore,
};

/// How long before it expires a token is refreshed.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// The largest file that a terminal's sign-in leaves.
const LARGEST_FILE: u64 = 1024 * 1024;

/// A token, and what refreshes it.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    pub(super) access_token: String,
    #[zeroize(skip)]
    pub(super) expires_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// It is in the keychain too.
    #[serde(skip)]
    #[zeroize(skip)]
    pub(super) remembered: bool,
}

/// The token in `~/.aws/sso/cache`, as AWS's own tools write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cached {
    access_token: String,
    expires_at: DateTime<Utc>,
}

/// Tokens in memory, by the name under which they are stored.
#[derive(Default)]
pub(crate) struct Tokens {
    known: Mutex<HashMap<String, Token>>,
    /// One refresh at a time: each refresh token works once.
    turn: tokio::sync::Mutex<()>,
}

/// Where a token may be, and how it is refreshed.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) secrets: &'a dyn SecretStore,
    pub(super) network: &'a Network,
    pub(super) session: &'a SsoSession,
}

impl Tokens {
    fn put(&self, name: &str, token: Token) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), token);
    }

    /// A token that is valid now.
    ///
    /// # Errors
    /// `sso-sign-in-needed`; what the keychain says.
    pub(super) async fn valid(&self, place: Place<'_>, now: DateTime<Utc>) -> Result<Secret, ApiError> {
        let _turn = self.turn.lock().await;
        let expose = |token: &Token| Secret::new(token.access_token.clone());
        if let Some(token) = self.own(place).await? {
            if token.expires_at > now + AHEAD {
                return Ok(expose(&token));
            }
            match flow::refreshed(place, &token, now).await {
                Ok(Some(mut fresh)) => {
                    // It works once, so it is kept before anything else can fail.
                    fresh.remembered = token.remembered;
                    self.put(&place.session.secret_name(), fresh.clone());
                    if fresh.remembered
                        && let Err(error) = store(place, &fresh).await
                    {
                        tracing::warn!(code = error.code, "a refreshed token could not be stored");
                    }
                    return Ok(expose(&fresh));
                }
                // It is still good for a while.
                _ if token.expires_at > now => return Ok(expose(&token)),
                Ok(None) => {}
                Err(error) => return Err(error),
            }
            // Another process may have refreshed it, or signed in.
            if let Some(stored) = stored(place).await?.filter(|stored| stored.expires_at > now) {
                self.put(&place.session.secret_name(), stored.clone());
                return Ok(expose(&stored));
            }
        }
        of_terminal(place.session, now).await
    }

    /// AWS no longer accepts a token; what a terminal left may still be good.
    pub(super) fn refused(&self, session: &SsoSession, token: &Secret) {
        let name = session.secret_name();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = known.get_mut(&name).filter(|held| held.access_token == token.expose()) {
            held.expires_at = DateTime::UNIX_EPOCH;
        }
    }

    /// The sign-in that is held here, also one that has ended.
    ///
    /// # Errors
    /// What the keychain says.
    pub(super) async fn held(&self, place: Place<'_>) -> Result<Option<HeldSignIn>, ApiError> {
        let name = place.session.secret_name();
        let known = self.known(&name);
        let stored = match &known {
            Some(token) if !token.remembered => None,
            _ => place.secrets.place(&name).await?,
        };
        let token = match known {
            Some(token) => Some(token),
            None => self.own(place).await?,
        };
        Ok(token.map(|token| HeldSignIn {
            place: stored.unwrap_or(SecretPlace::Memory),
            until: token.expires_at,
            refreshes: token.refresh_token.is_some(),
        }))
    }

    /// Keeps the token of a sign-in; one that is not to be remembered replaces a stored one all the same.
    ///
    /// # Errors
    /// What the keychain says about a token that is to be remembered.
    pub(super) async fn keep(&self, place: Place<'_>, token: Token) -> Result<(), ApiError> {
        let _turn = self.turn.lock().await;
        let name = place.session.secret_name();
        self.put(&name, token.clone());
        if token.remembered {
            return store(place, &token).await;
        }
        if let Err(error) = place.secrets.delete(&name).await {
            tracing::debug!(code = error.code, "an earlier token may still be in the keychain");
        }
        Ok(())
    }

    /// Forgets the token of a session, and returns it.
    ///
    /// # Errors
    /// What the keychain says, except about a token that was never stored in it.
    pub(super) async fn forget(&self, place: Place<'_>) -> Result<Option<Secret>, ApiError> {
        let _turn = self.turn.lock().await;
        let name = place.session.secret_name();
        let own = self.own(place).await.ok().flatten();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        let in_memory = own.as_ref().is_some_and(|token| !token.remembered);
        match place.secrets.delete(&name).await {
            Err(error) if in_memory => {
                tracing::debug!(code = error.code, "an earlier token may still be in the keychain");
            }
            deleted => deleted?,
        }
        Ok(own.map(|token| Secret::new(token.access_token.clone())))
    }

    fn known(&self, name: &str) -> Option<Token> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The token of a sign-in in a window.
    async fn own(&self, place: Place<'_>) -> Result<Option<Token>, ApiError> {
        let name = place.session.secret_name();
        let known = self.known(&name);
        if known.is_some() {
            return Ok(known);
        }
        let token = stored(place).await?;
        if let Some(token) = &token {
            self.put(&name, token.clone());
        }
        Ok(token)
    }
}

/// Until when a session is signed in to, by what is held here or by what a terminal left.
pub(super) fn until(
    held: Option<&HeldSignIn>,
    of_terminal: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    // It is refreshed when it is used.
    let held = held.map(|held| if held.refreshes { held.until.max(now + AHEAD) } else { held.until });
    held.into_iter().chain(of_terminal).filter(|until| *until > now).max()
}

/// Until when the sign-in is valid that a terminal left.
pub(super) async fn terminal_until(session: &SsoSession, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    cached(session).await.map(|cached| cached.expires_at).filter(|until| *until > now)
}

async fn store(place: Place<'_>, token: &Token) -> Result<(), ApiError> {
    let text = Secret::new(serde_json::to_string(token)?);
    place.secrets.set(&place.session.secret_name(), text).await
}

async fn stored(place: Place<'_>) -> Result<Option<Token>, ApiError> {
    let stored = match place.secrets.get(&place.session.secret_name()).await {
        Ok(stored) => stored,
        // Sessions of the files work without a keychain.
        Err(error) if place.session.in_files => {
            tracing::debug!(code = error.code, "the keychain was not asked for a token");
            None
        }
        Err(error) => return Err(error),
    };
    // serde's own error could quote the token.
    let token = stored.and_then(|secret| serde_json::from_str::<Token>(secret.expose()).ok());
    Ok(token.map(|mut token| {
        token.remembered = true;
        token
    }))
}

pub(super) fn sign_in_needed(session: &SsoSession) -> ApiError {
    let text =
        format!("Nobody is signed in to the SSO session `{}`, or the session has ended.", session.name);
    let error = ApiError::new("sso-sign-in-needed", Side::ThisMachine, text);
    match session.in_files {
        true => error.hint(format!(
            "Sign in in Longshore's settings, or run `aws sso login --sso-session {}`.",
            session.name
        )),
        false => error.hint("Sign in again in Longshore's settings."),
    }
}

/// The token that a sign-in in a terminal left, if it is still valid.
async fn of_terminal(session: &SsoSession, now: DateTime<Utc>) -> Result<Secret, ApiError> {
    let cached = cached(session).await.filter(|cached| cached.expires_at > now);
    cached.map(|cached| Secret::new(cached.access_token)).ok_or_else(|| sign_in_needed(session))
}

async fn cached(session: &SsoSession) -> Option<Cached> {
    if !session.in_files {
        return None;
    }
    let name: String =
        Sha1::digest(session.name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let path: PathBuf = std::env::home_dir()?.join(".aws/sso/cache").join(name).with_extension("json");
    let size = tokio::fs::metadata(&path).await.ok()?.len();
    if size > LARGEST_FILE {
        return None;
    }
    serde_json::from_slice(&tokio::fs::read(&path).await.ok()?).ok()
}

//! `Authorization` for one host: learnt from its challenges, kept, refreshed once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use crate::{
    CredentialProvider, Credentials, Error, Issued, Secret,
    challenge::{self, Challenge},
    clients::Clients,
    token::{self, TokenRequest},
};

/// A refusal soon after fresh credentials is about rights, not about age.
const FRESH: Duration = Duration::from_secs(60);
/// Tokens kept before those that ended are thrown away.
const TOKENS_KEPT: usize = 512;

/// The `Authorization` of one request, and where it came from.
pub(crate) struct Granted {
    pub(crate) value: Option<Secret>,
    /// Which issue of the credentials it was made of.
    issue: u64,
    bearer: bool,
}

struct Held {
    issued: Issued,
    issue: u64,
    since: Instant,
}

struct Token {
    value: Secret,
    ends: Instant,
}

type TokenSlot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// Knows who we are at one host. Every lock that is held over a request makes the others wait for
/// its result instead of asking too.
pub(crate) struct Authenticator {
    registry: String,
    provider: Arc<dyn CredentialProvider>,
    held: tokio::sync::Mutex<Option<Held>>,
    scheme: Mutex<Option<Challenge>>,
    tokens: Mutex<HashMap<String, TokenSlot>>,
    rules: token::RealmRules,
}

impl Authenticator {
    pub(crate) fn new(
        registry: String,
        provider: Arc<dyn CredentialProvider>,
        rules: token::RealmRules,
    ) -> Self {
        Self {
            registry,
            provider,
            held: tokio::sync::Mutex::new(None),
            scheme: Mutex::new(None),
            tokens: Mutex::new(HashMap::new()),
            rules,
        }
    }

    fn scheme(&self) -> Option<Challenge> {
        self.scheme.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn credentials(&self) -> Result<(Credentials, u64), Error> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref()
            && held.issued.valid_for.is_none_or(|time| held.since.elapsed() < time)
        {
            return Ok((held.issued.credentials.clone(), held.issue));
        }
        let issue = held.as_ref().map_or(1, |h| h.issue + 1);
        let issued = self.provider.credentials(false).await?;
        let credentials = issued.credentials.clone();
        *held = Some(Held { issued, issue, since: Instant::now() });
        Ok((credentials, issue))
    }

    /// Gets better credentials after a refusal of issue `refused`; `false` when there are none.
    async fn refresh(&self, refused: u64, expired: bool) -> Result<bool, Error> {
        let mut held = self.held.lock().await;
        let Some(old) = held.as_ref() else { return Ok(true) };
        if old.issue != refused {
            return Ok(true);
        }
        if !old.issued.refreshable || (!expired && old.since.elapsed() < FRESH) {
            return Ok(false);
        }
        let issue = old.issue + 1;
        let issued = self.provider.credentials(true).await?;
        *held = Some(Held { issued, issue, since: Instant::now() });
        Ok(true)
    }

    /// What to send with a request for `scopes`, as far as it is known.
    pub(crate) async fn authorization(&self, clients: &Clients, scopes: &[String]) -> Result<Granted, Error> {
        let (credentials, issue) = self.credentials().await?;
        let plain = |value| Granted { value, issue, bearer: false };
        if let Credentials::Authorization(value) = credentials {
            return Ok(plain(Some(value)));
        }
        match self.scheme() {
            None => Ok(plain(None)),
            Some(Challenge::Basic) => Ok(plain(match &credentials {
                Credentials::Basic { user, password } => Some(basic(user, password)),
                _ => None,
            })),
            Some(Challenge::Bearer { realm, service }) => {
                let slot = self.slot(&scopes.join(" "));
                let mut token = slot.lock().await;
                if let Some(token) = token.as_ref()
                    && token.ends > Instant::now()
                {
                    return Ok(Granted { value: Some(token.value.clone()), issue, bearer: true });
                }
                let service = service.as_deref();
                let ask = |credentials| {
                    let request = TokenRequest {
                        registry: &self.registry,
                        realm: &realm,
                        service,
                        scopes,
                        credentials,
                    };
                    token::fetch(clients, self.rules, request)
                };
                let (value, valid_for) = match ask(&credentials).await {
                    // A password that a helper gave out may have ended since.
                    Err(Error::Unauthorized { .. }) if self.refresh(issue, false).await? => {
                        ask(&self.credentials().await?.0).await?
                    }
                    fetched => fetched?,
                };
                *token = Some(Token { value: value.clone(), ends: Instant::now() + valid_for });
                Ok(Granted { value: Some(value), issue, bearer: true })
            }
        }
    }

    fn slot(&self, scopes: &str) -> TokenSlot {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= TOKENS_KEPT {
            let now = Instant::now();
            // A slot that is locked or shared is in use.
            tokens.retain(|_, slot| {
                Arc::strong_count(slot) > 1
                    || slot.try_lock().map_or(true, |t| t.as_ref().is_some_and(|t| t.ends > now))
            });
        }
        tokens.entry(scopes.to_owned()).or_default().clone()
    }

    /// After a 401: whether trying again makes sense.
    pub(crate) async fn learn(
        &self,
        headers: &HeaderMap,
        sent: &Granted,
        scopes: &[String],
    ) -> Result<bool, Error> {
        let challenge = challenge::best(headers);
        let known = self.scheme();
        if sent.value.is_some() && !sent.bearer {
            return self.refresh(sent.issue, true).await;
        }
        let Some(challenge) = challenge else { return Ok(false) };
        if known.as_ref() != Some(&challenge) {
            *self.scheme.lock().unwrap_or_else(PoisonError::into_inner) = Some(challenge);
            return Ok(true);
        }
        if sent.bearer {
            let slot = self.slot(&scopes.join(" "));
            let mut token = slot.lock().await;
            let same = |t: &Token| sent.value.as_ref().is_some_and(|v| v.expose() == t.value.expose());
            if token.as_ref().is_some_and(same) {
                *token = None;
            }
            return Ok(true);
        }
        // Asked before anything was known, and something is known now.
        Ok(challenge != Challenge::Basic || self.credentials().await?.0.is_basic())
    }

    /// After a 403: ECR says so when a token has ended.
    pub(crate) async fn learn_denied(&self, sent: &Granted, message: &str) -> Result<bool, Error> {
        if sent.value.is_none() || sent.bearer {
            return Ok(false);
        }
        self.refresh(sent.issue, message.to_ascii_lowercase().contains("expired")).await
    }
}

impl Credentials {
    fn is_basic(&self) -> bool {
        matches!(self, Self::Basic { .. })
    }
}

/// `Authorization` of RFC 7617.
pub(crate) fn basic(user: &str, password: &Secret) -> Secret {
    let pair = Secret::new(format!("{user}:{}", password.expose()));
    Secret::new(format!("Basic {}", BASE64_STANDARD.encode(pair.expose())))
}

//! `Authorization` for one host: learnt from its challenges, cached, refreshed once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::HeaderMap;
use tokio::{sync::OnceCell, time::Instant};

use crate::{
    CredentialProvider, Credentials, Error, Issued, RegistryErrorKind, Secret,
    auth::challenge::{self, Challenge},
    auth::token::{self, TokenRequest},
    net::clients::Clients,
};

/// A refusal soon after fresh credentials is about permissions, not about their age.
const FRESH: Duration = Duration::from_secs(60);
/// How many tokens are kept before the expired ones are discarded.
const TOKENS_KEPT: usize = 512;

/// The `Authorization` of one request, and where it came from.
pub(crate) struct Granted {
    pub(crate) value: Option<Secret>,
    /// Which issue of the credentials it was made from, and for which part of the host.
    issue: u64,
    scope: String,
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

/// Knows who we are at one host. A lock that is held during a request makes other callers wait for
/// its result instead of sending the same request.
pub(crate) struct Authenticator {
    registry: String,
    provider: Arc<dyn CredentialProvider>,
    /// By the part of the host that has credentials of its own.
    held: tokio::sync::Mutex<HashMap<String, Held>>,
    parts: OnceCell<Vec<String>>,
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
            held: tokio::sync::Mutex::default(),
            parts: OnceCell::new(),
            scheme: Mutex::new(None),
            tokens: Mutex::new(HashMap::new()),
            rules,
        }
    }

    fn scheme(&self) -> Option<Challenge> {
        self.scheme.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The part of the host that token scopes are about: the longest prefix of their repository.
    async fn part(&self, scopes: &[String]) -> Result<String, Error> {
        let parts = self.parts.get_or_try_init(|| self.provider.scopes()).await?;
        let repository =
            scopes.first().and_then(|scope| scope.strip_prefix("repository:")?.split(':').next());
        Ok(repository.and_then(|repository| longest(parts, repository)).unwrap_or_default().to_owned())
    }

    async fn credentials(&self, scope: &str) -> Result<(Credentials, u64), Error> {
        let mut all = self.held.lock().await;
        let held = all.get(scope);
        if let Some(held) = held
            && held.issued.valid_for.is_none_or(|time| held.since.elapsed() < time)
        {
            return Ok((held.issued.credentials.clone(), held.issue));
        }
        let issue = held.map_or(1, |h| h.issue + 1);
        let issued = self.provider.credentials_in(scope, false).await?;
        let credentials = issued.credentials.clone();
        all.insert(scope.to_owned(), Held { issued, issue, since: Instant::now() });
        Ok((credentials, issue))
    }

    /// Gets better credentials after a refusal of issue `refused`; `false` when there are none.
    async fn refresh(&self, scope: &str, refused: u64, expired: bool) -> Result<bool, Error> {
        let mut all = self.held.lock().await;
        let Some(old) = all.get(scope) else { return Ok(true) };
        if old.issue != refused {
            return Ok(true);
        }
        if !old.issued.refreshable || (!expired && old.since.elapsed() < FRESH) {
            return Ok(false);
        }
        let issue = old.issue + 1;
        let issued = self.provider.credentials_in(scope, true).await?;
        all.insert(scope.to_owned(), Held { issued, issue, since: Instant::now() });
        Ok(true)
    }

    /// What to send with a request for `scopes`, as far as it is known.
    pub(crate) async fn authorization(&self, clients: &Clients, scopes: &[String]) -> Result<Granted, Error> {
        let scope = self.part(scopes).await?;
        let (credentials, issue) = self.credentials(&scope).await?;
        let plain = |value| Granted { value, issue, scope: scope.clone(), bearer: false };
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
                    return Ok(Granted { value: Some(token.value.clone()), issue, scope, bearer: true });
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
                    // A password from a helper may have expired since.
                    Err(Error { kind: RegistryErrorKind::Unauthorized { .. }, .. })
                        if self.refresh(&scope, issue, false).await? =>
                    {
                        ask(&self.credentials(&scope).await?.0).await?
                    }
                    fetched => fetched?,
                };
                *token = Some(Token { value: value.clone(), ends: Instant::now() + valid_for });
                Ok(Granted { value: Some(value), issue, scope, bearer: true })
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
            return self.refresh(&sent.scope, sent.issue, true).await;
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
        // Nothing was known when the request was sent, and something is known now.
        Ok(challenge != Challenge::Basic || self.credentials(&sent.scope).await?.0.is_basic())
    }

    /// After a 403, which some registries send when a token has expired.
    pub(crate) async fn learn_denied(&self, sent: &Granted, message: &str) -> Result<bool, Error> {
        if sent.value.is_none() || sent.bearer {
            return Ok(false);
        }
        self.refresh(&sent.scope, sent.issue, message.to_ascii_lowercase().contains("expired")).await
    }
}

/// The longest of the prefixes that match a repository up to a `/`.
fn longest<'a>(beginnings: &'a [String], repository: &str) -> Option<&'a str> {
    let begins = |part: &&String| {
        repository.strip_prefix(part.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    beginnings.iter().filter(begins).map(String::as_str).max_by_key(|part| part.len())
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

#[cfg(test)]
mod tests {
    use super::longest;

    #[test]
    fn the_longest_part_of_a_repositorys_name_decides() {
        let parts = ["team", "team/app", "te", "other"].map(String::from);
        for (repository, expected) in [
            ("team/app", Some("team/app")),
            ("team/app/x", Some("team/app")),
            ("team/application", Some("team")),
            ("team", Some("team")),
            ("teams/x", None),
        ] {
            assert_eq!(longest(&parts, repository), expected, "{repository}");
        }
    }
}

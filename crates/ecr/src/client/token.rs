//! The registry token, with which docker-compatible clients log in.
//!
//! A token is valid for 12 hours, for every registry that the principal can reach in the Region it
//! was issued in, and for no other Region. AWS's own helper renews it at half of its life, and so
//! does Longshore.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use tokio::{sync::Mutex, time::Instant};
use zeroize::Zeroizing;

use crate::EcrError;

/// How long a token is used whose expiry is missing or already past (the service's clock is wrong,
/// or this machine's). A refusal renews it earlier.
const BLIND_LIFE: Duration = Duration::from_secs(5 * 60);
/// How long a token past half of its life is used after its renewal failed.
const RENEWAL_PAUSE: Duration = Duration::from_secs(60);
/// The longest text that is accepted as a token.
const MAX_TOKEN_CHARS: usize = 64 * 1024;

/// User name and password for a registry, valid until it expires. The password is a secret: it is
/// in no debug output and is wiped from memory on drop.
pub struct RegistryToken {
    username: String,
    password: Zeroizing<String>,
    basic: Zeroizing<String>,
    expires_at: Option<DateTime<Utc>>,
}

impl RegistryToken {
    /// Parses the content of `GetAuthorizationToken`: base64 of `user:password`.
    pub(crate) fn parse(text: &str, expires_at: Option<DateTime<Utc>>) -> Option<Self> {
        if text.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let decoded = Zeroizing::new(STANDARD.decode(text).ok()?);
        let (username, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(Self {
            username: username.to_owned(),
            password: Zeroizing::new(password.to_owned()),
            basic: Zeroizing::new(text.to_owned()),
            expires_at,
        })
    }

    /// The user name, on ECR `AWS`.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The password. Pass it to a client on standard input, never as an argument.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The value after `Authorization: Basic `.
    pub fn basic(&self) -> &str {
        &self.basic
    }

    /// When it expires, as the service says.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }
}

impl fmt::Debug for RegistryToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// One token per principal and Region, fetched by one task while the others wait.
#[derive(Default)]
pub(crate) struct TokenCache {
    state: Mutex<State>,
    /// Counts finished fetches, so that a task that waited for one takes its result, good or bad.
    fetches: std::sync::atomic::AtomicU64,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    last_failure: Option<EcrError>,
}

struct Held {
    token: Arc<RegistryToken>,
    renew_at: Instant,
    expires_at: Instant,
}

impl TokenCache {
    /// The token; renewed with `fetch` when it is past half of its life.
    pub(crate) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<RegistryToken>, EcrError>
    where
        F: Future<Output = Result<RegistryToken, EcrError>>,
    {
        self.obtain(None, fetch).await
    }

    /// A token other than `refused`.
    pub(crate) async fn get_after<F>(
        &self,
        refused: &RegistryToken,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<RegistryToken>, EcrError>
    where
        F: Future<Output = Result<RegistryToken, EcrError>>,
    {
        self.obtain(Some(refused), fetch).await
    }

    async fn obtain<F>(
        &self,
        refused: Option<&RegistryToken>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<RegistryToken>, EcrError>
    where
        F: Future<Output = Result<RegistryToken, EcrError>>,
    {
        use std::sync::atomic::Ordering;
        let before = self.fetches.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        let fetched_meanwhile = self.fetches.load(Ordering::SeqCst) != before;
        let now = Instant::now();
        if let Some(held) = &state.held {
            let is_refused = refused.is_some_and(|refused| std::ptr::eq(refused, &*held.token));
            if !is_refused && now < held.renew_at {
                return Ok(Arc::clone(&held.token));
            }
        }
        if fetched_meanwhile && let Some(failure) = &state.last_failure {
            return Err(failure.clone());
        }
        let result = fetch().await;
        self.fetches.fetch_add(1, Ordering::SeqCst);
        match result {
            Ok(token) => {
                let token = Arc::new(token);
                state.last_failure = None;
                state.held = Some(Held::new(Arc::clone(&token), Utc::now(), Instant::now()));
                Ok(token)
            }
            Err(error) => {
                if let (None, Some(held)) = (refused, &mut state.held)
                    && now < held.expires_at
                {
                    held.renew_at = (now + RENEWAL_PAUSE).min(held.expires_at);
                    return Ok(Arc::clone(&held.token));
                }
                state.last_failure = Some(error.clone());
                Err(error)
            }
        }
    }
}

impl Held {
    fn new(token: Arc<RegistryToken>, wall: DateTime<Utc>, now: Instant) -> Self {
        let life = token
            .expires_at
            .and_then(|at| (at - wall).to_std().ok())
            .filter(|life| *life > Duration::from_secs(60));
        match life {
            Some(life) => Self { token, renew_at: now + life / 2, expires_at: now + life },
            None => Self { token, renew_at: now + BLIND_LIFE, expires_at: now + BLIND_LIFE },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::{Call, EcrErrorKind};

    fn token(password: &str, life: chrono::Duration) -> RegistryToken {
        let text = STANDARD.encode(format!("AWS:{password}"));
        RegistryToken::parse(&text, Some(Utc::now() + life)).unwrap()
    }

    fn failure() -> EcrError {
        let registry =
            longshore_names::RegistryId::new("111122223333".parse().unwrap(), "us-west-2".parse().unwrap());
        EcrErrorKind::Unreachable { sent: false }.of(Call {
            registry,
            operation: "GetAuthorizationToken",
            repository: None,
            message: "down".into(),
            request_id: None,
        })
    }

    #[test]
    fn a_token_shows_no_secret() {
        let token = token("hunter2", chrono::Duration::hours(12));
        assert_eq!((token.username(), token.password()), ("AWS", "hunter2"));
        assert_eq!(token.basic(), STANDARD.encode("AWS:hunter2"));
        let text = format!("{token:?}");
        assert!(!text.contains("hunter2") && !text.contains(token.basic()), "{text}");
        assert!(RegistryToken::parse("not base64!", None).is_none());
        assert!(RegistryToken::parse(&STANDARD.encode("no colon"), None).is_none());
    }

    /// A hundred tasks want a token while one of them fetches it with `outcome`. Returns their
    /// results, and how many fetched.
    async fn together(
        refused: Option<Arc<RegistryToken>>,
        cache: Arc<TokenCache>,
        outcome: fn() -> Result<RegistryToken, EcrError>,
    ) -> (Vec<Result<Arc<RegistryToken>, EcrError>>, usize) {
        let fetched = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (cache, fetched, gate) = (cache.clone(), fetched.clone(), gate.clone());
                let refused = refused.clone();
                tokio::spawn(async move {
                    let fetch = || async {
                        fetched.fetch_add(1, Ordering::SeqCst);
                        let _open = gate.acquire().await;
                        outcome()
                    };
                    match refused {
                        Some(refused) => cache.get_after(&refused, fetch).await,
                        None => cache.get(fetch).await,
                    }
                })
            })
            .collect();
        // The test runs on one thread: after this every task waits, one of them at the gate.
        tokio::task::yield_now().await;
        gate.add_permits(1);
        let results = futures::future::join_all(tasks).await;
        (results.into_iter().map(Result::unwrap).collect(), fetched.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn who_waits_for_a_request_gets_its_result_good_or_bad() {
        let good: fn() -> _ = || Ok(token("good", chrono::Duration::hours(12)));
        let bad: fn() -> _ = || Err(failure());
        for refused in [false, true] {
            for (outcome, expected) in [(good, Ok("good")), (bad, Err("unreachable"))] {
                let cache = Arc::new(TokenCache::default());
                let refused = match refused {
                    true => {
                        let life = chrono::Duration::hours(12);
                        Some(cache.get(|| async { Ok(token("old", life)) }).await.unwrap())
                    }
                    false => None,
                };
                let (results, fetched) = together(refused, cache.clone(), outcome).await;
                for result in &results {
                    let seen = result.as_ref().map(|t| t.password()).map_err(EcrError::code);
                    assert_eq!(seen, expected);
                }
                assert_eq!(fetched, 1);
            }
        }
    }

    #[tokio::test]
    async fn after_a_failure_the_next_one_asks_again() {
        let cache = TokenCache::default();
        assert!(cache.get(|| async { Err(failure()) }).await.is_err());
        let later = cache.get(|| async { Ok(token("b", chrono::Duration::hours(12))) }).await.unwrap();
        assert_eq!(later.password(), "b");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_at_half_of_its_life() {
        let cache = TokenCache::default();
        let life = chrono::Duration::hours(12);
        cache.get(|| async { Ok(token("first", life)) }).await.unwrap();
        tokio::time::advance(Duration::from_secs(5 * 3600)).await;
        let kept = cache.get(|| async { Ok(token("second", life)) }).await.unwrap();
        assert_eq!(kept.password(), "first");
        tokio::time::advance(Duration::from_secs(2 * 3600)).await;
        let failed = cache.get(|| async { Err(failure()) }).await.unwrap();
        assert_eq!(failed.password(), "first", "still good, though renewing failed");
        tokio::time::advance(Duration::from_secs(61)).await;
        let renewed = cache.get(|| async { Ok(token("second", life)) }).await.unwrap();
        assert_eq!(renewed.password(), "second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_claims_to_be_expired_does_not_loop() {
        let cache = TokenCache::default();
        let long_ago = chrono::Duration::days(-4000);
        cache.get(|| async { Ok(token("old", long_ago)) }).await.unwrap();
        let again = cache.get(|| async { Err(failure()) }).await.unwrap();
        assert_eq!(again.password(), "old");
        tokio::time::advance(BLIND_LIFE).await;
        let next = cache.get(|| async { Ok(token("new", long_ago)) }).await.unwrap();
        assert_eq!(next.password(), "new");
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once() {
        let cache = TokenCache::default();
        let life = chrono::Duration::hours(12);
        let first = cache.get(|| async { Ok(token("first", life)) }).await.unwrap();
        let second = cache.get_after(&first, || async { Ok(token("second", life)) }).await.unwrap();
        let third = cache.get_after(&first, || async { Ok(token("third", life)) }).await.unwrap();
        assert_eq!((second.password(), third.password()), ("second", "second"));
        assert_eq!(
            cache.get_after(&second, || async { Err(failure()) }).await.unwrap_err().code(),
            "unreachable"
        );
    }
}

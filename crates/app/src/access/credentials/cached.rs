//! Credentials that all clients of an account share.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, SharedCredentialsProvider, future},
};
use tokio::sync::Mutex;

/// How long before they expire credentials are fetched again.
const AHEAD: Duration = Duration::from_secs(300);

/// Fetches credentials once for everyone who asks at the same time, and again before they expire.
#[derive(Clone)]
pub(super) struct Cached {
    inner: SharedCredentialsProvider,
    held: Arc<Mutex<Option<Credentials>>>,
}

impl Cached {
    pub(super) fn new(inner: SharedCredentialsProvider) -> Self {
        Self { inner, held: Arc::default() }
    }

    async fn get(&self) -> provider::Result {
        let mut held = self.held.lock().await;
        let lasts = |credentials: &Credentials, left: Duration| {
            credentials.expiry().is_none_or(|expiry| expiry > SystemTime::now() + left)
        };
        if let Some(credentials) = held.as_ref().filter(|held| lasts(held, AHEAD)) {
            return Ok(credentials.clone());
        }
        match self.inner.provide_credentials().await {
            Ok(fetched) => {
                *held = Some(fetched.clone());
                Ok(fetched)
            }
            // They are still good for a while.
            Err(error) => match held.as_ref().filter(|held| lasts(held, Duration::ZERO)) {
                Some(credentials) => {
                    tracing::warn!("credentials could not be refreshed ahead of their expiry: {error}");
                    Ok(credentials.clone())
                }
                None => Err(error),
            },
        }
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cached")
    }
}

impl ProvideCredentials for Cached {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.get())
    }
}

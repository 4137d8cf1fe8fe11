//! Who we are at a registry.

use std::time::Duration;

use async_trait::async_trait;

use crate::{Error, Secret};

/// What a principal presents to a registry or to its token server.
#[derive(Clone)]
pub enum Credentials {
    /// Nothing.
    Anonymous,
    /// A name and a password, for `Basic` and for token servers.
    Basic {
        /// The user name; not secret.
        user: String,
        /// The password or access token.
        password: Secret,
    },
    /// An OAuth 2 refresh token, as docker's configuration stores under `identitytoken`.
    IdentityToken(Secret),
    /// A ready `Authorization` value that is sent with every request without waiting for a
    /// challenge, such as `Basic <token>`.
    Authorization(Secret),
}

/// Credentials as a provider hands them out.
#[derive(Clone)]
pub struct Issued {
    /// The credentials.
    pub credentials: Credentials,
    /// How long they may be cached; `None` means for ever.
    pub valid_for: Option<Duration>,
    /// Whether asking again with `force` may give better ones after a refusal.
    pub refreshable: bool,
}

impl Issued {
    /// Credentials that never change.
    pub fn fixed(credentials: Credentials) -> Self {
        Self { credentials, valid_for: None, refreshable: false }
    }
}

/// Provides credentials for one host. [`Credentials`] is a provider that always returns itself.
///
/// A [`Host`](crate::Host) caches the credentials and asks again when they expire or the registry
/// refuses them: once, however many requests wait.
#[async_trait]
pub trait CredentialProvider: Send + Sync {
    /// The credentials now. `force` means that the registry refused the last ones, so a copy that
    /// the provider has cached is not good enough.
    ///
    /// # Errors
    /// When none are available; the text must contain no secret.
    async fn credentials(&self, force: bool) -> Result<Issued, Error>;

    /// Prefixes of repository names, up to a `/`, that have credentials of their own. They are
    /// requested once.
    ///
    /// # Errors
    /// As for [`credentials`](Self::credentials).
    async fn scopes(&self) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    /// The credentials for one of the [scopes](Self::scopes), or for everything else if it is
    /// empty.
    ///
    /// # Errors
    /// As for [`credentials`](Self::credentials).
    async fn credentials_in(&self, _scope: &str, force: bool) -> Result<Issued, Error> {
        self.credentials(force).await
    }
}

#[async_trait]
impl CredentialProvider for Credentials {
    async fn credentials(&self, _force: bool) -> Result<Issued, Error> {
        Ok(Issued::fixed(self.clone()))
    }
}

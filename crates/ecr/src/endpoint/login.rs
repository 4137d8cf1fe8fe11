//! The registry token as credentials of the HTTP client.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use longshore_registry::{CredentialProvider, Credentials, Error, Issued, Secret};

use crate::{EcrClient, RegistryToken};

/// How long the HTTP client keeps a token before it asks [`EcrClient`]'s cache again, which
/// answers without a request until half of the token's life is over.
const KEPT: Duration = Duration::from_secs(60);

/// Logs an HTTP client in at an ECR registry and keeps it logged in.
pub struct EcrLogin {
    client: EcrClient,
    name: String,
    issued: Mutex<Option<Arc<RegistryToken>>>,
}

impl EcrLogin {
    /// A login with the token of `client`'s principal. `name` names the registry in messages.
    pub fn new(client: EcrClient, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), issued: Mutex::default() }
    }
}

#[async_trait]
impl CredentialProvider for EcrLogin {
    async fn credentials(&self, force: bool) -> Result<Issued, Error> {
        let last = self.issued.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let token = match last {
            Some(refused) if force => self.client.token_after(&refused).await,
            _ => self.client.token().await,
        };
        let token = token.map_err(|error| error.into_registry_error(&self.name))?;
        let value = Secret::new(format!("Basic {}", token.basic()));
        *self.issued.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(Issued {
            credentials: Credentials::Authorization(value),
            valid_for: Some(KEPT),
            refreshable: true,
        })
    }
}

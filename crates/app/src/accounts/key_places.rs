//! Where the access keys of accounts are kept: in the keychain, or in memory for one session.

use super::{
    StoredAccount, find_aws,
    keys::{AccessKey, forgotten},
};
use crate::{
    App,
    api::{Account, ApiError, CredentialSource, Space},
    secrets::SecretStore,
    settings,
};

/// The setting that names keys which the keychain could not delete, to be deleted later.
const LEFT: &str = "keys-to-delete";

impl App {
    /// Stores a key under a name. Returns the source that says where it is.
    ///
    /// # Errors
    /// Errors of the keychain, which is not used for a key of this session only.
    pub(super) async fn keep_key(
        &self,
        name: &str,
        key: &AccessKey,
        session_only: bool,
    ) -> Result<CredentialSource, ApiError> {
        if session_only {
            self.sessions.keys.set(name, key.to_secret()?).await?;
            return Ok(CredentialSource::Memory);
        }
        self.secrets.set(name, key.to_secret()?).await.map_err(|error| match &error.hint {
            Some(hint) if error.code.starts_with("keychain-") => {
                let hint = format!("{hint} Or keep the key for this session of Longshore only.");
                error.hint(hint)
            }
            _ => error,
        })?;
        self.delete_left_keys().await;
        Ok(CredentialSource::Keychain)
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// Errors of the keychain, if it is there.
    pub(super) async fn delete_key(&self, from: &CredentialSource, name: &str) -> Result<(), ApiError> {
        match from {
            CredentialSource::Memory => self.sessions.keys.delete(name).await?,
            _ => self.secrets.delete(name).await?,
        }
        self.delete_left_keys().await;
        Ok(())
    }

    /// Deletes a key that no account uses; one that the keychain does not delete now is deleted later.
    pub(super) async fn forget_key(&self, from: &CredentialSource, name: &str) {
        let Err(error) = self.delete_key(from, name).await else { return };
        tracing::warn!(code = error.code, "a key could not be removed from the keychain yet");
        let mut left: Vec<String> = settings::get(&self.db, LEFT).await.ok().flatten().unwrap_or_default();
        left.push(name.to_owned());
        if let Err(error) = settings::set(&self.db, LEFT, &left).await {
            tracing::warn!(code = error.code, "a key is left in the keychain");
        }
    }

    /// Deletes what could not be deleted earlier, now that the keychain may answer.
    async fn delete_left_keys(&self) {
        let Ok(Some(left)) = settings::get::<Vec<String>>(&self.db, LEFT).await else { return };
        let mut still = Vec::new();
        for name in &left {
            // One that does not answer is not asked again and again.
            if !still.is_empty() || self.secrets.delete(name).await.is_err() {
                still.push(name.clone());
            }
        }
        if still.len() < left.len()
            && let Err(error) = settings::set(&self.db, LEFT, &still).await
        {
            tracing::debug!(code = error.code, "deleted keys are still listed");
        }
    }

    /// An account with the problem that its key, or the key of the account by whose role it acts, was kept
    /// for an earlier session. Only this process knows.
    pub(super) fn with_key_problem(&self, stored: &StoredAccount, all: &[StoredAccount]) -> Account {
        let mut account = stored.account.clone();
        if account.space != Space::Aws {
            return account;
        }
        let mut first = stored;
        for _ in 0..all.len() {
            let CredentialSource::Role { via, .. } = &first.account.credentials else { break };
            let Some(known) = find_aws(all, via) else { break };
            first = known;
        }
        let is_here = |name: &String| self.sessions.keys.has(name);
        if first.account.credentials == CredentialSource::Memory
            && !first.credential.as_ref().is_some_and(is_here)
        {
            account.problem = Some(forgotten(&first.account));
        }
        account
    }
}

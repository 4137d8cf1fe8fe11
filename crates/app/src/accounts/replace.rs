//! Replacing the access key of an account in place.

use longshore_names::shown;
use uuid::Uuid;

use super::{StoredAccount, keys::AccessKey};
use crate::{
    App,
    api::{Account, AccountKey, ApiError, CredentialSource, ReplaceKey, Space},
};

impl App {
    /// Replaces the access key of an account. The new key is stored only once STS has said that it is of the
    /// same account; the old one is deleted afterwards. Accounts whose roles the account assumes go on with
    /// the new key.
    ///
    /// # Errors
    /// At the field that is wrong; `account-unknown`; `no-access-key` for other credentials;
    /// `identity-mismatch`; what STS and the keychain say. Nothing is changed then.
    pub async fn replace_key(&self, request: ReplaceKey) -> Result<Account, ApiError> {
        let account = AccountKey { space: Space::Aws, id: request.id };
        by_key(self.accounts.get(&account)?)?;
        let key = AccessKey::typed(
            &request.access_key_id,
            &request.secret_access_key,
            request.session_token.as_deref(),
        )?;
        let before = self.accounts.get(&account)?;
        let caller = self.caller_with_key(&before, key.credentials()).await?;
        if caller.account.as_str() != account.id {
            let text = format!(
                "This key belongs to account {}, not to {} ({}).",
                caller.account,
                shown(&before.account.name, 60),
                account.id
            );
            return Err(ApiError::input("identity-mismatch", "accessKeyId", text)
                .hint("Enter a key of the same account; the present key is still used."));
        }
        let name = format!("account/{}/{}", account.id, Uuid::now_v7());
        let credentials = self.keep_key(&name, &key, request.session_only).await?;
        // It may have been changed or removed meanwhile.
        let put = match self.accounts.get(&account).and_then(by_key) {
            Ok(old) => {
                let mut stored = old.clone();
                stored.account.credentials = credentials.clone();
                stored.account.principal = Some(caller.arn);
                stored.account.problem = None;
                stored.credential = Some(name.clone());
                self.accounts.put(stored.clone()).await.map(|()| (old, stored))
            }
            Err(error) => Err(error),
        };
        let (old, stored) = match put {
            Ok(put) => put,
            Err(error) => {
                self.forget_key(&credentials, &name).await;
                return Err(error);
            }
        };
        if let Some(left) = &old.credential {
            self.forget_key(&old.account.credentials, left).await;
        }
        // Connections of accounts that act by its roles hold the old key too.
        self.accounts_changed(Space::Aws, None);
        self.check_those_through(&account.id);
        Ok(stored.account)
    }

    /// Checks accounts with a problem whose roles an account assumes again.
    fn check_those_through(&self, id: &str) {
        let Some(app) = self.me.upgrade() else { return };
        let all = self.accounts.all();
        let mut through = vec![id.to_owned()];
        // Each round finds those one role further away.
        for _ in 0..all.len() {
            let next = all.iter().find(|known| {
                let is_through = |via: &String| {
                    super::find_aws(&all, via).is_some_and(|known| through.contains(&known.account.id))
                };
                matches!(&known.account.credentials, CredentialSource::Role { via, .. } if is_through(via))
                    && !through.contains(&known.account.id)
            });
            let Some(next) = next else { break };
            through.push(next.account.id.clone());
        }
        let due = all.iter().filter(|known| {
            known.account.problem.is_some() && through.iter().skip(1).any(|id| *id == known.account.id)
        });
        for known in due {
            let (app, stop) = (app.clone(), self.stop.clone());
            let key = AccountKey { space: Space::Aws, id: known.account.id.clone() };
            self.tasks.spawn(async move {
                if let Some(Err(error)) = stop.run_until_cancelled(app.check_account(key)).await {
                    tracing::debug!(code = error.code, "an account could not be checked again");
                }
            });
        }
    }
}

/// An account that is connected by an access key.
fn by_key(stored: StoredAccount) -> Result<StoredAccount, ApiError> {
    match stored.account.credentials {
        CredentialSource::Keychain | CredentialSource::Memory => Ok(stored),
        _ => {
            let text = format!("{} is not connected by an access key.", stored.account.name);
            Err(ApiError::input("no-access-key", "id", text))
        }
    }
}

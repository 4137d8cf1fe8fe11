//! The role by which an account of IAM Identity Center acts.

use crate::{
    App,
    accounts::StoredAccount,
    api::{Account, AccountKey, ActAs, ApiError, CredentialSource, SsoSessionKey},
};

impl App {
    /// Makes an account act by another role of the person who signed in. Nothing is stored unless STS says
    /// that the role is in the same account.
    ///
    /// # Errors
    /// `account-unknown`; `no-other-role` for other credentials; `identity-mismatch`; what Identity Center and
    /// STS say.
    pub async fn act_as(&self, request: ActAs) -> Result<Account, ApiError> {
        let key = AccountKey { space: request.space, id: request.account };
        let StoredAccount { account: before, credential } = self.accounts.get(&key)?;
        let mut account = Account { credentials: acting(&before, request.role.trim())?, ..before };
        self.prove(&mut account).await?;
        if account.id != key.id {
            let text = format!("The role belongs to account {}, not to {}.", account.id, key.id);
            return Err(ApiError::input("identity-mismatch", "role", text)
                .hint("Choose a role of the account in IAM Identity Center."));
        }
        account.problem = None;
        account.roles = self.roles_of(&account).await;
        // It may have been removed meanwhile.
        self.accounts.get(&key)?;
        self.accounts.put(StoredAccount { account: account.clone(), credential }).await?;
        self.accounts_changed(key.space, Some(&key.id));
        Ok(account)
    }

    /// The roles of the person in an account of IAM Identity Center; those that are known if they cannot be
    /// listed now.
    pub(super) async fn roles_of(&self, account: &Account) -> Vec<String> {
        let CredentialSource::Sso { session, account: id, start_url, region, .. } = &account.credentials
        else {
            return Vec::new();
        };
        let key =
            SsoSessionKey { session: session.clone(), start_url: start_url.clone(), region: region.clone() };
        match self.sso_roles(&key, id).await {
            Ok(roles) => roles,
            Err(error) => {
                tracing::debug!(code = error.code, "the roles of an account could not be listed");
                account.roles.clone()
            }
        }
    }
}

/// The credentials of an account with another role.
fn acting(account: &Account, wanted: &str) -> Result<CredentialSource, ApiError> {
    match account.credentials.clone() {
        CredentialSource::Sso { session, account, start_url, region, .. } if !wanted.is_empty() => {
            Ok(CredentialSource::Sso { session, account, role: wanted.to_owned(), start_url, region })
        }
        CredentialSource::Sso { .. } => {
            Err(ApiError::input("role-name", "role", "The name of the role is missing."))
        }
        _ => {
            let text = format!("{} is not connected through IAM Identity Center.", account.name);
            Err(ApiError::input("no-other-role", "role", text)
                .hint("Remove the account and connect it with the other credentials."))
        }
    }
}

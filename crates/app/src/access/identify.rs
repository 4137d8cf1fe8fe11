//! Whose key it is.

use aws_credential_types::provider::SharedCredentialsProvider;
use longshore_ecr::CallerIdentity;
use longshore_names::RegistryId;

use super::Origin;
use crate::{
    App,
    accounts::StoredAccount,
    api::{Account, ApiError, CredentialSource},
};

impl App {
    /// Asks STS whose key it is, before anything is stored.
    ///
    /// # Errors
    /// What STS says.
    pub(crate) async fn caller_with_key(
        &self,
        account: &StoredAccount,
        key: SharedCredentialsProvider,
    ) -> Result<CallerIdentity, ApiError> {
        let region = account.account.regions.first().map(String::as_str).unwrap_or_default();
        let registry = RegistryId::new(account.account.id.parse()?, region.parse()?);
        let accounts = self.accounts.all();
        let signing = self.sources(&accounts).with_key(account, key).await?;
        Ok(signing.client(registry).caller_identity().await?)
    }

    /// Asks whose key it is and stores the answer, or the reason why it cannot be determined.
    pub(crate) async fn identify(&self, stored: &mut StoredAccount) -> Result<(), ApiError> {
        let Some(region) = stored.account.regions.first() else { return Ok(()) };
        let registry = RegistryId::new(stored.account.id.parse()?, region.parse()?);
        let origin = Origin::of_account(&self.sources(&self.accounts.all()), stored, registry).await?;
        let (client, account) = (origin.client(), &mut stored.account);
        account.endpoint = origin.custom_endpoint();
        match client.caller_identity().await {
            Ok(caller) if caller.account.as_str() != account.id => {
                let error = mismatch(account, caller.account.as_str());
                // A profile or a role can lead to another account later.
                match account.credentials {
                    CredentialSource::Keychain | CredentialSource::Memory => return Err(error),
                    _ => account.problem = Some(error),
                }
            }
            Ok(caller) => {
                account.principal = Some(caller.arn);
                account.problem = None;
            }
            Err(error) => account.problem = Some(error.into()),
        }
        Ok(())
    }
}

fn mismatch(account: &Account, actual: &str) -> ApiError {
    let (what, hint) = match &account.credentials {
        CredentialSource::Profile { profile } => (
            format!("Profile `{profile}` belongs"),
            "Correct the profile, or remove the account and connect it again.",
        ),
        CredentialSource::Role { role_arn, .. } => {
            (format!("Role {role_arn} belongs"), "Remove the account and connect the role again.")
        }
        _ => ("This key belongs".to_owned(), "Correct the account id, or enter a key of that account."),
    };
    ApiError::input("identity-mismatch", "id", format!("{what} to account {actual}, not to {}.", account.id))
        .hint(hint)
}

//! Whose key it is.

use longshore_names::RegistryId;

use super::Origin;
use crate::{App, accounts::StoredAccount, api::ApiError};

impl App {
    /// Asks whose key it is and stores the answer, or the reason why it cannot be determined.
    pub(crate) async fn identify(&self, stored: &mut StoredAccount) -> Result<(), ApiError> {
        let Some(region) = stored.account.regions.first() else { return Ok(()) };
        let registry = RegistryId::new(stored.account.id.parse()?, region.parse()?);
        let endpoint = self.aws_endpoint.clone();
        let origin = Origin::of_account(self.secrets.as_ref(), stored, registry, endpoint).await?;
        let (client, account) = (origin.client(), &mut stored.account);
        match client.caller_identity().await {
            Ok(caller) if caller.account.as_str() != account.id => {
                let text = format!("This key belongs to account {}, not to {}.", caller.account, account.id);
                return Err(ApiError::input("identity-mismatch", "id", text)
                    .hint("Correct the account id, or enter a key of that account."));
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

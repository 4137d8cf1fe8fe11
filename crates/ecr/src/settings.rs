//! Settings of a registry as a whole, other than its documents.

use crate::{EcrClient, EcrError};

/// The name of the setting that lets blobs be mounted between repositories of one registry.
pub const BLOB_MOUNTING: &str = "BLOB_MOUNTING";

impl EcrClient {
    /// An account setting of this Region: `BLOB_MOUNTING`, `REGISTRY_POLICY_SCOPE` or
    /// `BASIC_SCAN_TYPE_VERSION`. `None` when it has no value.
    ///
    /// # Errors
    /// [`WrongRegistry`](EcrError::WrongRegistry) when the credentials are of another account,
    /// and as `GetAccountSetting`.
    pub async fn account_setting(&self, name: &str) -> Result<Option<String>, EcrError> {
        self.own_registry("GetAccountSetting").await?;
        let operation = self.ecr().get_account_setting().name(name);
        let answer = self.send(self.call("GetAccountSetting", None), operation.send()).await?;
        Ok(answer.value().map(str::to_owned))
    }

    /// Sets an account setting of this Region.
    ///
    /// # Errors
    /// [`WrongRegistry`](EcrError::WrongRegistry) when the credentials are of another account,
    /// and as `PutAccountSetting`.
    pub async fn put_account_setting(&self, name: &str, value: &str) -> Result<(), EcrError> {
        self.own_registry("PutAccountSetting").await?;
        let operation = self.ecr().put_account_setting().name(name).value(value);
        self.send(self.call("PutAccountSetting", None), operation.send()).await.map(drop)
    }

    /// Whether blobs can be mounted between repositories of this registry.
    ///
    /// # Errors
    /// As [`account_setting`](Self::account_setting).
    pub async fn blob_mounting(&self) -> Result<bool, EcrError> {
        Ok(self.account_setting(BLOB_MOUNTING).await?.as_deref() == Some("ENABLED"))
    }
}

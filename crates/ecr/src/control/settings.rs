//! Settings of a registry as a whole, other than its documents.

use serde_json::json;

use crate::{
    Call, Document, EcrClient, EcrError,
    control::documents::{changed, lost},
    control::write::{Replace, Stands, once, replace},
};

/// The name of the setting that lets blobs be mounted between repositories of one registry.
pub const BLOB_MOUNTING: &str = "BLOB_MOUNTING";

/// The name of the setting that says which actions of the registry policy ECR enforces: `V1` or `V2`. `V2`
/// is the only value that can be set (API model 2015-09-21, `PutAccountSetting`).
pub const REGISTRY_POLICY_SCOPE: &str = "REGISTRY_POLICY_SCOPE";

impl EcrClient {
    /// An account setting of this Region: `BLOB_MOUNTING`, `REGISTRY_POLICY_SCOPE` or
    /// `BASIC_SCAN_TYPE_VERSION`. `None` when it has no value.
    ///
    /// # Errors
    /// [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry) when the credentials are of another account,
    /// and as `GetAccountSetting`.
    pub async fn account_setting(&self, name: &str) -> Result<Option<String>, EcrError> {
        self.own_registry("GetAccountSetting").await?;
        let operation = self.ecr().get_account_setting().name(name);
        let answer = self.send(self.call("GetAccountSetting", None), operation.send()).await?;
        Ok(answer.value().map(str::to_owned))
    }

    /// Sets an account setting of this Region, expecting the value that this call reads first.
    ///
    /// # Errors
    /// [`ChangedElsewhere`](crate::EcrErrorKind::ChangedElsewhere), [`LostUpdate`](crate::EcrErrorKind::LostUpdate),
    /// [`Unconfirmed`](crate::EcrErrorKind::Unconfirmed), [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry) when the
    /// credentials are of another account, and as `PutAccountSetting`.
    pub async fn put_account_setting(&self, name: &str, value: &str) -> Result<(), EcrError> {
        self.own_registry("PutAccountSetting").await?;
        let expected = self.account_setting(name).await?;
        let call = self.call("PutAccountSetting", None);
        let what = Setting { client: self, call, name, expected, new: value };
        replace(&what, self.write_timing()).await.map(drop)
    }

    /// Whether blobs can be mounted between repositories of this registry.
    ///
    /// # Errors
    /// As [`account_setting`](Self::account_setting).
    pub async fn blob_mounting(&self) -> Result<bool, EcrError> {
        Ok(self.account_setting(BLOB_MOUNTING).await?.as_deref() == Some("ENABLED"))
    }
}

/// A write of an account setting.
struct Setting<'a> {
    client: &'a EcrClient,
    call: Call,
    name: &'a str,
    expected: Option<String>,
    new: &'a str,
}

impl Replace for Setting<'_> {
    type Content = Option<String>;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn read(&self) -> Result<Option<String>, EcrError> {
        self.client.account_setting(self.name).await
    }

    async fn put(&self) -> Result<(), EcrError> {
        let operation = self.client.ecr().put_account_setting().name(self.name).value(self.new);
        let request = operation.customize().config_override(once()).send();
        self.client.send(self.call.clone(), request).await.map(drop)
    }

    fn changes(&self) -> bool {
        self.expected.as_deref() != Some(self.new)
    }

    fn stands(&self, found: &Option<String>) -> Stands {
        match found {
            Some(found) if found == self.new => Stands::Ours,
            found if *found == self.expected => Stands::Former,
            None => Stands::Nothing,
            Some(_) => Stands::Other,
        }
    }

    fn changed(&self, found: Option<String>) -> EcrError {
        changed(&self.call, Document::AccountSetting, &json!(self.expected), json!(found))
    }

    fn lost(&self, found: Option<String>) -> EcrError {
        lost(&self.call, Document::AccountSetting, &json!(self.new), json!(found))
    }
}

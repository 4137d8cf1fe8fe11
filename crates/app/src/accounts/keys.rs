//! Access keys in the keychain.

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::StoredAccount;
use crate::{
    api::{ApiError, Side},
    secrets::{Secret, SecretStore},
};

/// An access key in the form in which the keychain stores it.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccessKey {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_token: Option<String>,
}

impl AccessKey {
    /// The form in which it is stored.
    pub(super) fn to_secret(&self) -> Result<Secret, ApiError> {
        Ok(Secret::new(serde_json::to_string(self)?))
    }
}

/// The credentials of a keychain account.
///
/// # Errors
/// `key-missing`; errors of the keychain.
pub(crate) async fn key_credentials(
    secrets: &dyn SecretStore,
    account: &StoredAccount,
) -> Result<SharedCredentialsProvider, ApiError> {
    let missing = || {
        ApiError::new("key-missing", Side::ThisMachine, "The keychain has no access key for this account.")
    };
    let name = account.credential.as_deref().ok_or_else(missing)?;
    let secret = secrets.get(name).await?.ok_or_else(missing)?;
    // serde's own error could quote the secret.
    let key: AccessKey = serde_json::from_str(secret.expose()).map_err(|_| missing())?;
    Ok(SharedCredentialsProvider::new(Credentials::from_keys(
        key.access_key_id.clone(),
        key.secret_access_key.clone(),
        key.session_token.clone(),
    )))
}

//! Access keys, in the keychain or in memory.

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{StoredAccount, validate};
use crate::{
    api::{Account, ApiError, CredentialSource, Side},
    secrets::{Secret, SecretStore},
};

/// An access key in the form in which it is stored.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccessKey {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_token: Option<String>,
}

impl AccessKey {
    /// A key as a person typed it.
    pub(super) fn typed(id: &str, secret: &str, token: Option<&str>) -> Result<Self, ApiError> {
        Ok(Self {
            access_key_id: validate::access_key_id(id)?,
            secret_access_key: validate::secret(secret, "secretAccessKey")?,
            session_token: token
                .filter(|token| !token.trim().is_empty())
                .map(|token| validate::secret(token, "sessionToken"))
                .transpose()?,
        })
    }

    /// What signs requests with it.
    pub(super) fn credentials(&self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Credentials::from_keys(
            self.access_key_id.clone(),
            self.secret_access_key.clone(),
            self.session_token.clone(),
        ))
    }

    /// The form in which it is stored.
    pub(super) fn to_secret(&self) -> Result<Secret, ApiError> {
        Ok(Secret::new(serde_json::to_string(self)?))
    }
}

/// Whether an error says that a key was kept for an earlier session.
pub(super) fn is_forgotten(error: &ApiError) -> bool {
    error.code == "key-forgotten"
}

/// The error of an account whose key was kept for an earlier session.
pub(super) fn forgotten(account: &Account) -> ApiError {
    let text = format!(
        "The access key of {} was kept for one session of Longshore only, and is not in this one.",
        account.name
    );
    ApiError::new("key-forgotten", Side::ThisMachine, text)
}

/// The credentials of an account with an access key, from where its key is.
///
/// # Errors
/// `key-missing`; `key-forgotten`; errors of the keychain.
pub(crate) async fn key_credentials(
    secrets: &dyn SecretStore,
    account: &StoredAccount,
) -> Result<SharedCredentialsProvider, ApiError> {
    let missing = || match account.account.credentials {
        CredentialSource::Memory => forgotten(&account.account),
        _ => ApiError::new(
            "key-missing",
            Side::ThisMachine,
            "The keychain has no access key for this account.",
        ),
    };
    let name = account.credential.as_deref().ok_or_else(missing)?;
    let secret = secrets.get(name).await?.ok_or_else(missing)?;
    // serde's own error could quote the secret.
    let key: AccessKey = serde_json::from_str(secret.expose()).map_err(|_| missing())?;
    Ok(key.credentials())
}

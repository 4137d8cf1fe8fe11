//! The caller's identity, and assumed roles.

use std::time::Duration;

use aws_credential_types::Credentials;
use longshore_names::AccountId;

use crate::{EcrClient, EcrError, EcrErrorKind};

/// The identity of a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account it acts on.
    pub account: AccountId,
    /// Its ARN.
    pub arn: String,
    /// Its unique id.
    pub user_id: String,
}

/// A request to assume a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRequest {
    /// The role's ARN.
    pub role_arn: String,
    /// 2 to 64 characters of `[\w+=,.@-]`; shows up in CloudTrail.
    pub session_name: String,
    /// The secret word between two companies, when the role's trust policy requires one.
    pub external_id: Option<String>,
    /// 15 minutes to 12 hours; `None` for one hour.
    pub duration: Option<Duration>,
}

/// An assumed role. The credentials' secrets are in no debug output.
#[derive(Debug, Clone)]
pub struct AssumedRole {
    /// ARN of the session.
    pub arn: String,
    /// Temporary credentials with their expiry.
    pub credentials: Credentials,
}

/// Why there are no credentials, as the program that provides them says it. A provider of credentials
/// wraps it in the SDK's own error, and it comes out of the failed call as
/// [`EcrErrorKind::NoCredentials`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CredentialProblem {
    /// A stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// What a person has to enter, such as the code of a device with this name.
    pub field: Option<String>,
}

impl EcrClient {
    /// The identity that the credentials belong to; needs no permission. Asked once per client.
    ///
    /// # Errors
    /// When the credentials are not accepted or STS cannot be reached.
    pub async fn caller_identity(&self) -> Result<CallerIdentity, EcrError> {
        self.caller_cell().get_or_try_init(|| self.fetch_identity()).await.cloned()
    }

    /// As [`caller_identity`](Self::caller_identity), asked now: credentials may have been revoked since.
    ///
    /// # Errors
    /// As there.
    pub async fn fetch_identity(&self) -> Result<CallerIdentity, EcrError> {
        let call = self.call("GetCallerIdentity", None);
        let answer = self.send(call.clone(), self.sts().get_caller_identity().send()).await?;
        let account = answer.account().unwrap_or_default();
        let account = account.parse().map_err(|_| self.protocol(call, "there is no account id in it"))?;
        Ok(CallerIdentity {
            account,
            arn: answer.arn().unwrap_or_default().to_owned(),
            user_id: answer.user_id().unwrap_or_default().to_owned(),
        })
    }

    /// Assumes a role; use the credentials in an [`EcrConfig`](crate::EcrConfig) of their own.
    ///
    /// # Errors
    /// When the role's trust policy or the principal's own policy does not allow it.
    pub async fn assume_role(&self, request: &RoleRequest) -> Result<AssumedRole, EcrError> {
        let call = self.call("AssumeRole", None);
        let seconds = request.duration.map(|d| i32::try_from(d.as_secs()).unwrap_or(i32::MAX));
        let operation = self
            .sts()
            .assume_role()
            .role_arn(&request.role_arn)
            .role_session_name(&request.session_name)
            .set_external_id(request.external_id.clone())
            .set_duration_seconds(seconds);
        let answer = self.send(call.clone(), operation.send()).await?;
        let Some(keys) = answer.credentials() else {
            return Err(self.protocol(call, "there are no credentials in it"));
        };
        let credentials = credentials(keys, "AssumeRole");
        let arn = answer.assumed_role_user().map_or(request.role_arn.as_str(), |user| user.arn());
        Ok(AssumedRole { arn: arn.to_owned(), credentials })
    }

    /// Credentials that were acquired with a code of an MFA device; they last 12 hours.
    ///
    /// # Errors
    /// When the code is not accepted, was used before, or the device belongs to another principal.
    pub async fn session_token(&self, serial: &str, code: &str) -> Result<Credentials, EcrError> {
        let call = self.call("GetSessionToken", None);
        let operation = self.sts().get_session_token().serial_number(serial).token_code(code);
        let answer = self.send(call.clone(), operation.send()).await?;
        let Some(keys) = answer.credentials() else {
            return Err(self.protocol(call, "there are no credentials in it"));
        };
        Ok(credentials(keys, "GetSessionToken"))
    }

    /// Refuses when the credentials act on another account: registry settings are addressed by
    /// the credentials alone.
    pub(crate) async fn own_registry(&self, operation: &'static str) -> Result<(), EcrError> {
        let identity = self.caller_identity().await?;
        self.expect_account(operation, identity.account.as_str())
    }

    pub(crate) fn expect_account(&self, operation: &'static str, actual: &str) -> Result<(), EcrError> {
        if actual == self.registry().account.as_str() {
            return Ok(());
        }
        let mut call = self.call(operation, None);
        call.message = format!("the credentials act on account {actual}");
        Err(EcrErrorKind::WrongRegistry { actual: actual.to_owned() }.of(call))
    }
}

fn credentials(keys: &aws_sdk_sts::types::Credentials, operation: &'static str) -> Credentials {
    Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().to_owned()),
        std::time::SystemTime::try_from(*keys.expiration()).ok(),
        operation,
    )
}

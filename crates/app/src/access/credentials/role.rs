//! A role that other credentials assume.

use std::fmt;

use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use longshore_ecr::{EcrClient, RoleRequest};

use super::problem::problem;
use crate::api::ApiError;

/// Assumes a role through `client`, which acts as the principal that may assume it.
pub(super) struct AssumedRole {
    pub(super) client: EcrClient,
    pub(super) request: RoleRequest,
}

impl AssumedRole {
    pub(super) fn shared(self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(self)
    }

    async fn load(&self) -> provider::Result {
        let assumed = self.client.assume_role(&self.request).await;
        assumed.map(|role| role.credentials).map_err(|error| problem(self.explained(error.into())))
    }

    /// A denial says that two policies decide.
    fn explained(&self, error: ApiError) -> ApiError {
        if error.code != "access-denied" {
            return error;
        }
        let hint = format!(
            "The trust policy of {} must allow this principal, with the external id and MFA device that it asks for, and the principal needs `sts:AssumeRole` on it.",
            self.request.role_arn
        );
        error.hint(hint)
    }
}

impl fmt::Debug for AssumedRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumedRole").field("role", &self.request.role_arn).finish_non_exhaustive()
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}

//! An error of ours that passes through the SDK: the SDK asks for credentials, and only knows its own
//! errors.

use aws_credential_types::provider::error::CredentialsError;
use longshore_ecr::CredentialProblem;

use crate::api::ApiError;

/// Wraps an error for the SDK; it comes out of the failed call as it went in.
pub(crate) fn problem(error: ApiError) -> CredentialsError {
    CredentialsError::not_loaded(CredentialProblem {
        code: error.code,
        message: error.message,
        hint: error.hint.unwrap_or_default(),
        field: error.field,
    })
}

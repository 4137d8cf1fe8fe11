//! A profile whose credentials come from a sign-in in a terminal: without one, the SDK says which file it
//! did not find.

use std::fmt;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use longshore_ecr::causes;

use super::problem;
use crate::api::{ApiError, ProfileKind, Side};

/// What the SDK says of a sign-in that is missing or has ended.
const ENDED: [&str; 3] = ["failed to read", "expired", "refresh"];

/// The SDK's credentials provider for a profile that needs a sign-in.
struct SignedIn {
    profile: String,
    command: String,
    sdk: ProfileFileCredentialsProvider,
}

/// The provider of a profile; says what to run if nobody is signed in.
pub(super) fn of_profile(
    profile: &str,
    kind: ProfileKind,
    sdk: ProfileFileCredentialsProvider,
) -> SharedCredentialsProvider {
    let command = match kind {
        ProfileKind::SsoLegacy => format!("aws sso login --profile {profile}"),
        ProfileKind::LoginSession => format!("aws login --profile {profile}"),
        _ => return SharedCredentialsProvider::new(sdk),
    };
    SharedCredentialsProvider::new(SignedIn { profile: profile.to_owned(), command, sdk })
}

impl SignedIn {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let error = match self.sdk.provide_credentials().await {
            Ok(credentials) => return Ok(credentials),
            Err(error) => error,
        };
        let said = causes(&error);
        if !ENDED.iter().any(|word| said.contains(word)) {
            return Err(error);
        }
        tracing::debug!(profile = self.profile, %said, "nobody is signed in");
        let text =
            format!("Nobody is signed in to the profile `{}`, or the session has ended.", self.profile);
        let needed = ApiError::new("sso-sign-in-needed", Side::ThisMachine, text);
        Err(problem(needed.hint(format!("Run `{}`.", self.command))))
    }
}

impl ProvideCredentials for SignedIn {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("profile", &self.profile).finish_non_exhaustive()
    }
}

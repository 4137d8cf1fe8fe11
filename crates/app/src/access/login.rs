//! Passwords of registries, for other clients. Works beside an open window: it only reads.

use longshore_registry::is_loopback;

use super::{EndpointOptions, Endpoints};
use crate::{
    api::{ApiError, Side},
    secrets::Secret,
};

/// The user that ECR's tokens belong to.
pub const REGISTRY_USER: &str = "AWS";

/// The password that a client logs in to `host` with (`host[:port]`): a token that ECR gives for
/// 12 hours. The caller is the one that a copy to this host would have.
///
/// # Errors
/// `registry-host-unknown` when the host is neither of ECR nor of the running sandbox,
/// `sandbox-not-running` when it is of this computer and no sandbox answers, `account-needed`,
/// `account-unknown`, what the keychain says, what ECR says.
pub async fn registry_password(options: EndpointOptions, host: &str) -> Result<Secret, ApiError> {
    let endpoints = Endpoints::new(options);
    let Some(origin) = endpoints.origin(host).await? else {
        if is_loopback(host) && endpoints.sandbox().await.is_none() {
            let text = format!("The sandbox is not running, so nothing answers at `{host}`.");
            return Err(ApiError::new("sandbox-not-running", Side::ThisMachine, text));
        }
        let text = format!("`{host}` is neither a host of Amazon ECR nor one of the running sandbox.");
        return Err(ApiError::new("registry-host-unknown", Side::Input, text));
    };
    let token = origin.client().token().await?;
    Ok(Secret::new(token.password().to_owned()))
}

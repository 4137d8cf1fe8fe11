//! Passwords of registries, for other clients. Works beside an open window: it only reads.

use longshore_names::RegistryId;
use longshore_registry::is_loopback;

use super::{EndpointOptions, Endpoints};
use crate::{
    api::{ApiError, Side, Space},
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

/// The registries (`host[:port]`) for which [`registry_password`] knows an account: those of connected
/// accounts at AWS's own addresses, and those of the running sandbox. Nothing is asked of AWS.
///
/// # Errors
/// What the database says.
pub async fn registry_hosts(options: EndpointOptions) -> Result<Vec<String>, ApiError> {
    let endpoints = Endpoints::new(options);
    let mut hosts = Vec::new();
    for known in endpoints.accounts().await? {
        let account = &known.account;
        if account.space != Space::Aws || account.endpoint.is_some() {
            continue;
        }
        for region in &account.regions {
            hosts.push(RegistryId::new(account.id.parse()?, region.parse()?).host());
        }
    }
    let sandbox = endpoints.sandbox().await.into_iter().flat_map(|ready| ready.registries);
    hosts.extend(sandbox.filter_map(|registry| {
        let (_, host) = registry.url.split_once("://")?;
        Some(host.trim_end_matches('/').to_owned())
    }));
    Ok(hosts)
}

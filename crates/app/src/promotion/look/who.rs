//! The person who acts, as records and requests name them.

use longshore_promotion::Person;

use super::places::Reached;
use crate::api::ApiError;

/// The principal that acts at the first of these registries; outside ECR, the user of this computer.
///
/// # Errors
/// When neither has a name.
pub(crate) fn who<'a>(reached: impl IntoIterator<Item = &'a Reached>) -> Result<Person, ApiError> {
    let principal = reached.into_iter().find_map(|one| one.context.as_ref()?.principal.clone());
    match principal.and_then(|arn| arn.parse().ok()) {
        Some(person) => Ok(person),
        None => on_this_computer(),
    }
}

/// The user of this computer.
///
/// # Errors
/// When there is no name for one.
pub(crate) fn on_this_computer() -> Result<Person, ApiError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let user = variable("USER").or_else(|| variable("USERNAME")).unwrap_or_else(|| "unknown".to_owned());
    let host = std::fs::read_to_string("/etc/hostname").ok().or_else(|| variable("COMPUTERNAME"));
    let host = host.unwrap_or_else(|| "this-computer".to_owned());
    let name = longshore_names::shown(&format!("{}@{}", user.trim(), host.trim()), 200);
    name.parse().map_err(|_| ApiError::internal("The user of this computer has no name."))
}

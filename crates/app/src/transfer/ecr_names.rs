//! Names that ECR does not accept, reported before ECR is asked.

use longshore_ecr::registry_of_host;
use longshore_engine::{CopyItem, Failure, Side};
use longshore_names::{NameError, RepositoryName, capital};

use crate::{
    access::{Endpoints, Location},
    api::ApiError,
};

/// Whether a registry of this name belongs to ECR, on AWS or in the sandbox on this machine.
pub(super) async fn is_ecr(endpoints: &Endpoints, name: &str) -> bool {
    registry_of_host(name).is_some() || endpoints.sandbox_registry(name).await.is_some()
}

/// Checks the names of a copy's destination.
///
/// # Errors
/// `invalid-repository-name`, with the problem and a valid name.
pub(super) async fn check(endpoints: &Endpoints, to: &Location, items: &[CopyItem]) -> Result<(), ApiError> {
    let wrong =
        items.iter().find_map(|item| problem(&item.destination).map(|error| (&item.destination, error)));
    let (Some((name, error)), Some(host)) = (wrong, to.host()) else { return Ok(()) };
    if !is_ecr(endpoints, host).await {
        return Ok(());
    }
    let text = in_words(name, &error);
    let error = ApiError::from(error);
    Err(ApiError { message: text, ..error }.at("destination"))
}

/// The reason why ECR does not accept a name.
pub(super) fn problem(name: &RepositoryName) -> Option<NameError> {
    RepositoryName::for_input(name.as_str()).err()
}

/// Why an image of a rule cannot be copied.
pub(super) fn refusal(name: &RepositoryName, error: &NameError) -> Failure {
    Failure {
        code: "invalid-repository-name".into(),
        message: format!("destination: {}", in_words(name, error)),
        hint: "Rename it in the rule: `rename` can give names that ECR accepts.".into(),
        side: Side::Destination,
    }
}

fn in_words(name: &RepositoryName, error: &NameError) -> String {
    format!("ECR does not accept the repository name `{name}`. {}.", capital(&error.problem))
}

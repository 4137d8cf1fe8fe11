//! Repositories that a push creates: only if a creation template for pushes covers the name (User
//! Guide, "repository-creation-templates").

use std::sync::Arc;

use longshore_names::RepositoryName;

use crate::{
    Change, StorageError,
    access::policy::{Principal, Request},
    state::{CreateError, Occasion, Registry, Repository, State, resource},
    writes::Written,
};

/// The repository, if there is one or a push of `principal` creates it.
pub(crate) async fn find(
    state: &State,
    registry: &Arc<Registry>,
    principal: &Principal,
    name: &RepositoryName,
) -> Result<Option<Arc<Repository>>, StorageError> {
    if let Some(repository) = registry.repository(name) {
        return Ok(Some(repository));
    }
    let action = "ecr:CreateRepository";
    let decision = registry.access_decision(&state.switches(), principal, action, Some(name));
    let place = resource(&registry.id, Some(name));
    let request = Request::new(principal, action, &place);
    if state.authorize(&request, &registry.id.account, decision).is_err() {
        return Ok(None);
    }
    let now = state.clock.now();
    let by_template =
        registry.document().settings_by_template(&registry.id, name, Occasion::CreateOnPush, now);
    let settings = match by_template {
        Ok(Some(settings)) => settings,
        Ok(None) => return Ok(None),
        Err(error) => {
            tracing::info!(%error, registry = %registry.id, repository = %name, "a push created no repository");
            return Ok(None);
        }
    };
    match registry.create_repository(name, settings).await {
        Ok(repository) => {
            state.writes.note(Written {
                operation: "CreateRepository",
                registry: registry.id.clone(),
                repository: Some(name.clone()),
                tag: None,
                digest: None,
                principal: principal.arn.clone(),
                policy: None,
            });
            state.announce(Change::RepositoryCreated {
                registry: registry.id.clone(),
                repository: name.clone(),
            });
            Ok(Some(repository))
        }
        Err(CreateError::Exists) => Ok(registry.repository(name)),
        Err(CreateError::Storage(error)) => Err(error),
    }
}

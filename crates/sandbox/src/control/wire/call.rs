//! One verified call: who, where, when, and what it may reach.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{RegistryId, RepositoryName};

use crate::control::{
    beside::access,
    wire::constraints::{parse_account, repository_name},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
    wire::signing::caller::Caller,
};
use crate::{
    access::policy::{Decision, Principal, Request},
    error::{CommitError, StorageError},
    iam::{Because, Refusal},
    images::create_on_push,
    state::{Registry, Repository, State, resource},
};

/// The operations on a registry itself that name no registry.
const ON_REGISTRY: [&str; 21] = [
    "CreatePullThroughCacheRule",
    "CreateRepositoryCreationTemplate",
    "DeletePullThroughCacheRule",
    "DeleteRepositoryCreationTemplate",
    "DeleteSigningConfiguration",
    "DeregisterPullTimeUpdateExclusion",
    "DescribePullThroughCacheRules",
    "DescribeRegistry",
    "DescribeRepositoryCreationTemplates",
    "GetAccountSetting",
    "GetRegistryScanningConfiguration",
    "GetSigningConfiguration",
    "ListPullTimeUpdateExclusions",
    "PutAccountSetting",
    "PutRegistryScanningConfiguration",
    "PutReplicationConfiguration",
    "PutSigningConfiguration",
    "RegisterPullTimeUpdateExclusion",
    "UpdatePullThroughCacheRule",
    "UpdateRepositoryCreationTemplate",
    "ValidatePullThroughCacheRule",
];

/// The operations on a registry itself that its policy does not bind.
const UNBOUND: [&str; 4] =
    ["DeleteRegistryPolicy", "GetAuthorizationToken", "GetRegistryPolicy", "PutRegistryPolicy"];

/// A call whose signature has been verified.
pub(in crate::control) struct Call {
    pub(in crate::control) state: Arc<State>,
    pub(in crate::control) caller: Caller,
    /// The caller's own registry in the Region of the call.
    pub(in crate::control) registry: Arc<Registry>,
    pub(in crate::control) operation: &'static str,
    pub(in crate::control) now: DateTime<Utc>,
}

impl Call {
    /// The registry that `registryId` names, or the caller's own without one. Another account's
    /// registry is open only to what its registry policy (scope V2) or the repository's policy allows;
    /// what a policy denies is closed to every caller.
    pub(in crate::control) fn registry_for(
        &self,
        input: &Members<'_>,
        repository: Option<&RepositoryName>,
    ) -> ApiResult<Arc<Registry>> {
        let account = match input.text("registryId")? {
            Some(text) => parse_account("registryId", text)?,
            None => self.caller.account.clone(),
        };
        self.registry_of(RegistryId::new(account, self.caller.region.clone()), repository)
    }

    /// The registry `id`, if the caller may do the call's operation there.
    pub(in crate::control) fn registry_of(
        &self,
        id: RegistryId,
        repository: Option<&RepositoryName>,
    ) -> ApiResult<Arc<Registry>> {
        let found =
            if id == self.registry.id { Some(self.registry.clone()) } else { self.state.registry(&id) };
        let action = format!("ecr:{}", self.operation);
        let decision = match &found {
            Some(registry) => {
                registry.access_decision(&self.state.switches(), &self.principal(), &action, repository)
            }
            None => Decision::Silent,
        };
        let Some(registry) = found else {
            let refusal = Refusal::new(Because::Resource, false);
            return Err(self.denied(&action, &resource(&id, repository), refusal));
        };
        let (principal, place) = (self.principal(), resource(&id, repository));
        let request = Request::new(&principal, &action, &place);
        match self.state.authorize(&request, &id.account, decision) {
            Ok(()) => Ok(registry),
            Err(refusal) => Err(self.denied(&action, &place, refusal)),
        }
    }

    /// Refuses an operation on the caller's registry itself, which names no other registry, that the
    /// caller's policies do not allow or the registry policy denies. The three operations on that policy
    /// are not bound by it, or a Deny could never be removed.
    pub(in crate::control) fn check_on_registry(&self) -> ApiResult<()> {
        let bound = ON_REGISTRY.contains(&self.operation);
        if !bound && !UNBOUND.contains(&self.operation) {
            return Ok(());
        }
        let (switches, action, principal) =
            (self.state.switches(), format!("ecr:{}", self.operation), self.principal());
        let decision = match bound {
            true => self.registry.policy_decision_on(&switches, &principal, &action, "*"),
            false => Decision::Silent,
        };
        let request = Request::new(&principal, &action, "*");
        let decided = self.state.authorize(&request, &self.caller.account, decision);
        decided.map_err(|refusal| self.denied(&action, "*", refusal))
    }

    /// The registry and the repository that `registryId` and `repositoryName` name.
    pub(in crate::control) fn repository(
        &self,
        input: &Members<'_>,
    ) -> ApiResult<(Arc<Registry>, Arc<Repository>)> {
        let name = repository_name(input)?;
        let registry = self.registry_for(input, Some(&name))?;
        let repository = registry.repository(&name).ok_or_else(|| no_repository(&registry.id, &name))?;
        Ok((registry, repository))
    }

    /// As [`Call::repository`], for a push: it creates the repository if a template says so.
    pub(in crate::control) async fn repository_to_push(
        &self,
        input: &Members<'_>,
    ) -> ApiResult<(Arc<Registry>, Arc<Repository>)> {
        let name = repository_name(input)?;
        let registry = self.registry_for(input, Some(&name))?;
        let found = create_on_push::find(&self.state, &registry, &self.principal(), &name).await;
        let repository = found
            .map_err(|error| ApiError::server(&error))?
            .ok_or_else(|| no_repository(&registry.id, &name))?;
        Ok((registry, repository))
    }

    /// Until when reads return the former document after this call writes another; `None` when the
    /// sandbox reads every write at once.
    pub(in crate::control) fn read_until(&self) -> Option<DateTime<Utc>> {
        let delay = self.state.switches().read_after_write_delay;
        let delay = TimeDelta::from_std(delay).ok().filter(|delay| !delay.is_zero())?;
        self.now.checked_add_signed(delay)
    }

    /// The caller, for policies.
    pub(in crate::control) fn principal(&self) -> Principal {
        self.caller.principal()
    }

    fn denied(&self, action: &str, resource: &str, refusal: Refusal) -> ApiError {
        access::denied(&self.state, &self.caller, action, resource, refusal)
    }
}

/// The error for a repository that does not exist.
pub(in crate::control) fn no_repository(registry: &RegistryId, name: &RepositoryName) -> ApiError {
    ApiError::new(
        "RepositoryNotFoundException",
        format!(
            "The repository with name '{name}' does not exist in the registry with id '{}'",
            registry.account
        ),
    )
}

/// How a commit can fail: by the operation's own refusal, or by that of the store.
pub(in crate::control) enum Refused {
    /// The operation's own error.
    Api(ApiError),
    /// The store's.
    Commit(CommitError),
}

impl From<CommitError> for Refused {
    fn from(error: CommitError) -> Self {
        Self::Commit(error)
    }
}

impl From<StorageError> for Refused {
    fn from(error: StorageError) -> Self {
        Self::Commit(error.into())
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl Refused {
    /// The error for the caller, when the change was to `repository`.
    pub(in crate::control) fn into_api(self, repository: &Repository) -> ApiError {
        match self {
            Self::Api(error) => error,
            Self::Commit(CommitError::Deleted) => no_repository(&repository.registry, &repository.name),
            Self::Commit(CommitError::Storage(error)) => ApiError::server(&error),
        }
    }

    /// The error for the caller, when the change was to a registry.
    pub(in crate::control) fn into_registry_api(self) -> ApiError {
        match self {
            Self::Api(error) => error,
            Self::Commit(error) => ApiError::server(&error),
        }
    }
}

//! What the policies of a registry and of a repository say about a request.

use longshore_names::{RegistryId, RepositoryName};

use super::Registry;
use crate::{
    Switches,
    access::policy::{self, Decision, Principal},
};

/// `REGISTRY_POLICY_SCOPE` (User Guide, "registry-permissions").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyScope {
    /// Replication and pull through caches only.
    V1,
    /// Every action of ECR.
    V2,
}

impl PolicyScope {
    const V1_ACTIONS: [&str; 3] =
        ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"];

    /// Whether a policy of this scope may name the action and applies to it.
    pub(crate) fn has(self, action: &str) -> bool {
        self == Self::V2 || Self::V1_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action))
    }
}

impl Registry {
    /// What the registry policy says about `action` of `principal` on a repository, or on all of
    /// them (`None`).
    pub(crate) fn policy_decision(
        &self,
        switches: &Switches,
        principal: &Principal,
        action: &str,
        repository: Option<&RepositoryName>,
    ) -> Decision {
        self.policy_decision_on(switches, principal, action, &resource(&self.id, repository))
    }

    /// As [`policy_decision`](Self::policy_decision), on a resource: `*` for an action on the registry
    /// itself.
    pub(crate) fn policy_decision_on(
        &self,
        switches: &Switches,
        principal: &Principal,
        action: &str,
        resource: &str,
    ) -> Decision {
        let document = self.document();
        let Some(policy) = &document.policy else { return Decision::Silent };
        if !document.policy_scope(switches.policy_scope_v1).has(action) {
            return Decision::Silent;
        }
        policy::evaluate(policy, principal, action, resource)
    }

    /// What the registry policy and the repository's own policy say together: a Deny of either wins,
    /// and an Allow of either is enough (User Guide, "repository-policies").
    pub(crate) fn access_decision(
        &self,
        switches: &Switches,
        principal: &Principal,
        action: &str,
        repository: Option<&RepositoryName>,
    ) -> Decision {
        let by_registry = self.policy_decision(switches, principal, action, repository);
        let by_repository = repository.and_then(|name| self.repository(name)).map(|found| {
            let resource = resource(&self.id, repository);
            found.read(|state| match &state.settings.policy {
                Some(policy) => policy::evaluate_of_repository(policy, principal, action, &resource),
                None => Decision::Silent,
            })
        });
        by_registry.and(by_repository.unwrap_or(Decision::Silent))
    }
}

/// The ARN that a policy is evaluated for: a repository's, or, for a call that names none, the one
/// that stands for all of them, as denials of `DescribeRepositories` show it.
pub(crate) fn resource(registry: &RegistryId, repository: Option<&RepositoryName>) -> String {
    match repository {
        Some(name) => name.arn(&registry.account, &registry.region),
        None => format!(
            "arn:{}:ecr:{}:{}:repository/*",
            registry.region.partition(),
            registry.region,
            registry.account
        ),
    }
}

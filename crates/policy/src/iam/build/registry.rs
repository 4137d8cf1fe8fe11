//! Statements of registry policies, besides replication
//! ([`CrossAccountReplication`](crate::registry_policy::CrossAccountReplication)).

use longshore_names::RegistryId;
use serde_json::json;

use super::{Draft, Registries, Repositories, purpose};
use crate::iam::{Statement, edit::scalar_or_list};

/// Everyone in an organization may pull. ECR enforces it with policy scope V2 only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPull {
    /// The organization's id, such as `o-a1b2c3d4e5`.
    pub organization: String,
    /// The registry.
    pub registry: RegistryId,
    /// The repositories.
    pub repositories: Repositories,
}

/// Users and roles that may fill a pull-through cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullThroughCache {
    /// Their ARNs.
    pub principals: Vec<String>,
    /// The registry with the cache.
    pub registry: RegistryId,
    /// The repositories of the cache, usually by the rule's prefix.
    pub repositories: Repositories,
}

fn arns(registry: &RegistryId, repositories: &Repositories) -> Vec<String> {
    let one = Registries {
        account: registry.account.clone(),
        partition: registry.region.partition(),
        regions: vec![registry.region.clone()],
    };
    one.arns(repositories)
}

impl OrganizationPull {
    /// The statement.
    pub fn statement(&self) -> Statement {
        let mut draft =
            Draft::new("PullInOrganization", &purpose::pull(), arns(&self.registry, &self.repositories));
        draft.principal = Some("*".into());
        let mut equals = json!({ "aws:PrincipalOrgID": self.organization });
        if let Repositories::Tagged { key, value } = &self.repositories {
            equals[format!("aws:ResourceTag/{key}")] = value.as_str().into();
        }
        draft.condition = Some(json!({ "StringEquals": equals }));
        draft.into_statement()
    }
}

impl PullThroughCache {
    /// The statement.
    pub fn statement(&self) -> Statement {
        let actions = ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"];
        let mut draft = Draft::new("PullThroughCache", &actions, arns(&self.registry, &self.repositories));
        draft.principal = Some(json!({ "AWS": scalar_or_list(self.principals.clone()) }));
        draft.condition = super::condition_of(&self.repositories);
        draft.into_statement()
    }
}

impl Draft {
    fn into_statement(self) -> Statement {
        match self.to_value() {
            serde_json::Value::Object(object) => Statement(object),
            _ => Statement(serde_json::Map::new()),
        }
    }
}

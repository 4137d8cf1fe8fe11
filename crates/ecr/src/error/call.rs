//! What a failure is about: the call, the side, the document.

use longshore_names::{RegistryId, RepositoryName};

use crate::IamItemKind;

/// Where a failed call was sent, and the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The registry that was asked.
    pub registry: RegistryId,
    /// The operation as AWS names it, such as `DescribeImages`.
    pub operation: &'static str,
    /// The repository, for operations that have one.
    pub repository: Option<RepositoryName>,
    /// What the service said, at most 1,000 characters, without canonical requests or tokens.
    pub message: String,
    /// The request id to give to AWS support.
    pub request_id: Option<String>,
}

/// The side on which something has to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// This machine: its clock, its credentials, the request itself.
    ThisMachine,
    /// The path between the two: name resolution, proxies, connections.
    Network,
    /// The account and Region that were asked.
    Registry,
}

impl Side {
    /// A stable code for tables of texts.
    pub fn code(self) -> &'static str {
        match self {
            Self::ThisMachine => "this-machine",
            Self::Network => "network",
            Self::Registry => "registry",
        }
    }
}

/// A document that ECR stores only as a whole and without a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Document {
    /// The replication configuration of a registry.
    ReplicationConfiguration,
    /// The permissions policy of a registry.
    RegistryPolicy,
    /// Whether tags of a repository may move.
    TagMutability,
    /// The lifecycle policy of a repository.
    LifecyclePolicy,
    /// The policy of a repository.
    RepositoryPolicy,
    /// A setting of an account in a Region.
    AccountSetting,
    /// Something of IAM.
    Iam(IamItemKind),
}

impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ReplicationConfiguration => "replication configuration",
            Self::RegistryPolicy => "registry policy",
            Self::TagMutability => "tag mutability",
            Self::LifecyclePolicy => "lifecycle policy",
            Self::RepositoryPolicy => "repository policy",
            Self::AccountSetting => "account setting",
            Self::Iam(kind) => kind.as_str(),
        })
    }
}

//! A descriptive statement id.

use crate::iam::{CREATE_REPOSITORY, Effect, REPLICATE_IMAGE, StatementView, evaluate::action_fits};

/// The Sid that ECR's console proposes for cross-account replication.
pub const DEFAULT_SID: &str = "ReplicationAccessCrossAccount";

/// The id to give a statement that has none.
pub(crate) fn proposed_sid(statement: &StatementView) -> &'static str {
    let names = |action: &str| statement.actions.covers(|pattern| action_fits(pattern, action));
    match statement.effect {
        Effect::Deny => "DenyAccess",
        _ if names("ecr:DeleteRepository") => "RegistryAccess",
        _ if names(REPLICATE_IMAGE) => DEFAULT_SID,
        _ if names("ecr:BatchImportUpstreamImage") && !names("ecr:BatchGetImage") => "PullThroughCache",
        _ if names("ecr:BatchImportUpstreamImage") => "PullThroughCacheUpstream",
        _ if names("ecr:PutImage") => "CrossAccountPush",
        _ if names("ecr:BatchGetImage") => "CrossAccountPull",
        _ if names(CREATE_REPOSITORY) => DEFAULT_SID,
        _ => "RegistryStatement",
    }
}

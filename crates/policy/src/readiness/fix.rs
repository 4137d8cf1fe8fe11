//! What would make a check ok. A fix is data: a plan is made from it and shown before anything is
//! written.

use longshore_names::{AccountId, Region, RegistryId, RepositoryName};
use serde::Serialize;
use serde_json::Value;

use super::TagMutability;
use crate::{ContentHash, iam::Statement, replication::RuleDraft};

/// An image in a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ImageName {
    /// The repository.
    pub repository: RepositoryName,
    /// The digest.
    pub digest: String,
    /// A tag, if it has one.
    pub tag: Option<String>,
}

/// One fix.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fix {
    /// Add a statement to a registry's policy.
    AddStatement {
        /// The registry.
        registry: RegistryId,
        /// The statement; its Sid is free.
        statement: Statement,
    },
    /// Move a statement to the registry where it has an effect.
    MoveStatement {
        /// The registry that has it.
        from: RegistryId,
        /// What it is there.
        hash: ContentHash,
        /// The registry that needs it.
        registry: RegistryId,
        /// What it becomes.
        statement: Statement,
    },
    /// Replace a statement of a registry's policy.
    ReplaceStatement {
        /// The registry.
        registry: RegistryId,
        /// What the statement is.
        hash: ContentHash,
        /// What it becomes.
        statement: Statement,
    },
    /// Take a Deny out of a policy.
    RemoveDeny {
        /// The registry.
        registry: RegistryId,
        /// The repository whose policy it is; `None` for the registry's.
        repository: Option<RepositoryName>,
        /// What the statement is.
        hash: ContentHash,
        /// What is left of it for others; `None` to remove it.
        left: Option<Statement>,
    },
    /// Take deleted users and roles out of a registry's policy.
    RemoveOrphans {
        /// The registry.
        registry: RegistryId,
        /// Their ids.
        ids: Vec<String>,
    },
    /// Turn blob mounting on.
    SetBlobMounting {
        /// The registry.
        registry: RegistryId,
        /// On.
        enabled: bool,
    },
    /// Create or replace a repository creation template.
    PutCreationTemplate {
        /// The registry.
        registry: RegistryId,
        /// The input of `CreateRepositoryCreationTemplate`.
        template: Value,
        /// Members that a person has to fill in first, such as `customRoleArn`.
        needs: Vec<&'static str>,
    },
    /// Change a rule.
    EditRule {
        /// The registry.
        registry: RegistryId,
        /// The rule that is replaced; `None` for one that is only planned.
        rule: Option<ContentHash>,
        /// What it becomes.
        draft: RuleDraft,
    },
    /// Remove a rule.
    RemoveRule {
        /// The registry.
        registry: RegistryId,
        /// The rule.
        rule: ContentHash,
    },
    /// Let Longshore's engine run what ECR cannot.
    UseEngine {
        /// The registry.
        registry: RegistryId,
        /// The rule.
        draft: RuleDraft,
    },
    /// Replicate the images that are there already.
    StartBackfill {
        /// The registry.
        registry: RegistryId,
        /// To these.
        destinations: Vec<RegistryId>,
    },
    /// Replicate images again whose replication failed.
    ReplicateAgain {
        /// The registry that has them.
        registry: RegistryId,
        /// To here.
        destination: RegistryId,
        /// The images.
        images: Vec<ImageName>,
    },
    /// Sign in again, or enter a new key.
    SignInAgain {
        /// As this account.
        account: AccountId,
    },
    /// Enable a Region. Longshore does not do that.
    EnableRegion {
        /// In these accounts.
        accounts: Vec<AccountId>,
        /// The Region.
        region: Region,
        /// Commands to copy for their administrators.
        copy: String,
    },
    /// Have calls allowed. Longshore does not do that.
    AllowCalls {
        /// In this account.
        account: AccountId,
        /// The statements for an IAM policy of the caller.
        statements: Vec<Value>,
    },
    /// Create the role that ECR replicates with. ECR does it with the next rule that is written.
    CreateServiceRole {
        /// In this account.
        account: AccountId,
        /// The command to copy.
        copy: String,
    },
    /// Make a key of KMS usable again. Longshore does not do that.
    EnableKey {
        /// The registry that uses it.
        registry: RegistryId,
        /// Its ARN.
        key: String,
        /// Commands to copy for its administrator.
        copy: String,
    },
    /// Make tags of a repository mutable that stand in the way.
    ExcludeTag {
        /// The registry.
        registry: RegistryId,
        /// The repository.
        repository: RepositoryName,
        /// The repository's setting afterwards.
        mutability: TagMutability,
    },
}

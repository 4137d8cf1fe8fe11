//! Policies of repositories.

use longshore_names::{AccountId, Partition, Region};
use serde_json::{Value, json};

use super::{Draft, policy_of, purpose};
use crate::iam::{Policy, edit::scalar_or_list};

/// What the grantees may do in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryUse {
    /// Pull.
    Pull,
    /// Push.
    Push,
    /// Pull and push.
    PushPull,
}

/// Who may use a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepositoryGrantee {
    /// Whole accounts.
    Accounts {
        /// The accounts.
        accounts: Vec<AccountId>,
        /// Their partition.
        partition: Partition,
    },
    /// Users and roles, such as those of ECS tasks and of EKS nodes, by their ARNs.
    Principals {
        /// The ARNs.
        arns: Vec<String>,
    },
    /// Everyone in an organization.
    Organization {
        /// Its id, such as `o-a1b2c3d4e5`.
        id: String,
    },
    /// Lambda functions of other accounts, with the accounts themselves, which create the functions.
    Lambda {
        /// The accounts.
        accounts: Vec<AccountId>,
        /// The Region of the repository and the functions.
        region: Region,
    },
    /// Projects of CodeBuild.
    CodeBuild {
        /// The account of the projects.
        account: AccountId,
        /// The Region of the projects.
        region: Region,
        /// Their names; none for all of them.
        projects: Vec<String>,
    },
}

impl RepositoryUse {
    fn actions(self) -> Vec<&'static str> {
        match self {
            Self::Pull => purpose::pull(),
            Self::Push => purpose::push(),
            Self::PushPull => purpose::sorted(&[&purpose::pull(), &purpose::push()]),
        }
    }
}

/// The policy of a repository that these may use. Statements have no `Resource`: they are about their
/// repository.
pub fn repository_policy(using: RepositoryUse, grantees: &[RepositoryGrantee]) -> Policy {
    let actions = using.actions();
    policy_of(grantees.iter().flat_map(|grantee| statements(grantee, &actions)).collect())
}

fn statements(grantee: &RepositoryGrantee, actions: &[&'static str]) -> Vec<Value> {
    let statement = |sid: &'static str, principal: Value, condition: Option<Value>| {
        let mut draft = Draft::new(sid, actions, Vec::new());
        (draft.principal, draft.condition) = (Some(principal), condition);
        draft.to_value()
    };
    let roots = |accounts: &[AccountId], partition: Partition| {
        let arns = accounts.iter().map(|account| account.root_arn(partition)).collect();
        json!({ "AWS": scalar_or_list(arns) })
    };
    match grantee {
        RepositoryGrantee::Accounts { accounts, partition } => {
            vec![statement("Accounts", roots(accounts, *partition), None)]
        }
        RepositoryGrantee::Principals { arns } => {
            vec![statement("Principals", json!({ "AWS": scalar_or_list(arns.clone()) }), None)]
        }
        RepositoryGrantee::Organization { id } => {
            let condition = json!({ "StringEquals": { "aws:PrincipalOrgID": id } });
            vec![statement("Organization", "*".into(), Some(condition))]
        }
        RepositoryGrantee::Lambda { accounts, region } => {
            let partition = region.partition();
            let functions = accounts
                .iter()
                .map(|account| format!("arn:{}:lambda:{region}:{account}:function:*", partition.id()));
            let condition = json!({ "StringLike": { "aws:SourceArn": scalar_or_list(functions.collect()) } });
            vec![
                statement("AccountsOfFunctions", roots(accounts, partition), None),
                statement("Functions", json!({ "Service": "lambda.amazonaws.com" }), Some(condition)),
            ]
        }
        RepositoryGrantee::CodeBuild { account, region, projects } => {
            let arn = |name: &str| {
                format!("arn:{}:codebuild:{region}:{account}:project/{name}", region.partition().id())
            };
            let arns: Vec<String> = match projects.as_slice() {
                [] => vec![arn("*")],
                some => some.iter().map(|name| arn(name)).collect(),
            };
            let condition = json!({
                "StringEquals": { "aws:SourceAccount": account },
                "ArnLike": { "aws:SourceArn": scalar_or_list(arns) },
            });
            vec![statement("Builds", json!({ "Service": "codebuild.amazonaws.com" }), Some(condition))]
        }
    }
}

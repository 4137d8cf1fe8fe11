//! Trust policies of roles.

use longshore_names::{AccountId, Partition};
use serde_json::{Map, Value, json};

use super::policy_of;
use crate::iam::{Policy, edit::scalar_or_list};

/// Who may assume a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// Accounts, or users and roles of theirs.
    Aws {
        /// ARNs; a whole account as its root ARN.
        arns: Vec<String>,
        /// The external id that a third party must send.
        external_id: Option<String>,
        /// Whether the caller must have signed in with a second factor.
        mfa: bool,
    },
    /// Tasks of ECS in this account.
    EcsTasks {
        /// The account.
        account: AccountId,
    },
    /// Instances of EC2, such as the nodes of a cluster.
    Ec2,
    /// Functions of Lambda.
    Lambda,
    /// Projects of CodeBuild in this account.
    CodeBuild {
        /// The account.
        account: AccountId,
    },
    /// Pods of EKS, by Pod Identity.
    EksPods,
    /// Workflows of GitHub Actions.
    GitHub {
        /// The account with the OIDC provider.
        account: AccountId,
        /// The partition of the account.
        partition: Partition,
        /// `OWNER/NAME`.
        repository: String,
        /// What may run: `ref:refs/heads/main`, `environment:production`, `*`.
        subject: String,
    },
    /// Pipelines of GitLab.
    GitLab {
        /// The account with the OIDC provider.
        account: AccountId,
        /// The partition of the account.
        partition: Partition,
        /// The host of GitLab.
        host: String,
        /// `GROUP/NAME`.
        project: String,
        /// The branch; `*` for every branch.
        branch: String,
    },
}

const GITHUB: &str = "token.actions.githubusercontent.com";

/// A trust policy that lets these assume the role.
pub fn trust_policy(trusted: &Trusted) -> Policy {
    let service = |name: &str| json!({ "Service": name });
    let of_account = |account: &AccountId| json!({ "StringEquals": { "aws:SourceAccount": account } });
    let (sid, principal, action, condition) = match trusted {
        Trusted::Aws { arns, external_id, mfa } => {
            let mut condition = Map::new();
            if let Some(id) = external_id {
                condition.insert("StringEquals".into(), json!({ "sts:ExternalId": id }));
            }
            if *mfa {
                condition.insert("Bool".into(), json!({ "aws:MultiFactorAuthPresent": "true" }));
            }
            let principal = json!({ "AWS": scalar_or_list(arns.clone()) });
            ("Accounts", principal, json!("sts:AssumeRole"), Value::Object(condition))
        }
        Trusted::EcsTasks { account } => {
            ("Tasks", service("ecs-tasks.amazonaws.com"), json!("sts:AssumeRole"), of_account(account))
        }
        Trusted::Ec2 => ("Instances", service("ec2.amazonaws.com"), json!("sts:AssumeRole"), json!({})),
        Trusted::Lambda => ("Functions", service("lambda.amazonaws.com"), json!("sts:AssumeRole"), json!({})),
        Trusted::CodeBuild { account } => {
            ("Builds", service("codebuild.amazonaws.com"), json!("sts:AssumeRole"), of_account(account))
        }
        Trusted::EksPods => {
            let actions = json!(["sts:AssumeRole", "sts:TagSession"]);
            ("Pods", service("pods.eks.amazonaws.com"), actions, json!({}))
        }
        Trusted::GitHub { account, partition, repository, subject } => {
            let condition = json!({
                "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
                "StringLike": { format!("{GITHUB}:sub"): format!("repo:{repository}:{subject}") },
            });
            (
                "Workflows",
                provider(account, *partition, GITHUB),
                json!("sts:AssumeRoleWithWebIdentity"),
                condition,
            )
        }
        Trusted::GitLab { account, partition, host, project, branch } => {
            let subject = format!("project_path:{project}:ref_type:branch:ref:{branch}");
            let condition = json!({
                "StringEquals": { format!("{host}:aud"): format!("https://{host}") },
                "StringLike": { format!("{host}:sub"): subject },
            });
            (
                "Pipelines",
                provider(account, *partition, host),
                json!("sts:AssumeRoleWithWebIdentity"),
                condition,
            )
        }
    };
    let mut statement = json!({
        "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action,
    });
    if condition.as_object().is_some_and(|tests| !tests.is_empty()) {
        statement["Condition"] = condition;
    }
    policy_of(vec![statement])
}

fn provider(account: &AccountId, partition: Partition, host: &str) -> Value {
    json!({ "Federated": format!("arn:{}:iam::{account}:oidc-provider/{host}", partition.id()) })
}

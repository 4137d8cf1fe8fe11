//! Policies of users, groups and roles, and permissions boundaries.

use serde_json::{Value, json};

use super::{
    Draft, Purpose, Registries, Repositories, condition_of, policy_of,
    purpose::{LOGIN, writes},
};
use crate::iam::{Policy, actions::is_on_registry};

/// The role that ECR creates with the first replication configuration (user guide, "slr-replication").
const REPLICATION_ROLE: &str =
    "role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication";

/// What a user or a role needs for a purpose. Actions that cannot be limited to a repository are in
/// statements of their own, on `*`, limited to the Regions if there are some.
pub fn identity_policy(purpose: Purpose, registries: &[Registries], repositories: &Repositories) -> Policy {
    let mut statements = Vec::new();
    if purpose.logs_in() {
        statements.push(Draft::new("LogIn", &LOGIN, vec!["*".into()]).to_value());
    }
    let arns: Vec<String> = registries.iter().flat_map(|of| of.arns(repositories)).collect();
    let mut on_repositories = purpose.on_repositories();
    if let Some(condition) = condition_of(repositories) {
        // A repository that is being created has no tags yet.
        let creates = on_repositories.contains(&"ecr:CreateRepository");
        on_repositories.retain(|action| *action != "ecr:CreateRepository");
        let mut draft = Draft::new("Repositories", &on_repositories, arns.clone());
        draft.condition = Some(condition);
        statements.push(draft.to_value());
        if let (true, Repositories::Tagged { key, value }) = (creates, repositories) {
            let mut draft = Draft::new("CreateRepositories", &["ecr:CreateRepository"], arns);
            draft.condition = Some(json!({ "StringEquals": { format!("aws:RequestTag/{key}"): value } }));
            statements.push(draft.to_value());
        }
    } else {
        statements.push(Draft::new("Repositories", &on_repositories, arns).to_value());
    }
    let on_registries = purpose.on_registries();
    if !on_registries.is_empty() {
        let mut draft = Draft::new("Registries", &on_registries, vec!["*".into()]);
        draft.condition = in_regions(registries);
        statements.push(draft.to_value());
    }
    if purpose.replicates() {
        let roles = registries
            .iter()
            .map(|of| format!("arn:{}:iam::{}:{REPLICATION_ROLE}", of.partition.id(), of.account));
        let mut draft =
            Draft::new("CreateRoleOfReplication", &["iam:CreateServiceLinkedRole"], roles.collect());
        draft.resources.dedup();
        draft.condition =
            Some(json!({ "StringEquals": { "iam:AWSServiceName": "replication.ecr.amazonaws.com" } }));
        statements.push(draft.to_value());
    }
    policy_of(statements)
}

/// A permissions boundary: whatever the policies of an identity allow, except to change other
/// repositories than these, or a registry's own settings.
pub fn boundary_policy(registries: &[Registries], repositories: &Repositories) -> Policy {
    let arns: Vec<String> = registries.iter().flat_map(|of| of.arns(repositories)).collect();
    let anything = json!({ "Sid": "WhatPoliciesAllow", "Effect": "Allow", "Action": "*", "Resource": "*" });
    let mut statements = vec![anything];
    let deny = |sid: &str| json!({ "Sid": sid, "Effect": "Deny", "Action": writes() });
    let mut others = deny("NoOtherRepositories");
    others["NotResource"] = Value::from(arns.clone());
    statements.push(others);
    if let Repositories::Tagged { key, value } = repositories {
        let mut untagged = deny("NoRepositoriesWithoutTheTag");
        // Creating one is decided by the tags of the request; settings of a registry are denied above.
        let mut actions = writes();
        actions.retain(|action| *action != "ecr:CreateRepository" && !is_on_registry(action));
        untagged["Action"] = Value::from(actions);
        untagged["Resource"] = Value::from(arns);
        untagged["Condition"] = json!({ "StringNotEquals": { format!("aws:ResourceTag/{key}"): value } });
        statements.push(untagged);
    }
    policy_of(statements)
}

/// The condition that limits calls to the Regions of registries; `None` if one of them has every Region.
fn in_regions(registries: &[Registries]) -> Option<Value> {
    if registries.iter().any(|of| of.regions.is_empty()) {
        return None;
    }
    let mut regions: Vec<&str> =
        registries.iter().flat_map(|of| of.regions.iter().map(|region| region.as_str())).collect();
    regions.sort_unstable();
    regions.dedup();
    Some(json!({ "StringEquals": { "aws:RequestedRegion": regions } }))
}

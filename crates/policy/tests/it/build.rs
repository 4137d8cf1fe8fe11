//! Documents that are built from what should be possible.

use longshore_names::{AccountId, Partition, Region};
use longshore_policy::{
    iam::{
        Policy,
        build::{
            OrganizationPull, PullThroughCache, Purpose, Registries, Repositories, RepositoryGrantee,
            RepositoryUse, Trusted, boundary_policy, identity_policy, meaning, repository_policy,
            trust_policy,
        },
    },
    registry_policy::{PolicyContext, PolicyScope, validate_policy},
};
use serde_json::{Value, json};

use crate::common::{DEV, PROD, prod};

fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn in_prod(regions: &[&str]) -> Registries {
    let regions: Vec<Region> = regions.iter().map(|region| region.parse().unwrap()).collect();
    Registries { account: account(PROD), partition: Partition::Aws, regions }
}

fn named(names: &[&str]) -> Repositories {
    Repositories::Named(names.iter().map(|name| name.parse().unwrap()).collect())
}

fn statement(policy: &Policy, sid: &str) -> Value {
    let document = policy.to_value();
    let all = document["Statement"].as_array().unwrap();
    all.iter().find(|one| one["Sid"] == sid).unwrap_or_else(|| panic!("{sid}: {document:#}")).clone()
}

fn sids(policy: &Policy) -> Vec<String> {
    policy.statements().into_iter().filter_map(|one| one.sid).collect()
}

#[test]
fn push_and_pull_to_one_repository_as_a_group_of_developers_needs_it() {
    let here = Registries {
        account: account("123456789012"),
        partition: Partition::Aws,
        regions: vec!["eu-central-1".parse().unwrap()],
    };
    let policy = identity_policy(Purpose::PushPull, &[here], &named(&["randserver"]));
    assert_eq!(
        policy.to_value(),
        json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "LogIn", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" },
            { "Sid": "Repositories", "Effect": "Allow",
              "Action": [
                "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
                "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
              ],
              "Resource": "arn:aws:ecr:eu-central-1:123456789012:repository/randserver" },
        ] })
    );
}

#[test]
fn every_purpose_puts_each_action_where_it_can_be_limited() {
    for purpose in Purpose::ALL {
        for repositories in [
            Repositories::All,
            named(&["a/b", "c"]),
            Repositories::Prefixes(vec!["prod-".parse().unwrap()]),
            Repositories::Tagged { key: "team".into(), value: "shop".into() },
        ] {
            let policy = identity_policy(purpose, &[in_prod(&["us-west-2"])], &repositories);
            for one in policy.statements() {
                let raw = &one.raw;
                for action in one.actions.items() {
                    let known = meaning(action).unwrap_or_else(|| panic!("{action}"));
                    let on_everything = raw["Resource"] == "*";
                    let limited = known.by_repository || action == "iam:CreateServiceLinkedRole";
                    assert_eq!(limited, !on_everything, "{purpose:?} {action}");
                }
            }
            let mut all: Vec<String> =
                policy.statements().iter().flat_map(|s| s.actions.items().to_vec()).collect();
            let count = all.len();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), count, "{purpose:?}: an action twice");
        }
    }
}

#[test]
fn an_auditor_reads_without_pulling() {
    let policy = identity_policy(Purpose::Auditor, &[in_prod(&[])], &Repositories::All);
    let actions: Vec<String> = policy.statements().iter().flat_map(|s| s.actions.items().to_vec()).collect();
    for pulls in ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken"] {
        assert!(!actions.iter().any(|action| action == pulls), "{pulls}");
    }
    let writing = |action: &&String| {
        !["Describe", "Get", "List", "Validate"].iter().any(|verb| action[4..].starts_with(verb))
    };
    assert_eq!(actions.iter().filter(writing).collect::<Vec<_>>(), [] as [&String; 0]);
    let on_registry = statement(&policy, "Registries");
    assert_eq!(on_registry.get("Condition"), None, "every Region");
    assert_eq!(statement(&policy, "Repositories")["Resource"], format!("arn:aws:ecr:*:{PROD}:repository/*"));
}

#[test]
fn registry_actions_are_limited_to_the_regions_and_the_role_of_replication_to_its_service() {
    let places = [in_prod(&["us-west-2", "eu-west-1"])];
    let policy = identity_policy(Purpose::ReplicationAdministrator, &places, &Repositories::All);
    assert_eq!(
        statement(&policy, "Registries")["Condition"],
        json!({ "StringEquals": { "aws:RequestedRegion": ["eu-west-1", "us-west-2"] } })
    );
    let role = statement(&policy, "CreateRoleOfReplication");
    assert_eq!(
        role["Condition"],
        json!({ "StringEquals": { "iam:AWSServiceName": "replication.ecr.amazonaws.com" } })
    );
    assert_eq!(
        role["Resource"],
        format!(
            "arn:aws:iam::{PROD}:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication"
        )
    );
}

#[test]
fn repositories_by_tag_are_decided_by_the_tag_of_the_repository_or_of_the_request() {
    let tagged = Repositories::Tagged { key: "team".into(), value: "shop".into() };
    let policy = identity_policy(Purpose::Longshore, &[in_prod(&["us-west-2"])], &tagged);
    let on = statement(&policy, "Repositories");
    assert_eq!(on["Condition"], json!({ "StringEquals": { "aws:ResourceTag/team": "shop" } }));
    assert!(!on["Action"].to_string().contains("CreateRepository\""), "{on}");
    let create = statement(&policy, "CreateRepositories");
    assert_eq!(create["Condition"], json!({ "StringEquals": { "aws:RequestTag/team": "shop" } }));
}

#[test]
fn a_boundary_denies_changes_elsewhere_and_leaves_the_rest() {
    let policy =
        boundary_policy(&[in_prod(&["us-west-2"])], &Repositories::Prefixes(vec!["dev-".parse().unwrap()]));
    assert_eq!(sids(&policy), ["WhatPoliciesAllow", "NoOtherRepositories"]);
    let deny = statement(&policy, "NoOtherRepositories");
    assert_eq!(deny["NotResource"], json!([format!("arn:aws:ecr:us-west-2:{PROD}:repository/dev-*")]));
    let actions = deny["Action"].to_string();
    assert!(actions.contains("ecr:PutImage") && actions.contains("ecr:DeleteRepository"), "{actions}");
    assert!(!actions.contains("ecr:BatchGetImage"), "reads stay: {actions}");
    // It has no repository, so that it is outside of them.
    assert!(actions.contains("ecr:PutRegistryPolicy") && actions.contains("ecr:PutReplicationConfiguration"));
    let tagged = Repositories::Tagged { key: "team".into(), value: "shop".into() };
    let policy = boundary_policy(&[in_prod(&[])], &tagged);
    let untagged = statement(&policy, "NoRepositoriesWithoutTheTag");
    assert_eq!(untagged["Condition"], json!({ "StringNotEquals": { "aws:ResourceTag/team": "shop" } }));
    let actions = untagged["Action"].to_string();
    assert!(!actions.contains("CreateRepository\"") && !actions.contains("PutRegistryPolicy"), "{actions}");
}

#[test]
fn lambda_in_another_account_needs_two_statements() {
    let region: Region = "us-east-1".parse().unwrap();
    let lambda = RepositoryGrantee::Lambda { accounts: vec![account(DEV)], region };
    let policy = repository_policy(RepositoryUse::Pull, &[lambda]);
    assert_eq!(sids(&policy), ["AccountsOfFunctions", "Functions"]);
    let functions = statement(&policy, "Functions");
    assert_eq!(functions["Principal"], json!({ "Service": "lambda.amazonaws.com" }));
    assert_eq!(
        functions["Condition"],
        json!({ "StringLike": { "aws:SourceArn": format!("arn:aws:lambda:us-east-1:{DEV}:function:*") } })
    );
    assert_eq!(functions.get("Resource"), None, "the repository is meant");
}

#[test]
fn service_principals_name_their_source() {
    let region: Region = "cn-north-1".parse().unwrap();
    let builds = RepositoryGrantee::CodeBuild { account: account(DEV), region, projects: vec!["app".into()] };
    let policy = repository_policy(RepositoryUse::PushPull, &[builds]);
    let condition = statement(&policy, "Builds")["Condition"].clone();
    assert_eq!(
        condition,
        json!({
            "StringEquals": { "aws:SourceAccount": DEV },
            "ArnLike": { "aws:SourceArn": format!("arn:aws-cn:codebuild:cn-north-1:{DEV}:project/app") },
        })
    );
}

#[test]
fn grantees_of_a_repository_have_a_statement_each() {
    let role = format!("arn:aws:iam::{DEV}:role/ecs-task");
    let grantees = [
        RepositoryGrantee::Accounts { accounts: vec![account(DEV)], partition: Partition::Aws },
        RepositoryGrantee::Principals { arns: vec![role.clone()] },
        RepositoryGrantee::Organization { id: "o-a1b2c3d4e5".into() },
    ];
    let policy = repository_policy(RepositoryUse::Pull, &grantees);
    assert_eq!(sids(&policy), ["Accounts", "Principals", "Organization"]);
    assert_eq!(statement(&policy, "Accounts")["Principal"]["AWS"], format!("arn:aws:iam::{DEV}:root"));
    assert_eq!(statement(&policy, "Principals")["Principal"]["AWS"], role);
    let organization = statement(&policy, "Organization");
    assert_eq!(organization["Principal"], "*");
    assert_eq!(
        organization["Condition"],
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } })
    );
}

#[test]
fn statements_of_a_registry_pass_its_checks() {
    let pull = OrganizationPull {
        organization: "o-a1b2c3d4e5".into(),
        registry: prod(),
        repositories: Repositories::Prefixes(vec!["base/".parse().unwrap()]),
    };
    let cache = PullThroughCache {
        principals: vec![format!("arn:aws:iam::{PROD}:role/nodes")],
        registry: prod(),
        repositories: Repositories::Prefixes(vec!["ecr-public/".parse().unwrap()]),
    };
    let mut context = PolicyContext::new(prod());
    context.scope = PolicyScope::V2;
    for statement in [pull.statement(), cache.statement()] {
        let findings = validate_policy(&Policy::of_statement(&statement), &context);
        assert!(findings.iter().all(|finding| !finding.is_error()), "{findings:#?}");
    }
    let cache = cache.statement().to_value();
    assert_eq!(cache["Action"], json!(["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]));
    assert_eq!(cache["Resource"], format!("arn:aws:ecr:us-west-2:{PROD}:repository/ecr-public/*"));
}

#[test]
fn roles_trust_exactly_who_is_named() {
    let github = Trusted::GitHub {
        account: account(PROD),
        partition: Partition::Aws,
        repository: "example/shop".into(),
        subject: "ref:refs/heads/main".into(),
    };
    let one = &trust_policy(&github).to_value()["Statement"][0];
    assert_eq!(
        one["Principal"]["Federated"],
        format!("arn:aws:iam::{PROD}:oidc-provider/token.actions.githubusercontent.com")
    );
    assert_eq!(
        one["Condition"]["StringLike"]["token.actions.githubusercontent.com:sub"],
        "repo:example/shop:ref:refs/heads/main"
    );
    assert_eq!(
        one["Condition"]["StringEquals"]["token.actions.githubusercontent.com:aud"],
        "sts.amazonaws.com"
    );

    let third_party = Trusted::Aws {
        arns: vec![format!("arn:aws:iam::{DEV}:root")],
        external_id: Some("x-1".into()),
        mfa: true,
    };
    let one = &trust_policy(&third_party).to_value()["Statement"][0];
    assert_eq!(
        one["Condition"],
        json!({ "StringEquals": { "sts:ExternalId": "x-1" }, "Bool": { "aws:MultiFactorAuthPresent": "true" } })
    );
    for (trusted, service) in [
        (Trusted::Ec2, "ec2.amazonaws.com"),
        (Trusted::Lambda, "lambda.amazonaws.com"),
        (Trusted::EksPods, "pods.eks.amazonaws.com"),
        (Trusted::EcsTasks { account: account(PROD) }, "ecs-tasks.amazonaws.com"),
        (Trusted::CodeBuild { account: account(PROD) }, "codebuild.amazonaws.com"),
    ] {
        let policy = trust_policy(&trusted).to_value();
        assert_eq!(policy["Statement"][0]["Principal"], json!({ "Service": service }));
        let confused = matches!(trusted, Trusted::EcsTasks { .. } | Trusted::CodeBuild { .. });
        assert_eq!(policy["Statement"][0].get("Condition").is_some(), confused, "{service}");
    }
}

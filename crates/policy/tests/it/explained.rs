//! Every kind of policy in plain sentences.

use longshore_policy::iam::{
    explain_text,
    lint::{LintOptions, PolicyKind},
};
use serde_json::json;

use crate::common::{prod, told};

fn sentences(text: &str, options: &LintOptions) -> Vec<(PolicyKind, String)> {
    let explained = explain_text(text, options);
    let of = |document: &longshore_policy::iam::ExplainedDocument| {
        document.statements.iter().map(|one| (document.kind, one.text.clone())).collect::<Vec<_>>()
    };
    explained.documents.iter().flat_map(of).collect()
}

#[test]
fn each_kind_of_policy_has_its_own_words() {
    let repository = "arn:aws:ecr:us-west-2:444455556666:repository";
    let dev = json!({ "AWS": "arn:aws:iam::111122223333:root" });
    for (statement, kind, sentence) in [
        (
            json!({ "Effect": "Allow", "Principal": dev, "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
                    "Resource": [format!("{repository}/prod-*")] }),
            PolicyKind::Registry,
            "Account 111122223333 may replicate images into repositories whose names begin with `prod-` of 444455556666 \
             in us-west-2, and create missing repositories.",
        ),
        (
            json!({ "Effect": "Deny", "Principal": "*", "Action": "ecr:DeleteRepository", "Resource": "*" }),
            PolicyKind::Repository,
            "Nobody may use `ecr:DeleteRepository` on this repository.",
        ),
        (
            json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:role/ci" },
                    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }),
            PolicyKind::Repository,
            "The role `ci` of account 111122223333 may pull images (`ecr:BatchGetImage` and \
             `ecr:GetDownloadUrlForLayer`) from this repository.",
        ),
        (
            json!({ "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" }),
            PolicyKind::Identity,
            "Users and roles with this policy may sign in to ECR (`ecr:GetAuthorizationToken`).",
        ),
        (
            json!({ "Effect": "Deny", "Action": "ecr:*", "Resource": "*",
                    "Condition": { "StringNotEquals": { "aws:RequestedRegion": "us-west-2" } } }),
            PolicyKind::Identity,
            "Users and roles with this policy must not do everything in ECR (`ecr:*`) on any resource, if the Region \
             (`aws:RequestedRegion`) is not `us-west-2`.",
        ),
        (
            json!({ "Effect": "Allow", "Action": ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload",
                    "ecr:PutImage"], "Resource": [format!("{repository}/app"), "arn:aws:ecr:*:444455556666:repository/*"] }),
            PolicyKind::Identity,
            "Users and roles with this policy may push images (`ecr:InitiateLayerUpload`, `ecr:UploadLayerPart`, \
             `ecr:CompleteLayerUpload` and `ecr:PutImage`) to the repository `app` of 444455556666 in us-west-2 and any \
             repository of 444455556666 in any Region.",
        ),
        (
            json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }),
            PolicyKind::Identity,
            "Users and roles with this policy may do everything but `iam:*` on any resource.",
        ),
        (
            json!({ "Effect": "Allow", "Principal": { "Service": "ecs-tasks.amazonaws.com" }, "Action": "sts:AssumeRole",
                    "Condition": { "StringEquals": { "aws:SourceAccount": "111122223333" } } }),
            PolicyKind::Trust,
            "The service `ecs-tasks.amazonaws.com` may assume the role, if the account that the service acts for \
             (`aws:SourceAccount`) is `111122223333`.",
        ),
        (
            json!({ "Effect": "Allow", "Principal": { "Federated":
                    "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" },
                    "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                    "Condition": { "StringLike": { "token.actions.githubusercontent.com:sub": "repo:example/app:*" } } }),
            PolicyKind::Trust,
            "Identities of the provider `token.actions.githubusercontent.com` may assume the role and set tags of the \
             session, if `token.actions.githubusercontent.com:sub` matches `repo:example/app:*`.",
        ),
        (
            json!({ "Effect": "Allow", "Principal": dev, "Action": "kms:*", "Resource": "*" }),
            PolicyKind::Other,
            "Account 111122223333 may do everything in KMS (`kms:*`) on this resource.",
        ),
    ] {
        let text = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        assert_eq!(sentences(&text, &LintOptions::default()), [(kind, sentence.to_owned())], "{text}");
    }
}

#[test]
fn a_registry_that_is_known_is_called_this_one() {
    let text = json!({ "Sid": "A", "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "ecr:ReplicateImage",
        "Resource": "arn:aws:ecr:us-west-2:444455556666:repository/*" });
    let options = LintOptions { registry: Some(prod()), ..LintOptions::default() };
    assert_eq!(
        sentences(&text.to_string(), &options),
        [(
            PolicyKind::Registry,
            "Account 111122223333 may replicate images into any repository in this registry, but not create missing \
             repositories."
                .to_owned()
        )]
    );
}

#[test]
fn every_case_of_the_check_has_one_sentence_for_each_statement() {
    for file in ["guide", "resource_policies", "identity", "trust", "conditions", "wrapped"] {
        let path = format!("{}/tests/lint/{file}.txt", env!("CARGO_MANIFEST_DIR"));
        for case in std::fs::read_to_string(path).unwrap().split("=== ").skip(1) {
            let text = case.split_once("\n---\n").unwrap().1.rsplit_once("\n---").unwrap().0;
            for (_, sentence) in sentences(text, &LintOptions::default()) {
                assert!(
                    sentence.ends_with('.') && !sentence.contains("  ") && !sentence.contains("``"),
                    "{sentence}"
                );
                assert!(sentence.starts_with(|c: char| c.is_uppercase() || c == '`'), "{sentence}");
            }
        }
    }
}

#[test]
fn what_is_no_policy_is_said_and_not_explained() {
    let lifecycle = r#"{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any"}, "action": {"type": "expire"}}]}"#;
    let explained = explain_text(lifecycle, &LintOptions::default());
    assert!(explained.documents.is_empty());
    assert_eq!(told(&explained.findings), ["W document-not-a-policy"]);
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}"#;
    let options = LintOptions { kind: Some(PolicyKind::Registry), ..LintOptions::default() };
    let explained = explain_text(trust, &options);
    assert_eq!(explained.documents[0].kind, PolicyKind::Trust);
    assert_eq!(told(&explained.findings), ["E document-kind"]);
}

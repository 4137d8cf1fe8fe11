//! What IAM, KMS and IAM Toolbox say, and what is said when they may not be asked.

use longshore_app::api::{CheckOutcome, ReadinessCheck};
use longshore_ecr::{CreationTemplate, Encryption, REPLICATION, ROOT, TagMutability};
use longshore_sandbox::{KeyState, Switches};
use serde_json::{Value, json};

use super::world::{World, dev, prod};
use crate::support::{DEV, PROD};

pub(super) const DEV_USER: &str = "arn:aws:iam::111122223333:user/administrator";
const PROD_USER: &str = "arn:aws:iam::444455556666:user/administrator";
const KEY: &str = "arn:aws:kms:us-east-2:444455556666:key/1234abcd";

fn policy(effect: &str, action: Value) -> Value {
    json!({"Sid": "One", "Effect": effect, "Action": action, "Resource": "*"})
}

pub(super) fn everything_but(action: &str) -> String {
    let statements = [policy("Allow", json!("*")), policy("Deny", json!(action))];
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

async fn found(world: &World, id: &str, account: &str) -> ReadinessCheck {
    let all = world.checks(true).await;
    let mut of = all.into_iter().filter(|check| check.id == id && check.registry.account.as_str() == account);
    of.next().unwrap_or_else(|| panic!("there is no {id} for {account}"))
}

fn answers(check: &ReadinessCheck) -> Vec<(&str, &str)> {
    check.evidence.iter().map(|one| (one.request.as_str(), one.answer.as_str())).collect()
}

/// The answer to the first request that begins so.
fn answer<'c>(check: &'c ReadinessCheck, request: &str) -> &'c str {
    let all = answers(check);
    let found = all.iter().find(|(asked, _)| asked.starts_with(request));
    found.unwrap_or_else(|| panic!("{request} was not asked: {all:?}")).1
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_write_are_simulated_and_those_that_read_are_tried() {
    let world = World::start().await;
    let source = found(&world, "permission", DEV).await;
    assert_eq!(source.outcome, CheckOutcome::Ok, "{source:?}");
    assert_eq!(
        answers(&source),
        [
            ("ecr:DescribeRegistry (tried)", "allowed"),
            ("ecr:GetRegistryPolicy (tried)", "allowed"),
            ("ecr:DescribeRepositories (tried)", "allowed"),
            ("ecr:GetAccountSetting (tried)", "allowed"),
            ("ecr:ListReplicationBackfills (tried)", "allowed"),
            ("ecr:DescribeImages on repository/prod-a (tried)", "allowed"),
            ("ecr:DescribeImageReplicationStatus on repository/prod-a (tried)", "allowed"),
            ("ecr:PutReplicationConfiguration (simulated by IAM)", "allowed"),
            ("ecr:StartReplicationBackfill (simulated by IAM)", "allowed"),
            ("ecr:StopReplicationBackfill (simulated by IAM)", "allowed"),
            ("ecr:DescribeReplicationBackfillResults (simulated by IAM)", "allowed"),
            ("ecr:GetAuthorizationToken (simulated by IAM)", "allowed"),
            ("ecr:CreateRepository on repository/prod-longshore-test (simulated by IAM)", "allowed"),
            (
                "ecr:BatchCheckLayerAvailability on repository/prod-longshore-test (simulated by IAM)",
                "allowed"
            ),
            ("ecr:InitiateLayerUpload on repository/prod-longshore-test (simulated by IAM)", "allowed"),
            ("ecr:UploadLayerPart on repository/prod-longshore-test (simulated by IAM)", "allowed"),
            ("ecr:CompleteLayerUpload on repository/prod-longshore-test (simulated by IAM)", "allowed"),
            ("ecr:PutImage on repository/prod-longshore-test (simulated by IAM)", "allowed"),
            ("ecr:BatchDeleteImage on repository/prod-longshore-test (simulated by IAM)", "allowed"),
            ("ecr:DeleteRepository on repository/prod-longshore-test (simulated by IAM)", "allowed"),
        ]
    );
    let destination = found(&world, "permission", PROD).await;
    for (action, how) in [
        ("ecr:PutRegistryPolicy", "(simulated by IAM)"),
        ("ecr:DeleteRepository on repository/prod-longshore-test", "(simulated by IAM)"),
        ("ecr:DescribeRepositoryCreationTemplates", "(tried)"),
        ("ecr:GetRepositoryPolicy on repository/prod-a", "(tried)"),
    ] {
        let request = format!("{action} {how}");
        assert!(answers(&destination).contains(&(request.as_str(), "allowed")), "{request}: {destination:?}");
    }

    // A caller without the permission: the rule works, and cannot be changed.
    let no = everything_but("ecr:PutReplicationConfiguration");
    world.sandbox.plant_identity_policy(DEV_USER, Some(&no)).unwrap();
    let denied = found(&world, "permission", DEV).await;
    assert_eq!(denied.outcome, CheckOutcome::Warning, "{denied:?}");
    assert_eq!(answer(&denied, "ecr:PutReplicationConfiguration"), "explicitDeny by planted/One");
    let only_reads = json!({"Statement": [policy("Allow", json!(["ecr:Describe*", "ecr:Get*", "iam:*"]))]});
    world.sandbox.plant_identity_policy(DEV_USER, Some(&only_reads.to_string())).unwrap();
    let denied = found(&world, "permission", DEV).await;
    assert_eq!(answer(&denied, "ecr:PutReplicationConfiguration"), "implicitDeny");
    let fix = denied.fix.unwrap();
    assert_eq!(fix.kind, "allow_calls");
    assert!(fix.copy.unwrap().contains("ecr:PutReplicationConfiguration"));

    // Repositories of the rule alone are enough for its test, and no other action needs more.
    let narrow = json!({"Statement": [
        policy("Allow", json!(["ecr:Describe*", "ecr:Get*", "ecr:*Replication*", "iam:*"])),
        {"Effect": "Allow", "Action": "ecr:*", "Resource": "arn:aws:ecr:us-west-2:111122223333:repository/prod-*"},
        {"Effect": "Allow", "Action": "ecr:ListReplicationBackfills", "Resource": "*"},
    ]});
    world.sandbox.plant_identity_policy(DEV_USER, Some(&narrow.to_string())).unwrap();
    let allowed = found(&world, "permission", DEV).await;
    assert_eq!(allowed.outcome, CheckOutcome::Ok, "{allowed:?}");
    world
        .sandbox
        .plant_identity_policy(DEV_USER, Some(&narrow.to_string().replace("prod-*", "team-*")))
        .unwrap();
    let denied = found(&world, "permission", DEV).await;
    assert_eq!(denied.outcome, CheckOutcome::Warning, "{denied:?}");
    assert_eq!(answer(&denied, "ecr:StartReplicationBackfill"), "allowed");
    assert_eq!(answer(&denied, "ecr:PutImage on repository/prod-longshore-test"), "implicitDeny");
    assert!(
        denied.text.ends_with("The rule works without, but Longshore cannot test it."),
        "{}",
        denied.text
    );
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_a_fix_are_asked_about_before_it_is_offered() {
    let world = World::start().await;
    let asked = async |action: &str| {
        let check = found(&world, "permission", PROD).await;
        check.evidence.iter().any(|one| one.request.starts_with(action))
    };
    assert!(!asked("ecr:PutAccountSetting").await, "nothing needs it");
    world.set_blob_mounting(&prod(), "DISABLED").await;
    assert!(asked("ecr:PutAccountSetting (simulated").await);
    world.sandbox.plant_identity_policy(PROD_USER, Some(&everything_but("ecr:PutAccountSetting"))).unwrap();
    let denied = found(&world, "permission", PROD).await;
    assert_eq!(denied.outcome, CheckOutcome::Warning, "{denied:?}");
    let text = "Longshore cannot fix everything that was found.";
    assert!(denied.text.ends_with(text), "{}", denied.text);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_to_ask_the_answer_is_unknown_and_names_what_is_needed() {
    let world = World::start().await;
    for action in ["iam:SimulatePrincipalPolicy", "iam:GetRole"] {
        world.sandbox.plant_identity_policy(DEV_USER, Some(&everything_but(action))).unwrap();
        let id = if action == "iam:GetRole" { "service-role" } else { "permission" };
        let unknown = found(&world, id, DEV).await;
        assert_eq!(unknown.outcome, CheckOutcome::Unknown, "{unknown:?}");
        assert!(unknown.text.ends_with(&format!("The caller needs `{action}`.")), "{}", unknown.text);
    }
    world.sandbox.plant_identity_policy(DEV_USER, None).unwrap();
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policies_of_a_role_with_a_path_are_simulated() {
    let world = World::start().await;
    let role = "arn:aws:iam::111122223333:role/team/deployer";
    world.connect_role(DEV, role).await;
    let allowed = found(&world, "permission", DEV).await;
    assert_eq!(allowed.outcome, CheckOutcome::Ok, "{allowed:?}");
    world
        .sandbox
        .plant_identity_policy(role, Some(&everything_but("ecr:PutReplicationConfiguration")))
        .unwrap();
    assert_eq!(found(&world, "permission", DEV).await.outcome, CheckOutcome::Warning);
    // Its path is not known without iam:GetRole, so IAM does not find it.
    world.sandbox.plant_identity_policy(role, Some(&everything_but("iam:GetRole"))).unwrap();
    let unknown = found(&world, "permission", DEV).await;
    assert_eq!(unknown.outcome, CheckOutcome::Unknown, "{unknown:?}");
    assert!(unknown.text.contains("has nothing of this name"), "{}", unknown.text);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_replication_is_missed() {
    let world = World::start().await;
    assert_eq!(found(&world, "service-role", DEV).await.outcome, CheckOutcome::Ok);
    world.sandbox.plant_no_replication_role(&dev().account);
    let missing = found(&world, "service-role", DEV).await;
    assert_eq!(missing.outcome, CheckOutcome::Warning, "{missing:?}");
    assert!(missing.fix.unwrap().copy.unwrap().starts_with("aws iam create-service-linked-role"));
    let permission = found(&world, "permission", DEV).await;
    assert!(answer(&permission, "iam:CreateServiceLinkedRole on ") == "allowed");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_template_is_asked_about_in_the_destination() {
    let world = World::start().await;
    let template = CreationTemplate {
        prefix: ROOT.into(),
        description: None,
        applied_for: vec![REPLICATION.into()],
        mutability: TagMutability::MUTABLE,
        encryption: Encryption::Kms { key: Some(KEY.into()) },
        custom_role_arn: Some("arn:aws:iam::444455556666:role/ecr".into()),
        repository_policy: None,
        lifecycle_policy: None,
        resource_tags: Vec::new(),
    };
    world.client(&prod()).create_template(&template).await.unwrap();
    assert_eq!(found(&world, "kms-key", PROD).await.outcome, CheckOutcome::Ok);
    for (state, words) in [
        (KeyState::Disabled, "is disabled"),
        (KeyState::PendingDeletion, "will be deleted"),
        (KeyState::Missing, "does not exist"),
    ] {
        world.sandbox.plant_key(KEY, state);
        let failed = found(&world, "kms-key", PROD).await;
        assert_eq!(failed.outcome, CheckOutcome::Failed, "{failed:?}");
        assert!(failed.text.contains(words), "{}", failed.text);
    }
    world.sandbox.plant_identity_policy(PROD_USER, Some(&everything_but("kms:DescribeKey"))).unwrap();
    let unknown = found(&world, "kms-key", PROD).await;
    assert_eq!(unknown.outcome, CheckOutcome::Unknown, "{unknown:?}");
    assert!(unknown.text.ends_with("The caller needs `kms:DescribeKey`."), "{}", unknown.text);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_is_explained_by_iam_toolbox_or_by_our_own_evaluation() {
    let world = World::start().await;
    let denied = async |policy: &str| {
        world.sandbox.plant_identity_policy(PROD_USER, Some(policy)).unwrap();
        let check = found(&world, "permission", PROD).await;
        assert_eq!(check.outcome, CheckOutcome::Failed, "{check:?}");
        answers(&check)[1].1.to_owned()
    };
    let no = everything_but("ecr:GetRegistryPolicy");
    let own = denied(&no).await;
    assert!(own.contains("As Longshore evaluates the denial:"), "{own}");

    let ids = Switches { blob_mounting: true, authorization_ids: true, ..Switches::default() };
    world.sandbox.set_switches(ids);
    let toolbox = denied(&no).await;
    assert!(
        toolbox
            .contains("IAM Toolbox says: `ecr:GetRegistryPolicy` on `*` is denied explicitly (PRINCIPAL: ")
            && toolbox.contains("(One)"),
        "{toolbox}"
    );
    // Without permission to ask it, our own evaluation answers, and both are said.
    let neither = json!({"Statement": [
        policy("Allow", json!("*")),
        policy("Deny", json!(["ecr:GetRegistryPolicy", "iam:GetRequestAuthorizationDetails"])),
    ]});
    let both = denied(&neither.to_string()).await;
    assert!(both.contains("that needs `iam:GetRequestAuthorizationDetails`"), "{both}");
    assert!(both.contains("As Longshore evaluates the denial:"), "{both}");
    world.close().await;
}

//! Repository policies: their grammar, what they allow and deny on both planes, and lock-outs.

use std::time::Duration;

use longshore_sandbox::Switches;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    control_client::{Answer, DEV, Fixture, PROD, WEST, digest},
    data_client::{Data, error, registry},
};

const PULL: [&str; 3] =
    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// A repository policy for an account, without `Resource`, as the guide's examples are.
pub(crate) fn statement(account: &str, actions: &Value) -> String {
    with_effect("Allow", account, actions)
}

fn with_effect(effect: &str, account: &str, actions: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "CrossAccountPull", "Effect": effect,
        "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Action": actions}]})
    .to_string()
}

async fn set(fixture: &Fixture, text: &str) -> Answer {
    let input = json!({"repositoryName": "app", "policyText": text});
    fixture.call_in(PROD, WEST, "SetRepositoryPolicy", input).await
}

async fn of_prod(fixture: &Fixture, operation: &str) -> Answer {
    fixture.call_in(PROD, WEST, operation, json!({"repositoryName": "app"})).await
}

/// Prod's repository `app` with an image, and its registry as Dev's token opens it.
async fn start(switches: Switches) -> (Fixture, Data) {
    let fixture = Fixture::with(switches).await;
    fixture.call_in(PROD, WEST, "CreateRepository", json!({"repositoryName": "app"})).await.ok();
    Data::of(&fixture.sandbox, PROD, WEST).image("app", "a", "1").await;
    let mut stranger = Data::of(&fixture.sandbox, PROD, WEST);
    stranger.password = Data::of(&fixture.sandbox, DEV, WEST).password;
    (fixture, stranger)
}

#[tokio::test]
async fn another_account_pulls_with_a_policy_and_not_without() {
    let (fixture, stranger) = start(Switches::default()).await;
    let layer = format!("app/blobs/{}", digest(b"layer of a"));
    let theirs = json!({"registryId": PROD, "repositoryName": "app", "imageIds": [{"imageTag": "1"}]});
    assert_eq!(error(stranger.get("app/manifests/1").await).await.0, 403);
    assert_eq!(fixture.call("BatchGetImage", theirs.clone()).await.code(), "AccessDeniedException");

    set(&fixture, &statement(DEV, &json!(PULL))).await.ok();
    assert_eq!(stranger.get("app/manifests/1").await.status(), 200);
    assert_eq!(stranger.get(&layer).await.status(), 307);
    fixture.call("BatchGetImage", theirs.clone()).await.ok();
    let push = stranger.send(Method::POST, "app/blobs/uploads/", "").await;
    assert_eq!(push.status(), 403, "pulling is not pushing");
    assert_eq!(error(stranger.get("app/tags/list").await).await.0, 403, "nor listing");
    let other = json!({"repositoryName": "other"});
    fixture.call_in(PROD, WEST, "CreateRepository", other).await.ok();
    assert_eq!(error(stranger.get("other/manifests/1").await).await.0, 403, "it is of its repository only");

    of_prod(&fixture, "DeleteRepositoryPolicy").await.ok();
    assert_eq!(error(stranger.get("app/manifests/1").await).await.0, 403);
    assert_eq!(fixture.call("BatchGetImage", theirs).await.code(), "AccessDeniedException");
}

#[tokio::test]
async fn a_deny_of_either_policy_wins_and_an_allow_of_either_is_enough() {
    let (fixture, stranger) = start(Switches::default()).await;
    let prod = Data::of(&fixture.sandbox, PROD, WEST);
    let action = json!("ecr:BatchGetImage");
    let in_registry = async |effect: &str| {
        let text = with_effect(effect, DEV, &action).replace("\"Effect\"", "\"Resource\":\"*\",\"Effect\"");
        let input = json!({"policyText": text});
        fixture.call_in(PROD, WEST, "PutRegistryPolicy", input).await.ok();
    };
    let pulls = async |data: &Data| data.get("app/manifests/1").await.status().as_u16();
    in_registry("Allow").await;
    assert_eq!(pulls(&stranger).await, 200);
    set(&fixture, &with_effect("Deny", DEV, &action)).await.ok();
    let (status, _, message) = error(stranger.get("app/manifests/1").await).await;
    assert_eq!(status, 403);
    assert!(message.ends_with("with an explicit deny in a resource-based policy"), "{message}");
    in_registry("Deny").await;
    set(&fixture, &statement(DEV, &action)).await.ok();
    assert_eq!(pulls(&stranger).await, 403);
    assert_eq!(pulls(&prod).await, 200, "the own account needs no policy");

    set(&fixture, &with_effect("Deny", PROD, &action)).await.ok();
    assert_eq!(pulls(&prod).await, 403, "and a Deny is for it, too");
    let input = json!({"repositoryName": "app", "imageIds": [{"imageTag": "1"}]});
    let (code, message) = fixture.call_in(PROD, WEST, "BatchGetImage", input).await.error();
    assert_eq!(code, "AccessDeniedException");
    assert!(message.ends_with("with an explicit deny in a resource-based policy"), "{message}");
}

#[tokio::test]
async fn it_is_set_read_and_deleted_and_survives_a_restart() {
    let (fixture, _) = start(Switches::default()).await;
    for operation in ["GetRepositoryPolicy", "DeleteRepositoryPolicy"] {
        let (code, message) = of_prod(&fixture, operation).await.error();
        assert_eq!(code, "RepositoryPolicyNotFoundException");
        assert_eq!(
            message,
            "Repository policy does not exist for the repository with name 'app' in the registry with id '444455556666'"
        );
    }
    let text = statement(DEV, &json!(["ecr:BatchGetImage"]));
    let answer = json!({"registryId": PROD, "repositoryName": "app", "policyText": text});
    assert_eq!(set(&fixture, &text).await.ok(), answer);
    let fixture = fixture.restart().await;
    assert_eq!(of_prod(&fixture, "GetRepositoryPolicy").await.ok(), answer);

    let bare = text.replace(&format!("arn:aws:iam::{DEV}:root"), DEV);
    set(&fixture, &bare).await.ok();
    let read = of_prod(&fixture, "GetRepositoryPolicy").await.ok();
    let read: Value = serde_json::from_str(read["policyText"].as_str().unwrap()).unwrap();
    assert_eq!(read["Statement"][0]["Principal"]["AWS"], format!("arn:aws:iam::{DEV}:root"));
    assert_eq!(of_prod(&fixture, "DeleteRepositoryPolicy").await.ok()["policyText"], bare);
    assert_eq!(of_prod(&fixture, "GetRepositoryPolicy").await.code(), "RepositoryPolicyNotFoundException");
    let written: Vec<_> = fixture.sandbox.writes().into_iter().map(|w| (w.operation, w.repository)).collect();
    let app = || Some("app".parse().unwrap());
    assert_eq!(written, [("SetRepositoryPolicy", app()), ("DeleteRepositoryPolicy", app())]);

    let missing = json!({"repositoryName": "none", "policyText": text});
    let missing = fixture.call_in(PROD, WEST, "SetRepositoryPolicy", missing).await;
    assert_eq!(missing.code(), "RepositoryNotFoundException");
}

#[tokio::test]
async fn what_is_not_a_repository_policy_is_refused() {
    let (fixture, _) = start(Switches::default()).await;
    let good = statement(DEV, &json!(["ecr:BatchGetImage"]));
    for (wrong, said) in [
        (String::new(), "Invalid repository policy provided"),
        ("{}".to_owned(), "Invalid repository policy provided"),
        (good.replace("ecr:BatchGetImage", "s3:GetObject"), "Invalid repository policy provided"),
        (
            good.replace("ecr:BatchGetImage", "ecr:GetAuthorizationToken"),
            "Invalid repository policy provided",
        ),
        (good.replace("arn:aws:iam::111122223333:root", "AROAEXAMPLEEXAMPLE123"), "Principal not found"),
    ] {
        let (code, message) = set(&fixture, &wrong).await.error();
        assert_eq!(code, "InvalidParameterException");
        assert_eq!(
            message,
            format!("Invalid parameter at 'PolicyText' failed to satisfy constraint: '{said}'")
        );
    }
    let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
    assert_eq!(set(&fixture, &padded(10_241)).await.code(), "InvalidParameterException");
    set(&fixture, &padded(10_240)).await.ok();
}

#[tokio::test]
async fn a_policy_that_locks_its_account_out_needs_force() {
    let (fixture, _) = start(Switches::default()).await;
    let lock = with_effect("Deny", PROD, &json!(["ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"]));
    assert_eq!(set(&fixture, &lock).await.code(), "InvalidParameterException");
    assert_eq!(of_prod(&fixture, "GetRepositoryPolicy").await.code(), "RepositoryPolicyNotFoundException");
    let forced = json!({"repositoryName": "app", "policyText": lock, "force": true});
    fixture.call_in(PROD, WEST, "SetRepositoryPolicy", forced).await.ok();
    let open = statement(DEV, &json!(PULL));
    assert_eq!(set(&fixture, &open).await.code(), "AccessDeniedException");
    assert_eq!(of_prod(&fixture, "DeleteRepositoryPolicy").await.code(), "AccessDeniedException");
    assert_eq!(of_prod(&fixture, "GetRepositoryPolicy").await.ok()["policyText"], lock.as_str());

    let (prod, name) = (registry(PROD, WEST), "app".parse().unwrap());
    let theirs = statement(DEV, &json!("ecr:*"));
    fixture.sandbox.plant_repository_policy(&prod, &name, &theirs).await.unwrap();
    let input = json!({"registryId": PROD, "repositoryName": "app", "policyText": open});
    let theirs = fixture.call("SetRepositoryPolicy", input.clone()).await;
    assert_eq!(theirs.code(), "InvalidParameterException", "another account would lose its access");
    let mut forced = input;
    forced["force"] = true.into();
    fixture.call("SetRepositoryPolicy", forced).await.ok();
}

#[tokio::test]
async fn reads_follow_writes_as_switched() {
    let delay = Duration::from_secs(5);
    let switches = Switches { read_after_write_delay: delay, ..Switches::default() };
    let (fixture, stranger) = start(switches).await;
    set(&fixture, &statement(DEV, &json!(PULL))).await.ok();
    assert_eq!(of_prod(&fixture, "GetRepositoryPolicy").await.code(), "RepositoryPolicyNotFoundException");
    assert_eq!(stranger.get("app/manifests/1").await.status(), 200, "only reads of the document are late");
    fixture.clock.advance(delay);
    of_prod(&fixture, "GetRepositoryPolicy").await.ok();
}

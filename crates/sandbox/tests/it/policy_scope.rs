//! The scope of a registry policy: what V1 and V2 enforce of it, on both planes, and the way from one to
//! the other.

use longshore_sandbox::Switches;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    control_client::{DEV, Fixture, PROD, WEST},
    data_client::Data,
};

fn statement(effect: &str, account: &str, actions: &Value) -> Value {
    let root = format!("arn:aws:iam::{account}:root");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "One", "Effect": effect, "Principal": {"AWS": root}, "Action": actions, "Resource": "*"}]});
    json!({"policyText": policy.to_string()})
}

/// Prod's registry of scope V1 with an image in `app`, as Prod and as Dev open it.
async fn v1() -> (Fixture, Data, Data) {
    let fixture = Fixture::with(Switches { policy_scope_v1: true, ..Switches::default() }).await;
    in_prod(&fixture, "CreateRepository", json!({"repositoryName": "app"})).await.ok();
    let prod = Data::of(&fixture.sandbox, PROD, WEST);
    prod.image("app", "a", "1").await;
    let mut stranger = Data::of(&fixture.sandbox, PROD, WEST);
    stranger.password = Data::of(&fixture.sandbox, DEV, WEST).password;
    (fixture, prod, stranger)
}

async fn in_prod(fixture: &Fixture, operation: &str, input: Value) -> crate::control_client::Answer {
    fixture.call_in(PROD, WEST, operation, input).await
}

async fn set_scope(fixture: &Fixture, value: &str) -> crate::control_client::Answer {
    in_prod(fixture, "PutAccountSetting", json!({"name": "REGISTRY_POLICY_SCOPE", "value": value})).await
}

async fn scope(fixture: &Fixture) -> Value {
    let answer = in_prod(fixture, "GetAccountSetting", json!({"name": "REGISTRY_POLICY_SCOPE"})).await;
    answer.ok()["value"].clone()
}

async fn pulls(data: &Data) -> u16 {
    data.get("app/manifests/1").await.status().as_u16()
}

fn image() -> Value {
    json!({"registryId": PROD, "repositoryName": "app", "imageIds": [{"imageTag": "1"}]})
}

#[tokio::test]
async fn another_account_may_do_what_a_policy_allows_it_only_with_scope_v2() {
    let (fixture, _, stranger) = v1().await;
    in_prod(&fixture, "PutRegistryPolicy", statement("Allow", DEV, &json!("ecr:*"))).await.ok();
    let push = async || stranger.send(Method::POST, "app/blobs/uploads/", "").await.status().as_u16();
    assert_eq!((pulls(&stranger).await, push().await), (403, 403));
    assert_eq!(fixture.call("BatchGetImage", image()).await.code(), "AccessDeniedException");

    set_scope(&fixture, "V2").await.ok();
    assert_eq!((pulls(&stranger).await, push().await), (200, 202));
    fixture.call("BatchGetImage", image()).await.ok();
}

#[tokio::test]
async fn a_deny_binds_the_registrys_own_account_only_with_scope_v2() {
    let (fixture, prod, _) = v1().await;
    in_prod(&fixture, "PutRegistryPolicy", statement("Deny", PROD, &json!("ecr:*"))).await.ok();
    assert_eq!(pulls(&prod).await, 200);
    in_prod(&fixture, "BatchGetImage", image()).await.ok();
    let create = async || in_prod(&fixture, "CreateRepository", json!({"repositoryName": "other"})).await;
    assert_eq!(create().await.code(), "AccessDeniedException", "V1 enforces this action");

    set_scope(&fixture, "V2").await.ok();
    assert_eq!(pulls(&prod).await, 403);
    let (code, message) = in_prod(&fixture, "BatchGetImage", image()).await.error();
    assert_eq!(code, "AccessDeniedException");
    assert!(message.ends_with("with an explicit deny in a resource-based policy"), "{message}");
    let name = json!({"name": "REGISTRY_POLICY_SCOPE"});
    assert_eq!(in_prod(&fixture, "GetAccountSetting", name).await.code(), "AccessDeniedException");
    in_prod(&fixture, "DeleteRegistryPolicy", json!({})).await.ok();
    assert_eq!(pulls(&prod).await, 200);
}

#[tokio::test]
async fn the_scope_is_set_to_v2_only_and_stays() {
    let (fixture, ..) = v1().await;
    assert_eq!(scope(&fixture).await, "V1");
    let wanted = json!({"name": "REGISTRY_POLICY_SCOPE", "value": "V2"});
    assert_eq!(set_scope(&fixture, "V2").await.ok(), wanted);
    for wrong in ["V1", "v2", "V3", ""] {
        let answer = set_scope(&fixture, wrong).await;
        assert!((400..500).contains(&answer.status), "{wrong}: {}", answer.text);
    }
    let elsewhere = json!({"name": "REGISTRY_POLICY_SCOPE"});
    let other = fixture.call_in(PROD, "us-east-2", "GetAccountSetting", elsewhere).await;
    assert_eq!(other.ok()["value"], "V1", "it belongs to one Region");
    let fixture = fixture.restart().await;
    fixture.sandbox.set_switches(Switches { policy_scope_v1: true, ..Switches::default() });
    assert_eq!(scope(&fixture).await, "V2");
}

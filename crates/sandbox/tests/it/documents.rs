//! Registry policies and replication configurations as ECR stores and returns them, beyond what was
//! put.

use std::time::Duration;

use longshore_sandbox::Switches;
use serde_json::{Value, json};

use crate::{
    control_client::{DEV, Fixture, PROD, WEST},
    data_client::registry,
};

const ROOT: &str = "arn:aws:iam::111122223333:root";

fn policy(principal: &Value, action: &Value, resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "One", "Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": resource,
    }]})
    .to_string()
}

fn of(principal: &Value) -> String {
    policy(principal, &json!("ecr:ReplicateImage"), "*")
}

async fn put(fixture: &Fixture, text: &str) -> crate::control_client::Answer {
    fixture.call_in(PROD, WEST, "PutRegistryPolicy", json!({"policyText": text})).await
}

/// The policy that Prod reads; `None` when it is not found.
async fn read(fixture: &Fixture) -> Option<Value> {
    let answer = fixture.call_in(PROD, WEST, "GetRegistryPolicy", json!({})).await;
    if answer.status == 200 {
        return Some(serde_json::from_str(answer.ok()["policyText"].as_str().unwrap()).unwrap());
    }
    assert_eq!(answer.code(), "RegistryPolicyNotFoundException");
    None
}

fn principal(read: &Option<Value>) -> &Value {
    &read.as_ref().unwrap()["Statement"][0]["Principal"]["AWS"]
}

fn rule(account: &str, region: &str) -> Value {
    let rule = json!({"destinations": [{"region": region, "registryId": account}]});
    json!({"replicationConfiguration": {"rules": [rule]}})
}

fn late() -> Switches {
    Switches { read_after_write_delay: Duration::from_secs(5), ..Switches::default() }
}

#[tokio::test]
async fn bare_account_ids_come_back_as_root_arns_unless_switched_off() {
    let fixture = Fixture::start().await;
    put(&fixture, &of(&json!(DEV))).await.ok();
    assert_eq!(principal(&read(&fixture).await), ROOT);
    fixture.sandbox.set_switches(Switches { principals_rewritten: false, ..Switches::default() });
    assert_eq!(principal(&read(&fixture).await), DEV);
}

#[tokio::test]
async fn after_a_put_the_former_policy_is_read_for_a_time_and_before_the_first_none() {
    let fixture = Fixture::with(late()).await;
    put(&fixture, &of(&json!(ROOT))).await.ok();
    assert_eq!(read(&fixture).await, None);
    fixture.clock.advance(Duration::from_secs(5));
    assert_eq!(principal(&read(&fixture).await), ROOT);
    put(&fixture, &of(&json!("*"))).await.ok();
    assert_eq!(principal(&read(&fixture).await), ROOT, "the former one");
    fixture.clock.advance(Duration::from_secs(4));
    assert_eq!(principal(&read(&fixture).await), ROOT);
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(principal(&read(&fixture).await), "*");
    fixture.call_in(PROD, WEST, "DeleteRegistryPolicy", json!({})).await.ok();
    assert_eq!(principal(&read(&fixture).await), "*", "it is still read");
    fixture.clock.advance(Duration::from_secs(5));
    assert_eq!(read(&fixture).await, None);
}

#[tokio::test]
async fn a_policy_that_was_put_may_not_be_found_for_a_time_even_where_one_was_before() {
    let fixture = Fixture::with(Switches { read_after_write_missing: true, ..late() }).await;
    put(&fixture, &of(&json!(ROOT))).await.ok();
    fixture.clock.advance(Duration::from_secs(5));
    put(&fixture, &of(&json!("*"))).await.ok();
    assert_eq!(read(&fixture).await, None);
    fixture.clock.advance(Duration::from_secs(5));
    assert_eq!(principal(&read(&fixture).await), "*");
}

#[tokio::test]
async fn the_former_configuration_and_life_cycle_policy_are_read_for_a_time() {
    let fixture = Fixture::with(late()).await;
    let rules = async || {
        fixture.call("DescribeRegistry", json!({})).await.ok()["replicationConfiguration"]["rules"].clone()
    };
    let wanted = rule(PROD, WEST);
    fixture.call("PutReplicationConfiguration", wanted.clone()).await.ok();
    assert_eq!(rules().await, json!([]));
    fixture.create("app").await;
    let text = json!({"rules": [{
        "rulePriority": 1, "action": {"type": "expire"},
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}}]});
    let input = json!({"repositoryName": "app", "lifecyclePolicyText": text.to_string()});
    fixture.call("PutLifecyclePolicy", input).await.ok();
    let of_app = json!({"repositoryName": "app"});
    let code = fixture.call("GetLifecyclePolicy", of_app.clone()).await.code();
    assert_eq!(code, "LifecyclePolicyNotFoundException");
    fixture.clock.advance(Duration::from_secs(5));
    assert_eq!(rules().await, wanted["replicationConfiguration"]["rules"]);
    let kept = fixture.call("GetLifecyclePolicy", of_app).await.ok();
    assert_eq!(kept["lifecyclePolicyText"], text.to_string());
}

#[tokio::test]
async fn a_document_with_a_deleted_role_is_read_and_refused_when_it_is_put_again() {
    let fixture = Fixture::start().await;
    let planted = of(&json!([ROOT, "AROAEXAMPLEEXAMPLE123"]));
    fixture.sandbox.plant_registry_policy(&registry(PROD, WEST), &planted).await.unwrap();
    let found = read(&fixture).await.unwrap();
    assert!(found.to_string().contains("AROAEXAMPLEEXAMPLE123"));
    let (code, message) = put(&fixture, &found.to_string()).await.error();
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(
        message,
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"
    );
    put(&fixture, &of(&json!([ROOT]))).await.ok();
}

#[tokio::test]
async fn documents_are_taken_unchecked_while_that_is_switched_on() {
    let fixture = Fixture::with(Switches { documents_unchecked: true, ..Switches::default() }).await;
    put(&fixture, &of(&json!("AIDAEXAMPLEEXAMPLE123"))).await.ok();
    let odd = json!({"replicationConfiguration": {"rules": [{"destinations": [{"region": "xx-west-9", "registryId": DEV}]}]}});
    fixture.call("PutReplicationConfiguration", odd.clone()).await.ok();
    fixture.sandbox.set_switches(Switches::default());
    assert_eq!(
        fixture.call("PutReplicationConfiguration", odd.clone()).await.code(),
        "InvalidParameterException"
    );
    let kept = fixture.call("DescribeRegistry", json!({})).await.ok();
    assert_eq!(kept["replicationConfiguration"], odd["replicationConfiguration"]);
    let planted = json!({"rules": [{"destinations": []}]});
    fixture.sandbox.plant_replication_configuration(&registry(DEV, WEST), planted.clone()).await.unwrap();
    let kept = fixture.call("DescribeRegistry", json!({})).await.ok();
    assert_eq!(kept["replicationConfiguration"], planted);
}

#[tokio::test]
async fn a_destination_in_a_region_that_does_not_exist_is_refused() {
    let fixture = Fixture::start().await;
    for region in ["us-west-9", "eu-wset-1", "mars-north-1"] {
        let (code, message) = fixture.call("PutReplicationConfiguration", rule(PROD, region)).await.error();
        assert_eq!(code, "InvalidParameterException");
        assert!(message.contains(region), "{message}");
    }
    fixture.call("PutReplicationConfiguration", rule(PROD, "ap-south-2")).await.ok();
    let region = "us-west-9".parse().unwrap();
    let error = fixture.sandbox.add_region(PROD.parse().unwrap(), region).await.unwrap_err();
    assert_eq!(error.code(), "sandbox-region-unknown");
    let region = "us-west-9".parse().unwrap();
    let error = fixture.sandbox.add_account("999988887777".parse().unwrap(), vec![region]).await.unwrap_err();
    assert_eq!(error.code(), "sandbox-region-unknown");
}

#[tokio::test]
async fn under_scope_v1_a_policy_is_about_replication_only() {
    let pull = policy(&json!(ROOT), &json!("ecr:ListImages"), "*");
    let fixture = Fixture::with(Switches { policy_scope_v1: true, ..Switches::default() }).await;
    let scope = json!({"name": "REGISTRY_POLICY_SCOPE"});
    assert_eq!(fixture.call_in(PROD, WEST, "GetAccountSetting", scope.clone()).await.ok()["value"], "V1");
    assert_eq!(put(&fixture, &pull).await.code(), "InvalidParameterException");
    fixture.call_in(PROD, WEST, "CreateRepository", json!({"repositoryName": "app"})).await.ok();
    fixture.sandbox.plant_registry_policy(&registry(PROD, WEST), &pull).await.unwrap();
    let theirs = json!({"registryId": PROD, "repositoryName": "app"});
    assert_eq!(fixture.call("ListImages", theirs.clone()).await.code(), "AccessDeniedException");
    let v2 = json!({"name": "REGISTRY_POLICY_SCOPE", "value": "V2"});
    fixture.call_in(PROD, WEST, "PutAccountSetting", v2).await.ok();
    assert_eq!(fixture.call_in(PROD, WEST, "GetAccountSetting", scope).await.ok()["value"], "V2");
    fixture.call("ListImages", theirs).await.ok();
    put(&fixture, &pull).await.ok();
}

#[tokio::test]
async fn listing_anothers_repositories_is_evaluated_on_all_of_them() {
    let fixture = Fixture::start().await;
    for name in ["app", "other"] {
        fixture.call_in(PROD, WEST, "CreateRepository", json!({"repositoryName": name})).await.ok();
    }
    let place = |names: &str| format!("arn:aws:ecr:{WEST}:{PROD}:repository/{names}");
    let all = json!({"registryId": PROD});
    let named = json!({"registryId": PROD, "repositoryNames": ["app"]});
    let describe = async |input: &Value| fixture.call("DescribeRepositories", input.clone()).await;
    let action = json!("ecr:DescribeRepositories");
    put(&fixture, &policy(&json!(ROOT), &action, &place("app"))).await.ok();
    let (code, message) = describe(&all).await.error();
    assert_eq!(code, "AccessDeniedException");
    assert!(message.contains(&format!("on resource: {} because", place("*"))), "{message}");
    describe(&named).await.ok();
    put(&fixture, &policy(&json!(ROOT), &action, &place("*"))).await.ok();
    assert_eq!(describe(&all).await.ok()["repositories"].as_array().unwrap().len(), 2);
    put(&fixture, &policy(&json!(ROOT), &action, &place("other"))).await.ok();
    assert_eq!(describe(&named).await.code(), "AccessDeniedException");
}

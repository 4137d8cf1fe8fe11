//! What belongs to a registry: policy, replication configuration and status, account settings.

use std::time::Duration;

use longshore_sandbox::{Change, Switches};
use serde_json::{Value, json};

use crate::control_client::{DEV, Fixture, PROD, WEST, digest};

fn destination(account: &str, region: &str) -> Value {
    json!({ "region": region, "registryId": account })
}

fn rules(rules: Value) -> Value {
    json!({ "replicationConfiguration": { "rules": rules } })
}

async fn put(fixture: &Fixture, configuration: Value) -> crate::control_client::Answer {
    fixture.call("PutReplicationConfiguration", configuration).await
}

fn statement(principal: &str) -> Value {
    json!({ "policyText": json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "ReplicationAccessCrossAccount", "Effect": "Allow", "Principal": { "AWS": principal },
            "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
            "Resource": ["arn:aws:ecr:us-west-2:444455556666:repository/prod-*"],
        }],
    }).to_string() })
}

#[tokio::test]
async fn a_configuration_is_replaced_as_a_whole_and_kept_as_it_came() {
    let fixture = Fixture::start().await;
    let empty = fixture.call("DescribeRegistry", json!({})).await.ok();
    assert_eq!(empty, json!({ "registryId": DEV, "replicationConfiguration": { "rules": [] } }));
    let configuration = rules(json!([{
        "destinations": [destination(PROD, WEST)],
        "repositoryFilters": [{ "filter": "prod-", "filterType": "PREFIX_MATCH" }],
        "deleteReplication": { "enabled": true },
        "later": { "anything": [1, 2.5, null] },
    }]));
    assert_eq!(put(&fixture, configuration.clone()).await.ok(), configuration);
    let described = fixture.call("DescribeRegistry", json!({})).await.ok();
    assert_eq!(described["replicationConfiguration"], configuration["replicationConfiguration"]);
    let elsewhere = fixture.call_in(DEV, "eu-west-1", "DescribeRegistry", json!({})).await.ok();
    assert_eq!(elsewhere["replicationConfiguration"]["rules"], json!([]), "one configuration per Region");

    let fixture = fixture.restart().await;
    let described = fixture.call("DescribeRegistry", json!({})).await.ok();
    assert_eq!(described["replicationConfiguration"], configuration["replicationConfiguration"]);
    put(&fixture, rules(json!([]))).await.ok();
    let described = fixture.call("DescribeRegistry", json!({})).await.ok();
    assert_eq!(described["replicationConfiguration"]["rules"], json!([]));
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_and_changes_nothing() {
    let fixture = Fixture::start().await;
    let rule = |destinations: Value| json!([{ "destinations": destinations }]);
    let (code, message) = put(&fixture, rules(rule(json!([destination(DEV, WEST)])))).await.error();
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(
        message,
        "Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: 'Replication destination cannot be the same as the source registry'"
    );
    let filtered = |filter: &str, kind: &str| {
        json!([{
            "destinations": [destination(PROD, WEST)],
            "repositoryFilters": [{ "filter": filter, "filterType": kind }],
        }])
    };
    let many_rules: Vec<Value> =
        (0..26).map(|_| json!({ "destinations": [destination(PROD, WEST)] })).collect();
    let many: Vec<Value> = (0..26).map(|n| destination(&format!("{:012}", n + 1), WEST)).collect();
    let no_filters = json!([{ "destinations": [destination(PROD, WEST)], "repositoryFilters": [] }]);
    for wrong in [
        rules(rule(json!([destination("44445555666", WEST)]))),
        rules(rule(json!([destination("44445555666a", WEST)]))),
        rules(rule(json!([destination(PROD, "US_WEST")]))),
        rules(rule(json!([{ "region": WEST }]))),
        rules(filtered("prod*", "PREFIX_MATCH")),
        rules(filtered("PROD", "PREFIX_MATCH")),
        rules(filtered("p", "PREFIX_MATCH")),
        rules(filtered("prod", "SUFFIX_MATCH")),
        rules(many_rules.into()),
        rules(rule(many.into())),
        rules(no_filters),
        rules(json!([{ "destinations": [], "deleteReplication": {} }])),
        rules(json!([{}])),
        json!({ "replicationConfiguration": {} }),
        json!({}),
    ] {
        assert_eq!(put(&fixture, wrong.clone()).await.code(), "InvalidParameterException", "{wrong}");
    }
    let described = fixture.call("DescribeRegistry", json!({})).await.ok();
    assert_eq!(described["replicationConfiguration"]["rules"], json!([]));
    let full: Vec<Value> = (0..25).map(|n| destination(&format!("{:012}", n + 1), WEST)).collect();
    put(&fixture, rules(rule(full.into()))).await.ok();
}

#[tokio::test]
async fn put_image_replicates_and_the_status_says_so() {
    let fixture = Fixture::start().await;
    put(
        &fixture,
        rules(json!([{ "destinations": [destination(PROD, WEST), destination(DEV, "eu-west-1")] }])),
    )
    .await
    .ok();
    fixture.call_in(PROD, WEST, "PutRegistryPolicy", statement("arn:aws:iam::111122223333:root")).await.ok();
    let mut changes = fixture.sandbox.subscribe();
    let finished = async |changes: &mut tokio::sync::broadcast::Receiver<Change>, count: usize| {
        let mut left = count;
        while left > 0 {
            if let Change::ReplicationFinished { .. } = changes.recv().await.unwrap() {
                left -= 1;
            }
        }
    };
    let mut statuses = Vec::new();
    for name in ["prod-microservice", "dev-microservice"] {
        fixture.create(name).await;
        let (_, digest) = fixture.image(name, name, Some("21")).await;
        finished(&mut changes, 2).await;
        let input = json!({ "repositoryName": name, "imageId": { "imageTag": "21" } });
        let status = fixture.call("DescribeImageReplicationStatus", input).await.ok();
        assert_eq!(status["imageId"], json!({ "imageDigest": digest, "imageTag": "21" }));
        let mut found = status["replicationStatuses"].as_array().unwrap().clone();
        found.sort_by_key(|status| status["registryId"].as_str().unwrap().to_owned());
        statuses.push(found);
    }
    assert_eq!(statuses[0][0], json!({ "region": "eu-west-1", "registryId": DEV, "status": "COMPLETE" }));
    assert_eq!(statuses[0][1], json!({ "region": WEST, "registryId": PROD, "status": "COMPLETE" }));
    assert_eq!(statuses[1][0]["status"], "COMPLETE", "no statement is needed in the own account");
    assert_eq!(statuses[1][1]["status"], "FAILED", "the statement is for prod-* only");
    assert!(statuses[1][1]["failureCode"].is_string());

    let there = json!({ "repositoryName": "prod-microservice", "imageIds": [{ "imageTag": "21" }] });
    fixture.call_in(PROD, WEST, "DescribeImages", there).await.ok();
    let absent = json!({ "repositoryName": "dev-microservice" });
    let answer = fixture.call_in(PROD, WEST, "ListImages", absent).await;
    assert_eq!(answer.code(), "RepositoryNotFoundException");
    let input = json!({ "repositoryName": "prod-microservice", "imageId": { "imageDigest": digest(b"x") } });
    let answer = fixture.call("DescribeImageReplicationStatus", input).await;
    assert_eq!(answer.code(), "ImageNotFoundException");
    let input = json!({ "repositoryName": "prod-microservice", "imageId": {} });
    let answer = fixture.call("DescribeImageReplicationStatus", input).await;
    assert_eq!(answer.code(), "InvalidParameterException");
}

#[tokio::test]
async fn a_configuration_can_take_its_time() {
    let switches = Switches { configuration_delay: Duration::from_secs(60), ..Switches::default() };
    let fixture = Fixture::with(switches).await;
    fixture.create("dev-microservice").await;
    put(&fixture, rules(json!([{ "destinations": [destination(DEV, "eu-west-1")] }]))).await.ok();
    let described = fixture.call("DescribeRegistry", json!({})).await.ok();
    assert_eq!(described["replicationConfiguration"]["rules"].as_array().unwrap().len(), 1);
    let statuses = async |tag: &str| {
        let input = json!({ "repositoryName": "dev-microservice", "imageId": { "imageTag": tag } });
        fixture.call("DescribeImageReplicationStatus", input).await.ok()["replicationStatuses"]
            .as_array()
            .unwrap()
            .len()
    };
    fixture.image("dev-microservice", "a", Some("1")).await;
    assert_eq!(statuses("1").await, 0);
    fixture.clock.advance(Duration::from_secs(60));
    fixture.image("dev-microservice", "b", Some("2")).await;
    assert_eq!(statuses("2").await, 1);
}

#[tokio::test]
async fn a_registry_policy_is_put_read_and_deleted() {
    let fixture = Fixture::start().await;
    let call = async |operation: &str, input: Value| fixture.call_in(PROD, WEST, operation, input).await;
    for operation in ["GetRegistryPolicy", "DeleteRegistryPolicy"] {
        let (code, message) = call(operation, json!({})).await.error();
        assert_eq!(code, "RegistryPolicyNotFoundException");
        assert_eq!(message, "Registry policy does not exist in the registry with id '444455556666'");
    }
    let policy = statement("arn:aws:iam::111122223333:root");
    let text = policy["policyText"].clone();
    assert_eq!(
        call("PutRegistryPolicy", policy).await.ok(),
        json!({ "registryId": PROD, "policyText": text })
    );
    for wrong in ["", "{}", "{\"Version\":\"2012-10-17\",\"Statement\":[],}"] {
        let (code, message) = call("PutRegistryPolicy", json!({ "policyText": wrong })).await.error();
        assert_eq!(code, "InvalidParameterException");
        assert_eq!(
            message,
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'"
        );
    }
    let padded = |length: usize| {
        let text = text.as_str().unwrap();
        json!({ "policyText": format!("{text}{}", " ".repeat(length - text.len())) })
    };
    assert_eq!(call("PutRegistryPolicy", padded(10_241)).await.code(), "InvalidParameterException");
    let read = call("GetRegistryPolicy", json!({})).await.ok()["policyText"].as_str().map(str::to_owned);
    let read: Value = serde_json::from_str(&read.unwrap()).unwrap();
    assert_eq!(read["Statement"][0]["Sid"], "ReplicationAccessCrossAccount");
    call("PutRegistryPolicy", padded(10_240)).await.ok();

    call("DeleteRegistryPolicy", json!({})).await.ok();
    assert_eq!(call("GetRegistryPolicy", json!({})).await.code(), "RegistryPolicyNotFoundException");
}

#[tokio::test]
async fn account_settings_have_defaults_and_known_values() {
    let fixture = Fixture::start().await;
    let get = async |fixture: &Fixture, name: &str| {
        fixture.call("GetAccountSetting", json!({ "name": name })).await.ok()["value"].clone()
    };
    assert_eq!(get(&fixture, "BLOB_MOUNTING").await, "DISABLED");
    assert_eq!(get(&fixture, "REGISTRY_POLICY_SCOPE").await, "V2");
    assert_eq!(get(&fixture, "BASIC_SCAN_TYPE_VERSION").await, "AWS_NATIVE");
    let put = json!({ "name": "BLOB_MOUNTING", "value": "ENABLED" });
    assert_eq!(fixture.call("PutAccountSetting", put.clone()).await.ok(), put);
    let fixture = fixture.restart().await;
    assert_eq!(get(&fixture, "BLOB_MOUNTING").await, "ENABLED");
    for wrong in
        [json!({ "name": "BLOB_MOUNTING", "value": "MAYBE" }), json!({ "name": "COLOUR", "value": "V2" })]
    {
        assert_eq!(fixture.call("PutAccountSetting", wrong).await.code(), "ValidationException");
    }
}

#[tokio::test]
async fn members_that_nobody_looked_at_are_named_in_the_answer() {
    let fixture = Fixture::start().await;
    let unread = async |operation: &str, input: Value| {
        let answer = fixture.call(operation, input).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.headers.get("x-sandbox-unread").map(|names| names.to_str().unwrap().to_owned())
    };
    let input = json!({ "repositoryName": "app", "tags": [{ "Key": "a", "Value": "b", "Colour": "red" }], "later": 1 });
    assert_eq!(unread("CreateRepository", input).await.as_deref(), Some("later tags[].Colour"));
    assert_eq!(unread("DescribeRepositories", json!({ "repositoryNames": ["app"] })).await, None);
    let rule = json!({ "destinations": [destination(PROD, WEST)], "deleteReplication": { "enabled": true }, "later": {} });
    assert_eq!(
        unread("PutReplicationConfiguration", rules(json!([rule]))).await.as_deref(),
        Some("replicationConfiguration.rules[].later")
    );
}

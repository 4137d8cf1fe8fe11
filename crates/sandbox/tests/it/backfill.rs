//! Replication backfill, one test per fact of the User Guide's page "replication-backfill" and of the
//! API model.

use std::time::Duration;

use longshore_sandbox::{BackfillStatus, Change};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use crate::{
    control_client::{DEV, Fixture, PROD, WEST},
    data_client::Data,
    replication::{BOTH, IRELAND, allow, configure, rule, status},
};

const DELAY: Duration = Duration::from_secs(60);

fn to(account: &str, region: &str) -> Value {
    json!({"destination": {"region": region, "registryId": account}})
}

/// Starts a backfill and returns its id.
async fn start(fixture: &Fixture, account: &str, region: &str) -> String {
    let started = fixture.call("StartReplicationBackfill", to(account, region)).await.ok();
    assert_eq!(started["status"], "PREPARING");
    started["replicationBackfillId"].as_str().unwrap().to_owned()
}

async fn results(fixture: &Fixture, id: &str) -> Value {
    let input = json!({"replicationBackfillId": id});
    fixture.call("DescribeReplicationBackfillResults", input).await.ok()
}

async fn stop(fixture: &Fixture, id: &str) -> crate::control_client::Answer {
    fixture.call("StopReplicationBackfill", json!({"replicationBackfillId": id})).await
}

/// Waits until some backfill is at `wanted`.
async fn reached(changes: &mut Receiver<Change>, wanted: BackfillStatus) {
    loop {
        if let Change::BackfillChanged { status, .. } = changes.recv().await.unwrap()
            && status == wanted
        {
            return;
        }
    }
}

/// Dev's repository with an image of `count` tags.
async fn tagged(fixture: &Fixture, repository: &str, count: usize) -> String {
    fixture.create(repository).await;
    let (manifest, digest) = fixture.image(repository, repository, Some("0")).await;
    for tag in 1..count {
        fixture.put(repository, &manifest, Some(&tag.to_string())).await.ok();
    }
    digest
}

fn counts(backfill: &Value) -> [u64; 3] {
    ["totalReplicationCount", "completedReplicationCount", "failedReplicationCount"]
        .map(|name| backfill["progress"][name].as_u64().unwrap())
}

#[tokio::test]
async fn existing_images_arrive_with_their_tags_and_lists() {
    let fixture = Fixture::start().await;
    let pushed = tagged(&fixture, "prod-app", 2).await;
    fixture.image("prod-app", "untagged", None).await;
    fixture.create("dev-app").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (list, child) = dev.index("prod-app", "list", "list").await;
    dev.image("dev-app", "other", "1").await;
    configure(&fixture, DEV, WEST, vec![rule(PROD, WEST, &["prod-"])]).await;
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": DEV}, "Action": BOTH, "Resource": "*"}});
    let policy = json!({"policyText": policy.to_string()});
    fixture.call_in(PROD, WEST, "PutRegistryPolicy", policy).await.ok();

    let mut changes = fixture.sandbox.subscribe();
    let id = start(&fixture, PROD, WEST).await;
    reached(&mut changes, BackfillStatus::Complete).await;
    let found = results(&fixture, &id).await;
    assert_eq!(counts(&found), [4, 4, 0], "two tags, one untagged image, one list with its manifest");
    assert_eq!(found["progress"]["failureCodes"], json!([]));
    assert_eq!((&found["status"], &found["registryId"]), (&json!("COMPLETE"), &json!(DEV)));
    assert_eq!(found["destination"], to(PROD, WEST)["destination"]);
    let of_list = |result: &Value| result["imageId"]["imageDigest"] == list.as_str();
    let of_list = found["results"].as_array().unwrap().iter().find(|result| of_list(result)).unwrap();
    assert_eq!(of_list["subImageFailureCodes"], json!([]));
    assert_eq!(of_list["imageId"]["imageTag"], "list");

    let prod = Data::of(&fixture.sandbox, PROD, WEST);
    for reference in ["0", "1", "list", pushed.as_str(), child.as_str()] {
        assert_eq!(prod.head(&format!("prod-app/manifests/{reference}")).await.status(), 200, "{reference}");
    }
    assert_eq!(prod.head("dev-app/manifests/1").await.status(), 404, "no rule replicates it");
    assert_eq!(status(&fixture, "prod-app", &pushed).await[0]["status"], "COMPLETE");
    let by_clients = fixture.sandbox.writes();
    let started = by_clients.last().unwrap();
    assert_eq!((started.operation, started.registry.account.as_str()), ("StartReplicationBackfill", DEV));
}

#[tokio::test]
async fn a_backfill_is_prepared_runs_and_ends() {
    let fixture = Fixture::start().await;
    tagged(&fixture, "app", 1).await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    fixture.sandbox.set_replication_delay(DELAY);
    let mut changes = fixture.sandbox.subscribe();
    let id = start(&fixture, DEV, IRELAND).await;
    let preparing = results(&fixture, &id).await;
    assert_eq!(preparing["status"], "PREPARING");
    assert!(preparing.get("progress").is_none() && preparing.get("endedAt").is_none(), "{preparing}");

    fixture.clock.advance(DELAY);
    reached(&mut changes, BackfillStatus::InProgress).await;
    let running = results(&fixture, &id).await;
    assert_eq!((&running["status"], counts(&running)), (&json!("IN_PROGRESS"), [1, 0, 0]));
    assert_eq!(running["results"], json!([]), "results are there once it has ended");

    fixture.clock.advance(DELAY);
    reached(&mut changes, BackfillStatus::Complete).await;
    let ended = results(&fixture, &id).await;
    assert_eq!((counts(&ended), ended["results"].as_array().unwrap().len()), ([1, 1, 0], 1));
    let seconds = ended["endedAt"].as_f64().unwrap() - ended["startedAt"].as_f64().unwrap();
    assert_eq!(seconds, 120.0);
}

#[tokio::test]
async fn failures_are_kept_with_their_codes_and_a_template_can_cause_them() {
    let fixture = Fixture::start().await;
    for name in ["prod-microservice", "other"] {
        tagged(&fixture, name, 1).await;
    }
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    dev.index("other", "list", "list").await;
    configure(&fixture, DEV, WEST, vec![rule(PROD, WEST, &[])]).await;
    allow(&fixture, &BOTH).await;
    let mut changes = fixture.sandbox.subscribe();
    let id = start(&fixture, PROD, WEST).await;
    reached(&mut changes, BackfillStatus::Complete).await;
    let found = results(&fixture, &id).await;
    assert_eq!(counts(&found), [3, 1, 2]);
    assert_eq!(found["progress"]["failureCodes"], json!(["DESTINATION_REGISTRY_ACCESS_DENIED"]));
    let input = json!({"replicationBackfillId": id, "resultStatusFilter": "FAILED"});
    let failed = fixture.call("DescribeReplicationBackfillResults", input).await.ok();
    let failed = failed["results"].as_array().unwrap();
    assert_eq!(failed.len(), 2);
    for result in failed {
        assert_eq!(result["repositoryName"], "other");
        assert_eq!(result["failureCode"], "DESTINATION_REGISTRY_ACCESS_DENIED");
        let list = result["imageId"]["imageTag"] == "list";
        let codes = list.then(|| json!(["DESTINATION_REGISTRY_ACCESS_DENIED"]));
        assert_eq!(result.get("subImageFailureCodes"), codes.as_ref());
    }
    let input = json!({"repositoryName": "prod-microservice", "force": true});
    fixture.call_in(PROD, WEST, "DeleteRepository", input).await.ok();
    let template = json!({"prefix": "ROOT", "appliedFor": ["REPLICATION"],
        "resourceTags": [{"Key": "team", "Value": "a"}]});
    fixture.call_in(PROD, WEST, "CreateRepositoryCreationTemplate", template).await.ok();
    let id = start(&fixture, PROD, WEST).await;
    reached(&mut changes, BackfillStatus::Complete).await;
    let codes = results(&fixture, &id).await["progress"]["failureCodes"].clone();
    assert_eq!(codes, json!(["DESTINATION_REGISTRY_ACCESS_DENIED", "REPOSITORY_CREATION_FAILED"]));
}

#[tokio::test]
async fn half_of_a_hundred_failures_end_it() {
    let fixture = Fixture::start().await;
    tagged(&fixture, "app", 110).await;
    configure(&fixture, DEV, WEST, vec![rule(PROD, WEST, &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    let id = start(&fixture, PROD, WEST).await;
    reached(&mut changes, BackfillStatus::Failed).await;
    let found = results(&fixture, &id).await;
    assert_eq!(counts(&found), [110, 0, 100]);
    assert_eq!(found["failureCode"], "FAILURE_THRESHOLD_EXCEEDED");
    assert_eq!(found["results"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_undoes_nothing() {
    let fixture = Fixture::start().await;
    tagged(&fixture, "app", 105).await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    fixture.sandbox.set_replication_delay(DELAY);
    let mut changes = fixture.sandbox.subscribe();
    let id = start(&fixture, DEV, IRELAND).await;
    fixture.clock.advance(DELAY);
    reached(&mut changes, BackfillStatus::InProgress).await;
    let stopping = stop(&fixture, &id).await.ok();
    assert_eq!((&stopping["status"], &stopping["replicationBackfillId"]), (&json!("STOPPING"), &json!(id)));
    assert_eq!(stop(&fixture, &id).await.code(), "ReplicationBackfillInvalidStatusException");
    fixture.clock.advance(DELAY);
    reached(&mut changes, BackfillStatus::Stopped).await;
    let found = results(&fixture, &id).await;
    assert_eq!((counts(&found), found["results"].as_array().unwrap().len()), ([105, 100, 0], 100));
    let there = Data::of(&fixture.sandbox, DEV, IRELAND).get("app/tags/list?n=1000").await;
    let there: Value = there.json().await.unwrap();
    assert_eq!(there["tags"].as_array().unwrap().len(), 100);

    let id = start(&fixture, DEV, IRELAND).await;
    assert_eq!(stop(&fixture, &id).await.ok()["status"], "STOPPED", "nothing was begun");
    let found = results(&fixture, &id).await;
    assert!(found.get("progress").is_none() && found.get("endedAt").is_some(), "{found}");
    assert_eq!(found["results"], json!([]));
}

#[tokio::test]
async fn one_for_each_region_and_ten_for_a_registry() {
    let fixture = Fixture::start().await;
    let regions: Vec<&str> = vec![
        IRELAND,
        "us-east-2",
        "us-east-1",
        "us-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-north-1",
        "eu-central-1",
        "sa-east-1",
        "ca-central-1",
        "ap-south-1",
    ];
    let mut rules: Vec<Value> = regions.iter().map(|region| rule(DEV, region, &[])).collect();
    rules.push(rule(PROD, IRELAND, &[]));
    configure(&fixture, DEV, WEST, rules).await;
    fixture.sandbox.set_replication_delay(DELAY);
    let mut changes = fixture.sandbox.subscribe();
    let first = start(&fixture, DEV, IRELAND).await;
    let again = fixture.call("StartReplicationBackfill", to(PROD, IRELAND)).await;
    assert_eq!(again.code(), "ReplicationBackfillInProgressException", "another account, the same Region");
    for region in &regions[1..10] {
        start(&fixture, DEV, region).await;
    }
    let eleventh = fixture.call("StartReplicationBackfill", to(DEV, regions[10])).await;
    assert_eq!(eleventh.code(), "LimitExceededException");
    stop(&fixture, &first).await.ok();
    reached(&mut changes, BackfillStatus::Stopped).await;
    start(&fixture, PROD, IRELAND).await;

    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let page = json!({"maxResults": 4, "nextToken": token});
        let page = fixture.call("ListReplicationBackfills", page).await.ok();
        let backfills = page["backfills"].as_array().unwrap();
        assert!(backfills.len() <= 4);
        seen.extend(backfills.iter().map(|b| b["replicationBackfillId"].as_str().unwrap().to_owned()));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!((seen.len(), seen.last().unwrap()), (11, &first), "newest first");
    for wrong in [0, 51] {
        let answer = fixture.call("ListReplicationBackfills", json!({"maxResults": wrong})).await;
        assert_eq!(answer.code(), "InvalidParameterException");
    }
}

#[tokio::test]
async fn only_a_configured_destination_and_a_known_backfill_are_taken() {
    let fixture = Fixture::start().await;
    for wrong in
        [to(DEV, IRELAND), to("4444", WEST), to(PROD, "US_WEST"), json!({}), json!({"destination": {}})]
    {
        let answer = fixture.call("StartReplicationBackfill", wrong.clone()).await;
        assert_eq!(answer.code(), "InvalidParameterException", "{wrong}");
    }
    for operation in ["StopReplicationBackfill", "DescribeReplicationBackfillResults"] {
        let call = async |id: &str| fixture.call(operation, json!({"replicationBackfillId": id})).await;
        let unknown = call("0f1e2d3c-0000-7000-8000-000000000000").await;
        assert_eq!(unknown.code(), "ReplicationBackfillNotFoundException");
        for wrong in ["", "latest", "0f1e2d3c00007000800000000000000a"] {
            assert_eq!(call(wrong).await.code(), "InvalidParameterException", "{wrong}");
        }
    }
    let theirs = fixture.call("ListReplicationBackfills", json!({"registryId": PROD})).await;
    assert_eq!(theirs.code(), "AccessDeniedException");
}

#[tokio::test]
async fn images_of_a_repository_that_is_deleted_meanwhile_fail() {
    let fixture = Fixture::start().await;
    for name in ["app", "gone"] {
        tagged(&fixture, name, 1).await;
    }
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    fixture.sandbox.set_replication_delay(DELAY);
    let mut changes = fixture.sandbox.subscribe();
    let id = start(&fixture, DEV, IRELAND).await;
    fixture.clock.advance(DELAY);
    reached(&mut changes, BackfillStatus::InProgress).await;
    fixture.call("DeleteRepository", json!({"repositoryName": "gone", "force": true})).await.ok();
    fixture.clock.advance(DELAY);
    reached(&mut changes, BackfillStatus::Complete).await;
    let found = results(&fixture, &id).await;
    let codes: Vec<_> =
        found["results"].as_array().unwrap().iter().map(|r| r["failureCode"].as_str()).collect();
    assert_eq!(codes, [None, Some("IMAGE_NOT_FOUND")]);
}

#[tokio::test]
async fn what_was_under_way_goes_on_after_a_restart_and_is_kept_ninety_days() {
    let fixture = Fixture::start().await;
    tagged(&fixture, "app", 102).await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    fixture.sandbox.set_replication_delay(DELAY);
    let mut changes = fixture.sandbox.subscribe();
    let id = start(&fixture, DEV, IRELAND).await;

    let fixture = fixture.restart().await;
    assert_eq!(results(&fixture, &id).await["status"], "PREPARING");
    drop(changes);
    changes = fixture.sandbox.subscribe();
    fixture.sandbox.set_replication_delay(DELAY);
    fixture.clock.advance(DELAY);
    reached(&mut changes, BackfillStatus::InProgress).await;

    let fixture = fixture.restart().await;
    changes = fixture.sandbox.subscribe();
    assert_eq!(counts(&results(&fixture, &id).await), [102, 0, 0]);
    fixture.clock.advance(DELAY);
    reached(&mut changes, BackfillStatus::Complete).await;
    assert_eq!(counts(&results(&fixture, &id).await), [102, 102, 0]);

    let fixture = fixture.restart().await;
    let listed = async |fixture: &Fixture| {
        let answer = fixture.call("ListReplicationBackfills", json!({})).await.ok();
        answer["backfills"].as_array().unwrap().len()
    };
    assert_eq!((counts(&results(&fixture, &id).await), listed(&fixture).await), ([102, 102, 0], 1));
    fixture.clock.advance(Duration::from_secs(90 * 24 * 3600));
    assert_eq!(listed(&fixture).await, 0);
    let input = json!({"replicationBackfillId": id});
    let gone = fixture.call("DescribeReplicationBackfillResults", input).await;
    assert_eq!(gone.code(), "ReplicationBackfillNotFoundException");
}

#[tokio::test]
async fn results_come_in_pages_that_belong_to_their_filter() {
    let fixture = Fixture::start().await;
    tagged(&fixture, "app", 5).await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    let id = start(&fixture, DEV, IRELAND).await;
    reached(&mut changes, BackfillStatus::Complete).await;
    let page = async |more: Value| {
        let mut input = json!({"replicationBackfillId": id, "maxResults": 3});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fixture.call("DescribeReplicationBackfillResults", input).await
    };
    let first = page(json!({})).await.ok();
    assert_eq!(first["results"].as_array().unwrap().len(), 3);
    let second = page(json!({"nextToken": first["nextToken"]})).await.ok();
    assert_eq!(second["results"].as_array().unwrap().len(), 2);
    assert!(second.get("nextToken").is_none());
    let other = json!({"nextToken": first["nextToken"], "resultStatusFilter": "FAILED"});
    assert_eq!(page(other).await.code(), "InvalidParameterException");
}

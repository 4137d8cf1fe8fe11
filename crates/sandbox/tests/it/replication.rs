//! Native replication, one test per fact of the User Guide's page "replication".

use std::time::Duration;

use longshore_sandbox::{Change, ReplicationOutcome, Switches};
use serde_json::{Value, json};

use crate::{
    control_client::{DEV, Fixture, OCI_MANIFEST, PROD, WEST, digest},
    data_client::{Data, header, registry, replicated},
};

pub(crate) const IRELAND: &str = "eu-west-1";

pub(crate) fn rule(account: &str, region: &str, prefixes: &[&str]) -> Value {
    let filters: Vec<Value> =
        prefixes.iter().map(|p| json!({"filter": p, "filterType": "PREFIX_MATCH"})).collect();
    let mut rule = json!({"destinations": [{"region": region, "registryId": account}]});
    if !filters.is_empty() {
        rule["repositoryFilters"] = json!(filters);
    }
    rule
}

pub(crate) async fn configure(fixture: &Fixture, account: &str, region: &str, rules: Vec<Value>) {
    let input = json!({"replicationConfiguration": {"rules": rules}});
    fixture.call_in(account, region, "PutReplicationConfiguration", input).await.ok();
}

pub(crate) async fn allow(fixture: &Fixture, actions: &[&str]) {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "ReplicationAccessCrossAccount", "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")}, "Action": actions,
        "Resource": [format!("arn:aws:ecr:{WEST}:{PROD}:repository/prod-microservice*")]}]});
    let input = json!({"policyText": policy.to_string()});
    fixture.call_in(PROD, WEST, "PutRegistryPolicy", input).await.ok();
}

pub(crate) const BOTH: [&str; 2] = ["ecr:CreateRepository", "ecr:ReplicateImage"];

pub(crate) async fn status(fixture: &Fixture, repository: &str, digest: &str) -> Value {
    let input = json!({"repositoryName": repository, "imageId": {"imageDigest": digest}});
    let answer = fixture.call("DescribeImageReplicationStatus", input).await.ok();
    answer["replicationStatuses"].clone()
}

fn failed(outcome: &ReplicationOutcome) -> &str {
    match outcome {
        ReplicationOutcome::Failed { code } => code,
        ReplicationOutcome::Complete => panic!("it was replicated"),
    }
}

#[tokio::test]
async fn a_push_arrives_in_the_other_account_with_the_same_digest() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    fixture.create("prod-microservice").await;
    configure(&fixture, DEV, WEST, vec![rule(PROD, WEST, &["prod-microservice"])]).await;
    allow(&fixture, &BOTH).await;
    let mut changes = fixture.sandbox.subscribe();
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    dev.image("dev-microservice", "a", "42").await;
    let (text, pushed) = dev.image("prod-microservice", "a", "21").await;
    let (destination, digest, outcome) = replicated(&mut changes).await;
    assert_eq!(
        (destination, &digest, outcome),
        (registry(PROD, WEST), &pushed, ReplicationOutcome::Complete)
    );
    assert_eq!(status(&fixture, "prod-microservice", &pushed).await[0]["status"], "COMPLETE");

    let prod = Data::of(&fixture.sandbox, PROD, WEST);
    let response = prod.get("prod-microservice/manifests/21").await;
    assert_eq!(header(&response, "docker-content-digest"), pushed);
    assert_eq!(response.text().await.unwrap(), text);
    let layer = format!("prod-microservice/blobs/{}", crate::control_client::digest(b"layer of a"));
    assert_eq!(prod.head(&layer).await.status(), 200);
    let catalog = prod.get("_catalog").await.text().await.unwrap();
    assert_eq!(catalog, "{\"repositories\":[\"prod-microservice\"]}", "nothing of dev-microservice leaks");
    assert!(
        status(&fixture, "dev-microservice", &pushed_of(&dev, "dev-microservice", "42").await)
            .await
            .as_array()
            .unwrap()
            .is_empty()
    );
    let created = json!({"repositoryNames": ["prod-microservice"]});
    let created = fixture.call_in(PROD, WEST, "DescribeRepositories", created).await.ok();
    assert_eq!(created["repositories"][0]["imageTagMutability"], "MUTABLE", "auto-created with defaults");
}

pub(crate) async fn pushed_of(data: &Data, repository: &str, tag: &str) -> String {
    let response = data.head(&format!("{repository}/manifests/{tag}")).await;
    header(&response, "docker-content-digest").to_owned()
}

#[tokio::test]
async fn it_is_in_progress_until_the_delay_has_passed() {
    let fixture = Fixture::start().await;
    fixture.create("mservice").await;
    fixture.sandbox.set_replication_delay(Duration::from_secs(60));
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (_, pushed) = dev.image("mservice", "a", "42").await;
    assert_eq!(status(&fixture, "mservice", &pushed).await[0]["status"], "IN_PROGRESS");
    assert_eq!(Data::of(&fixture.sandbox, DEV, IRELAND).head("mservice/manifests/42").await.status(), 404);
    fixture.clock.advance(Duration::from_secs(60));
    assert_eq!(replicated(&mut changes).await.2, ReplicationOutcome::Complete, "no policy needed in-account");
    assert_eq!(Data::of(&fixture.sandbox, DEV, IRELAND).head("mservice/manifests/42").await.status(), 200);
}

#[tokio::test]
async fn only_what_is_pushed_after_the_rule_is_replicated() {
    let fixture = Fixture::start().await;
    fixture.create("mservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (_, before) = dev.image("mservice", "before", "1").await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    let (_, after) = dev.image("mservice", "after", "2").await;
    assert_eq!(replicated(&mut changes).await.1, after);
    let ireland = Data::of(&fixture.sandbox, DEV, IRELAND);
    assert_eq!(ireland.head(&format!("mservice/manifests/{before}")).await.status(), 404);
}

#[tokio::test]
async fn a_replica_does_not_travel_on() {
    let fixture = Fixture::start().await;
    fixture.create("mservice").await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    configure(&fixture, DEV, IRELAND, vec![rule(DEV, "us-east-2", &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    Data::of(&fixture.sandbox, DEV, WEST).image("mservice", "a", "1").await;
    assert_eq!(replicated(&mut changes).await.0, registry(DEV, IRELAND));
    // A later push to Ireland itself does replicate: if the replica had, it would come first.
    let (_, direct) = Data::of(&fixture.sandbox, DEV, IRELAND).image("mservice", "direct", "2").await;
    let (destination, digest, _) = replicated(&mut changes).await;
    assert_eq!((destination, digest), (registry(DEV, "us-east-2"), direct));
    let east = Data::of(&fixture.sandbox, DEV, "us-east-2");
    assert_eq!(east.head("mservice/manifests/1").await.status(), 404);
}

#[tokio::test]
async fn without_a_policy_it_fails_and_mending_the_policy_heals_nothing() {
    let fixture = Fixture::start().await;
    fixture.create("prod-microservice").await;
    configure(&fixture, DEV, WEST, vec![rule(PROD, WEST, &["prod-"])]).await;
    let mut changes = fixture.sandbox.subscribe();
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (text, first) = dev.image("prod-microservice", "a", "21").await;
    assert_eq!(failed(&replicated(&mut changes).await.2), "DESTINATION_REGISTRY_ACCESS_DENIED");
    let found = status(&fixture, "prod-microservice", &first).await;
    assert_eq!(
        (&found[0]["status"], &found[0]["failureCode"]),
        (&json!("FAILED"), &json!("DESTINATION_REGISTRY_ACCESS_DENIED"))
    );

    allow(&fixture, &BOTH).await;
    let (_, second) = dev.image("prod-microservice", "b", "22").await;
    assert_eq!(replicated(&mut changes).await.1, second, "the first one is not tried again");
    assert_eq!(status(&fixture, "prod-microservice", &first).await[0]["status"], "FAILED");
    let prod = Data::of(&fixture.sandbox, PROD, WEST);
    assert_eq!(prod.head("prod-microservice/manifests/21").await.status(), 404);
    assert_eq!(dev.put("prod-microservice", "21-again", OCI_MANIFEST, &text).await.status(), 201);
    assert_eq!(replicated(&mut changes).await.2, ReplicationOutcome::Complete, "a new push helps");
    assert_eq!(status(&fixture, "prod-microservice", &first).await[0]["status"], "COMPLETE");
}

#[tokio::test]
async fn without_create_repository_the_repository_must_be_there() {
    let fixture = Fixture::start().await;
    fixture.create("prod-microservice").await;
    configure(&fixture, DEV, WEST, vec![rule(PROD, WEST, &["prod-"])]).await;
    allow(&fixture, &["ecr:ReplicateImage"]).await;
    let mut changes = fixture.sandbox.subscribe();
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    dev.image("prod-microservice", "a", "21").await;
    assert_eq!(failed(&replicated(&mut changes).await.2), "REPOSITORY_NOT_FOUND");
    let input = json!({"repositoryName": "prod-microservice"});
    fixture.call_in(PROD, WEST, "CreateRepository", input).await.ok();
    dev.image("prod-microservice", "b", "22").await;
    assert_eq!(replicated(&mut changes).await.2, ReplicationOutcome::Complete);
}

#[tokio::test]
async fn taking_the_permission_away_does_not_stop_what_is_under_way() {
    let fixture = Fixture::start().await;
    fixture.create("prod-microservice").await;
    fixture.sandbox.set_replication_delay(Duration::from_secs(60));
    configure(&fixture, DEV, WEST, vec![rule(PROD, WEST, &[])]).await;
    allow(&fixture, &BOTH).await;
    let mut changes = fixture.sandbox.subscribe();
    Data::of(&fixture.sandbox, DEV, WEST).image("prod-microservice", "a", "21").await;
    fixture.call_in(PROD, WEST, "DeleteRegistryPolicy", json!({})).await.ok();
    fixture.clock.advance(Duration::from_secs(60));
    assert_eq!(replicated(&mut changes).await.2, ReplicationOutcome::Complete);
}

#[tokio::test]
async fn an_index_arrives_with_its_manifests_even_those_pushed_before_the_rule() {
    let fixture = Fixture::start().await;
    fixture.create("mservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (index, child) = dev.index("mservice", "a", "1").await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    let text = dev.get("mservice/manifests/1").await.text().await.unwrap();
    assert_eq!(dev.put("mservice", "2", crate::control_client::OCI_INDEX, &text).await.status(), 201);
    assert_eq!(replicated(&mut changes).await.1, index);
    let ireland = Data::of(&fixture.sandbox, DEV, IRELAND);
    assert_eq!(ireland.head("mservice/manifests/2").await.status(), 200);
    assert_eq!(ireland.head(&format!("mservice/manifests/{child}")).await.status(), 200);
    assert_eq!(ireland.head(&format!("mservice/blobs/{}", digest(b"layer of a"))).await.status(), 200);
}

#[tokio::test]
async fn where_the_tag_is_immutable_and_taken_the_image_arrives_without_it() {
    let fixture = Fixture::start().await;
    fixture.create("mservice").await;
    let input = json!({"repositoryName": "mservice", "imageTagMutability": "IMMUTABLE"});
    fixture.call_in(DEV, IRELAND, "CreateRepository", input).await.ok();
    let ireland = Data::of(&fixture.sandbox, DEV, IRELAND);
    let (_, theirs) = ireland.image("mservice", "theirs", "1").await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    let (_, ours) = Data::of(&fixture.sandbox, DEV, WEST).image("mservice", "ours", "1").await;
    assert_eq!(replicated(&mut changes).await.2, ReplicationOutcome::Complete);
    assert_eq!(pushed_of(&ireland, "mservice", "1").await, theirs);
    assert_eq!(ireland.head(&format!("mservice/manifests/{ours}")).await.status(), 200);
}

#[tokio::test]
async fn a_region_that_is_not_opted_in_and_an_unknown_account_fail() {
    let fixture = Fixture::start().await;
    fixture.create("mservice").await;
    let (account, region) = (DEV.parse().unwrap(), IRELAND.parse().unwrap());
    fixture.sandbox.set_opted_in(&account, &region, false).await.unwrap();
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[]), rule("999988887777", WEST, &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    Data::of(&fixture.sandbox, DEV, WEST).image("mservice", "a", "1").await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        let (destination, _, outcome) = replicated(&mut changes).await;
        codes.push((destination.account.to_string(), failed(&outcome).to_owned()));
    }
    codes.sort();
    assert_eq!(
        codes,
        [
            (DEV.to_owned(), "REGION_NOT_ENABLED".to_owned()),
            ("999988887777".to_owned(), "DESTINATION_REGISTRY_ACCESS_DENIED".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_new_tag_on_an_old_manifest_replicates_as_switched() {
    for replicates in [true, false] {
        let switches = Switches { tag_only_put_replicates: replicates, ..Switches::default() };
        let fixture = Fixture::with(switches).await;
        fixture.create("mservice").await;
        let dev = Data::of(&fixture.sandbox, DEV, WEST);
        let (text, old) = dev.image("mservice", "a", "1").await;
        configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
        let mut changes = fixture.sandbox.subscribe();
        assert_eq!(dev.put("mservice", "2", OCI_MANIFEST, &text).await.status(), 201);
        let (_, new) = dev.image("mservice", "b", "3").await;
        let mut arrived = vec![replicated(&mut changes).await.1];
        if replicates {
            arrived.push(replicated(&mut changes).await.1);
        }
        assert_eq!(arrived.contains(&old), replicates);
        assert!(arrived.contains(&new));
    }
}

#[tokio::test]
async fn manifests_with_a_subject_replicate_as_switched() {
    assert!(Switches::default().referrers_replicate, "as they have since June 2024");
    for replicates in [true, false] {
        let fixture =
            Fixture::with(Switches { referrers_replicate: replicates, ..Switches::default() }).await;
        fixture.create("mservice").await;
        configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
        let mut changes = fixture.sandbox.subscribe();
        let dev = Data::of(&fixture.sandbox, DEV, WEST);
        let (text, subject) = dev.image("mservice", "a", "1").await;
        let mut signature: Value = serde_json::from_str(&text).unwrap();
        signature["artifactType"] = json!("application/signature");
        signature["subject"] = json!({"mediaType": OCI_MANIFEST, "digest": subject, "size": text.len()});
        let signature = signature.to_string();
        let referrer = digest(signature.as_bytes());
        assert_eq!(dev.put("mservice", &referrer, OCI_MANIFEST, &signature).await.status(), 201);
        let (_, last) = dev.image("mservice", "last", "2").await;
        let mut arrived = Vec::new();
        for _ in 0..if replicates { 3 } else { 2 } {
            arrived.push(replicated(&mut changes).await.1);
        }
        assert_eq!(arrived.contains(&referrer), replicates);
        assert!(arrived.contains(&subject) && arrived.contains(&last));
        let statuses = status(&fixture, "mservice", &referrer).await;
        assert_eq!(statuses.as_array().unwrap().is_empty(), !replicates);
    }
}

#[tokio::test]
async fn a_configuration_takes_effect_after_the_switched_delay() {
    let switches = Switches { configuration_delay: Duration::from_secs(30), ..Switches::default() };
    let fixture = Fixture::with(switches).await;
    fixture.create("mservice").await;
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let mut changes = fixture.sandbox.subscribe();
    dev.image("mservice", "early", "1").await;
    fixture.clock.advance(Duration::from_secs(30));
    let (_, late) = dev.image("mservice", "late", "2").await;
    assert_eq!(replicated(&mut changes).await.1, late);
    let ireland = Data::of(&fixture.sandbox, DEV, IRELAND);
    assert_eq!(ireland.head("mservice/manifests/1").await.status(), 404);
}

#[tokio::test]
async fn what_was_in_progress_goes_on_after_a_restart() {
    let fixture = Fixture::start().await;
    fixture.create("mservice").await;
    fixture.sandbox.set_replication_delay(Duration::from_secs(60));
    configure(&fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    let (_, pushed) = Data::of(&fixture.sandbox, DEV, WEST).image("mservice", "a", "1").await;
    let fixture = fixture.restart().await;
    let mut changes = fixture.sandbox.subscribe();
    assert_eq!(status(&fixture, "mservice", &pushed).await[0]["status"], "IN_PROGRESS");
    fixture.clock.advance(Duration::from_secs(60));
    loop {
        if let Change::ReplicationFinished { outcome, .. } = changes.recv().await.unwrap() {
            assert_eq!(outcome, ReplicationOutcome::Complete);
            break;
        }
    }
    assert_eq!(Data::of(&fixture.sandbox, DEV, IRELAND).head("mservice/manifests/1").await.status(), 200);
}

//! `deleteReplication`, one test per fact of the User Guide's page "replication-delete".

use std::time::Duration;

use longshore_sandbox::Change;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use crate::{
    control_client::{DEV, Fixture, OCI_MANIFEST, PROD, WEST},
    data_client::{Data, replicated},
};

const IRELAND: &str = "eu-west-1";

fn rule(account: &str, region: &str, deletes: Option<bool>) -> Value {
    let mut rule = json!({"destinations": [{"region": region, "registryId": account}]});
    if let Some(enabled) = deletes {
        rule["deleteReplication"] = json!({"enabled": enabled});
    }
    rule
}

async fn configure(fixture: &Fixture, rules: Value) {
    let input = json!({"replicationConfiguration": {"rules": rules}});
    fixture.call("PutReplicationConfiguration", input).await.ok();
}

/// Dev with a repository that replicates to Ireland, deletions too.
async fn start() -> (Fixture, Data, Data) {
    let fixture = Fixture::start().await;
    fixture.create("app").await;
    configure(&fixture, json!([rule(DEV, IRELAND, Some(true))])).await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let ireland = Data::of(&fixture.sandbox, DEV, IRELAND);
    (fixture, dev, ireland)
}

async fn delete(fixture: &Fixture, ids: Value) -> Value {
    let input = json!({"repositoryName": "app", "imageIds": ids});
    let answer = fixture.call("BatchDeleteImage", input).await.ok();
    assert_eq!(answer["failures"], json!([]));
    answer
}

/// What the next destination deleted: its tags and its images.
async fn followed(changes: &mut Receiver<Change>) -> (Vec<String>, Vec<String>) {
    loop {
        if let Change::DeletionReplicated { tags, images, .. } = changes.recv().await.unwrap() {
            let tags = tags.iter().map(ToString::to_string).collect();
            return (tags, images.iter().map(ToString::to_string).collect());
        }
    }
}

async fn there(data: &Data, reference: &str) -> bool {
    data.head(&format!("app/manifests/{reference}")).await.status() == 200
}

#[tokio::test]
async fn a_removed_tag_goes_at_the_destination_and_its_image_stays() {
    let (fixture, dev, ireland) = start().await;
    let mut changes = fixture.sandbox.subscribe();
    let (text, digest) = dev.image("app", "a", "1").await;
    dev.put("app", "2", OCI_MANIFEST, &text).await;
    for _ in 0..2 {
        replicated(&mut changes).await;
    }
    delete(&fixture, json!([{"imageTag": "1"}])).await;
    assert_eq!(followed(&mut changes).await, (vec!["1".to_owned()], vec![]));
    assert!(!there(&ireland, "1").await);
    assert!(there(&ireland, "2").await && there(&ireland, &digest).await);
}

#[tokio::test]
async fn the_last_tag_takes_the_image_and_every_tag_of_it_at_the_destination() {
    let (fixture, dev, ireland) = start().await;
    let mut changes = fixture.sandbox.subscribe();
    let (text, digest) = dev.image("app", "a", "1").await;
    replicated(&mut changes).await;
    // A tag that only the destination has.
    assert_eq!(ireland.put("app", "theirs", OCI_MANIFEST, &text).await.status(), 201);
    delete(&fixture, json!([{"imageTag": "1"}])).await;
    assert_eq!(followed(&mut changes).await, (vec![], vec![digest.clone()]));
    for reference in ["1", "theirs", &digest] {
        assert!(!there(&ireland, reference).await, "{reference}");
    }
}

#[tokio::test]
async fn a_deletion_by_digest_takes_the_image_with_its_tags() {
    let (fixture, dev, ireland) = start().await;
    let mut changes = fixture.sandbox.subscribe();
    let (_, digest) = dev.image("app", "a", "1").await;
    let (_, other) = dev.image("app", "b", "2").await;
    for _ in 0..2 {
        replicated(&mut changes).await;
    }
    delete(&fixture, json!([{"imageDigest": digest}])).await;
    assert_eq!(followed(&mut changes).await.1, std::slice::from_ref(&digest));
    assert!(!there(&ireland, "1").await && !there(&ireland, &digest).await);
    assert!(there(&ireland, &other).await);
}

#[tokio::test]
async fn without_delete_replication_the_destination_keeps_everything() {
    for deletes in [None, Some(false)] {
        let (fixture, dev, ireland) = start().await;
        // East replicates the deletion, which shows when it is done; Ireland does not.
        configure(&fixture, json!([rule(DEV, IRELAND, deletes), rule(DEV, "us-east-2", Some(true))])).await;
        let mut changes = fixture.sandbox.subscribe();
        let (_, digest) = dev.image("app", "a", "1").await;
        for _ in 0..2 {
            replicated(&mut changes).await;
        }
        delete(&fixture, json!([{"imageDigest": digest}])).await;
        assert_eq!(followed(&mut changes).await.1, std::slice::from_ref(&digest));
        assert!(!there(&Data::of(&fixture.sandbox, DEV, "us-east-2"), "1").await);
        assert!(there(&ireland, "1").await, "{deletes:?}");
    }
}

#[tokio::test]
async fn a_tag_that_names_another_image_at_the_destination_stays() {
    let (fixture, dev, ireland) = start().await;
    let mut changes = fixture.sandbox.subscribe();
    let (text, _) = dev.image("app", "a", "1").await;
    dev.put("app", "2", OCI_MANIFEST, &text).await;
    for _ in 0..2 {
        replicated(&mut changes).await;
    }
    let (_, theirs) = ireland.image("app", "theirs", "1").await;
    delete(&fixture, json!([{"imageTag": "1"}])).await;
    assert_eq!(followed(&mut changes).await, (vec![], vec![]));
    assert!(there(&ireland, "1").await && there(&ireland, &theirs).await);
}

#[tokio::test]
async fn what_is_at_the_source_again_is_not_deleted_at_the_destination() {
    let (fixture, dev, ireland) = start().await;
    let mut changes = fixture.sandbox.subscribe();
    let (text, digest) = dev.image("app", "a", "1").await;
    replicated(&mut changes).await;
    fixture.sandbox.set_replication_delay(Duration::from_secs(60));
    delete(&fixture, json!([{"imageTag": "1"}])).await;
    assert!(!there(&dev, &digest).await);
    assert_eq!(dev.put("app", "1", OCI_MANIFEST, &text).await.status(), 201);
    fixture.clock.advance(Duration::from_secs(60));
    assert_eq!(followed(&mut changes).await, (vec![], vec![]));
    assert!(there(&ireland, "1").await && there(&ireland, &digest).await);
}

#[tokio::test]
async fn another_account_follows_as_its_policy_allows() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"], "Resource": "*"}]});
    let (fixture, dev, _) = start().await;
    configure(&fixture, json!([rule(PROD, WEST, Some(true))])).await;
    let put = json!({"policyText": policy.to_string()});
    fixture.call_in(PROD, WEST, "PutRegistryPolicy", put.clone()).await.ok();
    let prod = Data::of(&fixture.sandbox, PROD, WEST);
    let mut changes = fixture.sandbox.subscribe();
    let (_, first) = dev.image("app", "a", "1").await;
    let (_, second) = dev.image("app", "b", "2").await;
    for _ in 0..2 {
        replicated(&mut changes).await;
    }
    fixture.call_in(PROD, WEST, "DeleteRegistryPolicy", json!({})).await.ok();
    delete(&fixture, json!([{"imageDigest": first}])).await;
    assert_eq!(followed(&mut changes).await, (vec![], vec![]));
    assert!(there(&prod, "1").await);
    fixture.call_in(PROD, WEST, "PutRegistryPolicy", put).await.ok();
    delete(&fixture, json!([{"imageDigest": second}])).await;
    assert_eq!(followed(&mut changes).await.1, std::slice::from_ref(&second));
    assert!(!there(&prod, "2").await);
}

#[tokio::test]
async fn a_deletion_under_way_goes_on_after_a_restart_and_comes_after_the_copy() {
    let (fixture, dev, _) = start().await;
    fixture.sandbox.set_replication_delay(Duration::from_secs(60));
    let mut changes = fixture.sandbox.subscribe();
    let (text, digest) = dev.image("app", "a", "1").await;
    dev.put("app", "2", OCI_MANIFEST, &text).await;
    delete(&fixture, json!([{"imageTag": "1"}])).await;
    drop(changes);
    let fixture = fixture.restart().await;
    changes = fixture.sandbox.subscribe();
    fixture.clock.advance(Duration::from_secs(60));
    assert_eq!(followed(&mut changes).await.0, ["1"]);
    let ireland = Data::of(&fixture.sandbox, DEV, IRELAND);
    assert!(!there(&ireland, "1").await);
    assert!(there(&ireland, "2").await && there(&ireland, &digest).await);
}

#[tokio::test]
async fn a_deletion_that_was_replicated_does_not_travel_on() {
    let (fixture, dev, _) = start().await;
    let onward = json!({"replicationConfiguration": {"rules": [rule(DEV, "us-east-2", Some(true))]}});
    let mut changes = fixture.sandbox.subscribe();
    let (text, digest) = dev.image("app", "a", "1").await;
    replicated(&mut changes).await;
    fixture.call_in(DEV, IRELAND, "PutReplicationConfiguration", onward).await.ok();
    let ireland = Data::of(&fixture.sandbox, DEV, IRELAND);
    assert_eq!(ireland.put("app", "theirs", OCI_MANIFEST, &text).await.status(), 201);
    replicated(&mut changes).await;
    delete(&fixture, json!([{"imageDigest": digest}])).await;
    assert_eq!(followed(&mut changes).await.1, std::slice::from_ref(&digest));
    // If that deletion were replicated onward, its event would come before this one.
    let (_, own) = ireland.image("app", "own", "own").await;
    replicated(&mut changes).await;
    let input = json!({"repositoryName": "app", "imageIds": [{"imageDigest": own}]});
    fixture.call_in(DEV, IRELAND, "BatchDeleteImage", input).await.ok();
    assert_eq!(followed(&mut changes).await.1, [own]);
    assert!(there(&Data::of(&fixture.sandbox, DEV, "us-east-2"), "theirs").await);
}

#[tokio::test]
async fn what_a_life_cycle_policy_expires_goes_at_the_destination_too() {
    let (fixture, dev, ireland) = start().await;
    let rule = |priority: u32, selection: Value| json!({"rulePriority": priority, "selection": selection, "action": {"type": "expire"}});
    let newest = json!({"tagStatus": "tagged", "tagPrefixList": ["build-"], "countType": "imageCountMoreThan", "countNumber": 1});
    let old =
        json!({"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 30});
    let text = json!({"rules": [rule(2, old), rule(1, newest)]}).to_string();
    let input = json!({"repositoryName": "app", "lifecyclePolicyText": text});
    fixture.call("PutLifecyclePolicy", input).await.ok();
    let mut changes = fixture.sandbox.subscribe();
    let mut digests = Vec::new();
    for tag in ["build-1", "release", "build-2"] {
        let (_, digest) = dev.image("app", tag, tag).await;
        replicated(&mut changes).await;
        fixture.clock.advance(Duration::from_secs(60));
        digests.push(digest);
    }
    let (west, app) = (crate::data_client::registry(DEV, WEST), "app".parse().unwrap());
    let expire = async || -> Vec<String> {
        let expired = fixture.sandbox.expire(&west, &app).await.unwrap();
        expired.iter().map(ToString::to_string).collect()
    };
    assert_eq!(expire().await, [digests[0].clone()], "the older build");
    assert_eq!(followed(&mut changes).await.1, [digests[0].clone()]);
    assert!(!there(&ireland, "build-1").await && there(&ireland, "release").await);
    assert!(expire().await.is_empty(), "it has been");
    fixture.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(expire().await, [digests[1].clone()], "the newest build is the first rule's to keep");
    assert_eq!(followed(&mut changes).await.1, [digests[1].clone()]);
    let ireland = Data::of(&fixture.sandbox, DEV, IRELAND);
    assert!(!there(&ireland, "release").await && there(&ireland, "build-2").await);
}

//! Repositories that a push creates by a template.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    control_client::{DEV, Fixture, PROD, WEST},
    data_client::{Data, error},
};

async fn template(fixture: &Fixture, prefix: &str, more: Value) {
    let mut template =
        json!({"prefix": prefix, "appliedFor": ["CREATE_ON_PUSH"], "imageTagMutability": "IMMUTABLE"});
    template.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fixture.call("CreateRepositoryCreationTemplate", template).await.ok();
}

async fn exists(fixture: &Fixture, name: &str) -> bool {
    fixture.call("DescribeRepositories", json!({"repositoryNames": [name]})).await.status == 200
}

#[tokio::test]
async fn a_push_creates_what_a_template_covers_and_nothing_else() {
    let fixture = Fixture::start().await;
    template(&fixture, "team", json!({})).await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    assert_eq!(dev.head("team/app/manifests/1").await.status(), 404);
    assert!(!exists(&fixture, "team/app").await, "reading creates nothing");
    dev.image("team/app", "a", "1").await;
    let found = fixture.call("DescribeRepositories", json!({"repositoryNames": ["team/app"]})).await.ok();
    assert_eq!(found["repositories"][0]["imageTagMutability"], "IMMUTABLE");
    let refused = dev.send(Method::POST, "other/app/blobs/uploads/", "").await;
    assert_eq!(error(refused).await.1, "NAME_UNKNOWN", "there are no defaults");
    let created: Vec<_> = fixture
        .sandbox
        .writes()
        .into_iter()
        .filter(|written| written.operation == "CreateRepository")
        .map(|written| written.repository.unwrap().to_string())
        .collect();
    assert_eq!(created, ["team/app"]);

    fixture.call("InitiateLayerUpload", json!({"repositoryName": "team/by-api"})).await.ok();
    assert!(exists(&fixture, "team/by-api").await);
    let answer = fixture.call("InitiateLayerUpload", json!({"repositoryName": "other/by-api"})).await;
    assert_eq!(answer.code(), "RepositoryNotFoundException");
}

#[tokio::test]
async fn it_needs_the_role_of_the_template_and_the_permission_of_the_caller() {
    let fixture = Fixture::start().await;
    template(&fixture, "tagged", json!({"resourceTags": [{"Key": "team", "Value": "a"}]})).await;
    template(&fixture, "team", json!({})).await;
    let answer = fixture.call("InitiateLayerUpload", json!({"repositoryName": "tagged/app"})).await;
    assert_eq!(answer.code(), "RepositoryNotFoundException");

    let allow = async |actions: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*",
            "Principal": {"AWS": PROD}, "Action": actions}});
        fixture.call("PutRegistryPolicy", json!({"policyText": policy.to_string()})).await.ok();
    };
    let theirs = json!({"registryId": DEV, "repositoryName": "team/app"});
    let push = async || fixture.call_in(PROD, WEST, "InitiateLayerUpload", theirs.clone()).await;
    allow(json!(["ecr:InitiateLayerUpload"])).await;
    assert_eq!(push().await.code(), "RepositoryNotFoundException");
    allow(json!(["ecr:InitiateLayerUpload", "ecr:CreateRepository"])).await;
    push().await.ok();
}

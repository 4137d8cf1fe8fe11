//! Repositories, their settings and their resource tags.

use longshore_sandbox::Change;
use serde_json::{Value, json};

use crate::control_client::{DEV, Fixture, WEST};

#[tokio::test]
async fn a_repository_is_created_described_and_deleted() {
    let fixture = Fixture::start().await;
    let mut changes = fixture.sandbox.subscribe();
    let created =
        fixture.call("CreateRepository", json!({ "repositoryName": "team/dev-microservice" })).await.ok();
    let repository = &created["repository"];
    assert_eq!(
        repository["repositoryArn"],
        "arn:aws:ecr:us-west-2:111122223333:repository/team/dev-microservice"
    );
    assert_eq!(repository["registryId"], DEV);
    assert_eq!(repository["imageTagMutability"], "MUTABLE");
    assert_eq!(repository["imageScanningConfiguration"], json!({ "scanOnPush": false }));
    assert_eq!(repository["encryptionConfiguration"], json!({ "encryptionType": "AES256" }));
    assert_eq!(repository["createdAt"], fixture.clock.now().timestamp() as f64);
    let id = longshore_names::RegistryId::new(DEV.parse().unwrap(), WEST.parse().unwrap());
    let url = fixture.sandbox.ready().registry_url(&id).unwrap().replace("http://", "");
    assert_eq!(repository["repositoryUri"], format!("{url}/team/dev-microservice"));
    assert!(matches!(changes.recv().await.unwrap(), Change::RepositoryCreated { .. }));

    let (code, message) =
        fixture.call("CreateRepository", json!({ "repositoryName": "team/dev-microservice" })).await.error();
    assert_eq!(code, "RepositoryAlreadyExistsException");
    assert_eq!(
        message,
        "The repository with name 'team/dev-microservice' already exists in the registry with id '111122223333'"
    );
    let described = fixture.call("DescribeRepositories", json!({})).await.ok();
    assert_eq!(described["repositories"], json!([repository]));

    let deleted =
        fixture.call("DeleteRepository", json!({ "repositoryName": "team/dev-microservice" })).await.ok();
    assert_eq!(deleted["repository"]["repositoryName"], "team/dev-microservice");
    assert!(matches!(changes.recv().await.unwrap(), Change::RepositoryDeleted { .. }));
    let (code, message) =
        fixture.call("DeleteRepository", json!({ "repositoryName": "team/dev-microservice" })).await.error();
    assert_eq!(code, "RepositoryNotFoundException");
    assert_eq!(
        message,
        "The repository with name 'team/dev-microservice' does not exist in the registry with id '111122223333'"
    );
}

#[tokio::test]
async fn a_repository_with_images_goes_by_force_only() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    fixture.image("dev-microservice", "a", Some("42")).await;
    let (code, message) =
        fixture.call("DeleteRepository", json!({ "repositoryName": "dev-microservice" })).await.error();
    assert_eq!(code, "RepositoryNotEmptyException");
    assert_eq!(
        message,
        "The repository with name 'dev-microservice' in registry with id '111122223333' cannot be deleted because it still contains images"
    );
    fixture
        .call("DeleteRepository", json!({ "repositoryName": "dev-microservice", "force": true }))
        .await
        .ok();
    let input = json!({ "repositoryNames": ["dev-microservice"] });
    assert_eq!(fixture.call("DescribeRepositories", input).await.code(), "RepositoryNotFoundException");
}

#[tokio::test]
async fn names_are_checked_by_the_model() {
    let fixture = Fixture::start().await;
    for name in ["a", "PROD", "prod*", "/prod", "prod//x", " prod", "prod-", &"a".repeat(257)] {
        let (code, message) =
            fixture.call("CreateRepository", json!({ "repositoryName": name })).await.error();
        assert_eq!(code, "InvalidParameterException", "{name}");
        let begin = "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must ";
        assert!(message.starts_with(begin), "{message}");
    }
    for name in ["prod__x", "a.b", "team/prod-microservice", "0a", &"a".repeat(256)] {
        fixture.create(name).await;
    }
}

#[tokio::test]
async fn pages_of_repositories_join_up() {
    let fixture = Fixture::start().await;
    for n in 0..7 {
        fixture.create(&format!("repository-{n}")).await;
    }
    let (mut names, mut token): (Vec<String>, Value) = (Vec::new(), Value::Null);
    loop {
        let answer =
            fixture.call("DescribeRepositories", json!({ "maxResults": 3, "nextToken": token })).await.ok();
        let page = answer["repositories"].as_array().unwrap();
        assert!(page.len() <= 3);
        names.extend(page.iter().map(|r| r["repositoryName"].as_str().unwrap().to_owned()));
        token = answer["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(names, (0..7).map(|n| format!("repository-{n}")).collect::<Vec<_>>());

    let first = fixture.call("DescribeRepositories", json!({ "maxResults": 3 })).await.ok();
    let elsewhere = json!({ "nextToken": first["nextToken"] });
    let answer = fixture.call_in(DEV, "eu-west-1", "DescribeRepositories", elsewhere).await;
    assert_eq!(answer.code(), "InvalidParameterException", "a token of another registry");
    for wrong in [json!(0), json!(1001)] {
        let answer = fixture.call("DescribeRepositories", json!({ "maxResults": wrong })).await;
        assert_eq!(answer.code(), "InvalidParameterException");
    }
    let both = json!({ "repositoryNames": ["repository-1"], "maxResults": 1 });
    assert_eq!(fixture.call("DescribeRepositories", both).await.code(), "InvalidParameterException");
    let many: Vec<String> = (0..101).map(|n| format!("repository-{n}")).collect();
    let answer = fixture.call("DescribeRepositories", json!({ "repositoryNames": many })).await;
    assert_eq!(answer.code(), "InvalidParameterException");
}

#[tokio::test]
async fn mutability_with_exclusions_needs_filters_and_others_take_none() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let put = async |mutability: &str, filters: Value| {
        let input = json!({
            "repositoryName": "dev-microservice", "imageTagMutability": mutability,
            "imageTagMutabilityExclusionFilters": filters,
        });
        fixture.call("PutImageTagMutability", input).await
    };
    let filter = |text: &str| json!({ "filterType": "WILDCARD", "filter": text });
    let answer = put("IMMUTABLE_WITH_EXCLUSION", json!([filter("latest*")])).await.ok();
    assert_eq!(answer["imageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
    assert_eq!(answer["imageTagMutabilityExclusionFilters"], json!([filter("latest*")]));
    for (mutability, filters) in [
        ("IMMUTABLE_WITH_EXCLUSION", Value::Null),
        ("IMMUTABLE_WITH_EXCLUSION", json!([])),
        ("IMMUTABLE_WITH_EXCLUSION", json!(["1", "2", "3", "4", "5", "6"].map(filter))),
        ("IMMUTABLE_WITH_EXCLUSION", json!([filter("a b")])),
        ("IMMUTABLE_WITH_EXCLUSION", json!([{ "filterType": "REGEX", "filter": "a" }])),
        ("IMMUTABLE", json!([filter("latest")])),
        ("FROZEN", Value::Null),
    ] {
        let answer = put(mutability, filters.clone()).await;
        assert_eq!(answer.code(), "InvalidParameterException", "{mutability} {filters}");
    }

    fixture.image("dev-microservice", "a", Some("42")).await;
    fixture.image("dev-microservice", "a", Some("latest")).await;
    let (manifest, _) = fixture.image("dev-microservice", "b", Some("latest")).await;
    let (code, message) = fixture.put("dev-microservice", &manifest, Some("42")).await.error();
    assert_eq!(code, "ImageTagAlreadyExistsException");
    assert_eq!(
        message,
        "The image tag '42' already exists in the 'dev-microservice' repository and cannot be overwritten because the tag is immutable."
    );
    let described = fixture.call("DescribeRepositories", json!({})).await.ok();
    assert_eq!(described["repositories"][0]["imageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
}

#[tokio::test]
async fn settings_survive_a_restart() {
    let fixture = Fixture::start().await;
    let input = json!({
        "repositoryName": "dev-microservice", "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": { "scanOnPush": true },
        "encryptionConfiguration": { "encryptionType": "KMS" },
        "tags": [{ "Key": "team", "Value": "a" }],
    });
    let created = fixture.call("CreateRepository", input).await.ok();
    let key = "arn:aws:kms:us-west-2:111122223333:alias/aws/ecr";
    assert_eq!(
        created["repository"]["encryptionConfiguration"],
        json!({ "encryptionType": "KMS", "kmsKey": key })
    );
    let scanning = json!({
        "repositoryName": "dev-microservice", "imageScanningConfiguration": { "scanOnPush": false },
    });
    let answer = fixture.call("PutImageScanningConfiguration", scanning).await.ok();
    assert_eq!(answer["imageScanningConfiguration"], json!({ "scanOnPush": false }));

    let fixture = fixture.restart().await;
    let described = fixture.call("DescribeRepositories", json!({})).await.ok();
    let repository = &described["repositories"][0];
    assert_eq!(repository["imageTagMutability"], "IMMUTABLE");
    assert_eq!(repository["imageScanningConfiguration"], json!({ "scanOnPush": false }));
    assert_eq!(repository["createdAt"], created["repository"]["createdAt"]);
    let arn = repository["repositoryArn"].clone();
    let tags = fixture.call("ListTagsForResource", json!({ "resourceArn": arn })).await.ok();
    assert_eq!(tags["tags"], json!([{ "Key": "team", "Value": "a" }]));
}

#[tokio::test]
async fn the_scanning_of_several_repositories_is_read_in_one_call() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let on_push =
        json!({ "repositoryName": "scanned", "imageScanningConfiguration": { "scanOnPush": true } });
    fixture.call("CreateRepository", on_push).await.ok();
    let names = json!({ "repositoryNames": ["dev-microservice", "scanned", "no-such"] });
    let answer = fixture.call("BatchGetRepositoryScanningConfiguration", names).await.ok();
    let read: Vec<_> = answer["scanningConfigurations"].as_array().unwrap().iter().collect();
    assert_eq!(read[0]["scanFrequency"], "MANUAL");
    assert_eq!(read[1]["scanFrequency"], "SCAN_ON_PUSH");
    assert_eq!(read[1]["scanOnPush"], true);
    assert_eq!(read.len(), 2);
    assert_eq!(answer["failures"][0]["repositoryName"], "no-such");
    assert_eq!(answer["failures"][0]["failureCode"], "REPOSITORY_NOT_FOUND");
    for wrong in [json!({}), json!({ "repositoryNames": [] }), json!({ "repositoryNames": vec!["a1"; 26] })] {
        let refused = fixture.call("BatchGetRepositoryScanningConfiguration", wrong).await;
        assert_eq!(refused.code(), "InvalidParameterException");
    }
}

#[tokio::test]
async fn resource_tags_are_added_replaced_and_removed() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let arn = "arn:aws:ecr:us-west-2:111122223333:repository/dev-microservice";
    let tag =
        async |tags: Value| fixture.call("TagResource", json!({ "resourceArn": arn, "tags": tags })).await;
    let list = async || {
        fixture.call("ListTagsForResource", json!({ "resourceArn": arn })).await.ok()["tags"].clone()
    };
    tag(json!([{ "Key": "team", "Value": "a" }, { "Key": "cost", "Value": "1" }])).await.ok();
    tag(json!([{ "Key": "team", "Value": "b" }])).await.ok();
    assert_eq!(list().await, json!([{ "Key": "cost", "Value": "1" }, { "Key": "team", "Value": "b" }]));
    fixture.call("UntagResource", json!({ "resourceArn": arn, "tagKeys": ["cost", "none"] })).await.ok();
    assert_eq!(list().await, json!([{ "Key": "team", "Value": "b" }]));

    let many: Vec<Value> = (0..50).map(|n| json!({ "Key": n.to_string(), "Value": "" })).collect();
    assert_eq!(tag(many.into()).await.code(), "TooManyTagsException");
    for wrong in [json!([{ "Key": "aws:x", "Value": "" }]), json!([{ "Key": "", "Value": "" }])] {
        assert_eq!(tag(wrong).await.code(), "InvalidTagParameterException");
    }
    assert_eq!(list().await, json!([{ "Key": "team", "Value": "b" }]), "a refused call changes nothing");
    for wrong in [
        "arn:aws:s3:::bucket",
        "arn:aws:ecr:eu-west-1:111122223333:repository/dev-microservice",
        "arn:aws-cn:ecr:us-west-2:111122223333:repository/dev-microservice",
    ] {
        let answer = fixture.call("ListTagsForResource", json!({ "resourceArn": wrong })).await;
        assert_eq!(answer.code(), "InvalidParameterException", "{wrong}");
    }
    let foreign = "arn:aws:ecr:us-west-2:444455556666:repository/dev-microservice";
    let answer = fixture.call("ListTagsForResource", json!({ "resourceArn": foreign })).await;
    assert_eq!(answer.code(), "AccessDeniedException");
}

/// Keeps the newest image, with these members in its selection too.
fn lifecycle(more: Value) -> String {
    let mut selection = json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1});
    selection.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}).to_string()
}

#[tokio::test]
async fn a_life_cycle_policy_is_kept_as_it_was_put_until_it_is_deleted() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let of_it = json!({ "repositoryName": "dev-microservice" });
    let (code, message) = fixture.call("GetLifecyclePolicy", of_it.clone()).await.error();
    assert_eq!(code, "LifecyclePolicyNotFoundException");
    assert_eq!(
        message,
        "Lifecycle policy does not exist for the repository with name 'dev-microservice' in the registry with id '111122223333'"
    );
    let text = format!("  {}\n", lifecycle(json!({})));
    let put = json!({ "repositoryName": "dev-microservice", "lifecyclePolicyText": text });
    let answer = json!({
        "registryId": DEV, "repositoryName": "dev-microservice", "lifecyclePolicyText": text
    });
    assert_eq!(fixture.call("PutLifecyclePolicy", put).await.ok(), answer);
    assert_eq!(fixture.call("GetLifecyclePolicy", of_it.clone()).await.ok(), answer);

    let fixture = fixture.restart().await;
    assert_eq!(fixture.call("GetLifecyclePolicy", of_it.clone()).await.ok(), answer);
    assert_eq!(fixture.call("DeleteLifecyclePolicy", of_it.clone()).await.ok(), answer);
    let again = fixture.call("DeleteLifecyclePolicy", of_it.clone()).await;
    assert_eq!(again.code(), "LifecyclePolicyNotFoundException");
    let fixture = fixture.restart().await;
    assert_eq!(fixture.call("GetLifecyclePolicy", of_it).await.code(), "LifecyclePolicyNotFoundException");
}

#[tokio::test]
async fn a_life_cycle_policy_that_ecr_would_not_take_is_refused_and_changes_nothing() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let put = |text: String| {
        fixture.call(
            "PutLifecyclePolicy",
            json!({ "repositoryName": "dev-microservice", "lifecyclePolicyText": text }),
        )
    };
    put(lifecycle(json!({}))).await.ok();
    let (code, message) = put(lifecycle(json!({ "countNumber": 0 }))).await.error();
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(
        message,
        "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: numeric instance is lower than the required minimum (minimum: 1, found: 0)'"
    );
    for (text, bound) in [("{}".to_owned(), "equal to 100'"), ("x".repeat(30_721), "equal to 30720'")] {
        let (code, message) = put(text).await.error();
        assert_eq!(code, "InvalidParameterException");
        assert!(message.contains("'lifecyclePolicyText'") && message.ends_with(bound), "{message}");
    }
    let kept = fixture.call("GetLifecyclePolicy", json!({ "repositoryName": "dev-microservice" })).await.ok();
    assert_eq!(kept["lifecyclePolicyText"], lifecycle(json!({})));

    let elsewhere = json!({ "repositoryName": "absent", "lifecyclePolicyText": lifecycle(json!({})) });
    assert_eq!(fixture.call("PutLifecyclePolicy", elsewhere).await.code(), "RepositoryNotFoundException");
    let foreign = json!({ "repositoryName": "dev-microservice", "registryId": "444455556666" });
    assert_eq!(fixture.call("GetLifecyclePolicy", foreign).await.code(), "AccessDeniedException");
}

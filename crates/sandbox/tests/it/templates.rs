//! Repository creation templates, one test per fact of the User Guide's page
//! "repository-creation-templates".

use serde_json::{Value, json};

use crate::{
    control_client::{Answer, DEV, Fixture, PROD, WEST},
    data_client::{Data, replicated},
    replication::{IRELAND, configure, rule},
};

const ROLE: &str = "arn:aws:iam::111122223333:role/ecr";

fn lifecycle() -> String {
    json!({"rules": [{"rulePriority": 1, "action": {"type": "expire"},
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}}]})
    .to_string()
}

fn policy() -> String {
    crate::repository_policy::statement(PROD, &json!(["ecr:BatchGetImage"]))
}

fn template(prefix: &str, more: Value) -> Value {
    let mut template = json!({"prefix": prefix, "appliedFor": ["REPLICATION"]});
    template.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    template
}

async fn create(fixture: &Fixture, template: Value) -> Answer {
    fixture.call_in(DEV, IRELAND, "CreateRepositoryCreationTemplate", template).await
}

async fn described(fixture: &Fixture, input: Value) -> Value {
    fixture.call_in(DEV, IRELAND, "DescribeRepositoryCreationTemplates", input).await.ok()
}

/// Pushes an image to Dev's repository, which replicates to Ireland, and returns the failure code.
async fn pushed(fixture: &Fixture, repository: &str) -> Option<String> {
    fixture.create(repository).await;
    configure(fixture, DEV, WEST, vec![rule(DEV, IRELAND, &[])]).await;
    let mut changes = fixture.sandbox.subscribe();
    Data::of(&fixture.sandbox, DEV, WEST).image(repository, repository, "1").await;
    match replicated(&mut changes).await.2 {
        longshore_sandbox::ReplicationOutcome::Complete => None,
        longshore_sandbox::ReplicationOutcome::Failed { code } => Some(code),
    }
}

async fn in_ireland(fixture: &Fixture, operation: &str, repository: &str) -> Answer {
    fixture.call_in(DEV, IRELAND, operation, json!({"repositoryName": repository})).await
}

#[tokio::test]
async fn replication_creates_repositories_as_the_template_says() {
    let fixture = Fixture::start().await;
    let settings = json!({
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
        "encryptionConfiguration": {"encryptionType": "KMS"},
        "resourceTags": [{"Key": "team", "Value": "a"}],
        "lifecyclePolicy": lifecycle(), "repositoryPolicy": policy(), "customRoleArn": ROLE,
    });
    create(&fixture, template("prod", settings)).await.ok();
    assert_eq!(pushed(&fixture, "prod/app").await, None);
    let found = json!({"repositoryNames": ["prod/app"]});
    let found = fixture.call_in(DEV, IRELAND, "DescribeRepositories", found).await.ok();
    let found = &found["repositories"][0];
    assert_eq!(found["imageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
    assert_eq!(found["imageTagMutabilityExclusionFilters"][0]["filter"], "latest*");
    assert_eq!(
        found["encryptionConfiguration"],
        json!({"encryptionType": "KMS", "kmsKey": "arn:aws:kms:eu-west-1:111122223333:alias/aws/ecr"})
    );
    let text = in_ireland(&fixture, "GetLifecyclePolicy", "prod/app").await.ok();
    assert_eq!(text["lifecyclePolicyText"], lifecycle());
    let text = in_ireland(&fixture, "GetRepositoryPolicy", "prod/app").await.ok();
    assert_eq!(text["policyText"], policy());
    let arn = json!({"resourceArn": found["repositoryArn"]});
    let tags = fixture.call_in(DEV, IRELAND, "ListTagsForResource", arn).await.ok();
    assert_eq!(tags["tags"], json!([{"Key": "team", "Value": "a"}]));

    // It is applied at creation only.
    let delete = json!({"prefix": "prod"});
    fixture.call_in(DEV, IRELAND, "DeleteRepositoryCreationTemplate", delete).await.ok();
    in_ireland(&fixture, "GetLifecyclePolicy", "prod/app").await.ok();
}

#[tokio::test]
async fn the_longest_prefix_counts_root_takes_the_rest_and_others_get_the_defaults() {
    let fixture = Fixture::start().await;
    let immutable = |prefix: &str| template(prefix, json!({"imageTagMutability": "IMMUTABLE"}));
    create(&fixture, immutable("prod")).await.ok();
    create(&fixture, template("prod/team/", json!({}))).await.ok();
    let mut on_push = immutable("ROOT");
    on_push["appliedFor"] = json!(["CREATE_ON_PUSH", "PULL_THROUGH_CACHE"]);
    create(&fixture, on_push).await.ok();
    let mutability = async |name: &str| {
        assert_eq!(pushed(&fixture, name).await, None);
        let input = json!({"repositoryNames": [name]});
        let found = fixture.call_in(DEV, IRELAND, "DescribeRepositories", input).await.ok();
        found["repositories"][0]["imageTagMutability"].clone()
    };
    assert_eq!(mutability("prod/app").await, "IMMUTABLE");
    assert_eq!(mutability("prod/team/app").await, "MUTABLE");
    assert_eq!(
        mutability("prod-app").await,
        "MUTABLE",
        "a slash is implied, and ROOT is not for replication"
    );
    let update = json!({"prefix": "ROOT", "appliedFor": ["REPLICATION"]});
    fixture.call_in(DEV, IRELAND, "UpdateRepositoryCreationTemplate", update).await.ok();
    assert_eq!(mutability("other").await, "IMMUTABLE");
}

#[tokio::test]
async fn tags_and_keys_without_a_role_fail_the_creation() {
    for (at, needs) in [
        json!({"resourceTags": [{"Key": "team", "Value": "a"}]}),
        json!({"encryptionConfiguration": {"encryptionType": "KMS"}}),
    ]
    .into_iter()
    .enumerate()
    {
        let fixture = Fixture::start().await;
        let name = format!("prod/app{at}");
        create(&fixture, template("prod", needs)).await.ok();
        assert_eq!(pushed(&fixture, &name).await.as_deref(), Some("REPOSITORY_CREATION_FAILED"));
        assert_eq!(in_ireland(&fixture, "ListImages", &name).await.code(), "RepositoryNotFoundException");
        let update = json!({"prefix": "prod/", "customRoleArn": ROLE});
        fixture.call_in(DEV, IRELAND, "UpdateRepositoryCreationTemplate", update).await.ok();
        assert_eq!(pushed(&fixture, &format!("{name}-again")).await, None);
    }
}

#[tokio::test]
async fn templates_are_created_read_updated_and_deleted() {
    let fixture = Fixture::start().await;
    let created = create(&fixture, template("prod", json!({"description": "Production"}))).await.ok();
    let now = created["repositoryCreationTemplate"]["createdAt"].clone();
    let expected = json!({
        "prefix": "prod", "description": "Production", "appliedFor": ["REPLICATION"],
        "encryptionConfiguration": {"encryptionType": "AES256"}, "imageTagMutability": "MUTABLE",
        "createdAt": now, "updatedAt": now,
    });
    assert_eq!(created, json!({"registryId": DEV, "repositoryCreationTemplate": expected}));
    for same in ["prod", "prod/"] {
        let answer = create(&fixture, template(same, json!({}))).await;
        assert_eq!(answer.code(), "TemplateAlreadyExistsException", "{same}");
    }
    let fixture = fixture.restart().await;
    let found = described(&fixture, json!({"prefixes": ["prod", "none"]})).await;
    assert_eq!(found["repositoryCreationTemplates"], json!([expected]));

    let update = async |input: Value| {
        let answer = fixture.call_in(DEV, IRELAND, "UpdateRepositoryCreationTemplate", input).await;
        answer.ok()["repositoryCreationTemplate"].clone()
    };
    fixture.clock.advance(std::time::Duration::from_secs(60));
    let more = json!({
        "prefix": "prod", "appliedFor": ["CREATE_ON_PUSH", "REPLICATION"], "lifecyclePolicy": lifecycle(),
        "repositoryPolicy": policy(), "customRoleArn": ROLE, "resourceTags": [{"Key": "a", "Value": ""}],
        "imageTagMutability": "IMMUTABLE",
        "encryptionConfiguration": {"encryptionType": "KMS",
            "kmsKey": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab"},
    });
    let updated = update(more.clone()).await;
    for (name, value) in more.as_object().unwrap().iter().filter(|(name, _)| *name != "appliedFor") {
        assert_eq!(&updated[name], value, "{name}");
    }
    assert_eq!(updated["appliedFor"], json!(["REPLICATION", "CREATE_ON_PUSH"]));
    assert_eq!(updated["description"], "Production", "what is left out stays");
    assert_eq!(updated["createdAt"], now);
    assert_eq!(updated["updatedAt"].as_f64().unwrap() - now.as_f64().unwrap(), 60.0);
    let less = json!({"prefix": "prod", "description": "", "lifecyclePolicy": "", "repositoryPolicy": "",
        "customRoleArn": "", "resourceTags": []});
    let updated = update(less.clone()).await;
    for (name, _) in less.as_object().unwrap().iter().filter(|(name, _)| *name != "prefix") {
        assert!(updated.get(name).is_none(), "{name}");
    }
    let prefix = json!({"prefix": "prod"});
    let deleted =
        fixture.call_in(DEV, IRELAND, "DeleteRepositoryCreationTemplate", prefix.clone()).await.ok();
    assert_eq!(deleted["repositoryCreationTemplate"], updated);
    for operation in ["DeleteRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate"] {
        let gone = fixture.call_in(DEV, IRELAND, operation, prefix.clone()).await;
        assert_eq!(gone.code(), "TemplateNotFoundException");
    }
    assert_eq!(described(&fixture, json!({})).await["repositoryCreationTemplates"], json!([]));
    let written: Vec<_> = fixture.sandbox.writes().iter().map(|w| w.operation).collect();
    let updates = ["UpdateRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate"];
    assert_eq!(written, [&updates[..], &["DeleteRepositoryCreationTemplate"]].concat());
}

#[tokio::test]
async fn they_come_in_pages_and_each_region_has_its_own() {
    let fixture = Fixture::start().await;
    for prefix in ["c", "a", "b"] {
        create(&fixture, template(prefix, json!({}))).await.ok();
    }
    let (mut seen, mut token) = (Vec::new(), Value::Null);
    loop {
        let page = described(&fixture, json!({"maxResults": 2, "nextToken": token})).await;
        let found = page["repositoryCreationTemplates"].as_array().unwrap();
        seen.extend(found.iter().map(|template| template["prefix"].as_str().unwrap().to_owned()));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["a", "b", "c"]);
    let elsewhere = fixture.call("DescribeRepositoryCreationTemplates", json!({})).await.ok();
    assert_eq!(elsewhere["repositoryCreationTemplates"], json!([]));
}

#[tokio::test]
async fn what_is_not_a_template_is_refused() {
    let fixture = Fixture::start().await;
    let filters = json!([{"filterType": "WILDCARD", "filter": "latest"}]);
    for wrong in [
        json!({"prefix": "prod"}),
        json!({"appliedFor": ["REPLICATION"]}),
        template("", json!({})),
        template("Prod", json!({})),
        template("root", json!({"appliedFor": []})),
        template("prod//", json!({})),
        template("ROOT/", json!({})),
        template("prod", json!({"appliedFor": ["PULL"]})),
        template("prod", json!({"description": "x".repeat(257)})),
        template("prod", json!({"imageTagMutability": "SOMETIMES"})),
        template("prod", json!({"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"})),
        template("prod", json!({"imageTagMutabilityExclusionFilters": filters})),
        template("prod", json!({"encryptionConfiguration": {}})),
        template("prod", json!({"encryptionConfiguration": {"encryptionType": "KMS_DSSE"}})),
        template("prod", json!({"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/x"}})),
        template("prod", json!({"resourceTags": [{"Key": "aws:x", "Value": ""}]})),
        template("prod", json!({"lifecyclePolicy": "{}"})),
        template("prod", json!({"repositoryPolicy": "{}"})),
        template("prod", json!({"customRoleArn": "arn:aws:iam::444455556666:role/ecr"})),
        template("prod", json!({"customRoleArn": "ecr"})),
    ] {
        assert_eq!(create(&fixture, wrong.clone()).await.code(), "InvalidParameterException", "{wrong}");
    }
    assert_eq!(described(&fixture, json!({})).await["repositoryCreationTemplates"], json!([]));
}

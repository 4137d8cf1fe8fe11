//! STS, session keys, and calls into another account's registry.

use std::time::Duration;

use serde_json::json;

use crate::control_client::{Answer, DEV, Fixture, Keys, PROD, WEST, element};

const IDENTITY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

fn assume(account: &str) -> String {
    let arn = format!("arn:aws:iam::{account}:role/deployer");
    format!(
        "Action=AssumeRole&Version=2011-06-15&RoleArn={}&RoleSessionName=ci&DurationSeconds=900",
        urlencoding::encode(&arn)
    )
}

#[track_caller]
fn session(answer: &Answer) -> Keys {
    assert_eq!(answer.status, 200, "{}", answer.text);
    Keys {
        id: element(&answer.text, "AccessKeyId").to_owned(),
        secret: element(&answer.text, "SecretAccessKey").to_owned(),
        token: Some(element(&answer.text, "SessionToken").to_owned()),
    }
}

#[track_caller]
fn sts_error(answer: &Answer) -> (u16, String) {
    (answer.status, element(&answer.text, "Code").to_owned())
}

#[tokio::test]
async fn an_assumed_role_acts_in_its_own_account() {
    let fixture = Fixture::start().await;
    let me = fixture.sts(&fixture.keys(DEV), IDENTITY).await;
    assert_eq!(me.status, 200);
    assert_eq!(me.headers["content-type"], "text/xml");
    assert_eq!(element(&me.text, "Arn"), "arn:aws:iam::111122223333:user/administrator");

    let keys = session(&fixture.sts(&fixture.keys(DEV), &assume(PROD)).await);
    let role = fixture.sts(&keys, IDENTITY).await;
    assert_eq!(element(&role.text, "Account"), PROD);
    assert_eq!(element(&role.text, "Arn"), "arn:aws:sts::444455556666:assumed-role/deployer/ci");

    let input = json!({ "repositoryName": "prod-microservice" });
    let created = fixture.send(fixture.request(&keys, WEST, "CreateRepository", &input)).await.ok();
    assert_eq!(created["repository"]["registryId"], PROD);
}

#[tokio::test]
async fn a_session_needs_its_token_and_ends() {
    let fixture = Fixture::start().await;
    let keys = session(&fixture.sts(&fixture.keys(DEV), &assume(PROD)).await);
    let call =
        async |keys: &Keys| fixture.send(fixture.request(keys, WEST, "DescribeRegistry", &json!({}))).await;
    assert_eq!(call(&keys).await.ok()["registryId"], PROD);

    let without = Keys { token: None, ..keys.clone() };
    assert_eq!(call(&without).await.code(), "UnrecognizedClientException");
    assert_eq!(sts_error(&fixture.sts(&without, IDENTITY).await), (403, "InvalidClientTokenId".to_owned()));

    let other = session(&fixture.sts(&fixture.keys(DEV), &assume(PROD)).await);
    let mixed = Keys { token: other.token.clone(), ..keys.clone() };
    assert_eq!(call(&mixed).await.code(), "UnrecognizedClientException", "another session's token");
    let long_term = Keys { token: keys.token.clone(), ..fixture.keys(PROD) };
    assert_eq!(call(&long_term).await.code(), "UnrecognizedClientException", "a token with long-term keys");
    let wrong = Keys { secret: other.secret.clone(), ..keys.clone() };
    assert_eq!(call(&wrong).await.code(), "InvalidSignatureException");

    let fixture_after = fixture.restart().await;
    let answer = fixture_after.send(fixture_after.request(&keys, WEST, "DescribeRegistry", &json!({}))).await;
    assert_eq!(answer.ok()["registryId"], PROD, "sessions outlive a restart");

    fixture_after.clock.advance(Duration::from_secs(901));
    let answer = fixture_after.send(fixture_after.request(&keys, WEST, "DescribeRegistry", &json!({}))).await;
    assert_eq!(answer.code(), "ExpiredTokenException");
    assert_eq!(sts_error(&fixture_after.sts(&keys, IDENTITY).await), (403, "ExpiredToken".to_owned()));
}

#[tokio::test]
async fn sts_refuses_in_its_own_words() {
    let fixture = Fixture::start().await;
    let stranger = assume("999999999999");
    assert_eq!(
        sts_error(&fixture.sts(&fixture.keys(DEV), &stranger).await),
        (403, "AccessDenied".to_owned())
    );
    let action = "Action=Fly&Version=2011-06-15";
    assert_eq!(sts_error(&fixture.sts(&fixture.keys(DEV), action).await), (400, "InvalidAction".to_owned()));
    let unknown = Keys { id: "AKIAAAAAAAAAAAAAAAAA".to_owned(), ..fixture.keys(DEV) };
    assert_eq!(sts_error(&fixture.sts(&unknown, IDENTITY).await), (403, "InvalidClientTokenId".to_owned()));
    let swapped = Keys { secret: fixture.keys(PROD).secret, ..fixture.keys(DEV) };
    assert_eq!(sts_error(&fixture.sts(&swapped, IDENTITY).await), (403, "SignatureDoesNotMatch".to_owned()));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let mut request = fixture.signed(&fixture.keys(DEV), "sts", WEST, &headers, IDENTITY.as_bytes());
    request.headers_mut().remove("authorization");
    assert_eq!(sts_error(&fixture.send(request).await), (403, "MissingAuthenticationToken".to_owned()));
}

#[tokio::test]
async fn another_accounts_registry_opens_by_its_policy_only() {
    let fixture = Fixture::start().await;
    let input = json!({ "repositoryName": "prod-microservice" });
    fixture.call_in(PROD, WEST, "CreateRepository", input).await.ok();
    let list = json!({ "registryId": PROD, "repositoryName": "prod-microservice" });

    let (code, message) = fixture.call("ListImages", list.clone()).await.error();
    assert_eq!(code, "AccessDeniedException");
    assert_eq!(
        message,
        "User: arn:aws:iam::111122223333:user/administrator is not authorized to perform: ecr:ListImages on resource: arn:aws:ecr:us-west-2:444455556666:repository/prod-microservice because no resource-based policy allows the ecr:ListImages action"
    );

    let policy = |effect: &str, principal: &str| {
        let statement = json!({
            "Effect": effect, "Principal": { "AWS": principal }, "Action": "ecr:List*",
            "Resource": "arn:aws:ecr:us-west-2:444455556666:repository/prod-*",
        });
        json!({ "policyText": json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string() })
    };
    fixture.call_in(PROD, WEST, "PutRegistryPolicy", policy("Allow", DEV)).await.ok();
    assert_eq!(fixture.call("ListImages", list.clone()).await.ok()["imageIds"], json!([]));
    let describe = fixture.call("DescribeImages", list.clone()).await;
    assert_eq!(describe.code(), "AccessDeniedException", "an action that the policy does not name");
    let elsewhere = fixture.call_in(DEV, "eu-west-1", "ListImages", list.clone()).await;
    assert_eq!(elsewhere.code(), "AccessDeniedException", "the policy is of one Region");

    fixture.call_in(PROD, WEST, "PutRegistryPolicy", policy("Deny", "*")).await.ok();
    let own = fixture.call_in(PROD, WEST, "ListImages", list).await;
    let (code, message) = own.error();
    assert_eq!(code, "AccessDeniedException", "a Deny holds for the owner too");
    assert!(message.ends_with("with an explicit deny in a resource-based policy"), "{message}");
    fixture.call_in(PROD, WEST, "DeleteRegistryPolicy", json!({})).await.ok();
}

#[tokio::test]
async fn a_registry_that_does_not_exist_looks_like_one_that_is_closed() {
    let fixture = Fixture::start().await;
    let answer = fixture.call("DescribeRepositories", json!({ "registryId": "999999999999" })).await;
    assert_eq!(answer.code(), "AccessDeniedException");
    let answer = fixture.call("DescribeRepositories", json!({ "registryId": "99999999999" })).await;
    assert_eq!(answer.code(), "InvalidParameterException");
}

#[tokio::test]
async fn the_registry_token_is_one_of_the_region_for_twelve_hours() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let fixture = Fixture::start().await;
    let answer = fixture.call("GetAuthorizationToken", json!({ "registryIds": [DEV, PROD] })).await.ok();
    let data = answer["authorizationData"].as_array().unwrap();
    assert_eq!(data.len(), 2);
    let expires = data[0]["expiresAt"].as_f64().unwrap();
    assert!((expires - fixture.clock.now().timestamp() as f64 - 12.0 * 3600.0).abs() < 1.0);
    let token = data[0]["authorizationToken"].as_str().unwrap();
    assert!(STANDARD.decode(token).unwrap().starts_with(b"AWS:"));

    let ping = async |fixture: &Fixture, region: &str| {
        let id = longshore_names::RegistryId::new(DEV.parse().unwrap(), region.parse().unwrap());
        let url = format!("{}/v2/", fixture.sandbox.ready().registry_url(&id).unwrap());
        let request = fixture.http.get(url).header("authorization", format!("Basic {token}"));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ping(&fixture, WEST).await, 200);
    assert_eq!(ping(&fixture, "eu-west-1").await, 403, "a token of another Region");
    fixture.clock.advance(Duration::from_secs(12 * 3600));
    assert_eq!(ping(&fixture, WEST).await, 403, "twelve hours later");
}

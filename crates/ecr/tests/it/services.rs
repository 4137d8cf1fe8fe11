//! IAM, KMS and IAM Toolbox: against moto for the operations that it has, and against the sandbox.

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_ecr::{Hosts, KeyState, REPLICATION_ROLE, ServiceEndpoints, Services, SimulatedDecision};
use longshore_names::RegistryId;
use longshore_sandbox::{KeyState as PlantedKey, PortChoice, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use url::Url;

use crate::support::Moto;

/// moto's account for keys that it does not know.
const ACCOUNT: &str = "123456789012";
const DEV: &str = "111122223333";

fn services(account: &str, url: &Url, credentials: Credentials) -> Services {
    Services {
        registry: RegistryId::new(account.parse().unwrap(), "us-east-2".parse().unwrap()),
        credentials: SharedCredentialsProvider::new(credentials),
        network: Default::default(),
        hosts: Hosts::default(),
        endpoints: ServiceEndpoints::all_at(url),
    }
}

fn any_key() -> Credentials {
    Credentials::from_keys("AKIAIOSFODNN7EXAMPLE", "example", None)
}

/// Sends an unsigned call to moto, which asks for no signature; `service` is in the credential.
async fn by_hand(moto: &Moto, service: &str, headers: &[(&str, &str)], body: String) -> String {
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261130/us-east-2/{service}/aws4_request");
    let mut request = reqwest::Client::new()
        .post(moto.url())
        .header("authorization", format!("{scope}, SignedHeaders=host, Signature=0"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.body(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_role_of_moto_is_found_with_its_path() {
    let moto = Moto::start().await;
    let services = services(ACCOUNT, &moto.url(), any_key());
    assert_eq!(services.role(REPLICATION_ROLE).await.unwrap(), None);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let create = |name: &str, path: &str| {
        format!(
            "Action=CreateRole&Version=2010-05-08&RoleName={name}&Path={}&AssumeRolePolicyDocument={}",
            url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>(),
            url::form_urlencoded::byte_serialize(br#"{"Version":"2012-10-17","Statement":[]}"#)
                .collect::<String>(),
        )
    };
    by_hand(&moto, "iam", &form, create("deployer", "/team/")).await;
    let role = services.role("deployer").await.unwrap().unwrap();
    assert_eq!(role.arn, "arn:aws:iam::123456789012:role/team/deployer");
    let linked =
        "Action=CreateServiceLinkedRole&Version=2010-05-08&AWSServiceName=replication.ecr.amazonaws.com";
    by_hand(&moto, "iam", &form, linked.into()).await;
    let caller = "arn:aws:sts::123456789012:assumed-role/deployer/ci";
    let source = longshore_ecr::policy_source(&services, caller).await.unwrap();
    assert_eq!(source, "arn:aws:iam::123456789012:role/team/deployer");
}

#[tokio::test]
async fn keys_of_moto_are_described() {
    let moto = Moto::start().await;
    let services = services(ACCOUNT, &moto.url(), any_key());
    let call = async |target: &str, body: Value| -> Value {
        let target = format!("TrentService.{target}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let text = by_hand(&moto, "kms", &headers, body.to_string()).await;
        serde_json::from_str(&text).unwrap_or_default()
    };
    let made = call("CreateKey", json!({})).await;
    let of = |name: &str| made["KeyMetadata"][name].as_str().unwrap().to_owned();
    let (arn, id) = (of("Arn"), of("KeyId"));
    assert_eq!(services.key(&arn).await.unwrap().unwrap().state, KeyState::Enabled);
    call("DisableKey", json!({"KeyId": id})).await;
    assert_eq!(services.key(&arn).await.unwrap().unwrap().state, KeyState::Disabled);
    call("ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 7})).await;
    assert_eq!(services.key(&arn).await.unwrap().unwrap().state, KeyState::PendingDeletion);
    let other = "arn:aws:kms:us-east-2:123456789012:key/00000000-0000-0000-0000-000000000000";
    assert_eq!(services.key(other).await.unwrap(), None);
}

/// A sandbox, and its services as Dev.
async fn sandbox(directory: &tempfile::TempDir) -> (Sandbox, Services) {
    let mut options = SandboxOptions::new(directory.path());
    options.port = PortChoice::Any;
    let sandbox = Sandbox::start(options).await.unwrap();
    let ready = sandbox.ready();
    let keys = ready.credentials.into_iter().find(|keys| keys.account.as_str() == DEV).unwrap();
    let credentials = Credentials::from_keys(keys.access_key_id, keys.secret_access_key, None);
    let services = services(DEV, &ready.control.parse().unwrap(), credentials);
    (sandbox, services)
}

#[tokio::test]
async fn iam_simulates_the_policy_that_the_sandbox_enforces() {
    let directory = tempfile::tempdir().unwrap();
    let (sandbox, services) = sandbox(&directory).await;
    let user = "arn:aws:iam::111122223333:user/administrator";
    let actions = ["ecr:PutImage", "ecr:PutRegistryPolicy", "ecr:DescribeRegistry"];
    let decisions = async || {
        let found = services.simulate(user, &actions, "*").await.unwrap();
        assert!(found.iter().map(|one| one.action.as_str()).eq(actions));
        found.iter().map(|one| one.decision).collect::<Vec<_>>()
    };
    assert_eq!(decisions().await, [SimulatedDecision::Allowed; 3]);
    let policy = json!({"Statement": [
        {"Effect": "Allow", "Action": ["ecr:P*", "iam:*"], "Resource": "*"},
        {"Sid": "No", "Effect": "Deny", "Action": "ecr:PutRegistryPolicy", "Resource": "*"},
    ]});
    sandbox.plant_identity_policy(user, Some(&policy.to_string())).unwrap();
    use SimulatedDecision::{Allowed, Denied, NotAllowed};
    assert_eq!(decisions().await, [Allowed, Denied, NotAllowed]);

    let other = services.simulate("arn:aws:iam::111122223333:user/nobody", &actions, "*").await.unwrap_err();
    assert_eq!(other.code(), "iam-not-found", "{other}");
    sandbox.plant_identity_policy(user, Some(r#"{"Statement": []}"#)).unwrap();
    let denied = services.simulate(user, &actions, "*").await.unwrap_err();
    assert_eq!(denied.needed_permission().as_deref(), Some("iam:SimulatePrincipalPolicy"));
    let nobody = sandbox.plant_identity_policy("arn:aws:iam::999999999999:user/x", None).unwrap_err();
    assert_eq!(nobody.code(), "sandbox-principal-not-found");
}

#[tokio::test]
async fn a_key_of_another_region_does_not_exist_here() {
    let directory = tempfile::tempdir().unwrap();
    let (sandbox, services) = sandbox(&directory).await;
    let key = "arn:aws:kms:us-east-2:111122223333:key/abc";
    assert_eq!(services.key(key).await.unwrap().unwrap().arn, key);
    sandbox.plant_key(key, PlantedKey::Missing);
    assert_eq!(services.key(key).await.unwrap(), None);
    assert_eq!(services.key("arn:aws:kms:us-west-2:111122223333:key/abc").await.unwrap(), None);
    assert!(services.authorization("unknown").await.is_err());
}

#[tokio::test]
async fn an_answer_of_something_else_is_said_to_be_that() {
    let server = wiremock::MockServer::start().await;
    let url: Url = server.uri().parse().unwrap();
    let services = services(DEV, &url, any_key());
    let answer = |status: u16, body: &str| {
        wiremock::Mock::given(wiremock::matchers::any())
            .respond_with(wiremock::ResponseTemplate::new(status).set_body_string(body))
    };
    for (status, body, code) in [
        (200, "<html>", "protocol"),
        (200, "<GetRoleResponse></GetRoleResponse>", "protocol"),
        (500, "<html>", "server"),
        (403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", "access-denied"),
    ] {
        server.reset().await;
        answer(status, body).mount(&server).await;
        assert_eq!(services.role("x").await.unwrap_err().code(), code, "{status} {body}");
    }
}

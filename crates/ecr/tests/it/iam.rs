//! IAM: the same journey at moto and at the sandbox, and what the sandbox refuses.

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_ecr::{
    Fate, Hosts, IamItem, IamKind, ListedPolicies, ServiceEndpoints, Services, WriteTiming, same_json,
};
use longshore_names::RegistryId;
use longshore_sandbox::{PortChoice, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use url::Url;

use crate::support::Moto;

const DEV: &str = "111122223333";
/// moto's account for keys that it does not know.
const OF_MOTO: &str = "123456789012";
const GROUP: &str = "randserver-developers";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";

fn services(account: &str, url: &Url, credentials: Credentials) -> Services {
    Services {
        registry: RegistryId::new(account.parse().unwrap(), "us-west-2".parse().unwrap()),
        credentials: SharedCredentialsProvider::new(credentials),
        network: Default::default(),
        hosts: Hosts::default(),
        endpoints: ServiceEndpoints::all_at(url),
    }
}

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

/// Makes `after` of `before`, which must succeed.
async fn write(services: &Services, item: &IamItem, before: Value, after: Value) {
    let timing = WriteTiming::default();
    let found = services.replace_iam(item, &before, &after, &same_json, &timing).await;
    assert_eq!(found.unwrap_or_else(|error| panic!("{item}: {error}")), after, "{item}");
    assert_eq!(services.iam_item(item).await.unwrap(), after, "{item}");
}

fn user(name: &str) -> IamItem {
    IamItem::Entity { kind: IamKind::User, name: name.into() }
}

fn pull(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "A", "Effect": "Allow", "Action": [action], "Resource": "arn:aws:ecr:us-west-2:1:repository/a+b c%20"}]})
}

/// Everything once, each written, read back and removed again.
async fn journey(services: &Services, account: &str) {
    let (none, on) = (Value::Null, Value::Bool(true));
    write(services, &user("johndoe"), none.clone(), json!({"Path": "/team/"})).await;
    let group = IamItem::Entity { kind: IamKind::Group, name: GROUP.into() };
    write(services, &group, none.clone(), json!({"Path": "/"})).await;
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role = IamItem::Entity { kind: IamKind::Role, name: "task".into() };
    let content = json!({"Path": "/", "AssumeRolePolicyDocument": trust, "Description": "of a task"});
    write(services, &role, none.clone(), content.clone()).await;
    let mut other = trust.clone();
    other["Statement"][0]["Principal"]["Service"] = "lambda.amazonaws.com".into();
    write(services, &IamItem::Trust { role: "task".into() }, trust, other.clone()).await;

    let member = IamItem::Member { user: "johndoe".into(), group: GROUP.into() };
    write(services, &member, none.clone(), on.clone()).await;
    assert_eq!(services.iam_groups_of("johndoe").await.unwrap(), [GROUP]);
    assert_eq!(services.iam_members(GROUP).await.unwrap(), ["johndoe"]);

    let arn = format!("arn:aws:iam::{account}:policy/team/Pull");
    let policy = IamItem::Policy { arn: arn.clone() };
    write(services, &policy, none.clone(), pull("ecr:BatchGetImage")).await;
    let of_group = IamItem::Attached { kind: IamKind::Group, name: GROUP.into(), arn: arn.clone() };
    write(services, &of_group, none.clone(), on.clone()).await;
    let of_user = IamItem::Attached { kind: IamKind::User, name: "johndoe".into(), arn: READ_ONLY.into() };
    write(services, &of_user, none.clone(), on.clone()).await;
    let uses = services.iam_uses(&arn).await.unwrap();
    assert_eq!(
        uses.iter().map(|one| (one.kind, one.name.as_str())).collect::<Vec<_>>(),
        [(IamKind::Group, GROUP)]
    );

    // Seven versions are written, of which IAM keeps five; the former comes back without a new one.
    let document = |n: usize| pull(&format!("ecr:Action{n}"));
    write(services, &policy, pull("ecr:BatchGetImage"), document(1)).await;
    for n in 1..6 {
        write(services, &policy, document(n), document(n + 1)).await;
    }
    assert_eq!(services.iam_versions(&arn).await.unwrap().len(), 5);
    let newest = services.iam_policy(&arn).await.unwrap().unwrap().default_version;
    write(services, &policy, document(6), document(5)).await;
    assert_eq!(services.iam_versions(&arn).await.unwrap()[0].id, newest);

    let inline = IamItem::Inline { kind: IamKind::Role, name: "task".into(), policy: "own+1".into() };
    write(services, &inline, none.clone(), pull("ecr:PutImage")).await;
    assert_eq!(services.iam_inline_names(IamKind::Role, "task").await.unwrap(), ["own+1"]);

    let key = services.iam_create_key("johndoe").await.unwrap();
    assert!(!key.secret().is_empty() && !format!("{key:?}").contains(key.secret()));
    let key = IamItem::Key { user: "johndoe".into(), id: key.id.clone() };
    write(services, &key, "Active".into(), "Inactive".into()).await;

    let listed = |name: &'static str| async move {
        services.iam_policies(ListedPolicies::Aws).await.unwrap().iter().any(|one| one.name == name)
    };
    assert!(listed("AmazonEC2ContainerRegistryPullOnly").await && !listed("Pull").await);
    let own = services.iam_policies(ListedPolicies::Own).await.unwrap();
    assert_eq!(
        own.iter().map(|one| (one.arn.as_str(), one.of_aws)).collect::<Vec<_>>(),
        [(arn.as_str(), false)]
    );

    let now = services.iam_item(&role).await.unwrap();
    assert_eq!(now["AssumeRolePolicyDocument"], other);
    for (item, before) in [
        (key, Value::from("Inactive")),
        (of_user, on.clone()),
        (of_group, on.clone()),
        (policy, document(5)),
        (inline, pull("ecr:PutImage")),
        (member, on),
        (role, now),
        (group, json!({"Path": "/"})),
        (user("johndoe"), json!({"Path": "/team/"})),
    ] {
        write(services, &item, before, Value::Null).await;
    }
}

#[tokio::test]
async fn everything_is_written_and_removed_in_the_sandbox() {
    let directory = tempfile::tempdir().unwrap();
    let (_sandbox, services) = sandbox(&directory).await;
    journey(&services, DEV).await;
}

#[tokio::test]
async fn everything_is_written_and_removed_at_moto() {
    let moto = Moto::start().await;
    let key = Credentials::from_keys("AKIAIOSFODNN7EXAMPLE", "example", None);
    journey(&services(OF_MOTO, &moto.url(), key), OF_MOTO).await;
}

#[tokio::test]
async fn another_writer_between_plan_and_write_is_noticed_and_nothing_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let (_sandbox, services) = sandbox(&directory).await;
    let arn = format!("arn:aws:iam::{DEV}:policy/Pull");
    let policy = IamItem::Policy { arn: arn.clone() };
    write(&services, &policy, Value::Null, pull("ecr:BatchGetImage")).await;
    write(&services, &policy, pull("ecr:BatchGetImage"), pull("ecr:ListImages")).await;
    let timing = WriteTiming::default();
    let (planned, ours) = (pull("ecr:BatchGetImage"), pull("ecr:PutImage"));
    let refused = services.replace_iam(&policy, &planned, &ours, &same_json, &timing).await.unwrap_err();
    assert_eq!((refused.code(), refused.fate()), ("changed-elsewhere", Fate::Refused));
    assert_eq!(services.iam_versions(&arn).await.unwrap().len(), 2);
    // What is to be removed is gone already.
    let (nobody, there) = (user("nobody"), json!({"Path": "/"}));
    let gone = services.replace_iam(&nobody, &there, &Value::Null, &same_json, &timing).await;
    assert_eq!(gone.unwrap(), Value::Null);
}

#[tokio::test]
async fn what_iam_refuses_has_a_code_and_names_the_missing_action() {
    let directory = tempfile::tempdir().unwrap();
    let (sandbox, services) = sandbox(&directory).await;
    let timing = WriteTiming { looks: 4, ..WriteTiming::default() };
    let refused = async |item: IamItem, before: Value, after: Value| {
        let ended = services.replace_iam(&item, &before, &after, &same_json, &timing).await;
        ended.unwrap_err().code().to_owned()
    };
    write(&services, &user("johndoe"), Value::Null, json!({"Path": "/"})).await;
    let taken = refused(user("JohnDoe"), Value::Null, json!({"Path": "/"})).await;
    assert_eq!(taken, "iam-already-exists");
    let nowhere = IamItem::Member { user: "johndoe".into(), group: "nowhere".into() };
    assert_eq!(refused(nowhere, Value::Null, true.into()).await, "iam-not-found");
    let key = services.iam_create_key("johndoe").await.unwrap();
    assert_eq!(refused(user("johndoe"), json!({"Path": "/"}), Value::Null).await, "iam-delete-conflict");
    services.iam_create_key("johndoe").await.unwrap();
    assert_eq!(services.iam_create_key("johndoe").await.unwrap_err().code(), "limit-exceeded");
    let wrong = IamItem::Policy { arn: format!("arn:aws:iam::{DEV}:policy/Wrong") };
    assert_eq!(refused(wrong, Value::Null, json!({"Statement": 1})).await, "iam-policy-malformed");

    let credentials = Credentials::from_keys(key.id.clone(), key.secret().to_owned(), None);
    let his = services.clone();
    let his = Services { credentials: SharedCredentialsProvider::new(credentials), ..his };
    let denied = his.iam_entities(IamKind::Group).await.unwrap_err();
    assert_eq!(denied.code(), "access-denied");
    assert_eq!(denied.needed_permission().as_deref(), Some("iam:ListGroups"));
    drop(sandbox);
}

#[tokio::test]
async fn lists_are_read_to_their_end_and_no_further() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::body_string_contains};
    let server = MockServer::start().await;
    let services = services(
        DEV,
        &server.uri().parse().unwrap(),
        Credentials::from_keys("AKIAIOSFODNN7EXAMPLE", "example", None),
    );
    let page = |name: &str, marker: Option<&str>| {
        let more = marker.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |marker| {
            format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>")
        });
        ResponseTemplate::new(200).set_body_string(format!(
            "<ListUsersResponse><ListUsersResult><Users><member><UserName>{name}</UserName></member></Users>{more}\
             </ListUsersResult></ListUsersResponse>"
        ))
    };
    Mock::given(body_string_contains("Marker=two")).respond_with(page("b", None)).mount(&server).await;
    Mock::given(body_string_contains("ListUsers")).respond_with(page("a", Some("two"))).mount(&server).await;
    let names = async || {
        let all = services.iam_entities(IamKind::User).await?;
        Ok::<_, longshore_ecr::EcrError>(all.into_iter().map(|one| one.name).collect::<Vec<_>>())
    };
    assert_eq!(names().await.unwrap(), ["a", "b"]);
    server.reset().await;
    Mock::given(body_string_contains("ListUsers")).respond_with(page("a", Some("two"))).mount(&server).await;
    assert_eq!(names().await.unwrap_err().code(), "protocol");
    // Asked to slow down twice.
    server.reset().await;
    let slow = ResponseTemplate::new(400).set_body_string(
        "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>",
    );
    Mock::given(body_string_contains("ListUsers")).respond_with(slow).up_to_n_times(2).mount(&server).await;
    Mock::given(body_string_contains("ListUsers")).respond_with(page("a", None)).mount(&server).await;
    assert_eq!(names().await.unwrap(), ["a"]);
}

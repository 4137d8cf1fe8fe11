//! IAM: users, groups, roles and policies, and that their state survives.

use serde_json::json;

use crate::control_client::{Answer, DEV, Fixture, Keys, PROD, WEST, element};

pub(crate) const DEVELOPERS: &str = "randserver-developers";
pub(crate) const PUSH_PULL: &str = "EcrPushPullRandserverDevelopers";

/// A call of IAM with its parameters.
pub(crate) async fn iam(fixture: &Fixture, keys: &Keys, action: &str, parameters: &[(&str, &str)]) -> Answer {
    let mut form = format!("Action={action}&Version=2010-05-08");
    for (name, value) in parameters {
        form.push_str(&format!("&{name}={}", urlencoding::encode(value)));
    }
    let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    fixture.send(fixture.signed(keys, "iam", WEST, &headers, form.as_bytes())).await
}

/// A call of Dev's administrator that must succeed.
pub(crate) async fn done(fixture: &Fixture, action: &str, parameters: &[(&str, &str)]) -> String {
    let answer = iam(fixture, &fixture.keys(DEV), action, parameters).await;
    assert_eq!(answer.status, 200, "{action} {parameters:?}: {}", answer.text);
    answer.text
}

/// The status, code and message of a call of Dev's administrator that must fail.
pub(crate) async fn refused(
    fixture: &Fixture,
    action: &str,
    parameters: &[(&str, &str)],
) -> (u16, String, String) {
    refusal(&iam(fixture, &fixture.keys(DEV), action, parameters).await)
}

#[track_caller]
pub(crate) fn refusal(answer: &Answer) -> (u16, String, String) {
    assert!(answer.status >= 400, "{}", answer.text);
    let of = |name| element(&answer.text, name).replace("&apos;", "'").replace("&quot;", "\"");
    (answer.status, of("Code"), of("Message"))
}

/// A new user of Dev and an access key.
pub(crate) async fn user(fixture: &Fixture, name: &str) -> Keys {
    done(fixture, "CreateUser", &[("UserName", name)]).await;
    key(fixture, name).await
}

pub(crate) async fn key(fixture: &Fixture, name: &str) -> Keys {
    let created = done(fixture, "CreateAccessKey", &[("UserName", name)]).await;
    let of = |name| element(&created, name).to_owned();
    Keys { id: of("AccessKeyId"), secret: of("SecretAccessKey"), token: None }
}

pub(crate) fn allow(actions: &[&str], resource: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

pub(crate) fn policy_arn(name: &str) -> String {
    format!("arn:aws:iam::{DEV}:policy/{name}")
}

#[tokio::test]
async fn what_was_created_is_read_and_survives_a_restart_and_not_a_reset() {
    let fixture = Fixture::start().await;
    let created = done(&fixture, "CreateUser", &[("UserName", "johndoe"), ("Path", "/team/")]).await;
    assert_eq!(element(&created, "Arn"), "arn:aws:iam::111122223333:user/team/johndoe");
    done(&fixture, "CreateGroup", &[("GroupName", DEVELOPERS)]).await;
    done(&fixture, "AddUserToGroup", &[("GroupName", DEVELOPERS), ("UserName", "johndoe")]).await;
    let text = allow(&["ecr:GetAuthorizationToken"], "*");
    let created =
        done(&fixture, "CreatePolicy", &[("PolicyName", PUSH_PULL), ("PolicyDocument", &text)]).await;
    assert_eq!(element(&created, "Arn"), policy_arn(PUSH_PULL));
    assert_eq!(element(&created, "AttachmentCount"), "0");
    let attach = [("GroupName", DEVELOPERS), ("PolicyArn", &policy_arn(PUSH_PULL))];
    done(&fixture, "AttachGroupPolicy", &attach).await;
    let keys = key(&fixture, "johndoe").await;

    let fixture = fixture.restart().await;
    let members = done(&fixture, "GetGroup", &[("GroupName", DEVELOPERS)]).await;
    assert_eq!(element(&members, "UserName"), "johndoe");
    let of_user = done(&fixture, "ListGroupsForUser", &[("UserName", "johndoe")]).await;
    assert_eq!(element(&of_user, "GroupName"), DEVELOPERS);
    let policy = done(&fixture, "GetPolicy", &[("PolicyArn", &policy_arn(PUSH_PULL))]).await;
    assert_eq!(element(&policy, "AttachmentCount"), "1");
    let version = [("PolicyArn", policy_arn(PUSH_PULL)), ("VersionId", "v1".to_owned())];
    let version = version.each_ref().map(|(name, value)| (*name, value.as_str()));
    let version = done(&fixture, "GetPolicyVersion", &version).await;
    assert_eq!(urlencoding::decode(element(&version, "Document")).unwrap(), text);
    let me = fixture.sts(&keys, "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert_eq!(element(&me.text, "Arn"), "arn:aws:iam::111122223333:user/team/johndoe");
    let others = iam(&fixture, &fixture.keys(PROD), "ListUsers", &[]).await;
    assert!(!others.text.contains("johndoe"), "every account has its own: {}", others.text);

    fixture.sandbox.reset().await.unwrap();
    let me = fixture.sts(&keys, "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert_eq!(refusal(&me).1, "InvalidClientTokenId");
    assert_eq!(refused(&fixture, "GetUser", &[("UserName", "johndoe")]).await.1, "NoSuchEntity");
}

#[tokio::test]
async fn names_documents_and_quotas_are_those_of_iam() {
    let fixture = Fixture::start().await;
    let text = allow(&["ecr:ListImages"], "*");
    let of = async |action: &str, parameters: &[(&str, &str)]| refused(&fixture, action, parameters).await;
    assert_eq!(of("CreateUser", &[("UserName", "a b")]).await.1, "ValidationError");
    assert_eq!(of("CreateUser", &[("UserName", &"x".repeat(65))]).await.1, "ValidationError");
    assert_eq!(of("CreateUser", &[("UserName", "x"), ("Path", "team")]).await.1, "ValidationError");
    assert_eq!(of("CreateUser", &[]).await.1, "ValidationError");
    done(&fixture, "CreateUser", &[("UserName", "johndoe")]).await;
    let twice = of("CreateUser", &[("UserName", "JohnDoe")]).await;
    let said = "User with name JohnDoe already exists.".to_owned();
    assert_eq!(twice, (409, "EntityAlreadyExists".to_owned(), said));
    let missing = of("GetUser", &[("UserName", "nobody")]).await;
    let said = "The user with name nobody cannot be found.".to_owned();
    assert_eq!(missing, (404, "NoSuchEntity".to_owned(), said));

    let put = |text: String| [("PolicyName", "p".to_owned()), ("PolicyDocument", text)];
    for (document, code) in [
        ("{}".to_owned(), "MalformedPolicyDocument"),
        (allow(&["ecr:ListImages"], "repository/app"), "MalformedPolicyDocument"),
        (
            allow(&["ecr:ListImages"], &format!("arn:aws:ecr:*:*:repository/{}", "x".repeat(6144))),
            "LimitExceeded",
        ),
    ] {
        let parameters = put(document);
        let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(of("CreatePolicy", &parameters).await.1, code);
    }
    let large = allow(&["ecr:ListImages"], &format!("arn:aws:ecr:*:*:repository/{}", "x".repeat(2048)));
    let inline = [("UserName", "johndoe"), ("PolicyName", "p"), ("PolicyDocument", large.as_str())];
    let limit = of("PutUserPolicy", &inline).await;
    assert_eq!(limit.2, "Maximum policy size of 2048 bytes exceeded for user johndoe");

    for number in 1..=11 {
        let name = format!("p{number}");
        done(&fixture, "CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", &text)]).await;
        let attach = [("UserName", "johndoe"), ("PolicyArn", &policy_arn(&name))];
        match number {
            11 => {
                let said = "Cannot exceed quota for PoliciesPerUser: 10".to_owned();
                assert_eq!(of("AttachUserPolicy", &attach).await, (409, "LimitExceeded".to_owned(), said));
            }
            _ => drop(done(&fixture, "AttachUserPolicy", &attach).await),
        }
    }
    let arn = policy_arn("p1");
    let new = [("PolicyArn", arn.as_str()), ("PolicyDocument", text.as_str()), ("SetAsDefault", "true")];
    for number in 2..=5 {
        let version = done(&fixture, "CreatePolicyVersion", &new).await;
        assert_eq!(element(&version, "VersionId"), format!("v{number}"));
    }
    assert_eq!(of("CreatePolicyVersion", &new).await.1, "LimitExceeded");
    let version = |id: &'static str| [("PolicyArn", arn.as_str()), ("VersionId", id)];
    assert_eq!(of("DeletePolicyVersion", &version("v5")).await.1, "DeleteConflict");
    done(&fixture, "SetDefaultPolicyVersion", &version("v4")).await;
    done(&fixture, "DeletePolicyVersion", &version("v5")).await;
    let next = done(&fixture, "CreatePolicyVersion", &new).await;
    assert_eq!(element(&next, "VersionId"), "v6", "a number is not used again");

    for _ in 0..2 {
        key(&fixture, "johndoe").await;
    }
    assert_eq!(of("CreateAccessKey", &[("UserName", "johndoe")]).await.1, "LimitExceeded");
}

#[tokio::test]
async fn nothing_is_deleted_that_still_has_something() {
    let fixture = Fixture::start().await;
    let keys = user(&fixture, "johndoe").await;
    let named = [("UserName", "johndoe")];
    let in_group = [("GroupName", DEVELOPERS), ("UserName", "johndoe")];
    done(&fixture, "CreateGroup", &[("GroupName", DEVELOPERS)]).await;
    done(&fixture, "AddUserToGroup", &in_group).await;
    let text = allow(&["ecr:ListImages"], "*");
    done(&fixture, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", &text)]).await;
    let arn = policy_arn("p");
    done(&fixture, "AttachGroupPolicy", &[("GroupName", DEVELOPERS), ("PolicyArn", &arn)]).await;
    done(&fixture, "PutUserPermissionsBoundary", &[("UserName", "johndoe"), ("PermissionsBoundary", &arn)])
        .await;
    for (action, parameters) in [
        ("DeleteUser", &named[..]),
        ("DeleteGroup", &[("GroupName", DEVELOPERS)]),
        ("DeletePolicy", &[("PolicyArn", &arn)]),
    ] {
        let (status, code, message) = refused(&fixture, action, parameters).await;
        assert_eq!((status, code.as_str()), (409, "DeleteConflict"), "{action}: {message}");
    }
    done(&fixture, "RemoveUserFromGroup", &in_group).await;
    assert!(refused(&fixture, "DeleteUser", &named).await.2.contains("access keys"));
    done(&fixture, "DeleteAccessKey", &[("UserName", "johndoe"), ("AccessKeyId", &keys.id)]).await;
    done(&fixture, "DeleteUser", &named).await;
    assert_eq!(refused(&fixture, "RemoveUserFromGroup", &in_group).await.1, "NoSuchEntity");
    done(&fixture, "DetachGroupPolicy", &[("GroupName", DEVELOPERS), ("PolicyArn", &arn)]).await;
    done(&fixture, "DeleteGroup", &[("GroupName", DEVELOPERS)]).await;
    done(&fixture, "DeletePolicy", &[("PolicyArn", &arn)]).await;
    assert_eq!(refused(&fixture, "GetPolicy", &[("PolicyArn", &arn)]).await.1, "NoSuchEntity");
}

#[tokio::test]
async fn lists_have_pages_and_the_policies_of_aws() {
    let fixture = Fixture::start().await;
    for name in ["a", "b", "c"] {
        done(&fixture, "CreateGroup", &[("GroupName", name)]).await;
    }
    let first = done(&fixture, "ListGroups", &[("MaxItems", "2")]).await;
    assert_eq!((first.matches("<member>").count(), element(&first, "IsTruncated")), (2, "true"));
    let marker = element(&first, "Marker");
    let second = done(&fixture, "ListGroups", &[("MaxItems", "2"), ("Marker", marker)]).await;
    assert_eq!((element(&second, "GroupName"), element(&second, "IsTruncated")), ("c", "false"));
    assert_eq!(refused(&fixture, "ListUsers", &[("Marker", marker)]).await.2, "Invalid Marker.");
    assert_eq!(refused(&fixture, "ListUsers", &[("MaxItems", "0")]).await.1, "ValidationError");

    let of_aws = done(&fixture, "ListPolicies", &[("Scope", "AWS")]).await;
    for name in ["FullAccess", "PowerUser", "PullOnly", "ReadOnly"] {
        let arn = format!("arn:aws:iam::aws:policy/AmazonEC2ContainerRegistry{name}");
        assert!(of_aws.contains(&arn), "{arn}");
        let policy = done(&fixture, "GetPolicy", &[("PolicyArn", &arn)]).await;
        let version = element(&policy, "DefaultVersionId").to_owned();
        let version = [("PolicyArn", arn.as_str()), ("VersionId", &version)];
        assert!(done(&fixture, "GetPolicyVersion", &version).await.contains("ecr%3A"));
    }
    assert!(!done(&fixture, "ListPolicies", &[("Scope", "Local")]).await.contains("<member>"));
    let service = "arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy";
    let attach = [("GroupName", "a"), ("PolicyArn", service)];
    assert_eq!(refused(&fixture, "AttachGroupPolicy", &attach).await.1, "PolicyNotAttachable");
    let own = done(&fixture, "ListAttachedUserPolicies", &[("UserName", "administrator")]).await;
    assert_eq!(element(&own, "PolicyName"), "AdministratorAccess");
    assert_eq!(
        refused(&fixture, "DeleteUser", &[("UserName", "administrator")]).await.1,
        "UnmodifiableEntity"
    );
}

#[tokio::test]
async fn the_role_of_replication_is_created_once_and_belongs_to_aws() {
    let fixture = Fixture::start().await;
    let role = "AWSServiceRoleForECRReplication";
    assert_eq!(refused(&fixture, "GetRole", &[("RoleName", role)]).await.1, "NoSuchEntity");
    let service = [("AWSServiceName", "replication.ecr.amazonaws.com")];
    let created = done(&fixture, "CreateServiceLinkedRole", &service).await;
    assert_eq!(
        element(&created, "Arn"),
        "arn:aws:iam::111122223333:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication"
    );
    assert_eq!(refused(&fixture, "CreateServiceLinkedRole", &service).await.1, "InvalidInput");
    assert_eq!(refused(&fixture, "DeleteRole", &[("RoleName", role)]).await.1, "UnmodifiableEntity");
    let attached = done(&fixture, "ListAttachedRolePolicies", &[("RoleName", role)]).await;
    assert_eq!(element(&attached, "PolicyName"), "ECRReplicationServiceRolePolicy");
    let other = [("AWSServiceName", "pullthroughcache.ecr.amazonaws.com")];
    assert_eq!(refused(&fixture, "CreateServiceLinkedRole", &other).await.1, "InvalidInput");
}

//! What identity policies allow, on both planes.

use base64::{Engine, engine::general_purpose::STANDARD};
use longshore_sandbox::Switches;
use serde_json::{Value, json};

use crate::{
    control_client::{DEV, Fixture, Keys, OCI_MANIFEST, PROD, WEST, element},
    data_client::{Data, error},
    iam::{DEVELOPERS, PUSH_PULL, allow, done, iam, policy_arn, refusal, user},
};

const PUSH: [&str; 8] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
];

fn repository(name: &str) -> String {
    format!("arn:aws:ecr:{WEST}:{DEV}:repository/{name}")
}

async fn inline(fixture: &Fixture, user: &str, name: &str, text: &str) {
    done(fixture, "PutUserPolicy", &[("UserName", user), ("PolicyName", name), ("PolicyDocument", text)])
        .await;
}

/// The code and the message of a call of ECR; empty when it succeeds.
async fn said(fixture: &Fixture, keys: &Keys, operation: &str, input: Value) -> (String, String) {
    let answer = fixture.send(fixture.request(keys, WEST, operation, &input)).await;
    if answer.status == 200 { Default::default() } else { answer.error() }
}

fn of(name: &str) -> Value {
    json!({"repositoryName": name})
}

/// The data plane with the password that `keys` get.
async fn data(fixture: &Fixture, keys: &Keys) -> Data {
    let answer = fixture.send(fixture.request(keys, WEST, "GetAuthorizationToken", &json!({}))).await.ok();
    let token = answer["authorizationData"][0]["authorizationToken"].as_str().unwrap();
    let token = String::from_utf8(STANDARD.decode(token).unwrap()).unwrap();
    let password = token.strip_prefix("AWS:").unwrap().to_owned();
    Data { password, ..Data::of(&fixture.sandbox, DEV, WEST) }
}

#[tokio::test]
async fn a_group_pushes_to_its_own_repository_only() {
    let fixture = Fixture::start().await;
    for name in ["randserver", "other"] {
        fixture.create(name).await;
    }
    let keys = user(&fixture, "johndoe").await;
    let denied = said(&fixture, &keys, "GetAuthorizationToken", json!({})).await;
    assert_eq!(
        denied.1,
        "User: arn:aws:iam::111122223333:user/johndoe is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action"
    );
    done(&fixture, "CreateGroup", &[("GroupName", DEVELOPERS)]).await;
    let text = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": PUSH, "Resource": repository("randserver")},
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    ]});
    done(&fixture, "CreatePolicy", &[("PolicyName", PUSH_PULL), ("PolicyDocument", &text.to_string())]).await;
    done(&fixture, "AttachGroupPolicy", &[("GroupName", DEVELOPERS), ("PolicyArn", &policy_arn(PUSH_PULL))])
        .await;
    done(&fixture, "AddUserToGroup", &[("GroupName", DEVELOPERS), ("UserName", "johndoe")]).await;

    let johndoe = data(&fixture, &keys).await;
    let (manifest, _) = johndoe.image("randserver", "a", "1").await;
    assert_eq!(johndoe.get("randserver/manifests/1").await.status(), 200);
    let (status, code, message) = error(johndoe.put("other", "1", OCI_MANIFEST, &manifest).await).await;
    assert_eq!((status, code.as_str()), (403, "DENIED"));
    let words = "User: arn:aws:iam::111122223333:user/johndoe is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-west-2:111122223333:repository/other because no identity-based policy allows the ecr:PutImage action";
    assert_eq!(message, words);
    assert_eq!(error(johndoe.get("_catalog").await).await.0, 403);
    assert_eq!(said(&fixture, &keys, "DescribeImages", of("randserver")).await.0, "");
    assert_eq!(said(&fixture, &keys, "DescribeImages", of("other")).await.0, "AccessDeniedException");
    let denied = said(&fixture, &keys, "CreateRepository", of("new")).await;
    assert_eq!(denied.0, "AccessDeniedException");

    // A password is decided for its user as he is now, not as he was when he got it.
    done(&fixture, "RemoveUserFromGroup", &[("GroupName", DEVELOPERS), ("UserName", "johndoe")]).await;
    assert_eq!(error(johndoe.get("randserver/manifests/1").await).await.0, 403);
    let by_resource = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "One", "Effect": "Allow", "Action": ["ecr:BatchGetImage"],
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/johndoe"}}]});
    let set = async |policy: &Value| {
        let input = json!({"repositoryName": "randserver", "policyText": policy.to_string()});
        fixture.call("SetRepositoryPolicy", input).await.ok();
    };
    set(&by_resource).await;
    assert_eq!(johndoe.get("randserver/manifests/1").await.status(), 200, "either is enough");
    let mut by_account = by_resource.clone();
    by_account["Statement"][0]["Principal"]["AWS"] = DEV.into();
    set(&by_account).await;
    assert_eq!(
        error(johndoe.get("randserver/manifests/1").await).await.0,
        403,
        "an account is not its users"
    );
}

#[tokio::test]
async fn without_a_policy_a_user_may_do_nothing_at_all() {
    let fixture = Fixture::start().await;
    fixture.create("app").await;
    let keys = user(&fixture, "nobody").await;
    let destination = json!({"region": "eu-west-1", "registryId": DEV});
    let layers = json!({"repositoryName": "app", "layerDigests": [crate::control_client::digest(b"x")]});
    let images = json!({"repositoryName": "app", "imageIds": [{"imageTag": "1"}]});
    let tagged = json!({"resourceArn": repository("app"), "tags": [], "tagKeys": []});
    let id = json!({"replicationBackfillId": "00000000-0000-4000-8000-000000000000"});
    let template = json!({"prefix": "app", "appliedFor": ["REPLICATION"]});
    let empty = json!({});
    let listed = std::fs::read_to_string("src/control/operations.rs").unwrap();
    let listed: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" => "))
        .map(|(operation, _)| operation)
        .collect();
    assert_eq!(listed.len(), 62, "{listed:?}");
    for operation in listed {
        let input = match operation {
            "BatchCheckLayerAvailability" | "CompleteLayerUpload" => &layers,
            "BatchDeleteImage" | "BatchGetImage" => &images,
            "BatchGetRepositoryScanningConfiguration" => &json!({"repositoryNames": ["app"]}),
            "DescribeImageReplicationStatus"
            | "DescribeImageScanFindings"
            | "DescribeImageSigningStatus"
            | "StartImageScan" => &json!({"repositoryName": "app", "imageId": {"imageTag": "1"}}),
            "DescribeReplicationBackfillResults" | "StopReplicationBackfill" => &id,
            "StartReplicationBackfill" => &json!({"destination": destination}),
            "ListTagsForResource" | "TagResource" | "UntagResource" => &tagged,
            "GetDownloadUrlForLayer" => {
                &json!({"repositoryName": "app", "layerDigest": crate::control_client::digest(b"x")})
            }
            "PutImage" => &json!({"repositoryName": "app", "imageManifest": "{}"}),
            "PutImageTagMutability" => &json!({"repositoryName": "app", "imageTagMutability": "MUTABLE"}),
            "PutImageScanningConfiguration" => {
                &json!({"repositoryName": "app", "imageScanningConfiguration": {"scanOnPush": true}})
            }
            "PutLifecyclePolicy" => {
                &json!({"repositoryName": "app", "lifecyclePolicyText": json!({"rules": [{
                "rulePriority": 1, "action": {"type": "expire"},
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}}]}).to_string()})
            }
            "SetRepositoryPolicy" => &json!({"repositoryName": "app", "policyText": json!({
                "Version": "2012-10-17", "Statement": [{"Sid": "One", "Effect": "Allow", "Principal": "*",
                "Action": ["ecr:BatchGetImage"]}]}).to_string()}),
            "UploadLayerPart" => {
                &json!({"repositoryName": "app", "uploadId": "00000000-0000-4000-8000-000000000000",
                "partFirstByte": 0, "partLastByte": 0, "layerPartBlob": "eA=="})
            }
            _ if operation.contains("Template") => &template,
            _ if operation.contains("Repository")
                || operation.contains("Image")
                || operation.contains("Lifecycle")
                || operation.contains("Upload") =>
            {
                &of("app")
            }
            _ => &empty,
        };
        let (code, message) = said(&fixture, &keys, operation, input.clone()).await;
        assert_eq!(code, "AccessDeniedException", "{operation}: {message}");
        assert!(message.contains(&format!("perform: ecr:{operation} on resource: ")), "{message}");
    }
    for action in ["ListUsers", "CreateAccessKey"] {
        assert_eq!(refusal(&iam(&fixture, &keys, action, &[]).await).1, "AccessDenied", "{action}");
    }
}

#[tokio::test]
async fn variables_boundaries_and_denials_count() {
    let fixture = Fixture::with(Switches { authorization_ids: true, ..Switches::default() }).await;
    for name in ["johndoe/app", "janedoe/app"] {
        fixture.create(name).await;
    }
    let keys = user(&fixture, "johndoe").await;
    inline(&fixture, "johndoe", "own", &allow(&["ecr:*"], &repository("${aws:username}/*"))).await;
    let list = async |name: &str| said(&fixture, &keys, "ListImages", of(name)).await;
    assert_eq!(list("johndoe/app").await.0, "");
    assert_eq!(list("janedoe/app").await.0, "AccessDeniedException");

    let read = allow(&["ecr:Describe*"], "*");
    done(&fixture, "CreatePolicy", &[("PolicyName", "bounds"), ("PolicyDocument", &read)]).await;
    let boundary = policy_arn("bounds");
    done(
        &fixture,
        "PutUserPermissionsBoundary",
        &[("UserName", "johndoe"), ("PermissionsBoundary", &boundary)],
    )
    .await;
    assert_eq!(said(&fixture, &keys, "DescribeImages", of("johndoe/app")).await.0, "");
    let (_, message) = list("johndoe/app").await;
    assert!(
        message.contains("because no permissions boundary allows the ecr:ListImages action"),
        "{message}"
    );
    done(&fixture, "DeleteUserPermissionsBoundary", &[("UserName", "johndoe")]).await;

    let deny = allow(&["ecr:List*"], "*").replace("Allow", "Deny");
    inline(&fixture, "johndoe", "no", &deny).await;
    let (_, message) = list("johndoe/app").await;
    assert!(message.contains("with an explicit deny in an identity-based policy. Go to"), "{message}");
    let simulate = [
        ("PolicySourceArn", "arn:aws:iam::111122223333:user/johndoe"),
        ("ActionNames.member.1", "ecr:ListImages"),
        ("ActionNames.member.2", "ecr:PutImage"),
        ("ResourceArns.member.1", "arn:aws:ecr:us-west-2:111122223333:repository/johndoe/app"),
    ];
    let simulated = done(&fixture, "SimulatePrincipalPolicy", &simulate).await;
    let decisions: Vec<&str> =
        simulated.split("<EvalDecision>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(decisions, ["explicitDeny", "allowed"]);
    assert_eq!(element(&simulated, "SourcePolicyId"), "user_johndoe_no");
}

#[tokio::test]
async fn another_account_needs_a_policy_on_both_sides() {
    let fixture = Fixture::start().await;
    fixture.call_in(PROD, WEST, "CreateRepository", of("app")).await.ok();
    let keys = user(&fixture, "johndoe").await;
    let list = async || {
        said(&fixture, &keys, "ListImages", json!({"registryId": PROD, "repositoryName": "app"})).await.1
    };
    let own = "arn:aws:ecr:us-west-2:444455556666:repository/app";
    assert!(list().await.contains("no identity-based policy allows"));
    inline(&fixture, "johndoe", "theirs", &allow(&["ecr:ListImages"], own)).await;
    assert!(list().await.contains("no resource-based policy allows"));
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "One", "Effect": "Allow", "Action": ["ecr:ListImages"], "Principal": {"AWS": DEV}}]});
    let input = json!({"repositoryName": "app", "policyText": policy.to_string()});
    fixture.call_in(PROD, WEST, "SetRepositoryPolicy", input).await.ok();
    assert_eq!(list().await, "");
    done(&fixture, "DeleteUserPolicy", &[("UserName", "johndoe"), ("PolicyName", "theirs")]).await;
    assert!(list().await.contains("no identity-based policy allows"));
}

#[tokio::test]
async fn keys_and_sessions_are_those_of_their_user_for_as_long_as_they_are_valid() {
    let fixture = Fixture::start().await;
    let keys = user(&fixture, "johndoe").await;
    inline(&fixture, "johndoe", "read", &allow(&["ecr:DescribeRegistry"], "*")).await;
    let describe = async |keys: &Keys| said(&fixture, keys, "DescribeRegistry", json!({})).await.0;
    let token = fixture.sts(&keys, "Action=GetSessionToken&Version=2011-06-15").await;
    let of = |name| element(&token.text, name).to_owned();
    let session =
        Keys { id: of("AccessKeyId"), secret: of("SecretAccessKey"), token: Some(of("SessionToken")) };
    assert_eq!((describe(&keys).await, describe(&session).await), (String::new(), String::new()));
    let me = fixture.sts(&session, "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert_eq!(element(&me.text, "Arn"), "arn:aws:iam::111122223333:user/johndoe");
    assert_eq!(said(&fixture, &session, "GetRegistryPolicy", json!({})).await.0, "AccessDeniedException");

    let key = [("UserName", "johndoe"), ("AccessKeyId", keys.id.as_str())];
    let status =
        async |status| done(&fixture, "UpdateAccessKey", &[key[0], key[1], ("Status", status)]).await;
    status("Inactive").await;
    assert_eq!(describe(&keys).await, "UnrecognizedClientException");
    status("Active").await;
    assert_eq!(describe(&keys).await, "");
    done(&fixture, "DeleteAccessKey", &key).await;
    assert_eq!(describe(&keys).await, "UnrecognizedClientException");
    done(&fixture, "DeleteUserPolicy", &[("UserName", "johndoe"), ("PolicyName", "read")]).await;
    done(&fixture, "DeleteUser", &[("UserName", "johndoe")]).await;
    assert_eq!(describe(&session).await, "UnrecognizedClientException");
}

#[tokio::test]
async fn a_role_is_assumed_by_those_whom_it_trusts_and_who_may() {
    let fixture = Fixture::start().await;
    let (johndoe, janedoe) = (user(&fixture, "johndoe").await, user(&fixture, "janedoe").await);
    let role = "arn:aws:iam::111122223333:role/ci/pusher";
    let trust = |principal: &str| {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "partner"}}});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let by_name = trust("arn:aws:iam::111122223333:user/johndoe");
    let create = [("RoleName", "pusher"), ("Path", "/ci/"), ("AssumeRolePolicyDocument", by_name.as_str())];
    done(&fixture, "CreateRole", &create).await;
    let assume = async |keys: &Keys, more: &str| {
        let role = urlencoding::encode(role);
        let form = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=ci{more}");
        fixture.sts(keys, &form).await
    };
    assert_eq!(refusal(&assume(&johndoe, "").await).1, "AccessDenied", "without the external id");
    let denied = refusal(&assume(&janedoe, "&ExternalId=partner").await);
    let said_of = format!(
        "User: arn:aws:iam::111122223333:user/janedoe is not authorized to perform: sts:AssumeRole on resource: {role}"
    );
    assert_eq!(denied, (403, "AccessDenied".to_owned(), said_of));
    let assumed = assume(&johndoe, "&ExternalId=partner").await;
    assert_eq!(assumed.status, 200, "{}", assumed.text);
    let long = assume(&johndoe, "&ExternalId=partner&DurationSeconds=3601").await;
    assert!(refusal(&long).2.contains("MaxSessionDuration"));

    // The session has what the role has, and nothing more.
    let of = |name| element(&assumed.text, name).to_owned();
    let session =
        Keys { id: of("AccessKeyId"), secret: of("SecretAccessKey"), token: Some(of("SessionToken")) };
    let describe = async || said(&fixture, &session, "DescribeRegistry", json!({})).await.0;
    assert_eq!(describe().await, "AccessDeniedException");
    let read = allow(&["ecr:DescribeRegistry"], "*");
    let put = [("RoleName", "pusher"), ("PolicyName", "read"), ("PolicyDocument", read.as_str())];
    done(&fixture, "PutRolePolicy", &put).await;
    assert_eq!(describe().await, "");

    // Trust in the account leaves it to the policies of its users.
    let update = [("RoleName", "pusher"), ("PolicyDocument", &*trust(DEV))];
    done(&fixture, "UpdateAssumeRolePolicy", &update).await;
    assert_eq!(refusal(&assume(&janedoe, "&ExternalId=partner").await).1, "AccessDenied");
    inline(&fixture, "janedoe", "assume", &allow(&["sts:AssumeRole"], role)).await;
    assert_eq!(assume(&janedoe, "&ExternalId=partner").await.status, 200);

    done(&fixture, "DeleteRolePolicy", &put[..2]).await;
    done(&fixture, "DeleteRole", &[("RoleName", "pusher")]).await;
    assert_eq!(describe().await, "UnrecognizedClientException", "the role is gone");
    let administrator = fixture.keys(DEV);
    assert_eq!(refusal(&assume(&administrator, "&ExternalId=partner").await).1, "AccessDenied");
}

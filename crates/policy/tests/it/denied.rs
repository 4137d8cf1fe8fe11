//! The statement that would allow a denied call.

use longshore_policy::registry_policy::{
    AllowError, Allowing, DeniedCall, PolicyScope, PolicySide, RegistryPolicy, Request, evaluate,
    statement_for,
};
use serde_json::{Value, json};

use crate::common::{DEV, prod};

const REPOSITORY: &str = "arn:aws:ecr:us-west-2:444455556666:repository/prod-a";

fn call<'a>(principal: &'a str, action: &'a str, resource: &'a str) -> DeniedCall<'a> {
    DeniedCall { principal, action, resource, registry: None, scope: PolicyScope::V2, explicit_deny: false }
}

fn answer(call: &DeniedCall<'_>) -> Allowing {
    statement_for(call).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn inside_one_account_an_identity_policy_is_enough() {
    let user = "arn:aws:iam::444455556666:user/anna";
    let allowing = answer(&call(user, "ecr:PutImage", REPOSITORY));
    assert!(matches!(&allowing.side, PolicySide::Identity { account } if account.as_str() == "444455556666"));
    assert_eq!(
        allowing.statement,
        json!({ "Effect": "Allow", "Action": "ecr:PutImage", "Resource": REPOSITORY })
    );
    assert_eq!(
        allowing.sentence,
        "An administrator of account 444455556666 adds this statement to the IAM policies of \
         `arn:aws:iam::444455556666:user/anna`: it allows `ecr:PutImage` on \
         `arn:aws:ecr:us-west-2:444455556666:repository/prod-a`."
    );
    assert!(allowing.notes.is_empty());
    for (action, resource) in [
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:PutRegistryPolicy", "arn:aws:ecr:us-west-2:444455556666:*"),
    ] {
        assert_eq!(answer(&call(user, action, resource)).statement["Resource"], "*", "{action}");
    }
}

#[test]
fn from_another_account_the_registrys_policy_must_allow_it() {
    let allowing = answer(&call("arn:aws:iam::111122223333:root", "ecr:ReplicateImage", REPOSITORY));
    assert_eq!(allowing.side, PolicySide::Registry { registry: prod() });
    assert_eq!(
        allowing.sentence,
        "An administrator of account 444455556666 adds this statement to the registry policy in us-west-2: it \
         allows account 111122223333 to use `ecr:ReplicateImage` on the repository `prod-a`."
    );
    let policy =
        RegistryPolicy::from_value(json!({ "Version": "2012-10-17", "Statement": allowing.statement }))
            .unwrap();
    let request = Request {
        source: &DEV.parse().unwrap(),
        destination: &prod(),
        repository: &"prod-a".parse().unwrap(),
        action: "ecr:ReplicateImage",
    };
    assert!(evaluate(&policy, &request).is_allowed(), "the statement does what it is for");
}

#[test]
fn a_session_is_named_by_its_role() {
    let session = "arn:aws:sts::111122223333:assumed-role/ci/run-1";
    let allowing = answer(&call(session, "ecr:BatchGetImage", REPOSITORY));
    assert_eq!(allowing.statement["Principal"], json!({ "AWS": "arn:aws:iam::111122223333:role/ci" }));
    assert_eq!(allowing.notes.len(), 2, "{:?}", allowing.notes);

    let person = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/anna";
    let allowing = answer(&call(person, "ecr:BatchGetImage", REPOSITORY));
    assert_eq!(allowing.statement["Principal"], json!({ "AWS": "arn:aws:iam::111122223333:root" }));
    assert_eq!(
        allowing.statement["Condition"],
        json!({ "ArnLike": { "aws:PrincipalArn":
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Dev_0123456789abcdef" } })
    );
}

#[test]
fn in_scope_v1_a_pull_is_allowed_by_the_repositorys_policy() {
    let mut denied = call(DEV, "ecr:BatchGetImage", REPOSITORY);
    denied.scope = PolicyScope::V1;
    let allowing = answer(&denied);
    assert!(
        matches!(&allowing.side, PolicySide::Repository { repository, .. } if repository.as_str() == "prod-a")
    );
    assert_eq!(allowing.statement.get("Resource"), None::<&Value>);
    denied.action = "ecr:CreateRepository";
    assert!(matches!(answer(&denied).side, PolicySide::Registry { .. }), "V1 knows this action");
}

#[test]
fn a_call_on_the_whole_registry_needs_to_know_which() {
    let registry = prod();
    let mut denied = call("arn:aws:iam::111122223333:user/anna", "ecr:DescribeRegistry", "*");
    assert!(matches!(answer(&denied).side, PolicySide::Identity { .. }));
    denied.registry = Some(&registry);
    let allowing = answer(&denied);
    assert_eq!(allowing.side, PolicySide::Registry { registry: prod() });
    assert!(allowing.sentence.ends_with("to use `ecr:DescribeRegistry` on the registry itself."));
}

#[test]
fn what_no_statement_would_allow_is_refused() {
    let of = |call: &DeniedCall<'_>| statement_for(call).unwrap_err();
    assert_eq!(of(&call("anna", "ecr:PutImage", "*")).code(), "denied-caller-unreadable");
    let other = "arn:aws-cn:iam::111122223333:root";
    assert_eq!(of(&call(other, "ecr:PutImage", REPOSITORY)).code(), "denied-other-partition");
    let mut denied = call(DEV, "ecr:PutImage", REPOSITORY);
    denied.explicit_deny = true;
    assert_eq!(of(&denied), AllowError::ExplicitDeny);
    let hostile = "\u{202e}".repeat(5_000);
    assert!(of(&call(&hostile, "ecr:PutImage", "*")).to_string().len() < 1_000);
}

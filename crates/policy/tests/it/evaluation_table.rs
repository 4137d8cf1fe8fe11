//! Tests the evaluator with the table that the sandbox's own evaluator must pass too.

use longshore_names::{AccountId, RegistryId, RepositoryName};
use longshore_policy::registry_policy::{Decision, Mismatch, RegistryPolicy, Request, evaluate};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Table {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    policy: Value,
    source: AccountId,
    destination: RegistryId,
    repository: RepositoryName,
    action: String,
    expected: String,
}

#[test]
fn every_case_of_the_table_holds() {
    let table: Table = serde_json::from_str(include_str!("../evaluation_table.json")).unwrap();
    assert!(table.cases.len() > 50);
    for case in table.cases {
        let policy = RegistryPolicy::from_value(case.policy).unwrap();
        let request = Request {
            source: &case.source,
            destination: &case.destination,
            repository: &case.repository,
            action: &case.action,
        };
        let decision = evaluate(&policy, &request);
        assert!(!matches!(decision, Decision::Unknown { .. }), "{}: {decision:?}", case.name);
        let expected = match case.expected.as_str() {
            "allowed" => true,
            "denied" => false,
            other => panic!("{}: `{other}` is not an expectation", case.name),
        };
        assert_eq!(decision.is_allowed(), expected, "{}: {decision:?}", case.name);
    }
}

fn ask(statements: Value, action: &str) -> Decision {
    let policy = RegistryPolicy::from_value(json!({ "Statement": statements })).unwrap();
    let registry = RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap());
    evaluate(
        &policy,
        &Request {
            source: &"111122223333".parse().unwrap(),
            destination: &registry,
            repository: &"prod-x".parse().unwrap(),
            action,
        },
    )
}

#[test]
fn the_deciding_statement_is_named() {
    let statements = json!([
        { "Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*" },
        { "Effect": "Deny", "Principal": "*", "Action": "ecr:CreateRepository", "Resource": "*" },
    ]);
    let Decision::Allowed { by } = ask(statements.clone(), "ecr:ReplicateImage") else { panic!() };
    assert_eq!((by.index, by.sid.as_deref()), (0, Some("A")));
    let Decision::Denied { by } = ask(statements, "ecr:CreateRepository") else { panic!() };
    assert_eq!((by.index, by.sid), (1, None));
}

#[test]
fn the_nearest_statement_and_what_it_lacks_are_named() {
    let statements = json!([
        { "Sid": "Far", "Effect": "Allow", "Principal": { "AWS": "999988887777" }, "Action": "ecr:PutImage", "Resource": "*" },
        { "Sid": "Near", "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "ecr:ReplicateImage",
          "Resource": "arn:aws:ecr:us-east-2:444455556666:repository/*" },
    ]);
    let Decision::NotAllowed { closest, missing } = ask(statements, "ecr:ReplicateImage") else { panic!() };
    assert_eq!(closest.unwrap().sid.as_deref(), Some("Near"));
    assert_eq!(missing, [Mismatch::Resource]);
    assert_eq!(ask(json!([]), "ecr:ReplicateImage"), Decision::NotAllowed { closest: None, missing: vec![] });
}

#[test]
fn what_depends_on_a_condition_is_not_decided_here() {
    let conditional = json!({
        "Sid": "Org", "Effect": "Allow", "Principal": "*", "Action": "ecr:ReplicateImage", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-123" } },
    });
    let Decision::Unknown { by, reason } = ask(json!([conditional]), "ecr:ReplicateImage") else { panic!() };
    assert_eq!(by.sid.as_deref(), Some("Org"));
    assert_eq!(reason, "Statement `Org` applies only under a condition on `aws:PrincipalOrgID`.");

    let plain =
        json!({ "Sid": "Plain", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    assert!(
        ask(json!([conditional, plain]), "ecr:ReplicateImage").is_allowed(),
        "another statement allows anyway"
    );

    let mut deny = conditional.clone();
    deny["Effect"] = "Deny".into();
    assert!(matches!(ask(json!([plain, deny]), "ecr:ReplicateImage"), Decision::Unknown { .. }));
    assert!(matches!(ask(json!([deny]), "ecr:ReplicateImage"), Decision::NotAllowed { .. }));

    let variable =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:ecr:${aws:x}:*" });
    assert!(matches!(ask(json!([variable]), "ecr:ReplicateImage"), Decision::Unknown { .. }));
}

//! The registry policy: editing, generating, evaluating, explaining, pasting.

use longshore_policy::{
    has_errors,
    registry_policy::{
        Added, CrossAccountReplication, Decision, Mismatch, PasteKind, PermissionCheck, PolicyContext,
        PolicyScope, RegistryPolicy, RepositoryScope, Request, Statement, StatementInput, check_pasted,
        check_replication, diff, evaluate, explain_statement, validate_policy, validate_statement_input,
    },
};
use serde_json::{Value, json};

use crate::common::{DEV, PROD, dev, names, prod, told};

fn wanted(sources: &[&str], prefixes: &[&str]) -> CrossAccountReplication {
    CrossAccountReplication {
        sid: "ReplicationAccessCrossAccount".into(),
        sources: sources.iter().map(|s| s.parse().unwrap()).collect(),
        destination: prod(),
        repositories: if prefixes.is_empty() {
            RepositoryScope::All
        } else {
            RepositoryScope::Prefixes(prefixes.iter().map(|p| p.parse().unwrap()).collect())
        },
        create_repository: true,
    }
}

fn policy(statements: Value) -> RegistryPolicy {
    RegistryPolicy::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
}

fn ours() -> RegistryPolicy {
    policy(json!([wanted(&[DEV], &["prod-microservice"]).statement()]))
}

#[test]
fn the_generated_statement_is_the_consoles() {
    insta::assert_snapshot!(policy(json!([wanted(&[DEV], &[]).statement()])).pretty(), @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "ReplicationAccessCrossAccount",
          "Effect": "Allow",
          "Principal": {
            "AWS": "arn:aws:iam::111122223333:root"
          },
          "Action": [
            "ecr:CreateRepository",
            "ecr:ReplicateImage"
          ],
          "Resource": [
            "arn:aws:ecr:us-west-2:444455556666:repository/*"
          ]
        }
      ]
    }
    "#);
    let mut china = wanted(&[DEV, "999988887777", DEV], &["prod-", "team/"]);
    china.destination = crate::common::registry(PROD, "cn-north-1");
    china.create_repository = false;
    let statement = china.statement().to_value();
    assert_eq!(
        statement["Principal"]["AWS"],
        json!(["arn:aws-cn:iam::111122223333:root", "arn:aws-cn:iam::999988887777:root"])
    );
    assert_eq!(statement["Action"], json!(["ecr:ReplicateImage"]));
    assert_eq!(
        statement["Resource"],
        json!([
            "arn:aws-cn:ecr:cn-north-1:444455556666:repository/prod-*",
            "arn:aws-cn:ecr:cn-north-1:444455556666:repository/team/*"
        ])
    );
}

#[test]
fn what_aws_may_rewrite_is_the_same_statement() {
    let written = Statement::from_value(json!({ "Sid": "A", "Effect": "Allow",
        "Principal": { "AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::999988887777:root"] },
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"], "Resource": ["r"],
        "Condition": { "Bool": { "aws:SecureTransport": true } } }))
    .unwrap();
    let returned = Statement::from_value(json!({ "Effect": "Allow", "Sid": "A",
        "Condition": { "Bool": { "aws:SecureTransport": ["true"] } },
        "Resource": "r", "Action": ["ecr:replicateimage", "ECR:CreateRepository"],
        "Principal": { "AWS": ["999988887777", "111122223333"] } }))
    .unwrap();
    assert_eq!(written, returned);
    let everyone = |p: Value| Statement::from_value(json!({ "Effect": "Allow", "Principal": p })).unwrap();
    assert_eq!(everyone(json!("*")), everyone(json!({ "AWS": ["*"] })));
    assert_ne!(everyone(json!("*")), everyone(json!({ "AWS": DEV })));
    assert_ne!(everyone(json!({ "AWS": "x" })), everyone(json!({ "Service": "x" })));
}

#[test]
fn one_statement_is_added_merged_refused_and_removed_without_touching_others() {
    let foreign = json!({ "Sid": "Theirs", "Effect": "Allow", "Principal": { "AWS": DEV }, "Action": "ecr:*", "Resource": "*", "Note": [1] });
    let mut document = RegistryPolicy::from_value(json!({ "Id": "x", "Statement": foreign })).unwrap();
    let added = document.add_statement(&wanted(&[DEV], &["prod-microservice"]).statement()).unwrap();
    assert!(matches!(added, Added::Appended(_)));
    assert_eq!(document.to_value()["Statement"][0], foreign);

    let error = document.add_statement(&wanted(&[DEV], &["prod-microservice"]).statement()).unwrap_err();
    assert_eq!(error.code(), "already-there");
    let merged =
        document.add_statement(&wanted(&["999988887777"], &["prod-microservice"]).statement()).unwrap();
    assert!(matches!(merged, Added::Merged(_)));
    assert_eq!(document.statements().len(), 2);
    assert_eq!(document.statement(merged.hash()).unwrap().accounts().len(), 2);
    let again = document.add_statement(&wanted(&[DEV], &["prod-microservice"]).statement()).unwrap_err();
    assert_eq!(again.code(), "already-there", "the account is in it");

    let error = document.add_statement(&wanted(&[DEV], &["other"]).statement()).unwrap_err();
    assert_eq!(error.code(), "sid-taken");
    assert!(error.hint().contains("`ReplicationAccessCrossAccount2`"), "{}", error.hint());

    assert_eq!(document.remove_statement(added.hash()).unwrap_err().code(), "changed-elsewhere");
    let left = document.remove_accounts(merged.hash(), &[DEV.parse().unwrap()]).unwrap().unwrap();
    assert_eq!(document.statement(&left).unwrap().accounts()[0].as_str(), "999988887777");
    assert_eq!(
        document.remove_accounts(&left, &[DEV.parse().unwrap()]).unwrap_err().code(),
        "changed-elsewhere"
    );
    assert_eq!(document.remove_accounts(&left, &["999988887777".parse().unwrap()]).unwrap(), None);
    assert_eq!(document.to_value(), json!({ "Id": "x", "Statement": [foreign] }));
    let last = document.statements()[0].hash.clone();
    document.remove_statement(&last).unwrap();
    assert!(document.is_empty());
}

#[test]
fn a_statement_with_another_condition_is_never_merged_into() {
    let mut conditional = wanted(&[DEV], &["prod"]).statement().to_value();
    conditional["Condition"] = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } });
    let mut document = policy(json!([conditional]));
    let error = document.add_statement(&wanted(&["999988887777"], &["prod"]).statement()).unwrap_err();
    assert_eq!(error.code(), "sid-taken");
}

#[test]
fn a_replaced_statement_keeps_its_place_and_its_unknown_fields() {
    let mut first = wanted(&[DEV], &["prod"]).statement().to_value();
    first["Note"] = "kept".into();
    let mut document = policy(json!([first, { "Sid": "B", "Effect": "Deny" }]));
    let hash = document.statements()[0].hash.clone();
    let new = document.replace_statement(&hash, &wanted(&[DEV], &["prod", "team/"]).statement()).unwrap();
    assert_eq!(document.statements()[0].hash, new);
    assert_eq!(document.to_value()["Statement"][0]["Note"], "kept");
    let mut taken = wanted(&[DEV], &["x1"]);
    taken.sid = "B".into();
    assert_eq!(document.replace_statement(&new, &taken.statement()).unwrap_err().code(), "sid-taken");
    assert_eq!(
        document.replace_statement(&hash, &taken.statement()).unwrap_err().code(),
        "changed-elsewhere"
    );
}

fn form(sid: &str, accounts: &[&str], prefixes: &[&str]) -> StatementInput {
    StatementInput {
        sid: sid.into(),
        accounts: accounts.iter().map(|a| (*a).to_owned()).collect(),
        all_repositories: false,
        prefixes: prefixes.iter().map(|p| (*p).to_owned()).collect(),
        create_repository: true,
    }
}

#[test]
fn the_generate_form_is_told_of_at_its_fields() {
    let check = |input: &StatementInput, policy: Option<&RegistryPolicy>| {
        let (statement, findings) = validate_statement_input(input, &prod(), policy);
        (statement.is_some(), told(&findings))
    };
    let good = form("ReplicationAccessCrossAccount", &["1111-2222-3333"], &["prod-microservice"]);
    assert_eq!(check(&good, None), (true, vec![]));
    let rows = [
        (form("", &[DEV], &["prod"]), "E sid-empty@sid"),
        (form("my-sid", &[DEV], &["prod"]), "E sid-characters@sid"),
        (form("A", &[], &["prod"]), "E accounts-empty@accounts"),
        (form("A", &["11112222333"], &["prod"]), "E account-id-invalid@accounts[0]"),
        (form("A", &[DEV], &[]), "E prefixes-empty@prefixes"),
        (form("A", &[DEV], &["ok", "prod*"]), "E filter-invalid@prefixes[1]"),
    ];
    for (input, expected) in rows {
        assert_eq!(check(&input, None), (false, vec![expected.to_owned()]), "{input:?}");
    }
    assert_eq!(
        check(&form("A", &[PROD, DEV, DEV], &["prod"]), None),
        (true, vec!["W own-account@accounts[0]".into(), "N account-duplicate@accounts[2]".into()])
    );
    let mut all = form("A", &[DEV], &[]);
    all.all_repositories = true;
    all.create_repository = false;
    assert_eq!(
        check(&all, None).1,
        ["W all-repositories@all_repositories", "W create-repository-missing@create_repository"]
    );

    assert_eq!(check(&good, Some(&ours())), (true, vec!["N already-there".into()]));
    let more = form("ReplicationAccessCrossAccount", &["999988887777"], &["prod-microservice"]);
    assert_eq!(check(&more, Some(&ours())), (true, vec!["N statement-merged".into()]));
    let other = form("ReplicationAccessCrossAccount", &[DEV], &["other"]);
    assert_eq!(check(&other, Some(&ours())), (true, vec!["E sid-taken@sid".into()]));
    let denying = policy(
        json!([{ "Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" }]),
    );
    assert_eq!(check(&good, Some(&denying)).1, ["W denied-elsewhere"]);
    let long: Vec<String> = (0..200).map(|i| format!("some-long-prefix-of-a-team-{i}/")).collect();
    let mut full = form("A", &[DEV], &[]);
    full.prefixes = long;
    assert_eq!(check(&full, Some(&ours())).1, ["E policy-too-long"]);
}

#[test]
fn a_document_is_told_of_at_its_fields() {
    let document = policy(json!([
        { "Sid": "a-b", "Effect": "allow", "Principal": { "AWS": "ACCOUNT_ID" }, "Action": "s3:GetObject" },
        { "Sid": "X", "Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*" },
        { "Sid": "X", "Effect": "Allow", "Principal": { "AWS": [PROD, "arn:aws-cn:iam::111122223333:root", "arn:aws:iam::12:root"] },
          "Action": ["ecr:BatchGetImage"], "Resource": ["arn:aws:ecr:us-east-2:444455556666:repository/*",
            "arn:aws:ecr:us-west-2:111122223333:repository/*", "arn:aws-cn:ecr:us-west-2:444455556666:repository/*", "arn:aws:s3:::b"],
          "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } } },
        { "Sid": "", "Effect": "Deny" },
        { "Effect": "Deny", "Principal": 5, "Action": { "a": 1 }, "Resource": 7 },
    ]));
    let mut context = PolicyContext::new(prod());
    context.scope = PolicyScope::V1;
    let findings = validate_policy(&document, &context);
    insta::assert_snapshot!(told(&findings).join("\n"));
    assert!(findings.iter().all(|f| f.text.ends_with('.')));

    context.current = Some(document.clone());
    assert!(!has_errors(&validate_policy(&document, &context)), "what ECR already has is not an error");
    assert_eq!(told(&validate_policy(&ours(), &PolicyContext::new(prod()))), [] as [&str; 0]);
    assert_eq!(told(&validate_policy(&RegistryPolicy::empty(), &context)), ["E policy-empty"]);
}

#[test]
fn the_length_counts_without_blanks() {
    let with = |n: usize| {
        policy(
            json!([{ "Sid": "A", "Effect": "Allow", "Principal": { "AWS": DEV }, "Action": "ecr:ReplicateImage", "Resource": "*", "Note": "x".repeat(n) }]),
        )
    };
    let room = 10_240 - with(0).characters();
    let told_of = |n| told(&validate_policy(&with(n), &PolicyContext::new(prod())));
    assert_eq!(told_of(room), [] as [&str; 0]);
    assert_eq!(told_of(room + 1), ["E policy-too-long"]);
    assert!(with(room).pretty().len() > 10_240, "whitespace does not count");
}

fn check(document: &RegistryPolicy, prefixes: &[&str]) -> PermissionCheck {
    let prefixes: Vec<_> = prefixes.iter().map(|p| p.parse().unwrap()).collect();
    check_replication(Some(document), &DEV.parse().unwrap(), &prod(), &prefixes)
}

#[test]
fn the_readiness_check_speaks_for_every_name_with_the_prefix() {
    let present = PermissionCheck::Present { by: vec!["ReplicationAccessCrossAccount".into()] };
    assert_eq!(check(&ours(), &["prod-microservice"]), present);
    assert_eq!(check(&ours(), &["prod-microservice-api", "prod-microservice/"]), present);
    assert_eq!(check(&ours(), &["prod"]), PermissionCheck::Missing);
    assert_eq!(check(&ours(), &[]), PermissionCheck::Missing);
    let PermissionCheck::Insufficient { missing } = check(&ours(), &["prod-microservice", "team/"]) else {
        panic!()
    };
    assert_eq!(
        missing.iter().map(|m| (m.action, m.repositories.as_str())).collect::<Vec<_>>(),
        [("ecr:ReplicateImage", "team/*"), ("ecr:CreateRepository", "team/*"),]
    );
    let all = policy(json!([wanted(&[DEV], &[]).statement()]));
    assert_eq!(check(&all, &[]), present);
    assert_eq!(check_replication(None, &DEV.parse().unwrap(), &prod(), &[]), PermissionCheck::Missing);
    assert_eq!(check_replication(None, &PROD.parse().unwrap(), &prod(), &[]), PermissionCheck::NotNeeded);
    let elsewhere = crate::common::registry(PROD, "us-east-2");
    assert_eq!(
        check_replication(Some(&all), &DEV.parse().unwrap(), &elsewhere, &[]),
        PermissionCheck::Missing,
        "the wrong Region"
    );
}

#[test]
fn a_deny_and_a_condition_count_in_the_readiness_check() {
    let deny = json!({ "Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "ecr:ReplicateImage", "Resource": "arn:aws:ecr:us-west-2:444455556666:repository/prod-microservice-secret" });
    let document = policy(json!([wanted(&[DEV], &["prod-microservice"]).statement(), deny]));
    let PermissionCheck::Insufficient { missing } = check(&document, &["prod-microservice"]) else {
        panic!()
    };
    assert_eq!(missing[0].denied_by.as_deref(), Some("Stop"));
    assert!(matches!(check(&document, &["prod-microservice/"]), PermissionCheck::Present { .. }));
    let mut conditional = wanted(&[DEV], &["prod"]).statement().to_value();
    conditional["Condition"] = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } });
    assert!(matches!(check(&policy(json!([conditional])), &["prod"]), PermissionCheck::Unknown { .. }));
}

#[test]
fn sentences() {
    let here = "arn:aws:ecr:us-west-2:444455556666:repository/";
    let mut replicate_only = wanted(&[DEV], &["prod-"]);
    replicate_only.create_repository = false;
    let document = policy(json!([
        wanted(&[DEV], &["prod-microservice"]).statement(),
        wanted(&[DEV, "999988887777"], &[]).statement(),
        replicate_only.statement(),
        { "Effect": "Deny", "Principal": "*", "Action": ["ecr:ReplicateImage", "ecr:CreateRepository"], "Resource": format!("{here}one") },
        { "Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Resource": format!("{here}a*b"),
          "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-1" } } },
        { "Effect": "Allow", "NotPrincipal": { "AWS": DEV }, "NotAction": "ecr:PutImage", "NotResource": "arn:aws:ecr:us-east-1:1:repository/x" },
        { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "ecr:*", "Resource": "*" },
        { "Effect": "Allow" },
        { "Effect": "Maybe", "Principal": "*" },
    ]));
    let sentences: Vec<_> =
        document.statements().iter().map(|s| explain_statement(s, &prod(), &names)).collect();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn a_difference_speaks_of_statements() {
    let mut other = wanted(&[DEV], &["prod"]);
    other.sid = "New".into();
    let before = ours();
    let mut after = policy(json!([wanted(&[DEV], &["prod-microservice", "team/"]).statement()]));
    after.add_statement(&other.statement()).unwrap();
    let difference = diff(Some(&before), Some(&after));
    assert_eq!((difference.changed.len(), difference.added.len(), difference.removed.len()), (1, 1, 0));
    let gone = diff(Some(&before), None);
    assert_eq!((gone.removed.len(), gone.lines.len()), (1, before.pretty().lines().count()));
    assert!(diff(Some(&before), Some(&before)).is_empty() && diff(None, None).is_empty());
}

#[test]
fn the_beginners_guide_is_explained_and_mended() {
    let guide = r#"{
  “Version”: "2012-10-17",
  "Statement": [{
    "Sid": "AllowCrossAccountReplication",
    "Effect": "Allow",
    "Principal": { "AWS": "111122223333" },
    "Action": ["ecr:ReplicateImage"]
  }]
}"#;
    let checked = check_pasted(guide, &prod());
    assert_eq!(checked.kind, PasteKind::Policy);
    assert_eq!(
        told(&checked.findings),
        [
            "W typographic-quotes",
            "E resource-missing@Statement[0].Resource",
            "W create-repository-missing@Statement[0].Action",
            "N principal-bare@Statement[0].Principal",
        ]
    );
    assert_eq!(checked.remaining, []);
    let mended = checked.fixed_entirely().unwrap();
    insta::assert_snapshot!(mended.pretty());
    assert!(matches!(check(&mended, &[]), PermissionCheck::Present { .. }));
    let again = check_pasted(&mended.pretty(), &prod());
    assert_eq!((again.mended, again.findings), (None, vec![]));
}

#[test]
fn a_bare_statement_of_another_region_is_moved_here_when_that_is_chosen() {
    let mut elsewhere = wanted(&[DEV], &["prod-"]);
    elsewhere.destination = crate::common::registry(DEV, "us-east-2");
    elsewhere.sid = "has a-dash".into();
    let checked = check_pasted(&elsewhere.statement().to_value().to_string(), &prod());
    assert_eq!(checked.kind, PasteKind::Statement);
    assert_eq!(
        told(&checked.findings),
        [
            "E sid-characters@Statement[0].Sid",
            "E resource-wrong-region@Statement[0].Resource[0]",
            "E resource-wrong-account@Statement[0].Resource[0]",
        ]
    );
    let mended = checked.mended.clone().unwrap().to_value();
    assert_eq!(mended["Statement"][0]["Sid"], "hasadash");
    assert_eq!(
        mended["Statement"][0]["Resource"],
        json!(["arn:aws:ecr:us-east-2:111122223333:repository/prod-*"])
    );
    let moved = checked.fixed(&["resource-elsewhere@Statement[0].Resource".into()]).unwrap().to_value();
    assert_eq!(
        moved["Statement"][0]["Resource"],
        json!(["arn:aws:ecr:us-west-2:444455556666:repository/prod-*"])
    );
}

#[test]
fn what_cannot_be_mended_stays_named() {
    let pasted = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::ACCOUNT_ID:root" }, "Action": "ecr:*", "Resource": "*" });
    let checked = check_pasted(&pasted.to_string(), &prod());
    assert_eq!(told(&checked.remaining), ["E account-id-invalid@Statement[0].Principal"]);
}

#[test]
fn other_pasted_texts_are_told_apart() {
    let rows = [
        ("{\"Statement\": [],}", PasteKind::Unknown, vec!["E json-invalid"]),
        ("{\"rules\": []}", PasteKind::Unknown, vec!["E document-shape@document"]),
        ("hello", PasteKind::Unknown, vec!["E json-invalid"]),
        (
            "aws ecr create-repository \u{2014}repository-name x",
            PasteKind::Command,
            vec!["E typographic-dash"],
        ),
        ("$(aws ecr get-login --no-include-email)", PasteKind::Command, vec!["E get-login-retired"]),
        (
            "docker push 111122223333.dkr.us-west-2.amazonaws.com/x:1",
            PasteKind::Command,
            vec!["E host-without-ecr"],
        ),
        ("docker push 111122223333.dkr.ecr.us-west-2.amazonaws.com/x:1", PasteKind::Command, vec![]),
        ("call the replicate image API", PasteKind::Command, vec!["E replicate-image-internal"]),
    ];
    for (text, kind, codes) in rows {
        let checked = check_pasted(text, &prod());
        assert_eq!(
            (checked.kind, told(&checked.findings)),
            (kind, codes.into_iter().map(str::to_owned).collect()),
            "{text}"
        );
        assert!(checked.mended.is_none());
    }
    let place = check_pasted("{\n\"Statement\": [],\n}", &prod()).findings[0].position.unwrap();
    assert_eq!((place.line, place.column), (2, 16));
    let wrapped = json!({ "registryId": PROD, "policyText": ours().to_text() });
    assert_eq!(RegistryPolicy::from_value(wrapped).unwrap(), ours());
    assert!(check_pasted(&" ".repeat(70_000), &dev()).findings[0].is_error());
}

fn conditional(condition: Value) -> RegistryPolicy {
    let mut statement = wanted(&[DEV], &["prod"]).statement().to_value();
    statement["Condition"] = condition;
    policy(json!([statement]))
}

#[test]
fn a_condition_that_replication_never_meets_is_said_and_not_unknown() {
    for condition in [
        json!({ "StringEquals": { "aws:SourceAccount": DEV } }),
        json!({ "ArnLike": { "aws:SourceArn": format!("arn:aws:ecr:us-west-2:{DEV}:*") } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": "999988887777" } }),
        json!({ "StringNotEquals": { "aws:PrincipalAccount": [DEV] } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": DEV, "aws:SourceAccount": DEV } }),
    ] {
        let document = conditional(condition.clone());
        let PermissionCheck::Insufficient { missing } = check(&document, &["prod"]) else {
            panic!("{condition}: {:?}", check(&document, &["prod"]))
        };
        assert!(missing[0].never.as_deref().unwrap().contains("never applies"), "{condition}");
        assert!(matches!(decided(&document), Decision::NotAllowed { .. }), "{condition}");
        let Decision::NotAllowed { missing, .. } = decided(&document) else { panic!() };
        assert_eq!(missing, [Mismatch::Condition], "{condition}");
    }
}

fn decided(document: &RegistryPolicy) -> Decision {
    let source = DEV.parse().unwrap();
    let repository = "prod-api".parse().unwrap();
    let request = Request {
        source: &source,
        destination: &prod(),
        repository: &repository,
        action: "ecr:ReplicateImage",
    };
    evaluate(document, &request)
}

#[test]
fn a_condition_on_the_source_account_is_decided() {
    for condition in [
        json!({ "StringEquals": { "aws:PrincipalAccount": DEV } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": ["999988887777", DEV] } }),
        json!({ "StringLike": { "aws:PrincipalAccount": "1111*" } }),
        json!({ "StringNotEquals": { "aws:PrincipalAccount": "999988887777" } }),
        json!({ "StringEqualsIfExists": { "aws:SourceAccount": "999988887777" } }),
        json!({ "Null": { "aws:SourceArn": "true" } }),
        json!({ "StringEquals": { "aws:ResourceAccount": PROD } }),
        json!({ "StringLike": { "aws:PrincipalArn": "*" } }),
        json!({ "ArnLike": { "aws:PrincipalArn": "*" } }),
        json!({ "StringLikeIfExists": { "aws:PrincipalOrgID": "*" } }),
        json!({ "ForAllValues:StringLike": { "aws:PrincipalOrgPaths": "*" } }),
        json!({ "ForAnyValue:StringNotEqualsIfExists": { "aws:SourceAccount": DEV } }),
    ] {
        let document = conditional(condition.clone());
        assert!(matches!(check(&document, &["prod"]), PermissionCheck::Present { .. }), "{condition}");
        assert!(decided(&document).is_allowed(), "{condition}");
    }
    let open =
        conditional(json!({ "StringEquals": { "aws:PrincipalAccount": DEV, "aws:PrincipalOrgID": "o-1" } }));
    let Decision::Unknown { reason, .. } = decided(&open) else { panic!() };
    assert!(reason.contains("PrincipalOrgID") && !reason.contains("PrincipalAccount"), "{reason}");
}

#[test]
fn a_condition_that_any_value_passes_is_not_passed_by_a_request_without_the_key() {
    for (operator, key) in [
        ("StringLike", "aws:PrincipalTag/team"),
        ("StringLike", "aws:SourceVpce"),
        ("StringLike", "aws:PrincipalOrgID"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths"),
        ("ArnLike", "aws:SourceVpcArn"),
        ("ArnEquals", "aws:ChatbotSourceArn"),
    ] {
        let document = conditional(json!({ operator: { key: "*" } }));
        let Decision::Unknown { reason, .. } = decided(&document) else {
            panic!("{operator} {key}: {:?}", decided(&document))
        };
        assert!(reason.contains(key), "{reason}");
        let checked = check(&document, &["prod"]);
        assert!(matches!(checked, PermissionCheck::Unknown { .. }), "{operator} {key}: {checked:?}");
    }
}

#[test]
fn a_negated_test_of_any_value_does_not_hold_without_a_value() {
    for operator in ["ForAnyValue:StringNotEquals", "ForAnyValue:StringNotLike", "ForAnyValue:ArnNotLike"] {
        let document = conditional(json!({ operator: { "aws:SourceAccount": "999988887777" } }));
        let Decision::NotAllowed { missing, .. } = decided(&document) else {
            panic!("{operator}: {:?}", decided(&document))
        };
        assert_eq!(missing, [Mismatch::Condition], "{operator}");
    }
}

#[test]
fn a_deny_whose_condition_never_holds_denies_nothing() {
    let deny = |condition: Value| {
        let mut statement = json!({ "Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "ecr:ReplicateImage", "Resource": "*" });
        statement["Condition"] = condition;
        policy(json!([wanted(&[DEV], &["prod"]).statement(), statement]))
    };
    assert!(decided(&deny(json!({ "StringEquals": { "aws:SourceAccount": DEV } }))).is_allowed());
    let held = deny(json!({ "StringNotEquals": { "aws:SourceAccount": DEV } }));
    assert!(matches!(decided(&held), Decision::Denied { .. }), "a missing key is not equal");
    let other = deny(json!({ "StringNotEquals": { "aws:PrincipalAccount": DEV } }));
    assert!(decided(&other).is_allowed());
}

#[test]
fn statements_that_an_earlier_longshore_made_are_still_known_by_their_hashes() {
    for who in [json!(DEV), json!([format!("arn:aws:iam::{DEV}:root")])] {
        let document = policy(json!([{ "Effect": "Allow", "Principal": { "AWS": who },
            "Action": "ecr:ReplicateImage", "Resource": "*" }]));
        assert!(
            document.canonical_text().contains(&format!("[\"account {DEV}\"]")),
            "{}",
            document.canonical_text()
        );
    }
}

#[test]
fn accounts_of_two_partitions_are_not_one() {
    let statement = |aws: Value, resource: &str| {
        Statement::from_value(json!({ "Sid": "A", "Effect": "Allow", "Principal": { "AWS": aws },
            "Action": ["ecr:ReplicateImage"], "Resource": [resource] }))
        .unwrap()
    };
    let (commercial, china) = ("arn:aws:iam::111122223333:root", "arn:aws-cn:iam::111122223333:root");
    let here = "arn:aws-cn:ecr:cn-north-1:444455556666:repository/*";
    for resource in ["*", here] {
        assert_ne!(statement(json!(commercial), resource), statement(json!(china), resource), "{resource}");
    }
    assert_eq!(
        statement(json!(DEV), here),
        statement(json!(china), here),
        "a bare id is in the registry's partition"
    );
    assert_eq!(statement(json!(DEV), "*"), statement(json!(commercial), "*"));

    let mut document = policy(json!([statement(json!(commercial), here)]));
    let added = document.add_statement(&statement(json!(china), here)).unwrap();
    assert!(matches!(added, Added::Merged(_)));
    assert_eq!(document.to_value()["Statement"][0]["Principal"]["AWS"], json!([commercial, china]));
    let again = document.add_statement(&statement(json!(DEV), here)).unwrap_err();
    assert_eq!(again.code(), "already-there");
    for (name, expected) in [("11a-sent.json", true), ("17-same-sid-twice.json", false)] {
        let read = |name: &str| {
            let path = format!("{}/tests/pasted/policies/{name}", env!("CARGO_MANIFEST_DIR"));
            RegistryPolicy::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
        };
        assert_eq!(read(name) == read("11b-returned.json"), expected, "{name}");
    }
}

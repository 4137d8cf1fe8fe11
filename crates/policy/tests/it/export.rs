//! Documents in the formats of other tools.

use longshore_policy::{
    export::{Change, Format, Target, export},
    registry_policy::{CrossAccountReplication, RegistryPolicy, RepositoryScope},
    replication::{ReplicationConfiguration, RuleDraft},
};
use serde_json::{Value, json};

use crate::common::{DEV, PROD, dev, prod};

fn replication() -> Change {
    let before = ReplicationConfiguration::from_value(json!({ "rules": [
        { "destinations": [{ "region": "eu-west-1", "registryId": DEV }] } ] }))
    .unwrap();
    let mut after = before.clone();
    let rule = RuleDraft {
        destinations: vec![prod()],
        filters: vec!["prod-microservice".parse().unwrap()],
        delete_replication: false,
    };
    after.add_rule(&rule).unwrap();
    Change::Replication { before, after }
}

fn policy() -> Change {
    let mut after = RegistryPolicy::empty();
    let statement = CrossAccountReplication {
        sid: "ReplicationAccessCrossAccount".into(),
        sources: vec![DEV.parse().unwrap()],
        destination: prod(),
        repositories: RepositoryScope::Prefixes(vec!["prod-microservice".parse().unwrap()]),
        create_repository: true,
    };
    after.add_statement(&statement.statement()).unwrap();
    Change::RegistryPolicy { before: None, after: Some(after) }
}

fn text(change: &Change, target: &Target, format: Format) -> String {
    let exported = export(change, target, format).unwrap();
    format!("{}\n{}\n---\n{}", exported.file_name, exported.notes.join("\n"), exported.text)
}

#[test]
fn every_form_of_a_replication_configuration() {
    let target = Target { registry: dev(), endpoint: Some("http://127.0.0.1:4510".into()) };
    for format in Format::ALL {
        insta::assert_snapshot!(format!("replication_{format:?}"), text(&replication(), &target, format));
    }
}

#[test]
fn every_form_of_a_registry_policy() {
    let target = Target { registry: prod(), endpoint: None };
    for format in Format::ALL {
        insta::assert_snapshot!(format!("policy_{format:?}"), text(&policy(), &target, format));
    }
}

fn after(value: Value) -> Change {
    Change::Replication {
        before: ReplicationConfiguration::empty(),
        after: ReplicationConfiguration::from_value(value).unwrap(),
    }
}

#[test]
fn a_form_that_has_no_word_for_a_field_is_refused_by_name() {
    let destination = json!([{ "region": "us-west-2", "registryId": PROD }]);
    let rows = [
        (
            json!({ "rules": [{ "destinations": destination, "deleteReplication": { "enabled": true } }] }),
            "rules[0].deleteReplication",
        ),
        (json!({ "rules": [{ "destinations": destination, "later": 1 }] }), "rules[0].later"),
        (json!({ "later": 1, "rules": [] }), "later"),
        (
            json!({ "rules": [{ "destinations": destination, "repositoryFilters": [{ "filter": "x1", "filterType": "GLOB" }] }] }),
            "rules[0].repositoryFilters[0].filterType",
        ),
        (
            json!({ "rules": [{ "destinations": [{ "region": "us-west-2" }] }] }),
            "rules[0].destinations[0].registryId",
        ),
    ];
    let target = Target { registry: dev(), endpoint: None };
    for (document, field) in rows {
        let cloudformation = (field != "rules[0].deleteReplication").then_some(Format::Cloudformation);
        for format in [Some(Format::Terraform), cloudformation].into_iter().flatten() {
            let error = export(&after(document.clone()), &target, format).unwrap_err();
            assert_eq!(error.code(), "export-inexpressible");
            assert_eq!(error.to_string(), format!("{} cannot express `{field}`", format.name()));
        }
        for format in [Format::Cli, Format::Json] {
            assert!(export(&after(document.clone()), &target, format).unwrap().text.contains("rules"));
        }
    }
    let off =
        json!({ "rules": [{ "destinations": destination, "deleteReplication": { "enabled": false } }] });
    assert!(export(&after(off), &target, Format::Terraform).is_ok(), "off is the same as absent");
    let empty = export(&after(json!({ "rules": [] })), &target, Format::Terraform).unwrap_err();
    assert_eq!(empty.code(), "export-empty");
}

#[test]
fn a_crooked_endpoint_never_reaches_a_command() {
    for endpoint in ["http://x'; rm -rf /; '", "ftp://x", "http://x y", "$(id)"] {
        let target = Target { registry: dev(), endpoint: Some(endpoint.into()) };
        assert_eq!(export(&replication(), &target, Format::Cli).unwrap_err().code(), "export-endpoint");
    }
}

#[test]
fn deletes_that_are_replicated_go_into_the_template() {
    let document = json!({ "rules": [{ "destinations": [{ "region": "us-west-2", "registryId": PROD }],
        "deleteReplication": { "enabled": true } }] });
    let target = Target { registry: dev(), endpoint: None };
    let exported = export(&after(document), &target, Format::Cloudformation).unwrap();
    let template: Value = serde_json::from_str(&exported.text).unwrap();
    let rules =
        &template["Resources"]["LongshoreReplication"]["Properties"]["ReplicationConfiguration"]["Rules"];
    assert_eq!(rules[0]["DeleteReplication"], json!({ "Enabled": true }));
}

#[test]
fn a_template_never_evaluates_what_a_document_says() {
    let policy = |statement: Value| Change::RegistryPolicy {
        before: None,
        after: Some(
            RegistryPolicy::from_value(json!({ "Version": "2012-10-17", "Statement": [statement] })).unwrap(),
        ),
    };
    let target = Target { registry: dev(), endpoint: None };
    for (statement, field) in [
        (json!({ "Sid": "{{resolve:ssm:/x}}" }), "PolicyText.Statement[0].Sid"),
        (
            json!({ "Resource": ["a", "x{{resolve:secretsmanager:y}}z"] }),
            "PolicyText.Statement[0].Resource[1]",
        ),
        (
            json!({ "Principal": { "AWS": { "Ref": "AWS::AccountId" } } }),
            "PolicyText.Statement[0].Principal.AWS.Ref",
        ),
        (
            json!({ "Resource": { "Fn::Sub": "arn:${AWS::Region}" } }),
            "PolicyText.Statement[0].Resource.Fn::Sub",
        ),
        (
            json!({ "Condition": { "StringEquals": { "aws:PrincipalTag/{{resolve:ssm:a}}": "x" } } }),
            "PolicyText.Statement[0].Condition.StringEquals.aws:PrincipalTag/{{resolve:ssm:a}}",
        ),
        (json!({ "Fn::Transform": { "Name": "AWS::Include" } }), "PolicyText.Statement[0].Fn::Transform"),
    ] {
        let error = export(&policy(statement.clone()), &target, Format::Cloudformation).unwrap_err();
        assert_eq!(error.to_string(), format!("CloudFormation cannot express `{field}`"));
        for format in [Format::Cli, Format::Json, Format::Terraform] {
            assert!(
                export(&policy(statement.clone()), &target, format).is_ok(),
                "{format:?} writes it unchanged"
            );
        }
    }
    let variable = policy(json!({ "Resource": "arn:aws:ecr:*:*:repository/${aws:username}" }));
    assert!(export(&variable, &target, Format::Cloudformation).is_ok(), "only `Fn::Sub` reads `${{…}}`");
}

#[test]
fn exported_commands_have_no_line_that_zsh_would_run_as_a_comment() {
    let policy =
        RegistryPolicy::from_value(json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "# x" }] }))
            .unwrap();
    for change in [replication(), Change::RegistryPolicy { before: None, after: Some(policy) }] {
        let target = Target { registry: dev(), endpoint: None };
        let exported = export(&change, &target, Format::Cli).unwrap();
        assert!(!exported.text.lines().any(|line| line.trim_start().starts_with('#')), "{}", exported.text);
    }
}

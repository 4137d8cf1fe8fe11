//! Native or engine, with every reason and the changes that would make a rule native.

use longshore_names::RepositoryName;
use longshore_policy::{
    replication::{Driver, ReplicationConfiguration},
    rule::{CompiledRule, Decision, NativeContext, driver, parse_rules},
};
use serde_json::json;

fn compile(text: &str) -> CompiledRule {
    let file = parse_rules(&format!("version: 1\nrules:\n- {text}"))
        .map_err(|findings| format!("{findings:#?}"))
        .unwrap();
    CompiledRule::compile(&file.rules[0]).unwrap()
}

fn told(decision: &Decision) -> String {
    match &decision.driver {
        Driver::Engine { reasons } => reasons
            .iter()
            .map(|reason| {
                let hint =
                    reason.to_native.as_ref().map(|hint| format!("\n    → {hint}")).unwrap_or_default();
                format!("[{}] {}{hint}", reason.code, reason.text)
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Driver::Native { reason } => format!("native: {reason}"),
        other => format!("{other:?}"),
    }
}

const NATIVE: &str = "{name: a, source: {registry: 111122223333/us-west-2, repositories: [{prefix: prod/}]}, \
                      destinations: [{registry: 444455556666/us-west-2}, {registry: 444455556666/eu-west-1, on_conflict: overwrite, create: template}]}";

#[test]
fn what_ecr_can_say_is_native_and_written_as_ecr_takes_it() {
    let decision = driver(&compile(NATIVE), &NativeContext::unknown());
    assert!(decision.driver.is_native());
    assert_eq!(
        decision.native.unwrap().to_value(),
        json!({
            "destinations": [
                { "region": "us-west-2", "registryId": "444455556666" },
                { "region": "eu-west-1", "registryId": "444455556666" },
            ],
            "repositoryFilters": [{ "filter": "prod/", "filterType": "PREFIX_MATCH" }],
        })
    );
}

#[test]
fn every_part_that_ecr_cannot_do_is_a_reason() {
    let file = parse_rules(super::file::FULL).unwrap();
    let names: Vec<RepositoryName> =
        ["prod/api", "prod/old", "tools/builder", "tools/builder-2", "team-a/api", "team-a/ui"]
            .map(|name| name.parse().unwrap())
            .into();
    let rule = CompiledRule::compile(&file.rules[0]).unwrap();
    let context =
        NativeContext { repositories: Some(&names), source_holds_replicas: true, ..NativeContext::unknown() };
    let decision = driver(&rule, &context);
    assert_eq!(decision.native, None);
    insta::assert_snapshot!("reasons", told(&decision));
    let directory = driver(&CompiledRule::compile(&file.rules[1]).unwrap(), &NativeContext::unknown());
    insta::assert_snapshot!("reasons_of_a_directory", told(&directory));
}

#[test]
fn the_limits_of_the_registry_count_too() {
    let others: Vec<_> = (0..24)
        .map(|i| json!({ "destinations": [{ "region": "us-east-1", "registryId": format!("{:012}", 100 + i) }] }))
        .collect();
    let configuration = ReplicationConfiguration::from_value(json!({ "rules": others })).unwrap();
    let context = NativeContext { configuration: Some(&configuration), ..NativeContext::unknown() };
    let decision = driver(&compile(NATIVE), &context);
    assert!(told(&decision).contains("[too-many-destinations]"), "{}", told(&decision));
    let china = NATIVE.replace("eu-west-1", "cn-north-1");
    assert!(told(&driver(&compile(&china), &NativeContext::unknown())).contains("[other-partition]"));
}

#[test]
fn a_sandbox_is_ecr_when_its_host_is_known() {
    let rule = compile(
        "{name: a, source: {registry: '127.0.0.1:4511'}, destinations: [{registry: '127.0.0.1:4512'}]}",
    );
    assert!(!driver(&rule, &NativeContext::unknown()).driver.is_native());
    let known = |registry: &longshore_policy::rule::Registry| {
        let account = if registry.to_string().ends_with('1') { "111122223333" } else { "444455556666" };
        Some(longshore_names::RegistryId::new(account.parse().ok()?, "us-west-2".parse().ok()?))
    };
    let context = NativeContext { ecr: &known, ..NativeContext::unknown() };
    assert!(driver(&rule, &context).driver.is_native());
}

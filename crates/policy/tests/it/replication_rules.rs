//! The findings for a typed rule and for an edited document.

use std::collections::BTreeSet;

use longshore_policy::{
    has_errors,
    registry_policy::{CrossAccountReplication, RegistryPolicy, RepositoryScope},
    replication::{
        DestinationFacts, DestinationRepository, DraftInput, Driver, PolicyFacts, ReplicationConfiguration,
        RepositoryFacts, RuleContext, check_unchanged, driver, preview, preview_typed,
        validate_configuration, validate_draft,
    },
};
use serde_json::json;

use crate::common::{DEV, PROD, dev, prod, registry, told};

/// Only the errors; a table row is the input and its findings.
fn errors(input: &DraftInput, context: &RuleContext) -> Vec<String> {
    told(&validate_draft(input, context).1).into_iter().filter(|t| t.starts_with('E')).collect()
}

#[test]
fn each_slip_in_the_form_is_told_at_its_field() {
    let long = "a".repeat(257);
    let good = [(PROD, "us-west-2")];
    let rows: Vec<(DraftInput, Vec<&str>)> = vec![
        (DraftInput::new(&good, &["prod-microservice"]), vec![]),
        (DraftInput::new(&[(" 4444-5555-6666 ", " us-west-2")], &[" prod "]), vec![]),
        (
            DraftInput::new(&[("44445555666", "us-west-2")], &["prod"]),
            vec!["E account-id-invalid@destinations[0].account"],
        ),
        (
            DraftInput::new(&[("prod", "us-west-2")], &["prod"]),
            vec!["E account-id-invalid@destinations[0].account"],
        ),
        (DraftInput::new(&[(PROD, "us-wst-2")], &["prod"]), vec!["E region-invalid@destinations[0].region"]),
        (
            DraftInput::new(&[("x", "y")], &["prod"]),
            vec!["E account-id-invalid@destinations[0].account", "E region-invalid@destinations[0].region"],
        ),
        (DraftInput::new(&[(DEV, "us-west-2")], &["prod"]), vec!["E destination-is-source@destinations[0]"]),
        (
            DraftInput::new(&[(PROD, "us-west-2"), (PROD, "us-west-2")], &["prod"]),
            vec!["E destination-duplicate@destinations[1]"],
        ),
        (
            DraftInput::new(&[(PROD, "cn-north-1")], &["prod"]),
            vec!["E partition-differs@destinations[0].region"],
        ),
        (DraftInput::new(&[], &["prod"]), vec!["E destinations-empty@destinations"]),
        (DraftInput::new(&good, &["prod", "prod*"]), vec!["E filter-glob@filters[1]"]),
        (DraftInput::new(&good, &["PROD"]), vec!["E filter-upper-case@filters[0]"]),
        (DraftInput::new(&good, &["p"]), vec!["E filter-length@filters[0]"]),
        (DraftInput::new(&good, &[""]), vec!["E filter-length@filters[0]"]),
        (DraftInput::new(&good, &[&long]), vec!["E filter-length@filters[0]"]),
        (DraftInput::new(&good, &["/prod"]), vec!["E filter-invalid@filters[0]"]),
        (DraftInput::new(&good, &["prod//x"]), vec!["E filter-invalid@filters[0]"]),
    ];
    for (input, expected) in rows {
        assert_eq!(errors(&input, &RuleContext::new(dev())), expected, "{input:?}");
        let (draft, _) = validate_draft(&input, &RuleContext::new(dev()));
        let unreadable = expected.iter().any(|e| {
            ["account-id", "region-invalid", "filter", "destinations-empty"].iter().any(|c| e.contains(c))
        });
        assert_eq!(draft.is_none(), unreadable, "{input:?}");
    }
}

#[test]
fn every_error_says_what_to_do() {
    let input = DraftInput::new(
        &[(DEV, "us-west-2"), (PROD, "cn-north-1")],
        &["PROD", "prod*", "prod", "prod-x", "prod"],
    );
    for finding in validate_draft(&input, &RuleContext::new(dev())).1 {
        assert!(finding.hint.is_some(), "{finding:?}");
        assert!(finding.text.ends_with('.') && finding.field.is_some(), "{finding:?}");
    }
}

#[test]
fn odd_filters_are_warned_of() {
    let told = |filters: &[&str]| {
        let (draft, findings) =
            validate_draft(&DraftInput::new(&[(DEV, "eu-west-1")], filters), &RuleContext::new(dev()));
        assert!(draft.is_some());
        crate::common::told(&findings)
    };
    assert_eq!(told(&["prod"]), [] as [&str; 0]);
    assert_eq!(told(&["prod-", "dev/", "x__", "a-"]), [] as [&str; 0]);
    assert_eq!(told(&[]), ["W filter-none@filters"]);
    assert_eq!(told(&["prod", "prod"]), ["W filter-duplicate@filters[1]"]);
    assert_eq!(told(&["prod", "prod-x"]), ["W filter-covered@filters[1]"]);
    assert_eq!(told(&["prod-x", "prod"]), ["W filter-covered@filters[0]"]);
    assert_eq!(told(&["-prod"]), ["W filter-odd-beginning@filters[0]"]);
    assert_eq!(told(&["a..b"]), ["W filter-never-matches@filters[0]"]);
    assert_eq!(told(&["a-/b"]), ["W filter-never-matches@filters[0]"]);
}

/// `count` rules, each with a different destination.
fn full(count: usize) -> ReplicationConfiguration {
    let rules: Vec<_> = (0..count)
        .map(|i| json!({ "destinations": [{ "region": "us-east-1", "registryId": format!("{i:012}") }],
                         "repositoryFilters": [{ "filter": format!("team{i}/"), "filterType": "PREFIX_MATCH" }] }))
        .collect();
    ReplicationConfiguration::from_value(json!({ "rules": rules })).unwrap()
}

#[test]
fn the_26th_rule_and_the_26th_destination_are_refused_and_the_engine_can_take_them() {
    let mut context = RuleContext::new(dev());
    context.configuration = Some(full(25));
    let input = DraftInput::new(&[("000000000007", "us-east-1")], &["prod"]);
    assert_eq!(errors(&input, &context), ["E too-many-rules"]);

    context.configuration = Some(full(24));
    assert_eq!(errors(&input, &context), [] as [&str; 0]);
    assert_eq!(errors(&DraftInput::new(&[(PROD, "us-west-2")], &["prod"]), &context), [] as [&str; 0]);
    let input = DraftInput::new(&[(PROD, "us-west-2"), (PROD, "us-east-2")], &["prod"]);
    assert_eq!(errors(&input, &context), ["E too-many-destinations@destinations"]);

    let (draft, _) = validate_draft(&input, &context);
    let Driver::Engine { reasons } = driver(&draft.unwrap(), &dev(), &full(24)) else { panic!("not native") };
    assert_eq!(reasons.iter().map(|r| r.code).collect::<Vec<_>>(), ["too-many-destinations"]);
    assert!(reasons[0].to_native.is_some());

    let (draft, _) = validate_draft(&DraftInput::new(&[(PROD, "us-west-2")], &["prod"]), &context);
    assert!(driver(&draft.clone().unwrap(), &dev(), &full(24)).is_native());
    assert!(!driver(&draft.unwrap(), &registry(DEV, "cn-north-1"), &full(0)).is_native());
}

#[test]
fn the_rule_that_is_being_edited_does_not_count_against_itself() {
    let configuration = full(25);
    let mut context = RuleContext::new(dev());
    context.replacing = Some(configuration.rules()[3].hash.clone());
    context.configuration = Some(configuration);
    let input = DraftInput::new(&[("000000000003", "us-east-1")], &["team3/", "extra3"]);
    let findings = validate_draft(&input, &context).1;
    assert!(!has_errors(&findings), "{findings:?}");
    assert!(!told(&findings).iter().any(|t| t.contains("overlaps")), "{findings:?}");
}

#[test]
fn an_equal_or_overlapping_rule_is_named() {
    let mut context = RuleContext::new(dev());
    context.configuration = Some(full(3));
    let same = DraftInput::new(&[("000000000001", "us-east-1")], &["team1/"]);
    assert_eq!(told(&validate_draft(&same, &context).1)[0], "E already-there");
    let mut wider = DraftInput::new(&[("000000000001", "us-east-1")], &["team"]);
    wider.delete_replication = true;
    assert_eq!(
        told(&validate_draft(&wider, &context).1),
        [
            "W destination-overlaps-rule@destinations[0]",
            "W delete-replication-conflict@delete_replication",
            "N permission-unseen@destinations[0]",
            "W delete-replication-on@delete_replication",
        ]
    );
    let other = DraftInput::new(&[("000000000001", "us-east-1")], &["prod"]);
    assert_eq!(told(&validate_draft(&other, &context).1), ["N permission-unseen@destinations[0]"]);
}

fn repositories(names: &[(&str, u64)]) -> Vec<RepositoryFacts> {
    names
        .iter()
        .map(|(name, images)| RepositoryFacts {
            name: name.parse().unwrap(),
            images: *images,
            bytes: images * 100,
        })
        .collect()
}

#[test]
fn while_typing_one_sees_what_matches_and_what_looks_accidental() {
    let all = repositories(&[
        ("prod-microservice", 3),
        ("prod-microservice-old", 2),
        ("prod-microservice/api", 1),
        ("prod-microservices", 1),
        ("dev-microservice", 9),
    ]);
    let seen = preview(&["prod-microservice".parse().unwrap()], &all);
    let names: Vec<_> = seen.matched.iter().map(|m| (m.name.as_str(), m.accidental)).collect();
    assert_eq!(
        names,
        [
            ("prod-microservice", false),
            ("prod-microservice-old", true),
            ("prod-microservice/api", false),
            ("prod-microservices", true),
        ]
    );
    assert_eq!((seen.images, seen.bytes, seen.accidental, seen.others), (7, 700, 2, 1));
    assert!(!seen.whole_registry);

    let both =
        preview_typed(&["prod-microservice".into(), "prod-microservice-".into(), "PROD*".into()], &all);
    assert_eq!(both.matched[1].filter, Some(1), "the intended filter matches it");
    assert_eq!((both.accidental, both.per_filter), (1, vec![4, 1, 0]));

    assert!(preview_typed(&["p".into()], &all).matched.is_empty(), "half a filter is not the whole registry");
    let whole = preview(&[], &all);
    assert!(whole.whole_registry);
    assert_eq!((whole.matched.len(), whole.images, whole.others), (5, 16, 0));
}

#[test]
fn the_source_side_is_looked_at() {
    let mut context = RuleContext::new(dev());
    context.repositories = Some(repositories(&[("prod-microservice", 3), ("prod-microservice-old", 2)]));
    let input = DraftInput::new(&[(DEV, "eu-west-1")], &["prod-microservice", "team/"]);
    let findings = validate_draft(&input, &context).1;
    assert_eq!(
        told(&findings),
        ["W filter-matches-others@filters[0]", "W filter-matches-nothing@filters[1]", "W existing-images",]
    );
    assert_eq!(findings[0].text, "`prod-microservice` also matches `prod-microservice-old`.");
}

fn statement(create: bool, prefix: &str) -> RegistryPolicy {
    let mut policy = RegistryPolicy::empty();
    let wanted = CrossAccountReplication {
        sid: "A".into(),
        sources: vec![DEV.parse().unwrap()],
        destination: prod(),
        repositories: RepositoryScope::Prefixes(vec![prefix.parse().unwrap()]),
        create_repository: create,
    };
    policy.add_statement(&wanted.statement()).unwrap();
    policy
}

/// The findings for the rule of J1 with the given destination.
fn about_destination(facts: DestinationFacts) -> Vec<String> {
    let mut context = RuleContext::new(dev());
    context.repositories = Some(repositories(&[("prod-microservice", 0)]));
    context.destinations.insert(prod(), facts);
    told(&validate_draft(&DraftInput::new(&[(PROD, "us-west-2")], &["prod-microservice"]), &context).1)
}

#[test]
fn the_other_side_is_looked_at() {
    let seen = |policy| DestinationFacts { policy, ..DestinationFacts::default() };
    assert_eq!(about_destination(DestinationFacts::default()), ["N permission-unseen@destinations[0]"]);
    assert_eq!(about_destination(seen(PolicyFacts::None)), ["W permission-missing@destinations[0]"]);
    assert_eq!(about_destination(seen(PolicyFacts::Policy(statement(true, "prod-")))), [] as [&str; 0]);
    assert_eq!(
        about_destination(seen(PolicyFacts::Policy(statement(true, "prod-microservice-api")))),
        ["W permission-missing@destinations[0]"]
    );
    assert_eq!(
        about_destination(seen(PolicyFacts::Policy(statement(false, "prod-")))),
        ["W permission-insufficient@destinations[0]"]
    );

    let there = DestinationRepository { name: "prod-microservice".parse().unwrap(), immutable: true };
    let mut facts = seen(PolicyFacts::Policy(statement(false, "prod-")));
    facts.repositories = Some(vec![there]);
    assert_eq!(
        about_destination(facts.clone()),
        ["W destination-immutable@destinations[0]"],
        "nothing needs to be created"
    );
    facts.policy = PolicyFacts::Policy(statement(true, "prod-"));
    facts.repositories = Some(vec![]);
    facts.has_replication_template = Some(false);
    assert_eq!(about_destination(facts), ["W destination-no-template@destinations[0]"]);
}

#[test]
fn chains_and_loops_are_named() {
    let onward = |account: &str, region: &str, filter: &str| DestinationFacts {
        policy: PolicyFacts::Policy(statement(true, "prod-")),
        configuration: Some(
            ReplicationConfiguration::from_value(json!({ "rules": [{
                "destinations": [{ "region": region, "registryId": account }],
                "repositoryFilters": [{ "filter": filter, "filterType": "PREFIX_MATCH" }] }] }))
            .unwrap(),
        ),
        ..DestinationFacts::default()
    };
    assert_eq!(about_destination(onward(PROD, "eu-west-1", "prod")), ["W chain-ends@destinations[0]"]);
    assert_eq!(about_destination(onward(DEV, "us-west-2", "prod")), ["W loop@destinations[0]"]);
    assert_eq!(about_destination(onward(PROD, "eu-west-1", "other")), [] as [&str; 0]);
}

#[test]
fn deletes_regions_and_production_are_warned_of() {
    let mut context = RuleContext::new(dev());
    context.production.insert(PROD.parse().unwrap());
    context.enabled_regions.insert(PROD.parse().unwrap(), BTreeSet::from(["us-west-2".parse().unwrap()]));
    let mut input = DraftInput::new(&[(PROD, "ap-east-1")], &["prod"]);
    input.delete_replication = true;
    assert_eq!(
        told(&validate_draft(&input, &context).1),
        [
            "W region-not-enabled@destinations[0].region",
            "N permission-unseen@destinations[0]",
            "W delete-replication-on@delete_replication",
            "W delete-replication-production@delete_replication",
        ]
    );
}

#[test]
fn an_edited_document_is_told_of_at_its_fields() {
    let text = json!({ "later": 1, "rules": [
        { "destinations": [{ "region": "us-west-2", "registryId": "444455556666", "new": true }], "repositoryFilters": [] },
        { "destinations": [{ "region": " us-west-2", "registryId": "4444" }],
          "repositoryFilters": [{ "filter": "PROD", "filterType": "PREFIX_MATCH" }, { "filter": "x*", "filterType": "GLOB" }, { "filter": 5 }],
          "deleteReplication": { "enabled": "yes" } },
        { "destinations": "none" },
    ] });
    let configuration = ReplicationConfiguration::from_value(text).unwrap();
    let mut all = told(&validate_configuration(&configuration, &RuleContext::new(dev())));
    all.sort();
    insta::assert_snapshot!(all.join("\n"));

    let findings = validate_configuration(&full(26), &RuleContext::new(dev()));
    let errors: Vec<_> = told(&findings).into_iter().filter(|t| t.starts_with('E')).collect();
    assert_eq!(errors, ["E too-many-rules@rules", "E too-many-destinations@rules"]);
}

#[test]
fn a_configuration_that_changed_meanwhile_is_refused_and_one_rewritten_by_aws_is_not() {
    let read = ReplicationConfiguration::parse(
        r#"{"rules":[{"destinations":[{"region":"a1","registryId":"111122223333"}]}]}"#,
    )
    .unwrap();
    let rewritten = ReplicationConfiguration::parse(
        r#"{"registryId":"111122223333","replicationConfiguration":{"rules":[{"deleteReplication":{"enabled":false},"repositoryFilters":[],"destinations":[{"registryId":"111122223333","region":"a1"}]}]}}"#,
    )
    .unwrap();
    assert!(check_unchanged(&read, &rewritten).is_ok());
    let error = check_unchanged(&read, &full(1)).unwrap_err();
    assert_eq!(error.code(), "changed-elsewhere");
}

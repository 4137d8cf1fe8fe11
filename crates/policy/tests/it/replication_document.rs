//! The replication configuration as a document: reading, editing, comparing, explaining.

use longshore_policy::{
    ContentHash, LineKind,
    replication::{ReplicationConfiguration, RuleDraft, diff, explain_rule},
};
use serde_json::json;

use crate::common::{dev, names};

fn draft(destinations: &[(&str, &str)], filters: &[&str], delete_replication: bool) -> RuleDraft {
    RuleDraft {
        destinations: destinations.iter().map(|(a, r)| crate::common::registry(a, r)).collect(),
        filters: filters.iter().map(|f| f.parse().unwrap()).collect(),
        delete_replication,
    }
}

fn j1() -> RuleDraft {
    draft(&[(crate::common::PROD, "us-west-2")], &["prod-microservice"], false)
}

#[test]
fn every_shape_that_ecr_uses_is_read() {
    let bare = r#"{"rules":[]}"#;
    let request = r#"{"replicationConfiguration":{"rules":[]}}"#;
    let described = r#"{"registryId":"111122223333","replicationConfiguration":{"rules":[]}}"#;
    let never = r#"{"registryId":"111122223333"}"#;
    for text in [bare, request, described, never] {
        assert_eq!(
            ReplicationConfiguration::parse(text).unwrap(),
            ReplicationConfiguration::empty(),
            "{text}"
        );
    }
}

#[test]
fn another_text_is_refused_with_its_place() {
    let rows = [
        ("{\n \"rules\": [],\n}", "line 2, column 13: there is a comma after the last element"),
        ("[]", "document: a replication configuration must be an object with `rules`"),
        ("{}", "rules: `rules` is missing; it must be a list, empty for no replication"),
        (r#"{"rules":{}}"#, "rules: `rules` must be a list"),
        (r#"{"rules":[1]}"#, "rules[0]: a rule must be an object"),
        (r#"{"replicationConfiguration":7}"#, "replicationConfiguration: this must be an object"),
        (
            r#"{"Version":"2012-10-17","Statement":[]}"#,
            "document: this is a permission policy, not a replication configuration",
        ),
    ];
    for (text, message) in rows {
        let error = ReplicationConfiguration::parse(text).unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
        assert!(error.finding().is_error());
    }
    let place =
        ReplicationConfiguration::parse("{\n \"rules\": [],\n}").unwrap_err().finding().position.unwrap();
    assert_eq!((place.line, place.column), (2, 13));
}

#[test]
fn the_rule_of_the_walkthrough() {
    let mut configuration = ReplicationConfiguration::empty();
    configuration.add_rule(&j1()).unwrap();
    insta::assert_snapshot!(configuration.pretty());
}

#[test]
fn the_same_content_is_the_same_rule() {
    let value = json!({ "deleteReplication": { "enabled": false },
        "repositoryFilters": [{ "filterType": "PREFIX_MATCH", "filter": "prod-microservice" }],
        "destinations": [{ "registryId": "444455556666", "region": "us-west-2" }] });
    let mut configuration = ReplicationConfiguration::empty();
    let hash = configuration.add_value(value).unwrap();
    assert_eq!(hash, j1().hash());
    assert_eq!(hash.as_str().len(), 64);
    assert_ne!(hash, draft(&[(crate::common::PROD, "us-west-2")], &["prod-microservice"], true).hash());
    assert_eq!(configuration.add_rule(&j1()).unwrap_err().code(), "already-there");
}

#[test]
fn a_change_finds_its_rule_wherever_it_is_now_and_keeps_what_it_does_not_know() {
    let mut configuration = ReplicationConfiguration::from_value(json!({ "rules": [
        { "destinations": [{ "region": "eu-west-1", "registryId": "111122223333" }] },
        { "priority": 5,
          "destinations": [{ "region": "us-west-2", "registryId": "444455556666", "role": "r" }],
          "repositoryFilters": [{ "filter": "prod", "filterType": "PREFIX_MATCH", "x": 1 }, { "filter": "old", "filterType": "PREFIX_MATCH" }] },
    ] }))
    .unwrap();
    let rule = configuration.rules().remove(1);
    assert_eq!(rule.unknown_fields, ["destinations[0].role", "repositoryFilters[0].x", "priority"]);
    let next = draft(
        &[(crate::common::PROD, "us-west-2"), (crate::common::PROD, "us-east-2")],
        &["prod", "new"],
        true,
    );
    let hash = configuration.replace_rule(&rule.hash, &next).unwrap();
    insta::assert_snapshot!(configuration.pretty());
    assert_eq!(configuration.rule(&hash).unwrap().to_draft().unwrap(), next);
    assert_eq!(configuration.remove_rule(&rule.hash).unwrap_err().code(), "changed-elsewhere");
    assert_eq!(
        configuration.replace_rule(&ContentHash::from_text("x"), &next).unwrap_err().code(),
        "changed-elsewhere"
    );

    let everything = draft(&[(crate::common::DEV, "eu-west-1")], &[], false);
    let error = configuration
        .clone()
        .replace_rule(&everything.hash(), &draft(&[(crate::common::DEV, "eu-west-1")], &[], false));
    assert_eq!(error.unwrap(), everything.hash(), "a change to itself changes nothing");
    let off =
        configuration.replace_rule(&hash, &draft(&[(crate::common::PROD, "us-west-2")], &[], false)).unwrap();
    let raw = configuration.rule(&off).unwrap().raw;
    assert_eq!(raw.get("repositoryFilters"), None, "without filters there is no key");
    assert_eq!(raw["deleteReplication"], json!({ "enabled": false }));
    let removed = configuration.remove_rule(&off).unwrap();
    assert_eq!(configuration.add_value(removed).unwrap(), off, "a removal can be undone completely");
}

#[test]
fn sentences() {
    let all = draft(
        &[
            (crate::common::PROD, "us-west-2"),
            (crate::common::DEV, "eu-west-1"),
            ("999988887777", "us-east-1"),
        ],
        &["prod-", "team/"],
        true,
    );
    let mut configuration = ReplicationConfiguration::empty();
    for rule in [j1(), draft(&[(crate::common::DEV, "eu-west-1")], &[], false), all] {
        configuration.add_rule(&rule).unwrap();
    }
    configuration
        .add_value(json!({ "destinations": [], "repositoryFilters": [{ "filter": "v*", "filterType": "TAG_GLOB" }] }))
        .unwrap();
    let sentences: Vec<_> = configuration.rules().iter().map(|r| explain_rule(r, &dev(), &names)).collect();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn a_difference_speaks_of_rules() {
    let mut before = ReplicationConfiguration::from_value(json!({ "later": 1, "rules": [] })).unwrap();
    let kept = draft(&[(crate::common::DEV, "eu-west-1")], &["kept"], false);
    for rule in [&kept, &j1(), &draft(&[(crate::common::DEV, "us-east-2")], &["gone"], false)] {
        before.add_rule(rule).unwrap();
    }
    let mut after = ReplicationConfiguration::from_value(json!({ "later": 2, "rules": [] })).unwrap();
    let changed = draft(&[(crate::common::PROD, "us-west-2")], &["prod-microservice", "more"], false);
    for rule in [&draft(&[(crate::common::DEV, "ca-west-1")], &["new"], false), &changed, &kept] {
        after.add_rule(rule).unwrap();
    }
    let difference = diff(&before, &after);
    assert_eq!(difference.kept.iter().map(|r| r.hash.clone()).collect::<Vec<_>>(), [kept.hash()]);
    assert_eq!(difference.changed.len(), 1);
    assert_eq!(
        (difference.changed[0].before.hash.clone(), difference.changed[0].after.hash.clone()),
        (j1().hash(), changed.hash())
    );
    assert_eq!(difference.added.iter().map(|r| r.filters[0].filter.clone()).collect::<Vec<_>>(), ["new"]);
    assert_eq!(difference.removed.iter().map(|r| r.filters[0].filter.clone()).collect::<Vec<_>>(), ["gone"]);
    assert_eq!(difference.other_fields, ["later"]);
    assert!(!difference.is_empty());
    assert!(difference.lines.iter().any(|l| l.kind == LineKind::Added && l.text.contains("\"more\"")));
}

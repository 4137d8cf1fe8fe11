//! What a stage names: repositories, services, tags.

use std::collections::BTreeMap;

use longshore_promotion::{
    Service,
    path::{Mapping, MappingText, TagChange, TagFacts, TagPolicy, rollback_tag_changes, tag_changes},
    scheme::{Step, TagMutability, TagScheme},
};

use crate::common::{at, digest, paths, tag};

const FULL: &str = include_str!("full.yaml");

fn service(text: &str) -> Service {
    text.parse().unwrap()
}

#[test]
fn a_repository_leads_back_to_its_service() {
    let mapping = |text: &str| {
        let text: MappingText = serde_json::from_str(text).unwrap();
        Mapping::parse(&text, "live", Some("eu")).unwrap()
    };
    for (text, name, repository) in [
        ("\"same\"", "team/api", "team/api"),
        ("\"prod-{service}\"", "api", "prod-api"),
        ("\"{stage}/{environment}/{service}-image\"", "team/api", "live/eu/team/api-image"),
        ("{\"prefix\":{\"from\":\"dev/\",\"to\":\"prod/\"}}", "dev/api", "prod/api"),
    ] {
        let mapping = mapping(text);
        assert_eq!(mapping.repository(&service(name)).unwrap().as_str(), repository);
        assert_eq!(mapping.service(&repository.parse().unwrap()), Some(service(name)));
    }
    let prefix = mapping("{\"prefix\":{\"from\":\"dev/\",\"to\":\"prod/\"}}");
    assert_eq!(prefix.repository(&service("web")).unwrap_err().code(), "promotion-mapping");
    assert_eq!(prefix.service(&"test/api".parse().unwrap()), None);
    let prod = mapping("\"prod/{service}\"");
    let short = mapping("{\"prefix\":{\"from\":\"a/\",\"to\":\"prod/a/\"}}");
    assert!(prod.meets(&short) && short.meets(&prod) && short.meets(&short) && !short.meets(&prefix));
    assert!(!prod.meets(&mapping("\"same\"")) && mapping("\"{service}\"").meets(&mapping("\"same\"")));
}

#[test]
fn the_scheme_of_a_service_is_the_most_special() {
    let path = &paths(FULL)[0];
    assert_eq!(path.scheme(&service("mysql")), Some(&TagScheme::UpstreamSuffix));
    assert_eq!(path.scheme(&service("team/api")), Some(&TagScheme::SEMVER));
    assert!(path.has(&service("team/api")) && !path.has(&service("other")));
}

#[test]
fn tags_are_made_by_their_policy() {
    let existing = BTreeMap::from([(tag("1.4.2"), digest('a')), (tag("latest"), digest('a'))]);
    let own = tag("1.4.3-rc.1");
    let facts = |tag| TagFacts {
        tag,
        existing: &existing,
        now: at("2026-02-01T00:00:00Z"),
        commit: None,
        upstream: None,
        step: Step::Patch,
    };
    for (policy, expected) in [
        (TagPolicy::Keep, "1.4.3-rc.1"),
        (TagPolicy::Add("{tag}-released".into()), "1.4.3-rc.1 1.4.3-rc.1-released"),
        (TagPolicy::Template("{stage}-{tag}-{environment}".into()), "live-1.4.3-rc.1-eu"),
        (TagPolicy::Next(TagScheme::SEMVER), "1.4.3"),
    ] {
        let made = policy.tags(&facts(Some(&own)), "live", "eu").unwrap();
        assert_eq!(made.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(" "), expected);
    }
    let error = TagPolicy::Keep.tags(&facts(None), "live", "eu").unwrap_err();
    assert_eq!(error.code(), "promotion-tag-needed");
    let long = TagPolicy::Template("{tag}".repeat(20)).tags(&facts(Some(&own)), "live", "eu");
    assert_eq!(long.unwrap_err().code(), "promotion-tag-template");
}

#[test]
fn another_digest_under_an_immutable_tag_is_refused() {
    let existing = BTreeMap::from([
        (tag("1.4.2"), digest('a')),
        (tag("1.4"), digest('a')),
        (tag("latest"), digest('a')),
    ]);
    let change = |name: &str, mutability: &TagMutability| {
        tag_changes(&digest('b'), &[tag(name)], Some(&TagScheme::SEMVER), &existing, mutability)
    };
    let moved = change("1.4.3", &TagMutability::ImmutableExcept(vec!["1*".into(), "latest".into()]));
    let from = || TagChange::Move { from: digest('a') };
    let names: Vec<(&str, &TagChange)> = moved.iter().map(|(tag, change)| (tag.as_str(), change)).collect();
    assert_eq!(
        names,
        [("1.4.3", &TagChange::Create), ("1.4", &from()), ("1", &TagChange::Create), ("latest", &from())]
    );
    let refused = change("1.4.2", &TagMutability::Immutable);
    assert!(
        matches!(&refused[0].1, TagChange::Refused { reason, .. } if reason.contains("is immutable and names another"))
    );
    let there = tag_changes(&digest('a'), &[tag("1.4.2")], None, &existing, &TagMutability::Immutable);
    assert_eq!(there[0].1, TagChange::AlreadyThere);
}

#[test]
fn the_most_special_name_says_the_stage() {
    let path = &paths(
        "paths:\n  - name: shop\n    stages:\n      - { name: dev, registry: ghcr.io }\n      - { name: live, registry: ghcr.io, repositories: \"prod-{service}\" }\n",
    )[0];
    let repositories = ["api", "prod-api", "web"].map(|name| name.parse().unwrap());
    let services = |stage: usize| -> Vec<String> {
        let registry = "ghcr.io".parse().unwrap();
        path.services_in(&path.stages[stage], &registry, &repositories)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(
        (services(0), services(1)),
        (vec!["api".to_owned(), "web".to_owned()], vec!["api".to_owned()])
    );
}

#[test]
fn a_rollback_moves_the_moving_tags_back() {
    let existing: BTreeMap<_, _> = [
        ("1.3.9", 'a'),
        ("1.4.1", 'b'),
        ("1.4.2", 'c'),
        ("1.4", 'c'),
        ("1", 'c'),
        ("latest", 'c'),
        ("1.3", 'a'),
        ("stable", 'b'),
    ]
    .map(|(name, digit)| (tag(name), digest(digit)))
    .into();
    let back = |to: char, main: &str, mutability: &TagMutability| -> Vec<String> {
        let changes = rollback_tag_changes(
            &digest('c'),
            &digest(to),
            &tag(main),
            Some(&TagScheme::SEMVER),
            &existing,
            mutability,
        );
        changes
            .iter()
            .map(|(tag, change)| match change {
                TagChange::Move { .. } => format!("{tag} moves"),
                TagChange::AlreadyThere => format!("{tag} stays"),
                TagChange::Create => format!("{tag} is new"),
                TagChange::Refused { .. } => format!("{tag} is refused"),
            })
            .collect()
    };
    let mutable = TagMutability::Mutable;
    assert_eq!(back('b', "1.4.1", &mutable), ["1.4.1 stays", "1 moves", "1.4 moves", "latest moves"]);
    assert_eq!(
        back('a', "1.3.9", &mutable),
        ["1.3.9 stays", "1 moves", "latest moves"],
        "`1.4` is another line"
    );
    assert_eq!(back('b', "prod", &mutable)[0], "prod is new");
    let immutable = TagMutability::ImmutableExcept(vec!["latest".into()]);
    assert_eq!(
        back('b', "1.4.1", &immutable),
        ["1.4.1 stays", "1 is refused", "1.4 is refused", "latest moves"]
    );
}

//! The tags that a rule copies, and the reasons for the others.

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{RepositoryName, Tag};
use longshore_policy::rule::{
    CompiledRule, ImageFacts, NotSelectedReason, Selection, collisions, parse_rules, select,
};

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A rule whose source has these keys in addition to the registry.
fn rule(source: &str) -> CompiledRule {
    rule_to(source, "{registry: registry.example.com}")
}

fn rule_to(source: &str, destinations: &str) -> CompiledRule {
    let text = format!(
        "{{version: 1, rules: [{{name: a, source: {{registry: 111122223333/us-west-2, {source}}}, destinations: [{destinations}]}}]}}"
    );
    let file = parse_rules(&text).map_err(|findings| format!("{findings:#?}\n{text}")).unwrap();
    CompiledRule::compile(&file.rules[0]).unwrap()
}

fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

/// Tags with the days since their push.
fn images(tags: &[(&str, i64)]) -> Vec<ImageFacts> {
    tags.iter()
        .map(|(tag, days)| ImageFacts {
            pushed: Some(now() - TimeDelta::days(*days)),
            ..ImageFacts::new(tag.parse::<Tag>().unwrap())
        })
        .collect()
}

fn tags(selection: &Selection) -> Vec<&str> {
    selection.selected.iter().map(|selected| selected.tag.as_str()).collect()
}

fn told(selection: &Selection) -> Vec<String> {
    selection.not_selected.iter().map(|not| format!("{}: {}", not.tag, not.reason)).collect()
}

#[test]
fn a_quarantine_lets_only_old_enough_images_pass() {
    let rule = rule("tags: {minimum_age: 7d}");
    let mut facts =
        images(&[("old", 30), ("exactly", 7), ("young", 2), ("hour", 0), ("unknown", 9), ("future", -3)]);
    facts[3].pushed = Some(now() - TimeDelta::minutes(90));
    facts[4].pushed = None;
    let selection = select(&rule, now(), &name("app"), &facts);
    assert_eq!(tags(&selection), ["old", "exactly"], "oldest push first");
    assert_eq!(
        told(&selection),
        [
            "young: not copied: 2 days old, the rule requires 7",
            "hour: not copied: 90 minutes old, the rule requires 7 days",
            "unknown: not copied: the registry does not report the push time, which the rule requires",
            "future: not copied: 0 seconds old, the rule requires 7 days",
        ]
    );
    let NotSelectedReason::TooYoung { from, .. } = selection.not_selected[0].reason else { panic!() };
    assert_eq!(from, now() + TimeDelta::days(5));
}

#[test]
fn repositories_are_included_and_excluded() {
    let rule = rule("repositories: [{prefix: prod/}, {exact: apple}], exclude: [{glob: 'prod/*-old'}]");
    let takes = |text: &str| rule.takes_repository(&name(text)).map_err(|reason| reason.to_string());
    assert_eq!(takes("prod/api"), Ok(()));
    assert_eq!(takes("apple"), Ok(()));
    assert_eq!(takes("apples"), Err("not copied: the rule does not include this repository".into()));
    assert_eq!(
        takes("prod/api-old"),
        Err("not copied: the rule excludes repositories by glob `prod/*-old`".into())
    );
    let selection = select(&rule, now(), &name("apples"), &images(&[("1", 1)]));
    assert_eq!(selection.not_selected[0].reason, NotSelectedReason::RepositoryNotIncluded);
}

#[test]
fn tags_are_included_and_excluded() {
    let rule = rule("tags: {include: [{semver: '>=1.4'}, {exact: latest}], exclude: [{glob: '*.0'}]}");
    let selection = select(
        &rule,
        now(),
        &name("app"),
        &images(&[("1.4.1", 4), ("v2.0.1", 3), ("1.5.0", 2), ("latest", 1), ("main", 0)]),
    );
    assert_eq!(tags(&selection), ["1.4.1", "v2.0.1", "latest"]);
    assert_eq!(
        told(&selection),
        [
            "1.5.0: not copied: the rule excludes tags by glob `*.0`",
            "main: not copied: the rule does not include this tag"
        ]
    );
}

#[test]
fn the_newest_by_push_time_is_not_the_highest_version() {
    let facts = images(&[("1.9.0", 1), ("1.10.0", 30), ("1.2.0", 2), ("1.10.0-rc.1", 0)]);
    let by_push = rule("tags: {newest: 2}");
    assert_eq!(tags(&select(&by_push, now(), &name("app"), &facts)), ["1.9.0", "1.10.0-rc.1"]);
    let by_version = rule("tags: {include: [{semver: '*'}], newest: 2}");
    let selection = select(&by_version, now(), &name("app"), &facts);
    assert_eq!(tags(&selection), ["1.10.0", "1.9.0"]);
    assert_eq!(
        told(&selection),
        [
            "1.2.0: not copied: number 3 by age, the rule copies the 2 highest versions",
            "1.10.0-rc.1: not copied: the rule does not include this tag",
        ]
    );
    let said = rule("tags: {newest: 1, newest_by: version}");
    let selection = select(&said, now(), &name("app"), &images(&[("1.0.0", 1), ("main", 0)]));
    assert_eq!(tags(&selection), ["1.0.0"]);
    assert_eq!(
        told(&selection),
        ["main: not copied: the tag is not a version, and the rule copies the newest versions"]
    );
}

#[test]
fn pre_releases_come_before_their_release_and_only_when_asked_for() {
    let rule = rule("tags: {include: [{semver: '>=2.0.0-alpha'}], newest: 3}");
    let facts =
        images(&[("2.0.0-alpha.10", 1), ("2.0.0-alpha.9", 1), ("2.0.0", 1), ("2.0.0-beta", 1), ("1.9.9", 0)]);
    let selection = select(&rule, now(), &name("app"), &facts);
    let mut chosen = tags(&selection);
    chosen.sort_unstable();
    assert_eq!(chosen, ["2.0.0", "2.0.0-alpha.10", "2.0.0-beta"]);
}

#[test]
fn without_push_times_versions_decide_and_without_versions_nothing_does() {
    let rule = rule("tags: {newest: 1}");
    let mut versions = images(&[("1.0.0", 0), ("v1.1.0", 0)]);
    versions.iter_mut().for_each(|image| image.pushed = None);
    assert_eq!(tags(&select(&rule, now(), &name("app"), &versions)), ["v1.1.0"]);
    versions.push(ImageFacts::new("main".parse().unwrap()));
    let selection = select(&rule, now(), &name("app"), &versions);
    assert!(selection.selected.is_empty());
    assert!(selection.not_selected.iter().all(|not| not.reason == NotSelectedReason::PushTimeUnknown));
}

#[test]
fn signatures_are_no_images_and_do_not_count_among_the_newest() {
    let digest = "a".repeat(64);
    let tag = format!("sha256-{digest}.sig");
    let fallback = format!("sha256-{digest}");
    let facts = images(&[("1", 3), (&tag, 0), (&fallback, 0), ("sha256-short", 2)]);
    let selection = select(&rule("tags: {newest: 2}"), now(), &name("app"), &facts);
    assert_eq!(tags(&selection), ["1", "sha256-short"]);
    assert_eq!(told(&selection)[0], format!("{tag}: copied with sha256:{digest}, which it belongs to"));
    let without = select(&rule("referrers: without"), now(), &name("app"), &facts);
    assert!(told(&without)[1].contains("does not copy such artifacts"));
}

#[test]
fn manifests_are_asked_for_only_when_everything_else_takes_the_tag() {
    let rule = rule(
        "tags: {include: [{glob: 'v*'}], minimum_age: 1d}, labels: {stage: released}, platforms: [linux/amd64]",
    );
    let needs = rule.needs();
    assert!(needs.pushed && needs.labels && needs.platforms && !needs.annotations);
    let mut facts = images(&[("v1", 5), ("v2", 0), ("x", 9), ("v3", 5), ("v4", 5)]);
    let selection = select(&rule, now(), &name("app"), &facts);
    let asked: Vec<&str> = selection.undecided.iter().map(|undecided| undecided.tag.as_str()).collect();
    assert_eq!(asked, ["v1", "v3", "v4"]);
    assert!(selection.undecided.iter().all(|undecided| undecided.needs.labels && undecided.needs.platforms));
    // One fact that excludes the tag is enough; the other is not needed.
    facts[0].platforms = Some(vec!["windows/amd64".into()]);
    facts[3].labels = Some([("stage".to_owned(), "dev".to_owned())].into());
    facts[4].labels = Some([("stage".to_owned(), "released".to_owned())].into());
    facts[4].platforms = Some(vec!["linux/arm64/v8".into(), "linux/amd64".into()]);
    let selection = select(&rule, now(), &name("app"), &facts);
    assert!(selection.undecided.is_empty());
    assert_eq!(tags(&selection), ["v4"]);
    assert_eq!(
        told(&selection),
        [
            "v1: not copied: it is for windows/amd64, the rule requires linux/amd64",
            "v2: not copied: 0 seconds old, the rule requires 1 day",
            "x: not copied: the rule does not include this tag",
            "v3: not copied: label `stage` is `dev`, the rule requires `released`",
        ]
    );
}

#[test]
fn of_the_newest_only_as_many_manifests_are_read_as_can_matter() {
    let rule = rule("tags: {newest: 2}, annotations: {stage: released}");
    let mut facts = images(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    let released = Some([("stage".to_owned(), "released".to_owned())].into());
    facts[0].annotations = released.clone();
    facts[2].annotations = released;
    // a is in regardless of b; b decides about c; d is out if b is in, and open if it is not.
    let selection = select(&rule, now(), &name("app"), &facts);
    assert_eq!(tags(&selection), ["a"]);
    let open: Vec<(&str, bool)> = selection
        .undecided
        .iter()
        .map(|undecided| (undecided.tag.as_str(), undecided.needs.annotations))
        .collect();
    assert_eq!(open, [("b", true), ("c", false)]);
    assert_eq!(told(&selection), ["d: not copied: number 4 by age, the rule copies the 2 pushed last"]);
    facts[1].annotations = Some([].into());
    let selection = select(&rule, now(), &name("app"), &facts);
    assert_eq!(tags(&selection), ["c", "a"]);
    assert!(selection.undecided.is_empty());
}

#[test]
fn each_destination_has_its_own_names() {
    let rule = rule_to(
        "repositories: [{prefix: prod/}]",
        "{registry: 444455556666/us-west-2, rename: {prefix: {from: prod/, to: edge/}}}, \
         {registry: registry.example.com, rename: {template: 'mirror/{repository}'}, tags: {map: {latest: stable}, template: '{tag}-x'}}",
    );
    let selection = select(&rule, now(), &name("prod/api"), &images(&[("1", 2), ("latest", 1)]));
    let names: Vec<String> = selection
        .selected
        .iter()
        .flat_map(|selected| &selected.destinations)
        .map(|name| format!("{} {}:{}", name.destination, name.repository, name.tag))
        .collect();
    assert_eq!(
        names,
        ["0 edge/api:1", "1 mirror/prod/api:1-x", "0 edge/api:latest", "1 mirror/prod/api:stable"]
    );
}

#[test]
fn a_name_that_ecr_does_not_take_is_told_for_that_destination_only() {
    let rule = rule_to(
        "tags: {include: [{glob: '*'}]}",
        "{registry: 444455556666/us-west-2}, {registry: registry.example.com}",
    );
    let selection = select(&rule, now(), &name("Team/App"), &images(&[("1", 1)]));
    assert_eq!(selection.selected[0].destinations.len(), 1);
    assert_eq!(selection.not_selected[0].destination, Some(0));
    let told = selection.not_selected[0].reason.to_string();
    assert!(told.contains("not copied to 444455556666") && told.contains("upper case"), "{told}");
}

#[test]
fn two_images_under_one_name_are_a_collision_unless_they_are_the_same() {
    let rule = rule_to(
        "tags: {include: [{glob: '*'}]}",
        "{registry: registry.example.com, rename: {template: 'm/{basename}'}}",
    );
    let mut one = select(&rule, now(), &name("a/app"), &images(&[("1", 1), ("2", 1)]));
    let two = select(&rule, now(), &name("b/app"), &images(&[("1", 1)]));
    let found = collisions(&[one.clone(), two.clone()]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name.repository, name("m/app"));
    assert_eq!(found[0].sources.len(), 2);
    let mut same = two;
    let digest = format!("sha256:{}", "b".repeat(64)).parse().unwrap();
    one.selected[0].digest = Some(digest);
    same.selected[0].digest = one.selected[0].digest.clone();
    assert!(collisions(&[one, same]).is_empty());
}

#[test]
fn a_rule_that_names_everything_needs_no_lists() {
    let named = rule(
        "repositories: [{exact: a/b}, {exact: c/d}], exclude: [{exact: c/d}], tags: {include: [{exact: '1'}]}",
    );
    assert_eq!(named.named_repositories(), Some(vec![name("a/b")]));
    assert_eq!(named.named_tags(), Some(vec!["1".parse().unwrap()]));
    let open = rule("repositories: [{exact: a/b}, {prefix: c}]");
    assert_eq!((open.named_repositories(), open.named_tags()), (None, None));
}

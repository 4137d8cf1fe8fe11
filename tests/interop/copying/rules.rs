//! `longshore sync` and `longshore rule`.

use insta::assert_snapshot;
use serde_json::Value;

use super::world::{World, documented};

const MIRROR: &str = "
version: 1
rules:
  - name: releases
    source:
      registry: FROM
      repositories:
        - prefix: team/
      tags:
        include:
          - semver: '>=1.0.0'
        exclude:
          - exact: 1.1.0
    destinations:
      - registry: TO
        rename:
          template: mirror/{repository}
    prune:
      enabled: true
      max: 2
";

fn filled() -> World {
    let world = World::new();
    for repository in ["team/api", "team/web"] {
        for tag in ["0.9.0", "1.0.0", "1.1.0", "1.2.0", "latest"] {
            world.push(&world.source(repository), tag);
        }
    }
    world.push(&world.source("other/app"), "1.0.0");
    world
}

fn tags(world: &World, repository: &str) -> Vec<String> {
    let reference = format!("docker://{}", world.destination(repository));
    let mut command = world.skopeo.command(&["list-tags", "--tls-verify=false", &reference]);
    let listed: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let tags = listed["Tags"].as_array().unwrap().iter();
    let mut tags: Vec<String> = tags.map(|tag| tag.as_str().unwrap().to_owned()).collect();
    tags.sort();
    tags
}

#[test]
fn a_rule_copies_what_it_selects_and_says_why_not_the_rest() {
    let world = filled();
    let rules = world.rules(MIRROR);
    let plan = world.longshore.say(&["sync", &rules, "--plan"]);
    assert_eq!(plan.code, Some(0), "{}", plan.error);
    assert_snapshot!(plan.text.replace(&world.from.host, "FROM").replace(&world.to.host, "TO"));
    let said = world.longshore.say(&["sync", &rules, "--plan", "--json"]);
    documented("sync", &said);

    let said = world.longshore.say(&["sync", &rules, "--json"]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    documented("sync", &said);
    assert_eq!((&said.summary()["copied"], &said.summary()["pruned"]), (&4.into(), &0.into()));
    assert_eq!(tags(&world, "mirror/team/api"), ["1.0.0", "1.2.0"]);
    let one = world.source("team/web:1.2.0");
    assert_eq!(world.skopeo.digest(&world.destination("mirror/team/web:1.2.0")), world.skopeo.digest(&one));
    let again = world.longshore.summary(&["sync", &rules, "--json"]);
    assert_eq!((&again["skipped"], &again["bytes_moved"]), (&4.into(), &0.into()));
}

#[test]
fn what_a_rule_no_longer_selects_is_removed_within_the_cap() {
    let world = filled();
    world.longshore.summary(&["sync", &world.rules(MIRROR), "--json"]);
    let narrower = MIRROR.replace(">=1.0.0", ">=1.2.0");
    let summary = world.longshore.summary(&["sync", &world.rules(&narrower), "--json"]);
    assert_eq!(summary["pruned"], 2);
    assert_eq!(tags(&world, "mirror/team/api"), ["1.2.0"]);

    world.longshore.summary(&[
        "sync",
        &world.rules(&MIRROR.replace("- exact: 1.1.0", "- exact: none")),
        "--json",
    ]);
    assert_eq!(tags(&world, "mirror/team/api"), ["1.0.0", "1.1.0", "1.2.0"]);
    let over = world.longshore.say(&["sync", &world.rules(&narrower), "--json"]);
    assert_eq!(over.code, Some(3), "{}", over.error);
    assert_eq!(tags(&world, "mirror/team/api"), ["1.0.0", "1.1.0", "1.2.0"], "more than the cap: none");
}

#[test]
fn shards_together_do_what_one_process_does() {
    let world = filled();
    let rules = world.rules(&MIRROR.replace("    prune:\n      enabled: true\n      max: 2\n", ""));
    let copied: u64 = ["0/3", "1/3", "2/3"]
        .iter()
        .map(|shard| world.longshore.summary(&["sync", &rules, "--shard", shard, "--json"]))
        .map(|summary| summary["copied"].as_u64().unwrap())
        .sum();
    assert_eq!(copied, 4);
    assert_eq!(world.longshore.summary(&["sync", &rules, "--json"])["skipped"], 4);
    assert_eq!(world.longshore.say(&["sync", &rules, "--shard", "3/3"]).code, Some(2));
}

#[test]
fn several_destinations_read_the_source_once_and_each_has_its_own_plan() {
    let world = filled();
    let layout = format!("oci:{}", world.path("layout").display());
    let rule = format!(
        "
version: 1
rules:
  - name: two places
    source:
      registry: FROM
      repositories:
        - exact: team/api
      tags:
        include:
          - glob: '1.*'
    destinations:
      - registry: TO
      - registry: {layout}
        tags:
          template: api-{{tag}}
"
    );
    let summary = world.longshore.summary(&["sync", &world.rules(&rule), "--json"]);
    assert_eq!(summary["copied"], 6);
    assert_eq!(summary["runs"].as_array().unwrap().len(), 2);
    assert_eq!(tags(&world, "team/api"), ["1.0.0", "1.1.0", "1.2.0"]);
    let there = world.longshore.summary(&["verify", &format!("{layout}:api-1.1.0"), "--json"]);
    assert_eq!(there["missing"], 0);
}

#[test]
fn names_that_collide_are_refused_and_the_rest_is_copied() {
    let world = filled();
    world.push(&world.source("other/api"), "1.0.0");
    let same = world.source("other/api:latest");
    world.longshore.summary(&["copy", &world.source("team/api:latest"), &same, "--json"]);
    let rule = "
version: 1
rules:
  - name: by their last names
    source:
      registry: FROM
      repositories: [{glob: '*/api'}]
      tags:
        include: [{exact: 1.0.0}, {exact: latest}, {exact: 1.2.0}]
    destinations:
      - registry: TO
        rename:
          template: all/{basename}
";
    let said = world.longshore.say(&["sync", &world.rules(rule), "--json"]);
    documented("sync", &said);
    assert_eq!(said.code, Some(3), "{}{}", said.text, said.error);
    // The same image under the same name is no collision.
    assert_eq!(tags(&world, "all/api"), ["1.2.0", "latest"]);
    let summary = said.summary();
    let images = summary["images"].as_array().unwrap();
    let refused: Vec<&Value> = images.iter().filter(|image| image["action"] == "refused").collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0]["error"]["code"], "name-collision");
}

#[test]
fn a_repository_that_is_never_created_and_one_that_is_not_there() {
    let world = filled();
    let rule = MIRROR.replace(
        "          template: mirror/{repository}",
        "          template: mirror/{repository}\n        create: never",
    );
    let said = world.longshore.say(&["sync", &world.rules(&rule), "--json"]);
    assert_eq!(said.code, Some(1), "{}{}", said.text, said.error);
    assert_eq!(said.summary()["failed"], 4);
    let missing = MIRROR.replace("- prefix: team/", "- exact: team/api\n        - exact: team/gone");
    let said = world.longshore.say(&["sync", &world.rules(&missing), "--json"]);
    assert_eq!((said.code, &said.summary()["copied"]), (Some(3), &2.into()));
}

#[test]
fn labels_are_read_from_images_and_only_then() {
    let world = World::new();
    for tag in ["1", "2"] {
        world.push(&world.source("app"), tag);
    }
    let rule = "
version: 1
rules:
  - name: labelled
    source:
      registry: FROM
      repositories: [{exact: app}]
      labels: {tag: '2'}
    destinations:
      - registry: TO
";
    let said = world.longshore.say(&["rule", "explain", &world.rules(rule), "--images", "--json"]);
    assert_eq!(said.code, Some(0), "{}", said.error);
    documented("rule", &said);
    let other = said.events().into_iter().find(|event| event["event"] == "not_selected").unwrap();
    assert_eq!((&other["tag"], &other["code"]), (&"1".into(), &"label".into()));
    assert_eq!(world.longshore.summary(&["sync", &world.rules(rule), "--json"])["copied"], 1);
    assert_eq!(tags(&world, "app"), ["2"]);
}

#[test]
fn a_wrong_file_is_told_with_its_lines() {
    let world = World::new();
    let rules = world.rules("version: 1\nrules:\n  - name: a\n    sorce: {}\n");
    let said = world.longshore.say(&["rule", "check", &rules]);
    assert_eq!(said.code, Some(2));
    assert!(said.error.contains("rules.yaml:4:5: There is no key `sorce`"), "{}", said.error);
    assert_eq!(world.longshore.say(&["sync", &rules]).code, Some(2));
    let schema = world.longshore.say(&["rule", "schema"]);
    let written =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rules.schema.json")).unwrap();
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(parse(&schema.text), parse(&written));
    let rules = world.rules(MIRROR);
    let unknown = world.longshore.say(&["sync", &rules, "--rule", "nothing"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.error.contains("releases"), "{}", unknown.error);
}

#[test]
fn rules_are_exported_for_a_cluster() {
    let world = World::new();
    let rules = world.rules(MIRROR);
    let said = world.longshore.say(&[
        "export",
        "kubernetes",
        &rules,
        "--shards",
        "4",
        "--image",
        "registry.example.com/longshore:1",
        "--cron",
        "0 3 * * *",
        "--time-zone",
        "Europe/Berlin",
    ]);
    assert_eq!(said.code, Some(0), "{}", said.error);
    for expected in
        ["kind: CronJob", "timeZone: Europe/Berlin", "completions: 4", "$(JOB_COMPLETION_INDEX)/4"]
    {
        assert!(said.text.contains(expected), "{expected}: {}", said.text);
    }
}

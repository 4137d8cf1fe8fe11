//! Options that no other test covers.

use std::time::{Duration, Instant};

use longshore_tests::{aws::Served, longshore::Said};
use serde_json::Value;

use super::world::World;

/// A host name that is not this machine's, behind a proxy; docker-registry accepts proxy requests.
fn through_proxy(world: &World, arguments: &[&str]) -> Said {
    let mut command = world.longshore.command(arguments);
    for name in ["http_proxy", "https_proxy"] {
        command.env(name, format!("http://{}", world.to.host));
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    Said::of(&command.env("no_proxy", "127.0.0.1").output().unwrap())
}

#[test]
fn an_insecure_host_is_spoken_to_in_plain_http_and_only_if_it_is_named() {
    let world = World::new();
    let digest = world.push(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), "registry.test:5000/mirror/app");
    let refused = through_proxy(&world, &["copy", &source, to, "--json"]);
    assert_eq!(refused.code, Some(1), "{}{}", refused.text, refused.error);
    let other = through_proxy(&world, &["copy", &source, to, "--insecure-host", "other.test:5000"]);
    assert_eq!(other.code, Some(1), "{}{}", other.text, other.error);
    assert!(!world.skopeo.has(&world.destination("mirror/app:1")));

    let insecure = ["--insecure-host", "other.test:5000", "--insecure-host", "registry.test:5000", "--json"];
    let said = through_proxy(&world, &[&["copy", &source, to], &insecure[..]].concat());
    assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &1.into()), "{}{}", said.text, said.error);
    assert_eq!(world.skopeo.digest(&world.destination("mirror/app:1")), digest);
    let verified = through_proxy(&world, &[&["verify", to, "--deep"], &insecure[..]].concat());
    assert_eq!(verified.code, Some(0), "{}{}", verified.text, verified.error);
}

const INTO_ECR: &str = "
version: 1
rules:
  - name: first
    source:
      registry: FROM
      repositories: [{exact: one}]
    destinations:
      - registry: ECR
  - name: second
    source:
      registry: FROM
      repositories: [{exact: two}]
    destinations:
      - registry: ECR
";

#[test]
fn a_share_of_the_rates_is_kept_and_kept_by_the_run_that_goes_on() {
    let world = World::new();
    let source = world.source("one");
    (0..8).for_each(|tag| {
        world.push(&source, &tag.to_string());
    });
    world.push(&world.source("two"), "1");
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let state = state.display().to_string();
    let host = sandbox.host("111122223333", "us-west-2");
    let rules = world.rules(&INTO_ECR.replace("registry: ECR", &format!("registry: {host}")));
    let first = ["sync", &rules, "--rule", "first", "--json", "--state", &state];
    // Ten manifests a second; a fifth of that is two.
    let mut running = world.longshore.start(&[&first[..], &["--rate-share", "0.2"]].concat());
    let begun = Instant::now();
    running.until(|event| event["event"] == "finished");
    running.interrupt();
    let stopped = running.end();
    assert_eq!(stopped.code, Some(130), "{}{}", stopped.text, stopped.error);
    let summary = stopped.summary();
    let (copied, run) = (summary["copied"].as_u64().unwrap(), summary["runs"][0]["run"].as_str().unwrap());
    assert!(copied < 8, "eight take more than three seconds: {:?}", begun.elapsed());
    let begun = Instant::now();
    let resumed = world.longshore.summary(&["runs", "resume", run, "--json", "--state", &state]);
    assert_eq!(resumed["failed"], 0);
    let least = Duration::from_millis(500 * (8 - copied - 1));
    assert!(begun.elapsed() >= least, "{copied} existed, the rest took {:?}", begun.elapsed());

    // Only the named rule ran.
    let aws = sandbox.aws("111122223333", "us-west-2");
    let repositories = aws.ecr(&["describe-repositories"]);
    let names: Vec<&Value> =
        repositories["repositories"].as_array().unwrap().iter().map(|one| &one["repositoryName"]).collect();
    assert_eq!(names, ["one"]);
    for share in ["0", "1.5", "half"] {
        let wrong = world.longshore.say(&["sync", &rules, "--rate-share", share]);
        assert_eq!(wrong.code, Some(2), "{share}: {}", wrong.error);
    }
}

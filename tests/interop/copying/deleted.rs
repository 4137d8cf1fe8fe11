//! A person deletes the destination's repository during a run.

use longshore_testkit::DockerRegistry;
use longshore_tests::{aws::Served, longshore::Running, plain::Plain};
use serde_json::Value;

use super::world::World;

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";

/// Starts to copy a small and a big image, and waits until only the small one is finished.
fn half_done(world: &World, to: &str, more: &[&str]) -> Running {
    let source = world.source("app");
    world.push(&source, "small");
    world.push_big(&source, "big");
    let arguments = [&["copy", &source, to, "--json", "--bandwidth", "1500KB/s"], more].concat();
    let mut running = world.longshore.start(&arguments);
    let finished = |event: &Value| {
        event["event"] == "finished" && event["destination"].as_str().unwrap().ends_with(":small")
    };
    running.until(finished);
    running
}

fn same(world: &World, there: &Plain<'_>) {
    assert_eq!(there.walk("app"), Plain::new(&world.from.host).walk("app"));
}

#[test]
fn a_docker_registry_that_loses_a_repository_gets_everything_again() {
    let world = World::new();
    let running = half_done(&world, &world.destination("app"), &[]);
    world.to.forget("app");
    let said = running.end();
    assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &2.into()), "{}{}", said.text, said.error);
    same(&world, &Plain::new(&world.to.host));
}

#[test]
fn an_ecr_repository_that_the_run_made_is_made_and_filled_again() {
    let world = World::new();
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let state = state.display().to_string();
    let host = sandbox.host(DEV, REGION);
    let running = half_done(&world, &format!("{host}/app"), &["--state", &state]);
    let aws = sandbox.aws(DEV, REGION);
    aws.ecr(&["delete-repository", "--repository-name=app", "--force"]);
    let said = running.end();
    assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &2.into()), "{}{}", said.text, said.error);
    same(&world, &Plain::of_ecr(&host, &aws));
}

/// The repository had settings that the run does not know, and the deletion may be intended.
#[test]
fn an_ecr_repository_that_was_there_before_stays_deleted_and_nothing_in_it_counts_as_done() {
    let world = World::new();
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let state = state.display().to_string();
    let host = sandbox.host(DEV, REGION);
    let aws = sandbox.aws(DEV, REGION);
    aws.ecr(&["create-repository", "--repository-name=app"]);
    let running = half_done(&world, &format!("{host}/app"), &["--state", &state]);
    aws.ecr(&["delete-repository", "--repository-name=app", "--force"]);
    let said = running.end();
    assert_eq!((said.code, &said.summary()["failed"]), (Some(1), &2.into()), "{}{}", said.text, said.error);
    for image in said.summary()["images"].as_array().unwrap() {
        let error = &image["error"];
        assert_eq!((&error["code"], &error["side"]), (&"changed-elsewhere".into(), &"destination".into()));
    }
    assert!(aws.ecr_refused(&["list-images", "--repository-name=app"]).contains("RepositoryNotFound"));

    // With the repository back, the run can be resumed.
    aws.ecr(&["create-repository", "--repository-name=app"]);
    let run = said.summary()["run"].as_str().unwrap().to_owned();
    let again = world.longshore.summary(&["runs", "resume", &run, "--json", "--state", &state]);
    assert_eq!(again["failed"], 0, "{again}");
    same(&world, &Plain::of_ecr(&host, &aws));
}

/// The registry is gone for good: the run ends and names the side.
#[test]
fn a_destination_that_goes_away_for_good_ends_the_run() {
    let world = World::new();
    let gone = DockerRegistry::start();
    let to = format!("{}/app", gone.host);
    let running = half_done(&world, &to, &[]);
    drop(gone);
    let said = running.end();
    // Tags that were put before cannot be checked any more, so nothing counts as done.
    assert_eq!(said.code, Some(1), "{}{}", said.text, said.error);
    let summary = said.summary();
    let images = summary["images"].as_array().unwrap();
    let big = images.iter().find(|image| image["destination"] == format!("{to}:big")).unwrap();
    assert_eq!((&big["error"]["code"], &big["error"]["side"]), (&"network".into(), &"destination".into()));
}

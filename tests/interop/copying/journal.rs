//! The journal's disk is full: the copy itself needs no space.

use longshore_tests::{
    disk::Disk,
    longshore::{Running, Said},
    plain::Plain,
};

use super::world::World;

/// A command whose journal is on a small disk.
fn on(disk: &Disk, world: &World, arguments: &[&str]) -> std::process::Command {
    let mut command = world.longshore.command(arguments);
    command.arg("--json").arg("--journal").arg(disk.path.join("journal"));
    disk.seeing(&command)
}

fn state(disk: &Disk, world: &World) -> String {
    let said = Said::of(&on(disk, world, &["runs"]).output().unwrap());
    let runs: Vec<_> = said.events().into_iter().filter(|event| event["event"] == "run").collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_run_whose_journal_cannot_begin_copies_nothing_and_says_why() {
    let world = World::new();
    let digest = world.push(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), world.destination("app"));
    let disk = Disk::new("8m");
    disk.fill();
    let said = Said::of(&on(&disk, &world, &["copy", &source, &to]).output().unwrap());
    assert_eq!(said.code, Some(1), "{}{}", said.text, said.error);
    let error = said.summary()["images"][0]["error"].clone();
    assert_eq!((&error["code"], &error["side"]), (&"journal".into(), &"this_machine".into()), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("space"), "{error}");
    assert!(!world.skopeo.has(&format!("{to}:1")));

    disk.empty();
    let said = Said::of(&on(&disk, &world, &["copy", &source, &to]).output().unwrap());
    assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &1.into()), "{}", said.error);
    assert_eq!(world.skopeo.digest(&format!("{to}:1")), digest);
}

#[test]
fn a_disk_that_fills_up_during_a_run_does_not_stop_it_and_the_person_is_told() {
    let world = World::new();
    world.push_big(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), world.destination("app"));
    let disk = Disk::new("8m");
    let mut running = Running::new(&mut on(&disk, &world, &["copy", &source, &to, "--bandwidth", "3MB/s"]));
    running.until_moved(0);
    disk.fill();
    let said = running.end();
    assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &1.into()), "{}{}", said.text, said.error);
    assert!(said.error.contains("journal"), "there is no message: {}", said.error);
    let whole = Plain::new(&world.from.host).walk("app");
    assert_eq!(Plain::new(&world.to.host).walk("app"), whole);

    // A resumed run finds everything done.
    disk.empty();
    assert_eq!(state(&disk, &world), "interrupted");
    let run = said.summary()["run"].as_str().unwrap().to_owned();
    let again = Said::of(&on(&disk, &world, &["runs", "resume", &run]).output().unwrap());
    assert_eq!((again.code, &again.summary()["bytes_moved"]), (Some(0), &0.into()), "{}", again.error);
    assert_eq!(state(&disk, &world), "done");
}

#[test]
fn a_run_that_was_killed_after_its_disk_filled_up_goes_on_and_loses_nothing() {
    let world = World::new();
    world.push_big(&world.source("app"), "1");
    world.push(&world.source("app"), "2");
    let (source, to) = (world.source("app"), world.destination("app"));
    let disk = Disk::new("8m");
    let mut running = Running::new(&mut on(&disk, &world, &["copy", &source, &to, "--bandwidth", "3MB/s"]));
    let planned = running.until(|event| event["event"] == "planned");
    running.until_moved(0);
    disk.fill();
    running.until_moved(6_500_000);
    running.kill();
    disk.empty();
    assert_eq!(state(&disk, &world), "interrupted");
    let run = planned["run"].as_str().unwrap();
    let again = Said::of(&on(&disk, &world, &["runs", "resume", run]).output().unwrap());
    assert_eq!((again.code, &again.summary()["failed"]), (Some(0), &0.into()), "{}", again.error);
    assert_eq!(Plain::new(&world.to.host).walk("app"), Plain::new(&world.from.host).walk("app"));
    assert_eq!(state(&disk, &world), "done");
}

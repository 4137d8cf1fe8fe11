//! How commands end: exit codes and messages.

use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use super::world::{World, documented};

#[test]
fn exit_codes_say_whether_everything_was_done() {
    let world = World::new();
    let (source, to) = (world.source("app"), world.destination("app"));
    world.push(&source, "1");
    world.push(&source, "2");
    let one = world.source("app:1");
    world.longshore.summary(&["copy", &one, &to, "--json"]);
    let taken = world.destination("app:1");
    let other = world.source("app:2");

    let conflict = world.longshore.say(&["copy", &other, &taken, "--json"]);
    documented("copy", &conflict);
    assert_eq!((conflict.code, &conflict.summary()["conflicts"]), (Some(3), &1.into()));
    let error = &conflict.summary()["images"][0]["error"];
    assert_eq!((&error["code"], &error["side"]), (&"tag-conflict".into(), &"destination".into()));

    let kept = world.longshore.say(&["copy", &other, &taken, "--on-conflict", "skip", "--json"]);
    assert_eq!((kept.code, &kept.summary()["conflicts"]), (Some(0), &0.into()), "{}", kept.text);
    let moved = world.longshore.say(&["copy", &other, &taken, "--on-conflict", "overwrite", "--json"]);
    assert_eq!((moved.code, &moved.summary()["failed"]), (Some(0), &0.into()), "{}", moved.text);
    assert_eq!(world.skopeo.digest(&taken), world.skopeo.digest(&other));

    let gone = world.longshore.say(&["copy", &world.source("app:9"), &to, "--json"]);
    documented("copy", &gone);
    assert_eq!((gone.code, &gone.summary()["failed"]), (Some(1), &1.into()));
    let read = world.longshore.say(&["copy", &world.source("app:9"), &to]);
    assert!(read.text.contains("has no `9` in `app`. Check whether"), "{}{}", read.text, read.error);

    for wrong in [
        &["copy", "app:1", &to][..],
        &["copy", &one, "app"],
        &["copy", &source, &taken],
        &["copy", &one, &format!("{to}@{}", world.skopeo.digest(&one))],
        &["copy", &one, "docker-archive:out.tar"],
        &["copy", &one, &to, "--bandwidth", "fast"],
        &["copy", &one, &to, "--platform", "linux"],
        &["sync", "/nowhere/rules.yaml"],
        &["frobnicate"],
    ] {
        let said = world.longshore.say(wrong);
        assert_eq!(said.code, Some(2), "{wrong:?}: {}{}", said.text, said.error);
        assert!(!said.error.is_empty());
    }
}

#[test]
fn a_host_that_does_not_answer_is_said_on_its_side() {
    let world = World::new();
    world.push(&world.source("app"), "1");
    let nobody = "127.0.0.1:1/app";
    let said = world.longshore.say(&["copy", &world.source("app:1"), nobody]);
    assert_eq!(said.code, Some(1));
    assert!(said.error.contains("127.0.0.1:1"), "{}", said.error);
    let insecure = world.longshore.say(&["copy", "registry.invalid:5000/app:1", &world.destination("app")]);
    assert_eq!(insecure.code, Some(1));
    assert!(insecure.error.contains("registry.invalid:5000"), "{}", insecure.error);
}

#[test]
fn a_reader_that_goes_away_ends_the_output_quietly() {
    let world = World::new();
    let source = world.source("app");
    for tag in ["1", "2", "3", "4"] {
        world.push(&source, tag);
    }
    let mut command = world.longshore.command(&["copy", &source, &world.destination("app"), "--json"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains(r#""event":"planned""#), "{first}");
    let mut error = String::new();
    process.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    // The status of a program that SIGPIPE ended, or success if it was done before the reader was
    // gone.
    assert!(matches!(process.wait().unwrap().code(), Some(141 | 0)), "{error}");
    assert!(!error.contains("panicked"), "{error}");
}

#[test]
fn help_opens_with_what_it_is_and_examples() {
    let world = World::new();
    let said = world.longshore.say(&["--help"]);
    assert_eq!(said.code, Some(0));
    assert!(said.text.starts_with("Copy container images between any registries"), "{}", said.text);
    assert!(said.text.contains("longshore copy "), "{}", said.text);
}

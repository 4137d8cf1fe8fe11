//! The last line of `--json`: a summary, however a command ends.

use std::process::Command;

use longshore_tests::{longshore::Said, process::run};
use serde_json::Value;

use crate::copying::world::{World, documented};

/// A command that ends early prints one summary, the last line, with every field of a good one.
fn check(part: &str, said: &Said, code: i32, error: &str) -> Value {
    assert_eq!(said.code, Some(code), "{part}: {}{}", said.text, said.error);
    documented(part, said);
    let summaries = said.events().iter().filter(|event| event["event"] == "summary").count();
    assert_eq!(summaries, 1, "{part}: {}", said.text);
    let summary = said.summary();
    assert_eq!(summary["error"]["code"], error, "{part}: {summary}");
    for field in ["message", "hint", "side"] {
        assert!(summary["error"][field].is_string(), "{part}: {summary}");
    }
    summary
}

#[test]
fn a_summary_is_the_last_line_also_when_a_command_ends_early() {
    let world = World::new();
    let to = world.destination("app");
    // Nothing listens there.
    let nobody = "localhost:1/app:1";
    let bad = world.path("bad.yaml");
    std::fs::write(&bad, "version: 1\nrules: [{nam: x}]\n").unwrap();
    let bad = bad.display().to_string();
    let report = world.path("none.json").display().to_string();
    let archive = format!("docker-archive:{}", world.path("none.tar").display());
    let ecr = "111122223333.dkr.ecr.us-west-2.amazonaws.com/app:1";
    let digest = format!("{to}@sha256:{}", "0".repeat(64));
    let none = world.path("none.yaml").display().to_string();
    let cases: &[(&str, &[&str], i32, &str)] = &[
        ("copy", &["copy", "app", &to], 2, "reference"),
        ("copy", &["copy", nobody, &digest], 2, "destination"),
        ("copy", &["copy", nobody, &to, "--concurrency", "0"], 2, "usage"),
        ("copy", &["copy", nobody, &to, "--plan", "--bandwidth", "x"], 2, "usage"),
        ("copy", &["copy", &archive, &to], 1, "local"),
        ("copy", &["copy", ecr, &to], 1, "account-needed"),
        ("copy", &["copy", ecr, &to, "--plan"], 1, "account-needed"),
        ("sync", &["sync", &none], 2, "file-unreadable"),
        ("sync", &["sync", &bad], 2, "rules-invalid"),
        ("sync", &["sync", &bad, "--shard", "9"], 2, "usage"),
        ("verify", &["verify", "app"], 2, "reference"),
        ("verify", &["verify", "--report", &report], 1, "report"),
        ("verify", &["verify", ecr], 1, "account-needed"),
        ("tags", &["tags", "app"], 2, "reference"),
        ("tags", &["tags", ecr], 1, "account-needed"),
        ("inspect", &["inspect", "app"], 2, "reference"),
        ("inspect", &["inspect", &archive], 1, "local"),
        ("runs", &["runs", "show", "nothing"], 1, "no-such-run"),
        ("runs", &["runs", "cancel", "nothing"], 1, "no-such-run"),
        ("runs", &["runs", "forget", "nothing"], 1, "no-such-run"),
        ("copy", &["runs", "resume", "nothing"], 1, "no-such-run"),
        ("rule", &["rule", "check", &none], 2, "file-unreadable"),
        ("rule", &["rule", "check", &bad], 2, "rules-invalid"),
        ("rule", &["rule", "explain", &bad], 2, "rules-invalid"),
        ("export", &["export", "kubernetes", &none, "--image", "x:1"], 2, "file-unreadable"),
        ("export", &["export", "kubernetes", &none], 2, "usage"),
        ("demo", &["demo", "--nothing"], 2, "usage"),
    ];
    for (part, arguments, code, error) in cases {
        let mut command = world.longshore.command(arguments);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
            command.env_remove(name);
        }
        check(part, &Said::of(&command.arg("--json").output().unwrap()), *code, error);
    }
}

#[test]
fn a_host_that_does_not_answer_is_told_in_the_summary() {
    let world = World::new();
    let to = world.destination("app");
    // Nothing can be sent there: the port is not a registry's, and is refused immediately.
    for (part, arguments) in [
        ("copy", vec!["copy", "localhost:1/app", to.as_str()]),
        ("verify", vec!["verify", "localhost:1/app"]),
        ("tags", vec!["tags", "localhost:1/app"]),
        ("inspect", vec!["inspect", "localhost:1/app"]),
    ] {
        let said = world.longshore.say(&[&arguments[..], &["--json"]].concat());
        let summary = check(part, &said, 1, "network");
        let message = summary["error"]["message"].as_str().unwrap();
        assert!(message.contains("localhost:1"), "{message}");
    }
}

#[test]
fn a_command_that_is_stopped_prints_its_summary() {
    let world = World::new();
    let digest = world.push_big(&world.source("app"), "1");
    assert!(digest.starts_with("sha256:"));
    let (source, to) = (world.source("app:1"), world.destination("app"));
    let copy = ["copy", &source, &to, "--json", "--bandwidth", "1MB/s"];
    let mut copying = world.longshore.start(&copy);
    copying.until_moved(0);
    copying.interrupt();
    let said = copying.end();
    assert_eq!(said.code, Some(130), "{}", said.error);
    assert_eq!(said.summary()["end"], "cancelled");

    let mut demo = world.longshore.start(&["demo", "--json"]);
    demo.until(|event| event["event"] == "step");
    run(Command::new("kill").args(["-INT", &demo.id().to_string()]));
    let said = demo.end();
    assert_eq!(said.code, Some(130), "{}", said.error);
    check("demo", &said, 130, "interrupted");
}

#[test]
fn a_report_that_cannot_be_written_hides_nothing_of_what_was_copied() {
    let world = World::new();
    world.push(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), world.destination("app"));
    let report = world.path("no-such-folder/report.json").display().to_string();
    let said = world.longshore.say(&["copy", &source, &to, "--json", "--report", &report]);
    let summary = check("copy", &said, 1, "report");
    assert_eq!((&summary["copied"], &summary["end"]), (&1.into(), &"done".into()));
}

#[test]
fn what_is_exported_comes_as_one_object() {
    let world = World::new();
    let rules = world.rules(
        "
version: 1
rules:
  - name: all
    source:
      registry: FROM
      repositories: [{prefix: team/}]
    destinations:
      - registry: TO
",
    );
    let said = world.longshore.say(&["export", "kubernetes", &rules, "--image", "x:1", "--json"]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    documented("export", &said);
    assert!(said.summary()["text"].as_str().unwrap().contains("kind: Job"), "{}", said.text);
}

#[test]
fn runs_show_does_not_call_a_conflict_done() {
    let world = World::new();
    world.push(&world.source("app"), "1");
    world.push(&world.source("app"), "2");
    world.push_layers(&world.destination("app"), "1", &[b"another image"]);
    let said = world.longshore.say(&["copy", &world.source("app"), &world.destination("app"), "--json"]);
    assert_eq!(said.code, Some(3), "{}{}", said.text, said.error);
    let run = said.summary()["run"].as_str().unwrap().to_owned();
    for arguments in [vec!["runs", "show", run.as_str()], vec!["runs"]] {
        let said = world.longshore.say(&arguments);
        assert!(!said.text.contains(" done ") && said.text.contains("incomplete"), "{}", said.text);
        assert!(said.text.contains("1 of 2 images") && said.text.contains("1 in conflict"), "{}", said.text);
    }
    let said = world.longshore.say(&["runs", "show", &run, "--json"]);
    documented("runs", &said);
    let summary = said.summary();
    assert_eq!((&summary["state"], &summary["finished"]), (&"incomplete".into(), &1.into()));
}

#[test]
fn the_version_is_that_of_longshore() {
    let world = World::new();
    let said = world.longshore.say(&["--version"]);
    assert_eq!((said.code, said.text.trim_end()), (Some(0), "longshore 0.1.0"));
}

#[test]
fn a_log_is_printed_only_when_somebody_asks() {
    let world = World::new();
    // Something that would be logged as a warning: a host that does not answer.
    let to = world.destination("app");
    let copy = ["copy", "localhost:1/app:1", to.as_str()];
    let logged =
        |text: &str| ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].iter().any(|word| text.contains(word));
    let quiet = world.longshore.say(&copy);
    assert!(!logged(&quiet.error), "{}", quiet.error);
    let asked = world.longshore.say(&[&copy[..], &["--log", "trace"]].concat());
    assert!(logged(&asked.error), "{}", asked.error);
    for name in ["LONGSHORE_LOG", "RUST_LOG"] {
        let said = Said::of(&world.longshore.command(&copy).env(name, "trace").output().unwrap());
        assert!(logged(&said.error), "{name}: {}", said.error);
    }
    let wrong = world.longshore.say(&[&copy[..], &["--log", "a=b=c"]].concat());
    assert_eq!(wrong.code, Some(2), "{}", wrong.error);
}

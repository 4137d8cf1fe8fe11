//! Ctrl-C, stopping from another process, and going on.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::world::{World, documented};

/// A copy that takes several seconds, with its first bytes under way.
struct Slow {
    process: Child,
    run: String,
    lines: BufReader<std::process::ChildStdout>,
}

const LAYER: usize = 6_000_000;

fn layers() -> [Vec<u8>; 3] {
    [1_u8, 2, 3].map(|seed| (0..LAYER).map(|n| seed.wrapping_mul(31).wrapping_add((n % 253) as u8)).collect())
}

fn slow(world: &World) -> (Slow, String) {
    let layers = layers();
    let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
    let digest = world.push_layers(&world.source("app"), "1", &layers);
    let arguments =
        ["copy", &world.source("app:1"), &world.destination("app"), "--json", "--bandwidth", "2MB/s"];
    let mut process =
        world.longshore.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap());
    let planned = until(&mut lines, |event| event["event"] == "planned");
    until(&mut lines, |event| {
        event["event"] == "progress" && event["bytes_moved"].as_u64().is_some_and(|moved| moved > 0)
    });
    let run = planned["run"].as_str().unwrap().to_owned();
    (Slow { process, run, lines }, digest)
}

fn until(lines: &mut impl BufRead, wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended before");
        let event: Value = serde_json::from_str(&line).unwrap();
        if wanted(&event) {
            return event;
        }
    }
}

fn states(world: &World) -> Vec<String> {
    let said = world.longshore.say(&["runs", "--json"]);
    documented("runs", &said);
    let runs = said.events().into_iter().filter(|event| event["event"] == "run");
    runs.map(|run| run["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn ctrl_c_stops_within_a_second_and_the_run_goes_on_later() {
    let world = World::new();
    let (mut slow, digest) = slow(&world);
    assert_eq!(states(&world), ["running"]);
    let asked = Instant::now();
    Command::new("kill").args(["-INT", &slow.process.id().to_string()]).status().unwrap();
    let summary = until(&mut slow.lines, |event| event["event"] == "summary");
    let output = slow.process.wait_with_output().unwrap();
    // A second, and what a busy machine takes to end a process.
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    assert_eq!((output.status.code(), &summary["end"]), (Some(130), &"cancelled".into()));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("longshore runs resume {}", slow.run)), "{said}");
    assert_eq!(states(&world), ["cancelled"]);

    let shown = world.longshore.say(&["runs", "show", &slow.run, "--json"]);
    documented("runs", &shown);
    assert_eq!(shown.summary()["can_go_on"], true);
    let resumed = world.longshore.say(&["runs", "resume", &slow.run, "--json"]);
    documented("copy", &resumed);
    assert_eq!((resumed.code, &resumed.summary()["copied"]), (Some(0), &1.into()), "{}", resumed.error);
    assert_eq!(world.skopeo.digest(&world.destination("app:1")), digest);
    assert_eq!(states(&world), ["done"]);
    assert_eq!(world.longshore.say(&["runs", "resume", &slow.run]).code, Some(1), "nothing is left to do");
}

#[test]
fn another_process_stops_a_run_and_cannot_take_it_over_before() {
    let world = World::new();
    let (slow, digest) = slow(&world);
    let owned = world.longshore.say(&["runs", "resume", &slow.run]);
    assert_eq!(owned.code, Some(1));
    assert!(owned.error.contains("under way"), "{}", owned.error);
    let stopped = world.longshore.say(&["runs", "cancel", &slow.run, "--json"]);
    assert_eq!(
        (stopped.code, &stopped.summary()["state"]),
        (Some(0), &"cancelled".into()),
        "{}",
        stopped.error
    );
    let output = slow.process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let again = world.longshore.say(&["runs", "cancel", &slow.run]);
    assert_eq!(again.code, Some(2), "it is not under way any more: {}", again.error);

    // The beginning of an id is enough.
    let resumed = world.longshore.summary(&["runs", "resume", &slow.run[..13], "--json"]);
    assert_eq!(resumed["copied"], 1);
    assert_eq!(world.skopeo.digest(&world.destination("app:1")), digest);
}

#[test]
fn a_killed_run_is_told_gone_on_with_and_one_can_be_forgotten() {
    let world = World::new();
    let (mut slow, digest) = slow(&world);
    slow.process.kill().unwrap();
    slow.process.wait().unwrap();
    assert_eq!(states(&world), ["interrupted"]);
    let text = world.longshore.say(&["runs"]).text;
    assert!(text.contains("interrupted") && text.contains(&slow.run), "{text}");
    world.longshore.summary(&["runs", "resume", &slow.run, "--json"]);
    assert_eq!(world.skopeo.digest(&world.destination("app:1")), digest);
    world.longshore.summary(&["runs", "forget", &slow.run, "--json"]);
    assert!(states(&world).is_empty());
    assert_eq!(world.longshore.say(&["runs", "show", &slow.run]).code, Some(1));
}

//! Ctrl-C, stopping from another process, and resuming.

use std::time::{Duration, Instant};

use longshore_tests::longshore::Running;

use super::world::{World, documented};

/// A copy that takes several seconds and has started to transfer bytes.
struct Slow {
    process: Running,
    run: String,
}

fn slow(world: &World) -> (Slow, String) {
    let digest = world.push_big(&world.source("app"), "1");
    let arguments =
        ["copy", &world.source("app:1"), &world.destination("app"), "--json", "--bandwidth", "2MB/s"];
    let mut process = world.longshore.start(&arguments);
    let planned = process.until(|event| event["event"] == "planned");
    process.until_moved(0);
    (Slow { process, run: planned["run"].as_str().unwrap().to_owned() }, digest)
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
    let (slow, digest) = slow(&world);
    assert_eq!(states(&world), ["running"]);
    let asked = Instant::now();
    slow.process.interrupt();
    let said = slow.process.end();
    // One second, plus the time that a busy machine needs to end a process.
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    assert_eq!((said.code, &said.summary()["end"]), (Some(130), &"cancelled".into()));
    assert!(said.error.contains(&format!("longshore runs resume {}", slow.run)), "{}", said.error);
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
    assert_eq!(slow.process.end().code, Some(130));
    let again = world.longshore.say(&["runs", "cancel", &slow.run]);
    assert_eq!(again.code, Some(2), "it is no longer in progress: {}", again.error);

    // A prefix of an id is enough.
    let resumed = world.longshore.summary(&["runs", "resume", &slow.run[..13], "--json"]);
    assert_eq!(resumed["copied"], 1);
    assert_eq!(world.skopeo.digest(&world.destination("app:1")), digest);
}

#[test]
fn a_killed_run_is_told_gone_on_with_and_one_can_be_forgotten() {
    let world = World::new();
    let (slow, digest) = slow(&world);
    slow.process.kill();
    assert_eq!(states(&world), ["interrupted"]);
    let text = world.longshore.say(&["runs"]).text;
    assert!(text.contains("interrupted") && text.contains(&slow.run), "{text}");
    world.longshore.summary(&["runs", "resume", &slow.run, "--json"]);
    assert_eq!(world.skopeo.digest(&world.destination("app:1")), digest);
    world.longshore.summary(&["runs", "forget", &slow.run, "--json"]);
    assert!(states(&world).is_empty());
    assert_eq!(world.longshore.say(&["runs", "show", &slow.run]).code, Some(1));
}

const TWO: &str = "
version: 1
rules:
  - name: first
    source:
      registry: FROM
      repositories: [{exact: app}]
    destinations:
      - registry: TO
      - registry: LAYOUT
  - name: later
    source:
      registry: FROM
      repositories: [{exact: other}]
    destinations:
      - registry: TO
";

#[test]
fn a_sync_that_was_stopped_goes_on_with_what_it_had_begun() {
    let world = World::new();
    let digest = world.push_big(&world.source("app"), "1");
    let other = world.push(&world.source("other"), "1");
    let layout = format!("oci:{}", world.path("layout").display());
    let rules = world.rules(&TWO.replace("LAYOUT", &layout));
    let mut running = world.longshore.start(&["sync", &rules, "--json", "--bandwidth", "2MB/s"]);
    running.until_moved(0);
    running.interrupt();
    let said = running.end();
    assert_eq!(said.code, Some(130), "{}", said.error);
    let id = said.summary()["run"].as_str().unwrap().to_owned();
    assert!(said.error.contains(&format!("longshore sync FILE --resume {id}")), "{}", said.error);

    let report = world.path("report.json").display().to_string();
    let resumed = world.longshore.say(&["sync", &rules, "--resume", &id, "--report", &report, "--json"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.error);
    documented("sync", &resumed);
    let summary = resumed.summary();
    assert_eq!((&summary["run"], &summary["copied"], &summary["failed"]), (&id.into(), &2.into(), &0.into()));
    let runs = summary["runs"].as_array().unwrap();
    assert!(
        runs.len() == 2 && runs.iter().all(|run| run["rule"] == "first" && run["end"] == "done"),
        "{runs:?}"
    );
    assert_eq!(world.skopeo.digest(&world.destination("app:1")), digest);
    assert_eq!(world.longshore.summary(&["verify", "--report", &report, "--deep", "--json"])["images"], 2);

    // A rule that had not started has no run; the file is run again for it.
    assert!(!world.skopeo.has(&world.destination("other:1")));
    let nothing = world.longshore.say(&["sync", &rules, "--resume", summary["run"].as_str().unwrap()]);
    assert_eq!(nothing.code, Some(1), "{}", nothing.text);
    assert!(nothing.error.contains("no unfinished run"), "{}", nothing.error);
    let rest = world.longshore.summary(&["sync", &rules, "--json"]);
    assert_eq!((&rest["skipped"], &rest["copied"]), (&2.into(), &1.into()));
    assert_eq!(world.skopeo.digest(&world.destination("other:1")), other);
    for wrong in [&["--plan"][..], &["--shard", "0/2"], &["--rule", "first"]] {
        let said = world.longshore.say(&[&["sync", &rules, "--resume", "x"], wrong].concat());
        assert_eq!(said.code, Some(2), "{wrong:?}: {}", said.error);
    }
}

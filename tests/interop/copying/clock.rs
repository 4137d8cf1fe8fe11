//! The system's clock jumps during a run: forwards by hours, then backwards by more.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use longshore_tests::{aws::Served, longshore::Running, plain::Plain};

use super::world::World;

/// A separate clock for one program, from Debian's libfaketime. Monotonic time is not changed, as
/// when a person or NTP sets the clock.
struct Clock {
    library: PathBuf,
    setting: PathBuf,
}

impl Clock {
    fn new(folder: &Path) -> Self {
        let all = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
        let mut all = all.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
        let library = all.find(|path| path.exists()).expect("libfaketime is installed by `make setup`");
        let clock = Self { library, setting: folder.join("clock") };
        clock.set("+0");
        clock
    }

    /// Moves it relative to the real time: `+13h`, `-13h`.
    fn set(&self, offset: &str) {
        // Atomically, because it can be read at any moment.
        let new = self.setting.with_extension("new");
        fs::write(&new, offset).unwrap();
        fs::rename(new, &self.setting).unwrap();
    }

    fn under(&self, command: &mut Command) -> Running {
        Running::new(
            command
                .env("LD_PRELOAD", &self.library)
                .env("FAKETIME_TIMESTAMP_FILE", &self.setting)
                .env("FAKETIME_CACHE_DURATION", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .env("DONT_FAKE_MONOTONIC", "1"),
        )
    }
}

#[test]
fn a_clock_that_jumps_during_a_run_changes_neither_pace_nor_end() {
    let world = World::new();
    let clock = Clock::new(world.home.path());
    world.push_big(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), world.destination("app"));
    let begun = Instant::now();
    let arguments = ["copy", &source, &to, "--json", "--bandwidth", "3MB/s"];
    let mut running = clock.under(&mut world.longshore.command(&arguments));
    let planned = running.until(|event| event["event"] == "planned");
    running.until_moved(0);
    clock.set("+13h");
    running.until_moved(5_000_000);
    // A run does not count as dead because of its age.
    let run = planned["run"].as_str().unwrap();
    let owned = world.longshore.say(&["runs", "resume", run]);
    assert!(owned.code == Some(1) && owned.error.contains("under way"), "{}", owned.error);
    clock.set("-13h");
    running.until_moved(9_000_000);
    running.kill();
    let took = begun.elapsed();
    assert!((Duration::from_secs(2)..Duration::from_secs(40)).contains(&took), "9 MB at 3 MB/s: {took:?}");

    // The next process has the right time, and the last one ran half a day ago.
    let again = world.longshore.summary(&["runs", "resume", run, "--json"]);
    assert_eq!((&again["copied"], &again["failed"]), (&1.into(), &0.into()));
    assert_eq!(Plain::new(&world.to.host).walk("app"), Plain::new(&world.from.host).walk("app"));
}

/// ECR refuses signatures that are more than five minutes off, and requests for passwords are
/// signed.
#[test]
fn a_clock_that_jumps_during_a_run_into_ecr_costs_no_image() {
    let world = World::new();
    let clock = Clock::new(world.home.path());
    let source = world.source("app");
    world.push_big(&source, "big");
    (0..6).for_each(|tag| {
        world.push(&source, &tag.to_string());
    });
    let state = world.path("state");
    let sandbox = Served::with(&state, "0ms", &["token-life=1s"]);
    let state = state.display().to_string();
    let host = sandbox.host("111122223333", "us-west-2");
    let arguments =
        ["copy", &source, &format!("{host}/app"), "--json", "--bandwidth", "3MB/s", "--state", &state];
    let mut running = clock.under(&mut world.longshore.command(&arguments));
    running.until_moved(0);
    clock.set("+13h");
    running.until_moved(9_000_000);
    clock.set("-13h");
    let said = running.end();
    assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &7.into()), "{}{}", said.text, said.error);
    let aws = sandbox.aws("111122223333", "us-west-2");
    let there = Plain::of_ecr(&host, &aws).walk("app");
    assert_eq!(there, Plain::new(&world.from.host).walk("app"));
}

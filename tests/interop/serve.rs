//! `longshore sandbox serve` when something prevents it from starting.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
};

use longshore_tests::{
    aws::Served,
    process::{built, run},
};
use serde_json::Value;

fn serve(state: &Path) -> Command {
    let mut command = Command::new(built("longshore"));
    command.args(["sandbox", "serve", "--json", "--state"]).arg(state).stdin(Stdio::null());
    command
}

/// Its standard error and standard output; it must end with 1.
fn ended_with_1(command: &mut Command) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    (said, String::from_utf8(stdout).unwrap())
}

/// Its standard error; it must end with 1 and a summary, without a ready line.
fn refused(command: &mut Command) -> String {
    let (said, stdout) = ended_with_1(command);
    let lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [summary] = lines.as_slice() else { panic!("only a summary: {stdout}") };
    assert_eq!(summary["event"], "summary");
    assert!(summary["error"]["message"].is_string(), "{summary}");
    said
}

fn port_of(ready: &Value) -> u16 {
    ready["control"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap()
}

#[test]
fn a_port_that_was_asked_for_and_is_taken_is_named_with_a_choice() {
    let directory = tempfile::tempdir().unwrap();
    let squatter = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = squatter.local_addr().unwrap().port().to_string();
    let said = refused(serve(directory.path()).args(["--port", &port]));
    assert!(said.starts_with(&format!("longshore: port {port} for the control plane is taken")), "{said}");
    assert!(said.contains("Choose another port, or `--port 0` for any free one."), "{said}");
}

#[test]
fn a_taken_default_port_moves_on_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    // Taken by this test, or already taken by another program.
    let _squatter = TcpListener::bind("127.0.0.1:4510");
    let mut command = serve(&directory.path().join("state"));
    let log = directory.path().join("stderr");
    command.stdout(Stdio::piped()).stderr(fs::File::create(&log).unwrap());
    let mut sandbox = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(sandbox.stdout.take().unwrap()).read_line(&mut line).unwrap();
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    let said = fs::read_to_string(log).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}{said}"));
    assert_ne!(port_of(&ready), 4510);
    assert!(said.contains("the default port is taken, the sandbox listens on another"), "{said}");
}

#[test]
fn a_remembered_port_that_is_taken_is_an_error_and_any_port_helps() {
    let directory = tempfile::tempdir().unwrap();
    let first = Served::new(directory.path(), "1s");
    let port = port_of(&first.ready);
    first.kill();
    let squatter = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let said = refused(&mut serve(directory.path()));
    assert!(said.contains(&format!("port {port} for the control plane is taken")), "{said}");
    assert!(said.contains("start with `--port 0`; references pushed earlier then change"), "{said}");
    let moved = Served::new(directory.path(), "1s");
    assert_ne!(port_of(&moved.ready), port);
    drop(squatter);
}

#[test]
fn a_damaged_state_file_is_named_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sandbox.json");
    for damaged in ["{\"format\": 1, \"gen", "", "[]", "\u{0}\u{0}\u{0}"] {
        fs::write(&file, damaged).unwrap();
        let said = refused(serve(directory.path()).args(["--port", "0"]));
        assert!(said.starts_with(&format!("longshore: {} is damaged", file.display())), "{said}");
        assert!(said.contains("Restore the file from a backup, or reset the sandbox"), "{said}");
        assert_eq!(fs::read_to_string(&file).unwrap(), damaged, "nothing overwritten");
    }
}

#[test]
fn a_second_sandbox_on_the_same_state_is_refused_and_the_first_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let first = Served::new(directory.path(), "1s");
    let before = fs::read(directory.path().join("running.json")).unwrap();
    let served = refused(serve(directory.path()).args(["--port", "0"]));
    let mut reset = Command::new(built("longshore"));
    let (reset, printed) = ended_with_1(reset.args(["sandbox", "reset", "--state"]).arg(directory.path()));
    assert_eq!(printed, "");
    for said in [served, reset] {
        assert!(said.contains("is in use by another sandbox"), "{said}");
        assert!(said.contains("choose another state directory"), "{said}");
    }
    assert_eq!(fs::read(directory.path().join("running.json")).unwrap(), before);
    let dev = first.aws("111122223333", "us-west-2");
    assert!(dev.ecr(&["describe-repositories"])["repositories"].as_array().unwrap().is_empty());
}

#[test]
fn an_interrupt_ends_it_well_and_its_address_is_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = serve(directory.path());
    command.args(["--port", "0"]).stdout(Stdio::piped());
    let mut sandbox = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(sandbox.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(directory.path().join("running.json").exists());
    run(Command::new("kill").args(["-TERM", &sandbox.id().to_string()]));
    let status = sandbox.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(!directory.path().join("running.json").exists());
}

//! `longshore login` and `login-password` with skopeo, on a served sandbox.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use longshore_tests::{
    aws::Served,
    image,
    process::{built, run},
    skopeo::Skopeo,
};

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";

/// A wrapper around the real client: records the command lines of all processes, and then passes
/// everything on, including the password.
const SPY: &str = r#"#!/bin/sh
cat > "$SPY/password"
for file in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do
  tr '\0' '\n' < "$file" >> "$SPY/seen" 2>/dev/null || true
done
PATH="$REAL_PATH" exec skopeo "$@" < "$SPY/password"
"#;

fn longshore(home: &Path, arguments: &[&str], state: &Path) -> Command {
    let mut command = Command::new(built("longshore"));
    command.args(arguments).arg("--state").arg(state).env("LONGSHORE_DATA_DIR", home);
    command
}

fn refused(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(stdout.is_empty(), "no password");
    said
}

#[test]
fn a_client_is_logged_in_and_no_process_shows_the_password() {
    let directory = tempfile::tempdir().unwrap();
    let (layout, state) = (directory.path().join("image"), directory.path().join("state"));
    let pushed = image::simple(&layout);
    let sandbox = Served::new(&state, "1s");
    let host = sandbox.host(DEV, REGION);
    sandbox.aws(DEV, REGION).ecr(&["create-repository", "--repository-name=app"]);
    let spy = directory.path().join("skopeo");
    fs::write(&spy, SPY).unwrap();
    fs::set_permissions(&spy, fs::Permissions::from_mode(0o755)).unwrap();
    let real = std::env::var("PATH").unwrap();
    let skopeo = Skopeo::new(directory.path());

    run(longshore(directory.path(), &["login", &host, "--client", "skopeo"], &state)
        .env("PATH", format!("{}:{real}", directory.path().display()))
        .env("REAL_PATH", &real)
        .env("SPY", directory.path())
        .env("REGISTRY_AUTH_FILE", skopeo.auth_file()));

    skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{host}/app:42"));
    assert_eq!(skopeo.digest(&format!("{host}/app:42")), pushed);
    let password = fs::read_to_string(directory.path().join("password")).unwrap();
    let seen = fs::read_to_string(directory.path().join("seen")).unwrap();
    assert!(password.len() > 20 && seen.contains("--password-stdin"));
    assert!(!seen.contains(password.trim()), "the password is in a command line or an environment");
}

#[test]
fn a_password_for_another_client_is_all_that_is_printed() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let sandbox = Served::new(&state, "1s");
    let host = sandbox.host(DEV, REGION);
    let output = run(&mut longshore(directory.path(), &["login-password", &host], &state));
    let password = String::from_utf8(output.stdout).unwrap();
    assert_eq!(password.lines().count(), 1);
    let skopeo = Skopeo::new(directory.path());
    skopeo.login(&host, password.trim());
}

#[test]
fn another_host_is_told_and_nothing_is_printed() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let sandbox = Served::new(&state, "1s");
    let control = sandbox.ready["control"].as_str().unwrap().trim_start_matches("http://");
    for host in ["127.0.0.1:1", "registry.example.org", control, ""] {
        let said = refused(&mut longshore(directory.path(), &["login-password", host], &state));
        let expected = format!("`{host}` is neither a host of Amazon ECR nor one of the running sandbox.");
        assert!(said.contains(&expected), "{said}");
        assert!(said.contains("the host from the repository's URI"), "{said}");
        let login = ["login", host, "--client", "skopeo"];
        assert!(refused(&mut longshore(directory.path(), &login, &state)).contains(&expected));
    }
}

#[test]
fn a_host_of_an_account_that_nobody_added_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let host = "999988887777.dkr.ecr.us-west-2.amazonaws.com";
    let state = directory.path().join("state");
    let said = refused(&mut longshore(directory.path(), &["login-password", host], &state));
    assert!(said.contains("999988887777"), "{said}");
}

#[test]
fn a_sandbox_that_has_ended_gives_no_password() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let sandbox = Served::new(&state, "1s");
    let host = sandbox.host(DEV, REGION);
    sandbox.kill();
    let said = refused(&mut longshore(directory.path(), &["login-password", &host], &state));
    assert!(said.contains("The sandbox is not running"), "{said}");
}

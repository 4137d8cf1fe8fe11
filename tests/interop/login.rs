//! `longshore login`, `login-password` and `docker-credential-longshore` with skopeo, on a served sandbox.

use std::{
    fs,
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
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

/// A folder with the credential helper, for `PATH`.
pub(crate) fn helper(directory: &Path) -> PathBuf {
    let folder = directory.join("bin");
    fs::create_dir(&folder).unwrap();
    symlink(built("longshore"), folder.join("docker-credential-longshore")).unwrap();
    folder
}

/// What the helper answers to what docker writes.
fn asked(directory: &Path, folder: &Path, action: &str, input: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(folder.join("docker-credential-longshore"));
    command.arg(action).env("LONGSHORE_DATA_DIR", directory).env("LONGSHORE_SECRETS", "memory");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_client_that_never_logged_in_pushes_with_the_credential_helper() {
    let directory = tempfile::tempdir().unwrap();
    let layout = directory.path().join("image");
    let pushed = image::simple(&layout);
    let sandbox = Served::new(&directory.path().join("sandbox"), "1s");
    let host = sandbox.host(DEV, REGION);
    sandbox.aws(DEV, REGION).ecr(&["create-repository", "--repository-name=app"]);
    let folder = helper(directory.path());
    let skopeo = Skopeo::new(directory.path());
    fs::write(skopeo.auth_file(), format!(r#"{{"credHelpers": {{"{host}": "longshore"}}}}"#)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let (from, to) = (format!("oci:{}:42", layout.display()), format!("docker://{host}/app:42"));
    run(skopeo
        .command(&["copy", "--quiet", "--all", "--preserve-digests", "--dest-tls-verify=false", &from, &to])
        .env("PATH", path)
        .env("LONGSHORE_DATA_DIR", directory.path()));
    let found = sandbox.aws(DEV, REGION).ecr(&["describe-images", "--repository-name=app"]);
    let images = found["imageDetails"].as_array().unwrap();
    assert!(images.iter().any(|image| image["imageDigest"] == pushed), "{found}");
    let file = fs::read_to_string(skopeo.auth_file()).unwrap();
    assert!(!file.contains("auths"), "no password is written: {file}");
}

#[test]
fn the_credential_helper_answers_as_docker_expects_it() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Served::new(&directory.path().join("sandbox"), "1s");
    let host = sandbox.host(DEV, REGION);
    let folder = helper(directory.path());
    let ask = |action: &str, input: &str| asked(directory.path(), &folder, action, input);
    let (code, text, _) = ask("get", &format!("http://{host}\n"));
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (code, &answer["ServerURL"], &answer["Username"]),
        (Some(0), &host.as_str().into(), &"AWS".into())
    );
    Skopeo::new(directory.path()).login(&host, answer["Secret"].as_str().unwrap());

    // The registries of the sandbox have an account each.
    let (code, text, _) = ask("list", "");
    let listed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &listed[&host]), (Some(0), &"AWS".into()), "{listed}");
    assert_eq!(listed.as_object().unwrap().len(), sandbox.ready["registries"].as_array().unwrap().len());

    // Of others there is nothing, and docker goes on without.
    let nothing = "credentials not found in native keychain\n";
    for other in ["https://index.docker.io/v1/", "ghcr.io", ""] {
        let (code, text, _) = ask("get", other);
        assert_eq!((code, text.as_str()), (Some(1), nothing), "{other}");
    }
    // An account that nobody connected is said where docker shows it.
    let (code, text, _) = ask("get", "999988887777.dkr.ecr.us-west-2.amazonaws.com");
    assert_eq!(code, Some(1));
    assert!(text.contains("999988887777") && text.lines().count() == 1, "{text}");
    let secret = format!(r#"{{"ServerURL": "{host}", "Username": "AWS", "Secret": "canary"}}"#);
    let (code, text, error) = ask("store", &secret);
    assert_eq!((code, text.as_str()), (Some(1), ""));
    assert!(error.contains("keeps no passwords") && !error.contains("canary"), "{error}");
    assert_eq!(ask("erase", &host).0, Some(0));
    assert_eq!(ask("version", "").0, Some(0));
    assert_eq!(ask("forget", "").0, Some(2));
}

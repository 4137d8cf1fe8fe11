//! The app's keychain store with a real gnome-keyring, on a separate session bus.

use std::{fs, process::Command};

use longshore_tests::process::{built, run};

/// Runs a script in a new session with an empty home; `$KEYCHAIN` is our store.
fn session(script: &str) -> String {
    session_on(&[], script)
}

/// The same, on a bus with its own configuration.
fn session_on(bus: &[&str], script: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let output = run(Command::new("dbus-run-session")
        .args(bus)
        .args(["--", "sh", "-ec", script])
        .env("KEYCHAIN", built("keychain"))
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("DISPLAY")
        .env_remove("GNOME_KEYRING_CONTROL"));
    String::from_utf8(output.stdout).unwrap()
}

/// The password is not empty: an empty one leaves the collection locked.
const UNLOCK: &str = "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n";

/// Locks the collection that the app's secrets are in.
const LOCK: &str = "dbus-send --session --print-reply --dest=org.freedesktop.secrets \
    /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
    array:objpath:/org/freedesktop/secrets/collection/login >/dev/null\n";

/// A bus that starts no service, as on a desktop without a keychain.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
    "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

#[test]
fn a_secret_is_kept_read_seen_by_others_and_forgotten() {
    let script = r#"
        "$KEYCHAIN" state
        printf s3cret | "$KEYCHAIN" set account-1
        "$KEYCHAIN" get account-1
        secret-tool search --all service longshore 2>/dev/null | grep '^secret'
        "$KEYCHAIN" delete account-1
        "$KEYCHAIN" get account-1
    "#;
    let said = session(&format!("{UNLOCK}{script}"));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines, [r#"{"state":"available"}"#, "kept", "s3cret", "secret = s3cret", "gone", "none"]);
}

#[test]
fn a_locked_keychain_says_so_in_time() {
    let script = r#"
        "$KEYCHAIN" get account-1
        printf other | "$KEYCHAIN" set account-1
        "$KEYCHAIN" state | grep -o '"state":"[a-z]*"'
    "#;
    let keep = "printf s3cret | \"$KEYCHAIN\" set account-1\n";
    let said = session(&format!("{UNLOCK}{keep}{LOCK}{script}"));
    let lines: Vec<&str> = said.lines().collect();
    let locked = "error keychain-locked";
    assert_eq!(lines, ["kept", locked, locked, r#""state":"locked""#]);
}

#[test]
fn a_desktop_without_a_keychain_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let configuration = directory.path().join("bus.conf");
    fs::write(&configuration, BARE_BUS).unwrap();
    let said = session_on(
        &[&format!("--config-file={}", configuration.display())],
        r#"
        "$KEYCHAIN" state | grep -o '"state":"[a-z]*"'
        printf s3cret | "$KEYCHAIN" set account-1
    "#,
    );
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines, [r#""state":"missing""#, "error keychain-missing"]);
}

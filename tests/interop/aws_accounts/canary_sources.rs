//! What profiles of every kind, the environment and a proxy's address give is looked for in what is printed at
//! trace level and in every file that is written.

use super::{
    canary::{Canary, files},
    givers::{CONTAINER_TOKEN, PORTAL_TOKEN, WEB_TOKEN, secret_of},
    kinds::{Person, kinds},
    *,
};

const PROXY_PASSWORD: &str = "canary-proxy-password";

/// Everything that must not be seen.
fn canaries() -> Vec<Canary> {
    let givers = [
        "static",
        "of-session",
        "of-legacy",
        "process",
        "of-profile",
        "environment",
        "of-environment",
        "instance",
        "of-instance",
        "container",
        "of-container",
        "of-web",
        "fresh",
        "old",
        "renewed",
        "refresh",
    ];
    let mut canaries: Vec<Canary> =
        givers.iter().map(|giver| Canary::new(giver, &secret_of(giver))).collect();
    for (name, secret) in [
        ("token of Identity Center", PORTAL_TOKEN),
        ("token of a container", CONTAINER_TOKEN),
        ("token of a web identity", WEB_TOKEN),
        ("password of a proxy", PROXY_PASSWORD),
    ] {
        canaries.push(Canary::new(name, secret));
    }
    canaries
}

fn assert_unseen(canaries: &[Canary], what: &str, bytes: &[u8]) {
    let found: Vec<&str> =
        canaries.iter().filter(|canary| canary.is_in(bytes)).map(|canary| canary.name).collect();
    assert!(found.is_empty(), "{what} has what {found:?} gives: {}", String::from_utf8_lossy(bytes));
}

#[test]
fn what_each_kind_of_profile_gives_is_neither_printed_nor_written() {
    let person = Person::new();
    let canaries = canaries();
    let temporary = person.home.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let proxy = format!("http://person:{PROXY_PASSWORD}@127.0.0.1:9");
    let run = |what: &str, mut command: std::process::Command, code: i32| {
        command.env("LONGSHORE_LOG", "trace").env("TMPDIR", &temporary);
        let output = command.output().unwrap();
        let said = Said::of(&output);
        assert_eq!(said.code, Some(code), "{what}: {}{}", said.text, said.error);
        assert_unseen(&canaries, what, &output.stdout);
        assert_unseen(&canaries, what, &output.stderr);
        said
    };
    for (profile, around, _) in kinds() {
        let mut command = person.command(&["account", "add", "--profile", profile, "--json"]);
        around(&person, &mut command);
        command.env("HTTPS_PROXY", &proxy).env("HTTP_PROXY", &proxy).env("NO_PROXY", "127.0.0.1");
        let said = run(profile, command, 0);
        assert!(said.error.contains("TRACE"), "{profile} logs everything: {}", said.error);
        let mut command = person.command(&["replication", "show", "111122223333/us-west-2", "--json"]);
        around(&person, &mut command);
        run(profile, command, 0);
        run(profile, person.command(&["account", "remove", DEV, "--json"]), 0);
    }
    // Errors of a proxy that is not there.
    let mut command = person.command(&["account", "add", "--profile", "static", "--plan", "--json"]);
    command
        .env("HTTPS_PROXY", &proxy)
        .env("HTTP_PROXY", &proxy)
        .env("AWS_ENDPOINT_URL", "http://aws.example.com");
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    let said = run("a proxy", command, 1);
    assert_eq!(said.summary()["error"]["code"], "unreachable");

    let mut paths = Vec::new();
    files(&person.longshore.data(), &mut paths);
    files(&temporary, &mut paths);
    assert!(paths.iter().any(|path| path.ends_with("longshore.db")), "{paths:?}");
    for path in paths {
        assert_unseen(&canaries, &path.display().to_string(), &fs::read(&path).unwrap());
    }
}

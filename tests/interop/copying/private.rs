//! Only the owner can read the data directory and its files.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use longshore_tests::{
    image,
    longshore::{Longshore, Said},
};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// Runs a command with umask 0, so that nothing is private by default.
fn without_umask(longshore: &Longshore, arguments: &[&str]) -> Said {
    let plain = longshore.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Said::of(&command.output().unwrap())
}

fn is_private(data: &Path) {
    assert_eq!(mode(data), 0o700);
    let entries: Vec<_> = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(entries.iter().any(|path| path.ends_with("journal.db")), "{entries:?}");
    for path in entries {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_first_start_without_umask_and_a_directory_that_others_could_read() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    image::simple(&home.path().join("in"));
    let from = format!("oci:{}:42", home.path().join("in").display());
    let to = |name: &str| format!("oci:{}:1", home.path().join(name).display());
    let said = without_umask(&longshore, &["copy", &from, &to("a")]);
    assert_eq!(said.code, Some(0), "{}", said.error);
    is_private(&longshore.data());

    fs::set_permissions(longshore.data(), PermissionsExt::from_mode(0o755)).unwrap();
    fs::set_permissions(longshore.data().join("journal.db"), PermissionsExt::from_mode(0o644)).unwrap();
    let said = without_umask(&longshore, &["runs"]);
    assert_eq!(said.code, Some(0), "{}", said.error);
    is_private(&longshore.data());

    // Another user could choose the target of a link.
    let elsewhere = home.path().join("elsewhere");
    fs::rename(longshore.data(), &elsewhere).unwrap();
    symlink(&elsewhere, longshore.data()).unwrap();
    let said = longshore.say(&["copy", &from, &to("b")]);
    assert_eq!(said.code, Some(1), "{}{}", said.text, said.error);
    assert!(
        said.error.contains("symbolic link") && said.error.contains("LONGSHORE_DATA_DIR"),
        "{}",
        said.error
    );
}

#[test]
fn two_first_starts_at_once_both_work() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    image::simple(&home.path().join("in"));
    let from = format!("oci:{}:42", home.path().join("in").display());
    for round in 0..5 {
        fs::remove_dir_all(longshore.data()).ok();
        let starts: Vec<_> = (0..4)
            .map(|number| {
                let to = format!("oci:{}:1", home.path().join(format!("{round}-{number}")).display());
                longshore.start(&["copy", &from, &to, "--json"])
            })
            .collect();
        for start in starts {
            let said = start.end();
            assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &1.into()), "{}", said.error);
        }
        let said = longshore.say(&["runs", "--json"]);
        assert_eq!(said.summary()["runs"], 4, "{}", said.text);
    }
}

#[test]
fn processes_that_find_a_damaged_journal_at_once_lose_no_run() {
    let rounds: u32 = std::env::var("LONGSHORE_ROUNDS").map_or(3, |text| text.parse().unwrap());
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    image::simple(&home.path().join("in"));
    let from = format!("oci:{}:42", home.path().join("in").display());
    for round in 0..rounds {
        fs::remove_dir_all(longshore.data()).ok();
        fs::create_dir(longshore.data()).unwrap();
        fs::write(longshore.data().join("journal.db"), "no database at all".repeat(400)).unwrap();
        let starts: Vec<_> = (0..4)
            .map(|number| {
                let to = format!("oci:{}:1", home.path().join(format!("{round}-{number}")).display());
                longshore.start(&["copy", &from, &to, "--json"])
            })
            .collect();
        for start in starts {
            let said = start.end();
            assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &1.into()), "{}", said.error);
        }
        let said = longshore.say(&["runs", "--json"]);
        assert_eq!(said.summary()["runs"], 4, "round {round}: {}", said.text);
    }
}

//! Every kind of profile.

use super::*;

#[test]
fn a_role_of_another_profile_a_program_and_a_mfa_device_give_credentials() {
    let world = World::new(&[("dev", DEV)]);
    let (id, secret) = world.key(DEV);
    let endpoint = world.endpoint();
    let program = format!(
        "sh -c 'echo {{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"{id}\\\",\\\"SecretAccessKey\\\":\\\"{secret}\\\"}}'"
    );
    let role = |name: &str, more: &str| {
        format!(
            "[profile {name}]\nregion = {REGION}\nendpoint_url = {endpoint}\nrole_arn = arn:aws:iam::{PROD}:role/release\nsource_profile = dev\n{more}\n"
        )
    };
    let serial = format!("arn:aws:iam::{DEV}:mfa/dev");
    world.configure(
        &[
            world.profile("dev", DEV),
            format!("[profile program]\nregion = {REGION}\nendpoint_url = {endpoint}\ncredential_process = {program}\n"),
            role("role", "external_id = secret-word"),
            role("mfa", &format!("mfa_serial = {serial}")),
            role("loop", "").replace("source_profile = dev", "source_profile = loop2")
                + &role("loop2", "").replace("source_profile = dev", "source_profile = loop"),
        ]
        .concat(),
    );
    let prove = |profile: &str, more: &[&str]| {
        let mut arguments = vec!["account", "add", "--profile", profile, "--plan", "--json"];
        arguments.extend(more);
        world.say(&arguments)
    };
    let by_program = prove("program", &[]);
    assert_eq!(
        (by_program.code, &by_program.summary()["account"]["id"]),
        (Some(0), &DEV.into()),
        "{}",
        by_program.error
    );
    let notes = events(&by_program, "note");
    assert!(notes[0]["message"].as_str().unwrap().contains("runs `sh -c"), "the program is shown: {notes:?}");

    let by_role = prove("role", &[]);
    let account = by_role.summary()["account"].clone();
    assert_eq!((by_role.code, &account["id"]), (Some(0), &PROD.into()), "{}", by_role.error);
    assert!(account["principal"].as_str().unwrap().contains("assumed-role/release/"), "{account}");

    let without = prove("mfa", &[]);
    assert_eq!(
        (without.code, &without.summary()["error"]["code"]),
        (Some(2), &"mfa-code-needed".into()),
        "{}",
        without.error
    );
    let wrong = prove("mfa", &["--mfa-code", "000000"]);
    assert_eq!(
        (wrong.code, &wrong.summary()["error"]["code"]),
        (Some(2), &"mfa-code-refused".into()),
        "{}",
        wrong.error
    );
    let right = prove("mfa", &["--mfa-code", "123456"]);
    assert_eq!((right.code, &right.summary()["account"]["id"]), (Some(0), &PROD.into()), "{}", right.error);

    let unknown = prove("nobody", &[]);
    assert_eq!((unknown.code, &unknown.summary()["error"]["code"]), (Some(2), &"profile-unknown".into()));
    let spaces = prove("my profile", &[]).summary()["error"]["hint"].to_string();
    assert!(spaces.contains("Rename the profile"), "{spaces}");
    assert_eq!(prove("loop", &[]).code, Some(1));
}

#[test]
fn a_role_is_assumed_from_another_connected_account() {
    let world = World::new(&[("dev", DEV)]);
    world.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let arn = format!("arn:aws:iam::{PROD}:role/release");
    let add = ["account", "add", "--role-arn", &arn, "--via", "Dev", "--name", "Prod", "--json"];
    let added = world.summary(&add);
    assert_eq!(
        added["account"]["regions"],
        serde_json::json!([REGION]),
        "those of the account that assumes it"
    );
    assert_eq!((&added["account"]["id"], &added["account"]["credentials"]), (&PROD.into(), &"role".into()));
    assert_eq!(added["account"]["via"], DEV);
    assert_eq!(world.summary(&["replication", "show", "Prod/us-west-2", "--json"])["account"], PROD);
    let in_use = world.say(&["account", "remove", "Dev", "--json"]);
    assert_eq!((in_use.code, &in_use.summary()["error"]["code"]), (Some(1), &"account-in-use".into()));
    let not_a_role =
        world.say(&["account", "add", "--role-arn", "arn:aws:iam::1:user/x", "--via", "Dev", "--json"]);
    assert_eq!((not_a_role.code, &not_a_role.summary()["error"]["code"]), (Some(2), &"role-arn".into()));
    assert!(!exists(&world.home.path().join(".aws/sso")), "nothing is written outside the data directory");
}

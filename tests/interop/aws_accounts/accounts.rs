//! Connecting, checking and removing accounts.

use super::*;

#[test]
fn an_account_is_connected_by_a_profile_with_the_number_that_sts_proves() {
    let world = World::new(&[("dev", DEV), ("acme-prod", PROD)]);
    let planned = world.summary(&["account", "add", "--profile", "dev", "--plan", "--json"]);
    assert_eq!((&planned["plan"], &planned["account"]["id"]), (&true.into(), &DEV.into()));
    assert_eq!(world.summary(&["account", "list", "--json"])["accounts"], 0, "a plan connects nothing");

    let added = world.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let account = &added["account"];
    assert_eq!(
        (&account["id"], &account["name"], &account["credentials"]),
        (&DEV.into(), &"Dev".into(), &"profile".into())
    );
    assert_eq!(account["endpoint"], world.endpoint().as_str(), "a custom endpoint is named");
    let again = world.say(&["account", "add", "--profile", "dev", "--json"]);
    assert_eq!((again.code, &again.summary()["error"]["code"]), (Some(2), &"account-exists".into()));

    let imported = world.summary(&["account", "import", "--profiles", "--json"]);
    assert_eq!(
        (&imported["added"], &imported["skipped"], &imported["failed"]),
        (&1.into(), &1.into(), &0.into())
    );
    let listed = world.say(&["account", "list", "--json"]);
    let environments: Vec<Value> =
        events(&listed, "account").iter().map(|one| one["environment"].clone()).collect();
    assert_eq!(environments, ["dev", "production"], "an account that is named prod is guarded");

    let removed = world.summary(&["account", "remove", "Dev", "--json"]);
    assert_eq!(removed["account"]["id"], DEV);
    let unknown = world.say(&["account", "remove", "Dev", "--json"]);
    assert_eq!((unknown.code, &unknown.summary()["error"]["code"]), (Some(1), &"account-unknown".into()));
}

#[test]
fn a_check_says_which_accounts_cannot_be_used_and_why() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    assert_eq!(world.summary(&["account", "check", "--json"])["failed"], 0);

    // Prod's key is gone, and the profile of Dev has become one of Prod.
    let broken = world.profile("dev", PROD) + "[profile prod]\nregion = us-west-2\n";
    world.configure(&broken);
    let checked = world.say(&["account", "check", "--json"]);
    assert_eq!((checked.code, &checked.summary()["failed"]), (Some(1), &2.into()));
    let codes: Vec<Value> =
        events(&checked, "account").iter().map(|one| one["problem"]["code"].clone()).collect();
    assert_eq!(codes, ["identity-mismatch", "no-credentials"]);
    let one = world.say(&["account", "check", "Prod", "--json"]);
    assert_eq!(events(&one, "account").len(), 1);
}

#[test]
fn without_a_connected_account_the_environment_acts_and_its_endpoint_is_used() {
    let world = World::new(&[]);
    let (id, secret) = world.key(DEV);
    let with_environment = |arguments: &[&str]| {
        let mut command = world.longshore.command(arguments);
        command
            .env("LONGSHORE_SECRETS", "memory")
            .env("AWS_ACCESS_KEY_ID", &id)
            .env("AWS_SECRET_ACCESS_KEY", &secret)
            .env("AWS_ENDPOINT_URL", world.endpoint());
        Said::of(&command.output().unwrap())
    };
    let shown = with_environment(&["replication", "show", "111122223333/us-west-2", "--json"]);
    assert_eq!(
        (shown.code, &shown.summary()["document"]["rules"]),
        (Some(0), &Value::Array(Vec::new())),
        "{}",
        shown.error
    );
    let foreign = with_environment(&["replication", "show", "444455556666/us-west-2", "--json"]);
    assert_eq!((foreign.code, &foreign.summary()["error"]["code"]), (Some(1), &"wrong-registry".into()));
    let none = world.say(&["replication", "show", "111122223333/us-west-2", "--json"]);
    assert_eq!((none.code, &none.summary()["error"]["code"]), (Some(1), &"account-needed".into()));
    for wrong in ["nonsense", "111122223333", "111122223333/nowhere!"] {
        let said = world.say(&["replication", "show", wrong, "--json"]);
        assert_eq!(said.code, Some(2), "{wrong}: {}", said.error);
    }
}

#[test]
fn an_unknown_place_for_secrets_is_a_usage_error() {
    let world = World::new(&[]);
    let mut command = world.longshore.command(&["account", "list", "--json"]);
    let said = Said::of(&command.env("LONGSHORE_SECRETS", "file").output().unwrap());
    assert_eq!((said.code, &said.summary()["error"]["code"]), (Some(2), &"usage".into()));
    // A key that no keychain stores would be gone at once, so that the account would never work.
    let (id, secret) = world.key(DEV);
    let add = |more: &[&str]| {
        let arguments = [
            &["account", "add", "--key", "environment", "--name", "Dev", "--region", REGION, "--json"],
            more,
        ]
        .concat();
        let mut command = world.longshore.command(&arguments);
        command
            .env("LONGSHORE_SECRETS", "memory")
            .env("AWS_ACCESS_KEY_ID", &id)
            .env("AWS_SECRET_ACCESS_KEY", &secret)
            .env("AWS_ENDPOINT_URL", world.endpoint());
        Said::of(&command.output().unwrap())
    };
    let refused = add(&[]);
    assert_eq!((refused.code, &refused.summary()["error"]["code"]), (Some(2), &"usage".into()));
    assert_eq!(add(&["--plan"]).summary()["account"]["id"], DEV);
    assert_eq!(world.summary(&["account", "list", "--json"])["accounts"], 0);
}

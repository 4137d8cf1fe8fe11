//! The role by which an account of IAM Identity Center acts.

use longshore_tests::counterpart::serve;
use serde_json::json;

use super::{
    sso::{sha1, with_portal},
    *,
};

const DEV_ROLES: [&str; 3] = ["Stray", "Deployer", "Auditor"];

/// A person with several roles in Dev and one in Prod. `Stray` gives credentials of another account.
pub(super) fn portal(world: &World) -> String {
    let (dev, prod) = (world.key(DEV), world.key(PROD));
    serve(move |asked| {
        let query = |name: &str| asked.query.get(name).map(String::as_str).unwrap_or_default();
        let roles = |names: &[&str]| {
            let list: Vec<Value> = names.iter().map(|name| json!({"roleName": name})).collect();
            json!({"roleList": list})
        };
        let answer = match (asked.path.as_str(), query("account_id"), query("role_name")) {
            ("/assignment/accounts", ..) => json!({"accountList": [
                {"accountId": DEV, "accountName": "Acme dev"}, {"accountId": PROD, "accountName": "Acme prod"},
            ]}),
            ("/assignment/roles", DEV, _) => roles(&DEV_ROLES),
            ("/assignment/roles", ..) => roles(&["Auditor"]),
            ("/federation/credentials", account, role) if account == PROD || DEV_ROLES.contains(&role) => {
                let (id, secret) = if account == PROD || role == "Stray" { &prod } else { &dev };
                json!({"roleCredentials": {
                    "accessKeyId": id, "secretAccessKey": secret, "expiration": 4_102_444_800_000_u64,
                }})
            }
            _ => return (403, "application/json", "{}".into()),
        };
        (200, "application/json", answer.to_string())
    })
}

#[test]
fn an_account_acts_by_one_role_and_by_another_once_it_is_proven() {
    let world = World::new(&[]);
    world.configure(&format!(
        "[default]\nregion = {REGION}\n\n[sso-session acme]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n"
    ));
    let token = r#"{"accessToken":"any","expiresAt":"2099-01-01T00:00:00Z","region":"us-west-2","startUrl":"https://acme.awsapps.com/start"}"#;
    let cache = world.home.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    fs::write(cache.join(sha1("acme") + ".json"), token).unwrap();
    let portal = portal(&world);
    let say = |arguments: &[&str]| with_portal(&world, &portal, arguments);
    let import = |more: &[&str]| {
        say(&[&["account", "import", "--sso-session", "acme", "--region", REGION, "--json"], more].concat())
    };

    // Nothing is connected before the person has chosen.
    let undecided = import(&[]);
    let error = undecided.summary()["error"].clone();
    assert_eq!((undecided.code, &error["code"]), (Some(2), &"role-needed".into()), "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("Acme dev (111122223333): Auditor, Deployer, Stray"), "{message}");
    assert!(!message.contains(PROD), "it has no choice: {message}");
    assert_eq!(say(&["account", "list", "--json"]).summary()["accounts"], 0);

    // A role that only one of them has.
    let deployer = import(&["--role", "Deployer"]);
    let summary = deployer.summary();
    assert_eq!(
        (deployer.code, &summary["added"], &summary["skipped"]),
        (Some(0), &1.into(), &1.into()),
        "{}",
        deployer.text
    );
    assert_eq!(events(&deployer, "skipped")[0]["error"]["code"], "sso-role-not-assigned");
    let account = || events(&say(&["account", "list", "--json"]), "account")[0].clone();
    assert_eq!(
        (&account()["role"], &account()["roles"]),
        (&"Deployer".into(), &json!(["Auditor", "Deployer", "Stray"]))
    );
    let listed = say(&["account", "list"]);
    assert!(listed.text.contains("Other roles: Auditor, Stray"), "{}", listed.text);

    // Another role of the same account.
    let acts = say(&["account", "act", "Acme dev", "--role", "Auditor", "--json"]);
    assert_eq!(
        (acts.code, &acts.summary()["account"]["role"]),
        (Some(0), &"Auditor".into()),
        "{}{}",
        acts.text,
        acts.error
    );
    assert_eq!(account()["role"], "Auditor");
    // One of another account, and one that the person does not have: the acting role stays.
    for (role, code) in [("Stray", "identity-mismatch"), ("Nobody", "sso-role-not-assigned")] {
        let refused = say(&["account", "act", DEV, "--role", role, "--json"]);
        assert_eq!(refused.summary()["error"]["code"], code, "{}", refused.text);
        assert_ne!(refused.code, Some(0));
        assert_eq!(
            (&account()["role"], &account()["id"], &account()["state"]),
            (&"Auditor".into(), &DEV.into(), &"ok".into())
        );
    }
    assert_eq!(say(&["account", "check", "--json"]).code, Some(0));

    // Everything is connected now, so nothing is asked.
    assert_eq!(import(&["--role", "Auditor"]).summary()["added"], 1);
    let again = import(&[]);
    let summary = again.summary();
    assert_eq!((&summary["added"], &summary["skipped"]), (&0.into(), &2.into()), "{}", again.text);
}

#[test]
fn an_account_of_a_profile_has_no_other_role() {
    let world = World::new(&[("dev", DEV)]);
    world.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let refused = world.say(&["account", "act", "Dev", "--role", "Auditor", "--json"]);
    let error = refused.summary()["error"].clone();
    assert_eq!((refused.code, &error["code"]), (Some(2), &"no-other-role".into()), "{error}");
}

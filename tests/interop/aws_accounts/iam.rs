//! `longshore iam`: the permissions of J5 on the command line, on a sandbox that plays AWS and at moto, with the AWS
//! CLI as a witness.

use longshore_tests::{aws::Aws, moto::Moto};
use serde_json::json;

use super::*;
use crate::copying::world::documented;

const GROUP: &str = "randserver-developers";
const POLICY: &str = "EcrPushPullRandserverDevelopers";
const READ_ONLY: &str = "AmazonEC2ContainerRegistryReadOnly";

/// What a person types, and what came of it.
struct Terminal<'a> {
    longshore: &'a Longshore,
    account: &'a str,
}

impl Terminal<'_> {
    fn say(&self, arguments: &[&str]) -> Said {
        say(self.longshore, &[&["iam"], arguments, &["--account", self.account, "--json"]].concat())
    }

    /// A command that must succeed, with output as it is documented; returns its summary.
    fn done(&self, arguments: &[&str]) -> Value {
        let said = self.say(arguments);
        documented("iam", &said);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said.summary()
    }

    fn decisions(&self, repository: &str) -> Vec<(String, String)> {
        let said = self.say(&["may", "user/johndoe", "--repository", repository]);
        documented("iam", &said);
        assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
        let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
        let of = |event: Value| (text(&event, "action"), text(&event, "decision"));
        events(&said, "answer").into_iter().map(of).collect()
    }
}

/// The policy that `policy generate` prints, in a file.
fn generated(longshore: &Longshore, home: &Path, account: &str) -> String {
    let said = say(
        longshore,
        &[
            "policy",
            "generate",
            "push-pull",
            "--registry",
            &format!("{account}/{REGION}"),
            "--repository",
            "randserver",
        ],
    );
    assert_eq!(said.code, Some(0), "{}", said.error);
    let file = home.join("policy.json");
    fs::write(&file, &said.text).unwrap();
    file.display().to_string()
}

/// johndoe reads, and pushes what the group may push.
fn journey(terminal: &Terminal<'_>, home: &Path, witness: &Aws, number: &str) {
    terminal.done(&["create-user", "johndoe", "--policy", READ_ONLY]);
    let planned = terminal.done(&["create-group", GROUP, "--user", "johndoe", "--plan"]);
    assert_eq!(
        (&planned["plan"], &planned["steps"], &planned["run"]),
        (&json!(true), &json!(2), &Value::Null)
    );
    assert_eq!(witness.call(&["iam", "list-groups"])["Groups"], json!([]));
    terminal.done(&["create-group", GROUP, "--user", "johndoe"]);
    let file = generated(terminal.longshore, home, number);
    let created = terminal.say(&["create-policy", POLICY, &file, "--to", &format!("group/{GROUP}")]);
    documented("iam", &created);
    assert_eq!(created.code, Some(0), "{}{}", created.text, created.error);
    let allowed = events(&created, "plan_step")[1]["newly_allowed"].to_string();
    assert!(allowed.contains(&format!("Users in group `{GROUP}` may")), "{allowed}");

    let attached = witness.call(&["iam", "list-attached-group-policies", "--group-name", GROUP]);
    assert_eq!(attached["AttachedPolicies"][0]["PolicyName"], POLICY);
    let groups = witness.call(&["iam", "list-groups-for-user", "--user-name", "johndoe"]);
    assert_eq!(groups["Groups"][0]["GroupName"], GROUP);
    let shown = terminal.done(&["show", "johndoe"]);
    assert_eq!((&shown["groups"], &shown["attached"][0]["name"]), (&json!([GROUP]), &json!(READ_ONLY)));
    let shown = terminal.done(&["show", &format!("policy/{POLICY}")]);
    assert_eq!(shown["attached_to"], json!([format!("group/{GROUP}")]));

    let users: Vec<Value> = events(&terminal.say(&["users"]), "iam");
    assert!(users.iter().any(|one| one["name"] == "johndoe"), "{users:?}");
    // Another version, and the undo of it.
    fs::write(home.join("other.json"), fs::read_to_string(&file).unwrap().replace("randserver", "other"))
        .unwrap();
    let other = home.join("other.json").display().to_string();
    let changed = terminal.done(&["update-policy", POLICY, &other]);
    let version = || terminal.done(&["show", &format!("policy/{POLICY}")]);
    assert!(version()["document"].to_string().contains("repository/other"));
    let run = changed["run"].as_str().unwrap();
    let undone = say(terminal.longshore, &["replication", "undo", run, "--json"]);
    assert_eq!(undone.code, Some(0), "{}{}", undone.text, undone.error);
    assert!(version()["document"].to_string().contains("repository/randserver"));
    assert_eq!(version()["versions"], 2);
}

#[test]
fn the_permissions_of_a_developer_are_set_up_and_removed_from_a_terminal() {
    let world = World::new(&[("dev", DEV)]);
    world.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let administrator = world.aws.aws(DEV, REGION);
    for name in ["randserver", "other"] {
        administrator.ecr(&["create-repository", "--repository-name", name]);
    }
    let terminal = Terminal { longshore: &world.longshore, account: "Dev" };
    journey(&terminal, world.home.path(), &administrator, DEV);
    let decided = |repository: &str, action: &str| {
        let all = terminal.decisions(repository);
        all.into_iter().find(|(known, _)| known == action).unwrap().1
    };
    assert_eq!(decided("randserver", "ecr:PutImage"), "allowed");
    assert_eq!(decided("other", "ecr:PutImage"), "not-allowed");
    assert_eq!(decided("other", "ecr:BatchGetImage"), "allowed");
    assert_eq!(decided("randserver", "ecr:BatchDeleteImage"), "not-allowed");

    // The key that is printed is johndoe's.
    let key = terminal.done(&["create-key", "johndoe"])["key"].clone();
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    let johndoe = Aws::new(&world.endpoint(), REGION, &text("id"), &text("secret"));
    let images = |name| ["list-images", "--repository-name", name];
    assert_eq!(johndoe.ecr(&images("randserver"))["imageIds"], json!([]));
    assert!(johndoe.ecr_refused(&["create-repository", "--repository-name", "new"]).contains("AccessDenied"));
    terminal.done(&["deactivate-key", "johndoe", &text("id")]);
    assert!(johndoe.ecr_refused(&images("randserver")).contains("UnrecognizedClientException"));

    terminal.done(&["delete", "user/johndoe"]);
    terminal.done(&["delete", &format!("policy/{POLICY}")]);
    terminal.done(&["delete", &format!("group/{GROUP}")]);
    let left = administrator.call(&["iam", "list-users"]);
    assert_eq!(left["Users"].as_array().unwrap().len(), 1, "{left}");
    assert_eq!(administrator.call(&["iam", "list-policies", "--scope", "Local"])["Policies"], json!([]));
    // The secret is neither in the data directory nor in a log.
    let secret = text("secret");
    let found =
        walk(world.home.path()).into_iter().filter(|file| !file.starts_with(world.home.path().join("aws")));
    for file in found {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{}", file.display());
    }
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(walk(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    files
}

#[test]
fn the_same_is_done_at_moto_by_a_role() {
    let home = tempfile::tempdir().unwrap();
    let moto = Moto::start();
    let longshore = Longshore::new(home.path());
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), super::moto::profiles(&moto.endpoint)).unwrap();
    for (profile, name) in [("dev", "Dev"), ("prod", "Prod")] {
        let added = say(&longshore, &["account", "add", "--profile", profile, "--name", name, "--json"]);
        assert_eq!(added.code, Some(0), "{}", added.error);
    }
    let dev = moto.aws(&super::moto::role(DEV), REGION);
    let terminal = Terminal { longshore: &longshore, account: "Dev" };
    journey(&terminal, home.path(), &dev, DEV);
    // The other account has nothing of it.
    let prod = moto.aws(&super::moto::role(PROD), REGION);
    assert_eq!(prod.call(&["iam", "list-users"])["Users"], json!([]));
    terminal.done(&["delete", "user/johndoe"]);
    terminal.done(&["delete", &format!("policy/{POLICY}")]);
    terminal.done(&["delete", &format!("group/{GROUP}")]);
    assert_eq!(dev.call(&["iam", "list-groups"])["Groups"], json!([]));
}

#[test]
fn what_is_wrong_is_said_with_its_code_and_a_production_account_asks_for_its_name() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let code = |arguments: &[&str]| {
        let said = world.say(&[&["iam"], arguments, &["--json"]].concat());
        documented("iam", &said);
        (said.code, said.summary()["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let failed = |code: &str| (Some(2), code.to_owned());
    assert_eq!(code(&["users"]), (Some(1), "account-needed".into()));
    assert_eq!(code(&["users", "--account", "Nobody"]), (Some(1), "account-unknown".into()));
    let dev = |arguments: &[&str]| code(&[arguments, &["--account", "Dev"]].concat());
    assert_eq!(dev(&["create-user", "john doe"]), failed("iam-name-invalid"));
    assert_eq!(dev(&["show", "user/nobody"]), failed("iam-not-found"));
    assert_eq!(dev(&["show", "nobody"]), failed("iam-policy-unknown"));
    assert_eq!(dev(&["attach", "NoSuchPolicy", "--to", "user/administrator"]), failed("iam-policy-unknown"));
    assert_eq!(dev(&["delete", "johndoe"]).0, Some(2));
    assert_eq!(dev(&["create-policy", "P", "/nowhere.json"]), (Some(1), "file-unreadable".into()));
    let refused = world.say(&["iam", "delete", "user/administrator", "--account", "Dev", "--plan", "--json"]);
    documented("iam", &refused);
    assert_eq!(refused.code, Some(1));
    assert!(
        events(&refused, "finding").iter().any(|one| one["code"] == "iam-administrator"),
        "{}",
        refused.text
    );

    let prod = ["create-user", "johndoe", "--account", "Prod"];
    assert_eq!(code(&prod), failed("confirmation-needed"));
    let confirmed = [&prod[..], &["--confirm", "Prod"]].concat();
    assert_eq!(code(&confirmed), (Some(0), String::new()));
    assert_eq!(code(&confirmed), failed("iam-already-exists"));
}

#[test]
fn a_denial_names_the_statement_that_would_allow_it() {
    let world = World::new(&[("dev", DEV)]);
    let dev = world.aws.aws(DEV, REGION);
    dev.ecr(&["create-repository", "--repository-name", "app"]);
    dev.call(&["iam", "create-user", "--user-name", "reader"]);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:DescribeRepositories","ecr:DescribeRegistry"],"Resource":"*"}]}"#;
    dev.call(&[
        "iam",
        "put-user-policy",
        "--user-name",
        "reader",
        "--policy-name",
        "p",
        "--policy-document",
        policy,
    ]);
    let made = dev.call(&["iam", "create-access-key", "--user-name", "reader"]);
    let text = |name: &str| made["AccessKey"][name].as_str().unwrap().to_owned();
    world.configure(&format!(
        "[profile reader]\nregion = {REGION}\naws_access_key_id = {}\naws_secret_access_key = {}\nendpoint_url = {}\n",
        text("AccessKeyId"),
        text("SecretAccessKey"),
        world.endpoint()
    ));
    world.summary(&["account", "add", "--profile", "reader", "--name", "Dev", "--json"]);
    let cases: [(&[&str], &str); 2] = [
        (&["policy", "show", "Dev/us-west-2", "--json"], "ecr:GetRegistryPolicy"),
        (&["repository", "delete", "Dev/us-west-2/app", "--plan", "--json"], "ecr:"),
    ];
    for (arguments, action) in cases {
        let said = world.say(arguments);
        let error = &said.summary()["error"];
        assert_eq!(error["code"], "access-denied", "{arguments:?}: {}{}", said.text, said.error);
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.starts_with("As Longshore evaluates the denial: "), "{hint}");
        let (_, statement) = hint.split_once("The statement: ").unwrap();
        let statement: Value = serde_json::from_str(statement).unwrap();
        assert_eq!(statement["Effect"], "Allow");
        assert!(statement["Action"].to_string().contains(action), "{statement}");
    }
}

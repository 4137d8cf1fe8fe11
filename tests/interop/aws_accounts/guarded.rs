//! Copies into a production account at a custom endpoint, whose data plane has another name than the account's
//! registry.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use longshore_tests::image;

use super::*;

/// Prod is a production account, and locked. `service` is in Dev, and an image beside it.
fn guarded() -> (World, String) {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let layout = world.home.path().join("layout");
    image::simple(&layout);
    let from = format!("oci:{}:42", layout.display());
    world.summary(&["copy", &from, &format!("{}/service:1", registry(DEV)), "--json"]);
    (world, from)
}

fn registry(account: &str) -> String {
    format!("{account}.dkr.ecr.{REGION}.amazonaws.com")
}

fn refused(world: &World, arguments: &[&str]) -> String {
    let said = world.say(arguments);
    assert_ne!(said.code, Some(0), "{arguments:?}: {}", said.text);
    let code = said.summary()["error"]["code"].as_str().unwrap_or_default().to_owned();
    assert!(!code.is_empty(), "{arguments:?}: {}", said.text);
    code
}

fn in_prod(world: &World) -> usize {
    let listed = world.aws.aws(PROD, REGION).ecr(&["describe-repositories"]);
    listed["repositories"].as_array().unwrap().len()
}

#[test]
fn a_locked_account_at_a_custom_endpoint_is_copied_to_only_with_leave() {
    let (world, from) = guarded();
    let to = format!("{}/service:1", registry(PROD));
    let copy = ["copy", &from, &to, "--json"];
    assert_eq!(refused(&world, &copy), "account-locked");
    let rules = world.home.path().join("rules.yaml");
    let text = format!(
        "version: 1\nrules:\n  - name: all\n    source:\n      registry: {}\n      repositories:\n        - prefix: service\n    destinations:\n      - registry: {}\n",
        registry(DEV),
        registry(PROD)
    );
    fs::write(&rules, text).unwrap();
    let sync = ["sync", rules.to_str().unwrap(), "--json"];
    assert_eq!(refused(&world, &sync), "account-locked");
    assert_eq!(in_prod(&world), 0, "nothing was written");

    // The name of another account is no leave; that of this one is, for one run.
    assert_eq!(refused(&world, &[&copy[..], &["--confirm", "Dev"]].concat()), "account-locked");
    world.summary(&[&copy[..], &["--confirm", "Prod"]].concat());
    assert_eq!(in_prod(&world), 1);
    assert_eq!(refused(&world, &sync), "account-locked");
    world.say(&["guard", "unlock", "Prod", "--for", "5m", "--confirm", "Prod"]);
    // Unlocked, every write still asks for the name.
    assert_eq!(refused(&world, &sync), "confirmation-needed");
    assert_eq!(refused(&world, &copy), "confirmation-needed");
    world.summary(&[&sync[..], &["--confirm", "Prod"]].concat());

    // Read-only mode is for every account, and for those who are unlocked.
    assert_eq!(world.say(&["guard", "read-only", "on"]).code, Some(0));
    let dev = format!("{}/other:1", registry(DEV));
    assert_eq!(refused(&world, &["copy", &from, &dev, "--json"]), "read-only-mode");
    assert_eq!(refused(&world, &sync), "read-only-mode");
    assert_eq!(world.say(&["guard", "read-only", "off"]).code, Some(0));
    world.summary(&["copy", &from, &dev, "--json"]);
}

#[test]
fn a_run_into_a_locked_account_at_a_custom_endpoint_is_not_resumed_without_leave() {
    let (world, from) = guarded();
    let to = format!("{}/service:1", registry(PROD));
    let mut slow = world.longshore.command(&["copy", &from, &to, "--json", "--confirm", "Prod"]);
    let mut child = slow
        .args(["--bandwidth", "100KB/s"])
        .env("LONGSHORE_SECRETS", "memory")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let planned = lines.by_ref().find(|line| line.contains(r#""event":"planned""#)).unwrap();
    let planned: Value = serde_json::from_str(&planned).unwrap();
    // The journal knows the run once something was moved.
    let moved =
        |line: &String| line.contains(r#""event":"progress""#) && !line.contains(r#""bytes_moved":0,"#);
    lines.find(moved).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let run = planned["run"].as_str().unwrap();
    let resume = ["runs", "resume", run, "--json"];
    assert_eq!(refused(&world, &resume), "account-locked");
    // It goes on at the custom endpoint, as the account.
    let done = world.summary(&[&resume[..], &["--confirm", "Prod"]].concat());
    assert_eq!(done["copied"], 1, "{done}");
    let images = world.aws.aws(PROD, REGION).ecr(&["list-images", "--repository-name", "service"]);
    assert_eq!(images["imageIds"][0]["imageTag"], "1", "{images}");
}

#[test]
fn a_plan_says_what_the_policy_of_a_repository_newly_allows() {
    let world = World::new(&[("dev", DEV)]);
    world.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let file = world.home.path().join("policy.json");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}]}"#;
    fs::write(&file, policy).unwrap();
    let file = file.to_str().unwrap();
    let create =
        ["repository", "create", "app", "--in", "Dev/us-west-2", "--repository-policy", file, "--json"];
    let planned = world.say(&[&create[..], &["--plan"]].concat());
    let steps = events(&planned, "plan_step");
    let said: Vec<&str> = steps
        .iter()
        .flat_map(|step| step["newly_allowed"].as_array().unwrap())
        .map(|text| text.as_str().unwrap())
        .collect();
    let [said] = said.as_slice() else { panic!("{said:?}: {}{}", planned.text, planned.error) };
    assert!(said.contains("every") && said.contains("`app`"), "{said}");
    world.summary(&create);
    let written = world.aws.aws(DEV, REGION).ecr(&["get-repository-policy", "--repository-name", "app"]);
    assert!(written["policyText"].as_str().unwrap().contains("BatchGetImage"));
}

#[test]
fn the_name_of_an_account_never_makes_it_another_one() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    for name in [PROD, "environment", "team/a"] {
        for arguments in [
            &["account", "change", "Dev", "--name", name, "--json"][..],
            &["account", "add", "--profile", "dev", "--name", name, "--json"],
        ] {
            let said = world.say(arguments);
            assert_eq!(said.summary()["error"]["code"], "account-name", "{arguments:?}: {}", said.text);
        }
    }
    // Its own number is its name, if somebody wants that.
    world.summary(&["account", "change", "Dev", "--name", DEV, "--json"]);
    assert_eq!(world.summary(&["replication", "show", &format!("{DEV}/{REGION}"), "--json"])["account"], DEV);
}

#[test]
fn read_only_mode_holds_for_registries_of_nobody_too() {
    let world = World::new(&[("dev", DEV)]);
    let layout = world.home.path().join("layout");
    image::simple(&layout);
    let from = format!("oci:{}:42", layout.display());
    let (id, secret) = world.key(DEV);
    let copy = |to: &str| {
        let mut command = world.longshore.command(&["copy", &from, to, "--json"]);
        command.env("LONGSHORE_SECRETS", "memory").env("AWS_ENDPOINT_URL", world.endpoint());
        command.env("AWS_ACCESS_KEY_ID", &id).env("AWS_SECRET_ACCESS_KEY", &secret);
        Said::of(&command.output().unwrap())
    };
    assert_eq!(world.say(&["guard", "read-only", "on"]).code, Some(0));
    let registry = format!("{DEV}.dkr.ecr.{REGION}.amazonaws.com/app:1");
    assert_eq!(copy(&registry).summary()["error"]["code"], "read-only-mode");
    // A folder is no registry.
    let folder = format!("oci:{}:1", world.home.path().join("copy").display());
    assert_eq!(copy(&folder).code, Some(0), "{}", copy(&folder).text);
    assert_eq!(world.say(&["guard", "read-only", "off"]).code, Some(0));
    assert_eq!(copy(&registry).code, Some(0));
}

//! Commands and options of `docs/cli.md` that copy nothing, or something small.

use std::process::Command;

use longshore_testkit::DockerRegistry;
use longshore_tests::{
    aws::Served,
    longshore::{Longshore, Said},
    process::run,
};
use serde_json::{Value, json};

use crate::copying::world::{World, documented};

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";

const RULE: &str = "
version: 1
rules:
  - name: releases
    source:
      registry: FROM
      repositories: [{prefix: team/}]
    destinations:
      - registry: TO
    schedule:
      cron: 0 3 * * *
";

#[test]
fn a_good_file_is_said_to_be_good_and_is_explained() {
    let world = World::new();
    let rules = world.rules(RULE);
    let good = world.longshore.say(&["rule", "check", &rules]);
    assert_eq!(good.code, Some(0), "{}", good.error);
    let said = world.longshore.say(&["rule", "check", &rules, "--json"]);
    documented("rule", &said);
    let explained = world.longshore.say(&["rule", "explain", &rules, "releases"]);
    assert_eq!(explained.code, Some(0), "{}", explained.error);
    for expected in ["repositories beginning with `team/`", "`0 3 * * *`", "Engine, because"] {
        assert!(explained.text.contains(expected), "{expected}: {}", explained.text);
    }
    assert_eq!(world.longshore.say(&["rule", "explain", &rules, "other"]).code, Some(2));
}

#[test]
fn every_choice_about_a_cluster_is_in_what_is_exported() {
    let world = World::new();
    let rules = world.rules(RULE);
    let export = |more: &[&str]| {
        let arguments =
            [&["export", "kubernetes", &rules, "--image", "registry.example.com/longshore:1"], more];
        let said = world.longshore.say(&arguments.concat());
        assert_eq!(said.code, Some(0), "{}", said.error);
        said.text
    };
    let whole = export(&[
        "--once",
        "--name",
        "nightly",
        "--namespace",
        "images",
        "--role-arn",
        "arn:aws:iam::111122223333:role/copies",
        "--docker-config-secret",
        "logins",
        "--shards",
        "3",
    ]);
    for expected in [
        "kind: Job\n",
        "name: nightly\n",
        "namespace: images\n",
        "arn:aws:iam::111122223333:role/copies",
        "secretName: logins",
        "completions: 3\n",
    ] {
        assert!(whole.contains(expected), "{expected}: {whole}");
    }
    assert!(!whole.contains("CronJob"), "{whole}");
    let plain = export(&[]);
    assert!(plain.contains("kind: CronJob\n") && plain.contains("name: longshore-sync\n"), "{plain}");
    assert!(plain.contains("0 3 * * *") && !plain.contains("namespace:"), "{plain}");
    for wrong in
        [&["--cron", "0 3 * * *", "--once"][..], &["--time-zone", "Europe/Berlin"], &["--shards", "0"]]
    {
        let arguments = [&["export", "kubernetes", &rules, "--image", "x:1"], wrong].concat();
        assert_eq!(world.longshore.say(&arguments).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn blobs_under_way_are_a_number_that_makes_sense() {
    let world = World::new();
    let digest = world.push(&world.source("app"), "1");
    let (source, to) = (world.source("app:1"), world.destination("app"));
    for wrong in ["0", "257", "many", "-1"] {
        let said = world.longshore.say(&["copy", &source, &to, &format!("--concurrency={wrong}")]);
        assert_eq!(said.code, Some(2), "{wrong}: {}", said.error);
    }
    assert!(!world.skopeo.has(&format!("{to}:1")));
    world.longshore.summary(&["copy", &source, &to, "--concurrency", "1", "--json"]);
    assert_eq!(world.skopeo.digest(&format!("{to}:1")), digest);
}

#[test]
fn what_cannot_be_looked_at_is_not_called_missing() {
    let world = World::new();
    world.push(&world.source("app"), "1");
    let gone = DockerRegistry::start();
    let to = format!("{}/app", gone.host);
    let report = world.path("report.json").display().to_string();
    world.longshore.summary(&["copy", &world.source("app:1"), &to, "--report", &report, "--json"]);
    drop(gone);
    let said = world.longshore.say(&["verify", "--report", &report, "--json"]);
    documented("verify", &said);
    let summary = said.summary();
    assert_eq!((said.code, &summary["missing"], &summary["failed"]), (Some(1), &0.into(), &1.into()));
    let text = world.longshore.say(&["verify", "--report", &report]).text;
    assert!(text.contains("1 could not be checked"), "{text}");
}

#[test]
fn the_log_says_more_when_asked_and_never_a_password() {
    let world = World::new();
    world.push(&world.source("app"), "1");
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let password = sandbox.aws(DEV, REGION).login_password();
    let (source, to) = (world.source("app:1"), format!("{}/app", sandbox.host(DEV, REGION)));
    let mut command = world.longshore.command(&["copy", &source, &to, "--state"]);
    command.arg(&state);
    let quiet = Said::of(&command.output().unwrap());
    assert_eq!((quiet.code, quiet.error.as_str()), (Some(0), ""));
    let mut command =
        world.longshore.command(&["copy", &source, &to, "--on-conflict", "overwrite", "--state"]);
    let said = Said::of(&command.arg(&state).env("LONGSHORE_LOG", "trace").output().unwrap());
    assert_eq!(said.code, Some(0));
    assert!(said.error.contains("DEBUG") || said.error.contains("TRACE"), "{}", said.error);
    assert!(!said.error.contains(&password), "a password is in the log");
    let keys = &sandbox.ready["credentials"][0];
    assert!(!said.error.contains(keys["secret_access_key"].as_str().unwrap()), "a key is in the log");
}

#[test]
fn the_environments_account_acts_where_nobody_is_connected() {
    let world = World::new();
    let digest = world.push(&world.source("app"), "1");
    let sandbox = Served::new(&world.path("elsewhere"), "0ms");
    let aws = sandbox.aws(DEV, REGION);
    aws.ecr(&["create-repository", "--repository-name=app"]);
    let keys = sandbox.ready["credentials"].as_array().unwrap();
    let keys = keys.iter().find(|keys| keys["account"] == DEV).unwrap();
    let to = format!("{DEV}.dkr.ecr.{REGION}.amazonaws.com/app");
    let source = world.source("app:1");
    let copy = |more: &[&str]| {
        let arguments = [&["copy", &source, &to, "--json"], more].concat();
        let mut command = world.longshore.command(&arguments);
        command
            .env("AWS_ENDPOINT_URL", sandbox.ready["control"].as_str().unwrap())
            .env("AWS_ACCESS_KEY_ID", keys["access_key_id"].as_str().unwrap())
            .env("AWS_SECRET_ACCESS_KEY", keys["secret_access_key"].as_str().unwrap())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE");
        Said::of(&command.output().unwrap())
    };
    let unknown = copy(&["--account", "999988887777"]);
    assert_eq!(unknown.code, Some(1), "{}{}", unknown.text, unknown.error);
    let said = copy(&["--account", "environment"]);
    assert_eq!((said.code, &said.summary()["copied"]), (Some(0), &1.into()), "{}{}", said.text, said.error);
    let images = aws.ecr(&["list-images", "--repository-name=app"]);
    assert_eq!(images["imageIds"], json!([{"imageDigest": digest, "imageTag": "1"}]));
}

#[test]
fn an_account_is_added_to_a_sandbox_and_a_reset_takes_it_away() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let state = home.path().join("state").display().to_string();
    let add = |id: &str, region: &str| {
        longshore.say(&["sandbox", "account", "add", id, "--region", region, "--state", &state])
    };
    for (id, region) in [("123", "eu-west-1"), ("555566667777", "nowhere!"), ("", "eu-west-1")] {
        assert_eq!(add(id, region).code, Some(2), "{id} {region}");
    }
    let said = longshore.say(&[
        "sandbox",
        "account",
        "add",
        "555566667777",
        "--region",
        "eu-west-1",
        "--region",
        "ap-south-1",
        "--state",
        &state,
    ]);
    assert_eq!(said.code, Some(0), "{}", said.error);
    assert_eq!(add("555566667777", "eu-west-1").code, Some(1), "it already exists");
    let regions = |served: &Served| -> Vec<String> {
        let all = served.ready["registries"].as_array().unwrap().iter();
        let of_it = all.filter(|registry| registry["account"] == "555566667777");
        of_it.map(|registry| registry["region"].as_str().unwrap().to_owned()).collect()
    };
    let mut found = regions(&Served::new(home.path().join("state").as_path(), "0ms"));
    found.sort();
    assert_eq!(found, ["ap-south-1", "eu-west-1"]);
    assert_eq!(longshore.say(&["sandbox", "reset", "--state", &state]).code, Some(0));
    assert!(regions(&Served::new(home.path().join("state").as_path(), "0ms")).is_empty());
}

#[test]
fn a_sandbox_tells_what_went_over_the_wire_when_asked_and_at_its_end() {
    let world = World::new();
    world.push_index(&world.source("app"), "1");
    let state = world.path("state").display().to_string();
    let serve = ["sandbox", "serve", "--json", "--port", "0", "--state", &state];
    let mut sandbox = world.longshore.start(&serve);
    let ready = sandbox.until(|event| event["event"] == "ready");
    let registries = ready["registries"].as_array().unwrap();
    let dev = registries.iter().find(|one| one["account"] == DEV && one["region"] == REGION).unwrap();
    let host = dev["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let to = format!("{host}/app");
    world.longshore.summary(&["copy", &world.source("app:1"), &to, "--json", "--state", &state]);
    run(Command::new("kill").args(["-USR1", &sandbox.id().to_string()]));
    let told = sandbox.until(|event| event["event"] == "traffic");
    let traffic = &told["registries"][0];
    assert_eq!((&traffic["account"], &traffic["region"]), (&DEV.into(), &REGION.into()));
    assert_eq!(
        (&traffic["manifest_puts"], &traffic["duplicate_blob_bytes"]),
        (&3.into(), &0.into()),
        "{told}"
    );
    assert_eq!(traffic["operations"]["PutImage"], json!({"requests": 3, "throttled": 0}));
    run(Command::new("kill").args(["-TERM", &sandbox.id().to_string()]));
    let said = sandbox.end();
    assert_eq!(said.code, Some(0), "{}", said.error);
    let last: Value = said.events().pop().unwrap();
    assert_eq!(last, told, "no request in between");
}

//! Rules, permissions and readiness, with the AWS CLI as a witness.

use longshore_tests::{image, skopeo::Skopeo};

use super::*;
use crate::copying::world::documented;

const ADD: [&str; 7] = [
    "replication",
    "add",
    "111122223333/us-west-2",
    "--to",
    "444455556666/us-west-2",
    "--prefix",
    "prod-microservice",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ADD.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn a_rule_with_its_statement_is_planned_written_shown_followed_and_removed() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let (dev, prod) = (world.aws.aws(DEV, REGION), world.aws.aws(PROD, REGION));
    let planned = world.summary(&with(&["--statement", "--plan", "--json"]));
    assert_eq!(planned["before"], serde_json::json!({"rules": []}));
    assert_eq!(planned["after"]["rules"][0]["repositoryFilters"][0]["filter"], "prod-microservice");
    assert_eq!(planned["confirm"], "Prod");
    assert_eq!(
        dev.ecr(&["describe-registry"])["replicationConfiguration"]["rules"],
        Value::Array(Vec::new())
    );

    let refused = world.say(&with(&["--statement", "--json"]));
    assert_eq!((refused.code, &refused.summary()["error"]["code"]), (Some(2), &"confirmation-needed".into()));
    let done = world.summary(&with(&["--statement", "--confirm", "Prod", "--json"]));
    assert_eq!(done["state"], "done");
    let there = dev.ecr(&["describe-registry"])["replicationConfiguration"].clone();
    let shown = world.summary(&["replication", "show", "Dev/us-west-2", "--json"]);
    assert_eq!((&shown["document"], &done["after"]), (&there, &there));
    let policy: Value =
        serde_json::from_str(prod.ecr(&["get-registry-policy"])["policyText"].as_str().unwrap()).unwrap();
    assert_eq!(world.summary(&["policy", "show", "Prod/us-west-2", "--json"])["document"], policy);

    dev.ecr(&["create-repository", "--repository-name", "prod-microservice"]);
    let layout = world.home.path().join("layout");
    let digest = image::simple(&layout);
    let host = world.aws.host(DEV, REGION);
    let skopeo = Skopeo::new(world.home.path());
    skopeo.login(&host, &dev.login_password());
    skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{host}/prod-microservice:21"));
    let status = ["replication", "status", "Dev/us-west-2/prod-microservice:21", "--json"];
    let arrived = (0..100).map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        world.say(&status)
    });
    let arrived = arrived.into_iter().find(|said| said.code == Some(0)).expect("it arrives");
    let event = &events(&arrived, "status")[0];
    assert_eq!(
        (&event["state"], &event["done"], &event["account"]),
        (&"COMPLETE".into(), &true.into(), &PROD.into())
    );
    assert_eq!(event["digest"], digest.as_str());
    // COMPLETE is about the digest; the tag may point elsewhere.
    let tag = r#"imageTag=21"#;
    prod.ecr(&["batch-delete-image", "--repository-name", "prod-microservice", "--image-ids", tag]);
    let moved = world.say(&status);
    assert_eq!(
        (moved.code, &events(&moved, "status")[0]["done"]),
        (Some(3), &false.into()),
        "{}",
        moved.text
    );

    let rule = shown["rules"][0]["id"].as_str().unwrap();
    let removed = world.summary(&["replication", "remove", "Dev/us-west-2", &rule[..12], "--json"]);
    assert_eq!(removed["after"], serde_json::json!({"rules": []}));
    let again = world.say(&["replication", "remove", "Dev/us-west-2", rule, "--json"]);
    assert_eq!(again.code, Some(1), "{}", again.error);
}

#[test]
fn one_rule_over_several_sources_has_a_row_for_each_document_and_is_undone() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let (dev, prod) = (world.aws.aws(DEV, REGION), world.aws.aws(PROD, REGION));
    let dev_east = world.aws.aws(DEV, "us-east-2");
    let rules = |aws: &longshore_tests::aws::Aws| {
        aws.ecr(&["describe-registry"])["replicationConfiguration"]["rules"].as_array().unwrap().len()
    };
    let add = |more: &[&'static str]| {
        let several = [
            &["replication", "add", "Dev/us-west-2", "--from", "Dev/us-east-2", "--to", "Prod/us-west-2"][..],
            &["--prefix", "prod-", "--statement", "--json"],
            more,
        ];
        several.concat()
    };
    let planned = world.say(&add(&["--plan"]));
    documented("replication", &planned);
    let summary = planned.summary();
    let rows = summary["rows"].as_array().unwrap();
    let places: Vec<_> = rows.iter().map(|row| (row["account"].as_str(), row["region"].as_str())).collect();
    let at = |account, region| (Some(account), Some(region));
    assert_eq!(places, [at(PROD, REGION), at(DEV, REGION), at(DEV, "us-east-2")]);
    assert_eq!((&rows[0]["before"], &rows[1]["before"]), (&Value::Null, &serde_json::json!({"rules": []})));
    assert_eq!(rows[2]["after"]["rules"][0]["repositoryFilters"][0]["filter"], "prod-");
    assert_eq!((&summary["run"], &rows[0]["state"]), (&Value::Null, &Value::Null));
    assert_eq!((rules(&dev), rules(&dev_east)), (0, 0));

    let done = world.say(&add(&["--keep-going", "--confirm", "Prod"]));
    documented("replication", &done);
    let summary = done.summary();
    assert_eq!(
        (done.code, &summary["done"], &summary["failed"]),
        (Some(0), &3.into(), &0.into()),
        "{}",
        done.error
    );
    assert!(summary["rows"].as_array().unwrap().iter().all(|row| row["state"] == "done"), "{summary}");
    assert_eq!((rules(&dev), rules(&dev_east)), (1, 1));

    // Another tool removes one of the rules: that document is left, the others are restored.
    let another = r#"{"rules":[{"destinations":[{"region":"eu-west-1","registryId":"111122223333"}]}]}"#;
    dev_east.ecr(&["put-replication-configuration", "--replication-configuration", another]);
    let run = summary["run"].as_str().unwrap();
    let undone = world.say(&["replication", "undo", run, "--confirm", "Prod", "--json"]);
    documented("replication", &undone);
    assert_eq!((undone.code, &undone.summary()["state"]), (Some(3), &"done".into()), "{}", undone.error);
    assert!(undone.summary()["error"]["message"].as_str().unwrap().contains("was changed since"));
    assert_eq!((rules(&dev), rules(&dev_east)), (0, 1));
    assert!(prod.ecr_refused(&["get-registry-policy"]).contains("RegistryPolicyNotFoundException"));
    let unknown = world.say(&["replication", "undo", "x", "--json"]);
    assert_eq!((unknown.code, &unknown.summary()["error"]["code"]), (Some(1), &"run-unknown".into()));
}

#[test]
fn fields_that_this_version_does_not_know_survive_a_change() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let dev = world.aws.aws(DEV, REGION);
    let other = serde_json::json!({"rules": [{
        "destinations": [{"region": "eu-west-1", "registryId": DEV}],
        "repositoryFilters": [{"filter": "team/", "filterType": "PREFIX_MATCH"}],
    }]});
    dev.ecr(&["put-replication-configuration", "--replication-configuration", &other.to_string()]);
    let done = world.summary(&with(&["--delete-replication", "--confirm", "Prod", "--json"]));
    assert_eq!(done["before"]["rules"], other["rules"]);
    assert_eq!(done["after"]["rules"][0], other["rules"][0]);
    assert_eq!(done["after"]["rules"][1]["deleteReplication"]["enabled"], true);
}

#[test]
fn a_policy_is_generated_without_asking_anyone() {
    let world = World::new(&[]);
    let generated = world.summary(&[
        "policy",
        "generate",
        "--source",
        DEV,
        "--destination",
        "444455556666/us-west-2",
        "--prefix",
        "prod-",
        "--sid",
        "FromDev",
        "--json",
    ]);
    let statement = &generated["document"]["Statement"][0];
    assert_eq!((&statement["Sid"], &generated["statement"]), (&"FromDev".into(), statement));
    assert_eq!(statement["Resource"][0], "arn:aws:ecr:us-west-2:444455556666:repository/prod-*");
    let wrong = world.say(&[
        "policy",
        "generate",
        "--source",
        "12",
        "--destination",
        "444455556666/us-west-2",
        "--json",
    ]);
    assert_ne!(wrong.code, Some(0));
}

#[test]
fn the_doctor_names_what_is_missing_and_its_fix_makes_the_rule_ready() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let none = world.say(&["doctor", "Dev/us-west-2", "--json"]);
    assert_eq!((none.code, &none.summary()["error"]["code"]), (Some(1), &"no-rules".into()));
    let nowhere = world.say(&["doctor", "--json"]);
    assert_eq!((nowhere.code, &nowhere.summary()["error"]["code"]), (Some(1), &"no-rules".into()));
    // Before the rule is written.
    let set_up = ["doctor", "Dev/us-west-2", "--to", "Prod/us-west-2", "--prefix", "prod-", "--json"];
    let planned = world.say(&set_up);
    assert_eq!((planned.code, &planned.summary()["ready"]), (Some(1), &false.into()), "{}", planned.error);
    let wrong: Vec<Value> =
        events(&planned, "check").into_iter().filter(|check| check["state"] == "failed").collect();
    assert_eq!(wrong.iter().map(|check| &check["id"]).collect::<Vec<_>>(), ["statement-missing"]);
    assert!(wrong[0]["rule"].is_null());
    world.summary(&with(&["--json"]));
    let examined = world.say(&["doctor", "Dev/us-west-2", "--json"]);
    assert_eq!((examined.code, &examined.summary()["ready"]), (Some(1), &false.into()), "{}", examined.error);
    let checks = events(&examined, "check");
    let failed: Vec<&Value> = checks.iter().filter(|check| check["state"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!((&failed[0]["id"], &failed[0]["side"]), (&"statement-missing".into(), &"destination".into()));
    assert_eq!(failed[0]["fix"]["kind"], "add_statement");
    assert!(failed[0]["evidence"][0]["request"].is_string(), "{}", failed[0]);

    let statement = failed[0]["fix"]["copy"].as_str().unwrap();
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    world.aws.aws(PROD, REGION).ecr(&["put-registry-policy", "--policy-text", &policy]);
    let ready = world.say(&["doctor", "Dev/us-west-2", "--json"]);
    assert_eq!((ready.code, &ready.summary()["ready"]), (Some(0), &true.into()), "{}", ready.text);
    let every = world.say(&["doctor", "--json"]);
    assert_eq!((every.code, &every.summary()["registries"]), (Some(0), &1.into()), "{}", every.text);
    assert_eq!(every.summary()["ok"], ready.summary()["ok"]);
}

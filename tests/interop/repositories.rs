//! `longshore repository`, with the AWS CLI as a witness.

use std::fs;

use longshore_tests::{
    aws::Served,
    longshore::{Longshore, Said},
};
use serde_json::{Value, json};

use crate::copying::world::documented;

const DEV: &str = "111122223333";
const WEST: &str = "us-west-2";
const EAST: &str = "us-east-2";
const KEEP: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":5},"action":{"type":"expire"}}]}"#;

fn events(said: &Said, name: &str) -> Vec<Value> {
    said.events().into_iter().filter(|event| event["event"] == name).collect()
}

#[test]
fn repositories_are_created_compared_and_made_equal_from_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let state = home.path().join("sandbox");
    let served = Served::new(&state, "0ms");
    let policy = home.path().join("keep.json");
    fs::write(&policy, KEEP).unwrap();
    let (state, policy) = (state.to_str().unwrap().to_owned(), policy.to_str().unwrap().to_owned());
    let repository = |arguments: &[&str]| {
        let all = [&["repository"], arguments, &["--sandbox", "--state", &state, "--json"]].concat();
        let said = longshore.say(&all);
        documented("repository", &said);
        said
    };
    let (west, east) = (format!("{DEV}/{WEST}"), format!("{DEV}/{EAST}"));

    let created = repository(&[
        "create",
        "team/api",
        "team/web",
        "--in",
        &west,
        "--immutable",
        "--except",
        "latest",
        "--scan",
        "--tag",
        "team=shop",
        "--lifecycle-policy",
        &policy,
    ]);
    assert_eq!((created.code, &created.summary()["state"]), (Some(0), &json!("done")), "{}", created.error);
    let found = served.aws(DEV, WEST).ecr(&["describe-repositories"]);
    assert_eq!(found["repositories"].as_array().unwrap().len(), 2);
    assert_eq!(found["repositories"][0]["imageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
    served.aws(DEV, EAST).ecr(&["create-repository", "--repository-name", "team/api"]);

    let listed = repository(&["list", DEV]);
    assert_eq!((listed.code, events(&listed, "repository").len()), (Some(0), 3));

    let drift = repository(&["drift", &west, "--with", &east]);
    let summary = drift.summary();
    assert_eq!((drift.code, &summary["different"], &summary["missing"]), (Some(3), &json!(1), &json!(1)));
    assert_eq!(
        events(&drift, "difference")[0]["settings"],
        json!(["tag_mutability", "scan_on_push", "lifecycle_policy"])
    );
    let equal = repository(&["drift", &west, "--with", &east, "--make-equal", "--create"]);
    assert_eq!((equal.code, &equal.summary()["state"]), (Some(0), &json!("done")), "{}", equal.error);
    assert_eq!(repository(&["drift", &west, "--with", &east]).code, Some(0));
    let settings = repository(&["settings", &format!("{west}/team/web"), "--with", &east]);
    assert_eq!((settings.code, events(&settings, "settings").len()), (Some(0), 2));

    let compared = repository(&["compare", &west, &east]);
    assert_eq!((compared.code, &compared.summary()["missing"]), (Some(0), &json!(0)));
    let failover = repository(&["failover", &west, &east, "--only", "team/*"]);
    assert_eq!((failover.code, &failover.summary()["settings"]["different"]), (Some(0), &json!(0)));

    let deleted = repository(&["delete", &format!("{east}/team/web")]);
    assert_eq!(deleted.code, Some(0), "{}", deleted.error);
    let left = served.aws(DEV, EAST).ecr(&["describe-repositories"]);
    assert_eq!(left["repositories"].as_array().unwrap().len(), 1);

    for (wrong, code) in [
        (vec!["create", "Not Good", "--in", west.as_str()], 2),
        (vec!["create", "web", "--in", west.as_str(), "--kms-key", "arn:x"], 2),
        (vec!["drift", "nowhere"], 2),
        (vec!["compare", west.as_str(), west.as_str()], 2),
        (vec!["failover", west.as_str(), east.as_str(), "--only", ":1"], 2),
        (vec!["settings", west.as_str()], 2),
    ] {
        let said = repository(&wrong);
        assert_eq!(said.code, Some(code), "{wrong:?}: {}", said.error);
        assert!(
            said.summary()["error"]["message"].as_str().is_some_and(|text| !text.is_empty()),
            "{wrong:?}"
        );
    }
}

//! `longshore policy evaluate`, as a script calls it.

use std::{fs, path::Path};

use longshore_tests::longshore::{Longshore, Said};
use serde_json::{Value, json};

use crate::copying::world::documented;

const ASKED: [&str; 8] = [
    "policy",
    "evaluate",
    "--principal",
    "arn:aws:sts::111122223333:assumed-role/build/run-1",
    "--action",
    "ecr:BatchGetImage",
    "--resource",
    "arn:aws:ecr:us-west-2:444455556666:repository/app",
];

const IDENTITY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    {"Sid": "Pull", "Effect": "Allow", "Action": "ecr:BatchGet*", "Resource": "*"}]}"#;

/// As `aws ecr get-repository-policy` prints it.
fn repository_policy() -> String {
    let statement = json!({
        "Sid": "Build", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/build"},
        "Action": "ecr:BatchGetImage",
    });
    let policy = json!({"Version": "2008-10-17", "Statement": [statement]}).to_string();
    json!({"registryId": "444455556666", "repositoryName": "app", "policyText": policy}).to_string()
}

fn file(home: &Path, name: &str, text: &str) -> String {
    let path = home.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn summary(said: &Said) -> Value {
    documented("policy", said);
    serde_json::from_str(said.text.lines().last().unwrap()).unwrap()
}

#[test]
fn a_pull_across_accounts_is_allowed_by_both_sides_and_needs_no_data_directory() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let identity = file(home.path(), "build.json", IDENTITY);
    let repository = file(home.path(), "app.json", &repository_policy());
    let given = ["--identity", &identity, "--resource-policy", &repository];
    let said = longshore.say(&[&ASKED[..], &given, &["--json"]].concat());
    assert_eq!(said.code, Some(0), "{}", said.error);
    let both = summary(&said);
    assert_eq!(both["decision"], "allowed");
    assert_eq!(both["by"], json!({"document": repository, "sid": "Build", "index": 0}));
    assert_eq!(both["also"], json!([{"document": identity, "sid": "Pull", "index": 1}]));
    assert_eq!(both["unseen"], json!(["boundary", "session", "scp", "rcp"]));

    let said = longshore.say(&[&ASKED[..], &given[..2], &["--json"]].concat());
    assert_eq!(said.code, Some(0), "{}", said.error);
    let one = summary(&said);
    assert_eq!((&one["decision"], &one["layer"]), (&json!("not-allowed"), &json!("resource")));

    let said = longshore.say(&[&ASKED[..], &given].concat());
    assert!(said.text.starts_with("Allowed: statement `Build` of "), "{}", said.text);
    assert!(!longshore.data().exists());
}

#[test]
fn what_cannot_be_answered_ends_with_1_or_2_and_says_why() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let broken = file(home.path(), "broken.json", "{\n  \"Statement\": [,]\n}");
    let said = longshore.say(&[&ASKED[..], &["--identity", &broken, "--json"]].concat());
    assert_eq!(said.code, Some(1));
    let error = &summary(&said)["error"];
    assert_eq!(error["code"], "policy-unreadable");
    assert!(
        error["message"].as_str().unwrap().starts_with(&format!("{broken}, line 2, column 17: ")),
        "{error}"
    );
    let said = longshore.say(&[&ASKED[..], &["--context", "aws:SourceIp", "--json"]].concat());
    assert_eq!((said.code, &summary(&said)["error"]["code"]), (Some(2), &json!("usage")));
}

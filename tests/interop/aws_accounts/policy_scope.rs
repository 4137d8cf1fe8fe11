//! The scope of a registry policy on the command line, with the AWS CLI as a witness.

use serde_json::json;

use super::*;
use crate::copying::world::documented;

const UPGRADE: [&str; 4] = ["policy", "upgrade", "Prod/us-west-2", "--json"];
const SHOW: [&str; 4] = ["policy", "show", "Prod/us-west-2", "--json"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    UPGRADE.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn a_scope_is_shown_planned_confirmed_and_upgraded() {
    let world = World::with(&[("dev", DEV), ("prod", PROD)], &["policy-scope-v1"]);
    world.connect();
    let (dev, prod) = (world.aws.aws(DEV, REGION), world.aws.aws(PROD, REGION));
    let scope = || prod.ecr(&["get-account-setting", "--name", "REGISTRY_POLICY_SCOPE"])["value"].clone();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Dev", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")},
        "Action": "ecr:*", "Resource": "*",
    }]});
    prod.ecr(&["put-registry-policy", "--policy-text", &policy.to_string()]);
    prod.ecr(&["create-repository", "--repository-name", "app"]);
    let theirs = ["list-images", "--registry-id", PROD, "--repository-name", "app"];
    assert!(dev.ecr_refused(&theirs).contains("AccessDeniedException"));

    let shown = world.say(&SHOW);
    documented("policy", &shown);
    assert_eq!(shown.summary()["scope"], "V1");
    let findings = shown.summary()["statements"][0]["findings"].clone();
    assert!(findings.to_string().contains("action-without-effect"), "{findings}");
    let in_words = world.say(&SHOW[..3]);
    assert!(in_words.error.contains("scope is V1"), "{}", in_words.error);

    let planned = world.say(&with(&["--plan"]));
    documented("policy", &planned);
    assert_eq!((planned.code, &planned.summary()["confirm"]), (Some(0), &"Prod".into()));
    let step = &events(&planned, "plan_step")[0];
    let allowed = step["newly_allowed"].to_string();
    assert!(allowed.contains("do everything with the registry itself"), "{allowed}");
    assert_eq!((&step["newly_denied"], scope()), (&json!([]), "V1".into()));
    let unconfirmed = world.say(&UPGRADE);
    assert_eq!(unconfirmed.summary()["error"]["code"], "confirmation-needed");
    assert_eq!(scope(), "V1");

    let done = world.say(&with(&["--confirm", "Prod"]));
    documented("policy", &done);
    assert_eq!((&done.summary()["state"], scope()), (&"done".into(), "V2".into()));
    assert_eq!(world.summary(&SHOW)["scope"], "V2");
    assert_eq!(dev.ecr(&theirs)["imageIds"], json!([]));
    let back = ["put-account-setting", "--name", "REGISTRY_POLICY_SCOPE", "--value", "V1"];
    assert!(prod.ecr_refused(&back).contains("ValidationException"));
}

#[test]
fn an_upgrade_that_locks_its_account_out_is_refused() {
    let world = World::with(&[("dev", DEV), ("prod", PROD)], &["policy-scope-v1"]);
    world.connect();
    let prod = world.aws.aws(PROD, REGION);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Resource": "*",
    }]});
    prod.ecr(&["put-registry-policy", "--policy-text", &policy.to_string()]);
    for more in [&["--plan"][..], &["--confirm", "Prod"]] {
        let refused = world.say(&with(more));
        documented("policy", &refused);
        assert_eq!(refused.code, Some(1), "{}", refused.text);
        let finding = &events(&refused, "finding")[0];
        assert_eq!((&finding["code"], &finding["severity"]), (&"policy-lock-out".into(), &"error".into()));
    }
    let in_words = world.say(&["policy", "upgrade", "Prod/us-west-2", "--plan"]);
    assert!(in_words.text.contains("Newly denied:\n  - Forbid everyone to do anything"), "{}", in_words.text);
    let scope = prod.ecr(&["get-account-setting", "--name", "REGISTRY_POLICY_SCOPE"]);
    assert_eq!(scope["value"], "V1");
}

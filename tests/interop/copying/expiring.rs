//! A destination with a lifecycle policy: expiring images are listed and confirmed, and the right
//! images are the newest.

use chrono::{DateTime, FixedOffset};
use longshore_tests::aws::{Aws, Served};
use serde_json::{Value, json};

use super::world::{World, documented};

const DEV: &str = "111122223333";
const PROD: &str = "444455556666";
const REGION: &str = "us-west-2";

fn keep_newest(count: u32) -> String {
    let selection = json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count});
    json!({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}).to_string()
}

fn put_policy(aws: &Aws, repository: &str, text: &str) {
    aws.ecr(&[
        "put-lifecycle-policy",
        &format!("--repository-name={repository}"),
        &format!("--lifecycle-policy-text={text}"),
    ]);
}

/// Tags of a repository, the oldest push first.
fn by_push(aws: &Aws, repository: &str) -> Vec<String> {
    let listed = aws.ecr(&["describe-images", &format!("--repository-name={repository}")]);
    // Versions of the AWS CLI differ in how they print a time.
    let seconds = |at: &Value| {
        at.as_f64().unwrap_or_else(|| {
            let at: DateTime<FixedOffset> = at.as_str().unwrap().parse().unwrap();
            at.timestamp_micros() as f64 / 1e6
        })
    };
    let mut images: Vec<(f64, String)> = listed["imageDetails"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|image| {
            let tag = image["imageTags"].as_array()?.first()?.as_str()?.to_owned();
            Some((seconds(&image["imagePushedAt"]), tag))
        })
        .collect();
    images.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    images.into_iter().map(|(_, tag)| tag).collect()
}

fn events<'a>(said: &'a [Value], event: &str) -> Vec<&'a Value> {
    said.iter().filter(|value| value["event"] == event).collect()
}

/// Dev and Prod in a sandbox. Dev has `c`, `a`, `b`, pushed in this order.
struct TwoAccounts {
    world: World,
    sandbox: Served,
    state: String,
}

impl TwoAccounts {
    fn new() -> Self {
        let world = World::new();
        let path = world.path("state");
        let sandbox = Served::new(&path, "0ms");
        let state = path.display().to_string();
        let here = Self { world, sandbox, state };
        for tag in ["c", "a", "b"] {
            here.world.push(&here.world.source("app"), tag);
            let (from, to) = (here.world.source(&format!("app:{tag}")), here.dev(&format!("app:{tag}")));
            here.world.longshore.summary(&["copy", &from, &to, "--json", "--state", &here.state]);
        }
        here
    }

    fn dev(&self, name: &str) -> String {
        format!("{}/{name}", self.sandbox.host(DEV, REGION))
    }

    fn prod(&self, name: &str) -> String {
        format!("{}/{name}", self.sandbox.host(PROD, REGION))
    }

    /// A repository in Prod with a policy and, optionally, an image `old`.
    fn prod_with(&self, repository: &str, policy: &str, old: bool) -> Aws {
        let aws = self.sandbox.aws(PROD, REGION);
        aws.ecr(&["create-repository", &format!("--repository-name={repository}")]);
        if old {
            self.world.push(&self.world.source("old"), "old");
            let (from, to) = (self.world.source("old:old"), self.prod(&format!("{repository}:old")));
            self.world.longshore.summary(&["copy", &from, &to, "--json", "--state", &self.state]);
        }
        put_policy(&aws, repository, policy);
        aws
    }
}

#[test]
fn a_copy_that_makes_images_expire_is_refused_until_somebody_accepts_it() {
    let here = TwoAccounts::new();
    let aws = here.prod_with("kept", &keep_newest(2), true);
    let (from, to) = (here.dev("app"), here.prod("kept"));
    let copy = |more: &[&str]| {
        let mut arguments = vec!["copy", &from, &to, "--state", &here.state];
        arguments.extend(more);
        here.world.longshore.say(&arguments)
    };

    let plan = copy(&["--plan"]);
    assert_eq!(plan.code, Some(3), "{}{}", plan.text, plan.error);
    assert!(plan.text.contains("rule 1: Images expire, except the 2 pushed last."), "{}", plan.text);
    assert!(plan.error.contains("--accept-expiry"), "{}", plan.error);
    assert_eq!(copy(&["--plan", "--accept-expiry"]).code, Some(0));

    let refused = copy(&["--json"]);
    assert_eq!(refused.code, Some(1), "{}{}", refused.text, refused.error);
    documented("copy", &refused);
    assert!(refused.error.contains("--accept-expiry"), "{}", refused.error);
    let summary = refused.summary();
    assert_eq!((&summary["end"], &summary["expiring"]), (&"refused".into(), &2.into()), "{summary}");
    assert_eq!(summary["error"]["code"], "expiry-not-accepted");
    let lines: Vec<Value> = refused.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let gone: Vec<(&Value, &Value)> =
        events(&lines, "expire").iter().map(|image| (&image["tags"][0], &image["incoming"])).collect();
    // `c` is the oldest push in the source, so it is put first and is the oldest copy.
    assert_eq!(gone, [(&json!("c"), &json!(true)), (&json!("old"), &json!(false))]);
    assert_eq!(by_push(&aws, "kept"), ["old"], "nothing was copied");

    let planned = copy(&["--plan", "--json"]);
    documented("copy", &planned);
    assert_eq!(planned.summary()["expiring"], 2);

    let done = copy(&["--json", "--accept-expiry"]);
    assert_eq!(done.code, Some(0), "{}{}", done.text, done.error);
    documented("copy", &done);
    assert_eq!(by_push(&aws, "kept"), ["old", "c", "a", "b"], "the oldest push in the source was put first");
}

#[test]
fn a_rule_is_refused_at_the_destination_whose_policy_expires_images_and_done_elsewhere() {
    let here = TwoAccounts::new();
    let aws = here.prod_with("app", &keep_newest(1), false);
    let rules = here.world.path("rules.yaml");
    let (dev, prod) = (here.sandbox.host(DEV, REGION), here.sandbox.host(PROD, REGION));
    let text = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {dev}\n      repositories:\n        - exact: app\n    destinations:\n      - registry: {prod}\n      - registry: {}\n",
        here.world.to.host
    );
    std::fs::write(&rules, text).unwrap();
    let rules = rules.display().to_string();
    let sync = |more: &[&str]| {
        let mut arguments = vec!["sync", &rules, "--state", &here.state];
        arguments.extend(more);
        here.world.longshore.say(&arguments)
    };
    let plan = sync(&["--plan", "--json"]);
    assert_eq!(plan.code, Some(3), "{}{}", plan.text, plan.error);
    documented("sync", &plan);
    assert_eq!(plan.summary()["runs"][0]["expiring"], 2);

    let refused = sync(&["--json"]);
    assert_eq!(refused.code, Some(3), "{}{}", refused.text, refused.error);
    documented("sync", &refused);
    let summary = refused.summary();
    assert_eq!(summary["copied"], 3, "{summary}");
    assert_eq!(
        (&summary["runs"][0]["end"], &summary["runs"][0]["error"]["code"]),
        (&"refused".into(), &"expiry-not-accepted".into())
    );
    assert!(refused.error.contains("--accept-expiry"), "{}", refused.error);
    assert_eq!(by_push(&aws, "app"), Vec::<String>::new());
    let digest = |name: &str| here.world.skopeo.digest(name);
    assert_eq!(digest(&here.world.destination("app:a")), digest(&here.world.source("app:a")));

    let done = sync(&["--json", "--accept-expiry"]);
    assert_eq!(done.code, Some(0), "{}{}", done.text, done.error);
    documented("sync", &done);
    assert_eq!(by_push(&aws, "app"), ["c", "a", "b"]);
    let again = sync(&["--json"]);
    assert_eq!(again.code, Some(0), "nothing is put, nothing to confirm: {}{}", again.text, again.error);
}

//! A deletion by rule that is killed at each of its requests, and started again: what the rule selects goes, each image
//! once, and nothing else is touched.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use longshore_tests::{
    aws::{Aws, venv},
    gate::{Gate, When},
    longshore::{Longshore, Said},
    moto::Moto,
    process::run,
};
use serde_json::Value;

/// The account of every key that moto did not give.
const ACCOUNT: &str = "123456789012";
const WEST: &str = "us-west-2";
/// More than one batch.
const OLD: usize = 105;
const NEW: usize = 3;

/// Pushes images of these tags that are not there. moto makes the digest of an image from its layers.
const FILL: &str = r#"
import boto3, hashlib, json, sys
endpoint, region, name, *tags = sys.argv[1:]
ecr = boto3.client("ecr", endpoint_url=endpoint, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")
there = {tag for page in ecr.get_paginator("describe_images").paginate(repositoryName=name)
         for image in page["imageDetails"] for tag in image.get("imageTags", [])}
for tag in tags:
    if tag in there:
        continue
    layer = "sha256:" + hashlib.sha256((name + tag).encode()).hexdigest()
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2,
                           "digest": "sha256:" + 64 * "4"},
                "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 100, "digest": layer}]}
    ecr.put_image(repositoryName=name, imageTag=tag, imageManifest=json.dumps(manifest))
"#;

struct World {
    moto: Moto,
    aws: Aws,
}

impl World {
    fn fill(&self, name: &str, tags: &[String]) {
        let python = venv().join("bin/python");
        run(Command::new(python).args(["-c", FILL, &self.moto.endpoint, WEST, name]).args(tags));
    }

    /// Every image by its tags, as moto describes it.
    fn images(&self, name: &str) -> BTreeMap<String, String> {
        let found = self.aws.ecr(&["describe-images", "--repository-name", name]);
        let of = |image: &Value| (image["imageTags"].to_string(), image.to_string());
        found["imageDetails"].as_array().unwrap().iter().map(of).collect()
    }
}

fn old() -> Vec<String> {
    (1..=OLD).map(|number| format!("old-{number}")).collect()
}

/// The digests that the service says it deleted.
fn deleted(gate: &Gate) -> Vec<String> {
    let of = |answer: &Value| -> Vec<String> {
        let ids = answer["imageIds"].as_array().cloned().unwrap_or_default();
        ids.iter().map(|id| id["imageDigest"].as_str().unwrap().to_owned()).collect()
    };
    let all = gate.passed();
    all.iter().filter(|one| one.operation == "BatchDeleteImage").flat_map(|one| of(&one.answer)).collect()
}

#[test]
fn a_deletion_that_is_killed_at_any_request_ends_when_it_is_started_again() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let moto = Moto::start();
    let gate = Gate::before(&moto.endpoint);
    let aws = Aws::new(&moto.endpoint, WEST, "AKIAEXAMPLE000000001", "any");
    fs::create_dir(home.path().join(".aws")).unwrap();
    let profile = format!(
        "[profile dev]\nregion = {WEST}\nendpoint_url = {}\naws_access_key_id = AKIAEXAMPLE000000001\n\
         aws_secret_access_key = any\n",
        gate.endpoint
    );
    fs::write(home.path().join(".aws/config"), profile).unwrap();
    let say = |arguments: &[&str]| -> Said { longshore.say(arguments) };
    let added = say(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    assert_eq!(added.code, Some(0), "{}{}", added.text, added.error);
    for name in ["app", "other"] {
        aws.ecr(&["create-repository", "--repository-name", name]);
    }
    let world = World { moto, aws };
    world.fill("app", &(1..=NEW).map(|number| format!("new-{number}")).collect::<Vec<_>>());
    world.fill("other", &["old-1", "new-1"].map(str::to_owned));
    let (kept, other) = (world.images("app"), world.images("other"));
    assert_eq!(kept.len(), NEW, "in account {ACCOUNT}");

    let clean = ["repository", "clean", "Dev/us-west-2/app", "--tags", "old-*", "--yes", "--json"];
    let (mut number, mut deletions) = (1, 0);
    let mut rounds: Vec<(usize, When)> = Vec::new();
    loop {
        let (at, when) = match rounds.pop() {
            Some(round) => round,
            None => {
                number += 1;
                (number - 1, When::Before)
            }
        };
        world.fill("app", &old());
        gate.reset();
        let running = longshore.start(&clean);
        gate.kill_at(running.id(), at, when);
        let first = running.end();
        if !gate.killed() {
            assert_eq!(first.code, Some(0), "{}{}", first.text, first.error);
            assert!(at > gate.count(), "request {at} of {} was not reached", gate.count());
            break;
        }
        // A request that deletes is also killed between what it did and its response.
        let deletes = gate.passed().last().is_some_and(|last| last.operation == "BatchDeleteImage");
        deletions += usize::from(deletes);
        if when == When::Before && deletes {
            rounds.push((at - 1, When::After));
        }
        let before = deleted(&gate);
        gate.kill_at(0, usize::MAX, When::Before);
        let pairs = before.len();
        gate.reset();
        let second = say(&clean);
        assert_eq!(second.code, Some(0), "at {at} {when:?}: {}{}", second.text, second.error);
        let mut all = before;
        all.extend(deleted(&gate));
        let count = all.len();
        let different: BTreeSet<String> = all.into_iter().collect();
        assert_eq!(
            (different.len(), count),
            (OLD, OLD),
            "at {at} {when:?}, {pairs} before: each image went once"
        );
        assert_eq!(world.images("app"), kept, "at {at} {when:?}");
        assert_eq!(world.images("other"), other, "at {at} {when:?}");
    }
    assert!(deletions >= 2 && number > 5, "{deletions} deletions in {number} requests");
    assert_eq!(world.images("app"), kept);
    assert_eq!(world.images("other"), other);
}

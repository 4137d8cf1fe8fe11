//! Two teams, one side each: a request, a receipt, and no shared credentials.

use longshore_tests::{image, skopeo::Skopeo};

use crate::copying::world::documented;

use super::*;

#[test]
fn a_request_is_applied_by_the_other_team_and_its_receipt_makes_the_rule_ready() {
    let developers = World::new(&[("dev", DEV)]);
    developers.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let administrator_home = tempfile::tempdir().unwrap();
    fs::create_dir_all(administrator_home.path().join(".aws")).unwrap();
    fs::write(administrator_home.path().join(".aws/config"), developers.profile("prod", PROD)).unwrap();
    let administrator = Longshore::new(administrator_home.path());
    let summary = |arguments: &[&str]| {
        let said = say(&administrator, arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said.summary()
    };
    summary(&["account", "add", "--profile", "prod", "--name", "Prod", "--json"]);
    developers.summary(&[
        "replication",
        "add",
        "Dev/us-west-2",
        "--to",
        "444455556666/us-west-2",
        "--prefix",
        "prod-",
        "--json",
    ]);
    let before = developers.say(&["doctor", "Dev/us-west-2", "--json"]);
    assert_eq!((before.code, &before.summary()["ready"]), (Some(1), &false.into()), "{}", before.text);

    let file = developers.home.path().join("ask.json");
    let file = file.to_str().unwrap();
    let written = developers.summary(&[
        "request",
        "write",
        file,
        "--source",
        "Dev",
        "--destination",
        "444455556666/us-west-2",
        "--prefix",
        "prod-",
        "--reason",
        "releases",
        "--json",
    ]);
    let text = fs::read_to_string(file).unwrap();
    let write =
        ["request", "write", file, "--source", "Dev", "--destination", "444455556666/us-west-2", "--json"];
    let again = developers.say(&write);
    assert_eq!((again.code, &again.summary()["error"]["code"]), (Some(2), &"file-exists".into()));
    assert_eq!(fs::read_to_string(file).unwrap(), text, "a request that was sent is not replaced");
    let (_, secret) = developers.key(DEV);
    assert!(!text.contains(&secret) && !text.contains("127.0.0.1"), "no secrets and no endpoints: {text}");

    // Another statement has the Sid already.
    let other = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"ReplicationAccessCrossAccount","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{DEV}:root"}},"Action":["ecr:ReplicateImage"],"Resource":["arn:aws:ecr:{REGION}:{PROD}:repository/other-*"]}}]}}"#
    );
    developers.aws.aws(PROD, REGION).ecr(&["put-registry-policy", "--policy-text", &other]);
    let shown = summary(&["request", "show", file, "--json"]);
    assert_eq!((&shown["request"], &shown["reason"]), (&written["request"], &"releases".into()));
    assert!(!shown["newly_allowed"].as_array().unwrap().is_empty(), "{shown}");
    let planned = summary(&["request", "apply", file, "--plan", "--json"]);
    assert_eq!(
        (&planned["before"]["Statement"][0]["Action"][0], &planned["receipt"]),
        (&"ecr:ReplicateImage".into(), &Value::Null)
    );
    let receipt = administrator_home.path().join("receipt.json");
    let receipt = receipt.to_str().unwrap();
    // A file with something else is not replaced, and then nothing is applied either.
    fs::write(receipt, "notes").unwrap();
    let apply = ["request", "apply", file, "--receipt", receipt, "--confirm", "Prod", "--json"];
    let kept = say(&administrator, &apply);
    assert_eq!((kept.code, &kept.summary()["error"]["code"]), (Some(2), &"file-exists".into()));
    assert_eq!(fs::read_to_string(receipt).unwrap(), "notes");
    assert!(!summary(&["request", "show", file, "--json"])["newly_allowed"].as_array().unwrap().is_empty());
    fs::remove_file(receipt).unwrap();
    let applied = summary(&apply);
    assert_eq!((&applied["state"], &applied["receipt"]["applied"]), (&"done".into(), &true.into()));
    assert!(summary(&["request", "show", file, "--json"])["newly_allowed"].as_array().unwrap().is_empty());

    let checked = developers.summary(&["receipt", "check", receipt, "--json"]);
    assert_eq!((&checked["state"], &checked["request"]), (&"applied".into(), &written["request"]));
    let after = developers.say(&["doctor", "Dev/us-west-2", "--json"]);
    assert_eq!((after.code, &after.summary()["ready"]), (Some(0), &true.into()), "{}", after.text);

    assert_eq!(after.summary()["stated"], 1, "{}", after.text);
    let checks = events(&after, "check");
    let stated: Vec<_> = checks.iter().filter(|check| check["state"] == "stated").collect();
    let [check] = stated.try_into().unwrap();
    assert_eq!((&check["id"], &check["account"]), (&"told-by-receipt".into(), &PROD.into()));
    assert_eq!(check["evidence"][0]["answer"], fs::read_to_string(receipt).unwrap());
    let shown = developers.summary(&["replication", "show", "Dev/us-west-2", "--json"]);
    let to = &shown["rules"][0]["destinations"][0];
    assert_eq!((&to["stated"]["outcome"], &to["stated"]["seen"]), (&"applied".into(), &false.into()), "{to}");
    assert_eq!(
        (&to["stated"]["request"], &to["stated"]["missing"]),
        (&written["request"], &Value::Array(vec![]))
    );

    let strange = say(&administrator, &["receipt", "check", receipt, "--json"]);
    assert_eq!((strange.code, &strange.summary()["error"]["code"]), (Some(1), &"request-unknown".into()));
    fs::write(file, text.replace("releases", "harmless")).unwrap();
    let changed = say(&administrator, &["request", "apply", file, "--json"]);
    assert_eq!(changed.summary()["error"]["code"], "request-hash-differs");
    let not_one = say(&administrator, &["request", "show", "/etc/hostname", "--json"]);
    assert_eq!(not_one.summary()["error"]["code"], "request-not-json");
}

#[test]
fn a_request_that_is_applied_names_the_failed_images_that_it_does_not_heal() {
    let world = World::new(&[("dev", DEV), ("prod", PROD)]);
    world.connect();
    let to = "444455556666/us-west-2";
    world.summary(&["replication", "add", "Dev/us-west-2", "--to", to, "--prefix", "prod-", "--json"]);
    let dev = world.aws.aws(DEV, REGION);
    let layout = world.home.path().join("layout");
    let digest = image::simple(&layout);
    let host = world.aws.host(DEV, REGION);
    let skopeo = Skopeo::new(world.home.path());
    skopeo.login(&host, &dev.login_password());
    for name in ["prod-a", "other"] {
        dev.ecr(&["create-repository", "--repository-name", name]);
        skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{host}/{name}:7"));
    }
    let status = || {
        let image = format!("imageDigest={digest}");
        let of = ["describe-image-replication-status", "--repository-name", "prod-a", "--image-id", &image];
        dev.ecr(&of)["replicationStatuses"][0]["status"].clone()
    };
    assert!((0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        status() == "FAILED"
    }));

    let file = world.home.path().join("ask.json");
    let file = file.to_str().unwrap();
    let write =
        ["request", "write", file, "--source", "Dev", "--destination", to, "--prefix", "prod-", "--json"];
    world.summary(&write);
    let planned = world.say(&["request", "apply", file, "--plan", "--json"]);
    let failed = events(&planned, "failed_image");
    let [image] = failed.as_slice() else { panic!("{}{}", planned.text, planned.error) };
    assert_eq!((&image["repository"], &image["tag"]), (&"prod-a".into(), &"7".into()));
    assert_eq!((&image["account"], &image["destination"]["account"]), (&DEV.into(), &PROD.into()));
    let said = world.say(&["request", "apply", file, "--confirm", "Prod"]);
    assert!(said.error.contains("1 failed image is allowed from now on"), "{}", said.error);
    // What it says brings it over.
    assert!(
        said.error.contains(
            "`longshore replication backfill 111122223333/us-west-2 --to 444455556666/us-west-2 --engine`"
        ),
        "{}",
        said.error
    );
    world.say(&[
        "replication",
        "backfill",
        "Dev/us-west-2",
        "--to",
        to,
        "--engine",
        "--confirm",
        "Prod",
        "--json",
    ]);
    let there = world.aws.aws(PROD, REGION).ecr(&["describe-images", "--repository-name", "prod-a"]);
    assert_eq!(there["imageDetails"][0]["imageDigest"], digest.as_str());
}

#[test]
fn a_deployer_with_prod_alone_is_told_what_the_developers_expected_and_is_absent() {
    let developers = World::new(&[("dev", DEV)]);
    developers.summary(&["account", "add", "--profile", "dev", "--name", "Dev", "--json"]);
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), developers.profile("prod", PROD)).unwrap();
    let deployer = Longshore::new(home.path());
    let say = |arguments: &[&str]| {
        let said = say(&deployer, arguments);
        documented("expected", &said);
        said
    };
    super::say(&deployer, &["account", "add", "--profile", "prod", "--name", "Prod", "--json"]);

    let layout = developers.home.path().join("layout");
    let digest = image::simple(&layout);
    let skopeo = Skopeo::new(developers.home.path());
    let push = |account: &str, to: &str| {
        let (aws, host) = (developers.aws.aws(account, REGION), developers.aws.host(account, REGION));
        let name = to.split(':').next().unwrap();
        skopeo.login(&host, &aws.login_password());
        let known = aws.ecr(&["describe-repositories"])["repositories"].to_string();
        if !known.contains(&format!("\"{name}\"")) {
            aws.ecr(&["create-repository", "--repository-name", name]);
        }
        skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{host}/{to}"));
    };
    push(DEV, "prod-a:41");
    push(DEV, "prod-a:42");
    push(DEV, "other:1");
    push(PROD, "prod-a:41");
    let list = developers.home.path().join("release.txt");
    let list = list.to_str().unwrap();
    let write = ["expected", "write", "Dev/us-west-2", list, "--prefix", "prod-", "--json"];
    let written = developers.say(&write);
    documented("expected", &written);
    assert_eq!(written.summary()["images"], 2, "{}{}", written.text, written.error);
    assert_eq!(developers.say(&write).summary()["error"]["code"], "file-exists");
    let text = fs::read_to_string(list).unwrap();
    assert!(text.contains(&format!("prod-a:42@{digest}\n")) && !text.contains("127.0.0.1"), "{text}");

    let checked = say(&["expected", "check", "Prod/us-west-2", list, "--json"]);
    let summary = checked.summary();
    assert_eq!((checked.code, &summary["expected"], &summary["absent"]), (Some(3), &2.into(), &1.into()));
    assert!(summary["source"]["note"].as_str().unwrap().contains(DEV), "{summary}");
    let images = events(&checked, "expected_image");
    let of = |tag: &str| images.iter().find(|image| image["tag"] == tag).unwrap();
    assert_eq!((&of("42")["state"], &of("42")["image"]), (&"untagged".into(), &of("41")["image"]));
    assert_eq!(of("41")["state"], "present");
    let host = developers.aws.host(PROD, REGION);
    assert_eq!(of("41")["image"], format!("image: \"{host}/prod-a@{digest}\""));
    let shown = super::say(&deployer, &["expected", "check", "Prod/us-west-2", list]);
    assert!(shown.text.contains("present without the tag"), "{}", shown.text);

    push(PROD, "prod-a:42");
    let all = say(&["expected", "check", "Prod/us-west-2", list, "--json"]);
    assert_eq!((all.code, &all.summary()["absent"]), (Some(0), &0.into()), "{}", all.text);
    let nothing = say(&["expected", "check", "Prod/us-west-2", "/nowhere", "--json"]);
    assert_eq!((nothing.code, &nothing.summary()["error"]["code"]), (Some(2), &"file-unreadable".into()));
}

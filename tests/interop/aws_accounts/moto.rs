//! The administrator's journey at moto, a model of ECR that others wrote, with two accounts through
//! AssumeRole. moto replicates no images and checks no permissions.

use longshore_tests::{aws::Aws, moto::Moto};

use super::*;

#[test]
fn an_administrator_sets_replication_up_between_two_accounts_by_their_roles() {
    let home = tempfile::tempdir().unwrap();
    let moto = Moto::start();
    let longshore = Longshore::new(home.path());
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), profiles(&moto.endpoint)).unwrap();
    let summary = |arguments: &[&str]| {
        let said = say(&longshore, arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said.summary()
    };
    for (profile, name, account) in [("dev", "Dev", DEV), ("prod", "Prod", PROD)] {
        let added = summary(&["account", "add", "--profile", profile, "--name", name, "--json"]);
        assert_eq!(added["account"]["id"], account);
        assert!(added["account"]["principal"].as_str().unwrap().contains("assumed-role/"), "{added}");
    }
    let (dev, prod) = (moto.aws(&role(DEV), REGION), moto.aws(&role(PROD), REGION));
    // What another team wrote is kept.
    let theirs = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
        "Action": ["ecr:ReplicateImage"], "Resource": [format!("arn:aws:ecr:{REGION}:{PROD}:repository/theirs/*")],
    }]});
    prod.ecr(&["put-registry-policy", "--policy-text", &theirs.to_string()]);

    let add = [
        "replication",
        "add",
        "Dev/us-west-2",
        "--to",
        "Prod/us-west-2",
        "--prefix",
        "prod-microservice",
        "--statement",
    ];
    let with = |more: &[&'static str]| [&add[..], more].concat();
    let planned = summary(&with(&["--plan", "--json"]));
    assert_eq!(
        (&planned["before"], &planned["confirm"]),
        (&serde_json::json!({"rules": []}), &"Prod".into())
    );
    assert_eq!(rules(&dev), serde_json::json!([]), "a plan writes nothing");
    assert_eq!(policy(&prod), theirs);

    let done = summary(&with(&["--confirm", "Prod", "--json"]));
    assert_eq!(done["state"], "done");
    assert_eq!(rules(&dev), planned["after"]["rules"]);
    let statements = policy(&prod)["Statement"].as_array().unwrap().clone();
    assert_eq!((statements.len(), &statements[0]), (2, &theirs["Statement"][0]));
    assert_eq!(statements[1]["Principal"]["AWS"], format!("arn:aws:iam::{DEV}:root"));
    assert_eq!(
        statements[1]["Resource"],
        serde_json::json!([format!("arn:aws:ecr:{REGION}:{PROD}:repository/prod-microservice*")])
    );
    let shown = summary(&["replication", "show", "Dev/us-west-2", "--json"]);
    assert_eq!(shown["document"]["rules"], rules(&dev));
    // It is at a custom endpoint, and not in AWS.
    assert_eq!(shown["custom_endpoints"], serde_json::json!({DEV: moto.endpoint}));
    assert_eq!(planned["custom_endpoints"], serde_json::json!({DEV: moto.endpoint, PROD: moto.endpoint}));
    let said = say(&longshore, &["replication", "show", "Dev/us-west-2"]);
    assert!(
        said.error.contains(&format!("Dev is at the custom endpoint {}", moto.endpoint)),
        "{}",
        said.error
    );
    let said = say(&longshore, &with(&["--name", "Shop"]));
    assert!(said.error.contains("The rule is now named `Shop`"), "{}", said.error);
    assert_eq!(summary(&["replication", "show", "Dev/us-west-2", "--json"])["rules"][0]["name"], "Shop");
    assert_eq!(summary(&["policy", "show", "Prod/us-west-2", "--json"])["document"], policy(&prod));

    // The 26th destination is refused before it is sent.
    let regions: Vec<String> =
        (0..26).map(|number| format!("{}/us-west-2", 100_000_000_000_u64 + number)).collect();
    let too_many: Vec<&str> = regions.iter().flat_map(|place| ["--to", place]).collect();
    let refused =
        say(&longshore, &[&["replication", "add", "Dev/us-west-2"], &too_many[..], &["--json"]].concat());
    assert_eq!(refused.code, Some(2), "{}", refused.text);
    assert_eq!(rules(&dev), planned["after"]["rules"]);

    let rule = shown["rules"][0]["id"].as_str().unwrap();
    let removed = summary(&["replication", "remove", "Dev/us-west-2", rule, "--json"]);
    assert_eq!(removed["after"]["rules"], rules(&dev));
    assert_eq!(rules(&dev), serde_json::json!([]));
}

pub(super) fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/replication-administrator")
}

/// A key, and a role in each account that it assumes.
pub(super) fn profiles(endpoint: &str) -> String {
    let of = |name: &str, account: &str| {
        let role = role(account);
        format!(
            "[profile {name}]\nregion = {REGION}\nendpoint_url = {endpoint}\nrole_arn = {role}\nsource_profile = base\n"
        )
    };
    let base = format!(
        "[profile base]\nregion = {REGION}\nendpoint_url = {endpoint}\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\n"
    );
    base + &of("dev", DEV) + &of("prod", PROD)
}

fn rules(aws: &Aws) -> Value {
    aws.ecr(&["describe-registry"])["replicationConfiguration"]["rules"].clone()
}

fn policy(aws: &Aws) -> Value {
    serde_json::from_str(aws.ecr(&["get-registry-policy"])["policyText"].as_str().unwrap()).unwrap()
}

const KEEP: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":5},"action":{"type":"expire"}}]}"#;

/// The manifest of an image that is told from others by a number. moto asks for no layers.
fn manifest(number: usize) -> String {
    let blob = |size: usize| {
        serde_json::json!({
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": size,
            "digest": format!("sha256:{size:064x}"),
        })
    };
    let (config, layers) = (blob(number), [blob(number + 1)]);
    serde_json::json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
        "layers": layers,
    })
    .to_string()
}

#[test]
fn two_regions_are_compared_made_equal_and_shown_as_they_were_read_when_they_are_gone() {
    let home = tempfile::tempdir().unwrap();
    let moto = Moto::start();
    let longshore = Longshore::new(home.path());
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), profiles(&moto.endpoint)).unwrap();
    assert_eq!(
        say(&longshore, &["account", "add", "--profile", "dev", "--name", "Dev", "--json"]).code,
        Some(0)
    );
    let repository =
        |arguments: &[&str]| say(&longshore, &[&["repository"], arguments, &["--json"]].concat());
    let (west, east) = (moto.aws(&role(DEV), REGION), moto.aws(&role(DEV), "us-east-2"));
    for at in [&west, &east] {
        at.ecr(&["create-repository", "--repository-name", "api"]);
    }
    west.ecr(&[
        "put-image-tag-mutability",
        "--repository-name",
        "api",
        "--image-tag-mutability",
        "IMMUTABLE",
    ]);
    west.ecr(&["put-lifecycle-policy", "--repository-name", "api", "--lifecycle-policy-text", KEEP]);
    let push = |at: &Aws, tag: &str, number: usize| {
        at.ecr(&[
            "put-image",
            "--repository-name",
            "api",
            "--image-tag",
            tag,
            "--image-manifest",
            &manifest(number),
        ]);
    };
    push(&west, "1", 1);
    push(&east, "1", 1);

    let drift = ["drift", "Dev/us-west-2", "--with", "Dev/us-east-2"];
    let found = repository(&drift);
    assert_eq!(
        (found.code, &found.summary()["different"]),
        (Some(3), &serde_json::json!(1)),
        "{}",
        found.error
    );
    let equal = repository(&[&drift[..], &["--make-equal"]].concat());
    assert_eq!(equal.code, Some(0), "{}{}", equal.text, equal.error);
    let described = east.ecr(&["describe-repositories"]);
    assert_eq!(described["repositories"][0]["imageTagMutability"], "IMMUTABLE");
    let policy = east.ecr(&["get-lifecycle-policy", "--repository-name", "api"]);
    assert!(policy["lifecyclePolicyText"].as_str().unwrap().contains("imageCountMoreThan"));
    assert_eq!(repository(&drift).code, Some(0));

    let failover = ["failover", "Dev/us-west-2", "Dev/us-east-2"];
    let first = repository(&failover);
    assert_eq!((first.code, &first.summary()["since"]), (Some(0), &Value::Null), "{}", first.error);
    push(&west, "2", 2);
    let second = repository(&failover);
    let summary = second.summary();
    assert_eq!((second.code, &summary["missing"]), (Some(3), &serde_json::json!(1)));
    assert_eq!(summary["since"]["changes"], 1, "{summary}");
    // Nothing answers any more.
    drop(moto);
    let gone = repository(&failover);
    let summary = gone.summary();
    assert_eq!(
        (gone.code, &summary["missing"], &summary["equal"]),
        (Some(3), &1.into(), &1.into()),
        "{}",
        gone.error
    );
    assert!(
        summary["from"]["images_read_at"].is_string() && summary["from"]["problem"].is_object(),
        "{summary}"
    );
}
